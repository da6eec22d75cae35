"""The AuditLog port on JSON lines, a file a month, each line chained to the one before by its sha256.

In     AuditEntry records, from several processes at once
Out    <folder>/YYYY-MM.jsonl, one record a line, synced before `append` returns; `head` beside them and a second mark
       beside the folder name the last one
Never  changes a line that is whole; begins a new chain because a month begins or a line was torn
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from pydantic import BaseModel, ConfigDict

from skillstrata.adapters.atomic_files import make_folder, storing, sync_folder, write_all
from skillstrata.adapters.audit_marks import Marks
from skillstrata.records.audits import AuditEntry, AuditRecord, AuditVerdict
from skillstrata.records.failures import StoreFull
from skillstrata.records.json_values import JsonObject

_MONTH = re.compile(r"\d{4}-\d{2}\.jsonl")
_CHUNK = 64 * 1024
_DEFAULTS = {name: value for name, value in asdict(AuditEntry("")).items() if name != "what"}
_MASKED = ("arguments", "detail")


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    entry: AuditEntry


class _Body(_Said):
    n: int
    at: float
    before: str
    digest: str
    torn: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    """One line as it lies there. `record` is None for one that is none; `torn` is what it says of lines before it."""

    raw: bytes
    record: AuditRecord | None
    torn: str
    ended: bool


@dataclass(frozen=True, slots=True)
class _End:
    """Where the chain stands: its last record's number and digest, the newest file and its size.

    `torn` are lines after that record that are none; `unended` says that the file does not end with a line end.
    """

    number: int = 0
    digest: str = ""
    name: str = ""
    size: int = -1
    torn: tuple[bytes, ...] = ()
    unended: bool = False


class AuditFile:
    """Appends under a lock that processes share; keeps in mind where the chain stood."""

    def __init__(self, folder: Path, now_s: Callable[[], float], *, mask: Callable[[str], str] | None = None) -> None:
        """Name the folder, made at the first append; `mask` takes secrets out of texts."""
        self._folder = folder
        self._marks = Marks(folder / "head", folder.with_name(f"{folder.name}-head"))
        self._now_s = now_s
        self._mask = mask
        self._end = _End()

    def append(self, entry: AuditEntry) -> AuditRecord:
        """Write one entry.

        Raises:
            StoreFull: It cannot be written; nothing may be done that it should tell of.
        """
        if self._mask is not None:
            masks = self._mask
            entry = replace(entry, **{name: masks(getattr(entry, name)) for name in _MASKED if getattr(entry, name)})
        with _storing(self._folder), self._locked():
            end = self._where()
            at_s = self._now_s()
            name = max(_month_of(at_s), end.name)
            record, line = _made(end.number + 1, at_s, entry, end.digest, _torn_digest(end.torn))
            self._write(name, line, end)
            size = (self._folder / name).stat().st_size
            self._end = _End(record.number, record.digest, name, size)
            self._marks.note(record.number, record.digest)
        return record

    def records(self, *, most: int = 1_000) -> tuple[AuditRecord, ...]:
        """Give the newest records, oldest first; lines that are none are left out."""
        found: list[AuditRecord] = []
        for name in reversed(self._names()):
            here = [line.record for line in _lines(self._folder / name) if line.record is not None]
            found = [*here[-(most - len(found)) :], *found]
            if len(found) >= most:
                break
        return tuple(found) if most > 0 else ()

    def verify(self) -> AuditVerdict:
        """Check every line's digest and its tie to the one before, from the first on."""
        if not self._folder.is_dir():
            return _Chain().checked(iter(()), self._marks)
        with self._locked(shared=True):
            return _Chain().checked(self._all(), self._marks)

    def _all(self) -> Iterator[_Line]:
        for name in self._names():
            yield from _lines(self._folder / name)

    def _names(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        # A folder, pipe or link of such a name is none of ours.
        return sorted(
            path.name
            for path in self._folder.iterdir()
            if _MONTH.fullmatch(path.name) and stat.S_ISREG(path.lstat().st_mode)
        )

    @contextlib.contextmanager
    def _locked(self, *, shared: bool = False) -> Generator[None]:
        make_folder(self._folder)
        fd = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)

    def _where(self) -> _End:
        names = self._names()
        if not names and not self._marks.is_begun():
            # Before the first line: a writer that is killed behind it leaves a log whose marks can be believed.
            self._marks.note(0, "")
            return _End()
        name = names[-1] if names else ""
        if names and name == self._end.name and (self._folder / name).stat().st_size == self._end.size:
            return self._end
        found = _tail(self._folder, names) if names else _End()
        mark = self._marks.newest()
        if mark is None:
            # Nobody knows how many records there were: a number is left out, so that it shows from now on.
            return replace(found, number=found.number + 1) if found.number or not names else found
        # What was cut off the end stays a gap: numbers go on after the last that was ever written.
        return replace(found, number=mark.number, digest=mark.digest) if mark.number > found.number else found

    def _write(self, name: str, line: bytes, end: _End) -> None:
        path = self._folder / name
        is_new = not path.exists()
        if end.unended and name != end.name:
            # A torn line ends in its own file, before another file begins.
            self._appended(self._folder / end.name, b"\n")
        self._appended(path, (b"\n" if end.unended and name == end.name else b"") + line)
        if is_new:
            sync_folder(self._folder)

    def _appended(self, path: Path, data: bytes) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            size = os.fstat(fd).st_size
            try:
                write_all(fd, data)
                os.fsync(fd)
            except OSError:
                # Half a line must not stay where the next whole one goes.
                with contextlib.suppress(OSError):
                    os.ftruncate(fd, size)
                raise
        finally:
            os.close(fd)


