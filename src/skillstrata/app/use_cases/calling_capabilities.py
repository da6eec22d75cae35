"""List every tool there is, show one, call one, look at runs.

In     the App, a wish
Out    nodes of the capability tree, outcomes, runs
Never  calls without the leave that policy asks for
"""

import threading
from enum import Enum
from pathlib import Path

from skillstrata.app.capability_reports import CallOutcome, CallWish, ShownTool
from skillstrata.app.composed_backend import Progress
from skillstrata.app.use_cases.serving_tools import ServedTools
from skillstrata.app.wiring import App
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.capabilities import Blueprint, Capability
from skillstrata.records.composed_runs import ComposedRun


class Leave(Enum):
    """What the person at the terminal says yes to beforehand: nothing, the call as laid out, or whatever comes."""

    NOTHING = 0
    PLAN = 1
    ALL = 2


APPROVED_BY = "cli: --approve"
_MOST_QUESTIONS = 100


def listed(app: App, *, project: Path, blueprints: tuple[Blueprint, ...] = ()) -> tuple[Capability, ...]:
    """Give every tool, those of configured servers too, sorted by path; with blueprints, those that these leave."""
    served = ServedTools(app, project)
    try:
        return served.listed(blueprints)
    finally:
        served.close()


def shown(app: App, name: str, *, project: Path) -> ShownTool:
    """Give one tool whole.

    Raises:
        ToolUnknown: No tool is called that.
    """
    served = ServedTools(app, project)
    try:
        return served.shown(name)
    finally:
        served.close()


def planned(app: App, wish: CallWish) -> CallOutcome:
    """Give what a call would do; nothing is called.

    Raises:
        ToolUnknown: No tool is called that.
    """
    served = ServedTools(app, Path(wish.cwd))
    try:
        return served.planned(wish)
    finally:
        served.close()


def call(
    app: App,
    wish: CallWish,
    *,
    leave: Leave = Leave.NOTHING,
    cancel: Cancellation | None = None,
    tell: Progress | None = None,
) -> CallOutcome:
    """Call a tool.

    Args:
        app: The App.
        wish: What to call.
        leave: What the person at the terminal gives leave for; what only the run can tell is asked all the same,
            unless it is for all.
        cancel: Ends it.
        tell: Is told of each step.

    Raises:
        ToolUnknown: No tool is called that.
        RunUnknown, RunRefused: There is no such run, or it cannot go on as it was begun.
    """
    app.prepare()
    served = ServedTools(app, Path(wish.cwd))
    stop = cancel or threading.Event()
    try:
        outcome = served.call(wish, cancel=stop, tell=tell)
        for _ in range(_MOST_QUESTIONS):
            grant = outcome.approval
            if grant is None or leave is Leave.NOTHING or (outcome.arising and leave is not Leave.ALL):
                break
            served.decide(grant.id, approved=True, by=f"{APPROVED_BY}-all" if leave is Leave.ALL else APPROVED_BY)
            outcome = served.call(wish, cancel=stop, tell=tell)
        return outcome
    finally:
        served.close()


def runs(app: App, *, most: int) -> tuple[ComposedRun, ...]:
    """Give the newest runs of composed tools, newest first."""
    return app.run_store.runs(most=most)


def run_status(app: App, run_id: str) -> ComposedRun:
    """Give a run as it stands.

    Raises:
        RunUnknown: There is none.
    """
    return app.run_store.run(run_id)
