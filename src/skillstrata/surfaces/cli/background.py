"""`daemon`: the background process: run it, start it, end it, look at it, hand it to the system's service manager.

In     run | start | stop | status | install | uninstall
Out    a sentence or the state; `run` stays until it is asked to end
Never  starts a second one for the same data directory
"""

import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

import click

from skillstrata.app import daemon_views
from skillstrata.app.reports import DaemonReport
from skillstrata.app.use_cases import daemon_running, daemon_service, daemon_starting
from skillstrata.ports.services import ServiceChange
from skillstrata.surfaces.cli.distilling import NOTHING, one_pass
from skillstrata.surfaces.cli.invocation import Invocation, global_options, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out, when

_GRACE_S = 0.3


class _Stop:
    """Whether somebody asked us to end."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self) -> bool:
        return self.asked

    def on_signals(self) -> None:
        """Let signals ask; losing the terminal is no reason to end in the background."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._heard)

    def on_leash(self, last: Callable[[], None]) -> None:
        """Let the end of standard input ask, and end this process a moment later wherever it is, after a last act."""
        threading.Thread(target=self._wait, args=(last,), name="leash", daemon=True).start()

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True

    def _wait(self, last: Callable[[], None]) -> None:
        while os.read(0, 1):
            pass
        self.asked = True
        threading.Event().wait(_GRACE_S)
        # A program under proof may run for long; everything that is stored is safe against this at any moment.
        with contextlib.suppress(Exception):
            last()
        os._exit(75)


@click.group("daemon")
def daemon() -> None:
    """Take in events within a second, distil while nobody is there."""


@verb(
    "run",
    examples=("skillstrata daemon run", "skillstrata daemon run --idle-s 300", "skillstrata daemon run --once"),
    exits=(3, 69, 75),
)
@click.option("--once", is_flag=True, help="One pass, then end: for cron or a timer.")
@click.option("--lingers", is_flag=True, hidden=True)
@click.option("--detached", is_flag=True, hidden=True)
@pass_invocation
def run(inv: Invocation, *, once: bool, lingers: bool, detached: bool) -> int:
    """Be the background process, in the foreground, until Ctrl-C or `daemon stop`."""
    if once:
        return one_pass(inv, install=False)
    stop = _Stop()
    stop.on_signals()
    if not detached:
        inv.out().note(f"Process {os.getpid()} takes in events; Ctrl-C ends it.")
    form = "%(asctime)s skillstrata daemon: %(message)s"
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=form)
    daemon_running.run(inv.app(), pid=os.getpid(), should_stop=stop, lingers=lingers, detached=detached)
    return 0


@verb("batch", exits=(3, 69, 75), hidden=True)
@pass_invocation
def batch(inv: Invocation) -> int:
    """Distil one batch for the background process; ends with its standard input."""
    stop, app = _Stop(), inv.app()
    stop.on_leash(lambda: app.attempts.end(settled=False))
    return 0 if daemon_running.batch(app, should_stop=stop) else NOTHING


@verb("start", examples=("skillstrata daemon start",), exits=(75,))
@click.option("--if-wanted", is_flag=True, help="Only where the settings allow it; does not wait. Hooks use this.")
@pass_invocation
def start(inv: Invocation, *, if_wanted: bool) -> int:
    """Start it in the background; where it runs already, say so."""
    out, app = inv.out(), inv.app()
    if if_wanted:
        started = daemon_starting.start_if_wanted(app)
        if out.as_json:
            out.json({"started": started})
        return 0
    report = daemon_starting.start(app)
    return _shown(report, out, "started" if report.changed else "runs already")


@verb("stop", examples=("skillstrata daemon stop",), exits=(3, 75))
@pass_invocation
def stop(inv: Invocation) -> int:
    """Ask it to end, and wait until it did."""
    out = inv.out()
    report = daemon_starting.stop(inv.app())
    _shown(report, out, "ended" if report.changed else "did not run")
    return 0 if report.changed else NOTHING


@verb("status", examples=("skillstrata daemon status --json",), exits=(75,))
@pass_invocation
def status(inv: Invocation) -> int:
    """Show whether it runs, what it does, and when the last pass was."""
    return _shown(daemon_starting.status(inv.app()), inv.out(), "")


@verb("install", examples=("skillstrata daemon install", "skillstrata daemon install --print"), exits=(75,))
@click.option("--print", "print_only", is_flag=True, help="Only show the unit.")
@pass_invocation
def install(inv: Invocation, *, print_only: bool) -> int:
    """Start it whenever the user logs in: a systemd user unit, or a launchd agent on macOS."""
    out = inv.out()
    change = daemon_service.install(inv.app(), print_only=print_only)
    if print_only and out.as_json:
        out.json({"path": change.path, "changed": False, "would_change": change.changed, "text": change.text})
        return 0
    if print_only:
        out.line(change.text.rstrip())
        out.note(f"would be {change.path}")
        return 0
    return _service(change, out, "written")


@verb("uninstall", examples=("skillstrata daemon uninstall",), exits=(3, 75))
@pass_invocation
def uninstall(inv: Invocation) -> int:
    """End the service and take its unit away."""
    change = daemon_service.uninstall(inv.app())
    _service(change, inv.out(), "removed")
    return 0 if change.changed else NOTHING


def _shown(report: DaemonReport, out: Out, done: str) -> int:
    if out.as_json:
        out.json({**daemon_views.daemon_json(report), **({"changed": report.changed} if done else {})})
        return 0
    out.line(f"{done}: {_line(report)}" if done else _line(report))
    for line in daemon_views.faults(report):
        out.note(line)
    return 0


def _line(report: DaemonReport) -> str:
    state, last = report.state, report.last_pass
    runs = f"process {state.pid}, {state.doing}" if state is not None else "not running"
    return f"{runs}; {report.waiting} waiting; last pass: {'none yet' if last is None else when(last.ended_at_s)}"


def _service(change: ServiceChange, out: Out, done: str) -> int:
    if out.as_json:
        out.json({"path": change.path, "changed": change.changed, "instructions": change.instructions})
        return 0
    out.line(f"{done if change.changed else 'unchanged'}: {change.path}")
    if change.instructions:
        out.note(change.instructions)
    return 0


daemon.params.extend(global_options())
for _command in (run, batch, start, stop, status, install, uninstall):
    daemon.add_command(_command)
