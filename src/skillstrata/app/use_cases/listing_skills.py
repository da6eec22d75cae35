"""List every skill of every source, and what names mean where several have one.

In     the App, which places to look at
Out    rows for each file that was found; conflicts
Never  hides a skill that failed: it is a row with its reasons
"""

from dataclasses import dataclass

from skillstrata.app.runtime_session import RuntimeSession, SkillQuery, open_skills
from skillstrata.app.wiring import App
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skills import SkillConflict


@dataclass(frozen=True, slots=True)
class SkillRow:
    """One skill file. `state` is ready, unavailable, shadowed, copy, quarantined or failed; `reason` is why."""

    name: str
    qualified: str
    source: str
    kind: str
    path: str
    description: str
    state: str
    reason: str
    digest: str
    trusted: bool
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class SkillListing:
    """Every skill file, by id; `diagnostics` are about places rather than about one file."""

    rows: tuple[SkillRow, ...]
    diagnostics: tuple[Diagnostic, ...]


def listed(app: App, query: SkillQuery) -> SkillListing:
    """List every skill file that was found."""
    return listing_of(open_skills(app, query))


def listing_of(session: RuntimeSession) -> SkillListing:
    """List the skills of an open session."""
    registry = session.registry
    reasons = {one.skill_id: one.reason for one in registry.unavailable}
    lost = {one: conflict for conflict in registry.conflicts for one in conflict.losers}
    aside = {one.skill_id: one for one in session.live.quarantined}
    rows: list[SkillRow] = []
    for found in session.scan.files:
        skill, one = found.skill, found.skill_id
        odd = found.diagnostics if skill is None else skill.diagnostics
        state, reason = "ready", ""
        if one in aside:
            state, reason = "quarantined", _first(aside[one].diagnostics)
        elif skill is None:
            state, reason = "failed", _first(odd)
        elif one in lost:
            state = "copy" if lost[one].identical else "shadowed"
            reason = f"{lost[one].winner} goes before it: {lost[one].rule}"
        elif one in reasons:
            state, reason = "unavailable", reasons[one]
        source = found.source
        slug = found.stamp.slug
        name = f"{source.prefix}:{slug}" if source.prefix else slug
        description = skill.frontmatter.description if skill is not None else ""
        rows.append(
            SkillRow(
                name,
                one,
                source.label,
                source.kind,
                found.stamp.path,
                description,
                state,
                reason,
                found.digest,
                source.trusted,
                odd,
            )
        )
    rows.sort(key=lambda row: row.qualified)
    places = tuple(odd for one in session.scan.sources for odd in one.diagnostics)
    return SkillListing(tuple(rows), places)


def conflicts(app: App, query: SkillQuery) -> tuple[SkillConflict, ...]:
    """Give every name that several sources have: who wins, who loses, by which rule."""
    return open_skills(app, query).registry.conflicts


def _first(found: tuple[Diagnostic, ...]) -> str:
    errors = [odd.message for odd in found if odd.severity == "error"]
    return next(iter([*errors, *(odd.message for odd in found)]), "")
