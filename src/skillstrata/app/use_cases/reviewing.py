"""Review: what the rules could not decide, shown with its proof, answered, and taken back.

    proven programs, learned drafts, skills in quarantine --> one queue --answer--> carried out --undo--> waits again

In     the App, an id of the queue or the beginning of one, an answer
Out    ReviewItems; what an answer changed
Never  asks about what a rule decides; throws away a draft that was answered: taking back an answer brings it again
"""

from dataclasses import asdict
from pathlib import Path

from skillstrata.app.exposure import WORDS
from skillstrata.app.learned_artifacts import usual_roots
from skillstrata.app.review_drafts import draft_in, finish_settled, kept_of, roots_of, set_aside
from skillstrata.app.review_drafts import take_back as take_back_draft
from skillstrata.app.review_packages import is_ended, is_held
from skillstrata.app.review_packages import take_back as take_back_package
from skillstrata.app.review_placements import (
    Reviewed,
    ReviewView,
    answer_placement,
    placement_view,
    undo_change,
    undo_decision,
)
from skillstrata.app.review_placements import item_of as candidate_item
from skillstrata.app.review_queue import (
    DraftView,
    PackageView,
    ReviewRow,
    alone,
    decided_line,
    draft_item,
    not_pending,
    open_answers,
    package_view,
    refuse_unfit,
    resolved,
    rows_of_others,
)
from skillstrata.app.use_cases import importing_skills, learning_lifecycle
from skillstrata.app.use_cases.learning_lifecycle import WhereAndHow
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import review_log
from skillstrata.records.candidates import State
from skillstrata.records.errors import StrataError
from skillstrata.records.failures import StoreFull, StoreLocked
from skillstrata.records.learned import ArtifactKind
from skillstrata.records.qualities import LibraryChange
from skillstrata.records.reviews import (
    DRAFT,
    IMPORT,
    PLACEMENT,
    Answer,
    NothingToUndo,
    Phase,
    QueueDecision,
    ReviewBusy,
    ReviewDecision,
)


def pending(app: App) -> tuple[ReviewRow, ...]:
    """List what waits for a person, oldest first."""
    app.prepare()
    _carry_on(app)
    drafts = app.catalog.waiting_ids()
    found = (ReviewRow(candidate_item(c), c) for c in app.catalog.candidates(State.PENDING) if c.id in drafts)
    return tuple(sorted((*found, *rows_of_others(app)), key=lambda row: row.item.at_s))


def shown(app: App, item_id: str, here: Path | None = None) -> ReviewView | DraftView | PackageView:
    """Give a question with all that speaks for an answer: difference and proofs, evidence, or findings.

    Args:
        app: The App.
        item_id: Of the queue, or the beginning of it.
        here: The folder that the person is in; for a draft, its project is looked for there first.

    Raises:
        CandidateUnknown, NotPending: There is no such question.
        ReviewAmbiguous: There are several.
    """
    app.prepare()
    found = resolved(app, item_id)
    kind, _, name = found.rpartition(":")
    if kind == IMPORT:
        return package_view(app, name)
    if kind == DRAFT:
        return _draft_view(app, found, here or Path.cwd())
    return placement_view(app, found)


def answer(app: App, item_id: str, said: Answer, here: Path | None = None) -> Reviewed:
    """Decide a question.

    Args:
        app: The App.
        item_id: Of the queue, or the beginning of it.
        said: The answer.
        here: The folder that the person is in; for a draft, its project is looked for there first.

    Raises:
        CandidateUnknown, NotPending: There is no such question.
        ReviewAmbiguous: There are several.
        AnswerUnfit: It makes no sense for what waits.
        ReviewBusy: Somebody else's answer is being carried out.
        StoreLocked: A distiller is at work.
        StoreFull: It cannot be written; the question stays open.
    """
    app.prepare()
    _carry_on(app)
    with alone(app):
        found = resolved(app, item_id)
        kind, _, name = found.rpartition(":")
        refuse_unfit(kind or PLACEMENT, found, said)
        if kind == IMPORT:
            return _answer_import(app, name, said)
        if kind == DRAFT:
            return _answer_draft(app, found, said, here or Path.cwd())
        return answer_placement(app, found, said)


def _answer_import(app: App, name: str, said: Answer) -> Reviewed:
    if said is Answer.ACCEPT:
        done = importing_skills.accept(app, name)
        told = f"{done.kind} {name} is in the library"
    else:
        importing_skills.reject(app, name)
        told = f"{name} was taken out of quarantine"
    return Reviewed(_last_id(app, f"{IMPORT}:{name}"), said.value, (told,))


def _answer_draft(app: App, item: str, said: Answer, here: Path) -> Reviewed:
    kept = kept_of(app, item)
    if kept is None:
        raise not_pending(app, item)
    if said is Answer.REJECT:
        return Reviewed(set_aside(app, kept).id, said.value, (f"{kept.name} is set aside, and not made again",))
    draft = draft_in(app, kept)
    report = learning_lifecycle.apply(app, Path(kept.path), WhereAndHow(here, roots_of(app, kept, draft, here)))
    written = asdict(report.result) if report.result is not None else {}
    paths = [f"{what.removesuffix('_path')} {path}" for what, path in written.items() if path]
    return Reviewed(_last_id(app, item), said.value, (decided_line(report.decision), *paths))


