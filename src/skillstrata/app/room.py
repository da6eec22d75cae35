"""Keep the copies of files within their room: the oldest that nothing waits for go first.

In     the App
Out    fewer blobs, or nothing changed
Never  takes what an open, pending or placed candidate needs, or an event that nobody has read yet
Why    what is set aside may be judged again one day, but is the first to go of what is still of use
"""

from collections.abc import Iterable

from skillstrata.app.settings import MB
from skillstrata.app.wiring import App
from skillstrata.records.candidates import State
from skillstrata.records.events import FileSnapshot

_DOWN_TO = 0.9
_NEEDED = (State.OPEN, State.PENDING, State.PLACED)


def make_room(app: App) -> int:
    """Remove what goes first once the blobs take all they may, down to nine tenths; gives the bytes that became free.

    Raises:
        StoreFull: The store cannot be written.
        CatalogBusy: Another process holds the catalog.
    """
    stock = app.blob_stock
    if stock.shortage() != "budget":
        return 0
    most = app.settings.snapshots_max_mb * MB
    needed = _digests_of(app, _NEEDED) | _unread(app)
    of_use = _digests_of(app, (State.SHELVED,))
    going: list[str] = []
    excess = stock.used_bytes() - int(most * _DOWN_TO)
    for blob in sorted(stock.held(), key=lambda b: b.digest in of_use):
        if excess <= 0:
            break
        if blob.digest not in needed:
            going.append(blob.digest)
            excess -= blob.size_bytes
    return stock.remove(tuple(going)) if going else 0


def _digests_of(app: App, states: tuple[State, ...]) -> frozenset[str]:
    found = (app.catalog.execution(c.id).snapshots for state in states for c in app.catalog.candidates(state))
    return _kept(snapshot for snapshots in found for snapshot in snapshots)


def _unread(app: App) -> frozenset[str]:
    sessions = (app.traces.session(session) for session in app.catalog.open_sessions())
    return _kept(snapshot for events in sessions for event in events for snapshot in event.files)


def _kept(snapshots: Iterable[FileSnapshot]) -> frozenset[str]:
    return frozenset(snapshot.digest for snapshot in snapshots if snapshot.digest is not None)
