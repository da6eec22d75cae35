"""`distill` and `unshelve`: run the pipeline and say what became of each execution.

In     consent to fetch distributions, ids, import name mappings
Out    what was read, what was judged, and the sums afterwards
"""

import click

from skillstrata.app import json_views
from skillstrata.app.reports import DistillReport
from skillstrata.app.use_cases import distilling
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out
from skillstrata.surfaces.cli.stories import CANDIDATE_COLUMNS, candidate_row, sums
from skillstrata.surfaces.cli.viewing import print_candidates

NOTHING = 3
_install = click.option("--install", is_flag=True, help="Allow fetching the distributions that programs need.")


def _print_report(report: DistillReport, out: Out) -> None:
    read = report.events
    out.line(f"read {read.read} events: {read.new} new, {read.duplicate} known, {read.quarantined} quarantined")
    if report.candidates:
        out.table(CANDIDATE_COLUMNS, [candidate_row(candidate) for candidate in report.candidates])
    out.line("\n".join(sums(report.accounting)))
    if any(candidate.tool for candidate in report.candidates):
        out.note("Next: `skillstrata ls` lists the tools, `skillstrata run NAME --set input=FILE` runs one.")


def one_pass(inv: Invocation, *, install: bool) -> int:
    """Run one pass and print it; 3 when there was nothing to read and nothing to judge."""
    out, app = inv.out(), inv.app()
    with out.progress() as progress:
        report = distilling.distill(app, install=install, progress=progress)
    idle = report.events.read == 0 and report.executions == 0 and not report.candidates
    if out.as_json:
        out.json(json_views.distill_json(report))
    else:
        _print_report(report, out)
    if idle:
        out.note("Nothing to do: the spool is empty and nothing is open. `skillstrata doctor` checks the hook.")
    return NOTHING if idle else 0


@verb(
    "distill",
    examples=("skillstrata distill", "skillstrata distill --install", "skillstrata distill --once --json"),
    exits=(3, 69, 75),
)
@click.option("--once", is_flag=True, help="One pass, then end. This is what it does in any case.")
@_install
@pass_invocation
def distill(inv: Invocation, *, once: bool, install: bool) -> int:
    """Read what the hook has caught, judge every open execution, and put proven programs into the library."""
    del once
    return one_pass(inv, install=install)


def _mapping(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = [word.partition("=") for word in given]
    wrong = ["".join(pair) for pair in pairs if not all(pair)]
    if wrong:
        raise click.BadParameter(f"{wrong[0]!r} is not IMPORT=DISTRIBUTION, like cv2=opencv-python")
    return tuple((module, distribution) for module, _, distribution in pairs)


@verb(
    "unshelve",
    examples=(
        "skillstrata unshelve 3f2a91",
        "skillstrata unshelve --all --install",
        "skillstrata unshelve 3f2a91 --map cv2=opencv-python",
    ),
    exits=(3, 69, 75),
)
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "every", is_flag=True, help="Everything that is set aside.")
@_install
@click.option(
    "--map", "maps", multiple=True, metavar="IMPORT=DIST", callback=_mapping, help="Which distribution an import is."
)
@pass_invocation
def unshelve(
    inv: Invocation, *, ids: tuple[str, ...], every: bool, install: bool, maps: tuple[tuple[str, str], ...]
) -> int:
    """Judge what was set aside once more, for example after installing what was missing."""
    if every is bool(ids):
        raise click.UsageError("Name one or more IDs, or give --all.", click.get_current_context())
    out, app = inv.out(), inv.app()
    with out.progress() as progress:
        touched = distilling.unshelve(app, ids, install=install, maps=maps, progress=progress)
    print_candidates(touched, out, empty="Nothing is set aside.")
    return 0 if touched else NOTHING
