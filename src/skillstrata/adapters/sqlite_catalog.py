"""The catalog on one SQLite file, cheap to import and to make: nothing is opened before the first call.

Why    SQLAlchemy takes 0.17 s to import, more than half of what `skillstrata ls` may take. So it comes with the first
       call that needs it, and the one sum that listings and searches show is read with sqlite3 alone.
"""

import importlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, cast

from skillstrata.adapters.catalog_faults import HEAD, as_strata_error, is_refused
from skillstrata.adapters.catalog_quick import QuickWriter
from skillstrata.adapters.catalog_readonly import connect_readonly, is_unwritable
from skillstrata.ports.catalog import Forgotten, KnownCall, Pass
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

if TYPE_CHECKING:
    from skillstrata.adapters.catalog_sql import SqlCatalog

_SUMS = """
SELECT tool, count(*), sum(ok), count(DISTINCT nullif(project, ''))
FROM usages GROUP BY tool ORDER BY tool
"""


class SqliteCatalog:
    """Fulfils the Catalog port; `close` gives the file back. Safe for threads, not across a fork."""

    def __init__(self, path: Path, *, busy_s: float = 5.0) -> None:
        """Remember where the catalog lies; `busy_s` is how long a call waits for another writer."""
        self._path = path
        self._busy_s = busy_s
        self._made: SqlCatalog | None = None
        self._quick = QuickWriter(path, busy_s=busy_s, prepare=self._prepare)

    @property
    def _sql(self) -> "SqlCatalog":
        if self._made is None:
            module = importlib.import_module("skillstrata.adapters.catalog_sql")
            self._made = cast("SqlCatalog", module.SqlCatalog(self._path, busy_s=self._busy_s))
        return self._made

    def _prepare(self) -> None:
        self._sql.prepare()

    def close(self) -> None:
        """Give back the file; the next call opens it again."""
        self._quick.close()
        if self._made is not None:
            self._made.close()

    def known_events(self, ids: tuple[str, ...]) -> frozenset[str]:
        """Say which of these event ids are stored already, calls that had not ended apart."""
        return self._sql.histories.known_events(ids)

    def unended_events(self, ids: tuple[str, ...]) -> frozenset[str]:
        """Say which of these event ids are stored as calls that had not ended."""
        return self._sql.histories.unended_events(ids)

    def known_calls(self, calls: tuple[str, ...]) -> tuple[KnownCall, ...]:
        """Give the stored calls with these names."""
        return self._sql.histories.known_calls(calls)

    def add_events(self, events: tuple[Event, ...]) -> None:
        """Index events as open; ids that are there already are left alone, but for a call that has ended by now."""
        self._sql.histories.add_events(events)

    def add_copies(self, copies: tuple[tuple[str, str], ...]) -> None:
        """Record that sessions hold copies of calls of others."""
        self._sql.histories.add_copies(copies)

    def copies(self, session: str) -> tuple[tuple[str, str], ...]:
        """Give the calls of others that a session holds copies of."""
        return self._sql.histories.copies(session)

    def read_marks(self) -> tuple[ReadMark, ...]:
        """Give how far every history file was read."""
        return self._sql.histories.read_marks()

    def add_read_marks(self, marks: tuple[ReadMark, ...]) -> None:
        """Record how far files were read, replacing what was there for their paths."""
        self._sql.histories.add_read_marks(marks)

    def forget_session(self, session: str) -> Forgotten:
        """Remove a session's events, executions and candidates; no import brings them back."""
        self._quick.settle_late(wait=True)
        return self._sql.histories.forget_session(session)

    def forgotten_sessions(self) -> frozenset[str]:
        """Name the sessions that were removed."""
        return self._sql.histories.forgotten_sessions()

    def sessions(self) -> tuple[str, ...]:
        """Name every session that has events or executions, sorted."""
        return self._sql.forgetting.sessions()

    def session_digests(self, session: str) -> frozenset[str]:
        """Give the blobs that the executions of a session name."""
        return self._sql.forgetting.session_digests(session)

    def named_elsewhere(self, digests: frozenset[str], session: str) -> frozenset[str]:
        """Say which of these blobs an execution of another session names; with "", an execution of any."""
        return self._sql.forgetting.named_elsewhere(digests, session)

    def sessions_before(self, at_s: float) -> tuple[str, ...]:
        """Name the sessions with events of an earlier time that nobody waits for."""
        return self._sql.forgetting.sessions_before(at_s)

    def sessions_between(self, since_s: float, until_s: float) -> tuple[str, ...]:
        """Name the sessions with events in this time."""
        return self._sql.forgetting.sessions_between(since_s, until_s)

    def remove_events(self, session: str, before_s: float) -> int:
        """Remove a session's events of an earlier time; what was judged of them stays."""
        return self._sql.forgetting.remove_events(session, before_s)

    def forget_uses(self, session: str, tools: tuple[str, ...]) -> int:
        """Remove the uses of these tools, and take the session's name off its uses of others."""
        self._quick.settle_late(wait=True)
        return self._sql.forgetting.forget_uses(session, tools)

    def compact(self) -> None:
        """Give back the room of what was removed, and leave no byte of it."""
        self._sql.forgetting.compact()

    def open_sessions(self) -> tuple[str, ...]:
        """Name the sessions that have events no reconstruction has read, longest waiting first."""
        return self._sql.open_sessions()

    def save_reconstruction(
        self, session: str, executions: tuple[Execution, ...], noise: tuple[NoiseEvent, ...]
    ) -> None:
        """Store a session's executions and give each of its events its bucket."""
        self._sql.save_reconstruction(session, executions, noise)

    def set_aside(self, session: str, reason: str) -> int:
        """Make noise of a session's events that no reconstruction has read; gives how many."""
        return self._sql.histories.set_aside(session, reason)

    def open_executions(self) -> tuple[Execution, ...]:
        """Give every execution not judged yet, oldest first."""
        return self._sql.open_executions()

    def execution(self, execution_id: str) -> Execution:
        """Give one execution; raises CandidateUnknown."""
        return self._sql.execution(execution_id)

    def save_candidate(self, candidate: Candidate, proof: Proof | None = None) -> None:
        """Store a candidate's state, story and proof; who ran it and when stay the execution's."""
        self._sql.save_candidate(candidate, proof)

    def candidates(self, state: State | None = None) -> tuple[Candidate, ...]:
        """Give candidates, oldest first, of one state or all."""
        return self._sql.candidates(state)

    def candidate(self, candidate_id: str) -> Candidate:
        """Give one candidate by its id or an unambiguous prefix; raises CandidateUnknown."""
        return self._sql.candidate(candidate_id)

    def proof(self, candidate_id: str) -> Proof | None:
        """Give the proof of a candidate, None if it never got that far."""
        return self._sql.proof(candidate_id)

    def reopen(self, candidate_ids: tuple[str, ...]) -> int:
        """Set shelved candidates back to OPEN; gives how many changed."""
        return self._sql.reopen(candidate_ids)

    def accounting(self) -> Accounting:
        """Count everything, afresh."""
        return self._sql.accounting()

    def add_usage(self, usage: Usage) -> None:
        """Record one call of a tool; the same call given twice counts once."""
        self._quick.add_usage(usage)

    def usages(self, tool: str = "", *, newest: int = 0) -> tuple[Usage, ...]:
        """Give the calls of a tool, or of all, oldest first; with `newest` only so many of the last ones."""
        self._quick.settle_late()
        return self._sql.reuse.usages(tool, newest=newest)

    def quality(self, tool: str) -> Quality:
        """Sum up the calls of a tool."""
        return dict(self.qualities()).get(tool, Quality())

    def qualities(self) -> tuple[tuple[str, Quality], ...]:
        """Sum up the calls of every tool that was ever called, sorted by name."""
        if not self._path.exists():
            return ()
        self._quick.settle_late()
        sums = self._glance()
        if sums is None:
            # Of another format: the whole catalog migrates it, or says what is wrong with it.
            self._sql.prepare()
            sums = self._glance()
        return sums or ()

    def _glance(self) -> tuple[tuple[str, Quality], ...] | None:
        try:
            return self._glanced()
        except sqlite3.Error as error:
            raise as_strata_error(error, self._path) from error

    def _glanced(self) -> tuple[tuple[str, Quality], ...] | None:
        if not is_unwritable(self._path):
            try:
                with closing(sqlite3.connect(self._path, timeout=self._busy_s)) as connection:
                    return _sums(connection)
            except sqlite3.Error as error:
                # SQLite makes files beside the catalog even to read it, and a full disk has no room for them.
                if not is_refused(error):
                    raise
        with closing(connect_readonly(self._path, busy_s=self._busy_s)) as connection:
            return _sums(connection)

    def save_waiting(self, waiting: WaitingDraft) -> None:
        """Keep a proven draft until it has its place."""
        self._sql.placing.save_waiting(waiting)

    def waiting_ids(self) -> frozenset[str]:
        """Name the candidates whose drafts wait."""
        return self._sql.placing.waiting_ids()

    def waiting_draft(self, candidate_id: str) -> WaitingDraft | None:
        """Give the draft of one candidate, None where none waits."""
        return self._sql.placing.waiting_draft(candidate_id)

    def waiting_drafts(self) -> tuple[WaitingDraft, ...]:
        """Give every proven draft that waits, by candidate."""
        return self._sql.placing.waiting_drafts()

    def add_miss(self, miss: Miss) -> None:
        """Record that a version failed."""
        self._sql.placing.add_miss(miss)

    def misses(self, tool: str = "") -> tuple[Miss, ...]:
        """Give the misses of a tool, or of all, oldest first."""
        return self._sql.placing.misses(tool)

    def settle_misses(self, like: Miss) -> int:
        """Mark the misses of the same version, input types and environment as settled."""
        return self._sql.placing.settle_misses(like)

    def add_judge_call(self, call: JudgeCall) -> None:
        """Record a question that was put to a model."""
        self._sql.placing.add_judge_call(call)

    def judge_calls(self, *, since_s: float = 0.0, question: str = "") -> tuple[JudgeCall, ...]:
        """Give the questions from a time on, of one digest or all, oldest first."""
        return self._sql.placing.judge_calls(since_s=since_s, question=question)

    def add_reuse_miss(self, miss: ReuseMiss) -> None:
        """Record that an agent wrote again what the library had."""
        self._sql.reuse.add_reuse_miss(miss)

    def reuse_misses(self, tool: str = "") -> tuple[ReuseMiss, ...]:
        """Give these misses of a tool, or of all, oldest first."""
        return self._sql.reuse.reuse_misses(tool)

    def add_search(self, search: SearchMade) -> None:
        """Record a search for tools, unless another process holds the catalog at this moment."""
        self._quick.add_search(search)

    def searches(self, since_s: float, until_s: float) -> tuple[SearchMade, ...]:
        """Give the searches of a time, oldest first."""
        return self._sql.reuse.searches(since_s, until_s)

    def add_showings(self, showings: tuple[Showing, ...]) -> None:
        """Record what a session was shown."""
        self._quick.add_showings(showings)

    def showings(self, session: str) -> tuple[Showing, ...]:
        """Give what a session was shown, by tool."""
        return self._sql.reuse.showings(session)

    def save_decision(self, decision: ReviewDecision, draft: WaitingDraft) -> None:
        """Store an answer of a person, with the draft it is about."""
        self._sql.reuse.save_decision(decision, draft)

    def decisions(self) -> tuple[ReviewDecision, ...]:
        """Give every answer, oldest first, those taken back too."""
        return self._sql.reuse.decisions()

    def decided_draft(self, decision_id: str) -> WaitingDraft | None:
        """Give the draft an answer is about."""
        return self._sql.reuse.decided_draft(decision_id)

    def undo_decision(self, decision_id: str) -> None:
        """Mark an answer as taken back."""
        self._sql.reuse.undo_decision(decision_id)

    def add_change(self, change: LibraryChange) -> None:
        """Record a change of how a tool is offered."""
        self._sql.reuse.add_change(change)

    def changes(self, tool: str = "") -> tuple[LibraryChange, ...]:
        """Give the changes of a tool, or of all, oldest first, those taken back too."""
        return self._sql.reuse.changes(tool)

    def undo_change(self, change_id: str) -> None:
        """Mark a change as taken back."""
        self._sql.reuse.undo_change(change_id)

    def add_verification(self, verification: Verification) -> None:
        """Record a verification, replacing the one of the same version in the same environment."""
        self._sql.reuse.add_verification(verification)

    def verifications(self, tool: str = "") -> tuple[Verification, ...]:
        """Give the verifications of a tool, or of all, oldest first."""
        return self._sql.reuse.verifications(tool)

    def add_health(self, health: LibraryHealth) -> None:
        """Keep a picture of the library."""
        self._sql.reuse.add_health(health)

    def healths(self) -> tuple[LibraryHealth, ...]:
        """Give the pictures of the library, oldest first."""
        return self._sql.reuse.healths()

    def add_pass(self, done: Pass) -> None:
        """Record that a distilling pass finished."""
        self._sql.add_pass(done)

    def last_pass(self) -> Pass | None:
        """Give the newest finished pass."""
        return self._sql.last_pass()


def _sums(connection: sqlite3.Connection) -> tuple[tuple[str, Quality], ...] | None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "alembic_version" not in tables:
        return None
    stored = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if stored is None or stored[0] != HEAD:
        return None
    return tuple(
        (tool, Quality(runs, ok, projects, ok / runs)) for tool, runs, ok, projects in connection.execute(_SUMS)
    )
