"""Which record of the audit log is the last, told in two places beside the lines themselves.

In     the number and digest of a record
Out    two small sealed files: one in the log's folder, one outside of it
Never  believes a mark whose seal does not hold; waits for one that is no regular file
Why    lines cut off the end of a chain show by nothing in the chain; and who removes the folder removes a mark in it.
       A seal is no signature: whoever can write all files of the user can write a whole log anew
"""

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from skillstrata.adapters.atomic_files import sync_folder

_BYTES = 192
_SHAPE = re.compile(r"(\d{1,18}) ([0-9a-f]{64}|-) ([0-9a-f]{64})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark says: the last record's number and digest; 0 and "" where a log was begun and has no record yet."""

    number: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """Both marks. Callers hold the log's lock."""

    inside: Path
    outside: Path

    def read(self) -> tuple[Mark | None, Mark | None]:
        """Give what each says; None for one that is not there or cannot be believed."""
        return _read(self.inside), _read(self.outside)

    def newest(self) -> Mark | None:
        """Give the one that is further on; None where neither can be believed."""
        return max((one for one in self.read() if one is not None), key=lambda one: one.number, default=None)

    def is_begun(self) -> bool:
        """Say whether a log was ever begun here, whatever the marks say now."""
        return os.path.lexists(self.inside) or os.path.lexists(self.outside)

    def note(self, number: int, digest: str) -> None:
        """Write both."""
        said = f"{number} {digest or '-'}"
        data = f"{said} {_seal(said)}".ljust(_BYTES - 1).encode() + b"\n"
        for path in (self.inside, self.outside):
            _write(path, data)

    def faults(self, digests: dict[int, str], last: int) -> tuple[int, str] | None:
        """Say what the marks tell against a chain of records: where, and why; None for nothing.

        Args:
            digests: The digests of records, by number; those that the marks name are enough.
            last: The number of the last record.
        """
        if not last and not self.is_begun():
            return None
        found = self.read()
        for mark in found:
            if mark is not None and mark.number > last:
                return last + 1, f"{mark.number - last} records are missing at the end"
            if mark is not None and mark.number and digests.get(mark.number) != mark.digest:
                return mark.number, f"record {mark.number} is not the one that was written"
        for path, mark in zip((self.inside, self.outside), found, strict=True):
            if mark is None:
                why = f"{path.name}, which says which record is the last, is gone or was changed"
                return last + 1, f"{why}: records may be missing at the end"
        return None


def _seal(said: str) -> str:
    return hashlib.sha256(f"audit mark {said}".encode()).hexdigest()


def _read(path: Path) -> Mark | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        data = os.read(fd, _BYTES + 1) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
    finally:
        os.close(fd)
    found = _SHAPE.fullmatch(data.decode("ascii", "replace")) if len(data) <= _BYTES else None
    if found is None or _seal(f"{found[1]} {found[2]}") != found[3]:
        return None
    return Mark(int(found[1]), found[2].removeprefix("-"))


def _write(path: Path, data: bytes) -> None:
    is_new = not path.exists()
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    try:
        os.pwrite(fd, data, 0)
        if os.fstat(fd).st_size != len(data):
            os.ftruncate(fd, len(data))
        if is_new:
            os.fsync(fd)
            sync_folder(path.parent)
    finally:
        os.close(fd)
