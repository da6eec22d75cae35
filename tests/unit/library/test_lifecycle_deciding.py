from dataclasses import replace

import pytest

from skillstrata.library.lifecycle_deciding import decide, decide_archive, decide_delete
from skillstrata.records.learned import (
    ArtifactKind,
    Comparison,
    DecisionType,
    ExistingArtifact,
    LearnedDraft,
    RelatedArtifact,
)
from skillstrata.records.learned_faults import HardDeleteForbidden

OURS = "---\nname: tides\norigin: skill-learning\n---\nRead the table.\n"
TARGET = ExistingArtifact("tides", "/s/tides/SKILL.md", ArtifactKind.SKILL, "Tides", OURS, confidence=0.7)
DRAFT = LearnedDraft("tide-table", "Tides", "Read the table of today.", 0.85)
WORTHLESS = replace(TARGET, quality="low", safe_to_delete=True)


def _compared(
    score: float, target: ExistingArtifact = TARGET, *others: ExistingArtifact, idf: float = 0.5
) -> Comparison:
    related = [RelatedArtifact(target, score, idf), *(RelatedArtifact(other, 0.2, 0.2) for other in others)]
    return Comparison(tuple(related), compared=len(related))


def _type(score: float, draft: LearnedDraft = DRAFT, target: ExistingArtifact = TARGET) -> DecisionType:
    return decide(draft, _compared(score, target)).type


def test_nothing_related_is_created() -> None:
    """The seed's first case."""
    decision = decide(DRAFT, Comparison())

    assert (decision.type, decision.target) == (DecisionType.CREATE, None)
    assert decision.reason


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.18, DecisionType.CREATE),
        (0.349, DecisionType.CREATE),
        (0.35, DecisionType.MERGE),
        (0.719, DecisionType.MERGE),
        (0.72, DecisionType.REPLACE),
        (1.0, DecisionType.REPLACE),
    ],
)
def test_the_score_decides_at_the_documented_figures(score: float, expected: DecisionType) -> None:
    """Merge from 0.35, replace from 0.72."""
    assert _type(score) is expected


@pytest.mark.parametrize(
    ("confidence", "before", "chars", "expected"),
    [
        (0.75, 0.6, 0, DecisionType.REPLACE),
        (0.74, 0.5, 0, DecisionType.MERGE),
        (0.80, 0.66, 0, DecisionType.MERGE),
        (0.95, 0.8, 0, DecisionType.REPLACE),
        (0.75, None, 0, DecisionType.REPLACE),
        (0.80, 0.8, 160, DecisionType.MERGE),
        (0.80, 0.8, 161, DecisionType.REPLACE),
        (0.70, 0.8, 500, DecisionType.MERGE),
    ],
)
def test_a_replacement_must_be_sure_and_surer_or_longer(
    confidence: float, before: float | None, chars: int, expected: DecisionType
) -> None:
    """Confidence 0.75; a gap of 0.15 (none stated counts 0.5), or more than 160 characters more."""
    draft = replace(DRAFT, confidence=confidence, content="x" * (len(OURS) + chars) if chars else DRAFT.content)

    assert _type(0.8, draft, replace(TARGET, confidence=before)) is expected


def test_a_superseded_one_is_replaced_without_being_outdone() -> None:
    """It has given up its place already."""
    draft = replace(DRAFT, confidence=0.75)

    assert _type(0.8, draft, replace(TARGET, confidence=0.9, status="superseded")) is DecisionType.REPLACE
    assert _type(0.8, draft, replace(TARGET, confidence=0.9)) is DecisionType.MERGE


def test_a_superseded_one_is_replaced_also_by_the_same_text() -> None:
    """It is out of use: that it says the same is no reason to leave nothing in use. One in use is kept."""
    draft = replace(DRAFT, content="Read the table.")

    assert _type(1.0, draft, replace(TARGET, status="superseded")) is DecisionType.REPLACE
    assert _type(1.0, draft, TARGET) is DecisionType.KEEP
    assert _type(1.0, replace(draft, confidence=0.6), replace(TARGET, status="superseded")) is DecisionType.KEEP


