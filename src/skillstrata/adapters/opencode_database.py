"""A program's SQLite database, opened so that neither it nor its folder is changed.

In     the path of a database that its program may be writing
Out    a connection on which nothing can be written, and the rows of a query one at a time
Never  writes, locks or makes a file beside the database; runs what its schema holds (views, triggers)
Why    a database with a journal is read from a private copy: opening it in place would make or change files beside it
"""

import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

_ATTEMPTS = 3
_JOURNALS = ("-wal", "-journal")
Row = tuple[object, ...]


class DatabaseBusy(Exception):
    """The database changed each time it was copied."""


@contextmanager
def opened(path: str) -> Generator[sqlite3.Connection]:
    """Open a database for reading.

    Raises:
        OSError: It is missing, not permitted, no regular file, or cannot be copied.
        sqlite3.Error: It is damaged.
        DatabaseBusy: It is written without a pause.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(0, "not a regular file: it was not read")
    if not any(_size(path + ending) for ending in _JOURNALS):
        with closing(_connected(f"{Path(path).absolute().as_uri()}?mode=ro&immutable=1")) as connection:
            yield connection
        return
    with tempfile.TemporaryDirectory(prefix="skillstrata-") as folder:
        _copy(path, folder)
        copy = Path(folder, "store.db")
        with closing(_connected(copy.as_uri() + "?mode=rw")) as connection:
            yield connection


def _connected(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, timeout=1, isolation_level=None)
    try:
        connection.text_factory = bytes
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _copy(path: str, folder: str) -> None:
    """Copy a database with its journal as they stood at one moment."""
    for _ in range(_ATTEMPTS):
        before = _state(path)
        shutil.copyfile(path, os.path.join(folder, "store.db"))
        for ending in _JOURNALS:
            copy = os.path.join(folder, f"store.db{ending}")
            if _size(path + ending):
                shutil.copyfile(path + ending, copy)
            elif os.path.exists(copy):
                os.unlink(copy)
        if _state(path) == before:
            return
    raise DatabaseBusy


def _state(path: str) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for name in (path, *(path + ending for ending in _JOURNALS)):
        try:
            status = os.stat(name)
            found.append((status.st_size, status.st_mtime_ns))
        except FileNotFoundError:
            found.append((-1, 0))
    return tuple(found)


def _size(path: str) -> int:
    try:
        status = os.lstat(path)
    except OSError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """Give the columns of a table; none where it is a view or missing."""
    is_table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ? AND sql NOT LIKE 'CREATE VIRTUAL%'"
    if connection.execute(is_table, (table,)).fetchone() is None:
        return frozenset()
    found: list[Row] = connection.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
    return frozenset(words(one[0]) for one in found)


def words(cell: object) -> str:
    """Give a cell's text."""
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return cell if isinstance(cell, str) else ""
