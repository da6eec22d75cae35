"""Uses of tools that could not be counted at once, because another process held the catalog: kept beside it.

    add_usage --catalog is held--> uses.waiting, a line each --next who may write--> rows of the catalog

In     rows of uses
Out    the same rows, until somebody has put them into the catalog
Never  keeps a caller waiting for whoever holds the catalog; loses a row that was kept, or gives half of one
Why    a call of 60 ms may not take 5 s more to be counted, and one that is not counted is missing in its tool's record
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import cast

import orjson

from skillstrata.adapters.atomic_files import storing

Row = dict[str, str | float | int]
_MOST_BYTES = 20_000_000


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
            if fd is not None and os.fstat(fd).st_size < _MOST_BYTES:
                os.write(fd, orjson.dumps(row) + b"\n")

    def settle(self, put: Callable[[tuple[Row, ...]], None]) -> None:
        """Hand over all rows; they go where that raised nothing. Killed in between, they are handed over again.

        Raises:
            StoreFull: They were handed over, and cannot be removed.
        """
        if not self._path.exists():
            return
        with storing(self._path), self._held() as fd:
            if fd is None:
                return
            lines = os.pread(fd, 2 * _MOST_BYTES, 0).splitlines()
            put(tuple(row for line in lines if (row := self._row(line)) is not None))
            self._path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _held(self, flags: int = 0) -> Generator[int | None, None, None]:
        """Open the file for this process alone; None where there is none."""
        while True:
            try:
                fd = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600)
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
        is_plain = all(isinstance(value, str | int | float) for value in found.values())
        return cast("Row", found) if is_plain and found.keys() == self._fields else None
