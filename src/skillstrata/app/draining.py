"""Take in what waits in the spool: one process at a time, and with the room for it looked after.

In     the App
Out    IngestReport; the spool's mark says whether the hook may go on writing
Never  throws an event away: beyond its cap the spool stops growing, and what the hook then leaves out is counted
"""

from skillstrata.app.room import make_room
from skillstrata.app.settings import MB
from skillstrata.app.wiring import App
from skillstrata.capture import IngestPorts, ingest
from skillstrata.records.events import IngestReport


def drain(app: App) -> IngestReport:
    """Take in everything that waits.

    Raises:
        StoreLocked: Another process does so for longer than we wait.
        StoreFull: Something cannot be written; what is not stored is still in the spool.
        CatalogBusy: Another process holds the catalog; the same.
    """
    try:
        with app.ingest_lock.held():
            make_room(app)
            return ingest(ingest_ports(app), now_s=app.clock.now_s())
    finally:
        app.spool.set_full(app.spool.size_bytes() > app.settings.spool_max_mb * MB)


def ingest_ports(app: App) -> IngestPorts:
    """Give what ingest works with."""
    return IngestPorts(
        spool=app.spool,
        reader=app.reader,
        redactor=app.redactor,
        disk=app.disk,
        snapshots=app.snapshots,
        trace_log=app.traces,
        catalog=app.catalog,
    )
