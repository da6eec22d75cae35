"""The durable log of events: one JSON line per event, one file per session and month.

In     redacted events
Out    the same events, once per id, in order of time
Never  rewrites a line; lets a session's name choose a folder
Why    a line carries its format version, so that a file may grow across updates of the program
"""

import contextlib
import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, sync_folder, write_all
from skillstrata.records.events import Event
from skillstrata.records.failures import StoreNewer

FORMAT = 1
_YEAR_1_S, _YEAR_9999_S = -62_135_596_800.0, 253_402_300_799.0
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}\Z")


@dataclass(frozen=True, slots=True)
class _Version:
    v: int


@dataclass(frozen=True, slots=True)
class _Line:
    v: int
    event: Event


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
        lines: dict[Path, list[bytes]] = {}
        for event in events:
            lines.setdefault(self._path(event), []).append(_encoded(event))
        for path, encoded in lines.items():
            with storing(path):
                _append(path, b"".join(encoded))

    def session(self, session: str) -> tuple[Event, ...]:
        """Read one session whole; a line that does not parse costs that line only.

        Raises:
            StoreNewer: A line was written by a newer program.
        """
        found: dict[str, Event] = {}
        for path in sorted(self._root.glob(f"*/{_file_name(session)}")):
            for event in _events_in(path):
                found.setdefault(event.id, event)
        return tuple(sorted(found.values(), key=lambda event: event.at_s))

    def _path(self, event: Event) -> Path:
        # Times are of files, and a disk may hold any: one no calendar knows must not stop the events behind it.
        known = min(max(event.at_s, _YEAR_1_S), _YEAR_9999_S)
        month = datetime.fromtimestamp(known, UTC).strftime("%Y-%m")
        return self._root / month / _file_name(event.session)


def _file_name(session: str) -> str:
    """Give a file name for a session's untrusted name; `~` keeps made names apart from plain ones."""
    if _PLAIN.match(session):
        return f"{session}.jsonl"
    digest = hashlib.sha256(session.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', session[:40])}~{digest[:24]}.jsonl"


def _encoded(event: Event) -> bytes:
    return b'{"v":%d,"event":%s}\n' % (FORMAT, orjson.dumps(event))


def _append(path: Path, lines: bytes) -> None:
    make_folder(path.parent)
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
    # Not only for a new file: whoever made it may have been killed before this step.
    sync_folder(path.parent)


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
