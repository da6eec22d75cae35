"""The RoutingLog port on one file of JSON lines.

In     route records, and later what became of them
Out    the same records, each with what was told last
Never  syncs a line: a power failure may cost the last ones, which no result depends on; stops at a line that does not
       parse; grows beyond a cap: then the older half goes
Why    one line is one write under a lock, so that several servers may write to one log
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, write_all, write_atomic
from skillstrata.records.routes import RouteOutcome, RouteRecord

FORMAT = 1
MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Told:
    id: str
    chosen: str
    outcome: RouteOutcome


@dataclass(frozen=True, slots=True)
class _Line:
    """One line: a record, or what was told of one."""

    v: int
    record: RouteRecord | None = None
    told: _Told | None = None


_LINE = TypeAdapter(_Line)


class JsonlRoutingLog:
    """Fulfils the RoutingLog port; the file and its folder are made by the first record."""

    def __init__(self, path: Path, *, most_bytes: int = MOST_BYTES) -> None:
        """Remember where the log lies, and how large it may be."""
        self._path = path
        self._most_bytes = most_bytes

    def add(self, record: RouteRecord) -> None:
        """Append a record.

        Raises:
            StoreFull: Nothing was kept of it.
        """
        self._append(_Line(FORMAT, record=record))

    def tell(self, record_id: str, *, chosen: str, outcome: RouteOutcome) -> None:
        """Append what became of a record.

        Raises:
            StoreFull: Nothing was kept of it.
        """
        self._append(_Line(FORMAT, told=_Told(record_id, chosen, outcome)))

    def records(self, *, since_s: float = 0.0) -> tuple[RouteRecord, ...]:
        """Read the records from a moment on, in order of time."""
        found = _merged(_parsed(self._lines()))
        return tuple(sorted((r for r in found.values() if r.at_s >= since_s), key=lambda r: (r.at_s, r.id)))

    def forget_session(self, session: str) -> int:
        """Rewrite the file without a session."""
        return self._rewrite(lambda record: record.session != session)

    def forget_before(self, at_s: float) -> int:
        """Rewrite the file without what is older."""
        return self._rewrite(lambda record: record.at_s >= at_s)

    def _lines(self) -> list[bytes]:
        try:
            return self._path.read_bytes().splitlines(keepends=True)
        except FileNotFoundError:
            return []

    def _append(self, line: _Line) -> None:
        data = orjson.dumps(line) + b"\n"
        with storing(self._path):
            make_folder(self._path.parent)
            with self._locked() as fd:
                size = os.fstat(fd).st_size
                if size + len(data) > self._most_bytes:
                    self._write([*self._newest(), data])
                    return
                torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
                try:
                    write_all(fd, b"\n" + data if torn else data)
                except OSError:
                    os.ftruncate(fd, size)
                    raise

    def _rewrite(self, keep: Callable[[RouteRecord], bool]) -> int:
        if not self._path.exists():
            return 0
        with storing(self._path), self._locked():
            merged = _merged(_parsed(self._lines()))
            kept = [record for record in merged.values() if keep(record)]
            if len(kept) < len(merged):
                self._write([_written(record) for record in kept])
            return len(merged) - len(kept)

    def _newest(self) -> list[bytes]:
        """Give the lines of the newer records, in half of the room."""
        room, found = self._most_bytes // 2, list[bytes]()
        for record in reversed(_merged(_parsed(self._lines())).values()):
            line = _written(record)
            room -= len(line)
            if room < 0:
                break
            found.append(line)
        return found[::-1]

    def _write(self, lines: list[bytes]) -> None:
        """Put another file in the place of this one; the lock on this one is held."""
        write_atomic(self._path, b"".join(lines))

    @contextlib.contextmanager
    def _locked(self) -> Generator[int]:
        fd = self._opened()
        try:
            yield fd
        finally:
            os.close(fd)

    def _opened(self) -> int:
        """Open the file under its lock; again, where another file came into its place meanwhile."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        while True:
            fd = os.open(self._path, flags, 0o600)
            with contextlib.suppress(OSError):
                fcntl.flock(fd, fcntl.LOCK_EX)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(fd), os.stat(self._path)):
                    return fd
            os.close(fd)


def _written(record: RouteRecord) -> bytes:
    return orjson.dumps(_Line(FORMAT, record=record)) + b"\n"


def _parsed(lines: Iterable[bytes]) -> Generator[_Line]:
    for line in lines:
        with contextlib.suppress(ValidationError):
            yield _LINE.validate_json(line)


def _merged(lines: Iterable[_Line]) -> dict[str, RouteRecord]:
    found: dict[str, RouteRecord] = {}
    for line in lines:
        if line.record is not None:
            found.setdefault(line.record.id, line.record)
        elif line.told is not None and line.told.id in found:
            told = line.told
            found[told.id] = replace(found[told.id], chosen=told.chosen, told=True, outcome=told.outcome)
    return found
