"""Read agents' histories: each record becomes an event that is stored once, in however many copies it is met.

    walk -> recognise -> read -> name -> normalise -> redact -> known? -> trace log -> catalog -> read marks

Never  marks a file as read before all of its events are stored durably; looks at the disk for what an event names
Why    a batch is written to the log, then to the catalog, then the files it completes are marked: a crash at any point
       leaves files to be read again, whose events are found by their ids
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from skillstrata.capture.history_batch import Batch
from skillstrata.capture.history_records import Naming, event_of
from skillstrata.ports.catalog import Catalog
from skillstrata.ports.history_files import FoundFile, HistoryFiles
from skillstrata.ports.history_reader import HistoryReader
from skillstrata.ports.text_redactor import TextRedactor
from skillstrata.ports.trace_log import TraceLog
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.imports import HistoryItem, ImportFault, ImportReport, ReadMark

HEAD_BYTES = 64 * 1024
MAX_FAULTS = 200
_MAX_KINDS = 200
_MAX_WHY = 500
_TOLD_EVERY = 500
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class HistoryPorts:
    """What an import works with."""

    files: HistoryFiles
    readers: tuple[HistoryReader, ...]
    redactor: TextRedactor
    trace_log: TraceLog
    catalog: Catalog


def import_histories(ports: HistoryPorts, paths: tuple[str, ...], *, now_s: float, progress: Progress) -> ImportReport:
    """Read everything at and below these paths that was not read before.

    Shapes:
        n tool calls found, n = new + duplicate + quarantined + forgotten; a second import of the same files opens none.

    Args:
        ports: Where histories come from and go to.
        paths: Files and folders, absolute.
        now_s: Seconds since the epoch; an event that claims a later time gets this one.
        progress: Told (what, files done, files in all).

    Returns:
        What is stored. An interrupt (Ctrl-C) ends the import early and is in the report; nothing is half stored.

    Raises:
        StoreFull: Something cannot be written; the files that are not marked are read again by the next import.
        CatalogBusy: Another process holds the catalog; the same.
    """
    done = _Import(ports, now_s, progress)
    try:
        done.read_all(paths)
    except KeyboardInterrupt:
        done.stop()
    return done.report()


@dataclass
class _Counts:
    """Sums over files and items; those over events are the batch's."""

    files: Counter[str] = field(default_factory=Counter[str])
    unchanged: int = 0
    unrecognised: int = 0
    size_bytes: int = 0
    left_out: Counter[str] = field(default_factory=Counter[str])
    faults: list[ImportFault] = field(default_factory=list[ImportFault])
    faults_more: int = 0
    quarantined: int = 0
    lost_calls: int = 0
    refused: list[str] = field(default_factory=list[str])

    def fault(self, fault: ImportFault, *, named: bool) -> None:
        self.quarantined += fault.line > 0
        if named and fault.line == 0:
            self.refused.append(fault.path)
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(fault)
        else:
            self.faults_more += 1

    def leave_out(self, what: str) -> None:
        # Names come from the histories: their number must have a bound.
        known = what in self.left_out or len(self.left_out) < _MAX_KINDS
        self.left_out[what if known else "other kinds"] += 1


