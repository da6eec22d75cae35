from dataclasses import replace

import pytest

from skillstrata.app.plan_leaves import Leave
from skillstrata.app.plan_texts import step_lines
from skillstrata.records.approvals import Approval
from skillstrata.records.composed_runs import Plan, PlannedStep

LEAF = Plan("skill_c", "d", {"n": 1}, (), Approval.DATA_EXPORT, "leaf", "/work")
MIDDLE = Plan(
    "skill_b",
    "d",
    {},
    (PlannedStep("s", "skill_c", "composed/skill_c", {"n": 1}, known=True, approval=Approval.NONE, inner=(LEAF,)),),
    Approval.DATA_EXPORT,
    "middle",
    "/work",
)
OUTER = Plan(
    "skill_a",
    "d",
    {},
    (PlannedStep("s", "skill_b", "composed/skill_b", {}, known=True, approval=Approval.NONE, inner=(MIDDLE,)),),
    Approval.DATA_EXPORT,
    "outer",
    "/work",
)
OWN = Leave(1, Approval.DATA_EXPORT)


def test_what_stood_in_the_plan_that_was_shown_is_shown_however_deep() -> None:
    """A person consented to all of it."""
    outer = OWN.running(OUTER)
    middle = replace(OWN, above=outer).running(MIDDLE)
    leaf = replace(OWN, above=middle).running(LEAF)

    assert (outer.shown, middle.shown, leaf.shown) == (True, True, True)
    assert leaf.covers("leaf", Approval.DATA_EXPORT)


@pytest.mark.parametrize("change", ["digest", "unknown", "not_laid_out"])
def test_what_did_not_stand_in_it_is_not_shown_nor_anything_in_it(change: str) -> None:
    """Other arguments, placeholders, or deeper than what was laid out."""
    step = OUTER.steps[0]
    steps = (replace(step, known=change != "unknown", inner=() if change == "not_laid_out" else step.inner),)
    given = replace(MIDDLE, digest="other") if change == "digest" else MIDDLE
    middle = replace(OWN, above=OWN.running(replace(OUTER, steps=steps))).running(given)
    leaf = replace(OWN, above=middle).running(LEAF)

    assert (middle.shown, leaf.shown) == (False, False)


def test_what_is_laid_out_later_is_not_what_was_shown() -> None:
    """The plan that was shown may go less deep than the one that is made when the inner tool runs."""
    shallow = replace(MIDDLE, steps=(replace(MIDDLE.steps[0], inner=()),))
    outer = replace(OUTER, steps=(replace(OUTER.steps[0], inner=(shallow,)),))
    middle = replace(OWN, above=OWN.running(outer)).running(MIDDLE)

    assert middle.shown
    assert not replace(OWN, above=middle).running(LEAF).shown


def test_a_leave_covers_the_steps_of_its_plan_up_to_its_level() -> None:
    """Neither another plan's, nor what needs more."""
    leave = OWN.running(OUTER)

    assert leave.covers("outer", Approval.DATA_EXPORT)
    assert not leave.covers("other", Approval.NONE)
    assert not leave.covers("outer", Approval.EXEC_ESCALATION)
    assert not OWN.covers("outer", Approval.NONE)


def test_what_is_not_laid_out_is_said_to_be_missing() -> None:
    """Nobody takes a short list for the whole one; twin: the whole one has no such line."""
    cut = replace(OUTER, steps=(replace(OUTER.steps[0], inner=()),))

    assert any("not shown" in line for line in step_lines(cut))
    assert not any("not shown" in line for line in step_lines(OUTER))
