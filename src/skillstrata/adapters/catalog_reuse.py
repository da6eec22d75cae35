"""The catalog's calls about reuse: uses, misses of reuse, searches, answers, changes, verifications, health; as SQL.

Why    a part of `catalog_sql`; what is written at every call of a tool is written by `catalog_quick` instead
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar, cast

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Select, Table, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from skillstrata.adapters.catalog_placing import draft_of, draft_text
from skillstrata.adapters.catalog_rows import Cell
from skillstrata.adapters.catalog_store import CatalogStore
from skillstrata.adapters.catalog_tables import (
    executions,
    health_snapshots,
    library_changes,
    reuse_misses,
    review_decisions,
    searches,
    showings,
    usages,
    verifications,
)
from skillstrata.records.contracts import Contract
from skillstrata.records.failures import CandidateUnknown
from skillstrata.records.qualities import LibraryChange, LibraryHealth, ReuseMiss, SearchMade, Showing, Verification
from skillstrata.records.reviews import ReviewDecision
from skillstrata.records.tools import Usage
from skillstrata.records.waiting import WaitingDraft

_T = TypeVar("_T")
_CONTRACT: TypeAdapter[Contract | None] = TypeAdapter(Contract | None)
_DECISION = TypeAdapter(ReviewDecision)
_MISS = TypeAdapter(ReuseMiss)
_CHANGE = TypeAdapter(LibraryChange)
_VERIFICATION = TypeAdapter(Verification)
_SEARCH = TypeAdapter(SearchMade)
_SHOWING = TypeAdapter(Showing)
_HEALTH = TypeAdapter(LibraryHealth)
_MOST_HEALTH = 400
_UsageRow = tuple[str, str, int, float, int, float, str, str, str, str, str]
_USAGE = ("tool", "branch", "version", "at_s", "ok", "ms", "surface", "project", "session", "failure", "person")


class SqlReuse:
    """What reuse shows, and what people and the gate decided."""

    def __init__(self, store: CatalogStore, path: Path) -> None:
        """Work on this store; `path` is for messages."""
        self._store = store
        self._path = path

    def usages(self, tool: str = "", *, newest: int = 0) -> tuple[Usage, ...]:
        """Give the calls of a tool, or of all, oldest first; with `newest` only so many of the last ones."""
        wanted = select(*(usages.c[name] for name in _USAGE))
        wanted = wanted.where(usages.c.tool == tool) if tool else wanted
        if newest:
            wanted = wanted.order_by(usages.c.at_s.desc(), usages.c.digest.desc()).limit(newest)
        else:
            wanted = wanted.order_by(usages.c.at_s, usages.c.digest)
        with self._store.reading() as c:
            rows = cast("Sequence[_UsageRow]", c.execute(wanted).all())
        # There may be hundreds of thousands: no check of each, for they were checked by whoever wrote them.
        found = tuple(
            Usage(name, branch, version, at_s, bool(ok), ms, surface, project, session, failure, person)
            for name, branch, version, at_s, ok, ms, surface, project, session, failure, person in rows
        )
        return found[::-1] if newest else found

    def add_reuse_miss(self, miss: ReuseMiss) -> None:
        """Record a miss; the one of an execution that has one already is replaced."""
        row: dict[str, Cell] = {**asdict(miss), "cause": miss.cause.value, "words": json.dumps(miss.words)}
        with self._store.writing() as c:
            if c.execute(select(executions.c.id).where(executions.c.id == miss.execution_id)).scalar() is None:
                raise CandidateUnknown(f"no candidate has the id {miss.execution_id!r}")
            c.execute(insert(reuse_misses).prefix_with("OR REPLACE"), row)

    def reuse_misses(self, tool: str = "") -> tuple[ReuseMiss, ...]:
        """Give the misses of a tool, or of all, oldest first."""
        wanted = _of(reuse_misses, tool).order_by(reuse_misses.c.at_s, reuse_misses.c.execution_id)
        return self._all(_MISS, wanted, "words")

    def searches(self, since_s: float, until_s: float) -> tuple[SearchMade, ...]:
        """Give the searches of a time, oldest first."""
        within = (searches.c.at_s >= since_s) & (searches.c.at_s <= until_s)
        wanted = _of(searches, "").where(within).order_by(searches.c.at_s, searches.c.digest)
        return self._all(_SEARCH, wanted, "words", "found")

    def showings(self, session: str) -> tuple[Showing, ...]:
        """Give what a session was shown, by tool."""
        wanted = select(showings).where(showings.c.session == session).order_by(showings.c.tool, showings.c.how)
        return self._all(_SHOWING, wanted)

    def save_decision(self, decision: ReviewDecision, draft: WaitingDraft) -> None:
        """Store an answer, with the draft it is about."""
        row: dict[str, Cell] = {
            **asdict(decision),
            "answer": decision.answer.value,
            "undone": int(decision.undone),
            "draft": draft_text(draft),
            "tool_contract": json.dumps(_CONTRACT.dump_python(decision.tool_contract, mode="json")),
            "branch_contract": json.dumps(_CONTRACT.dump_python(decision.branch_contract, mode="json")),
        }
        with self._store.writing() as c:
            if c.execute(select(executions.c.id).where(executions.c.id == decision.item)).scalar() is None:
                raise CandidateUnknown(f"no candidate has the id {decision.item!r}")
            c.execute(insert(review_decisions).prefix_with("OR REPLACE"), row)

    def decisions(self) -> tuple[ReviewDecision, ...]:
        """Give every answer, oldest first, those taken back too."""
        columns = [column for column in review_decisions.c if column.name != "draft"]
        wanted = select(*columns).order_by(review_decisions.c.at_s, review_decisions.c.id)
        return self._all(_DECISION, wanted, "tool_contract", "branch_contract")

    def decided_draft(self, decision_id: str) -> WaitingDraft | None:
        """Give the draft an answer is about."""
        wanted = select(review_decisions.c.item, review_decisions.c.draft).where(review_decisions.c.id == decision_id)
        with self._store.reading() as c:
            found = c.execute(wanted).one_or_none()
        return None if found is None else draft_of(self._path, found[0], found[1])

    def undo_decision(self, decision_id: str) -> None:
        """Mark an answer as taken back."""
        with self._store.writing() as c:
            c.execute(update(review_decisions).where(review_decisions.c.id == decision_id).values(undone=1))

    def add_change(self, change: LibraryChange) -> None:
        """Record a change; the same id given twice counts once."""
        row: dict[str, Cell] = {**asdict(change), "undone": int(change.undone)}
        with self._store.writing() as c:
            c.execute(insert(library_changes).on_conflict_do_nothing(), row)

    def changes(self, tool: str = "") -> tuple[LibraryChange, ...]:
        """Give the changes of a tool, or of all, oldest first, those taken back too."""
        return self._all(_CHANGE, _of(library_changes, tool).order_by(library_changes.c.at_s, library_changes.c.id))

    def undo_change(self, change_id: str) -> None:
        """Mark a change as taken back."""
        with self._store.writing() as c:
            c.execute(update(library_changes).where(library_changes.c.id == change_id).values(undone=1))

    def add_verification(self, verification: Verification) -> None:
        """Record a verification, replacing the one of the same version in the same environment."""
        row: dict[str, Cell] = {**asdict(verification), "ok": int(verification.ok)}
        with self._store.writing() as c:
            c.execute(insert(verifications).prefix_with("OR REPLACE"), row)

    def verifications(self, tool: str = "") -> tuple[Verification, ...]:
        """Give the verifications of a tool, or of all, oldest first."""
        columns = (verifications.c.at_s, *verifications.primary_key.columns)
        return self._all(_VERIFICATION, _of(verifications, tool).order_by(*columns))

    def add_health(self, health: LibraryHealth) -> None:
        """Keep a picture of the library; the oldest go beyond some hundreds."""
        kept = select(health_snapshots.c.at_s).order_by(health_snapshots.c.at_s.desc()).limit(_MOST_HEALTH)
        with self._store.writing() as c:
            row = {"at_s": health.at_s, "record": orjson.dumps(health).decode()}
            c.execute(insert(health_snapshots).prefix_with("OR REPLACE"), row)
            c.execute(delete(health_snapshots).where(health_snapshots.c.at_s.not_in(kept)))

    def healths(self) -> tuple[LibraryHealth, ...]:
        """Give the pictures, oldest first."""
        with self._store.reading() as c:
            found = c.execute(select(health_snapshots.c.record).order_by(health_snapshots.c.at_s)).scalars().all()
        return tuple(_HEALTH.validate_json(text) for text in found)

    def _all(self, adapter: TypeAdapter[_T], wanted: Select[*tuple[Cell, ...]], *texts: str) -> tuple[_T, ...]:
        with self._store.reading() as c:
            rows = c.execute(wanted).mappings().all()
        return tuple(
            adapter.validate_python({**row, **{name: json.loads(str(row[name])) for name in texts}}) for row in rows
        )


def _of(table: Table, tool: str) -> Select[*tuple[Cell, ...]]:
    wanted = select(*(column for column in table.c if column.name != "digest"))
    return wanted.where(table.c.tool == tool) if tool else wanted
