"""Tell everything that is known of one skill, without calling it.

In     the App, which places to look at, a name or id
Out    ShownSkill: where it is from, whether it can be used, its fields, what it needs, its files
Never  gives its text: that is what a call does; hides a file that must not be used: it is found like the others
"""

from dataclasses import dataclass, field
from pathlib import Path

from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.server_skills import server_files
from skillstrata.app.use_cases.listing_skills import SkillRow, listing_of
from skillstrata.app.wiring import App
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.skills import Frontmatter, Requirement, Skill, folded_name
from skillstrata.runtime.registry import SkillNotFound

_MOST_FILES = 512
_BODY_ONLY = frozenset({"command", "agents"})


@dataclass(frozen=True, slots=True)
class ShownSkill:
    """One skill. `others` are the ids of skills of the same name; of a file that failed there is only the row."""

    row: SkillRow
    frontmatter: Frontmatter = field(default_factory=Frontmatter)
    requirements: tuple[Requirement, ...] = ()
    related: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    body_chars: int = 0


def show(app: App, query: SkillQuery, name: str) -> ShownSkill:
    """Find a skill and tell what is known of it.

    Raises:
        SkillNotFound: No skill and no skill file has this name or id.
    """
    session = open_skills(app, query)
    rows = {row.qualified: row for row in listing_of(session).rows}
    by_id = rows.get(name)
    if by_id is not None and by_id.state == "failed":
        return ShownSkill(by_id)
    try:
        skill = session.finder.find(name)
    except SkillNotFound:
        failed = [row for row in rows.values() if row.state == "failed" and folded_name(row.name) == folded_name(name)]
        if not failed:
            raise
        return ShownSkill(failed[0], others=tuple(row.qualified for row in failed[1:]))
    conflict = next((one for one in session.registry.conflicts if skill.id in (one.winner, *one.losers)), None)
    named = (conflict.winner, *conflict.losers) if conflict is not None else ()
    return ShownSkill(
        row=rows[skill.id],
        frontmatter=skill.frontmatter,
        requirements=skill.requirements,
        related=skill.related,
        others=tuple(one for one in named if one != skill.id),
        files=server_files(session.remote, skill) if skill.source.kind == "mcp" else _files(app, skill),
        body_chars=skill.body_chars,
    )


def _files(app: App, skill: Skill) -> tuple[str, ...]:
    if skill.source.kind in _BODY_ONLY:
        return ()
    page = Path(skill.path)
    try:
        listed = app.skill_resources.listing(str(page.parent), most=_MOST_FILES)
    except FileUnreadable:
        return ()
    return tuple(one.path for one in listed if one.kind == "file" and one.path != page.name)
