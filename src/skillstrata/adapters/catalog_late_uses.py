"""Uses of tools that could not be counted at once, because another process held the catalog: kept beside it.

    add_usage --catalog is held--> uses.waiting, a line each --next who may write--> rows of the catalog

In     rows of uses
Out    the same rows, until somebody has put them into the catalog
Never  keeps a caller waiting for whoever holds the catalog; loses a row that was kept, or gives half of one; lets a
       line that somebody damaged stand between the catalog and those who look at it
Why    a call of 60 ms may not take 5 s more to be counted, and one that is not counted is missing in its tool's record
"""

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Generator
from pathlib import Path
from typing import cast

import orjson

from skillstrata.adapters.atomic_files import storing
from skillstrata.records.errors import StrataError
from skillstrata.records.failures import CatalogBusy, StoreFull

Row = dict[str, str | float | int]
_MOST_BYTES = 20_000_000
# Fields that are no text: whole numbers with the most that each may be, and measured ones.
_WHOLE = {"version": 2**63 - 1, "ok": 1}
_MEASURED = frozenset({"at_s", "ms"})


class LateUses:
    """One file of lines. Safe for threads and processes."""

    def __init__(self, path: Path, fields: frozenset[str]) -> None:
        """Name the file, and the fields that a row has."""
        self._path = path
        self._fields = fields

    def keep(self, row: Row) -> None:
        """Keep a row.

        Raises:
            StoreFull: It cannot be written.
        """
        with storing(self._path), self._held(os.O_CREAT) as fd:
            if fd is not None and (size := os.fstat(fd).st_size) < _MOST_BYTES:
                # A full disk may have left half a line, which must not take this one with it.
                is_torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
                line = b"\n" * is_torn + orjson.dumps(row) + b"\n"
                if os.write(fd, line) != len(line):
                    os.ftruncate(fd, size)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def settle(self, put: Callable[[tuple[Row, ...]], None]) -> None:
        """Hand over all rows; they go where that raised nothing. Killed in between, they are handed over again.

        Lines that are no rows, and a row that cannot be taken where others can, are dropped.

        Raises:
            CatalogBusy: Nobody takes them now; they stay.
            StoreFull: They were handed over, and cannot be removed.
        """
        if not self._is_plain():
            return
        with storing(self._path), self._held() as fd:
            if fd is None:
                return
            lines = os.pread(fd, 2 * _MOST_BYTES, 0).splitlines()
            _handed_over(tuple(row for line in lines if (row := self._row(line)) is not None), put)
            self._path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _held(self, flags: int = 0) -> Generator[int | None, None, None]:
        """Open the file for this process alone; None where there is none."""
        while True:
            try:
                if flags:
                    self._refuse_odd()
                # Without waiting, for a pipe in its place would keep whoever opens it.
                always = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
                fd = os.open(self._path, always | flags, 0o600)
            except FileNotFoundError:
                if flags:
                    raise
                yield None
                return
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)
                if self._is_still(fd):
                    yield fd
                    return
            finally:
                os.close(fd)

    def _is_plain(self) -> bool:
        try:
            return stat.S_ISREG(os.lstat(self._path).st_mode)
        except OSError:
            return False

    def _refuse_odd(self) -> None:
        if not self._is_plain() and os.path.lexists(self._path):
            raise StoreFull(f"{self._path} is no plain file", hint="move away what is there; skillstrata makes it anew")

    def _is_still(self, fd: int) -> bool:
        # Whoever held it before may have settled and removed it.
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(fd), os.stat(self._path))
        return False

    def _row(self, line: bytes) -> Row | None:
        """Read a row; None for what is none: a full disk, or a loss of power, may leave half of one."""
        try:
            row: object = orjson.loads(line)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(row, dict):
            return None
        found = cast("dict[str, object]", row)
        is_row = found.keys() == self._fields and all(_fits(name, value) for name, value in found.items())
        return cast("Row", found) if is_row else None


def _fits(name: str, value: object) -> bool:
    """Say whether a field may be written into the catalog."""
    if name in _WHOLE:
        return type(value) is int and 0 <= value <= _WHOLE[name]
    if name in _MEASURED:
        return type(value) in (int, float) and abs(cast("float", value)) < _WHOLE["version"]
    return isinstance(value, str)


def _handed_over(rows: tuple[Row, ...], put: Callable[[tuple[Row, ...]], None]) -> None:
    """Hand over rows together, or each by itself where that is refused: one may be at fault."""
    try:
        put(rows)
    except (CatalogBusy, StoreFull):
        raise
    except (StrataError, ArithmeticError, ValueError, TypeError) as refused:
        taken = 0
        for row in rows:
            with contextlib.suppress(ArithmeticError, ValueError, TypeError):
                try:
                    put((row,))
                except (CatalogBusy, StoreFull):
                    raise
                except StrataError:
                    continue
                taken += 1
        if isinstance(refused, StrataError) and not taken:
            # Not a row is at fault, but whoever takes them; they stay.
            raise
