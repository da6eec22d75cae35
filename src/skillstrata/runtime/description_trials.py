"""Try a new description of a skill on part of the sessions, and say whether it is better.

In     a trial and sessions; then verdicts, or the routing log
Out    the description for each session; TrialResult
Never  draws lots: a session gets the same description for as long as the trial has its name
Why    with few requests a difference is mostly luck. Both tests are exact: no approximation for large numbers that
       one does not have
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from skillstrata.records.routes import RouteOutcome, RouteRecord
from skillstrata.records.skills import Registry
from skillstrata.records.trials import DescriptionTrial, TrialExposure, TrialResult, Verdict, VerdictCounts

SIGNIFICANT = 0.05
CURRENT, PROPOSED = "current", "proposed"
_STEPS = 1 << 32


def assigned(trial: DescriptionTrial, session: str) -> str:
    """Say which description a session gets: "current" or "proposed"."""
    told = f"{trial.name}\0{trial.skill_id}\0{session}".encode("utf-8", "surrogatepass")
    place = int.from_bytes(hashlib.sha256(told).digest()[:4]) / _STEPS
    return PROPOSED if place < trial.share else CURRENT


def variant(trials: Iterable[DescriptionTrial], session: str) -> str:
    """Give the mark of a session's descriptions for the routing log: `name=current` or `name=proposed`, each trial."""
    return " ".join(f"{trial.name}={assigned(trial, session)}" for trial in trials)


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


def judged(record: RouteRecord, skill_id: str) -> Verdict | None:
    """Judge one request by the log, for one skill: how it ended tells first, what was proposed comes second.

    A call of the skill that succeeded is CORRECT; one that did not is WRONG, or FALSE where nothing was proposed. Where
    something else was taken and failed, or nothing was taken, although this skill was proposed, it is MISSED; where
    something else succeeded, to leave this one alone was right. None where nobody told how it ended, or where the
    request has nothing to do with the skill.
    """
    route = record.route
    near = any(skill_id == one for one in (route.proposed, *(one.skill_id for one in route.candidates)))
    if not record.told or not (near or record.chosen == skill_id):
        return None
    if not record.chosen:
        return Verdict.MISSED if route.proposed == skill_id else Verdict.TRUE_NEGATIVE
    if record.outcome is RouteOutcome.UNKNOWN:
        return None
    return _ended(record, skill_id, went_well=record.outcome is RouteOutcome.SUCCEEDED)


def _ended(record: RouteRecord, skill_id: str, *, went_well: bool) -> Verdict | None:
    if record.chosen != skill_id:
        missed = Verdict.MISSED if record.route.proposed == skill_id else None
        return Verdict.TRUE_NEGATIVE if went_well else missed
    if went_well:
        return Verdict.CORRECT
    return Verdict.FALSE if record.query_digest and record.route.abstained else Verdict.WRONG


def tried(trial: DescriptionTrial, records: Iterable[RouteRecord]) -> tuple[TrialExposure, TrialResult]:
    """Compare the two descriptions of a trial by what the routing log says of the sessions that had each."""
    verdicts: dict[str, list[Verdict]] = {CURRENT: [], PROPOSED: []}
    sessions: dict[str, set[str]] = {CURRENT: set(), PROPOSED: set()}
    for record in records:
        side = next(
            (word.partition("=")[2] for word in record.variant.split() if word.startswith(f"{trial.name}=")), ""
        )
        if side not in verdicts:
            continue
        sessions[side].add(record.session)
        found = judged(record, trial.skill_id)
        if found is not None:
            verdicts[side].append(found)
    result = compared(verdicts[CURRENT], verdicts[PROPOSED])
    return TrialExposure(
        len(sessions[CURRENT]), len(sessions[PROPOSED]), result.current.total + result.proposed.total
    ), result


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