def undo(app: App, change_id: str = "") -> Reviewed:
    """Take back an answer or a change of how a tool is offered: the one of this id, or the newest.

    Args:
        app: The App.
        change_id: Of the answer or the change; or of what was answered, as the queue named it.

    Raises:
        NothingToUndo: There is none.
        UndoBlocked: What came of it was changed since.
        ReviewBusy: Somebody else's answer is being carried out.
        StoreLocked: A distiller is at work.
    """
    app.prepare()
    _carry_on(app)
    with alone(app):
        last = _latest(app, change_id)
        if isinstance(last, QueueDecision):
            return _undo_queued(app, last)
        with app.lock.held():
            last = _latest(app, change_id)
            if isinstance(last, ReviewDecision):
                return undo_decision(app, last)
            return undo_change(app, last) if isinstance(last, LibraryChange) else _undo_queued(app, last)


def _latest(app: App, change_id: str) -> ReviewDecision | LibraryChange | QueueDecision:
    decisions = [d for d in app.catalog.decisions() if not d.undone]
    queued = [d for d in review_log(app).decisions() if not d.undone]
    # What a miss taught the search is taken back by its id alone: it is seldom what was done last by anybody.
    changes = [c for c in app.catalog.changes() if not c.undone and (c.kind != WORDS or change_id)]
    answers = [one for one in (*decisions, *queued) if not change_id or change_id in (one.id, one.item)]
    wanted = [*answers, *(one for one in changes if not change_id or one.id == change_id)]
    if not wanted:
        raise NothingToUndo(
            f"nothing of the id {change_id!r} can be taken back" if change_id else "nothing was decided or changed",
            hint="`skillstrata health --json` and `skillstrata show NAME` tell what was changed",
        )
    return max(wanted, key=lambda one: one.at_s)


def _undo_queued(app: App, said: QueueDecision) -> Reviewed:
    back = take_back_draft if said.item.startswith(f"{DRAFT}:") else take_back_package
    return Reviewed(said.id, "undo", back(app, said))


def _carry_on(app: App) -> None:
    """Carry on the answers of processes that were killed; what cannot be done any more is asked again."""
    for said in open_answers(app):
        try:
            with alone(app):
                _carried_on(app, said)
        except (ReviewBusy, StoreLocked, StoreFull):
            # Whoever gave the answer may still be at it; where nothing can be written, it can be carried on later.
            continue
        except StrataError:
            _ask_again(app, said)


def _ask_again(app: App, said: QueueDecision) -> None:
    """Strike an answer out, unless nothing would wait then: it stays, and is tried again by the next look."""
    kind, _, name = said.item.partition(":")
    is_begun = any(one.id == said.id and one.phase is Phase.BEGUN for one in open_answers(app))
    if is_begun and (kind != IMPORT or is_held(app, name)):
        review_log(app).drop(frozenset({said.id}))


def _carried_on(app: App, said: QueueDecision) -> None:
    kind, _, name = said.item.partition(":")
    if said.phase is Phase.UNDOING:
        _undo_queued(app, said)
    elif kind == IMPORT and is_ended(app, said):
        return
    elif kind == IMPORT and said.answer is Answer.ACCEPT:
        # It was written down after the findings of this content had been looked at.
        importing_skills.accept(app, name, despite_findings=True, content=said.content)
    elif kind == IMPORT:
        importing_skills.reject(app, name, content=said.content)
    elif (kept := kept_of(app, said.item)) is None or said.answer is Answer.REJECT:
        finish_settled(app, said)
    else:
        how = WhereAndHow(Path(said.root), _both(said, app), judged=said.content)
        learning_lifecycle.apply(app, Path(kept.path), how)


def _both(said: QueueDecision, app: App) -> tuple[str, ...]:
    kind = ArtifactKind(said.artifact)
    return tuple(dict.fromkeys((said.root, *usual_roots(kind, app.settings.home, app.settings.home))))


def _draft_view(app: App, item: str, here: Path) -> DraftView:
    kept = kept_of(app, item)
    if kept is None:
        raise not_pending(app, item)
    row = draft_item(kept)
    try:
        draft = draft_in(app, kept)
        how = WhereAndHow(here, roots_of(app, kept, draft, here))
        report = learning_lifecycle.compare(app, Path(kept.path), how)
    except StrataError as error:
        return DraftView(row, kept, problem=f"{error.message}; {error.hint}" if error.hint else error.message)
    return DraftView(row, kept, report.draft, decided_line(report.decision), how.roots[0])


def _last_id(app: App, item: str) -> str:
    return next((d.id for d in reversed(review_log(app).decisions()) if d.item == item), "")
