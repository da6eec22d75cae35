"""The catalog's calls about events as they come in, and about the histories they were read from, as SQL.

Why    a part of `catalog_sql`, which holds everything that is known once a session was read
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import cast

import orjson
from sqlalchemy import ColumnElement, Select, delete, func, literal_column, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import Insert, insert

from skillstrata.adapters.catalog_store import CatalogStore
from skillstrata.adapters.catalog_tables import (
    copied_calls,
    events,
    execution_events,
    executions,
    forgotten_sessions,
    read_marks,
)
from skillstrata.ports.catalog import Forgotten, KnownCall
from skillstrata.records.events import Event
from skillstrata.records.imports import ReadMark

_EVENT_COLUMNS = ["id", "session", "kind", "at_s", "bucket", "reason", "call", "ended"]


class SqlHistories:
    """Events before anybody read their session, read marks, and what was forgotten."""

    def __init__(self, store: CatalogStore) -> None:
        """Work on this store."""
        self._store = store

    def known_events(self, ids: tuple[str, ...]) -> frozenset[str]:
        """Say which of these event ids are stored already, calls that had not ended apart."""
        return self._stored(ids, ended=1)

    def unended_events(self, ids: tuple[str, ...]) -> frozenset[str]:
        """Say which of these event ids are stored as calls that had not ended."""
        return self._stored(ids, ended=0)

    def _stored(self, ids: tuple[str, ...], *, ended: int) -> frozenset[str]:
        wanted = select(events.c.id).where(events.c.id.in_(each(ids)), events.c.ended == ended)
        with self._store.reading() as c:
            return frozenset(c.execute(wanted).scalars())

    def known_calls(self, calls: tuple[str, ...]) -> tuple[KnownCall, ...]:
        """Give the stored calls with these names; of several with one name an ended one."""
        wanted = (
            select(events.c.call, events.c.id, events.c.session, events.c.ended)
            .where(events.c.call.in_(each(calls)), events.c.call != "")
            .order_by(events.c.call, events.c.ended.desc(), events.c.id)
        )
        found: dict[str, KnownCall] = {}
        with self._store.reading() as c:
            for call, id_, session, ended in c.execute(wanted):
                found.setdefault(call, KnownCall(call, id_, session, bool(ended)))
        return tuple(found.values())

    def add_events(self, new: tuple[Event, ...]) -> None:
        """Index events as open; a call that has ended takes the place of the same one while it had not."""
        rows = [(e.id, e.session, e.kind.value, e.at_s, "open", "", e.call, int(e.ended)) for e in new]
        if rows:
            with self._store.writing() as c:
                # Past the toolkit's handling of each row, which takes longer than the database.
                c.exec_driver_sql(_adding_events(), rows)

    def set_aside(self, session: str, reason: str) -> int:
        """Make noise of a session's events that no reconstruction has read; gives how many."""
        unread = (events.c.session == session) & (events.c.bucket == "open")
        with self._store.writing() as c:
            return c.execute(update(events).where(unread).values(bucket="noise", reason=reason)).rowcount

    def add_copies(self, copies: tuple[tuple[str, str], ...]) -> None:
        """Record that sessions hold copies of calls of others."""
        rows = [{"session": session, "event_id": event_id} for session, event_id in copies]
        self._add(insert(copied_calls).on_conflict_do_nothing(), rows)

    def copies(self, session: str) -> tuple[tuple[str, str], ...]:
        """Give the calls of others that a session holds copies of."""
        wanted = (
            select(events.c.id, events.c.session)
            .join(copied_calls, copied_calls.c.event_id == events.c.id)
            .where(copied_calls.c.session == session)
            .order_by(events.c.id)
        )
        with self._store.reading() as c:
            return tuple((id_, holder) for id_, holder in c.execute(wanted))

    def read_marks(self) -> tuple[ReadMark, ...]:
        """Give how far every history file was read."""
        with self._store.reading() as c:
            return tuple(ReadMark(*row) for row in c.execute(select(read_marks).order_by(read_marks.c.path)))

    def add_read_marks(self, marks: tuple[ReadMark, ...]) -> None:
        """Record how far files were read, replacing what was there for their paths."""
        self._add(insert(read_marks).prefix_with("OR REPLACE"), [asdict(mark) for mark in marks])

    def forget_session(self, session: str) -> Forgotten:
        """Remove a session's events, executions and candidates; no import brings them back."""
        ours = select(events.c.id).where(events.c.session == session)
        left_alone = events.c.id.not_in(select(execution_events.c.event_id))
        with self._store.writing() as c:
            gone = c.execute(delete(executions).where(executions.c.session == session)).rowcount
            c.execute(
                delete(copied_calls).where(copied_calls.c.event_id.in_(ours) | (copied_calls.c.session == session))
            )
            count = c.execute(delete(events).where(events.c.session == session)).rowcount
            # An event of another session that only the removed executions held waits for a new reading.
            c.execute(update(events).where(events.c.bucket == "execution", left_alone).values(bucket="open", reason=""))
            c.execute(insert(forgotten_sessions).on_conflict_do_nothing(), {"session": session})
        return Forgotten(count, gone)

    def forgotten_sessions(self) -> frozenset[str]:
        """Name the sessions that were removed."""
        with self._store.reading() as c:
            return frozenset(c.execute(select(forgotten_sessions.c.session)).scalars())

    def _add(self, statement: Insert, rows: Sequence[Mapping[str, str | float | int]]) -> None:
        if rows:
            with self._store.writing() as c:
                c.execute(statement, list(rows))


@functools.lru_cache
def _adding_events() -> str:
    fresh = insert(events)
    statement = fresh.on_conflict_do_update(
        index_elements=["id"],
        set_={name: fresh.excluded[name] for name in ("at_s", "bucket", "reason", "call", "ended")},
        where=(events.c.ended == literal_column("0")) & (fresh.excluded.ended == literal_column("1")),
    )
    return str(statement.compile(dialect=sqlite.dialect(), column_keys=_EVENT_COLUMNS))


def each(ids: tuple[str, ...]) -> Select[str]:
    """Give these ids as a table to compare with."""
    # One bound value however many ids there are: SQLite caps the number of values in a statement.
    listed = func.json_each(orjson.dumps(ids).decode()).table_valued("value")
    return select(cast("ColumnElement[str]", listed.c.value))
