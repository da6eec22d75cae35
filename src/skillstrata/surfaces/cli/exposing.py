"""`expose`, `hide`, `retire`: how far a tool is offered, by hand.

In     names
Out    what changed; `review undo` takes it back
"""

import click

from skillstrata.app import json_reuse
from skillstrata.app.use_cases import exposing
from skillstrata.app.use_cases.exposing import Exposed
from skillstrata.records.qualities import Visibility
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb

_LEVELS = [level.word for level in Visibility if level > Visibility.HIDDEN]
_NOTHING = 3


@verb("expose", examples=("skillstrata expose html-to-markdown", "skillstrata expose NAME --to listed"), exits=(3, 75))
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--to", type=click.Choice(_LEVELS), default="invokable", show_default=True, help="How far.")
@pass_invocation
def expose(inv: Invocation, *, names: tuple[str, ...], to: str) -> int:
    """Offer tools: found by searches, called by agents, listed as tools of their own, or published."""
    return _told(inv, exposing.expose(inv.app(), names, Visibility[to.upper()]))


@verb("hide", examples=("skillstrata hide html-to-markdown",), exits=(3, 75))
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@pass_invocation
def hide(inv: Invocation, *, names: tuple[str, ...]) -> int:
    """Take tools out of every search and list; `run NAME` still works for a person."""
    return _told(inv, exposing.hide(inv.app(), names))


@verb("retire", examples=("skillstrata retire html-to-markdown",), exits=(3, 75))
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@pass_invocation
def retire(inv: Invocation, *, names: tuple[str, ...]) -> int:
    """Put tools away; nothing of them is removed, and `expose NAME` brings them back."""
    return _told(inv, exposing.retire(inv.app(), names))


def _told(inv: Invocation, done: Exposed) -> int:
    out = inv.out()
    if out.as_json:
        out.json(json_reuse.exposed_json(done))
    else:
        for change in done.changed:
            out.line(f"{change.tool}: {change.before} -> {change.after}")
        for name in done.unchanged:
            out.note(f"{name} is offered so far already")
    return 0 if done.changed else _NOTHING
