"""Where Claude Code, the open specification and this program look for skills.

In     the home folder, the folder worked in, more folders, what an organisation manages
Out    sources, the strongest kinds first; places that are not there yet are among them
Never  opens a skill file, looks above the repository's root or above the home folder
"""

import os
import platform
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from skillstrata.adapters.plugin_sources import plugin_at, plugins_of
from skillstrata.ports.skill_host import PlaceQuestion
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.loader_settings import ScanPlace
from skillstrata.records.skills import SkillSource

_FOLDERS = (".claude/skills", ".agents/skills")
_SKIPPED = frozenset({".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", "target", "dist", "build"})
_MOST_FOLDERS = 2_000
_MOST_DEPTH = 5
_PAGE = "SKILL.md"
_MANAGED = {"Darwin": "/Library/Application Support/ClaudeCode", "Windows": r"C:\ProgramData\ClaudeCode"}
BUILTIN = Path(__file__).parent / "plugin" / "skills"


class SkillSourcePlaces:
    """Fulfils the SkillPlaces port."""

    def __init__(self, question: PlaceQuestion, home: Path, library: Path, *, managed: Path | None = None) -> None:
        """Keep what is asked, and where the home folder, our library and the organisation's skills are."""
        self._choice = question
        self._home = home
        self._library = library
        self._managed_at = managed
        self._nested_odd: tuple[Diagnostic, ...] = ()

    def sources(self) -> tuple[tuple[SkillSource, ...], tuple[Diagnostic, ...]]:
        """Give every source but those below the project, with what could not be read about them."""
        choice = self._choice
        found = list(self._extra())
        odd: tuple[Diagnostic, ...] = ()
        if choice.usual and choice.patterns:
            found += [self._managed(), *self._of_patterns(), *self._own()]
        elif choice.usual:
            plugins, odd = plugins_of(self._home)
            found += [self._managed(), *self._user(), *self._projects(), *self._documents(), *plugins, *self._own()]
        once, doubled = _once(found)
        return once, (*odd, *doubled, *self._nested_odd)

    def nested(self) -> tuple[SkillSource, ...]:
        """Look for folders of skills below the project, and below places that say so; a walk, so not for every look."""
        if not self._choice.usual:
            return ()
        if self._choice.patterns:
            once, self._nested_odd = _once(list(self._deeper()))
            return once
        project = self._choice.project
        above = {str(place) for folder in self._up() for place in (folder / name for name in _FOLDERS)}
        found: list[SkillSource] = []
        for folder in _walk(project):
            for name in _FOLDERS:
                root = folder / name
                if str(root) not in above and root.is_dir():
                    part = folder.relative_to(project).as_posix()
                    label = f"nested:{part}" + ("" if name == _FOLDERS[0] else ":agents")
                    found.append(self._of_project(SkillSource("nested", label, str(root), prefix=part)))
        once, self._nested_odd = _once(found)
        return once

    def _of_project(self, source: SkillSource) -> SkillSource:
        """Say whether a source of the project is trusted, and which folder no link of it may lead out of."""
        return replace(source, trusted=self._choice.trust_project, within=str(self._up()[-1]))

    def _managed(self) -> SkillSource:
        place = self._managed_at or Path(_MANAGED.get(platform.system(), "/etc/claude-code")) / ".claude/skills"
        return SkillSource("managed", "managed", str(place))

    def _user(self) -> Iterator[SkillSource]:
        home = self._home
        yield SkillSource("user", "user", str(home / _FOLDERS[0]), priority=1)
        yield SkillSource("user", "user:agents", str(home / _FOLDERS[1]))

    def _projects(self) -> Iterator[SkillSource]:
        folders = self._up()
        for distance, folder in enumerate(folders):
            near = 2 * (len(folders) - distance)
            part = "project" if distance == 0 else f"project:{'/'.join(['..'] * distance)}"
            for place, label, priority in ((0, part, near), (1, f"{part}:agents", near - 1)):
                yield self._of_project(SkillSource("project", label, str(folder / _FOLDERS[place]), priority=priority))

    def _documents(self) -> Iterator[SkillSource]:
        home, project = self._home / ".claude", self._choice.project / ".claude"
        yield SkillSource("command", "user:commands", str(home / "commands"), priority=1)
        yield self._of_project(SkillSource("command", "project:commands", str(project / "commands")))
        yield SkillSource("agents", "user:subagents", str(home / "agents"), priority=1)
        yield self._of_project(SkillSource("agents", "project:subagents", str(project / "agents")))

    def _own(self) -> Iterator[SkillSource]:
        yield SkillSource("library", "library", str(self._library))
        yield SkillSource("builtin", "builtin", str(BUILTIN))

    def _extra(self) -> Iterator[SkillSource]:
        number = 0
        for path in self._choice.extra:
            folder = Path(os.path.abspath(path))
            plugin = plugin_at(folder)
            if plugin:
                yield from (replace(one, trusted=self._choice.trust_project) for one in plugin)
                continue
            number += 1
            label = "extra" if number == 1 else f"extra:{number}"
            yield SkillSource("extra", label, str(folder), priority=-number)
            for name in ("skills", *_FOLDERS):
                if (folder / name).is_dir() and not (folder / name / "SKILL.md").exists():
                    yield SkillSource("extra", f"{label}:{name}", str(folder / name), priority=-number)

    def _of_patterns(self) -> Iterator[SkillSource]:
        for number, place in enumerate(self._choice.patterns):
            yield from self._of_pattern(place, number)

    def _of_pattern(self, place: ScanPlace, number: int) -> Iterator[SkillSource]:
        home = str(self._home)
        written = home + place.path[1:] if place.path == "~" or place.path.startswith("~/") else place.path
        whole = Path(os.path.normpath(self._choice.project / written))
        if "*" not in written:
            kind = "user" if written.startswith(f"{home}/") else "project"
            label = kind if not any(c in place.path for c in "*?") and number < len(("user", "project")) else ""
            made = SkillSource(kind, label or f"{kind}:{number}", str(whole), place.priority)
            yield made if kind == "user" else self._of_project(made)
            return
        start = Path(*whole.parts[: next(n for n, part in enumerate(whole.parts) if "*" in part)])
        for folder in sorted(start.glob(str(whole.relative_to(start)))):
            name = folder.relative_to(start).parts[0]
            yield SkillSource(
                "plugin",
                f"plugin:{name}",
                str(folder),
                place.priority,
                prefix=name,
                trusted=False,
                within=str(start / name),
            )

    def _deeper(self) -> Iterator[SkillSource]:
        """Give the folders with skills below those of the places that are to be looked through."""
        for number, place in enumerate(self._choice.patterns):
            for source in self._of_pattern(place, number) if place.recursive else ():
                top = Path(source.root)
                for folder in _walk(top):
                    inside = any((above / _PAGE).is_file() for above in (folder, *_until(folder, top)))
                    if not inside and any((child / _PAGE).is_file() for child in _folders_in(folder)):
                        part = folder.relative_to(top).as_posix()
                        yield replace(source, label=f"{source.label}:{part}", root=str(folder))

    def _up(self) -> list[Path]:
        """Give the folder worked in and those above it, up to the repository's root; the nearest first."""
        project, found = self._choice.project, list[Path]()
        for folder in (project, *project.parents):
            if folder == self._home and found:
                break
            found.append(folder)
            if (folder / ".git").exists():
                return found
        # Outside of a repository, what lies above belongs to somebody else.
        return [project]


