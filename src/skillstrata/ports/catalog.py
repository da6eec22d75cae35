"""Seam: the index of events, candidates, proofs, placements and use."""

from dataclasses import dataclass
from typing import Protocol

from skillstrata.records.candidates import Accounting, Candidate, State
from skillstrata.records.events import Event
from skillstrata.records.executions import Execution, NoiseEvent
from skillstrata.records.proofs import Proof
from skillstrata.records.tools import Quality, Usage


@dataclass(frozen=True, slots=True)
class Pass:
    """One finished pass of the distiller: when it began and ended (epoch seconds) and what it judged."""

    started_at_s: float
    ended_at_s: float
    judged: int


class Catalog(Protocol):
    """The index over everything, one transaction a call.

    Promises, checked by tests/contracts/test_catalog.py:
      - every method is atomic and idempotent; a second process on the same store waits or raises CatalogBusy,
        never corrupts;
      - `accounting` is computed from what is stored, and balances after any sequence of calls;
      - a store that cannot be written is still read, and every call that would write raises StoreFull;
      - an execution that was judged stays judged when its session is read again, unless `reopen` was called.
    """

    def known_events(self, ids: tuple[str, ...]) -> frozenset[str]:
        """Say which of these event ids are stored already."""
        ...

    def add_events(self, events: tuple[Event, ...]) -> None:
        """Index events as open; ids that are there already are left alone."""
        ...

    def open_sessions(self) -> tuple[str, ...]:
        """Name the sessions that have events no reconstruction has read."""
        ...

    def save_reconstruction(
        self, session: str, executions: tuple[Execution, ...], noise: tuple[NoiseEvent, ...]
    ) -> None:
        """Store a session's executions (new ones as OPEN candidates) and give each of its events its bucket."""
        ...

    def open_executions(self) -> tuple[Execution, ...]:
        """Give every execution not judged yet, oldest first."""
        ...

    def execution(self, execution_id: str) -> Execution:
        """Give one execution; raises CandidateUnknown."""
        ...

    def save_candidate(self, candidate: Candidate, proof: Proof | None = None) -> None:
        """Store a candidate's state, story and proof, replacing what was there for its id."""
        ...

    def candidates(self, state: State | None = None) -> tuple[Candidate, ...]:
        """Give candidates, oldest first, of one state or all."""
        ...

    def candidate(self, candidate_id: str) -> Candidate:
        """Give one candidate by its id or an unambiguous prefix; raises CandidateUnknown."""
        ...

    def proof(self, candidate_id: str) -> Proof | None:
        """Give the proof of a candidate, None if it never got that far."""
        ...

    def reopen(self, candidate_ids: tuple[str, ...]) -> int:
        """Set shelved candidates back to OPEN; gives how many changed."""
        ...

    def accounting(self) -> Accounting:
        """Count everything, afresh."""
        ...

    def add_usage(self, usage: Usage) -> None:
        """Record one call of a tool."""
        ...

    def quality(self, tool: str) -> Quality:
        """Sum up the calls of a tool."""
        ...

    def qualities(self) -> tuple[tuple[str, Quality], ...]:
        """Sum up the calls of every tool that was ever called, sorted by name."""
        ...

    def add_pass(self, done: Pass) -> None:
        """Record that a distilling pass finished."""
        ...

    def last_pass(self) -> Pass | None:
        """Give the newest finished pass."""
        ...
