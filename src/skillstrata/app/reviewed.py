"""Answers of people, applied where a place is decided: the same question is not asked twice.

In     a proven draft and the place that the rules gave it
Out    the place it gets, or the candidate as it ends
Never  overrules a rule that could decide, but where somebody pinned what runs
"""

import hashlib
from dataclasses import replace

from skillstrata.app.depositing import ended
from skillstrata.app.wiring import App
from skillstrata.distill import tool_name_of
from skillstrata.records.candidates import Candidate, State
from skillstrata.records.contracts import Placement, PlacementKind
from skillstrata.records.reviews import Answer, ReviewDecision
from skillstrata.records.waiting import WaitingDraft

_MAX_NAME = 64
_REASONS = {Answer.REJECT: "review_rejected", Answer.PIN: "review_pinned"}


def question_of(waiting: WaitingDraft, tool: str, branch: str) -> str:
    """Name the question: programs that do the same, compared with the same branch, ask the same."""
    return hashlib.sha256(f"{tool}\0{branch}\0{waiting.signature.digest}".encode()).hexdigest()[:16]


def told_before(app: App, waiting: WaitingDraft, placement: Placement) -> Placement | Candidate:
    """Give what becomes of a draft, going by what was answered before."""
    standing = [d for d in app.catalog.decisions() if not d.undone]
    if not standing:
        return placement
    if placement.kind is PlacementKind.AMBIGUOUS:
        question = question_of(waiting, placement.tool, placement.branch)
        told = next((d for d in reversed(standing) if d.question == question), None)
        if told is None and _is_pinned(standing, placement):
            return carried_out(app, waiting, Answer.PIN, placement)
        return placement if told is None else carried_out(app, waiting, told.answer, placement)
    if placement.kind is PlacementKind.ITERATION and placement.activates and _is_pinned(standing, placement):
        return replace(placement, activates=False, why=f"kept behind what a person pinned: {placement.why}")
    return placement


def carried_out(app: App, waiting: WaitingDraft, answer: Answer, asked: Placement) -> Placement | Candidate:
    """Give what an answer means for a draft."""
    why = f"a person decided: {answer.value}"
    match answer:
        case Answer.ACCEPT:
            return replace(asked, kind=PlacementKind.ITERATION, why=why, activates=True, reason="")
        case Answer.MERGE:
            return replace(asked, kind=PlacementKind.ITERATION, why=why, activates=False, reason="")
        case Answer.KEEP_BOTH:
            name = _free(tool_name_of(waiting.contract), app.library.taken())
            return Placement(PlacementKind.NEW_TOOL, name, asked.branch, f"{why}, beside {asked.tool}")
        case Answer.REJECT | Answer.PIN:
            said = replace(asked, reason=_REASONS[answer], why=f"{why}; it stays out, {asked.tool} runs as before")
            return ended(waiting.candidate, State.REJECTED, said)


def _is_pinned(standing: list[ReviewDecision], placement: Placement) -> bool:
    return any(
        d.answer is Answer.PIN and (d.asked_tool, d.asked_branch) == (placement.tool, placement.branch)
        for d in standing
    )


def _free(natural: str, taken: frozenset[str]) -> str:
    name, number = natural, 2
    while name in taken:
        name = f"{natural[: _MAX_NAME - 1 - len(str(number))].rstrip('-')}-{number}"
        number += 1
    return name
