"""Give every proven draft its place, all of a pass together.

In     the drafts that wait: those a pass proved, and those that were pending before
Out    their Candidates as stored
Never  lets the order of traces decide: drafts are placed in an order of their own, and those that stay ambiguous are
       looked at again after each change of the library. Proves anything twice: what was proved is kept until placed
Why    each step is stored before the next, so that a pass that is killed goes on where it was
"""

import functools
import hashlib
from collections.abc import Callable
from dataclasses import replace

from skillstrata.app.attempting import Fallen, attempt
from skillstrata.app.depositing import body_digest, deposit, ended, found_again, impersonal
from skillstrata.app.fixture_files import fixture_bytes
from skillstrata.app.interpreters import interpreter_of
from skillstrata.app.interrupting import StoppableSandbox
from skillstrata.app.judging import Budget, PurposeJudge
from skillstrata.app.reviewed import told_before
from skillstrata.app.wiring import App
from skillstrata.distill import (
    UNCOMPARED,
    Comparison,
    Contender,
    Judged,
    Measured,
    NamedInputs,
    compare,
    in_order,
    place,
)
from skillstrata.ports.disk import Disk
from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.candidates import Candidate, StageNote, State
from skillstrata.records.contracts import Placement, PlacementKind
from skillstrata.records.executions import Execution
from skillstrata.records.failures import EnvironmentNeedsNetwork, EnvironmentUnbuildable, RuntimeMissing
from skillstrata.records.programs import draft_program, version_program
from skillstrata.records.proofs import TypedBytes
from skillstrata.records.tools import Branch, Fixture, Tool, Version
from skillstrata.records.waiting import WaitingDraft

_ENDS = {PlacementKind.DUPLICATE: State.DUPLICATE, PlacementKind.AMBIGUOUS: State.PENDING}


def keep(app: App, execution: Execution, judged: Judged) -> Candidate:
    """Store what a judgement came to; a proven draft stays open until `place_waiting` gives it its place."""
    candidate, proven = judged.candidate, judged.proven
    app.catalog.save_candidate(candidate, judged.proof)
    if proven is not None:
        app.catalog.save_waiting(
            WaitingDraft(
                candidate=candidate,
                of=_digest(execution),
                draft=proven.draft,
                proof=proven.proof,
                probe=proven.probe,
                contract=impersonal(app, proven.contract),
                signature=proven.signature,
                fixtures=proven.fixtures,
                further_files=proven.further_files,
            )
        )
    return candidate


def proved_before(app: App) -> Callable[[Execution], Candidate | None]:
    """Give a way to ask whether an open execution was proved already, by a pass that ended before it was placed."""
    waiting = {draft.candidate.id: draft for draft in app.catalog.waiting_drafts()}

    def known(execution: Execution) -> Candidate | None:
        draft = waiting.get(execution.id)
        return draft.candidate if draft is not None and draft.of == _digest(execution) else None

    return known


def place_waiting(app: App, sandbox: Sandbox) -> tuple[Candidate, ...]:
    """Place everything that waits; without a newly proved draft nothing is looked at.

    Args:
        app: The App.
        sandbox: Where programs are compared.

    Raises:
        PassStopped: It should stop; what has no place yet waits for the next pass.
        SandboxUnavailable: Programs cannot be compared.
    """
    waiting = app.catalog.waiting_drafts()
    if all(draft.candidate.state is not State.OPEN for draft in waiting):
        return ()
    left = in_order(waiting, lambda d: (d.contract, body_digest(d), f"{d.candidate.at_s:020.6f} {d.candidate.id}"))
    placing = _Placing(app, sandbox)
    done: dict[str, Candidate] = {}
    changed = True
    while changed:
        changed = False
        still: list[WaitingDraft] = []
        for draft in left:
            candidate = placing.place(draft)
            done[candidate.id] = candidate
            if candidate.state is State.PENDING:
                still.append(replace(draft, candidate=candidate))
            changed = changed or candidate.state is State.PLACED
        left = still
    return tuple(done.values())