def test_overlap_of_common_words_alone_changes_nothing() -> None:
    """The weighted score must reach the related one too."""
    assert decide(DRAFT, _compared(0.8, idf=0.17)).type is DecisionType.CREATE
    assert decide(DRAFT, _compared(0.8, idf=0.18)).type is DecisionType.REPLACE


def test_deletion_looks_at_the_compared_artefact_only() -> None:
    """The seed deleted whichever of all was worthless, though the draft was about another one."""
    beside = decide(DRAFT, _compared(0.8, TARGET, WORTHLESS), allow_hard_delete=True)
    itself = decide(DRAFT, _compared(0.8, WORTHLESS, TARGET), allow_hard_delete=True)

    assert beside.type is DecisionType.REPLACE
    assert (itself.type, itself.target, itself.hard_delete) == (DecisionType.DELETE, WORTHLESS, True)


@pytest.mark.parametrize(
    "target",
    [
        replace(WORTHLESS, referenced_by=("other",)),
        replace(WORTHLESS, quality="medium"),
        replace(WORTHLESS, safe_to_delete=False),
    ],
)
def test_what_would_be_missed_is_not_deleted(target: ExistingArtifact) -> None:
    """All three must hold, and the permission."""
    assert decide(DRAFT, _compared(0.8, target), allow_hard_delete=True).type is DecisionType.REPLACE
    assert decide(DRAFT, _compared(0.8, WORTHLESS)).type is DecisionType.REPLACE


@pytest.mark.parametrize("score", [0.4, 0.9])
def test_what_the_user_wrote_is_kept(score: float) -> None:
    """A line of the body is no mark; only the frontmatter counts."""
    theirs = replace(TARGET, content="---\nname: tides\n---\norigin: skill-learning\n")
    decision = decide(DRAFT, _compared(score, theirs), allow_hard_delete=True)

    assert decision.type is DecisionType.KEEP
    assert "user's own" in decision.reason
    assert decide_archive(theirs, "unused").type is DecisionType.KEEP
    assert decide_delete(theirs, "unused", allow_hard_delete=True).type is DecisionType.KEEP


def test_what_was_not_done_to_the_users_own_is_said_as_not_done() -> None:
    """A refusal that begins with "archived" tells the opposite of what happened. Twin: ours says why it goes."""
    theirs = replace(TARGET, content="Read the tables.")
    left = "tides is the user's own and is never touched; it was not"

    assert decide_archive(theirs, "Archived by the user.").reason == f"{left} archived."
    assert decide_delete(theirs, "Gone.", allow_hard_delete=True).reason == f"{left} deleted."
    assert decide(DRAFT, _compared(0.5, theirs)).reason.endswith(f"). {left} merged.")
    assert decide(DRAFT, _compared(0.9, theirs)).reason.endswith(f". {left} replaced.")
    assert decide_archive(TARGET, "Archived by the user.").reason == "Archived by the user."


def test_what_says_the_same_and_is_the_users_own_is_told_so() -> None:
    """Nothing was left undone there."""
    theirs = replace(TARGET, content=DRAFT.content)

    assert decide(DRAFT, _compared(0.9, theirs)).reason.endswith("). tides is the user's own and is never touched.")


def test_the_same_text_again_is_kept() -> None:
    """Learning the same thing twice must not pile up patches."""
    assert _type(0.9, replace(DRAFT, content="Read the\ntable.")) is DecisionType.KEEP


def test_a_merge_says_what_it_adds() -> None:
    """The patch is for whoever edits the artefact: it names both and holds the text."""
    patch = decide(DRAFT, _compared(0.5)).patch

    assert patch.startswith("# Learned Skill Merge Patch\n")
    assert "Target learned skill: tides" in patch
    assert "Confidence: 0.85" in patch
    assert "## Suggested additions\n\nRead the table of today." in patch


def test_a_hard_delete_needs_permission() -> None:
    """Archiving is always there instead."""
    with pytest.raises(HardDeleteForbidden):
        decide_delete(TARGET, "unused", allow_hard_delete=False)
    assert decide_delete(TARGET, "unused", allow_hard_delete=True).type is DecisionType.DELETE
    assert decide_archive(TARGET, "unused").type is DecisionType.ARCHIVE
