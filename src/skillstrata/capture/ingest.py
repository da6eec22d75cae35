"""Drain the spool: each waiting file becomes an event that is stored once, or lies in quarantine with the reason.

    read -> normalise -> redact -> known? -> snapshots -> trace log -> catalog -> out of the spool

Never  takes a file out of the spool before its event is stored durably; stores an event twice; keeps a secret it sees
Why    the log is written before the catalog and the catalog before the spool is cleared: a crash at any point leaves
       work that the next pass finds again by its event ids
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from skillstrata.capture.named_files import named_paths
from skillstrata.capture.normalise import normalise
from skillstrata.capture.redact import redact_event
from skillstrata.ports.agent_record_reader import AgentRecordReader
from skillstrata.ports.catalog import Catalog
from skillstrata.ports.disk import Disk, Snapshots
from skillstrata.ports.spool import Spool, SpoolItem
from skillstrata.ports.text_redactor import TextRedactor
from skillstrata.ports.trace_log import TraceLog
from skillstrata.records.events import Event, FileSnapshot, IngestReport
from skillstrata.records.failures import RecordUnreadable

BATCH_EVENTS = 256
BATCH_BYTES = 32_000_000


@dataclass(frozen=True, slots=True)
class IngestPorts:
    """What ingest works with."""

    spool: Spool
    reader: AgentRecordReader
    redactor: TextRedactor
    disk: Disk
    snapshots: Snapshots
    trace_log: TraceLog
    catalog: Catalog


def ingest(ports: IngestPorts, *, now_s: float) -> IngestReport:
    """Take in everything that waits.

    Shapes:
        n files waiting, n = new + duplicate + quarantined; files that arrive meanwhile wait for the next pass.

    Args:
        ports: Where events come from and go to.
        now_s: Seconds since the epoch; an event that claims a later time gets this one.

    Raises:
        StoreFull: Something cannot be written; what is not stored is still in the spool.
        CatalogBusy: Another process holds the catalog; the same.
    """
    report = _quarantine_oversized(ports.spool)
    for batch in _batches(ports.spool.items()):
        report = _added(report, _take_in(ports, batch, now_s))
    return report


def _quarantine_oversized(spool: Spool) -> IngestReport:
    names = spool.oversized()
    for name in names:
        spool.quarantine(name, "too large: the event is over the size cap")
    return IngestReport(read=len(names), quarantined=len(names))


def _batches(items: Iterator[SpoolItem]) -> Iterator[list[SpoolItem]]:
    """Cut by number and by bytes: a batch is held in memory whole."""
    batch: list[SpoolItem] = []
    size = 0
    for item in items:
        if batch and (len(batch) == BATCH_EVENTS or size + len(item.data) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.data)
    if batch:
        yield batch


def _take_in(ports: IngestPorts, batch: list[SpoolItem], now_s: float) -> IngestReport:
    events: dict[str, Event] = {}
    readable: list[str] = []
    for item in batch:
        event = _event_of(ports, item, now_s)
        if event is not None:
            events.setdefault(event.id, event)
            readable.append(item.name)
    known = ports.catalog.known_events(tuple(events))
    new = _with_snapshots(ports, [event for event in events.values() if event.id not in known])
    if new:
        ports.trace_log.append(new)
        ports.catalog.add_events(new)
    ports.spool.done(tuple(readable))
    return IngestReport(
        read=len(batch),
        new=len(new),
        duplicate=len(readable) - len(new),
        quarantined=len(batch) - len(readable),
        sessions=tuple(dict.fromkeys(event.session for event in new)),
    )


def _event_of(ports: IngestPorts, item: SpoolItem, now_s: float) -> Event | None:
    try:
        record = ports.reader.read(item.data)
    except RecordUnreadable as error:
        ports.spool.quarantine(item.name, str(error))
        return None
    return redact_event(normalise(record, at_s=min(item.at_s, now_s)), ports.redactor)


def _with_snapshots(ports: IngestPorts, events: list[Event]) -> tuple[Event, ...]:
    """Give each event the files it names; a path named by several events of a batch is read once."""
    named = [named_paths(event, ports.disk) for event in events]
    paths = tuple(dict.fromkeys(path for one in named for path in one))
    taken: dict[str, FileSnapshot] = {s.path: s for s in ports.snapshots.take(paths)} if paths else {}
    return tuple(
        replace(event, files=tuple(taken[path] for path in one)) if one else event
        for event, one in zip(events, named, strict=True)
    )


def _added(one: IngestReport, other: IngestReport) -> IngestReport:
    return IngestReport(
        read=one.read + other.read,
        new=one.new + other.new,
        duplicate=one.duplicate + other.duplicate,
        quarantined=one.quarantined + other.quarantined,
        sessions=tuple(dict.fromkeys((*one.sessions, *other.sessions))),
    )
