import pytest

from skillstrata.app.reports import StatusReport
from skillstrata.app.use_cases.viewing import shelf_of
from skillstrata.records.candidates import Accounting, Candidate, ExecutionCounts, Source, State
from skillstrata.surfaces.cli.stories import candidate_row, state_of_things


def _shelved(id_: str, unshelve: str) -> Candidate:
    source = Source("claude-code", "s1", f"use-{id_}")
    return Candidate(id_, State.SHELVED, source, reason="ambiguous", unshelve=unshelve)


@pytest.mark.parametrize(
    ("commands", "told"),
    [
        (("",), "1 x ambiguous: nothing yet"),
        (("", ""), "2 x ambiguous: nothing yet"),
        (("skillstrata unshelve c0",), "1 x ambiguous: skillstrata unshelve c0"),
        (("skillstrata unshelve c0", "skillstrata unshelve c1"), "2 x ambiguous: skillstrata unshelve --all"),
    ],
)
def test_a_shelf_line_advises_only_what_would_free_something(commands: tuple[str, ...], told: str) -> None:
    """A command that frees nothing teaches its reader to distrust the others."""
    shelf = shelf_of(tuple(_shelved(f"c{n}", command) for n, command in enumerate(commands)))
    accounting = Accounting(0, 0, 0, 0, ExecutionCounts(), balanced=True)
    lines = list(state_of_things(StatusReport(accounting, shelf, None, 0, 0, 0)))

    assert lines[-1].strip() == told


@pytest.mark.parametrize(
    ("unshelve", "shown"), [("", "nothing yet"), ("skillstrata unshelve c1", "skillstrata unshelve c1")]
)
def test_a_listed_candidate_says_what_frees_it(unshelve: str, shown: str) -> None:
    """An empty cell would look like a fault of the table."""
    assert candidate_row(_shelved("c1", unshelve))[-1] == shown
