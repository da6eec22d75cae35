"""Drain the spool and take everything open through the pipeline into the library.

In     the App
Out    DistillReport
Never  loses a candidate: each is stored as soon as it is judged, so a pass that is killed goes on where it was
"""

import contextlib
import functools
from collections.abc import Callable
from dataclasses import dataclass, replace

from skillstrata.app.attempting import Fallen, attempt
from skillstrata.app.draining import drain
from skillstrata.app.freeing import free_what_can_run
from skillstrata.app.interrupting import PassStopped, StoppableSandbox
from skillstrata.app.placing import keep, place_waiting, proved_before
from skillstrata.app.reports import DistillReport
from skillstrata.app.retention import drop_old
from skillstrata.app.reuse_missing import note_reuse_misses
from skillstrata.app.session_reading import read_session, with_written_files
from skillstrata.app.warm_preparing import note_showings, prepare_after_pass
from skillstrata.app.wiring import App
from skillstrata.distill import Judged, Workshop, judge_execution, skeleton, variants
from skillstrata.ports.catalog import Pass
from skillstrata.ports.process_lock import ProcessLock
from skillstrata.records.candidates import Candidate, Source, StageNote, State
from skillstrata.records.executions import Execution
from skillstrata.records.failures import CandidateUnknown

Progress = Callable[[str, int, int], None]
ShouldStop = Callable[[], bool]

_ABSORBED = "failed_variant"
_SETTLED = (State.PLACED, State.DUPLICATE, State.PENDING)
_MOST_SIBLINGS = 300


@dataclass(frozen=True, slots=True)
class _Variant:
    """An execution that another one of its session stands for, and in what way."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a pass goes: so many judgements (None: all that are open), and not beyond the moment it should stop.

    `should_stop` is asked between sessions, between candidates and before every start of a program; the candidate that
    is judged at that moment stays open, and a later pass judges it from its beginning.
    """

    batch: int | None = None
    should_stop: ShouldStop = lambda: False


WHOLE = Bounds()


def distill(app: App, *, install: bool, progress: Progress, bounds: Bounds = WHOLE) -> DistillReport:
    """Run one pass.

    Args:
        app: The App.
        install: Allow fetching distributions over the network for this pass.
        progress: Told (stage, done, total) as the pass goes on.
        bounds: How far it goes.

    Raises:
        StoreLocked: Another process distils in this data directory.
        SandboxUnavailable: Programs cannot be run; what was read stays open for the next pass.
        StoreFull: The disk is full; nothing is lost.
    """
    app.prepare()
    app = app.with_install() if install else app
    lock = _lock_of_a_person(app) if bounds is WHOLE else app.lock
    with lock.held():
        started = app.clock.now_s()
        app.sweep()
        report = drain(app)
        progress("read", report.read, report.read)
        fresh = app.catalog.open_sessions()
        note_showings(app, fresh)
        executions = _reconstruct_open(app, progress, bounds.should_stop)
        free_what_can_run(app, _workshop(app, (), bounds))
        judged = _judge_open(app, progress, maps=(), bounds=bounds)
        app.catalog.add_pass(Pass(started, app.clock.now_s(), len(judged)))
        app.environments.collect_daily()
        drop_old(app)
        prepare_after_pass(app, fresh)
        return DistillReport(report, executions, judged, app.catalog.accounting())


def unshelve(
    app: App, ids: tuple[str, ...], *, install: bool, maps: tuple[tuple[str, str], ...], progress: Progress
) -> tuple[Candidate, ...]:
    """Set shelved candidates open again and judge them.

    Args:
        app: The App.
        ids: Candidate ids or prefixes; empty for all that are shelved.
        install: Allow fetching distributions.
        maps: (import name, distribution) pairs for imports that no table knows.
        progress: As for `distill`.

    Raises:
        CandidateUnknown: An id is not there.
    """
    app.prepare()
    app = app.with_install() if install else app
    with _lock_of_a_person(app).held():
        wanted = tuple(app.catalog.candidate(i).id for i in ids) or tuple(
            c.id for c in app.catalog.candidates(State.SHELVED)
        )
        app.catalog.reopen(wanted)
        # Who names a candidate has put its files where they were; a file of long ago is not taken for what it was.
        judged = _judge_open(app, progress, maps=maps, trusted=frozenset(wanted if ids else ()))
        prepare_after_pass(app, ())
        return tuple(c for c in judged if c.id in wanted)


