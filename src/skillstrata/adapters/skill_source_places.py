"""Where Claude Code, the open specification and this program look for skills.

In     the home folder, the folder worked in, more folders, what an organisation manages
Out    sources, the strongest kinds first; places that are not there yet are among them
Never  opens a skill file, looks above the repository's root or above the home folder
"""

import os
import platform
from collections.abc import Iterator
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
        return _once(found), odd

    def nested(self) -> tuple[SkillSource, ...]:
        """Look for folders of skills below the project; a walk, so not for every look."""
        if not self._choice.usual or self._choice.patterns:
            return ()
        project = self._choice.project
        above = {str(place) for folder in self._up() for place in (folder / name for name in _FOLDERS)}
        found: list[SkillSource] = []
        for folder in _walk(project):
            for name in _FOLDERS:
                root = folder / name
                if str(root) not in above and root.is_dir():
                    part = folder.relative_to(project).as_posix()
                    label = f"nested:{part}" + ("" if name == _FOLDERS[0] else ":agents")
                    found.append(
                        SkillSource("nested", label, str(root), prefix=part, trusted=self._choice.trust_project)
                    )
        return _once(found)

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
            trusted = self._choice.trust_project
            yield SkillSource("project", part, str(folder / _FOLDERS[0]), priority=near, trusted=trusted)
            yield SkillSource(
                "project", f"{part}:agents", str(folder / _FOLDERS[1]), priority=near - 1, trusted=trusted
            )

    def _documents(self) -> Iterator[SkillSource]:
        home, project = self._home / ".claude", self._choice.project / ".claude"
        trusted = self._choice.trust_project
        yield SkillSource("command", "user:commands", str(home / "commands"), priority=1)
        yield SkillSource("command", "project:commands", str(project / "commands"), trusted=trusted)
        yield SkillSource("agents", "user:subagents", str(home / "agents"), priority=1)
        yield SkillSource("agents", "project:subagents", str(project / "agents"), trusted=trusted)

    def _own(self) -> Iterator[SkillSource]:
        yield SkillSource("library", "library", str(self._library))
        yield SkillSource("builtin", "builtin", str(BUILTIN))

    def _extra(self) -> Iterator[SkillSource]:
        number = 0
        for path in self._choice.extra:
            folder = Path(os.path.abspath(path))
            plugin = plugin_at(folder)
            if plugin:
                yield from plugin
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
            trusted = kind == "user" or self._choice.trust_project
            yield SkillSource(kind, label or f"{kind}:{number}", str(whole), place.priority, trusted=trusted)
            return
        start = Path(*whole.parts[: next(n for n, part in enumerate(whole.parts) if "*" in part)])
        for folder in sorted(start.glob(str(whole.relative_to(start)))):
            name = folder.relative_to(start).parts[0]
            yield SkillSource("plugin", f"plugin:{name}", str(folder), place.priority, prefix=name, trusted=False)

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


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if e.is_dir(follow_symlinks=False) and e.name not in _SKIPPED]
    except OSError:
        return []
    return [folder / name for name in sorted(names) if not name.startswith(".")]


def _once(sources: list[SkillSource]) -> tuple[SkillSource, ...]:
    """Leave the first of every root and of every label."""
    roots: set[str] = set()
    labels: set[str] = set()
    found: list[SkillSource] = []
    for source in sources:
        if source.root not in roots and source.label not in labels:
            found.append(source)
        roots.add(source.root)
        labels.add(source.label)
    return tuple(found)
