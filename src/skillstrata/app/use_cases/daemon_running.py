"""Be the background process, or one batch of its work.

In     the App, who asks to stop
Out    nothing but what is stored
Never  runs twice for one data directory
"""

from collections.abc import Callable

from skillstrata.app.daemon_loop import Loop, Stay
from skillstrata.app.learning_runs import LearningBudget, learn
from skillstrata.app.library_looks import is_due
from skillstrata.app.use_cases.distilling import Bounds, distill
from skillstrata.app.use_cases.tending import tend
from skillstrata.app.wiring import App
from skillstrata.ports.daemon_post import DaemonState


def run(app: App, *, pid: int, should_stop: Callable[[], bool], lingers: bool, detached: bool) -> None:
    """Be the background process until asked to stop.

    Args:
        app: The App.
        pid: Our process.
        should_stop: Asked several times a second.
        lingers: End after `daemon_linger_s` seconds without anything to do.
        detached: Say on standard output when it is ready, and write to the log from then on.

    Raises:
        DaemonRunning: Another one runs for this data directory.
        StoreFull: The data directory cannot be written.
    """
    app.prepare()
    with app.daemon_post.held():
        watch = app.watch_spool()
        try:
            app.daemon_post.note(DaemonState(pid, app.clock.now_s()))
            if detached:
                app.processes.ready()
            stay = Stay(should_stop, app.settings.daemon_linger_s if lingers else 0.0)
            Loop(app, watch, stay, pid=pid).run()
        finally:
            watch.close()


def batch(app: App, *, should_stop: Callable[[], bool]) -> int:
    """Distil one batch for the background process, behind everything else; gives how many were judged.

    Where nothing was left to judge, the library itself is looked at and drafts are made, once a day.

    Raises:
        StoreLocked: A person distils at this moment.
        SandboxUnavailable: Programs cannot be run.
        StoreFull: The disk is full; nothing is lost.
    """
    app.machine.stand_back(app.settings.nice)
    bounds = Bounds(app.settings.batch_size, should_stop)
    judged = len(distill(app, install=False, progress=lambda _stage, _done, _total: None, bounds=bounds).candidates)
    if not judged and not should_stop() and is_due(app):
        tend(app, should_stop=should_stop)
        learn(app, LearningBudget(should_stop=should_stop))
    return judged
