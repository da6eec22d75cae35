"""Reuse raises a tool step by step, own faults lower it, and nothing publishes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.library.gate import GateRules, Happened, next_level
from skillstrata.records.qualities import Visibility
from skillstrata.records.tools import Usage

RULES = GateRules()


def _uses(marks: str, sessions: int = 2) -> tuple[Usage, ...]:
    """Make calls: "." succeeded, "x" failed by the tool's doing, "o" failed by others'."""
    codes = {".": "", "x": "call.program_failed", "o": "disk.output_exists"}
    return tuple(
        Usage("t", "b", 1, float(n), mark == ".", 1.0, "mcp", session=f"s{n % sessions}", failure=codes[mark])
        for n, mark in enumerate(marks)
    )


def _after(level: Visibility, marks: str, sessions: int = 2, **more: int) -> Visibility | None:
    found = next_level(level, Happened(_uses(marks, sessions), **more), RULES)
    return None if found is None else found[0]


@pytest.mark.parametrize(
    ("level", "marks", "goes_to"),
    [
        (Visibility.HIDDEN, "..", None),
        (Visibility.HIDDEN, "...", Visibility.SEARCHABLE),
        (Visibility.HIDDEN, "...x", None),
        (Visibility.HIDDEN, "....x", Visibility.SEARCHABLE),
        (Visibility.SEARCHABLE, "....", None),
        (Visibility.SEARCHABLE, ".....", Visibility.INVOKABLE),
        (Visibility.SEARCHABLE, ".....x", None),
        (Visibility.INVOKABLE, "..", None),
        (Visibility.INVOKABLE, "...", Visibility.LISTED),
        (Visibility.INVOKABLE, "...x", None),
        (Visibility.LISTED, "." * 100, None),
        (Visibility.PUBLISHED, "." * 100, None),
        (Visibility.RETIRED, "." * 100, None),
    ],
)
def test_levels_rise_by_counts_and_shares(level: Visibility, marks: str, goes_to: Visibility | None) -> None:
    """The documented figures: 3 and 80 %, 5 and 90 %, N successes; never to published."""
    assert _after(level, marks) is goes_to


def test_being_listed_takes_two_sessions() -> None:
    """One session that calls a tool in a loop confirms nothing."""
    assert _after(Visibility.INVOKABLE, "." * 20, sessions=1) is None
    assert _after(Visibility.INVOKABLE, "...", sessions=2) is Visibility.LISTED


def test_being_missed_counts_as_a_reuse_of_what_agents_cannot_call() -> None:
    """Who cannot be called can still be missed; but a call is what offers it to agents, and what lists it."""
    assert _after(Visibility.HIDDEN, "", rewrites=3) is Visibility.SEARCHABLE
    assert _after(Visibility.SEARCHABLE, "..", rewrites=3) is Visibility.INVOKABLE
    assert _after(Visibility.SEARCHABLE, ".", rewrites=4) is Visibility.INVOKABLE
    assert _after(Visibility.SEARCHABLE, "", rewrites=30) is None
    assert _after(Visibility.INVOKABLE, "", rewrites=30) is None


@pytest.mark.parametrize(
    ("level", "marks", "failed", "goes_to"),
    [
        (Visibility.HIDDEN, "...", 1, None),
        (Visibility.HIDDEN, "....", 1, Visibility.SEARCHABLE),
        (Visibility.SEARCHABLE, "." * 8, 1, None),
        (Visibility.SEARCHABLE, "." * 9, 1, Visibility.INVOKABLE),
        (Visibility.SEARCHABLE, "", 5, None),
        (Visibility.INVOKABLE, "." * 8, 1, None),
        (Visibility.INVOKABLE, "." * 9, 1, Visibility.LISTED),
    ],
)
def test_a_program_written_again_after_a_failure_is_a_failed_use_and_no_reuse(
    level: Visibility, marks: str, failed: int, goes_to: Visibility | None
) -> None:
    """What agents gave up on does not rise by it; enough calls that succeed make up for one."""
    assert _after(level, marks, rewrites_after_failure=failed) is goes_to


def test_a_step_up_names_both_kinds_of_programs_written_again() -> None:
    """The reason is all that a person sees of how it was counted."""
    found = next_level(Visibility.SEARCHABLE, Happened(_uses("." * 9), 2, 1), RULES)

    assert found is not None
    assert found[1] == "9 of 9 calls succeeded, written again 2 times, written again after a failure 1"


@pytest.mark.parametrize(
    ("level", "marks", "goes_to"),
    [
        (Visibility.LISTED, "xx" + "." * 8, None),
        (Visibility.LISTED, "xxx" + "." * 7, Visibility.INVOKABLE),
        (Visibility.PUBLISHED, "xxx" + "." * 7, Visibility.INVOKABLE),
        (Visibility.LISTED, "ooo" + "." * 7, None),
        (Visibility.LISTED, "xxx" + "." * 10, None),
        (Visibility.INVOKABLE, "xxx" + "." * 3, None),
        (Visibility.INVOKABLE, "xxx..", Visibility.SEARCHABLE),
        (Visibility.SEARCHABLE, "xxxxxxxxxx", None),
    ],
)
def test_own_faults_lower_a_level(level: Visibility, marks: str, goes_to: Visibility | None) -> None:
    """Three of the last ten by its own doing; it is never hidden for it."""
    assert _after(level, marks) is goes_to


def test_programs_written_again_after_a_failure_are_faults() -> None:
    """An agent that gave up on a tool says more than its error does."""
    found = next_level(Visibility.LISTED, Happened(_uses("...x"), 0, 2), RULES)

    assert found is not None
    assert found[0] is Visibility.INVOKABLE
    assert "program 1, written again after a failure 2" in found[1]
    assert _after(Visibility.LISTED, "...x", rewrites=2) is None


@given(
    st.sampled_from(Visibility),
    st.text(alphabet=".xo", max_size=40),
    st.integers(1, 4),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_a_step_is_one_level_up_or_down_to_what_is_found_and_has_a_reason(
    level: Visibility, marks: str, sessions: int, rewrites: int, after_failure: int
) -> None:
    """Whatever happens: promoted is not exposed."""
    found = next_level(level, Happened(_uses(marks, sessions), rewrites, after_failure), RULES)
    if found is not None:
        assert found[1]
        assert found[0] < Visibility.PUBLISHED
        assert found[0] == level + 1 or Visibility.SEARCHABLE <= found[0] < level
