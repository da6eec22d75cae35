"""Compare and decide about drafts; apply, archive, delete and restore what was learned."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from skillstrata.app.draft_cleaning import cleaned
from skillstrata.app.learned_artifacts import BESIDE, AsidePlaces, LearnedArtifacts, slug_of, usual_roots
from skillstrata.app.learned_tending import begin_anew
from skillstrata.app.project_labels import is_label, project_label
from skillstrata.app.review_drafts import DraftAnswer, kept_at
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import learning_lock, lifecycle
from skillstrata.library.lifecycle_deciding import decide as decision_on
from skillstrata.library.lifecycle_deciding import decide_archive, decide_delete
from skillstrata.library.lifecycle_drafts import MAX_DRAFT_BYTES, checked_draft, read_draft
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.errors import StrataError
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.learned import (
    ArtifactKind,
    AsideRow,
    Comparison,
    DecisionType,
    LearnedDraft,
    LifecycleDecision,
    LifecycleResult,
)
from skillstrata.records.learned_faults import ArtifactForeign, DraftOfOtherProject, DraftUnreadable


@dataclass(frozen=True, slots=True)
class WhereAndHow:
    """Which folders are meant and what is permitted. No roots: those that Claude Code reads from `project`.

    `judged` is the digest of the draft that was answered about, None: whatever lies in its file.
    """

    project: Path
    roots: tuple[str, ...] = ()
    kind: ArtifactKind | None = None
    allow_hard_delete: bool = False
    dry_run: bool = False
    places: AsidePlaces = BESIDE
    judged: str | None = None


@dataclass(frozen=True, slots=True)
class LifecycleReport:
    """What was found out, decided and done; `result` is None where nothing was to be done, or only tried."""

    draft: LearnedDraft | None
    decision: LifecycleDecision
    comparison: Comparison = field(default_factory=Comparison)
    mended: tuple[Diagnostic, ...] = ()
    recovered: tuple[str, ...] = ()
    result: LifecycleResult | None = None


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was brought back; without a name `rows` is what could be."""

    rows: tuple[AsideRow, ...] = ()
    restored: str = ""
    recovered: tuple[str, ...] = ()


def compare(app: App, path: Path, how: WhereAndHow) -> LifecycleReport:
    """Compare a draft's file with what exists, and decide.

    Raises:
        DraftUnreadable: The file is no draft.
        DraftRefused: The draft could do harm.
        DraftOfOtherProject: It is of a project, and not of this one.
    """
    draft, mended = _drafted(app, path, how.kind)
    artifacts = LearnedArtifacts(lifecycle(app))
    found = artifacts.compare(draft, _roots_for(app, path, draft, how))
    decision = decision_on(draft, found, allow_hard_delete=how.allow_hard_delete)
    return LifecycleReport(draft, decision, found, mended, artifacts.recovered)


def decide(app: App, path: Path, how: WhereAndHow) -> LifecycleReport:
    """Do the same; the verb shows the decision first."""
    return compare(app, path, how)


def apply(app: App, path: Path, how: WhereAndHow) -> LifecycleReport:
    """Compare, decide, and carry the decision out; a new artefact goes into the first of the folders.

    A draft that waits for review is accepted by this: it waits no more, and `review undo` takes it back.

    Raises:
        DraftRefused: The draft could do harm.
        DraftOfOtherProject: It is of a project, and not of this one.
        ArtifactChanged: The target changed meanwhile.
        ArtifactsBusy: Another process changes these folders for too long.
        StoreFull: Something cannot be written; everything is as it was.
        StoreLocked: Drafts are being made for longer than we wait.
        NotPending: The draft that waits is not the one that was answered about.
    """
    if how.dry_run or kept_at(app, path) is None:
        return _applied(app, path, how)
    with learning_lock(app).held():
        kept = kept_at(app, path)
        return _applied(app, path, how, DraftAnswer(app, kept, how.judged) if kept is not None else None)


def _applied(app: App, path: Path, how: WhereAndHow, answer: DraftAnswer | None = None) -> LifecycleReport:
    draft, mended = _drafted(app, path, how.kind)
    artifacts, roots = LearnedArtifacts(lifecycle(app)), _roots_for(app, path, draft, how)
    # Compared outside, two drafts that say the same would both find nothing, and both be written.
    with nullcontext() if how.dry_run else artifacts.alone(roots, how.places):
        found = artifacts.compare(draft, roots)
        decision = decision_on(draft, found, allow_hard_delete=how.allow_hard_delete)
        is_done = not how.dry_run and decision.type is not DecisionType.KEEP
        if answer is not None:
            answer.begin(decision, draft, roots[0])
        try:
            result = artifacts.apply(decision, draft, roots[0], how.places) if is_done else None
        except StrataError:
            if answer is not None:
                answer.give_up()
            raise
        if result is not None:
            begin_anew(app, result.active_path)
        if answer is not None:
            answer.finish(result, decision)
    return LifecycleReport(draft, decision, found, mended, artifacts.recovered, result)


