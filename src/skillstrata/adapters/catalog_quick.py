"""What is written at every call of a tool, search or session, without SQLAlchemy and without waiting for the disk.

In     uses, searches, showings
Out    rows of the catalog; what was written survives the death of this process
Never  loses what another call wrote; loads the SQL toolkit; keeps a call waiting for another writer: its use is kept
       beside the catalog then. A loss of power may take the last few rows, and only those
Why    a call may not wait 4 ms for the disk, and a search not 5 s for another writer: docs/library.md
"""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import Path

import orjson

from skillstrata.adapters.catalog_faults import HEAD, as_strata_error
from skillstrata.adapters.catalog_late_uses import LateUses
from skillstrata.records.failures import CatalogBusy, StoreFull
from skillstrata.records.qualities import SearchMade, Showing
from skillstrata.records.tools import Usage

Cell = str | float | int
_SEARCH_WAIT_MS = _USE_WAIT_MS = 50
_FIELDS = frozenset({"digest", *(field.name for field in fields(Usage))})
_INSERT = {
    "usages": (
        "INSERT OR IGNORE INTO usages"
        " (digest, tool, branch, version, at_s, ok, ms, surface, project, session, failure, person) VALUES"
        " (:digest, :tool, :branch, :version, :at_s, :ok, :ms, :surface, :project, :session, :failure, :person)"
    ),
    "searches": (
        "INSERT OR IGNORE INTO searches (digest, at_s, session, project, words, found)"
        " VALUES (:digest, :at_s, :session, :project, :words, :found)"
    ),
    "showings": "INSERT OR IGNORE INTO showings (session, tool, how, at_s) VALUES (:session, :tool, :how, :at_s)",
}


class QuickWriter:
    """One connection of its own to a catalog; safe for threads, not across a fork."""

    def __init__(self, path: Path, *, busy_s: float, prepare: Callable[[], None]) -> None:
        """Open nothing yet; `prepare` makes the catalog, or brings it to the newest format."""
        self._path = path
        self._busy_s = busy_s
        self._prepare = prepare
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._late = LateUses(path.with_name("uses.waiting"), _FIELDS)

    def add_usage(self, usage: Usage) -> None:
        """Record one call of a tool; the same call given twice counts once.

        Where somebody else holds the catalog, it is counted with the next call or by the next who looks at uses.
        """
        values = asdict(usage)
        digest = hashlib.sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).hexdigest()
        row = {**values, "ok": int(usage.ok), "digest": digest}
        try:
            self._insert("usages", (row,), min(_USE_WAIT_MS, self._wait_ms))
        except CatalogBusy:
            self._late.keep(row)
        else:
            self.settle_late()

    def settle_late(self, *, wait: bool = False) -> None:
        """Take in the uses that could not be counted at once; with `wait` as long as any other writer waits.

        Raises:
            CatalogBusy: With `wait`, the catalog is still held by somebody else.
        """
        wait_ms = self._wait_ms if wait else min(_USE_WAIT_MS, self._wait_ms)
        try:
            self._late.settle(lambda rows: self._insert("usages", rows, wait_ms))
        except (CatalogBusy, StoreFull):
            # They stay where they are, for the next who looks.
            if wait:
                raise

    def add_search(self, search: SearchMade) -> None:
        """Record a search, unless the catalog is held by somebody else at this moment."""
        row: dict[str, Cell] = {
            "at_s": search.at_s,
            "session": search.session,
            "project": search.project,
            "words": json.dumps(search.words),
            "found": json.dumps(search.found),
        }
        digest = hashlib.sha256(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).hexdigest()
        try:
            self._insert("searches", ({**row, "digest": digest},), _SEARCH_WAIT_MS)
        except CatalogBusy:
            # Whoever searches waits for an answer; one search that is not counted costs nothing.
            return

    def add_showings(self, showings: tuple[Showing, ...]) -> None:
        """Record what a session was shown."""
        if showings:
            self._insert("showings", tuple(asdict(one) for one in showings), self._wait_ms)

    def close(self) -> None:
        """Give back the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @property
    def _wait_ms(self) -> int:
        return int(self._busy_s * 1000)

    def _insert(self, table: str, rows: tuple[Mapping[str, Cell], ...], wait_ms: int) -> None:
        with self._lock:
            try:
                connection = self._opened()
                connection.execute(f"PRAGMA busy_timeout={wait_ms}")
                with connection:
                    connection.executemany(_INSERT[table], rows)
            except sqlite3.Error as error:
                raise as_strata_error(error, self._path) from error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            if not self._path.exists() or _format_of(self._path) != HEAD:
                self._prepare()
            connection = sqlite3.connect(self._path, timeout=self._busy_s, check_same_thread=False)
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA secure_delete=ON")
            self._connection = connection
        return self._connection


def _format_of(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return ""
    finally:
        connection.close()
    return str(found[0]) if found else ""