class _Import:
    """One import as it goes on."""

    def __init__(self, ports: HistoryPorts, now_s: float, progress: Progress) -> None:
        self._ports = ports
        self._now_s = now_s
        self._progress = progress
        self._counts = _Counts()
        self._batch = Batch(ports.trace_log, ports.catalog)
        self._nobody = ",".join(["none", *(_name(reader) for reader in ports.readers)])
        self.stopped = False

    def read_all(self, paths: tuple[str, ...]) -> None:
        marks = {mark.path: mark for mark in self._ports.catalog.read_marks()}
        current = {self._nobody, *(_name(reader) for reader in self._ports.readers)}
        waiting: list[FoundFile] = []
        for found in self._ports.files.walk(paths):
            if isinstance(found, ImportFault):
                self._counts.fault(found, named=found.path in paths)
                continue
            mark = marks.get(found.path)
            if mark is not None and mark.reader in current and _is_same(mark, found):
                self._pass_by(mark, found)
            else:
                waiting.append(found)
        for number, found in enumerate(waiting):
            self._progress("import", number, len(waiting))
            self._read(found, number, len(waiting))
        self._batch.flush()
        self._progress("import", len(waiting), len(waiting))

    def stop(self) -> None:
        """Store what was read; nothing is marked that was not read whole."""
        self.stopped = True
        self._batch.flush()

    def _pass_by(self, mark: ReadMark, found: FoundFile) -> None:
        if mark.reader == self._nobody:
            self._unrecognised(found)
        else:
            self._counts.unchanged += 1

    def _unrecognised(self, found: FoundFile) -> None:
        self._counts.unrecognised += 1
        if found.named:
            names = ", ".join(reader.agent for reader in self._ports.readers)
            why = f"no history of an agent that is known here ({names})"
            self._counts.fault(ImportFault(found.path, 0, why), named=True)

    def _read(self, found: FoundFile, number: int, total: int) -> None:
        try:
            head = self._ports.files.head(found.path, max_bytes=HEAD_BYTES)
        except FileUnreadable as error:
            self._counts.fault(ImportFault(found.path, 0, error.message), named=found.named)
            return
        reader = _reader_of(self._ports.readers, found.path, head)
        if isinstance(reader, ImportFault):
            self._counts.fault(reader, named=found.named)
            return
        if reader is None:
            self._unrecognised(found)
            self._batch.complete(ReadMark(found.path, found.size_bytes, found.mtime_ns, self._nobody))
            return
        naming = Naming(found, reader.agent, self._now_s)
        whole, results_alone, damaged = True, 0, self._counts.quarantined
        for count, item in enumerate(_items(reader, found.path), start=1):
            whole = self._take(item, naming) and whole
            results_alone += item.left_out is not None and item.left_out.of_a_call
            if count % _TOLD_EVERY == 0:
                self._progress("import", number, total)
        if self._counts.quarantined > damaged:
            self._counts.lost_calls += results_alone
        self._counts.files[reader.agent] += 1
        self._counts.size_bytes += found.size_bytes
        if whole:
            self._batch.complete(ReadMark(found.path, found.size_bytes, found.mtime_ns, _name(reader)))

    def _take(self, item: HistoryItem, naming: Naming) -> bool:
        """Take in one item; gives False where it says that the file was not read to its end."""
        if item.record is not None:
            self._batch.add(event_of(item.record, naming, self._ports.redactor), is_call=item.calls > 0)
        elif item.left_out is not None:
            self._counts.leave_out(item.left_out.what)
        elif item.fault is not None:
            self._counts.fault(item.fault, named=naming.named)
            return item.fault.line > 0
        return True

    def report(self) -> ImportReport:
        counts, stored = self._counts, self._batch.stored
        lost, known = counts.lost_calls, stored.calls
        calls = replace(known, found=known.found + lost, quarantined=known.quarantined + lost)
        return ImportReport(
            files=counts.files.total(),
            unchanged=counts.unchanged,
            calls=calls.found,
            new=stored.new,
            duplicate=stored.duplicate,
            quarantined=counts.quarantined,
            left_out=tuple(counts.left_out.most_common()),
            faults=tuple(counts.faults),
            faults_more=counts.faults_more,
            unrecognised=counts.unrecognised,
            agents=tuple(sorted(counts.files.items())),
            by_call=calls,
            size_bytes=counts.size_bytes,
            refused=tuple(counts.refused),
            stopped=self.stopped,
        )


def _reader_of(readers: tuple[HistoryReader, ...], path: str, head: bytes) -> HistoryReader | ImportFault | None:
    try:
        return next((reader for reader in readers if reader.recognises(head)), None)
    except Exception as error:  # noqa: BLE001
        return _fault_of_ours(path, error)


def _items(reader: HistoryReader, path: str) -> Iterator[HistoryItem]:
    """Give the items of a file; a fault of ours with it ends this file and no other."""
    try:
        yield from reader.items(path)
    except Exception as error:  # noqa: BLE001
        yield HistoryItem(0, fault=_fault_of_ours(path, error))


def _fault_of_ours(path: str, error: Exception) -> ImportFault:
    why = f"a fault of the program, not of the file: {type(error).__name__}: {error}"
    return ImportFault(path, 0, why[:_MAX_WHY])


def _name(reader: HistoryReader) -> str:
    return f"{reader.agent}/{reader.version}"


def _is_same(mark: ReadMark, found: FoundFile) -> bool:
    return mark.size_bytes == found.size_bytes and mark.mtime_ns == found.mtime_ns
