"""The durable log of events: one JSON line per event, one file per session and month.

In     redacted events
Out    the same events, once per id, in order of time
Never  changes a line; lets a session's name choose a folder
Why    a line carries its format version, so that a file may grow across updates of the program
"""

import contextlib
import fcntl
import functools
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, sync_folder, write_all, write_atomic
from skillstrata.adapters.named_digests import digests_in, named_in
from skillstrata.records.events import Event
from skillstrata.records.failures import StoreNewer

FORMAT = 1
_YEAR_1_S, _YEAR_9999_S = -62_135_596_800.0, 253_402_300_799.0
_DAY_S = 86_400
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}\Z")


@dataclass(frozen=True, slots=True)
class _Version:
    v: int


@dataclass(frozen=True, slots=True)
class _Line:
    v: int
    event: Event


@dataclass(frozen=True, slots=True)
class _Moment:
    at_s: float


@dataclass(frozen=True, slots=True)
class _Timed:
    event: _Moment


_TIMED = TypeAdapter(_Timed)
_VERSION = TypeAdapter(_Version)
_LINE = TypeAdapter(_Line)


class JsonlTraceLog:
    """Fulfils the TraceLog port below a folder, which is made when the first event comes."""

    def __init__(self, root: Path) -> None:
        """Remember where the log lies."""
        self._root = root

    def append(self, events: tuple[Event, ...]) -> None:
        """Write events durably; returns after fsync.

        Raises:
            StoreFull: No line of the file that failed was kept; files before it were, and may be appended again.
        """
        lines: dict[tuple[str, str], list[bytes]] = {}
        for event in events:
            lines.setdefault((_month(event.at_s), event.session), []).append(_encoded(event))
        # Once for all files of a folder: an import writes thousands.
        folders = tuple(self._root / month for month in dict.fromkeys(month for month, _ in lines))
        for folder in folders:
            with storing(folder):
                make_folder(folder)
        for (month, session), encoded in lines.items():
            path = self._root / month / _file_name(session)
            with storing(path):
                _append(path, b"".join(encoded))
        for folder in folders:
            with storing(folder):
                # Not only for a new file: whoever made it may have been killed before this step.
                sync_folder(folder)

    def session(self, session: str) -> tuple[Event, ...]:
        """Read one session whole; a line that does not parse costs that line only.

        Raises:
            StoreNewer: A line was written by a newer program.
        """
        found: dict[str, Event] = {}
        for path in self._files(session):
            for event in _events_in(path):
                known = found.setdefault(event.id, event)
                if event.ended and not known.ended:
                    found[event.id] = event
        return tuple(sorted(found.values(), key=lambda event: event.at_s))

    def holds(self, session: str) -> bool:
        """Say whether anything of a session is there, readable or not."""
        return bool(self._files(session))

    def digests(self, session: str) -> frozenset[str]:
        """Give the blobs that a session's events name."""
        return digests_in(line for path in self._files(session) for line in _lines(path))

    def named_elsewhere(self, digests: frozenset[str], session: str) -> frozenset[str]:
        """Say which of these blobs an event of another session names; with "", an event of any."""
        ours = _file_name(session) if session else ""
        others = (path for path in sorted(self._root.glob("*/*.jsonl")) if path.name != ours)
        return named_in((line for path in others for line in _lines(path)), digests)

    def remove(self, session: str) -> None:
        """Remove a session whole.

        Raises:
            StoreFull: The log cannot be written; what is left can be removed by another call.
        """
        self._remove_unfinished()
        for path in self._files(session):
            with storing(path):
                path.unlink(missing_ok=True)
                sync_folder(path.parent)

    def remove_before(self, session: str, at_s: float) -> None:
        """Remove a session's events of an earlier time; lines that cannot be read go with the last one that can.

        Raises:
            StoreFull: The log cannot be written; it is as it was, or without some of those events.
        """
        for path in self._files(session):
            times = [(line, _time_of(line)) for line in _lines(path)]
            kept = [line for line, when in times if when is None or when >= at_s]
            with storing(path):
                if all(when is None or when < at_s for _, when in times):
                    path.unlink(missing_ok=True)
                    sync_folder(path.parent)
                elif len(kept) < len(times):
                    write_atomic(path, b"".join(kept))

    def _files(self, session: str) -> list[Path]:
        return sorted(self._root.glob(f"*/{_file_name(session)}"))

    def _remove_unfinished(self) -> None:
        """Remove what a killed `remove_before` left: it holds lines of some session."""
        for left in self._root.glob("*/.*.tmp"):
            with storing(left):
                left.unlink(missing_ok=True)


def _month(at_s: float) -> str:
    # Times are of files, and a disk may hold any: one no calendar knows must not stop the events behind it.
    return _month_of_day(int(min(max(at_s, _YEAR_1_S), _YEAR_9999_S) // _DAY_S))


@functools.lru_cache(maxsize=1024)
def _month_of_day(day: int) -> str:
    return datetime.fromtimestamp(day * _DAY_S, UTC).strftime("%Y-%m")


def _file_name(session: str) -> str:
    """Give a file name for a session's untrusted name; `~` keeps made names apart from plain ones."""
    if _PLAIN.match(session):
        return f"{session}.jsonl"
    digest = hashlib.sha256(session.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', session[:40])}~{digest[:24]}.jsonl"


def _encoded(event: Event) -> bytes:
    return b'{"v":%d,"event":%s}\n' % (FORMAT, orjson.dumps(event))


def _append(path: Path, lines: bytes) -> None:
    fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # Freed with the file: taking back a half-written line must not take one that another process wrote meanwhile.
        with contextlib.suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_EX)
        size = os.fstat(fd).st_size
        torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
        try:
            write_all(fd, b"\n" + lines if torn else lines)
            os.fsync(fd)
        except OSError:
            # A half-written line would look like a torn one; take it back while we know where it began.
            os.ftruncate(fd, size)
            raise
    finally:
        os.close(fd)


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as lines:
        yield from lines


def _time_of(line: bytes) -> float | None:
    """Give the time of the event of a line, None where it cannot be read."""
    try:
        return _TIMED.validate_json(line).event.at_s
    except ValidationError:
        return None


def _events_in(path: Path) -> Iterator[Event]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                version = _VERSION.validate_json(line).v
                if version > FORMAT:
                    raise StoreNewer(
                        f"{path} line {number} has format {version}; this program knows up to {FORMAT}",
                        hint="update skillstrata, or use another data directory with --data-dir",
                    )
                yield _LINE.validate_json(line).event
            except ValidationError:
                continue
