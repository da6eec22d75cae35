"""Seam: the index of events, candidates, proofs, placements and use."""

from dataclasses import dataclass
from typing import Protocol

from skillstrata.records.candidates import Accounting, Candidate, State
from skillstrata.records.events import Event
from skillstrata.records.executions import Execution, NoiseEvent
from skillstrata.records.imports import ReadMark
from skillstrata.records.proofs import Proof
from skillstrata.records.purposes import JudgeCall
from skillstrata.records.qualities import LibraryChange, LibraryHealth, ReuseMiss, SearchMade, Showing, Verification
from skillstrata.records.reviews import ReviewDecision
from skillstrata.records.tools import Miss, Quality, Usage
from skillstrata.records.waiting import WaitingDraft


@dataclass(frozen=True, slots=True)
class Pass:
    """One finished pass of the distiller: when it began and ended (epoch seconds) and what it judged."""

    started_at_s: float
    ended_at_s: float
    judged: int


@dataclass(frozen=True, slots=True)
class KnownCall:
    """A stored call: its name in any session (`Event.call`), the event that holds it, and that one's session.

    `ended` is False while its result is nowhere.
    """

    call: str
    event_id: str
    session: str
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed with a session: its events, and the executions with their candidates and proofs."""

    events: int
    executions: int


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
        """Say which of these event ids are stored already, calls that had not ended apart."""
        ...

    def unended_events(self, ids: tuple[str, ...]) -> frozenset[str]:
        """Say which of these event ids are stored as calls that had not ended."""
        ...

    def known_calls(self, calls: tuple[str, ...]) -> tuple[KnownCall, ...]:
        """Give the calls with these names; of several with one name an ended one, and of those the least event id."""
        ...

    def add_events(self, events: tuple[Event, ...]) -> None:
        """Index events as open; ids that are there already are left alone, but for a call that has ended by now."""
        ...

    def add_copies(self, copies: tuple[tuple[str, str], ...]) -> None:
        """Record that these sessions hold copies of calls of others: (session, id of the event that is stored)."""
        ...

    def copies(self, session: str) -> tuple[tuple[str, str], ...]:
        """Give the calls of others that a session holds copies of: (event id, the session it is stored in)."""
        ...

    def read_marks(self) -> tuple[ReadMark, ...]:
        """Give how far every history file was read."""
        ...

    def add_read_marks(self, marks: tuple[ReadMark, ...]) -> None:
        """Record how far files were read, replacing what was there for their paths."""
        ...

    def forget_session(self, session: str) -> Forgotten:
        """Remove a session's events, executions and candidates; no import brings them back."""
        ...

    def forgotten_sessions(self) -> frozenset[str]:
        """Name the sessions that were removed."""
        ...

    def sessions(self) -> tuple[str, ...]:
        """Name every session that has events or executions, sorted."""
        ...

    def session_digests(self, session: str) -> frozenset[str]:
        """Give the blobs that the executions of a session name."""
        ...

    def named_elsewhere(self, digests: frozenset[str], session: str) -> frozenset[str]:
        """Say which of these blobs an execution of another session names; with "", an execution of any."""
        ...

    def sessions_before(self, at_s: float) -> tuple[str, ...]:
        """Name the sessions with events of an earlier time, but those with something unread or not judged yet."""
        ...

    def sessions_between(self, since_s: float, until_s: float) -> tuple[str, ...]:
        """Name the sessions with events in this time, both ends included."""
        ...

    def remove_events(self, session: str, before_s: float) -> int:
        """Remove a session's events of an earlier time; gives how many.

        Executions that were judged stay with their story; those that were noise go with the session's last event.
        """
        ...

    def forget_uses(self, session: str, tools: tuple[str, ...]) -> int:
        """Remove the uses of these tools, and take the session's name off its uses of others; gives how many went."""
        ...

    def compact(self) -> None:
        """Give back the room of what was removed, and leave no byte of it; raises CatalogBusy."""
        ...

    def open_sessions(self) -> tuple[str, ...]:
        """Name the sessions that have events no reconstruction has read."""
        ...

    def save_reconstruction(
        self, session: str, executions: tuple[Execution, ...], noise: tuple[NoiseEvent, ...]
    ) -> None:
        """Store a session's executions (new ones as OPEN candidates) and give each of its events its bucket."""
        ...

    def set_aside(self, session: str, reason: str) -> int:
        """Make noise of a session's events that no reconstruction has read; gives how many. Judged ones stay."""
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
        """Record one call of a tool; it survives the death of this process, not always that of the machine.

        Nobody waits for another writer: what cannot be counted now is kept and counted with what is read next.
        """
        ...

    def usages(self, tool: str = "", *, newest: int = 0) -> tuple[Usage, ...]:
        """Give the calls of a tool, or of all, oldest first; with `newest` only so many of the last ones."""
        ...

    def quality(self, tool: str) -> Quality:
        """Sum up the calls of a tool."""
        ...

    def qualities(self) -> tuple[tuple[str, Quality], ...]:
        """Sum up the calls of every tool that was ever called, sorted by name."""
        ...

    def save_waiting(self, waiting: WaitingDraft) -> None:
        """Keep a proven draft until its candidate is stored as anything but open or pending."""
        ...

    def waiting_ids(self) -> frozenset[str]:
        """Name the candidates whose drafts wait; none of them is read."""
        ...

    def waiting_draft(self, candidate_id: str) -> WaitingDraft | None:
        """Give the draft of one candidate, None where none waits."""
        ...

    def waiting_drafts(self) -> tuple[WaitingDraft, ...]:
        """Give every proven draft that waits, by candidate."""
        ...

    def add_miss(self, miss: Miss) -> None:
        """Record that a version failed; the same miss given twice counts once."""
        ...

    def misses(self, tool: str = "") -> tuple[Miss, ...]:
        """Give the misses of a tool, or of all, oldest first; `forget_uses` takes those of its tools."""
        ...

    def settle_misses(self, like: Miss) -> int:
        """Mark the misses of the same version, input types and environment as settled; gives how many were not."""
        ...

    def add_judge_call(self, call: JudgeCall) -> None:
        """Record a question that was put to a model, and how it ended."""
        ...

    def judge_calls(self, *, since_s: float = 0.0, question: str = "") -> tuple[JudgeCall, ...]:
        """Give the questions from a time on, of one digest or all, oldest first."""
        ...

    def add_reuse_miss(self, miss: ReuseMiss) -> None:
        """Record that an agent wrote again what the library had; an execution has one miss, the last one given.

        Raises CandidateUnknown. It goes with the session of the execution.
        """
        ...

    def reuse_misses(self, tool: str = "") -> tuple[ReuseMiss, ...]:
        """Give these misses of a tool, or of all, oldest first."""
        ...

    def add_search(self, search: SearchMade) -> None:
        """Record a search for tools; it is left out where another process holds the catalog at this moment."""
        ...

    def searches(self, since_s: float, until_s: float) -> tuple[SearchMade, ...]:
        """Give the searches of a time, both ends included, oldest first."""
        ...

    def add_showings(self, showings: tuple[Showing, ...]) -> None:
        """Record tools that a session was shown without asking; the same one given twice counts once."""
        ...

    def showings(self, session: str) -> tuple[Showing, ...]:
        """Give what a session was shown, by tool."""
        ...

    def save_decision(self, decision: ReviewDecision, draft: WaitingDraft) -> None:
        """Store an answer of a person, with the draft it is about; raises CandidateUnknown. Goes with the session."""
        ...

    def decisions(self) -> tuple[ReviewDecision, ...]:
        """Give every answer, oldest first, those taken back too."""
        ...

    def decided_draft(self, decision_id: str) -> WaitingDraft | None:
        """Give the draft an answer is about."""
        ...

    def undo_decision(self, decision_id: str) -> None:
        """Mark an answer as taken back."""
        ...

    def add_change(self, change: LibraryChange) -> None:
        """Record a change of how a tool is offered; the same id given twice counts once. Goes with `forget_uses`."""
        ...

    def changes(self, tool: str = "") -> tuple[LibraryChange, ...]:
        """Give the changes of a tool, or of all, oldest first, those taken back too."""
        ...

    def undo_change(self, change_id: str) -> None:
        """Mark a change as taken back."""
        ...

    def add_verification(self, verification: Verification) -> None:
        """Record a verification, replacing the one of the same version in the same environment."""
        ...

    def verifications(self, tool: str = "") -> tuple[Verification, ...]:
        """Give the verifications of a tool, or of all, oldest first; they go with `forget_uses`."""
        ...

    def add_health(self, health: LibraryHealth) -> None:
        """Keep a picture of the library; the oldest go beyond some hundreds."""
        ...

    def healths(self) -> tuple[LibraryHealth, ...]:
        """Give the pictures of the library, oldest first."""
        ...

    def add_pass(self, done: Pass) -> None:
        """Record that a distilling pass finished."""
        ...

    def last_pass(self) -> Pass | None:
        """Give the newest finished pass."""
        ...
