"""Review: what the rules could not decide, shown with its proof, answered, and taken back.

In     the App, a candidate's id, an answer
Out    ReviewItems; what an answer changed
Never  asks about what a rule decides; throws away a draft that was answered: taking back an answer brings it again
"""

import difflib
import secrets
from dataclasses import dataclass, replace

from skillstrata.app.depositing import deposit
from skillstrata.app.exposure import ACTIVE, PERSON, VISIBILITY, Reason, change_active, change_level
from skillstrata.app.reviewed import carried_out, question_of
from skillstrata.app.wiring import App
from skillstrata.library import render_page
from skillstrata.records.candidates import Candidate, State
from skillstrata.records.contracts import Placement, PlacementKind
from skillstrata.records.failures import ToolUnknown
from skillstrata.records.proofs import Proof
from skillstrata.records.qualities import LibraryChange, visibility_of
from skillstrata.records.reviews import Answer, NothingToUndo, NotPending, ReviewDecision, ReviewItem
from skillstrata.records.tools import Branch, LineageEntry, Tool
from skillstrata.records.waiting import WaitingDraft

_MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """An open question with the candidate it is about."""

    item: ReviewItem
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A question whole: `diff` are lines of a unified diff from what runs to what was proposed, and both proofs."""

    item: ReviewItem
    candidate: Candidate
    diff: tuple[str, ...]
    proof: Proof
    present_proof: Proof | None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What an answer, or taking one back, changed: sentences, and the candidate or change it was about."""

    id: str
    answer: str
    changed: tuple[str, ...]


def pending(app: App) -> tuple[ReviewRow, ...]:
    """List what waits for a person, oldest first."""
    app.prepare()
    drafts = {draft.candidate.id for draft in app.catalog.waiting_drafts()}
    found = (c for c in app.catalog.candidates(State.PENDING) if c.id in drafts)
    return tuple(ReviewRow(_item(candidate), candidate) for candidate in found)


def shown(app: App, candidate_id: str) -> ReviewView:
    """Give a question with the difference and the proofs.

    Raises:
        CandidateUnknown, NotPending: There is no such question.
    """
    app.prepare()
    waiting = _waiting(app, candidate_id)
    candidate = waiting.candidate
    present, proof = "", None
    try:
        branch = _branch(app.library.tool(candidate.tool), candidate.branch)
        present, proof = branch.current.main, app.library.proof(candidate.tool, branch.current.path)
    except (ToolUnknown, StopIteration):
        # The tool went since: there is nothing to compare with any more.
        pass
    lines = difflib.unified_diff(
        present.splitlines(), waiting.draft.main.splitlines(), f"{candidate.tool} now", "proposed", lineterm=""
    )
    return ReviewView(_item(candidate), candidate, tuple(lines)[:_MOST_LINES], waiting.proof, proof)


def answer(app: App, candidate_id: str, said: Answer) -> Reviewed:
    """Decide a question.

    Raises:
        CandidateUnknown, NotPending: There is no such question.
        StoreLocked: A distiller is at work.
        StoreFull: It cannot be written; the question stays open.
    """
    app.prepare()
    with app.lock.held():
        waiting = _waiting(app, candidate_id)
        candidate = waiting.candidate
        asked = Placement(PlacementKind.AMBIGUOUS, candidate.tool, candidate.branch, "", reason=candidate.reason)
        told = carried_out(app, waiting, said, asked)
        decision = _decision(app, waiting, said, told)
        # Stored before it is carried out: a run that is killed in between is carried on by the next pass.
        app.catalog.save_decision(decision, waiting)
        done = deposit(app, app.catalog.execution(candidate.id), waiting, told) if isinstance(told, Placement) else told
        app.catalog.save_candidate(done, waiting.proof)
    where = f"{done.tool}/{done.branch}"
    return Reviewed(decision.id, said.value, (f"{done.id} is {done.state.value}: {where}, {_end_of(done)}",))


def undo(app: App, change_id: str = "") -> Reviewed:
    """Take back an answer or a change of how a tool is offered: the one of this id, or the newest.

    Raises:
        NothingToUndo: There is none.
        StoreLocked: A distiller is at work.
    """
    app.prepare()
    with app.lock.held():
        decisions = [d for d in app.catalog.decisions() if not d.undone]
        changes = [c for c in app.catalog.changes() if not c.undone]
        wanted = [one for one in (*decisions, *changes) if not change_id or one.id == change_id]
        if not wanted:
            raise NothingToUndo(
                f"nothing of the id {change_id!r} can be taken back" if change_id else "nothing was decided or changed",
                hint="`skillstrata health --json` and `skillstrata show NAME` tell what was changed",
            )
        last = max(wanted, key=lambda one: one.at_s)
        if isinstance(last, ReviewDecision):
            return _undo_decision(app, last)
        return _undo_change(app, last)


