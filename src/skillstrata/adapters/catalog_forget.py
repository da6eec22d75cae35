"""The catalog's calls that take things out for good, as SQL.

Out    fewer rows, and no byte of them: freed space is overwritten, and `compact` writes the file anew without its log
Why    a part of `catalog_sql`; a row that is only deleted stays readable in the file and in the log beside it
"""

from collections.abc import Iterator

from sqlalchemy import Connection, delete, exists, func, select, update

from skillstrata.adapters.catalog_histories import each
from skillstrata.adapters.catalog_store import CatalogStore
from skillstrata.adapters.catalog_tables import (
    events,
    execution_events,
    executions,
    library_changes,
    misses,
    reuse_misses,
    searches,
    showings,
    usages,
    verifications,
)
from skillstrata.adapters.named_digests import digests_in, named_in
from skillstrata.records.candidates import State

_CHUNK = 100


class SqlForgetting:
    """Sessions as a whole: what they name, and taking them out."""

    def __init__(self, store: CatalogStore) -> None:
        """Work on this store."""
        self._store = store

    def sessions(self) -> tuple[str, ...]:
        """Name every session that has events or executions, sorted."""
        both = select(events.c.session).union(select(executions.c.session))
        with self._store.reading() as c:
            return tuple(sorted(c.execute(both).scalars()))

    def session_digests(self, session: str) -> frozenset[str]:
        """Give the blobs that the executions of a session name."""
        with self._store.reading() as c:
            return digests_in(_records(c, session=session))

    def named_elsewhere(self, digests: frozenset[str], session: str) -> frozenset[str]:
        """Say which of these blobs an execution of another session names; with "", an execution of any."""
        with self._store.reading() as c:
            return named_in(_records(c, but=session), digests)

    def sessions_before(self, at_s: float) -> tuple[str, ...]:
        """Name the sessions with events of an earlier time that nobody waits for."""
        old = select(events.c.session).where(events.c.at_s < at_s).distinct().subquery()
        unread = exists().where(events.c.session == old.c.session, events.c.bucket == "open")
        unjudged = exists().where(executions.c.session == old.c.session, executions.c.state == State.OPEN.value)
        with self._store.reading() as c:
            return tuple(sorted(c.execute(select(old.c.session).where(~unread, ~unjudged)).scalars()))

    def sessions_between(self, since_s: float, until_s: float) -> tuple[str, ...]:
        """Name the sessions with events in this time."""
        there = select(events.c.session).where(events.c.at_s.between(since_s, until_s)).distinct()
        with self._store.reading() as c:
            return tuple(sorted(c.execute(there).scalars()))

    def remove_events(self, session: str, before_s: float) -> int:
        """Remove a session's events of an earlier time, and its executions that came to nothing; gives how many events.

        A judged execution stays: it is what its candidate was made of.
        """
        unheld = events.c.id.not_in(select(execution_events.c.event_id))
        late = select(func.count()).where(events.c.session == session, events.c.at_s >= before_s).scalar_subquery()
        with self._store.writing() as c:
            gone = delete(executions).where(
                executions.c.session == session, executions.c.state == State.NOISE.value, late == 0
            )
            if c.execute(gone).rowcount:
                # An event of another session that only those held waits for a new reading.
                c.execute(update(events).where(events.c.bucket == "execution", unheld).values(bucket="open"))
            return c.execute(delete(events).where(events.c.session == session, events.c.at_s < before_s)).rowcount

    def forget_uses(self, session: str, tools: tuple[str, ...]) -> int:
        """Remove the uses of these tools, and take the session's name off its uses of others; gives how many went."""
        with self._store.writing() as c:
            gone = c.execute(delete(usages).where(usages.c.tool.in_(each(tools)))).rowcount
            for table in (misses, reuse_misses, library_changes, verifications, showings):
                c.execute(delete(table).where(table.c.tool.in_(each(tools))))
            if session:
                for table in (searches, showings):
                    c.execute(delete(table).where(table.c.session == session))
                c.execute(update(usages).where(usages.c.session == session).values(session=""))
            return gone

    def compact(self) -> None:
        """Write the file anew, and empty its log."""
        self._store.compact()


def _records(c: Connection, *, session: str = "", but: str = "") -> Iterator[bytes]:
    wanted = select(executions.c.record, executions.c.proof, executions.c.stages)
    if session:
        wanted = wanted.where(executions.c.session == session)
    if but:
        wanted = wanted.where(executions.c.session != but)
    for row in c.execution_options(yield_per=_CHUNK).execute(wanted):
        yield b"\n".join((text or "").encode() for text in row)
