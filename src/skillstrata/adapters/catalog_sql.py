"""The catalog's calls as SQL, each one transaction.

Why    the bucket of an event is worked out anew from the stored links whenever a session is read, so that no order of
       calls can leave an event both noise and part of an execution
"""

from dataclasses import asdict
from pathlib import Path

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    bindparam,
    delete,
    distinct,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from skillstrata.adapters.catalog_forget import SqlForgetting
from skillstrata.adapters.catalog_histories import SqlHistories, each
from skillstrata.adapters.catalog_placing import SqlPlacing
from skillstrata.adapters.catalog_reuse import SqlReuse
from skillstrata.adapters.catalog_rows import (
    candidate_of,
    execution_of,
    execution_row,
    judgement_columns,
    proof_of,
)
from skillstrata.adapters.catalog_store import CatalogStore
from skillstrata.adapters.catalog_tables import (
    events,
    execution_events,
    executions,
    passes,
    waiting_drafts,
)
from skillstrata.ports.catalog import Pass
from skillstrata.records.candidates import Accounting, Candidate, ExecutionCounts, State
from skillstrata.records.executions import Execution, NoiseEvent
from skillstrata.records.failures import CandidateUnknown
from skillstrata.records.proofs import Proof

_LEFT = (State.OPEN.value, State.NOISE.value)
# A proven draft waits for its place in these; in any other state nothing waits.
_WAITING = (State.OPEN, State.PENDING)
# What an execution is, as opposed to what was judged about it.
_READING = ("agent", "session", "tool_use_id", "at_s", "record")
_SHOWN = 5


class SqlCatalog:
    """The Catalog port on SQLite, through SQLAlchemy."""

    def __init__(self, path: Path, *, busy_s: float) -> None:
        """Open nothing yet."""
        self._path = path
        self._store = CatalogStore(path, busy_s=busy_s)
        self.histories = SqlHistories(self._store)
        self.forgetting = SqlForgetting(self._store)
        self.placing = SqlPlacing(self._store, path)
        self.reuse = SqlReuse(self._store, path)

    def prepare(self) -> None:
        """Open the file and bring it to the newest format, if that was not done yet."""
        with self._store.reading():
            pass

    def close(self) -> None:
        """Give back the file."""
        self._store.close()

    def open_sessions(self) -> tuple[str, ...]:
        """Name the sessions that have events no reconstruction has read, longest waiting first."""
        waiting = (
            select(events.c.session)
            .where(events.c.bucket == "open")
            .group_by(events.c.session)
            .order_by(func.min(events.c.at_s), events.c.session)
        )
        with self._store.reading() as c:
            return tuple(c.execute(waiting).scalars())

    def save_reconstruction(self, session: str, found: tuple[Execution, ...], noise: tuple[NoiseEvent, ...]) -> None:
        """Store a session's executions and give each of its events its bucket."""
        ids = tuple(execution.id for execution in found)
        with self._store.writing() as c:
            linked_before = _linked(c, session)
            c.execute(
                delete(executions).where(
                    executions.c.session == session, executions.c.state.in_(_LEFT), executions.c.id.not_in(each(ids))
                )
            )
            _store_executions(c, found)
            _rebucket(c, session, noise, linked_before)

    def open_executions(self) -> tuple[Execution, ...]:
        """Give every execution not judged yet, oldest first."""
        waiting = (
            select(executions.c.id, executions.c.record)
            .where(executions.c.state == State.OPEN.value)
            .order_by(executions.c.at_s, executions.c.id)
        )
        with self._store.reading() as c:
            return tuple(execution_of(id_, text, self._path) for id_, text in c.execute(waiting))

    def execution(self, execution_id: str) -> Execution:
        """Give one execution."""
        with self._store.reading() as c:
            text = c.execute(select(executions.c.record).where(executions.c.id == execution_id)).scalar()
        if text is None:
            raise unknown(execution_id)
        return execution_of(execution_id, text, self._path)

    def save_candidate(self, candidate: Candidate, proof: Proof | None = None) -> None:
        """Store a judgement, its story and its proof."""
        judged = update(executions).where(executions.c.id == candidate.id).values(judgement_columns(candidate, proof))
        with self._store.writing() as c:
            if c.execute(judged).rowcount == 0:
                raise unknown(candidate.id)
            if candidate.state not in _WAITING:
                c.execute(delete(waiting_drafts).where(waiting_drafts.c.candidate_id == candidate.id))

    def candidates(self, state: State | None = None) -> tuple[Candidate, ...]:
        """Give candidates, oldest first, of one state or all."""
        wanted = _candidate_columns().order_by(executions.c.at_s, executions.c.id)
        if state is not None:
            wanted = wanted.where(executions.c.state == state.value)
        with self._store.reading() as c:
            return tuple(candidate_of(row, self._path) for row in c.execute(wanted).mappings())

    def candidate(self, candidate_id: str) -> Candidate:
        """Give one candidate by its id or an unambiguous prefix."""
        begins = (executions.c.id >= candidate_id) & (executions.c.id < candidate_id + "\U0010ffff")
        wanted = _candidate_columns().where(or_(executions.c.id == candidate_id, begins))
        with self._store.reading() as c:
            rows = c.execute(wanted.order_by(executions.c.id).limit(_SHOWN)).mappings().all()
        # Sorted by id, so an exact match stands first; an empty prefix names nothing.
        if not rows or not candidate_id or (len(rows) > 1 and rows[0]["id"] != candidate_id):
            raise unknown(candidate_id, tuple(row["id"] for row in rows))
        return candidate_of(rows[0], self._path)

    def proof(self, candidate_id: str) -> Proof | None:
        """Give the proof of a candidate, None if it never got that far."""
        with self._store.reading() as c:
            text = c.execute(select(executions.c.proof).where(executions.c.id == candidate_id)).scalar()
        return None if text is None else proof_of(candidate_id, text, self._path)

    def reopen(self, candidate_ids: tuple[str, ...]) -> int:
        """Set shelved candidates back to OPEN; gives how many changed."""
        shelved = (executions.c.id.in_(each(candidate_ids))) & (executions.c.state == State.SHELVED.value)
        freed = update(executions).where(shelved).values(state=State.OPEN.value, reason="", unshelve="")
        with self._store.writing() as c:
            return c.execute(freed).rowcount

    def accounting(self) -> Accounting:
        """Count everything, afresh."""
        twice = select(func.count(distinct(events.c.id))).where(
            events.c.bucket == "noise", events.c.id.in_(select(execution_events.c.event_id))
        )
        with self._store.reading() as c:
            total_events = c.execute(select(func.count()).select_from(events)).scalar_one()
            total = c.execute(select(func.count()).select_from(executions)).scalar_one()
            both = c.execute(twice).scalar_one()
            buckets = _tally(c, events.c.bucket)
            states = _tally(c, executions.c.state)
        counts = ExecutionCounts(**{state.value: states.get(state.value, 0) for state in State}, total=total)
        noise, inside, waiting = (buckets.get(name, 0) for name in ("noise", "execution", "open"))
        by_state = sum(asdict(counts).values()) - total
        return Accounting(
            events=total_events,
            noise_events=noise,
            execution_events=inside,
            open_events=waiting,
            executions=counts,
            balanced=total_events == noise + inside + waiting and by_state == total and both == 0,
        )

    def add_pass(self, done: Pass) -> None:
        """Record that a distilling pass finished."""
        with self._store.writing() as c:
            c.execute(insert(passes).prefix_with("OR REPLACE"), asdict(done))

    def last_pass(self) -> Pass | None:
        """Give the newest finished pass."""
        newest = select(passes).order_by(passes.c.ended_at_s.desc(), passes.c.started_at_s.desc()).limit(1)
        with self._store.reading() as c:
            row = c.execute(newest).one_or_none()
        return None if row is None else Pass(*row)