def _undo_change(app: App, change: LibraryChange) -> Reviewed:
    app.catalog.undo_change(change.id)
    why = Reason(PERSON, f"a person took back: {change.because}")
    if change.kind == VISIBILITY:
        change_level(app, change.tool, visibility_of(change.before), why)
    elif change.kind == ACTIVE:
        change_active(app, app.library.tool(change.tool), change.branch, int(change.before), why)
    return Reviewed(change.id, "undo", (f"{change.tool}: {change.after} -> {change.before}",))


def _undo_decision(app: App, decision: ReviewDecision) -> Reviewed:
    draft = app.catalog.decided_draft(decision.id)
    if draft is None:
        raise NothingToUndo(f"the draft of {decision.id!r} is gone", hint="its session was forgotten")
    said: list[str] = []
    if decision.answer not in {Answer.REJECT, Answer.PIN}:
        said.append(_taken_out(app, decision))
    app.catalog.undo_decision(decision.id)
    app.catalog.save_candidate(draft.candidate, draft.proof)
    app.catalog.save_waiting(draft)
    return Reviewed(decision.id, "undo", (*said, f"{decision.item} waits for review again"))


def _taken_out(app: App, decision: ReviewDecision) -> str:
    """Take the version that an answer put into the library out again, and let run what ran before."""
    try:
        tool = app.library.tool(decision.tool)
    except ToolUnknown:
        return f"{decision.tool} is gone already"
    left = _without(tool, decision)
    if left is None:
        app.catalog.forget_uses("", (tool.name,))
        app.library.remove(tool.name)
        return f"tool {tool.name} was taken out"
    at = LineageEntry(app.clock.now_s(), "undo", left.branches[0].name, left.branches[0].active, detail="review undo")
    lineage = tuple(line for line in app.library.lineage(tool.name) if line.candidate_id != decision.item)
    proof = app.library.proof(tool.name, left.branches[0].current.path)
    app.library.rewrite(tool.name, render_page(left, proof), (*lineage, at))
    return f"the version of {tool.name}/{decision.branch} was taken out; version {decision.before_active} runs"


def _without(tool: Tool, decision: ReviewDecision) -> Tool | None:
    branches: list[Branch] = []
    for branch in tool.branches:
        left = tuple(v for v in branch.versions if v.candidate_id != decision.item)
        if not left:
            continue
        numbers = {version.number for version in left}
        active = next(n for n in (branch.active, decision.before_active, max(numbers)) if n in numbers)
        went = len(left) < len(branch.versions) and branch.active != active
        contract = decision.branch_contract if went else branch.contract
        branches.append(replace(branch, versions=left, active=active, contract=contract))
    if not branches:
        return None
    contract = decision.tool_contract if decision.answer is Answer.ACCEPT else None
    return replace(tool, branches=tuple(branches), contract=contract or tool.contract)


def _decision(app: App, waiting: WaitingDraft, said: Answer, told: Placement | Candidate) -> ReviewDecision:
    candidate = waiting.candidate
    before: Tool | None = None
    branch: Branch | None = None
    try:
        before = app.library.tool(candidate.tool)
        branch = _branch(before, candidate.branch)
    except (ToolUnknown, StopIteration):
        # Nothing is there that could be brought back.
        pass
    return ReviewDecision(
        id=secrets.token_hex(6),
        item=candidate.id,
        question=question_of(waiting, candidate.tool, candidate.branch),
        answer=said,
        tool=told.tool,
        branch=told.branch,
        at_s=app.clock.now_s(),
        asked_tool=candidate.tool,
        asked_branch=candidate.branch,
        before_active=branch.active if branch else 0,
        tool_contract=before.contract if before else None,
        branch_contract=branch.contract if branch else None,
    )


def _waiting(app: App, candidate_id: str) -> WaitingDraft:
    candidate = app.catalog.candidate(candidate_id)
    found = next((d for d in app.catalog.waiting_drafts() if d.candidate.id == candidate.id), None)
    if candidate.state is not State.PENDING or found is None:
        raise NotPending(
            f"{candidate.id!r} is {candidate.state.value} and waits for nobody",
            hint="`skillstrata pending` lists what does",
        )
    return found


def _item(candidate: Candidate) -> ReviewItem:
    why = candidate.stages[-1].detail if candidate.stages else ""
    subject = f"{candidate.tool}/{candidate.branch}"
    return ReviewItem(candidate.id, "placement", subject, why, tuple(Answer), candidate.at_s)


def _branch(tool: Tool, name: str) -> Branch:
    return next(branch for branch in tool.branches if branch.name == name)


def _end_of(candidate: Candidate) -> str:
    return candidate.stages[-1].detail if candidate.stages else candidate.reason
