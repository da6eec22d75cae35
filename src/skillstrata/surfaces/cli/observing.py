"""`usage`, `failures`: what reuse shows of a tool, with the counts behind every figure.

In     a tool's name, or none
Out    sentences and tables, or the JSON of the contract
"""

from collections.abc import Iterator

import click

from skillstrata.app import json_reuse
from skillstrata.app.use_cases import observing
from skillstrata.app.use_cases.observing import UsageReport
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import when

_SHOWN = 20
_SHOWN_ROWS = 200


@verb("usage", examples=("skillstrata usage html-to-markdown", "skillstrata usage NAME --json"), exits=(3, 65, 75))
@click.argument("name")
@pass_invocation
def usage(inv: Invocation, *, name: str) -> int:
    """Show how a tool did: calls, sessions, projects, people, failures, what it saved, and where it was missed."""
    out = inv.out()
    report = observing.usage(inv.app(), name)
    if out.as_json:
        out.json(json_reuse.usage_json(report))
    else:
        out.line("\n".join(_usage_lines(report)))
    return 0


def _usage_lines(report: UsageReport) -> Iterator[str]:
    tool, quality = report.tool, report.quality
    yield f"{tool.name} is {tool.visibility}"
    if tool.created_because:
        yield f"because     {tool.created_because}"
    if report.sources:
        sessions = len({one.source.session for one in report.sources})
        yield f"written     {len(report.sources)} times in {sessions} sessions (`skillstrata explain ID` tells more)"
        yield from (f"  {when(one.at_s)}  {one.id}  {one.state.value}" for one in report.sources[:_SHOWN])
    interval = f" (95 % interval {quality.low:.0%} to {quality.high:.0%})" if quality.runs else ""
    yield f"calls       {quality.runs}, of them {quality.successes} succeeded{interval}"
    yield f"used in     {quality.sessions} sessions, {quality.projects} projects, by {quality.people} people"
    yield f"last        {when(quality.last_at_s) if quality.last_at_s else 'never'}"
    yield f"saved       about {quality.saved_s:.0f} s and {quality.saved_tokens} tokens (estimated)"
    if quality.failures:
        yield "failures    " + ", ".join(f"{kind.value} {count}" for kind, count in quality.failures)
    yield f"written again although it was there: {len(report.r_miss)}"
    for miss in report.r_miss[-_SHOWN:]:
        words = f" (searched: {' '.join(miss.words)})" if miss.words else ""
        yield f"  {when(miss.at_s)}  {miss.cause.value}  {miss.branch} v{miss.version} {miss.slice}{words}"
    for (_, branch, given, version, environment), count in report.failing:
        yield f"fails on {given} in {branch} v{version}, environment {environment}: {count} times written again"
    for change in report.changes[-_SHOWN:]:
        undone = ", taken back" if change.undone else ""
        what = f"{change.before} -> {change.after}" if change.before else change.after
        yield f"  {when(change.at_s)}  {change.id}  {what} by {change.by}: {change.because}{undone}"
    if any(not change.undone for change in report.changes):
        yield "`skillstrata review undo ID` takes a change back"


@verb("failures", examples=("skillstrata failures", "skillstrata failures html-to-markdown --json"), exits=(3, 65, 75))
@click.argument("name", default="")
@pass_invocation
def failures(inv: Invocation, *, name: str) -> int:
    """List failed calls of a tool, or of all, with whose doing each was; newest first."""
    out = inv.out()
    rows = observing.failures(inv.app(), name)
    if out.as_json:
        out.json(json_reuse.failures_json(rows))
    elif rows:
        out.table(
            ("at", "tool", "branch", "class", "detail", "done by"),
            [
                (
                    when(row.at_s),
                    row.tool,
                    f"{row.branch} v{row.version}",
                    row.kind.value,
                    row.detail,
                    f"v{row.rescued_by}" if row.rescued_by else "",
                )
                for row in rows[:_SHOWN_ROWS]
            ],
        )
        if len(rows) > _SHOWN_ROWS:
            out.note(f"{len(rows) - _SHOWN_ROWS} older ones: `skillstrata failures{' ' * bool(name)}{name} --json`")
    else:
        out.note("No call failed.")
    return 0
