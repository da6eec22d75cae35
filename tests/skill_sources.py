"""Skills on disk and in memory, for tests of the runtime.

In     names, texts
Out    folders with a SKILL.md; sources; sessions with a home of their own
"""

from pathlib import Path

from skillstrata.app.runtime_session import RuntimeSession, SkillQuery, open_skills
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import open_app
from skillstrata.records.skills import Frontmatter, Requirement, Skill, SkillSource


def page(description: str = "Does one thing well.", *, body: str = "# How\n\nDo it.\n", **keys: str) -> str:
    """Give the text of a SKILL.md."""
    lines = [f"description: {description}", *(f"{key.replace('_', '-')}: {value}" for key, value in keys.items())]
    return "---\n" + "\n".join(lines) + f"\n---\n\n{body}"


def put(root: Path, name: str, text: str | None = None) -> Path:
    """Write a skill into a folder of skills, and give its file."""
    file = root / name / "SKILL.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page(f"Does {name}.") if text is None else text, encoding="utf-8")
    return file


def source(
    kind: str = "user", label: str = "", root: Path | str = "-", *, priority: int = 0, prefix: str = ""
) -> SkillSource:
    """Give a source."""
    return SkillSource(kind, label or kind, str(root), priority, prefix)


def skill(
    name: str,
    place: SkillSource | None = None,
    *,
    digest: str = "",
    needs: tuple[Requirement, ...] = (),
    related: tuple[str, ...] = (),
    front: Frontmatter | None = None,
) -> Skill:
    """Give a skill as a scan would."""
    place = place or source()
    return Skill(
        id=f"{place.label}/{name}",
        name=f"{place.prefix}:{name}" if place.prefix else name,
        source=place,
        path=f"{place.root}/{name}/SKILL.md",
        digest=digest or f"{place.label}-{name}",
        body_digest=digest or f"{place.label}-{name}",
        body_chars=10,
        frontmatter=front or Frontmatter(description=f"Does {name}."),
        requirements=needs,
        related=related,
    )


def session(
    home: Path, *sources: Path, project: Path | None = None, stays: bool = False, **settings: str
) -> RuntimeSession:
    """Open the skills of a home, or of sources alone; settings are rows of `skills.…`."""
    flags = tuple((f"skills.{key}", value) for key, value in settings.items())
    said = load_settings(data_dir=home / "data", config=None, environ={"HOME": str(home), "PATH": ""}, flags=flags)
    return open_skills(open_app(said), SkillQuery(sources, not sources, project or home / "project"), stays=stays)


class Facts:
    """A machine that has exactly what it is told."""

    def __init__(self, *, binaries: str = "", variables: str = "", servers: str = "") -> None:
        self._binaries, self._variables, self._servers = binaries.split(), variables.split(), servers.split()

    def has_binary(self, name: str) -> bool:
        """Say whether a program is there."""
        return name in self._binaries

    def has_variable(self, name: str) -> bool:
        """Say whether a variable is there."""
        return name in self._variables

    def has_mcp_server(self, name: str) -> bool:
        """Say whether a server is there."""
        return name in self._servers


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Give the time."""
        return self.now
