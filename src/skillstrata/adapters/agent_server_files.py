"""MCP servers that somebody configured: Claude Code's files, its plugins', and our own table `[servers]`.

In     .mcp.json of the project and of its parents up to the repository's root; .claude.json; plugins; config.toml
Out    one ToolServer for each label; what cannot be read is one with a `problem`
Never  starts anything; changes a file; gives our own server
Why    whoever set up an agent's servers should not have to do it again (docs/composition.md)
"""

import json
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from skillstrata.adapters.server_entries import Place, broken, server_of
from skillstrata.records.tool_servers import ToolServer

Table = dict[str, object]
_MOST_BYTES = 32 * 1024 * 1024
_PROJECT_FILE = ".mcp.json"
_SERVERS = "mcpServers"


class AgentServerFiles:
    """Fulfils the ServerList port."""

    def __init__(
        self,
        home: Path,
        environ: Mapping[str, str],
        *,
        config: Path | None = None,
        project_trusted: bool = False,
        program: tuple[str, ...] = (),
    ) -> None:
        """Remember where to look.

        Args:
            home: The user's home folder.
            environ: Variables: those that entries name, and CLAUDE_CONFIG_DIR.
            config: Our own config.toml.
            project_trusted: A project's servers may be started.
            program: The command line that starts our own server, which is left out wherever it stands.
        """
        moved = environ.get("CLAUDE_CONFIG_DIR")
        self._client = (Path(moved).absolute() if moved else home.absolute()) / ".claude.json"
        self._claude = Path(moved).absolute() if moved else home.absolute() / ".claude"
        self._environ = dict(environ)
        self._config = config
        self._trusted = project_trusted
        self._own = program

    def servers(self, project: Path) -> tuple[ToolServer, ...]:
        """Give the servers that hold in this project, sorted by label; of one label the nearest."""
        found: dict[str, ToolServer] = {}
        broken_ones: list[ToolServer] = []
        for server in self._every(Path(os.path.abspath(project))):
            # A broken entry must not hide behind another one, nor hide it.
            if server.problem and server.label in found:
                broken_ones.append(server)
            elif server.label not in found or found[server.label].problem:
                if server.label in found:
                    broken_ones.append(found[server.label])
                found[server.label] = server
        return tuple(
            sorted((*found.values(), *broken_ones), key=lambda one: (one.label, bool(one.problem), one.origin))
        )

    def _every(self, project: Path) -> Iterator[ToolServer]:
        variables = {**self._environ, "CLAUDE_PROJECT_DIR": str(project)}
        folders = _up_to_root(project)
        client, problem = _json_table(self._client)
        users = Place(str(self._client), "user", trusted=True, variables=variables)
        if problem:
            yield broken(self._client.name, users, problem)
        told = [_table(_table(client.get("projects")).get(str(folder))) for folder in folders]
        for table in told:
            yield from self._listed(table.get(_SERVERS), users)
        yield from self._of_project(folders, told, variables)
        yield from self._listed(client.get(_SERVERS), users)
        yield from self._of_plugins(variables)
        yield from self._ours(variables)

    def _of_project(self, folders: list[Path], told: list[Table], variables: Mapping[str, str]) -> Iterator[ToolServer]:
        refused = {name for table in told for name in _names(table.get("disabledMcpjsonServers"))}
        # What the person said to the client about this project's servers is said to us as well.
        allowed = {name for table in told for name in _names(table.get("enabledMcpjsonServers"))}
        for folder in folders:
            path = folder / _PROJECT_FILE
            table, problem = _json_table(path)
            place = Place(str(path), "project", self._trusted, variables, str(folder))
            if problem:
                yield broken(path.name, place, problem)
            for server in self._listed(table.get(_SERVERS), place):
                trusted = self._trusted or server.label in allowed
                if server.label not in refused:
                    yield replace(server, trusted=trusted)

    def _of_plugins(self, variables: Mapping[str, str]) -> Iterator[ToolServer]:
        listed, problem = _json_table(self._claude / "plugins" / "installed_plugins.json")
        settings, _ = _json_table(self._claude / "settings.json")
        enabled = _table(settings.get("enabledPlugins"))
        if problem:
            place = Place(str(self._claude / "plugins" / "installed_plugins.json"), "plugin", True, variables)
            yield broken("installed_plugins.json", place, problem)
        for key, entry in sorted(_table(listed.get("plugins")).items()):
            if enabled.get(key) is not False:
                for root in _install_paths(entry):
                    yield from self._of_plugin(root, {**variables, "CLAUDE_PLUGIN_ROOT": str(root)})

    def _of_plugin(self, root: Path, variables: Mapping[str, str]) -> Iterator[ToolServer]:
        manifest, _ = _json_table(root / ".claude-plugin" / "plugin.json")
        said = manifest.get(_SERVERS)
        path = _inside(root, said) if isinstance(said, str) else root / _PROJECT_FILE
        if _is_table(said):
            yield from self._listed(
                said, Place(str(root / ".claude-plugin" / "plugin.json"), "plugin", True, variables)
            )
        if path is not None:
            table, problem = _json_table(path)
            place = Place(str(path), "plugin", True, variables, str(root))
            if problem:
                yield broken(path.name, place, problem)
            # Plugins write the table with and without the outer key.
            yield from self._listed(table.get(_SERVERS, table), place)

    def _ours(self, variables: Mapping[str, str]) -> Iterator[ToolServer]:
        if self._config is None:
            return
        place = Place(str(self._config), "own", trusted=True, variables=variables)
        table, problem = _toml_table(self._config)
        if problem:
            yield broken(self._config.name, place, problem)
        yield from self._listed(table.get("servers"), place)

    def _listed(self, servers: object, place: Place) -> Iterator[ToolServer]:
        if servers is not None and not _is_table(servers):
            yield broken(Path(place.origin).name, place, "its servers are not a table")
            return
        for label, entry in _table(servers).items():
            yield from self._one(label, entry, place)

    def _one(self, label: str, entry: object, place: Place) -> Iterator[ToolServer]:
        server = server_of(label, entry, place, self._own)
        if server is not None:
            yield server


