"""`environments`: what is built for programs that need distributions, and its collection by last use.

In     nothing | gc --older-than DAYS --max-size MIB --dry-run
Out    a row per environment | what went, and the room it freed
Never  takes one that was used within a day
"""

import click

from skillstrata.app import json_views
from skillstrata.app.use_cases import collecting
from skillstrata.ports.environments import DAY_S
from skillstrata.records.environments import KeptEnvironment
from skillstrata.surfaces.cli.invocation import Invocation, global_options, pass_invocation, verb
from skillstrata.surfaces.cli.printing import when

NOTHING = 3
_COLUMNS = ("key", "size", "last used", "state", "requirements")
_MIB = 1024 * 1024


def _row(kept: KeptEnvironment) -> tuple[str, ...]:
    needs = ", ".join(kept.requirements) or "the standard library alone"
    return (kept.key, _size(kept.size_bytes), when(kept.last_used_s), "complete" if kept.complete else "broken", needs)


def _size(count: int) -> str:
    return f"{count / _MIB:.1f} MiB"


@click.group("environments", invoke_without_command=True)
@click.pass_context
@pass_invocation
def environments(inv: Invocation, ctx: click.Context) -> int:
    """List the environments that are built, the longest unused first; `gc` removes old ones."""
    if ctx.invoked_subcommand:
        return 0
    out = inv.out()
    stock = collecting.environments(inv.app())
    if out.as_json:
        out.json(json_views.environments_json(stock))
    elif stock.environments:
        out.table(_COLUMNS, [_row(kept) for kept in stock.environments])
        out.line(
            f"{len(stock.environments)} environments, {stock.layers} layers, {_size(stock.disk_bytes)} on the disk"
        )
    else:
        out.note("No environment is built yet; the first program that needs one builds it.")
    return 0


@verb(
    "gc",
    examples=("skillstrata environments gc --dry-run", "skillstrata environments gc --older-than 30"),
    exits=(3, 69),
)
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Remove what nobody used for so many days; else the setting environments.unused_days.",
)
@click.option(
    "--max-size", "most", type=click.IntRange(min=0), metavar="MIB", help="And what is beyond this, unused longest."
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@pass_invocation
def gc(inv: Invocation, *, days: int | None, most: int | None, dry_run: bool) -> int:
    """Remove environments that nobody used for long; a program that needs one again has it built again."""
    out = inv.out()
    days = days or inv.settings().environments_unused_days
    most_bytes = None if most is None else most * _MIB
    done = collecting.collect(inv.app(), unused_for_s=days * DAY_S, most_bytes=most_bytes, dry_run=dry_run)
    if out.as_json:
        out.json(json_views.collection_json(done))
    elif done.environments or done.layers or done.leftovers:
        if done.environments:
            out.table(_COLUMNS, [_row(kept) for kept in done.environments])
        parts = f"{len(done.environments)} environments, {done.layers} layers, {done.leftovers} leftovers"
        out.line(f"{'would remove' if dry_run else 'removed'} {parts}: {_size(done.freed_bytes)}")
    else:
        out.note(f"Nothing was unused for {days} days.")
    return 0 if done.environments or done.layers or done.leftovers else NOTHING


environments.params.extend(global_options())
environments.add_command(gc)
