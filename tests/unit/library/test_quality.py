"""A figure about reuse comes with its counts, its interval, and whose doing the failures were."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.library.quality import NO_NETWORK, failure_class, is_own_fault, standing, tool_quality, wilson
from skillstrata.records.qualities import FailureClass, ToolQuality
from skillstrata.records.tools import Branch, Usage
from tests.fakes.sample_tools import a_tool, a_version


def _use(*, ok: bool = True, failure: str = "", at_s: float = 1.0, **more: str) -> Usage:
    return Usage("t", "html", 1, at_s, ok, 500.0, "mcp", failure=failure, **more)


@pytest.mark.parametrize(
    ("successes", "runs", "low", "high"), [(0, 0, 0.0, 1.0), (3, 3, 0.4385, 1.0), (90, 100, 0.8256, 0.9448)]
)
def test_the_interval_is_wilsons(successes: int, runs: int, low: float, high: float) -> None:
    """Known values: three of three may still be one that fails every second time."""
    assert wilson(successes, runs) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share_and_narrows_with_more_calls(good: int, bad: int) -> None:
    """Never below nothing, never above all, and never away from what was seen."""
    runs = good + bad
    low, high = wilson(good, runs)
    wider = wilson(good * 4, runs * 4)

    assert 0.0 <= low <= high <= 1.0
    if runs:
        assert low - 1e-9 <= good / runs <= high + 1e-9
        assert wider[1] - wider[0] <= high - low + 1e-9
    assert math.isfinite(low + high)


def test_calls_are_counted_by_who_made_them_and_how_they_failed() -> None:
    """An unknown session, project or person is none."""
    uses = (
        _use(session="s1", project="p1", person="a"),
        _use(session="s1", project="p2", person="", at_s=9.0),
        _use(ok=False, failure="call.limit", session="s2"),
        _use(ok=False, failure="call.program_failed"),
        _use(ok=False, failure="call.program_failed", at_s=4.0),
    )
    found = tool_quality(a_tool(), uses)

    assert (found.runs, found.successes, found.sessions, found.projects, found.people) == (5, 2, 2, 2, 1)
    assert found.failures == ((FailureClass.PROGRAM, 2), (FailureClass.LIMIT, 1))
    assert found.last_at_s == 9.0
    assert found.low < 2 / 5 < found.high


def test_what_lacked_the_network_is_no_fault_of_the_tool() -> None:
    """Only the user can grant it; an end with an error otherwise is its own."""
    lacked, broke = _use(ok=False, failure=NO_NETWORK), _use(ok=False, failure="call.program_failed")

    assert tool_quality(a_tool(), (lacked,)).failures == ((FailureClass.NETWORK, 1),)
    assert (is_own_fault(lacked), is_own_fault(broke)) == (False, True)


def test_what_was_never_called_says_nothing_of_itself() -> None:
    """No count, no figure: the interval is everything."""
    assert tool_quality(a_tool(), ()) == ToolQuality()


def test_savings_are_the_writing_of_the_program_less_the_call() -> None:
    """The documented method, by hand: 6,000 characters are 1,500 tokens, written in 25 s; the call took 0.5 s."""
    version = replace(a_version(), main="x" * 6000)
    tool = replace(a_tool(), branches=(Branch("html", 1, (version,)),))
    found = tool_quality(tool, (_use(), _use(), _use(ok=False, failure="call.limit")))
    short = tool_quality(replace(tool, branches=(Branch("html", 1, (replace(version, main="x"),)),)), (_use(),))

    assert (found.saved_tokens, found.saved_s) == (2 * (1500 - 60), pytest.approx(2 * 24.5))
    assert (short.saved_tokens, short.saved_s) == (0, 0.0)


@pytest.mark.parametrize(
    ("code", "kind", "own"),
    [
        ("call.program_failed", FailureClass.PROGRAM, True),
        ("call.output_not_text", FailureClass.OUTPUT, True),
        ("call.limit", FailureClass.LIMIT, True),
        ("environments.unbuildable", FailureClass.ENVIRONMENT, False),
        ("runtimes.missing", FailureClass.ENVIRONMENT, False),
        ("disk.output_exists", FailureClass.OTHER, False),
    ],
)
def test_a_failure_counts_against_the_tool_only_by_its_own_doing(code: str, kind: FailureClass, own: bool) -> None:
    """A full disk or a missing interpreter is no reason to demote anything."""
    assert failure_class(code) is kind
    assert is_own_fault(_use(ok=False, failure=code)) is own
    assert not is_own_fault(_use())


def test_a_standing_is_worth_what_the_counts_are_worth() -> None:
    """One success of one is little, ninety of a hundred are much, none at all is nothing for or against."""
    assert standing(0, 0) == 0.0
    assert 0.0 < standing(1, 1) < standing(3, 3) < standing(90, 100) < 1.0
    assert -1.0 < standing(0, 10) < standing(0, 1) < 0.0
    assert standing(3, 3, rewritten=3) < standing(3, 3)
