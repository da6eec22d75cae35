"""One SQLite file under SQLAlchemy: opened at first use, brought to the newest format, one transaction a call.

Out    connections inside a transaction; every SQLite error leaves here as one of ours
Never  keeps a transaction open between calls; never touches a file of a newer format, nor of a folder that cannot be
       written: that one is opened anew for each reading, so that it is never held for something that does not change
Why    WAL and synchronous=FULL: what was acknowledged survives kill -9 and power loss; BEGIN IMMEDIATE, because a
       deferred transaction that turns into a write fails at once under a second writer instead of waiting
"""

import importlib
import os
import sqlite3
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from skillstrata.adapters.catalog_faults import HEAD, REVISIONS, as_strata_error, damaged, is_refused, newer
from skillstrata.adapters.catalog_readonly import connect_readonly, is_unwritable
from skillstrata.records.failures import CatalogBusy, StoreFull


class CatalogStore:
    """The catalog's file. Safe for threads; not to be used across a fork."""

    def __init__(self, path: Path, *, busy_s: float) -> None:
        """Remember where the file lies; nothing is opened yet. `busy_s` is how long a call waits for another writer."""
        self._path = path
        self._busy_s = busy_s
        self._lock = threading.Lock()
        self._engine: Engine | None = None

    @contextmanager
    def reading(self) -> Generator[Connection, None, None]:
        """Give a connection that sees one state throughout."""
        with self._translated(), self._readable().connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Generator[Connection, None, None]:
        """Give a connection that holds the write lock; committed at the end, rolled back on any error."""
        with self._translated(), _write_transaction(self._opened()) as connection:
            yield connection

    def compact(self) -> None:
        """Write the file anew without what was removed, and empty the log beside it.

        Raises:
            CatalogBusy: Another process reads or writes it.
        """
        with self._translated(), closing(self._opened().raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            cursor.close()
        if busy:
            raise CatalogBusy(
                f"the log beside {self._path} cannot be emptied: another process reads the catalog",
                hint="run the command again when it has ended",
            )

    def close(self) -> None:
        """Give back the file; the next call opens it again."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def _opened(self) -> Engine:
        with self._lock:
            if self._engine is None:
                engine = self._connectable()
                try:
                    self._bring_to_head(engine)
                except BaseException:
                    engine.dispose()
                    raise
                self._engine = engine
            return self._engine

    def _readable(self) -> Engine:
        if is_unwritable(self._path):
            return self._unwritable()
        try:
            return self._opened()
        except DBAPIError as error:
            # SQLite makes files beside the catalog even to read it, and a full disk has no room for them.
            if not is_refused(error.orig) or not self._path.stat().st_size:
                raise
            return self._unwritable()

    def _unwritable(self) -> Engine:
        engine = create_engine(
            "sqlite+pysqlite://",
            creator=lambda: connect_readonly(self._path, busy_s=self._busy_s),
            poolclass=NullPool,
        )
        event.listen(engine, "connect", _by_hand)
        event.listen(engine, "begin", _begin)
        with engine.connect() as connection, connection.begin():
            if self._stored_revision(connection) != HEAD:
                raise StoreFull(
                    f"{self._path} has an older format and cannot be written",
                    hint=f"make {self._path.parent} writable once, so that it can be brought to the newest format",
                )
        return engine

    def _connectable(self) -> Engine:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite would make the file readable for everyone; its journal files take over this mode.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise StoreFull(
                f"{self._path} cannot be written or opened ({error.strerror})",
                hint=f"free space, or make {self._path.parent} a writable directory",
            ) from error
        engine = create_engine(
            URL.create("sqlite+pysqlite", database=str(self._path)), connect_args={"timeout": self._busy_s}
        )
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def _bring_to_head(self, engine: Engine) -> None:
        with engine.connect() as connection, connection.begin():
            stored = self._stored_revision(connection)
        # Not before: changing the journal changes the file, which must not happen to one of a newer format.
        _log_ahead(engine)
        if stored == HEAD:
            return
        with _write_transaction(engine) as connection:
            # Read again under the write lock: another process may have been faster.
            if self._stored_revision(connection) != HEAD:
                # Importing alembic costs more than a whole `skillstrata ls` may take; a catalog at HEAD never pays it.
                importlib.import_module("skillstrata.adapters.catalog_migrations").upgrade(connection)

    def _stored_revision(self, connection: Connection) -> str | None:
        tables = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())
        if not tables:
            return None
        if "alembic_version" not in tables:
            raise damaged(self._path, "it is a database of something else")
        stored = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if stored is not None and stored not in REVISIONS:
            raise newer(self._path, str(stored))
        return stored

    @contextmanager
    def _translated(self) -> Generator[None, None, None]:
        try:
            yield
        except DBAPIError as error:
            if isinstance(error.orig, sqlite3.Error):
                raise as_strata_error(error.orig, self._path) from error
            raise
        except sqlite3.Error as error:
            raise as_strata_error(error, self._path) from error


@contextmanager
def _write_transaction(engine: Engine) -> Generator[Connection, None, None]:
    with engine.connect() as connection:
        writer = connection.execution_options(strata_write=True)
        with writer.begin():
            yield writer


def _by_hand(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # Python's module would begin transactions on its own, and too late; `_begin` does it instead.
    connection.isolation_level = None


def _prepare(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    _by_hand(connection, entry)
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # What is removed is gone from the file, and not only from the index into it.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _log_ahead(engine: Engine) -> None:
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA journal_mode=WAL")


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("strata_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
