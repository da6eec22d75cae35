"""Which skills of a registry a model may be shown, and by which name it calls each.

In     a Registry, the files that are worked on
Out    a row per skill: its name in a listing, and why it is not listed, "" where it is
Never  leaves a skill out of the rows
"""

from dataclasses import dataclass

from skillstrata.records.skills import Registry, Skill, folded_name
from skillstrata.runtime.path_globs import skills_for

_MOST_PATHS = 120


@dataclass(frozen=True, slots=True)
class ListedSkill:
    """A skill and its name in a listing. `barred` says why it is not shown to a model."""

    skill: Skill
    name: str
    barred: str = ""


def listed_skills(registry: Registry, touched: tuple[str, ...] | None = None) -> tuple[ListedSkill, ...]:
    """Give a row for every skill, in the registry's order.

    A skill that its bare name means is called by that name. One that lost its name to another is not listed; its id
    still leads to it. One with `paths` is listed where one of the files that were `touched` matches them; None asks
    for no files, and bars none.
    """
    winners = {skill_id for _, skill_id in registry.names}
    reasons = {entry.skill_id: f"not available: {entry.reason}" for entry in registry.unavailable}
    means = dict(registry.names)
    if touched is not None:
        bound = [skill for skill in registry.skills if skill.frontmatter.paths]
        fit = {skill.id for skill in skills_for(bound, touched)}
        reasons |= {skill.id: reasons.get(skill.id) or _for_files(skill) for skill in bound if skill.id not in fit}
    return tuple(
        ListedSkill(
            skill,
            skill.name,
            # Folding names is slow: only those that lost theirs need it.
            _barred(
                skill,
                skill.id if skill.id in winners else means.get(folded_name(skill.name), skill.id),
                reasons.get(skill.id, ""),
            ),
        )
        for skill in registry.skills
    )


def _barred(skill: Skill, winner: str, reason: str) -> str:
    if reason:
        return reason
    if winner != skill.id:
        return f"its name means {winner}; {skill.id} still leads to it"
    if not skill.frontmatter.model_may_invoke:
        return "only users may call it"
    return ""


def _for_files(skill: Skill) -> str:
    return f"it is for {', '.join(skill.frontmatter.paths)[:_MOST_PATHS]}, and no such file is worked on"
