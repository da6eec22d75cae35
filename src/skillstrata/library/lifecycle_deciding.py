"""Decide what becomes of a draft, or of something that exists: create, merge, replace, archive, delete or keep.

In     a checked draft and what it was compared with, the nearest first
Out    LifecycleDecision with the reason, figures in it
Never  changes anything; decides about an artefact it did not compare; touches what the user wrote
"""

from dataclasses import dataclass

from skillstrata.library.lifecycle_page import body_of, is_ours, patch_of
from skillstrata.records.learned import (
    Comparison,
    DecisionType,
    ExistingArtifact,
    LearnedDraft,
    LifecycleDecision,
    RelatedArtifact,
)
from skillstrata.records.learned_faults import HardDeleteForbidden

_UNSTATED_CONFIDENCE = 0.5
_OUT_OF_USE = frozenset({"superseded", "archived"})
_DONE = {
    DecisionType.MERGE: "merged",
    DecisionType.REPLACE: "replaced",
    DecisionType.ARCHIVE: "archived",
    DecisionType.DELETE: "deleted",
}


@dataclass(frozen=True, slots=True)
class LifecycleLimits:
    """From which figures on something is done.

    Args:
        related: Plain overlap from which two texts are compared at all; the weighted one must reach it for any change.
        merge: Plain overlap from which a draft is a patch of what exists.
        replace: Plain overlap from which it may take its place.
        confidence: What a draft must have for that.
        confidence_gap: By how much it must be surer, or
        more_chars: how many characters longer than this it must be.
    """

    related: float = 0.18
    merge: float = 0.35
    replace: float = 0.72
    confidence: float = 0.75
    confidence_gap: float = 0.15
    more_chars: int = 160


DEFAULT_LIMITS = LifecycleLimits()


def decide(
    draft: LearnedDraft,
    comparison: Comparison,
    *,
    allow_hard_delete: bool = False,
    limits: LifecycleLimits = DEFAULT_LIMITS,
) -> LifecycleDecision:
    """Decide about a draft by the artefact nearest to it, and by no other.

    Args:
        draft: A checked draft.
        comparison: What it was compared with.
        allow_hard_delete: Somebody permits that a worthless artefact goes for good.
        limits: From which figures on something is done.
    """
    if not comparison.related:
        return LifecycleDecision(DecisionType.CREATE, "No overlapping active artefact was found.")
    return _about(draft, comparison.related[0], allow_hard_delete, limits)


def decide_archive(target: ExistingArtifact, because: str) -> LifecycleDecision:
    """Decide to archive an artefact, for a reason somebody else found."""
    return _unless_foreign(LifecycleDecision(DecisionType.ARCHIVE, because, target), "")


def decide_delete(target: ExistingArtifact, because: str, *, allow_hard_delete: bool) -> LifecycleDecision:
    """Decide to delete an artefact for good.

    Raises:
        HardDeleteForbidden: Nobody permitted it.
    """
    if not allow_hard_delete:
        raise HardDeleteForbidden(
            f"deleting {target.path} for good is not permitted",
            hint=f"archive it: `skillstrata learn archive {target.name}`, or add --allow-hard-delete",
        )
    return _unless_foreign(LifecycleDecision(DecisionType.DELETE, because, target, hard_delete=True), "")


def is_safe_to_delete(target: ExistingArtifact) -> bool:
    """Say whether nothing would be missed: said to be safe, of low quality, referenced by nobody."""
    return target.safe_to_delete and not target.referenced_by and target.quality == "low"


def _about(
    draft: LearnedDraft, nearest: RelatedArtifact, allow_hard_delete: bool, limits: LifecycleLimits
) -> LifecycleDecision:
    target = nearest.artifact

    def decided(kind: DecisionType, reason: str, *, patch: str = "", hard: bool = False) -> LifecycleDecision:
        one = LifecycleDecision(kind, reason, target, nearest.score, nearest.idf_score, patch, hard)
        return one if kind is DecisionType.CREATE else _unless_foreign(one, f"{reason} ")

    figures = f"{nearest.score:.2f}, weighted {nearest.idf_score:.2f}"
    if allow_hard_delete and is_safe_to_delete(target):
        reason = f"{target.name} is of low quality, unreferenced and safe to delete."
        return decided(DecisionType.DELETE, reason, hard=True)
    if nearest.score < limits.merge:
        return decided(DecisionType.CREATE, f"The overlap with {target.name} ({figures}) is too low to merge.")
    if nearest.idf_score < limits.related:
        reason = f"The overlap with {target.name} ({figures}) is of words that most artefacts have."
        return decided(DecisionType.CREATE, reason)
    why = _better(draft, target, limits) if _may_replace(draft, nearest, limits) else ""
    is_same = body_of(target.content).split() == draft.content.split()
    # What is out of use is no reason to keep, though it says the same.
    if is_same and not (why and target.status in _OUT_OF_USE):
        return decided(DecisionType.KEEP, f"{target.name} says the same already ({figures}).")
    if why:
        return decided(DecisionType.REPLACE, f"The draft overlaps {target.name} highly ({figures}) and {why}.")
    reason = f"{target.name} overlaps with the learned pattern ({figures})."
    return decided(DecisionType.MERGE, reason, patch=patch_of(draft, target))


def _may_replace(draft: LearnedDraft, nearest: RelatedArtifact, limits: LifecycleLimits) -> bool:
    return nearest.score >= limits.replace and draft.confidence >= limits.confidence


def _better(draft: LearnedDraft, target: ExistingArtifact, limits: LifecycleLimits) -> str:
    if target.status in _OUT_OF_USE:
        return f"the other is {target.status}"
    before = _UNSTATED_CONFIDENCE if target.confidence is None else target.confidence
    # Figures of two decimals differ by 0.15 only up to the last bits of a float.
    gap = round(draft.confidence - before, 9)
    if gap >= limits.confidence_gap:
        return f"is surer by {gap:.2f}"
    longer = len(draft.content) - len(target.content)
    return f"has {longer} characters more" if longer > limits.more_chars else ""


def _unless_foreign(decision: LifecycleDecision, why: str) -> LifecycleDecision:
    """Keep what is the user's own; `why` is what was found before that is said, "" where a wish was all there was."""
    target = decision.target
    if target is None or is_ours(target.content):
        return decision
    left = f"; it was not {_DONE[decision.type]}" if decision.type in _DONE else ""
    reason = f"{why}{target.name} is the user's own and is never touched{left}."
    return LifecycleDecision(DecisionType.KEEP, reason, target, decision.score, decision.idf_score)
