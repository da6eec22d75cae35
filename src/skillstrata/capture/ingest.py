"""Drain the spool: each waiting file becomes an event that is stored once, or lies in quarantine with the reason.

    read -> normalise -> redact -> known? -> snapshots -> signals -> trace log -> catalog -> out of the spool

Never  takes a file out of the spool before its event is stored durably; stores an event twice; keeps a secret it sees
Why    the log is written before the catalog and the catalog before the spool is cleared: a crash at any point leaves
       work that the next pass finds again by its event ids
"""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from skillstrata.capture.enrich import enriched
from skillstrata.capture.named_files import changed_path, named_paths
from skillstrata.capture.normalise import normalise
from skillstrata.capture.redact import redact_event
from skillstrata.ports.agent_record_reader import AgentRecordReader
from skillstrata.ports.catalog import Catalog
from skillstrata.ports.disk import Disk, Snapshots
from skillstrata.ports.spool import Spool, SpoolItem
from skillstrata.ports.text_redactor import TextRedactor
from skillstrata.ports.trace_log import TraceLog
from skillstrata.records.events import Event, FileSnapshot, IngestReport
from skillstrata.records.failures import FileUnreadable, RecordUnreadable

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
    report = _quarantine_at_sight(ports.spool)
    for batch in _batches(ports.spool.items()):
        report = _added(report, _take_in(ports, batch, now_s))
    return report


@dataclass(frozen=True, slots=True)
class _Read:
    """One event, and the text it wrote to a file as it was before redaction."""

    event: Event
    written: str | None


def _quarantine_at_sight(spool: Spool) -> IngestReport:
    """Set aside what is not even opened."""
    oversized, strange = spool.oversized(), spool.strange()
    for name in oversized:
        spool.quarantine(name, "too large: the event is over the size cap")
    for name in strange:
        spool.quarantine(name, "not a file: events are regular files; it was not opened")
    count = len(oversized) + len(strange)
    return IngestReport(read=count, quarantined=count)


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
    reads: dict[str, _Read] = {}
    readable: list[str] = []
    for item in batch:
        read = _read(ports, item, now_s)
        if read is not None:
            reads.setdefault(read.event.id, read)
            readable.append(item.name)
    known = ports.catalog.known_events(tuple(reads))
    new = _with_snapshots(ports, [read for id_, read in reads.items() if id_ not in known])
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


def _read(ports: IngestPorts, item: SpoolItem, now_s: float) -> _Read | None:
    try:
        record = ports.reader.read(item.data)
    except RecordUnreadable as error:
        ports.spool.quarantine(item.name, str(error))
        return None
    written = record.change.content if record.change is not None else None
    return _Read(redact_event(normalise(record, at_s=min(item.at_s, now_s)), ports.redactor), written)


def _with_snapshots(ports: IngestPorts, reads: list[_Read]) -> tuple[Event, ...]:
    """Give each event the files it names; a path named by several events of a batch is read once."""
    disk = _DiskAndWrites(ports.disk, reads)
    named = [named_paths(read.event, disk) for read in reads]
    paths = tuple(dict.fromkeys(path for one in named for path in one))
    taken: dict[str, FileSnapshot] = {s.path: s for s in ports.snapshots.take(paths)} if paths else {}
    return tuple(
        enriched(replace(read.event, files=tuple(_snapshot(ports, read, taken[path]) for path in one)))
        for read, one in zip(reads, named, strict=True)
    )


def _snapshot(ports: IngestPorts, read: _Read, taken: FileSnapshot) -> FileSnapshot:
    """Take a file that is gone from the event that wrote it: the record holds all of its text."""
    if read.written is None or taken.reason != "missing" or taken.path != changed_path(read.event):
        return taken
    return ports.snapshots.keep(taken.path, read.written)


class _DiskAndWrites:
    """The disk, and on top of it the files that events of this batch wrote and that are gone by now.

    A call that follows names such a file by a word that means nothing to the disk any more.
    """

    def __init__(self, disk: Disk, reads: list[_Read]) -> None:
        self._disk = disk
        changes = ((changed_path(r.event), r.event.change) for r in reads)
        self._written = {path: c.content for path, c in changes if c is not None and c.content is not None}

    def exists(self, path: str) -> bool:
        return path in self._written or self._disk.exists(path)

    def matching(self, pattern: str, *, most: int) -> tuple[str, ...]:
        folder, _, last = pattern.rpartition("/")
        gone = (p for p in self._written if posixpath.dirname(p) == folder and fnmatchcase(posixpath.basename(p), last))
        return tuple(sorted({*self._disk.matching(pattern, most=most), *gone}))[:most]

    def read(self, path: str, *, max_bytes: int, nofollow: bool = False) -> bytes:
        try:
            return self._disk.read(path, max_bytes=max_bytes, nofollow=nofollow)
        except FileUnreadable as error:
            text = self._written.get(path)
            if error.reason != "missing" or text is None or len(text) > max_bytes:
                raise
            return text.encode("utf-8", "replace")


def _added(one: IngestReport, other: IngestReport) -> IngestReport:
    return IngestReport(
        read=one.read + other.read,
        new=one.new + other.new,
        duplicate=one.duplicate + other.duplicate,
        quarantined=one.quarantined + other.quarantined,
        sessions=tuple(dict.fromkeys((*one.sessions, *other.sessions))),
    )