@contextlib.contextmanager
def _storing(folder: Path) -> Generator[None]:
    try:
        with storing(folder / "audit"):
            yield
    except OSError as error:
        # A folder, pipe or link lies where a file of the log belongs.
        hint = f"take away what is no plain file from {folder}, then run the command again"
        raise StoreFull(f"cannot write the audit log in {folder}: {error.strerror}", hint=hint) from error


class _Chain:
    """A walk along the lines."""

    def __init__(self) -> None:
        self._number, self._digest = 0, ""
        self._digests: dict[int, str] = {}
        self._loose: list[bytes] = []
        self._told: list[str] = []
        self._ended = True

    def checked(self, lines: Iterator[_Line], marks: Marks) -> AuditVerdict:
        told = {mark.number for mark in marks.read() if mark is not None}
        for line in lines:
            why = self._fault(line, told)
            if why:
                return AuditVerdict(ok=False, records=self._number, broken_at=self._number + 1, why=why)
        fault = marks.faults(self._digests, self._number)
        if fault is not None:
            return AuditVerdict(ok=False, records=self._number, broken_at=fault[0], why=fault[1])
        if self._loose and self._ended:
            why = "the last line is no record"
            return AuditVerdict(ok=False, records=self._number, broken_at=self._number + 1, why=why)
        if self._loose:
            self._told.append("the last line is torn: its writer was killed; the chain goes on after it")
        return AuditVerdict(ok=True, records=self._number, why="; ".join(dict.fromkeys(self._told)))

    def _fault(self, line: _Line, told: set[int]) -> str:
        self._ended = line.ended
        if line.record is None:
            self._loose.append(line.raw)
            return ""
        if line.torn != _torn_digest(tuple(self._loose)):
            return "a line is no record" if self._loose else "a torn line that it tells of is gone"
        record = line.record
        if (record.number, record.before) != (self._number + 1, self._digest):
            return f"record {record.number} does not follow record {self._number}"
        if self._loose:
            self._told.append(f"a torn line stands before record {record.number}")
        self._loose = []
        self._number, self._digest = record.number, record.digest
        if record.number in told:
            self._digests[record.number] = record.digest
        return ""


def _made(number: int, at_s: float, entry: AuditEntry, before: str, torn: str) -> tuple[AuditRecord, bytes]:
    entry = _Said.model_validate_json(json.dumps({"entry": _whole(asdict(entry))})).entry
    said: JsonObject = {name: value for name, value in asdict(entry).items() if value != _DEFAULTS.get(name)}
    body: JsonObject = {"n": number, "at": at_s, "entry": said, "before": before}
    if torn:
        body["torn"] = torn
    digest = _digest(body)
    record = AuditRecord(number, at_s, entry, before, digest)
    return record, _canonical(body | {"digest": digest}) + b"\n"


def _whole(fields: dict[str, str | int | float]) -> dict[str, str | int | float]:
    """Give fields without half characters, which no JSON reader takes back."""
    return {
        name: value.encode(errors="replace").decode() if isinstance(value, str) else value
        for name, value in fields.items()
    }


def _canonical(body: JsonObject) -> bytes:
    return json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()


def _digest(body: JsonObject) -> str:
    return hashlib.sha256(_canonical(body)).hexdigest()


def _lines(path: Path) -> Iterator[_Line]:
    with path.open("rb") as file:
        for raw in file:
            if raw != b"\n":
                yield _read(raw)


def _read(raw: bytes) -> _Line:
    ended, raw = raw.endswith(b"\n"), raw.rstrip(b"\n")
    try:
        body: object = json.loads(raw)
        record, torn = _record(cast("JsonObject", body) if isinstance(body, dict) else {}, raw)
    except (ValueError, RecursionError):
        return _Line(raw, None, "", ended)
    return _Line(raw, record, torn, ended)


def _record(body: JsonObject, raw: bytes) -> tuple[AuditRecord, str]:
    """Read a record; any byte that is not as we would have written it makes it none."""
    line = _Body.model_validate_json(raw)
    digest = line.digest
    if _digest({name: value for name, value in body.items() if name != "digest"}) != digest or _canonical(body) != raw:
        raise ValueError(digest)
    return AuditRecord(line.n, line.at, line.entry, line.before, digest), line.torn


def _tail(folder: Path, names: list[str]) -> _End:
    """Find the last whole record, and the lines after it that are none."""
    size = (folder / names[-1]).stat().st_size
    torn: list[bytes] = []
    unended = False
    for name in reversed(names):
        lines = _last_lines(folder / name)
        if name == names[-1]:
            unended = bool(lines) and not lines[-1].ended
        for line in reversed(lines):
            if line.record is not None:
                last = line.record
                return _End(last.number, last.digest, names[-1], size, tuple(reversed(torn)), unended)
            torn.append(line.raw)
    return _End(0, "", names[-1], size, tuple(reversed(torn)), unended)


def _torn_digest(lines: tuple[bytes, ...]) -> str:
    return hashlib.sha256(b"\n".join(lines)).hexdigest() if lines else ""


def _last_lines(path: Path) -> list[_Line]:
    """Give the lines at the end of a file, enough of them to hold a whole record where there is one."""
    size = path.stat().st_size
    with path.open("rb") as file:
        take = _CHUNK
        while True:
            start = max(0, size - take)
            file.seek(start)
            parts = file.read().splitlines(keepends=True)
            lines = [_read(raw) for raw in (parts[1:] if start else parts) if raw != b"\n"]
            if start == 0 or any(line.record is not None for line in lines):
                return lines
            take *= 4


def _month_of(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m}.jsonl"