def unknown(candidate_id: str, near: tuple[str, ...] = ()) -> CandidateUnknown:
    """Say that no, or more than one, candidate has this id."""
    if near and candidate_id:
        return CandidateUnknown(
            f"{candidate_id!r} begins more than one candidate id: {', '.join(near)}", hint="give more of the id"
        )
    return CandidateUnknown(f"no candidate has the id {candidate_id!r}", hint="`skillstrata candidates` lists them")


def _tally(c: Connection, column: ColumnElement[str]) -> dict[str, int]:
    return {name: count for name, count in c.execute(select(column, func.count()).group_by(column))}


def _candidate_columns() -> Select[*tuple[str, ...]]:
    columns = [column for column in executions.c if column.name not in {"record", "proof"}]
    return select(*columns)


def _linked(c: Connection, session: str) -> tuple[str, ...]:
    """Name the events that the session's executions hold."""
    links = (
        select(execution_events.c.event_id)
        .join(executions, executions.c.id == execution_events.c.execution_id)
        .where(executions.c.session == session)
        .distinct()
    )
    return tuple(c.execute(links).scalars())


def _store_executions(c: Connection, found: tuple[Execution, ...]) -> None:
    if not found:
        return
    fresh = insert(executions)
    again = fresh.on_conflict_do_update(index_elements=["id"], set_={name: fresh.excluded[name] for name in _READING})
    c.execute(again, [execution_row(execution) for execution in found])
    c.execute(delete(execution_events).where(execution_events.c.execution_id.in_(each(tuple(e.id for e in found)))))
    links = [{"execution_id": e.id, "event_id": event_id} for e in found for event_id in dict.fromkeys(e.event_ids)]
    if links:
        c.execute(insert(execution_events).on_conflict_do_nothing(), links)


def _rebucket(c: Connection, session: str, noise: tuple[NoiseEvent, ...], linked_before: tuple[str, ...]) -> None:
    touched = dict.fromkeys((*linked_before, *_linked(c, session), *(n.event_id for n in noise)))
    concerned = or_(events.c.session == session, events.c.id.in_(each(tuple(touched))))
    c.execute(update(events).where(concerned).values(bucket="open", reason=""))
    if noise:
        one = events.c.id == bindparam("event", type_=String)
        quiet = update(events).where(one).values(bucket="noise", reason=bindparam("because", type_=String))
        c.execute(quiet, [{"event": n.event_id, "because": n.reason} for n in noise])
    inside = events.c.id.in_(select(execution_events.c.event_id))
    c.execute(update(events).where(concerned, inside).values(bucket="execution", reason=""))