class _Placing:
    """One round of placing: what was compared once is not compared again until the library changed there."""

    def __init__(self, app: App, sandbox: Sandbox) -> None:
        settings = app.settings
        budget = Budget(settings.judge_max_calls_per_day, settings.judge_max_tokens_per_day)
        self._app = app
        self._sandbox = sandbox
        self._judge = PurposeJudge(
            app.judge,
            app.catalog,
            app.clock,
            budget,
            redactor=app.redactor,
            before_asking=sandbox.refuse_if_stopped if isinstance(sandbox, StoppableSandbox) else None,
        )
        self._compared: dict[tuple[str, str, str, int, int], Comparison] = {}

    def place(self, waiting: WaitingDraft) -> Candidate:
        """Decide, carry it out, and store it.

        A fault of ours with one draft, or a death at it, sets it aside, so that it cannot keep the others from their
        place for ever.
        """
        app = self._app
        found = attempt(app, f"place {waiting.candidate.id}", functools.partial(self._found_or_decided, waiting))
        candidate = _fallen(waiting.candidate, found) if isinstance(found, Fallen) else found
        app.catalog.save_candidate(candidate, waiting.proof)
        if candidate.state is State.PENDING:
            app.catalog.save_waiting(replace(waiting, candidate=candidate))
        return candidate

    def _found_or_decided(self, waiting: WaitingDraft) -> Candidate:
        tools = self._app.library.tools()
        return found_again(self._app, waiting, tools) or self._decided(waiting, tools)

    def _decided(self, waiting: WaitingDraft, tools: tuple[Tool, ...]) -> Candidate:
        placement = told_before(self._app, waiting, self._placement(waiting, tools))
        if isinstance(placement, Candidate):
            return placement
        if placement.kind in _ENDS:
            return ended(waiting.candidate, _ENDS[placement.kind], placement)
        return deposit(self._app, self._app.catalog.execution(waiting.candidate.id), waiting, placement)

    def _placement(self, waiting: WaitingDraft, tools: tuple[Tool, ...]) -> Placement:
        def against(tool: Tool, branch: Branch) -> Comparison:
            key = (waiting.candidate.id, tool.name, branch.name, branch.active, len(branch.versions))
            if key not in self._compared:
                self._compared[key] = self._compare(waiting, tool, branch)
            return self._compared[key]

        return place(
            waiting.contract,
            waiting.signature,
            body_digest(waiting),
            tools,
            taken=self._app.library.taken(),
            measured=Measured(self._judge.opinion, against),
        )

    def _compare(self, waiting: WaitingDraft, tool: Tool, branch: Branch) -> Comparison:
        app, active, draft = self._app, branch.current, waiting.draft
        proof = app.library.proof(tool.name, active.path) or waiting.proof
        lock = draft.lock.text if draft.lock else ""
        try:
            ours = interpreter_of(app, draft.language, lock, draft.requirements)
            theirs = interpreter_of(app, active.language, active.lock, active.requirements)
        except (EnvironmentNeedsNetwork, EnvironmentUnbuildable, RuntimeMissing) as error:
            return replace(UNCOMPARED, why=f"they cannot both be run here: {error.message}")
        return compare(
            Contender(draft_program(draft), ours),
            Contender(version_program(active), theirs),
            _shared_inputs(app.disk, app.library.folder(tool.name), branch.versions, waiting),
            sandbox=self._sandbox,
            profile=proof.profile,
        )


def _fallen(candidate: Candidate, fallen: Fallen) -> Candidate:
    note = StageNote("fault", f"shelved: {fallen.code}", f"placing: {fallen.why}")
    return replace(
        candidate,
        state=State.SHELVED,
        reason=fallen.code,
        unshelve=f"skillstrata unshelve {candidate.id}",
        stages=(*candidate.stages, note),
    )


def _shared_inputs(
    disk: Disk, folder: str, versions: tuple[Version, ...], waiting: WaitingDraft
) -> tuple[NamedInputs, ...]:
    """Give every fixture of a branch and of the draft, each content once."""
    further = dict(waiting.further_files)
    found: dict[tuple[str, ...], NamedInputs] = {}
    for fixture, data in waiting.fixtures:
        contents = (data, *(further[file.name] for file in fixture.others))
        found.setdefault(_digests(fixture), _named(fixture, contents))
    for fixture in (fixture for version in versions for fixture in version.fixtures):
        contents = tuple(fixture_bytes(disk, folder, file.name) for file in fixture.files)
        if _digests(fixture) == tuple(hashlib.sha256(data).hexdigest() for data in contents):
            found.setdefault(_digests(fixture), _named(fixture, contents))
    return tuple(found[key] for key in sorted(found))


def _digests(fixture: Fixture) -> tuple[str, ...]:
    return tuple(file.digest for file in fixture.files)


def _named(fixture: Fixture, contents: tuple[bytes, ...]) -> NamedInputs:
    return tuple(
        (file.name.rpartition("/")[2], TypedBytes(file.media_type, data))
        for file, data in zip(fixture.files, contents, strict=True)
    )


def _digest(execution: Execution) -> str:
    return hashlib.sha256(repr(execution).encode("utf-8", "surrogatepass")).hexdigest()
