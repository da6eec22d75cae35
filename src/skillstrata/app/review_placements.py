"""Proven programs that no rule could place, as questions to a person; and changes of how a tool is offered, taken back.

In     a candidate that waits, an answer; an answer or a change that is to be taken back
Out    what was changed
Never  throws away a draft that was answered: taking back an answer brings it again
"""

import difflib
import secrets
from dataclasses import dataclass, replace

from skillstrata.app.depositing import deposit
from skillstrata.app.exposure import (
    ACTIVE,
    GATE,
    PERSON,
    VISIBILITY,
    Reason,
    change_active,
    change_level,
    changed,
    tell,
)
from skillstrata.app.reviewed import carried_out, question_of
from skillstrata.app.warm_preparing import prepare_after_pass
from skillstrata.app.wiring import App
from skillstrata.library import render_page
from skillstrata.records.candidates import Candidate, State
from skillstrata.records.contracts import Placement, PlacementKind
from skillstrata.records.failures import ToolUnknown
from skillstrata.records.proofs import Proof
from skillstrata.records.qualities import LibraryChange, visibility_of
from skillstrata.records.reviews import PLACEMENT, Answer, NothingToUndo, NotPending, ReviewDecision, ReviewItem
from skillstrata.records.tools import Branch, LineageEntry, Tool
from skillstrata.records.waiting import WaitingDraft

_MOST_LINES = 400


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


def placement_view(app: App, candidate_id: str) -> ReviewView:
    """Give a question with the difference and the proofs.

    Raises:
        CandidateUnknown, NotPending: There is no such question.
    """
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
    return ReviewView(item_of(candidate), candidate, tuple(lines)[:_MOST_LINES], waiting.proof, proof)


def answer_placement(app: App, candidate_id: str, said: Answer) -> Reviewed:
    """Decide about a program.

    Raises:
        CandidateUnknown, NotPending: There is no such question.
        StoreLocked: A distiller is at work.
        StoreFull: It cannot be written; the question stays open.
    """
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
        prepare_after_pass(app, ())
    where = f"{done.tool}/{done.branch}"
    return Reviewed(decision.id, said.value, (f"{done.id} is {done.state.value}: {where}, {_end_of(done)}",))


def undo_change(app: App, change: LibraryChange) -> Reviewed:
    """Take back a change of how a tool is offered; the caller holds the distiller's lock."""
    app.catalog.undo_change(change.id)
    why = Reason(_word_of(app, change), f"a person took back: {change.because}")
    if change.kind == VISIBILITY:
        change_level(app, change.tool, visibility_of(change.before), why)
    elif change.kind == ACTIVE:
        change_active(app, app.library.tool(change.tool), change.branch, int(change.before), why)
    else:
        back = (change.kind, change.after, change.before)
        tell(app, app.library.tool(change.tool), changed(app, change.tool, back, why, change.branch))
    prepare_after_pass(app, ())
    return Reviewed(change.id, "undo", (f"{change.tool}: {_taken_back(change)}",))


def _word_of(app: App, change: LibraryChange) -> str:
    """Say whose word a level is after a change was taken back.

    Where a person takes back a person's word, what was said before stands again, and the gate decides where nobody said
    anything. Where a person takes back what the gate or a regression did, that is a person's word.
    """
    if change.kind != VISIBILITY or change.by != PERSON:
        return PERSON
    standing = [c for c in app.catalog.changes(change.tool) if c.kind == VISIBILITY and not c.undone]
    return standing[-1].by if standing else GATE


def _taken_back(change: LibraryChange) -> str:
    return f"{change.after} -> {change.before}" if change.before else f"{change.after}, taken back"


def undo_decision(app: App, decision: ReviewDecision) -> Reviewed:
    """Take back an answer; the caller holds the distiller's lock.

    Raises:
        NothingToUndo: The draft is gone.
    """
    draft = app.catalog.decided_draft(decision.id)
    if draft is None:
        raise NothingToUndo(f"the draft of {decision.id!r} is gone", hint="its session was forgotten")
    said: list[str] = []
    if decision.answer not in {Answer.REJECT, Answer.PIN}:
        said.append(_taken_out(app, decision))
    app.catalog.undo_decision(decision.id)
    app.catalog.save_candidate(draft.candidate, draft.proof)
    app.catalog.save_waiting(draft)
    prepare_after_pass(app, ())
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
    found = app.catalog.waiting_draft(candidate.id)
    if candidate.state is not State.PENDING or found is None:
        raise NotPending(
            f"{candidate.id!r} is {candidate.state.value} and waits for nobody",
            hint="`skillstrata pending` lists what does",
        )
    return found


def item_of(candidate: Candidate) -> ReviewItem:
    """Give the question about a candidate."""
    why = candidate.stages[-1].detail if candidate.stages else ""
    subject = f"{candidate.tool}/{candidate.branch}"
    return ReviewItem(candidate.id, PLACEMENT, subject, why, tuple(Answer), candidate.at_s)


def _branch(tool: Tool, name: str) -> Branch:
    return next(branch for branch in tool.branches if branch.name == name)


def _end_of(candidate: Candidate) -> str:
    return candidate.stages[-1].detail if candidate.stages else candidate.reason