def _up_to_root(project: Path) -> list[Path]:
    """Give the project and its parents up to the repository's root; the project alone where it is in no repository."""
    folders = [project]
    for folder in (project, *project.parents):
        if folder != project:
            folders.append(folder)
        if (folder / ".git").exists():
            return folders
    return [project]


def _json_table(path: Path) -> tuple[Table, str]:
    return _read(path, json.loads)


def _toml_table(path: Path) -> tuple[Table, str]:
    return _read(path, tomllib.loads)


def _read(path: Path, parse: Callable[[str], object]) -> tuple[Table, str]:
    try:
        if not path.is_file():
            return {}, ""
        if path.stat().st_size > _MOST_BYTES:
            return {}, f"has more than {_MOST_BYTES:,} bytes"
        found = parse(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        # The text of a parser's error may quote the file, and with it a secret: its place is enough.
        line = getattr(error, "lineno", 0)
        said = error.strerror if isinstance(error, OSError) else "does not parse"
        return {}, f"{said}{f', line {line}' if line else ''}"
    return (cast("Table", found), "") if isinstance(found, dict) else ({}, "is not a table")


def _install_paths(entry: object) -> list[Path]:
    rows = cast("list[object]", entry) if isinstance(entry, list) else [entry]
    paths = [_table(row).get("installPath") for row in rows]
    return [Path(path) for path in dict.fromkeys(p for p in paths if isinstance(p, str) and os.path.isabs(p))]


def _inside(root: Path, path: str) -> Path | None:
    whole = Path(os.path.normpath(root / path))
    return whole if not os.path.isabs(path) and root in whole.parents else None


def _names(value: object) -> list[str]:
    return [one for one in cast("list[object]", value) if isinstance(one, str)] if isinstance(value, list) else []


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _table(value: object) -> Table:
    return cast("Table", value) if isinstance(value, dict) else {}
