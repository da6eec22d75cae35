"""List every tool there is, show one, call one, look at runs.

In     the App, a wish
Out    nodes of the capability tree, outcomes, runs
Never  calls without the leave that policy asks for
"""

import threading
from pathlib import Path

from skillstrata.app.capability_reports import CallOutcome, CallWish, ShownTool
from skillstrata.app.composed_backend import Progress
from skillstrata.app.use_cases.serving_tools import ServedTools
from skillstrata.app.wiring import App
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.capabilities import Capability
from skillstrata.records.composed_runs import ComposedRun

APPROVED_BY = "cli: --approve"
_MOST_QUESTIONS = 100


def listed(app: App, *, project: Path) -> tuple[Capability, ...]:
    """Give every tool, those of configured servers too, sorted by path."""
    served = ServedTools(app, project)
    try:
        return served.listed()
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
    approve: bool = False,
    cancel: Cancellation | None = None,
    tell: Progress | None = None,
) -> CallOutcome:
    """Call a tool.

    Args:
        app: The App.
        wish: What to call.
        approve: The person at the terminal gives the leave that is asked for, for this call.
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
        for _ in range(_MOST_QUESTIONS if approve else 0):
            if outcome.approval is None:
                break
            served.decide(outcome.approval.id, approved=True, by=APPROVED_BY)
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
