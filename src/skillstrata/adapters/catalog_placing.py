"""The catalog's calls about placing: drafts that wait, misses of versions, questions put to a model; as SQL.

Why    a part of `catalog_sql`, which holds what events and executions come to
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.sqlite import insert

from skillstrata.adapters.catalog_faults import damaged
from skillstrata.adapters.catalog_rows import Cell
from skillstrata.adapters.catalog_store import CatalogStore
from skillstrata.adapters.catalog_tables import executions, judge_calls, misses, waiting_drafts
from skillstrata.records.candidates import Candidate, ProbeReport
from skillstrata.records.contracts import Contract, Signature
from skillstrata.records.drafts import Draft
from skillstrata.records.failures import CandidateUnknown
from skillstrata.records.proofs import Proof
from skillstrata.records.purposes import JudgeCall
from skillstrata.records.tools import Fixture, Miss
from skillstrata.records.waiting import WaitingDraft


@dataclass(frozen=True, slots=True)
class _Stored:
    """A waiting draft as JSON has it: bytes in base64, and the original text too, which may be no valid Unicode."""

    candidate: Candidate
    of: str
    draft: Draft
    proof: Proof
    probe: ProbeReport
    contract: Contract
    signature: Signature
    fixtures: tuple[tuple[Fixture, str], ...]
    further_files: tuple[tuple[str, str], ...]
    original: str


_STORED = TypeAdapter(_Stored)
_MISS = TypeAdapter(Miss)
_CALL = TypeAdapter(JudgeCall)


class SqlPlacing:
    """What placement keeps between passes."""

    def __init__(self, store: CatalogStore, path: Path) -> None:
        """Work on this store; `path` is for messages."""
        self._store = store
        self._path = path

    def save_waiting(self, waiting: WaitingDraft) -> None:
        """Keep a proven draft, replacing what was there for its candidate."""
        id_ = waiting.candidate.id
        row = {"candidate_id": id_, "record": draft_text(waiting)}
        with self._store.writing() as c:
            if c.execute(select(executions.c.id).where(executions.c.id == id_)).scalar() is None:
                raise CandidateUnknown(f"no candidate has the id {id_!r}", hint="`skillstrata candidates` lists them")
            c.execute(insert(waiting_drafts).prefix_with("OR REPLACE"), row)

    def waiting_ids(self) -> frozenset[str]:
        """Name the candidates whose drafts wait."""
        with self._store.reading() as c:
            return frozenset(c.execute(select(waiting_drafts.c.candidate_id)).scalars())

    def waiting_draft(self, candidate_id: str) -> WaitingDraft | None:
        """Give the draft of one candidate, None where none waits."""
        wanted = select(waiting_drafts.c.record).where(waiting_drafts.c.candidate_id == candidate_id)
        with self._store.reading() as c:
            text = c.execute(wanted).scalar()
        return None if text is None else draft_of(self._path, candidate_id, text)

    def waiting_drafts(self) -> tuple[WaitingDraft, ...]:
        """Give every draft that waits, by candidate."""
        wanted = select(waiting_drafts.c.candidate_id, waiting_drafts.c.record).order_by(waiting_drafts.c.candidate_id)
        with self._store.reading() as c:
            return tuple(draft_of(self._path, id_, text) for id_, text in c.execute(wanted))

    def add_miss(self, miss: Miss) -> None:
        """Record that a version failed; the same miss given twice counts once."""
        values: dict[str, Cell] = {**asdict(miss), "settled": 0}
        row = {**values, "digest": _digest(values), "settled": int(miss.settled)}
        with self._store.writing() as c:
            c.execute(insert(misses).on_conflict_do_nothing(), row)

    def misses(self, tool: str = "") -> tuple[Miss, ...]:
        """Give the misses of a tool, or of all, oldest first."""
        columns = [column for column in misses.c if column.name != "digest"]
        wanted = select(*columns).order_by(misses.c.at_s, misses.c.digest)
        if tool:
            wanted = wanted.where(misses.c.tool == tool)
        with self._store.reading() as c:
            return tuple(_MISS.validate_python(dict(row)) for row in c.execute(wanted).mappings())

    def settle_misses(self, like: Miss) -> int:
        """Mark the misses of the same version, input types and environment as settled; gives how many were not."""
        same = (
            (misses.c.tool == like.tool)
            & (misses.c.branch == like.branch)
            & (misses.c.version == like.version)
            & (misses.c.given == like.given)
            & (misses.c.environment == like.environment)
        )
        still = same & (misses.c.settled == 0)
        with self._store.reading() as c:
            # Nearly always there is none: a call need not wait for another writer to learn that.
            if c.execute(select(misses.c.tool).where(still).limit(1)).first() is None:
                return 0
        with self._store.writing() as c:
            return c.execute(update(misses).where(still).values(settled=1)).rowcount

    def add_judge_call(self, call: JudgeCall) -> None:
        """Record a question and how it ended."""
        values: dict[str, Cell] = asdict(call)
        with self._store.writing() as c:
            c.execute(insert(judge_calls).on_conflict_do_nothing(), {**values, "digest": _digest(values)})

    def judge_calls(self, *, since_s: float = 0.0, question: str = "") -> tuple[JudgeCall, ...]:
        """Give the questions from a time on, of one digest or all, oldest first."""
        columns: list[ColumnElement[str | float | int]] = [c for c in judge_calls.c if c.name != "digest"]
        wanted = select(*columns).where(judge_calls.c.at_s >= since_s)
        wanted = wanted.order_by(judge_calls.c.at_s, judge_calls.c.digest)
        if question:
            wanted = wanted.where(judge_calls.c.question == question)
        with self._store.reading() as c:
            return tuple(_CALL.validate_python(dict(row)) for row in c.execute(wanted).mappings())


def draft_of(path: Path, candidate_id: str, text: str) -> WaitingDraft:
    """Read a waiting draft; `path` is for the message."""
    try:
        found = _STORED.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise damaged(path, f"waiting draft of {candidate_id!r}: {where} {first['msg']}") from error
    return WaitingDraft(
        candidate=found.candidate,
        of=found.of,
        draft=replace(found.draft, original=base64.b64decode(found.original).decode("utf-8", "surrogatepass")),
        proof=found.proof,
        probe=found.probe,
        contract=found.contract,
        signature=found.signature,
        fixtures=tuple((fixture, base64.b64decode(data)) for fixture, data in found.fixtures),
        further_files=tuple((name, base64.b64decode(data)) for name, data in found.further_files),
    )


def draft_text(waiting: WaitingDraft) -> str:
    """Give a waiting draft as JSON."""
    stored = _Stored(
        candidate=waiting.candidate,
        of=waiting.of,
        draft=replace(waiting.draft, original=""),
        original=base64.b64encode(waiting.draft.original.encode("utf-8", "surrogatepass")).decode("ascii"),
        proof=waiting.proof,
        probe=waiting.probe,
        contract=waiting.contract,
        signature=waiting.signature,
        fixtures=tuple((fixture, base64.b64encode(data).decode("ascii")) for fixture, data in waiting.fixtures),
        further_files=tuple((name, base64.b64encode(data).decode("ascii")) for name, data in waiting.further_files),
    )
    # The standard library's JSON keeps infinities, which a measure may be.
    return json.dumps(_STORED.dump_python(stored, mode="json"))


def _digest(values: Mapping[str, Cell]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
