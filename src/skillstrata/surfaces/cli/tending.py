"""`health`: the whole library in figures, and how they went on.

In     nothing
Out    sentences and a picture, or the JSON of the contract
Why    apart from `usage`, which need not load what runs proofs
"""

from collections.abc import Iterator

import click

from skillstrata.app import json_reuse
from skillstrata.app.use_cases import observing, tending
from skillstrata.app.use_cases.observing import HealthReport
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import when

_SHOWN = 20


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
        for one in done.learned:
            out.note(f"{one.name}: archived, {one.because} (`skillstrata learn restore {one.name}`)")
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
    yield from _some(f"not used for long: {name}" for name in now.stale)
    yield from _some(f"say the same: {one} and {other} ({why})" for one, other, why in now.redundant)
    yield from _some(f"broken here: {name} (`skillstrata verify {name}` says why)" for name in now.broken)
    yield from _some(f"searched in vain for {name}: {words}" for name, words in now.suggested)
    if len(report.before) > 1:
        yield f"trend, {len(report.before)} looks since {when(report.before[0].at_s)}"
        for label, line, figure in report.drawn:
            yield f"  {label:<10}{line}  {figure:g}"


def _some(lines: Iterator[str]) -> Iterator[str]:
    """Give the first lines, and say how many there are besides."""
    found = list(lines)
    yield from found[:_SHOWN]
    if len(found) > _SHOWN:
        yield f"  and {len(found) - _SHOWN} more (`skillstrata health --json`)"
