"""The RoutingLog port on one file of JSON lines.

In     route records, and later what became of them
Out    the same records, each with what was told last
Never  syncs: a power failure may cost the last lines, which no result depends on; stops at a line that does not parse
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

from skillstrata.adapters.atomic_files import make_folder, storing, write_all
from skillstrata.records.routes import RouteOutcome, RouteRecord

FORMAT = 1


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

    def __init__(self, path: Path) -> None:
        """Remember where the log lies."""
        self._path = path

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
                torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
                try:
                    write_all(fd, b"\n" + data if torn else data)
                except OSError:
                    os.ftruncate(fd, size)
                    raise

    def _rewrite(self, keep: Callable[[RouteRecord], bool]) -> int:
        if not self._path.exists():
            return 0
        with storing(self._path), self._locked() as fd:
            merged = _merged(_parsed(self._lines()))
            kept = [record for record in merged.values() if keep(record)]
            if len(kept) < len(merged):
                # In place, under the lock that every writer holds: another file would leave a writer with the old one.
                os.ftruncate(fd, 0)
                write_all(fd, b"".join(orjson.dumps(_Line(FORMAT, record=record)) + b"\n" for record in kept))
                os.fsync(fd)
            return len(merged) - len(kept)

    @contextlib.contextmanager
    def _locked(self) -> Generator[int]:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        fd = os.open(self._path, flags, 0o600)
        try:
            with contextlib.suppress(OSError):
                fcntl.flock(fd, fcntl.LOCK_EX)
            yield fd
        finally:
            os.close(fd)


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
