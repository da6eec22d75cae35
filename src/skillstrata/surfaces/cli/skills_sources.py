"""`skills list`, `deps`, `conflicts`, `diagnose`, `watch`: what there is, where it comes from, what is wrong with it.

In     places to look at; nothing: the usual ones
Out    tables, drawings, or the JSON of the contract
"""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import click

from skillstrata.app import json_skills
from skillstrata.app.runtime_session import SkillQuery
from skillstrata.app.use_cases import diagnosing_skills, listing_skills, resolving_skills, watching_skills
from skillstrata.app.use_cases.watching_skills import WatchEvent
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out, harmless, one_line, write_to

NOTHING, REFUSED = 3, 4
_MOST_TOLD = 60
_SHORT = 12


def source_options(function: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say where to look."""
    place = click.option(
        "--source",
        "sources",
        multiple=True,
        metavar="PATH",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Look here and only here: a folder of skills, one skill, a plugin. May be given several times.",
    )
    usual = click.option("--usual", is_flag=True, help="Look at the usual places too, beside --source.")
    project = click.option(
        "--project",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="The project to look from, instead of the present folder.",
    )
    return place(usual(project(function)))


def query_of(sources: tuple[Path, ...], project: Path | None, *, usual: bool) -> SkillQuery:
    """Turn the options into a query."""
    return SkillQuery(sources, usual or not sources, project)


@verb("list", examples=("skillstrata skills list", "skillstrata skills list --source ./skills --json"), exits=(3, 65))
@source_options
@pass_invocation
def list_skills(inv: Invocation, *, sources: tuple[Path, ...], usual: bool, project: Path | None) -> int:
    """List every skill: its name, where it comes from, whether it can be used, and why not."""
    out = inv.out()
    listing = listing_skills.listed(inv.app(), query_of(sources, project, usual=usual))
    if out.as_json:
        out.json(json_skills.listing_json(listing))
        return 0 if listing.rows else NOTHING
    rows = [[row.name, row.source, row.state, (row.reason or row.description)[:_MOST_TOLD]] for row in listing.rows]
    if rows:
        out.table(("NAME", "SOURCE", "STATE", "WHAT"), rows)
    else:
        out.note("No skills. Put a folder with a SKILL.md into ~/.claude/skills, or name a folder with --source.")
    for odd in listing.diagnostics:
        out.note(f"{odd.severity}: {odd.message}")
    return 0 if rows else NOTHING


@verb(
    "deps",
    examples=("skillstrata skills deps", "skillstrata skills deps --dot", "skillstrata skills deps --svg needs.svg"),
    exits=(3, 65),
)
@source_options
@click.option("--dot", is_flag=True, help="Print DOT, for Graphviz.")
@click.option(
    "--svg", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write a picture into this file."
)
@pass_invocation
def deps(
    inv: Invocation, *, sources: tuple[Path, ...], usual: bool, project: Path | None, dot: bool, svg: Path | None
) -> int:
    """Draw what skills need of each other; say what is missing and where they need each other in a circle."""
    out = inv.out()
    report = resolving_skills.needs(inv.app(), query_of(sources, project, usual=usual))
    if svg is not None:
        svg.write_text(report.svg, encoding="utf-8")
        out.note(f"The picture is in {svg}.")
    if out.as_json:
        out.json(json_skills.needs_json(report))
    elif dot:
        out.exact(report.dot)
    else:
        out.line(report.text)
        for odd in report.warnings:
            out.note(f"{odd.severity}: {odd.message}")
    return 0 if report.resolution.order else NOTHING


@verb("conflicts", examples=("skillstrata skills conflicts", "skillstrata skills conflicts --json"), exits=(3, 65))
@source_options
@pass_invocation
def conflicts(inv: Invocation, *, sources: tuple[Path, ...], usual: bool, project: Path | None) -> int:
    """List names that several sources have: which one is meant, by which rule, and how to reach the others."""
    out = inv.out()
    found = listing_skills.conflicts(inv.app(), query_of(sources, project, usual=usual))
    if out.as_json:
        out.json(json_skills.conflicts_json(found))
    elif found:
        rows = [
            [one.name, one.winner, ", ".join(one.losers), "same file" if one.identical else "different", one.rule]
            for one in found
        ]
        out.table(("NAME", "WINNER", "REACHED BY ID", "CONTENT", "RULE"), rows)
    else:
        out.note("No name occurs twice.")
    return 0


@verb(
    "diagnose",
    examples=(
        "skillstrata skills diagnose",
        "skillstrata skills diagnose --prometheus",
        "skillstrata skills diagnose --kept",
    ),
    exits=(65,),
)
@source_options
@click.option("--prometheus", is_flag=True, help="Print measurements as Prometheus reads them.")
@click.option("--kept", is_flag=True, help="Print what was odd when somebody looked last, without looking.")
@pass_invocation
def diagnose(
    inv: Invocation, *, sources: tuple[Path, ...], usual: bool, project: Path | None, prometheus: bool, kept: bool
) -> int:
    """Measure, hold that against thresholds, and name everything that is odd; counts of running servers are added."""
    out = inv.out()
    if kept:
        return _print_kept(diagnosing_skills.kept(inv.app()), out)
    report = diagnosing_skills.diagnose(inv.app(), query_of(sources, project, usual=usual))
    if out.as_json:
        out.json(json_skills.diagnosis_json(report))
    elif prometheus:
        out.exact(report.prometheus)
    else:
        out.table(
            ("MEASUREMENT", "VALUE", "THRESHOLD", ""),
            [
                [
                    one.name,
                    f"{one.value:.4g} {one.unit}",
                    "" if one.threshold is None else f"{one.rule} {one.threshold:g}",
                    "" if one.ok else "!",
                ]
                for one in report.metrics
            ],
        )
        for alert in report.alerts:
            out.line(f"{alert.severity}: {one_line(alert.message)}")
        for odd in report.diagnostics:
            out.note(_told(odd))
    return 0


def _print_kept(found: tuple[Diagnostic, ...], out: Out) -> int:
    if out.as_json:
        out.json([json_skills.diagnostic_json(odd) for odd in found])
        return 0
    for odd in found:
        out.line(_told(odd))
    if not found:
        out.note("Nothing odd is kept.")
    return 0


def _told(odd: Diagnostic) -> str:
    """Write one oddity, with where it stands."""
    place = f"{odd.path}:{odd.line}" if odd.path and odd.line else odd.path
    return f"{odd.severity} {odd.code}: " + one_line(f"{place}: {odd.message}" if place else odd.message)


@verb("watch", examples=("skillstrata skills watch", "skillstrata skills watch --source ./skills --json"), exits=(65,))
@source_options
@pass_invocation
def watch(inv: Invocation, *, sources: tuple[Path, ...], usual: bool, project: Path | None) -> int:
    """Tell every change until Ctrl-C, a line each; `rollback NAME` on standard input takes a skill back."""
    out, stop = inv.out(), _Stop()
    query = query_of(sources, project, usual=usual)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop.heard)
    watching_skills.watch(inv.app(), query, _teller(out), stop, orders=_orders())
    return 0


class _Stop:
    """Whether somebody asked us to end."""

    def __init__(self) -> None:
        self._asked = False

    def __call__(self) -> bool:
        return self._asked

    def heard(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True


def _orders() -> Iterator[str]:
    yield from sys.stdin


def _teller(out: Out) -> Callable[[WatchEvent], None]:
    def tell(event: WatchEvent) -> None:
        said = json_skills.event_json(event)
        if out.as_json:
            write_to(sys.stdout, json.dumps(said, ensure_ascii=sys.stdout.isatty()) + "\n")
            return
        if event.change is None:
            out.note(harmless(event.error.message if event.error is not None else "refused"))
            return
        change = event.change
        parts = (("+", change.added), ("~", change.changed), ("-", change.removed), ("<", change.rolled_back))
        named = [f"{mark} {one}" for mark, ids in parts for one in ids]
        more = f" and {len(named) - _SHORT} more" if len(named) > _SHORT else ""
        out.line(f"{event.skills} skills: {', '.join(named[:_SHORT]) or 'none'}{more}")
        for one in event.quarantined:
            out.line(f"  set aside {one.path}: {one.diagnostics[0].message if one.diagnostics else ''}")

    return tell
