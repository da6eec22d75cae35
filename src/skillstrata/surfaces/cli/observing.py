"""`usage`, `failures`, `health`: what reuse shows, with the counts behind every figure.

In     a tool's name, or none
Out    sentences, tables and a picture, or the JSON of the contract
"""

from collections.abc import Iterator

import click

from skillstrata.app import json_reuse
from skillstrata.app.use_cases import observing, tending
from skillstrata.app.use_cases.observing import HealthReport, UsageReport
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import when

_SHOWN = 20


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
        yield f"  {when(change.at_s)}  {change.before} -> {change.after} by {change.by}: {change.because}{undone}"


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
                for row in rows
            ],
        )
    else:
        out.note("No call failed.")
    return 0


@verb("health", examples=("skillstrata health", "skillstrata health --tend --json"), exits=(69, 75))
@click.option("--tend", is_flag=True, help="First do what is done once a day: verify, promote, put away, keep count.")
@pass_invocation
def health(inv: Invocation, *, tend: bool) -> int:
    """Show the health of the library: use, redundancy, what is broken, what it costs and missed, and the trend."""
    out = inv.out()
    if tend:
        done = tending.tend(inv.app())
        for change in done.changed:
            out.note(f"{change.tool}: {change.before} -> {change.after}, {change.because}")
    report = observing.health(inv.app())
    if out.as_json:
        out.json(json_reuse.health_json(report))
    else:
        out.line("\n".join(_health_lines(report)))
    return 0


def _health_lines(report: HealthReport) -> Iterator[str]:
    now = report.now
    levels = ", ".join(f"{count} {word}" for word, count in reversed(now.levels) if count)
    yield f"tools       {now.tools}{': ' + levels if levels else ''}"
    yield f"calls       {now.runs}, of them {now.successes} succeeded; {now.unused} tools were never used"
    yield f"saved       about {now.saved_s:.0f} s and {now.saved_tokens} tokens (estimated)"
    yield f"listed      {now.tokens_exposed} tokens at the start of every session (estimated)"
    yield f"missed      {sum(c for _, c in now.misses)}: " + ", ".join(f"{cause} {c}" for cause, c in now.misses)
    yield f"review      {now.pending} wait (`skillstrata pending`)"
    yield from (f"not used for long: {name}" for name in now.stale)
    yield from (f"say the same: {one} and {other} ({why})" for one, other, why in now.redundant)
    yield from (f"broken here: {name} (`skillstrata verify {name}` says why)" for name in now.broken)
    yield from (f"searched in vain for {name}: {words}" for name, words in now.suggested)
    if len(report.before) > 1:
        yield f"trend, {len(report.before)} looks since {when(report.before[0].at_s)}"
        for label, line, figure in report.drawn:
            yield f"  {label:<10}{line}  {figure:g}"
