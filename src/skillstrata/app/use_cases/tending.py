"""Tend the library while nobody is there: verify what a changed machine may have broken, let the gate look, keep count.

In     the App, who asks it to stop
Out    what was verified and changed; one picture of the library's health a day
Never  removes anything
"""

from collections.abc import Callable
from dataclasses import dataclass

from skillstrata.app.exposure import ACTIVE, GATE, VISIBILITY, Reason, change_level, settle
from skillstrata.app.learned_tending import LearnedAway, put_away_learned
from skillstrata.app.use_cases.observing import health_now
from skillstrata.app.use_cases.regression import RegressionReport, verify_changed
from skillstrata.app.warm_preparing import prepare_after_pass
from skillstrata.app.wiring import App
from skillstrata.records.qualities import LibraryChange, Visibility

BUDGET = 50


@dataclass(frozen=True, slots=True)
class Tended:
    """What was done to tools, and which learned artefacts were archived."""

    regression: RegressionReport
    changed: tuple[LibraryChange, ...]
    learned: tuple[LearnedAway, ...] = ()


def tend(app: App, *, should_stop: Callable[[], bool] = lambda: False, budget: int = BUDGET) -> Tended:
    """Look at everything once.

    Raises:
        SandboxUnavailable: Nothing can be verified; everything else was done.
        StoreLocked: A distiller is at work.
        StoreFull: Something cannot be written.
    """
    app.prepare()
    with app.lock.held():
        changed = [change for tool in app.library.tools() if (change := settle(app, tool.name)) is not None]
        changed += _put_away(app)
        if changed:
            prepare_after_pass(app, ())
        learned = put_away_learned(app, should_stop=should_stop)
        # Last: without a sandbox nothing is verified, and the rest is done all the same.
        found = verify_changed(app, budget, should_stop=should_stop)
        if not found.left and not should_stop():
            app.catalog.add_health(health_now(app))
    return Tended(found, (*found.changed, *changed), learned)


def _put_away(app: App) -> list[LibraryChange]:
    """Retire what nobody used for long; a later rewrite, or a person, brings it back."""
    days = app.settings.reuse_unused_days
    done: list[LibraryChange] = []
    for name in health_now(app).stale:
        changes = [c for c in app.catalog.changes(name) if not c.undone and c.kind in (VISIBILITY, ACTIVE)]
        if changes and changes[-1].by != GATE:
            continue
        change = change_level(app, name, Visibility.RETIRED, Reason(GATE, f"nobody used it for {days} days"))
        done += [change] if change is not None else []
    return done