def _lock_of_a_person(app: App) -> ProcessLock:
    """Let a batch of the background process end, so that a person need not wait for the whole of it."""
    if app.daemon_post.state() is None:
        return app.lock
    app.daemon_post.ask("pause")
    return app.patient_lock


def _reconstruct_open(app: App, progress: Progress, should_stop: ShouldStop) -> int:
    """Read every session with new events anew; gives how many executions they hold."""
    sessions = app.catalog.open_sessions()
    count = 0
    for number, session in enumerate(sessions, start=1):
        if should_stop():
            break
        read = attempt(app, f"read {session}", functools.partial(_reconstructed, app, session))
        if isinstance(read, Fallen):
            # Its events are noise that says why; with the next one of the session it is tried again.
            app.catalog.set_aside(session, f"{read.code}: {read.why}")
        else:
            count += read
        progress("reconstruct", number, len(sessions))
    return count


def _reconstructed(app: App, session: str) -> int:
    found = read_session(app, session)
    app.catalog.save_reconstruction(session, with_written_files(app, found), found.noise)
    return len(found.executions)


def _judge_open(
    app: App,
    progress: Progress,
    *,
    maps: tuple[tuple[str, str], ...],
    bounds: Bounds = WHOLE,
    trusted: frozenset[str] = frozenset(),
) -> tuple[Candidate, ...]:
    """Judge open executions: those that stand for others first, the others only if those failed."""
    open_ones = app.catalog.open_executions()
    stands_for = _variants(app, open_ones)
    workshop = _workshop(app, maps, bounds)
    first = [e for e in open_ones if e.id not in stands_for][: bounds.batch]
    room = None if bounds.batch is None else bounds.batch - len(first)
    after = [e for e in open_ones if e.id in stands_for][:room]
    total = len(first) + len(after)
    known = proved_before(app)
    alike = _of_one_skeleton((*open_ones, *(_judged_before(app) if open_ones else ())))
    done: dict[str, Candidate] = {}
    with contextlib.suppress(PassStopped):
        # Who stands for others has its place before those are looked at.
        for executions in (first, after):
            for execution in executions:
                progress("judge", len(done), total)
                if bounds.should_stop():
                    break
                judging = _Judging(
                    execution,
                    replace(workshop, disk_trusted=execution.id in trusted),
                    stands_for.get(execution.id),
                    known,
                    alike.get(execution.id, ()),
                    _stage_teller(progress, len(done), total),
                )
                candidate = attempt(app, f"judge {execution.id}", functools.partial(_judged, app, judging))
                if isinstance(candidate, Fallen):
                    candidate = _fallen(execution, candidate)
                    app.catalog.save_candidate(candidate)
                done[candidate.id] = candidate
            placed = place_waiting(app, workshop.sandbox)
            done |= {c.id: c for c in placed}
            note_reuse_misses(app, placed)
    progress("judge", len(done), total)
    return tuple(done.values())


def _workshop(app: App, maps: tuple[tuple[str, str], ...], bounds: Bounds) -> Workshop:
    return Workshop(
        sandbox=StoppableSandbox(app.proving_sandbox, bounds.should_stop),
        environments=app.environments,
        blobs=app.blobs,
        snapshots=app.snapshots,
        binaries_on_path=app.binaries_on_path,
        clock=app.clock,
        installed=app.installed,
        runtimes=app.runtimes,
        maps=(*app.settings.distributions, *maps),
    )