def _walk(top: Path) -> Iterator[Path]:
    """Give folders below one, the nearest first, as many as may be looked at; links are not followed."""
    ring, seen = [top], 0
    for _ in range(_MOST_DEPTH):
        following: list[Path] = []
        for folder in ring:
            for entry in _folders_in(folder):
                seen += 1
                if seen > _MOST_FOLDERS:
                    return
                following.append(entry)
                yield entry
        ring = following


def _until(folder: Path, top: Path) -> list[Path]:
    """Give the folders between one and the one above that the walk began in."""
    return [above for above in folder.parents if above != top and above.is_relative_to(top)]


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if e.is_dir(follow_symlinks=False) and e.name not in _SKIPPED]
    except OSError:
        return []
    return [folder / name for name in sorted(names) if not name.startswith(".")]


def _once(sources: list[SkillSource]) -> tuple[tuple[SkillSource, ...], tuple[Diagnostic, ...]]:
    """Leave the first of every root; give every one a label of its own, and say where that was not so."""
    roots: set[str] = set()
    found: dict[str, SkillSource] = {}
    odd: list[Diagnostic] = []
    for source in sources:
        if source.root in roots:
            continue
        roots.add(source.root)
        label = next(new for n in count(1) if (new := source.label + (f"#{n}" if n > 1 else "")) not in found)
        if label != source.label:
            said = f"{source.root} would be called {source.label} like {found[source.label].root}, and is {label}"
            odd.append(Diagnostic("duplicate_id", "warning", said, path=source.root))
        found[label] = replace(source, label=label)
    return tuple(found.values()), tuple(odd)
