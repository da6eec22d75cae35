"""Try a new description of a skill on part of the sessions, and say whether it is better.

In     a trial and sessions; then verdicts
Out    the description for each session; TrialResult
Never  draws lots: a session gets the same description for as long as the trial has its name
Why    with few requests a difference is mostly luck. Both tests are exact: no approximation for large numbers that
       one does not have
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from skillstrata.records.skills import Registry
from skillstrata.records.trials import DescriptionTrial, TrialResult, Verdict, VerdictCounts

SIGNIFICANT = 0.05
CURRENT, PROPOSED = "current", "proposed"
_STEPS = 1 << 32


def assigned(trial: DescriptionTrial, session: str) -> str:
    """Say which description a session gets: "current" or "proposed"."""
    told = f"{trial.name}\0{trial.skill_id}\0{session}".encode("utf-8", "surrogatepass")
    place = int.from_bytes(hashlib.sha256(told).digest()[:4]) / _STEPS
    return PROPOSED if place < trial.share else CURRENT


def with_trial(registry: Registry, trial: DescriptionTrial, session: str) -> Registry:
    """Give the registry as a session sees it: with the trial's description where it gets the proposed one."""
    if assigned(trial, session) == CURRENT:
        return registry
    skills = tuple(
        replace(skill, frontmatter=replace(skill.frontmatter, description=trial.proposed))
        if skill.id == trial.skill_id
        else skill
        for skill in registry.skills
    )
    return replace(registry, skills=skills)


def verdict(right: Sequence[str], chosen: str) -> Verdict:
    """Judge one choice.

    Args:
        right: The skills that would have been right; none where nothing fits.
        chosen: The skill that was chosen, "" for none.
    """
    if not right:
        return Verdict.FALSE if chosen else Verdict.TRUE_NEGATIVE
    if not chosen:
        return Verdict.MISSED
    return Verdict.CORRECT if chosen in right else Verdict.WRONG


def counted(verdicts: Iterable[Verdict]) -> VerdictCounts:
    """Count verdicts."""
    found = list(verdicts)
    return VerdictCounts(
        correct=found.count(Verdict.CORRECT),
        missed=found.count(Verdict.MISSED),
        wrong=found.count(Verdict.WRONG),
        false=found.count(Verdict.FALSE),
        true_negative=found.count(Verdict.TRUE_NEGATIVE),
    )


def compared(current: Sequence[Verdict], proposed: Sequence[Verdict]) -> TrialResult:
    """Compare two descriptions that were tried on different requests: Fisher's exact test on right and not right."""
    one, other = counted(current), counted(proposed)
    chance = fisher(one.right, one.total - one.right, other.right, other.total - other.right)
    return TrialResult(one, other, chance, _better(one, other, chance), "fisher")


def compared_in_pairs(pairs: Sequence[tuple[Verdict, Verdict]]) -> TrialResult:
    """Compare two descriptions that were tried on the same requests: the exact binomial test where they differ."""
    one, other = counted(first for first, _ in pairs), counted(second for _, second in pairs)
    fine = (Verdict.CORRECT, Verdict.TRUE_NEGATIVE)
    won = sum(second in fine and first not in fine for first, second in pairs)
    lost = sum(first in fine and second not in fine for first, second in pairs)
    chance = binomial(won, won + lost)
    return TrialResult(one, other, chance, _better(one, other, chance), "binomial")


def fisher(right: int, not_right: int, other_right: int, other_not_right: int) -> float:
    """Give the two-sided chance of a table of counts this uneven, its margins given."""
    first, all_right = right + not_right, right + other_right
    total = first + other_right + other_not_right
    least, most = max(0, first + all_right - total), min(first, all_right)

    def weight(count: int) -> int:
        return math.comb(all_right, count) * math.comb(total - all_right, first - count)

    seen = weight(right)
    return min(sum(w for w in map(weight, range(least, most + 1)) if w <= seen) / math.comb(total, first), 1.0)


def binomial(hits: int, trials: int, chance: float = 0.5) -> float:
    """Give the two-sided chance of so many hits or something as unlikely."""

    def weight(count: int) -> float:
        return math.comb(trials, count) * chance**count * (1 - chance) ** (trials - count)

    seen = weight(hits) * (1 + 1e-9)
    return min(sum(w for w in map(weight, range(trials + 1)) if w <= seen), 1.0)


def _better(one: VerdictCounts, other: VerdictCounts, chance: float) -> str:
    if chance > SIGNIFICANT:
        return ""
    # Shares compared without division: either may be of nothing.
    return PROPOSED if other.right * one.total > one.right * other.total else CURRENT