def archive(app: App, name: str, because: str, how: WhereAndHow) -> LifecycleReport:
    """Take a learned artefact out of use; `restore` brings it back.

    Raises:
        ArtifactUnknown: Nothing has this name.
        ArtifactForeign: It is the user's own.
    """
    artifacts = LearnedArtifacts(lifecycle(app))
    target = artifacts.named(name, _places(app, how))
    return _carried_out(app, artifacts, decide_archive(target, because), how)


def delete(app: App, name: str, because: str, how: WhereAndHow) -> LifecycleReport:
    """Delete a learned artefact, where that is permitted; a tombstone keeps its content.

    Raises:
        ArtifactUnknown: Nothing has this name.
        ArtifactForeign: It is the user's own.
        HardDeleteForbidden: It is not permitted.
    """
    artifacts = LearnedArtifacts(lifecycle(app))
    target = artifacts.named(name, _places(app, how))
    return _carried_out(app, artifacts, decide_delete(target, because, allow_hard_delete=how.allow_hard_delete), how)


def restore(app: App, name: str, how: WhereAndHow) -> RestoreReport:
    """Bring back what was put aside last under a name; without a name, list what could be.

    Raises:
        ArtifactUnknown: Nothing of that name was put aside.
        ArtifactNameTaken: Something is in its place.
    """
    artifacts = LearnedArtifacts(lifecycle(app))
    roots = tuple(dict.fromkeys(place for each in _places(app, how).values() for place in each))
    if not name or how.dry_run:
        rows = artifacts.aside(roots, how.places)
        return RestoreReport(
            tuple(row for row in rows if not name or name in {row.name, slug_of(row)}), "", artifacts.recovered
        )
    row, path = artifacts.restore(name, roots, how.places)
    begin_anew(app, path)
    return RestoreReport((row,), path, artifacts.recovered)


def _drafted(app: App, path: Path, kind: ArtifactKind | None) -> tuple[LearnedDraft, tuple[Diagnostic, ...]]:
    """Read a draft as it may be written, with what was taken out of it and mended."""
    clean, taken = cleaned(app, _read(app, path, kind))
    draft, mended = checked_draft(clean)
    return draft, (*taken, *mended)


def _read(app: App, path: Path, kind: ArtifactKind | None) -> LearnedDraft:
    try:
        data = app.disk.read(str(path), max_bytes=MAX_DRAFT_BYTES)
    except FileUnreadable as error:
        raise DraftUnreadable(error.message, hint="name a draft's file") from error
    return read_draft(data, str(path), kind)


def _roots_for(app: App, path: Path, draft: LearnedDraft, how: WhereAndHow) -> tuple[str, ...]:
    """Give the folders for a draft, unless folders are named: the user's own, or those of its project and the user's.

    Raises:
        DraftOfOtherProject: It is of a project, and not of this one.
    """
    if how.roots:
        return how.roots
    home = app.settings.home
    if draft.scope == "user":
        return usual_roots(draft.kind, home, home)
    kept = kept_at(app, path)
    projects = kept.projects if kept is not None else tuple(dict.fromkeys(e.project for e in draft.evidence))
    owners = [project for project in projects if is_label(project)]
    here = project_label(app.project_of(how.project))
    if owners and here not in owners:
        raise DraftOfOtherProject(
            f"the draft {draft.name} is of the project {', '.join(owners)}, and this is {here}",
            hint="apply it in its own project, or name the folder with --root",
        )
    return _roots(app, draft.kind, how)


def _roots(app: App, kind: ArtifactKind, how: WhereAndHow) -> tuple[str, ...]:
    return how.roots or usual_roots(kind, app.settings.home, how.project)


def _places(app: App, how: WhereAndHow) -> dict[ArtifactKind, tuple[str, ...]]:
    kinds = (how.kind,) if how.kind else tuple(ArtifactKind)
    if how.roots and how.kind is None:
        # In a folder of one's own, a .md file may be anything: only skills are certain by their name.
        kinds = (ArtifactKind.SKILL, ArtifactKind.COMMAND)
    return {kind: _roots(app, kind, how) for kind in kinds}


def _carried_out(
    app: App, artifacts: LearnedArtifacts, decision: LifecycleDecision, how: WhereAndHow
) -> LifecycleReport:
    if decision.type is DecisionType.KEEP:
        raise ArtifactForeign(decision.reason, hint="change or remove it by hand, if that is what you want")
    if decision.target is not None and not how.dry_run:
        begin_anew(app, decision.target.path)
    result = None if how.dry_run else artifacts.apply(decision, None, "", how.places)
    return LifecycleReport(None, decision, recovered=artifacts.recovered, result=result)
