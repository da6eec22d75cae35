"""Which skills of a registry a model may be shown, and by which name it calls each.

In     a Registry
Out    a row per skill: its name in a listing, and why it is not listed, "" where it is
Never  leaves a skill out of the rows
"""

from dataclasses import dataclass

from skillstrata.records.skills import Registry, Skill, folded_name


@dataclass(frozen=True, slots=True)
class ListedSkill:
    """A skill and its name in a listing. `barred` says why it is not shown to a model."""

    skill: Skill
    name: str
    barred: str = ""


def listed_skills(registry: Registry) -> tuple[ListedSkill, ...]:
    """Give a row for every skill, in the registry's order.

    A skill that its bare name means is called by that name. One that lost its name to another is not listed; its id
    still leads to it.
    """
    winners = {skill_id for _, skill_id in registry.names}
    reasons = {entry.skill_id: entry.reason for entry in registry.unavailable}
    means = dict(registry.names)
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
        return f"not available: {reason}"
    if winner != skill.id:
        return f"its name means {winner}; {skill.id} still leads to it"
    if not skill.frontmatter.model_may_invoke:
        return "only users may call it"
    return ""
