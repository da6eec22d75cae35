"""Records as rows and back: flat columns where something is asked by them, JSON for the rest.

In     Execution, Candidate, Proof                   or  a row as it was stored, by this or an older version
Out    values for a row                               or  the record; unreadable JSON raises CatalogDamaged
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import RowMapping

from skillstrata.adapters.catalog_faults import damaged
from skillstrata.records.candidates import Candidate, Source, StageNote, State
from skillstrata.records.executions import Execution
from skillstrata.records.proofs import Proof

_T = TypeVar("_T")
_EXECUTION = TypeAdapter(Execution)
_PROOF = TypeAdapter(Proof)
_STAGES = TypeAdapter(tuple[StageNote, ...])

Cell = str | float | int | None


def execution_row(execution: Execution) -> dict[str, Cell]:
    """Give the row of an execution nobody has judged."""
    return {
        "id": execution.id,
        "agent": execution.agent,
        "session": execution.session,
        "tool_use_id": execution.tool_use_id,
        "at_s": execution.at_s,
        "record": orjson.dumps(execution).decode(),
        "state": State.OPEN.value,
        "reason": "",
        "unshelve": "",
        "tool": "",
        "branch": "",
        "placement": "",
        "language": execution.language,
        "purpose": "",
        "body_digest": "",
        "stages": "[]",
        "proof": None,
    }


def judgement_columns(candidate: Candidate, proof: Proof | None) -> dict[str, Cell]:
    """Give the columns a judgement sets; who ran it and when are the execution's and stay."""
    return {
        "state": candidate.state.value,
        "reason": candidate.reason,
        "unshelve": candidate.unshelve,
        "tool": candidate.tool,
        "branch": candidate.branch,
        "placement": candidate.placement,
        "language": candidate.language,
        "purpose": candidate.purpose,
        "body_digest": candidate.body_digest,
        "stages": orjson.dumps(candidate.stages).decode(),
        # The standard library's JSON keeps infinities, which a measure may be; orjson would write null for them.
        "proof": None if proof is None else json.dumps(asdict(proof)),
    }


def execution_of(execution_id: str, text: str, path: Path) -> Execution:
    """Read an execution."""
    return _read(_EXECUTION, text, f"execution {execution_id!r}", path)


def proof_of(candidate_id: str, text: str, path: Path) -> Proof:
    """Read a proof."""
    return _read(_PROOF, text, f"proof of {candidate_id!r}", path)


def candidate_of(cell: RowMapping, path: Path) -> Candidate:
    """Read a candidate from the columns of executions, by name."""
    try:
        state = State(cell["state"])
    except ValueError as error:
        raise damaged(path, f"candidate {cell['id']!r} is in state {cell['state']!r}") from error
    return Candidate(
        id=cell["id"],
        state=state,
        source=Source(cell["agent"], cell["session"], cell["tool_use_id"]),
        reason=cell["reason"],
        unshelve=cell["unshelve"],
        tool=cell["tool"],
        branch=cell["branch"],
        placement=cell["placement"],
        language=cell["language"],
        purpose=cell["purpose"],
        body_digest=cell["body_digest"],
        at_s=cell["at_s"],
        stages=_read(_STAGES, cell["stages"], f"stages of {cell['id']!r}", path),
    )


def _read(adapter: TypeAdapter[_T], text: str, what: str, path: Path) -> _T:
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        raise damaged(path, f"{what}: {'.'.join(map(str, first['loc']))} {first['msg']}") from error
