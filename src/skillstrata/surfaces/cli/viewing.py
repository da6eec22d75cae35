"""`status`, `candidates`, `explain`, `shelved`: what became of everything agents did.

In     options
Out    tables and sentences, or the JSON of the contract
"""

from collections.abc import Sequence

import click

from skillstrata.app import json_views
from skillstrata.app.use_cases import viewing
from skillstrata.records.candidates import Candidate, State
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out
from skillstrata.surfaces.cli.stories import CANDIDATE_COLUMNS, candidate_row, state_of_things, story


def print_candidates(found: Sequence[Candidate], out: Out, *, empty: str) -> None:
    """Print candidates as the contract's array or as a table; say `empty` where there are none."""
    if out.as_json:
        out.json([json_views.candidate_json(candidate) for candidate in found])
    elif found:
        out.table(CANDIDATE_COLUMNS, [candidate_row(candidate) for candidate in found])
    else:
        out.note(empty)


@verb("status", examples=("skillstrata status", "skillstrata status --json"), exits=(75,))
@pass_invocation
def status(inv: Invocation) -> int:
    """Show the accounting as sums that add up, the last pass, and what waits on the shelf."""
    out = inv.out()
    report = viewing.status(inv.app())
    if out.as_json:
        out.json(json_views.status_json(report))
    else:
        out.line("\n".join(state_of_things(report)))
    return 0


@verb("candidates", examples=("skillstrata candidates", "skillstrata candidates --state rejected"), exits=(75,))
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only those that ended like this.")
@pass_invocation
def candidates(inv: Invocation, *, state: str | None) -> int:
    """List every execution and how it ended; `explain ID` tells why."""
    found = viewing.candidates(inv.app(), None if state is None else State(state))
    print_candidates(found, inv.out(), empty="No candidates. `skillstrata distill` reads what the hook has caught.")
    return 0


@verb("explain", examples=("skillstrata explain 3f2a91",), exits=(3, 75))
@click.argument("candidate_id", metavar="ID")
@pass_invocation
def explain(inv: Invocation, *, candidate_id: str) -> int:
    """Tell why one candidate ended as it did, stage by stage. The beginning of an ID is enough."""
    out = inv.out()
    explanation = viewing.explain(inv.app(), candidate_id)
    if out.as_json:
        out.json(json_views.explanation_json(explanation))
    else:
        out.line("\n".join(story(explanation)))
    return 0


@verb("shelved", examples=("skillstrata shelved", "skillstrata shelved --json"), exits=(75,))
@pass_invocation
def shelved(inv: Invocation) -> int:
    """List what is set aside, the reason, and the command that would free it."""
    print_candidates(viewing.shelved(inv.app()), inv.out(), empty="Nothing is set aside.")
    return 0
