"""Start the background process, end it, look at it.

In     the App
Out    DaemonReport
Never  starts one where the settings say no, unless a person asks for it; loads what distils
"""

from skillstrata.app.daemon_words import words_of
from skillstrata.app.reports import DaemonReport
from skillstrata.app.wiring import App
from skillstrata.records.failures import DaemonStuck

START_S = 20.0
STOP_S = 20.0
_ASK_AGAIN_S = 1.0


def start(app: App, *, lingers: bool = False) -> DaemonReport:
    """Start it in the background and wait until it is ready; where it runs already, say so.

    Raises:
        DaemonStuck: It ended before it was ready.
        StoreFull: The data directory cannot be written.
    """
    app.prepare()
    if app.daemon_post.state() is not None:
        return status(app)
    changed = app.processes.detach(_words(app, lingers=lingers), wait_s=START_S)
    found = status(app, changed=changed)
    if found.state is None:
        raise DaemonStuck("the daemon ended before it was ready", hint=f"see {found.log} for the reason")
    return found


def start_if_wanted(app: App) -> bool:
    """Start it by itself, without waiting for it: where the settings allow it, a hook captures, and none runs.

    Raises:
        StoreFull: The data directory cannot be written.
    """
    if not app.settings.daemon or not app.is_capturing() or app.daemon_post.state() is not None:
        return False
    app.processes.detach(_words(app, lingers=True), wait_s=0.0)
    return True


def stop(app: App) -> DaemonReport:
    """Ask it to end, and wait until it did.

    Raises:
        DaemonStuck: It does not end.
    """
    before = app.daemon_post.state()
    if before is None:
        return status(app)
    # A request made while it was still starting is not heard: it is made again.
    for _ in range(int(STOP_S / _ASK_AGAIN_S)):
        app.daemon_post.ask("stop")
        if app.daemon_post.wait_until_free(_ASK_AGAIN_S):
            return status(app, changed=True)
    raise DaemonStuck(
        f"the daemon, process {before.pid}, did not end within {STOP_S:.0f} s",
        hint=f"`kill -9 {before.pid}` ends it; nothing is lost by that",
    )


def status(app: App, *, changed: bool = False) -> DaemonReport:
    """Say whether it runs, what it does and what keeps it from doing its work."""
    app.prepare()
    return DaemonReport(
        state=app.daemon_post.state(),
        last_pass=app.catalog.last_pass(),
        waiting=app.spool.waiting(),
        spool_full=app.spool.is_full(),
        shortage=app.blob_stock.shortage(),
        log=str(app.data_dir / "daemon" / "log"),
        changed=changed,
    )


def _words(app: App, *, lingers: bool) -> tuple[str, ...]:
    return (*words_of(app.settings), "daemon", "run", "--detached", *(("--lingers",) if lingers else ()))
