"""`daemon`: one pass as a scheduler would start it, and when the last one was.

In     run --once | status
Out    the pass, or the state of the background process
Never  stays: there is no background process in this version, and it says so
"""

from typing import NoReturn

import click

from skillstrata.app.use_cases import viewing
from skillstrata.surfaces.cli.distilling import one_pass
from skillstrata.surfaces.cli.invocation import Invocation, global_options, pass_invocation, verb
from skillstrata.surfaces.cli.printing import when

_INSTEAD = "start `skillstrata daemon run --once` from cron or a timer"


def _not_yet(what: str) -> NoReturn:
    raise click.UsageError(f"`daemon {what}` is not offered yet; {_INSTEAD}.", click.get_current_context())


@click.group("daemon")
def daemon() -> None:
    """One pass as a scheduler would start it; the state."""


@verb("run", examples=("skillstrata daemon run --once",), exits=(3, 69, 75))
@click.option("--once", is_flag=True, help="One pass, then end.")
@pass_invocation
def run(inv: Invocation, *, once: bool) -> int:
    """Make one pass of the distiller."""
    if not once:
        _not_yet("run` without `--once")
    return one_pass(inv, install=False)


@verb("status", examples=("skillstrata daemon status --json",), exits=(75,))
@pass_invocation
def status(inv: Invocation) -> int:
    """Show whether it runs and when the last pass was."""
    out = inv.out()
    done = viewing.status(inv.app()).last_pass
    if out.as_json:
        last = (
            None
            if done is None
            else {"started_at_s": done.started_at_s, "ended_at_s": done.ended_at_s, "judged": done.judged}
        )
        out.json({"running": False, "pid": None, "last_pass": last})
    else:
        out.line(f"not running; last pass: {'none yet' if done is None else when(done.ended_at_s)}")
    return 0


@verb("start", hidden=True)
def start() -> int:
    """Start it in the background: not offered yet."""
    _not_yet("start")


@verb("stop", hidden=True)
def stop() -> int:
    """Stop it: not offered yet."""
    _not_yet("stop")


daemon.params.extend(global_options())
for _command in (run, status, start, stop):
    daemon.add_command(_command)