def _stage_teller(progress: Progress, done: int, total: int) -> Callable[[str], None]:
    return lambda stage: progress(stage, done, total)


def _judged_before(app: App) -> tuple[Execution, ...]:
    """Give the newest executions that came to a tool: the next run of one of them may have another value in it."""
    settled = [c for state in _SETTLED for c in app.catalog.candidates(state)]
    newest = sorted(settled, key=lambda c: c.at_s)[-_MOST_SIBLINGS:]
    return tuple(app.catalog.execution(c.id) for c in newest)


def _of_one_skeleton(executions: tuple[Execution, ...]) -> dict[str, tuple[Execution, ...]]:
    """Give each execution those that are the same program but for its values."""
    groups: dict[str, list[Execution]] = {}
    for execution in executions:
        groups.setdefault(skeleton(execution), []).append(execution)
    groups.pop("", None)
    return {one.id: tuple(group) for group in groups.values() if len(group) > 1 for one in group}


@dataclass(frozen=True, slots=True)
class _Judging:
    """One execution to judge: with what, what stands for it, and what an earlier pass had proved already.

    `siblings` are the same program with other values.
    """

    execution: Execution
    workshop: Workshop
    variant: _Variant | None
    known: Callable[[Execution], Candidate | None]
    siblings: tuple[Execution, ...] = ()
    told: Callable[[str], None] = lambda _stage: None


def _judged(app: App, judging: _Judging) -> Candidate:
    """Judge one execution as far as placement, and store what became of it."""
    execution = judging.execution
    candidate = _absorbed(app, execution, judging.variant) if judging.variant else None
    if candidate is None:
        return judging.known(execution) or keep(app, execution, _with_siblings(judging))
    app.catalog.save_candidate(candidate)
    return candidate


def _with_siblings(judging: _Judging) -> Judged:
    return judge_execution(judging.execution, judging.workshop, siblings=judging.siblings, progress=judging.told)


def _fallen(execution: Execution, fallen: Fallen) -> Candidate:
    """Set a candidate aside that we cannot judge; the pass goes on with the others."""
    return Candidate(
        id=execution.id,
        state=State.SHELVED,
        source=Source(execution.agent, execution.session, execution.tool_use_id),
        reason=fallen.code,
        unshelve=f"skillstrata unshelve {execution.id}",
        language=execution.language,
        at_s=execution.at_s,
        stages=(StageNote("fault", f"shelved: {fallen.code}", fallen.why),),
    )


def _variants(app: App, open_ones: tuple[Execution, ...]) -> dict[str, _Variant]:
    found: dict[str, _Variant] = {}
    for session in dict.fromkeys(e.session for e in open_ones):
        told = attempt(app, f"compare {session}", functools.partial(_variants_in, app, session))
        # Without it each run is judged by itself.
        found.update({} if isinstance(told, Fallen) else told)
    return found


def _variants_in(app: App, session: str) -> dict[str, _Variant]:
    executions = read_session(app, session).executions
    return {one: _Variant(by, reason) for one, by, reason in variants(executions)}


def _absorbed(app: App, execution: Execution, variant: _Variant) -> Candidate | None:
    """Give the duplicate that a variant becomes, or None when the one that stands for it came to nothing."""
    try:
        other = app.catalog.candidate(variant.by)
    except CandidateUnknown:
        return None
    if variant.reason != _ABSORBED and other.state not in _SETTLED:
        return None
    note = StageNote("variants", f"duplicate: {variant.reason}", f"{variant.by} of the same session stands for it")
    return Candidate(
        id=execution.id,
        state=State.DUPLICATE,
        source=Source(execution.agent, execution.session, execution.tool_use_id),
        reason=variant.reason,
        tool=other.tool,
        branch=other.branch,
        language=execution.language,
        purpose=other.purpose,
        at_s=execution.at_s,
        stages=(note,),
    )
