"""A Catalog in dictionaries: the model the stored one is held to, and what tests of use cases take."""

from collections.abc import Callable
from dataclasses import replace

from skillstrata.ports.catalog import Forgotten, KnownCall, Pass
from skillstrata.records.candidates import Accounting, Candidate, ExecutionCounts, Source, State
from skillstrata.records.events import Event
from skillstrata.records.executions import Execution, NoiseEvent
from skillstrata.records.failures import CandidateUnknown
from skillstrata.records.imports import ReadMark
from skillstrata.records.proofs import Proof
from skillstrata.records.purposes import JudgeCall
from skillstrata.records.qualities import LibraryChange, LibraryHealth, ReuseMiss, SearchMade, Showing, Verification
from skillstrata.records.reviews import ReviewDecision
from skillstrata.records.tools import Miss, Quality, Usage
from skillstrata.records.waiting import WaitingDraft

_LEFT = {State.OPEN, State.NOISE}


class MemoryCatalog:
    """Forgets everything with the process; passes tests/contracts/test_catalog.py."""

    def __init__(self) -> None:
        self._events: dict[str, Event] = {}
        self._buckets: dict[str, str] = {}
        self._executions: dict[str, Execution] = {}
        self._candidates: dict[str, Candidate] = {}
        self._proofs: dict[str, Proof] = {}
        self._usages: dict[Usage, None] = {}
        self._passes: dict[tuple[float, float], Pass] = {}
        self._copies: dict[tuple[str, str], None] = {}
        self._marks: dict[str, ReadMark] = {}
        self._forgotten: set[str] = set()
        self._waiting: dict[str, WaitingDraft] = {}
        self._misses: dict[Miss, None] = {}
        self._judge_calls: dict[JudgeCall, None] = {}
        self._reuse_misses: dict[str, ReuseMiss] = {}
        self._searches: dict[SearchMade, None] = {}
        self._showings: dict[tuple[str, str, str], Showing] = {}
        self._decisions: dict[str, tuple[ReviewDecision, WaitingDraft]] = {}
        self._changes: dict[str, LibraryChange] = {}
        self._verifications: dict[tuple[str, str, int, str], Verification] = {}
        self._healths: dict[float, LibraryHealth] = {}

    def known_events(self, ids: tuple[str, ...]) -> frozenset[str]:
        return frozenset(id_ for id_ in ids if id_ in self._events and self._events[id_].ended)

    def unended_events(self, ids: tuple[str, ...]) -> frozenset[str]:
        return frozenset(id_ for id_ in ids if id_ in self._events and not self._events[id_].ended)

    def known_calls(self, calls: tuple[str, ...]) -> tuple[KnownCall, ...]:
        found: dict[str, KnownCall] = {}
        for event in sorted(self._events.values(), key=lambda e: (not e.ended, e.id)):
            if event.call and event.call in calls:
                found.setdefault(event.call, KnownCall(event.call, event.id, event.session, event.ended))
        return tuple(sorted(found.values(), key=lambda known: known.call))

    def add_events(self, events: tuple[Event, ...]) -> None:
        for event in events:
            known = self._events.get(event.id)
            if known is None or (event.ended and not known.ended):
                self._events[event.id] = event
                self._buckets[event.id] = "open"

    def add_copies(self, copies: tuple[tuple[str, str], ...]) -> None:
        self._copies.update(dict.fromkeys(copies))

    def copies(self, session: str) -> tuple[tuple[str, str], ...]:
        ids = sorted(id_ for holder, id_ in self._copies if holder == session and id_ in self._events)
        return tuple((id_, self._events[id_].session) for id_ in ids)

    def read_marks(self) -> tuple[ReadMark, ...]:
        return tuple(self._marks[path] for path in sorted(self._marks))

    def add_read_marks(self, marks: tuple[ReadMark, ...]) -> None:
        self._marks.update((mark.path, mark) for mark in marks)

    def forget_session(self, session: str) -> Forgotten:
        events = [id_ for id_, event in self._events.items() if event.session == session]
        executions = [id_ for id_, execution in self._executions.items() if execution.session == session]
        for id_ in executions:
            del self._executions[id_], self._candidates[id_]
            self._proofs.pop(id_, None)
            self._reuse_misses.pop(id_, None)
        self._decisions = {id_: one for id_, one in self._decisions.items() if one[0].item not in executions}
        for id_ in events:
            del self._events[id_], self._buckets[id_]
        self._copies = {pair: None for pair in self._copies if pair[0] != session and pair[1] not in events}
        held = {event_id for e in self._executions.values() for event_id in e.event_ids}
        for id_, bucket in self._buckets.items():
            if bucket == "execution" and id_ not in held:
                self._buckets[id_] = "open"
        self._forgotten.add(session)
        return Forgotten(len(events), len(executions))

    def forgotten_sessions(self) -> frozenset[str]:
        return frozenset(self._forgotten)

    def sessions(self) -> tuple[str, ...]:
        held = (*self._events.values(), *self._executions.values())
        return tuple(sorted({one.session for one in held}))

    def session_digests(self, session: str) -> frozenset[str]:
        return self._named(lambda holder: holder == session)

    def named_elsewhere(self, digests: frozenset[str], session: str) -> frozenset[str]:
        return digests & self._named(lambda holder: holder != session)

    def _named(self, wanted: Callable[[str], bool]) -> frozenset[str]:
        found: set[str] = set()
        for execution in self._executions.values():
            if wanted(execution.session):
                found |= {snapshot.digest for snapshot in execution.snapshots if snapshot.digest}
                proof = self._proofs.get(execution.id)
                found |= {d for run in (proof.runs if proof else ()) for d in (run.input_digest, run.output_digest)}
        return frozenset(found - {""})

    def sessions_before(self, at_s: float) -> tuple[str, ...]:
        old = {event.session for event in self._events.values() if event.at_s < at_s}
        waiting = {self._executions[c.id].session for c in self.candidates(State.OPEN)}
        return tuple(sorted(old - waiting - set(self.open_sessions())))

    def sessions_between(self, since_s: float, until_s: float) -> tuple[str, ...]:
        return tuple(sorted({e.session for e in self._events.values() if since_s <= e.at_s <= until_s}))

    def remove_events(self, session: str, before_s: float) -> int:
        ours = [event for event in self._events.values() if event.session == session]
        gone = [event.id for event in ours if event.at_s < before_s]
        for id_ in gone:
            del self._events[id_], self._buckets[id_]
        quiet = [c.id for c in self.candidates(State.NOISE) if self._executions[c.id].session == session]
        if len(gone) == len(ours):
            for id_ in quiet:
                del self._executions[id_], self._candidates[id_]
        return len(gone)

    def forget_uses(self, session: str, tools: tuple[str, ...]) -> int:
        gone = [usage for usage in self._usages if usage.tool in tools]
        kept = [usage for usage in self._usages if usage.tool not in tools]
        self._misses = {m: None for m in self._misses if m.tool not in tools}
        self._reuse_misses = {k: m for k, m in self._reuse_misses.items() if m.tool not in tools}
        self._changes = {k: c for k, c in self._changes.items() if c.tool not in tools}
        self._verifications = {k: v for k, v in self._verifications.items() if v.tool not in tools}
        ours = session or None
        self._searches = {s: None for s in self._searches if s.session != ours}
        self._showings = {k: s for k, s in self._showings.items() if s.session != ours and s.tool not in tools}
        self._usages = {replace(u, session="") if session and u.session == session else u: None for u in kept}
        return len(gone)

    def compact(self) -> None:
        return None

    def open_sessions(self) -> tuple[str, ...]:
        oldest: dict[str, float] = {}
        for id_, bucket in self._buckets.items():
            if bucket == "open":
                event = self._events[id_]
                oldest[event.session] = min(event.at_s, oldest.get(event.session, event.at_s))
        return tuple(sorted(oldest, key=lambda session: (oldest[session], session)))

    def save_reconstruction(
        self, session: str, executions: tuple[Execution, ...], noise: tuple[NoiseEvent, ...]
    ) -> None:
        touched = self._held(session)
        found = {e.id: e for e in executions}
        for id_, execution in tuple(self._executions.items()):
            gone = execution.session == session and id_ not in found
            if gone and self._candidates[id_].state in _LEFT:
                del self._executions[id_], self._candidates[id_]
                self._proofs.pop(id_, None)
        for id_, execution in found.items():
            source = Source(execution.agent, execution.session, execution.tool_use_id)
            fresh = Candidate(id_, State.OPEN, source, language=execution.language)
            known = self._candidates.get(id_, fresh)
            self._executions[id_] = execution
            self._candidates[id_] = replace(known, source=source, at_s=execution.at_s)
        quiet = {n.event_id for n in noise}
        touched |= self._held(session) | quiet | {id_ for id_, e in self._events.items() if e.session == session}
        held = {event_id for e in self._executions.values() for event_id in e.event_ids}
        for id_ in touched & self._events.keys():
            self._buckets[id_] = "execution" if id_ in held else "noise" if id_ in quiet else "open"

    def set_aside(self, session: str, reason: str) -> int:
        unread = [id_ for id_, b in self._buckets.items() if b == "open" and self._events[id_].session == session]
        self._buckets.update(dict.fromkeys(unread, "noise"))
        return len(unread)

    def _held(self, session: str) -> set[str]:
        return {event_id for e in self._executions.values() if e.session == session for event_id in e.event_ids}

    def open_executions(self) -> tuple[Execution, ...]:
        return tuple(self._executions[c.id] for c in self.candidates(State.OPEN))

    def execution(self, execution_id: str) -> Execution:
        if execution_id not in self._executions:
            raise CandidateUnknown(f"no candidate has the id {execution_id!r}", hint="`skillstrata candidates`")
        return self._executions[execution_id]

    def save_candidate(self, candidate: Candidate, proof: Proof | None = None) -> None:
        execution = self.execution(candidate.id)
        known = self._candidates[candidate.id]
        self._candidates[candidate.id] = replace(candidate, source=known.source, at_s=execution.at_s)
        self._proofs.pop(candidate.id, None)
        if proof is not None:
            self._proofs[candidate.id] = proof
        if candidate.state not in {State.OPEN, State.PENDING}:
            self._waiting.pop(candidate.id, None)

    def candidates(self, state: State | None = None) -> tuple[Candidate, ...]:
        wanted = (c for c in self._candidates.values() if state in {None, c.state})
        return tuple(sorted(wanted, key=lambda c: (c.at_s, c.id)))

    def candidate(self, candidate_id: str) -> Candidate:
        if candidate_id in self._candidates:
            return self._candidates[candidate_id]
        begun = [id_ for id_ in sorted(self._candidates) if candidate_id and id_.startswith(candidate_id)]
        if len(begun) != 1:
            raise CandidateUnknown(f"{candidate_id!r} names {len(begun)} candidates", hint="give more of the id")
        return self._candidates[begun[0]]

    def proof(self, candidate_id: str) -> Proof | None:
        return self._proofs.get(candidate_id)

    def reopen(self, candidate_ids: tuple[str, ...]) -> int:
        wanted = [id_ for id_ in dict.fromkeys(candidate_ids) if id_ in self._candidates]
        shelved = [id_ for id_ in wanted if self._candidates[id_].state is State.SHELVED]
        for id_ in shelved:
            self._candidates[id_] = replace(self._candidates[id_], state=State.OPEN, reason="", unshelve="")
        return len(shelved)

    def accounting(self) -> Accounting:
        states = [c.state for c in self._candidates.values()]
        counts = ExecutionCounts(**{s.value: states.count(s) for s in State}, total=len(self._executions))
        noise, inside, waiting = (list(self._buckets.values()).count(b) for b in ("noise", "execution", "open"))
        held = {event_id for e in self._executions.values() for event_id in e.event_ids}
        both = any(bucket == "noise" and id_ in held for id_, bucket in self._buckets.items())
        balanced = len(self._events) == noise + inside + waiting and len(states) == counts.total and not both
        return Accounting(len(self._events), noise, inside, waiting, counts, balanced)

    def add_usage(self, usage: Usage) -> None:
        self._usages[usage] = None

    def usages(self, tool: str = "", *, newest: int = 0) -> tuple[Usage, ...]:
        found = sorted((u for u in self._usages if tool in {"", u.tool}), key=lambda u: u.at_s)
        return tuple(found[-newest:] if newest else found)

    def quality(self, tool: str) -> Quality:
        return dict(self.qualities()).get(tool, Quality())

    def qualities(self) -> tuple[tuple[str, Quality], ...]:
        return tuple((tool, self._quality(tool)) for tool in sorted({u.tool for u in self._usages}))

    def _quality(self, tool: str) -> Quality:
        calls = [u for u in self._usages if u.tool == tool]
        good = sum(u.ok for u in calls)
        return Quality(len(calls), good, len({u.project for u in calls} - {""}), good / len(calls))

    def save_waiting(self, waiting: WaitingDraft) -> None:
        self.execution(waiting.candidate.id)
        self._waiting[waiting.candidate.id] = waiting

    def waiting_ids(self) -> frozenset[str]:
        return frozenset(one.candidate.id for one in self.waiting_drafts())

    def waiting_draft(self, candidate_id: str) -> WaitingDraft | None:
        return next((one for one in self.waiting_drafts() if one.candidate.id == candidate_id), None)

    def waiting_drafts(self) -> tuple[WaitingDraft, ...]:
        return tuple(self._waiting[id_] for id_ in sorted(self._waiting) if id_ in self._executions)

    def add_miss(self, miss: Miss) -> None:
        if all(replace(known, settled=False) != replace(miss, settled=False) for known in self._misses):
            self._misses[miss] = None

    def misses(self, tool: str = "") -> tuple[Miss, ...]:
        return tuple(sorted((m for m in self._misses if tool in {"", m.tool}), key=lambda m: m.at_s))

    def settle_misses(self, like: Miss) -> int:
        same = [m for m in self._misses if _place_of(m) == _place_of(like) and not m.settled]
        self._misses = {replace(m, settled=True) if m in same else m: None for m in self._misses}
        return len(same)

    def add_judge_call(self, call: JudgeCall) -> None:
        self._judge_calls[call] = None

    def judge_calls(self, *, since_s: float = 0.0, question: str = "") -> tuple[JudgeCall, ...]:
        wanted = (c for c in self._judge_calls if c.at_s >= since_s and question in {"", c.question})
        return tuple(sorted(wanted, key=lambda c: c.at_s))

    def add_reuse_miss(self, miss: ReuseMiss) -> None:
        self.execution(miss.execution_id)
        self._reuse_misses[miss.execution_id] = miss

    def reuse_misses(self, tool: str = "") -> tuple[ReuseMiss, ...]:
        wanted = (m for m in self._reuse_misses.values() if tool in {"", m.tool})
        return tuple(sorted(wanted, key=lambda m: (m.at_s, m.execution_id)))

    def add_search(self, search: SearchMade) -> None:
        self._searches[search] = None

    def searches(self, since_s: float, until_s: float) -> tuple[SearchMade, ...]:
        wanted = (s for s in self._searches if since_s <= s.at_s <= until_s)
        return tuple(sorted(wanted, key=lambda s: s.at_s))

    def add_showings(self, showings: tuple[Showing, ...]) -> None:
        for one in showings:
            self._showings.setdefault((one.session, one.tool, one.how), one)

    def showings(self, session: str) -> tuple[Showing, ...]:
        return tuple(self._showings[key] for key in sorted(self._showings) if key[0] == session)

    def save_decision(self, decision: ReviewDecision, draft: WaitingDraft) -> None:
        self.execution(decision.item)
        self._decisions[decision.id] = (decision, draft)

    def decisions(self) -> tuple[ReviewDecision, ...]:
        return tuple(sorted((one for one, _ in self._decisions.values()), key=lambda d: (d.at_s, d.id)))

    def decided_draft(self, decision_id: str) -> WaitingDraft | None:
        found = self._decisions.get(decision_id)
        return None if found is None else found[1]

    def undo_decision(self, decision_id: str) -> None:
        if decision_id in self._decisions:
            decision, draft = self._decisions[decision_id]
            self._decisions[decision_id] = (replace(decision, undone=True), draft)

    def add_change(self, change: LibraryChange) -> None:
        self._changes.setdefault(change.id, change)

    def changes(self, tool: str = "") -> tuple[LibraryChange, ...]:
        wanted = (c for c in self._changes.values() if tool in {"", c.tool})
        return tuple(sorted(wanted, key=lambda c: (c.at_s, c.id)))

    def undo_change(self, change_id: str) -> None:
        if change_id in self._changes:
            self._changes[change_id] = replace(self._changes[change_id], undone=True)

    def add_verification(self, verification: Verification) -> None:
        one = verification
        self._verifications[one.tool, one.branch, one.version, one.environment] = one

    def verifications(self, tool: str = "") -> tuple[Verification, ...]:
        wanted = (v for v in self._verifications.values() if tool in {"", v.tool})
        return tuple(sorted(wanted, key=lambda v: (v.at_s, v.tool, v.branch, v.version, v.environment)))

    def add_health(self, health: LibraryHealth) -> None:
        self._healths[health.at_s] = health

    def healths(self) -> tuple[LibraryHealth, ...]:
        return tuple(self._healths[at_s] for at_s in sorted(self._healths))

    def add_pass(self, done: Pass) -> None:
        self._passes[done.started_at_s, done.ended_at_s] = done

    def last_pass(self) -> Pass | None:
        return max(self._passes.values(), key=lambda p: (p.ended_at_s, p.started_at_s), default=None)


def _place_of(miss: Miss) -> tuple[str, str, int, str, str]:
    return miss.tool, miss.branch, miss.version, miss.given, miss.environment
