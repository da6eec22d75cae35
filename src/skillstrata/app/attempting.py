"""Work that may take the whole process down with it: tried a few times, then set aside with the reason.

In     the App, what is worked on, the work
Out    the work's result; or Fallen, where the work went wrong for good
Never  counts an end that somebody asked for
Why    a pass begins with what is open: what kills it each time would keep everything behind it waiting for ever
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from skillstrata.app.interrupting import PassStopped
from skillstrata.app.wiring import App
from skillstrata.records.failures import CatalogBusy, SandboxUnavailable, StoreFull, StoreLocked, StoreNewer

MOST_DEATHS = 3
# Nothing may run without a sandbox, and nothing can be kept without a store: these are no fault of the work.
ENDS_THE_PASS = (SandboxUnavailable, StoreFull, StoreLocked, StoreNewer, CatalogBusy, PassStopped)
_MAX_WHY = 500
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Fallen:
    """Work that cannot be done: `code` is fault (it raised) or crash (processes died at it); `why` is a sentence."""

    code: str
    why: str


def attempt(app: App, what: str, work: Callable[[], _Result]) -> _Result | Fallen:
    """Do a piece of work.

    Args:
        app: The App; the lock of the distiller is held.
        what: Names the work, the same at each try.
        work: Done at most `MOST_DEATHS` times if processes die at it.

    Raises:
        SandboxUnavailable, StoreFull, StoreLocked, StoreNewer, CatalogBusy, PassStopped: It is put off, and counts as
            no try.
    """
    settled = False
    deaths = app.attempts.begin(what)
    try:
        if deaths >= MOST_DEATHS:
            settled = True
            why = f"the process that worked on it died {deaths} times: out of memory, killed, or a fault of the program"
            return Fallen("crash", why)
        done = work()
        settled = True
    except ENDS_THE_PASS:
        raise
    except Exception as error:  # noqa: BLE001
        settled = True
        return Fallen("fault", f"{type(error).__name__}: {error}"[:_MAX_WHY])
    else:
        return done
    finally:
        app.attempts.end(settled=settled)
