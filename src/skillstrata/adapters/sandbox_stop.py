"""Ending a sandboxed run that nobody waits for any more.

In     a cancellation, for the length of a with-block and for this thread alone
Out    the word that a run's watcher ends it with
Never  kills anything itself: whoever watches the run ends all of it, as for any other limit
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from skillstrata.ports.tool_backend import Cancellation

CANCELLED = "cancelled"
_STOP: ContextVar[Cancellation | None] = ContextVar("sandbox_stop", default=None)


@contextmanager
def stoppable(cancel: Cancellation) -> Generator[None]:
    """Let runs of this thread end as soon as they are cancelled, with `cancelled` as the broken limit."""
    token = _STOP.set(cancel)
    try:
        yield
    finally:
        _STOP.reset(token)


def stop_asked() -> str:
    """Give `cancelled` if this thread's run is not wanted any more, "" else."""
    cancel = _STOP.get()
    return CANCELLED if cancel is not None and cancel.is_set() else ""
