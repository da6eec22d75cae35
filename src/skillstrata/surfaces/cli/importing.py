"""`import`: read the histories that agents have written.

In     files and folders, or nothing: then the places where each agent keeps its own
Out    what was read, found new or known, and every piece that could not be read
"""

from pathlib import Path

import click

from skillstrata.app.json_histories import import_json
from skillstrata.app.use_cases import importing
from skillstrata.records.imports import ImportReport
from skillstrata.surfaces.cli.exits import INTERRUPTED
from skillstrata.surfaces.cli.interrupts import kept_interrupts
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out, one_line

NOTHING, BAD_INPUT = 3, 65
_SHOWN_FAULTS = 20
_SHOWN_KINDS = 8


@verb(
    "import",
    examples=(
        "skillstrata import",
        "skillstrata import ~/.claude/projects",
        "skillstrata import session.jsonl --agent claude-code --json",
    ),
    exits=(3, 65, 75),
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, path_type=Path))
@click.option("--agent", default=importing.AUTO, show_default=True, metavar="NAME", help="Whose histories these are.")
@pass_invocation
def import_verb(inv: Invocation, *, paths: tuple[Path, ...], agent: str) -> int:
    """Read histories of agents into events. What was read before is not read again.

    Without PATH it reads what the agents on this machine have kept of all their sessions.
    """
    out, app = inv.out(), inv.app()
    named = tuple(str(path) for path in paths)
    if not named:
        places = [p for p in importing.default_places(app) if agent in {importing.AUTO, p.agent}]
        for place in places:
            out.note(f"{place.agent}: {one_line(place.path)}")
        named = tuple(place.path for place in places)
    with kept_interrupts() as check, out.progress() as progress:

        def told(what: str, done: int, total: int) -> None:
            check()
            progress(what, done, total)

        report = importing.import_histories(app, named, agent=agent, progress=told)
    if out.as_json:
        out.json(import_json(report))
    else:
        _print(report, out)
    return _code(report, out)


def _code(report: ImportReport, out: Out) -> int:
    if report.stopped:
        out.alarm("Stopped: what is counted is stored.", "run the same command again; it goes on where this one ended")
        return INTERRUPTED
    if report.refused:
        return BAD_INPUT
    if report.files + report.unchanged:
        if report.new:
            out.note("Next: `skillstrata distill` makes tools of what the agents ran.")
        return 0
    out.note("Nothing found: name a file or folder with histories, as in `skillstrata import ~/.claude/projects`.")
    return NOTHING


def _print(report: ImportReport, out: Out) -> None:
    by_agent = ", ".join(f"{agent} {count}" for agent, count in report.agents)
    line = f"read {_count(report.files, 'file')}"
    line += f" ({by_agent})" if by_agent else ""
    out.line(f"{line}, {report.unchanged} unchanged, {report.unrecognised} of no known agent")
    out.line(f"events: {report.new} new, {report.duplicate} known, {report.quarantined} quarantined")
    calls = report.by_call
    sums = f"tool calls: {calls.found} = {calls.new} new + {calls.duplicate} known + {calls.quarantined} quarantined"
    sums += f" + {calls.forgotten} of forgotten sessions" if calls.forgotten else ""
    out.line(sums)
    if calls.completed:
        out.line(f"{calls.completed} of the known calls had no result before and have one now")
    if report.left_out:
        _print_left_out(report, out)
    for fault in report.faults[:_SHOWN_FAULTS]:
        place = f"{fault.path}:{fault.line}" if fault.line else fault.path
        out.note(f"{one_line(place)}: {one_line(fault.reason)}")
    more = len(report.faults[_SHOWN_FAULTS:]) + report.faults_more
    if more:
        out.note(f"… and {more} more; --json lists {len(report.faults)} of them")


def _print_left_out(report: ImportReport, out: Out) -> None:
    shown = ", ".join(f"{one_line(what)} {count}" for what, count in report.left_out[:_SHOWN_KINDS])
    more = len(report.left_out) - _SHOWN_KINDS
    out.line(f"left out, being no calls: {shown}" + (f", and {more} more kinds" if more > 0 else ""))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
