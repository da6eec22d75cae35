import re

from hypothesis import given
from hypothesis import strategies as st

from skillstrata.app.reports import Explanation
from skillstrata.records.candidates import Accounting, Candidate, ExecutionCounts, Source, StageNote, State
from skillstrata.records.proofs import Measure, OracleResult, Proof, ReplayRun
from skillstrata.surfaces.cli.stories import candidate_row, story, sums

COUNTS = st.integers(0, 10_000)
SOURCE = Source("claude-code", "session-1", "toolu_1")


def _numbers(line: str) -> list[int]:
    return [int(word) for word in re.findall(r"\d+", line)]


@given(st.lists(COUNTS, min_size=10, max_size=10))
def test_the_sums_shown_are_equations_that_add_up(n: list[int]) -> None:
    """Accounting is an invariant: what is printed left of = is what stands right of it."""
    ran = ExecutionCounts(*n[:7], total=sum(n[:7]))
    lines = list(sums(Accounting(sum(n[7:]), n[7], n[8], n[9], ran, balanced=True)))

    assert len(lines) == 2
    for line in lines:
        total, *parts = _numbers(line)
        assert total == sum(parts)


def test_sums_that_do_not_add_up_are_said_aloud() -> None:
    """A broken invariant must not look like a report."""
    lines = list(sums(Accounting(2, 0, 0, 0, ExecutionCounts(total=1), balanced=False)))

    assert "DO NOT ADD UP" in lines[-1]


def test_a_row_says_why_and_what_frees_it() -> None:
    """A shelved candidate without its next step is a dead end."""
    shelved = Candidate("id1", State.SHELVED, SOURCE, reason="missing bs4", unshelve="skillstrata unshelve id1")

    assert candidate_row(shelved) == ("id1", "shelved", "", "missing bs4", "skillstrata unshelve id1")


def test_the_story_tells_every_stage_the_failed_measure_and_the_way_out() -> None:
    """`explain` is what a user has when a program was not made into a tool."""
    candidate = Candidate(
        "id1",
        State.REJECTED,
        SOURCE,
        reason="proof.unseen",
        stages=(StageNote("probe", "ok", "needs nothing"), StageNote("replay", "failed", "other content, same output")),
        unshelve="skillstrata unshelve id1",
    )
    oracle = OracleResult("text", ok=False, measures=(Measure("recall", 0.25, ">= 0.9", ok=False),))
    runs = (ReplayRun("moved", True, "a", "b", 0, 10.0), ReplayRun("unseen", False, "a", "b", 0, 9.0, "", oracle))
    proof = Proof(False, "proof.unseen", "the output ignores the input", runs, "text")
    told = "\n".join(story(Explanation(candidate, proof)))

    for part in ("id1 is rejected", "session-1", "needs nothing", "other content, same output", "1 of 2 runs"):
        assert part in told
    for part in ("recall is 0.250, must be >= 0.9", "the output ignores the input", "skillstrata unshelve id1"):
        assert part in told
