"""Plugins of Claude Code as sources of skills: those that are installed, and one that somebody points at.

In     ~/.claude/plugins as Claude Code keeps it; plugin.json, marketplace.json
Out    sources with the plugin's name before every skill's
Never  follows a path out of the plugin's folder
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

from skillstrata.adapters.local_host_facts import read_object
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skills import SkillSource

_MANIFEST = ".claude-plugin/plugin.json"
_MARKETPLACE = ".claude-plugin/marketplace.json"


def plugins_of(home: Path) -> tuple[list[SkillSource], tuple[Diagnostic, ...]]:
    """Give the sources of every installed plugin that is not switched off, and what is odd about the rest."""
    folder = home / ".claude" / "plugins"
    listed = _table(read_object(folder / "installed_plugins.json").get("plugins"))
    enabled = _table(read_object(home / ".claude" / "settings.json").get("enabledPlugins"))
    found: list[SkillSource] = []
    odd: list[Diagnostic] = []
    for key, entry in sorted(listed.items()):
        if enabled.get(key) is False:
            continue
        for root in _install_paths(entry):
            name, _, market = key.partition("@")
            if not root.is_dir():
                odd.append(
                    Diagnostic("plugin_missing", "warning", f"the plugin {key} is not at {root}", path=str(root))
                )
                continue
            found += _plugin(root, name, _shelf_entry(folder, market, name), root)
    if not listed:
        found += [source for root in _folders_of(folder) for source in plugin_at(root)]
    return _told_apart(found), tuple(odd)


def plugin_at(root: Path) -> list[SkillSource]:
    """Give the sources of one plugin's folder, or of every plugin of a marketplace's; nothing for other folders."""
    manifest = read_object(root / _MANIFEST)
    shelf = read_object(root / _MARKETPLACE)
    if shelf and not manifest:
        found: list[SkillSource] = []
        for entry in map(_table, _list(shelf.get("plugins"))):
            where = _inside(root, entry.get("source"))
            if where is not None and where.is_dir() and isinstance(entry.get("name"), str):
                found += _plugin(where, str(entry["name"]), entry, root)
        return _told_apart(found)
    if not manifest:
        return []
    name = manifest.get("name")
    return list(_plugin(root, name if isinstance(name, str) and name else root.name, {}, root))


def _plugin(root: Path, name: str, entry: dict[str, object], within: Path) -> Iterator[SkillSource]:
    """Give the sources of one plugin; no link in them leads out of `within`."""
    manifest = read_object(root / _MANIFEST)
    said = [path for table in (entry, manifest) for path in _list(table.get("skills"))]
    places = [root / "skills"] if (root / "skills").is_dir() and not entry.get("skills") else []
    # What only a link leads out of it is told when it is looked at.
    places += [place for path in said if (place := _below(root, path)) is not None and place not in places]
    for number, place in enumerate(places):
        label = f"plugin:{name}" if number == 0 else f"plugin:{name}:{place.name}"
        yield SkillSource("plugin", label, str(place), priority=-number, prefix=name, trusted=False, within=str(within))
    for kind, folder in (("command", "commands"), ("agents", "agents")):
        if (root / folder).is_dir():
            label = f"plugin:{name}:{folder}"
            yield SkillSource(kind, label, str(root / folder), prefix=name, trusted=False, within=str(within))


def _install_paths(entry: object) -> list[Path]:
    """Give the folders of one entry: a list of installations, or one as older versions wrote it."""
    found: list[Path] = []
    for one in map(_table, _list(entry)):
        path = one.get("installPath")
        if isinstance(path, str) and os.path.isabs(path) and Path(path) not in found:
            found.append(Path(path))
    return found


def _shelf_entry(folder: Path, market: str, name: str) -> dict[str, object]:
    """Give what the marketplace says about a plugin: some list their skills there."""
    known = _table(read_object(folder / "known_marketplaces.json").get(market))
    at = known.get("installLocation")
    place = Path(at) if isinstance(at, str) and os.path.isabs(at) else folder / "marketplaces" / (market or "-")
    shelf = read_object(place / _MARKETPLACE)
    entries = [one for one in map(_table, _list(shelf.get("plugins"))) if one.get("name") == name]
    return entries[0] if entries else {}


def _folders_of(folder: Path) -> list[Path]:
    try:
        return sorted(Path(entry.path) for entry in os.scandir(folder) if entry.is_dir())
    except OSError:
        return []


def _inside(root: Path, path: object) -> Path | None:
    """Give a folder below the plugin's; None for what leads out of it, through a link too."""
    whole, real = _below(root, path), root.resolve()
    return whole if whole is not None and real in (whole.resolve(), *whole.resolve().parents) else None


def _below(root: Path, path: object) -> Path | None:
    """Give a folder that is written as one below the plugin's; None for others."""
    if not isinstance(path, str) or os.path.isabs(path) or "\0" in path:
        return None
    whole = Path(os.path.normpath(root / path))
    return whole if whole == root or root in whole.parents else None


def _told_apart(sources: list[SkillSource]) -> list[SkillSource]:
    """Give every source a label of its own: two marketplaces may have plugins of one name."""
    seen: dict[str, int] = {}
    found: list[SkillSource] = []
    for source in sources:
        count = seen[source.label] = seen.get(source.label, 0) + 1
        label = source.label if count == 1 else f"{source.label}#{count}"
        found.append(replace(source, label=label))
    return found


def _table(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    if isinstance(value, list):
        return cast("list[object]", value)
    return [value] if value else []
