"""Runs of learning: from recorded sessions to draft files, asked for or in the background.

In     the App
Out    DraftReport; draft files that `learn apply` reads
Never  writes an artefact, or lists a draft anywhere: nothing that is learnt is seen by an agent before it is accepted
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from skillstrata.app.draining import drain
from skillstrata.app.learning_settings import limits_of
from skillstrata.app.project_labels import names_of_people, project_label
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import drafts as draft_files
from skillstrata.app.wiring_library import learning_lock, phrasing, review_log
from skillstrata.library.learning_drafting import Known, draft_from, is_sound, summary_of
from skillstrata.library.learning_findings import counted
from skillstrata.library.learning_phrasing import with_phrase
from skillstrata.records.events import Event
from skillstrata.records.failures import StoreLocked
from skillstrata.records.learned_drafts import DraftsMade, FoundDraft, KeptDraft, session_digest
from skillstrata.records.reviews import DRAFT
from skillstrata.records.session_work import SessionWork

_MOST_FAILURES = 2
_MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class LearningBudget:
    """How far one run goes: so many sessions, the newest first, and not beyond the moment it should stop."""

    sessions: int = 2000
    should_stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One draft with its file."""

    found: FoundDraft
    path: str


@dataclass(frozen=True, slots=True)
class DraftReport:
    """What a run came to: the drafts of the projects that were asked for, and of all what was left out, and why.

    `older` are sessions that were not read: a run reads so many, the newest.
    """

    rows: tuple[DraftRow, ...]
    made: DraftsMade
    new: int
    settled: int
    stopped: bool = False
    older: int = 0

    @property
    def summary(self) -> str:
        """Say in a line what became of what was found, and what was not looked at."""
        if self.stopped:
            return "stopped before the end"
        left = f"; {counted(self.older, 'older session')} not read" if self.older else ""
        return f"{summary_of(self.made)}{left}"


WHOLE = LearningBudget()


def learn(app: App, budget: LearningBudget = WHOLE) -> DraftReport | None:
    """Make drafts in the background, where the settings allow it.

    Raises:
        StoreFull: A draft cannot be written.
        StoreLocked: Another process takes in events for longer than we wait.
    """
    return drafted(app, budget=budget) if app.settings.learning.enabled else None


def drafted(app: App, project: str = "", budget: LearningBudget = WHOLE) -> DraftReport:
    """Read what was done, and write a draft for whatever holds.

    Args:
        app: The App.
        project: A project's folder or label; the report then has its drafts only. All are made in any case.
        budget: How far it goes; a run that is stopped changes no draft.

    Raises:
        StoreFull: A draft cannot be written.
        StoreLocked: Another process takes in events for longer than we wait.
    """
    app.prepare()
    drain(app)
    for _ in range(_MOST_TRIES):
        report = _made_once(app, project, budget)
        if report is not None:
            return report
    raise StoreLocked("sessions are being forgotten meanwhile", hint="try again when that has ended")


def _made_once(app: App, project: str, budget: LearningBudget) -> DraftReport | None:
    """Make the drafts, None where a session they come from was forgotten meanwhile."""
    files = draft_files(app)
    kept, settled, forgotten = files.kept(), _settled(app), app.catalog.forgotten_sessions()
    read = _works(app, budget)
    if read is None:
        return DraftReport((), DraftsMade(), 0, len(settled), stopped=True)
    works, private = read.works, read.private
    made = _found(app, works, Known(tuple((k.key, k.projects) for k in kept), settled, private))
    before = frozenset(k.key for k in kept)
    found = _phrased(app, made.drafts, kept, private)
    with learning_lock(app).held():
        known = frozenset(app.catalog.sessions())
        if forgotten != app.catalog.forgotten_sessions() or not all(work.session in known for work in works):
            return None
        # Somebody may have decided about one while they were being made.
        settled = _settled(app)
        found = tuple(one for one in found if one.key not in settled)
        paths = {k.key: k.path for k in files.keep(found)}
    labels = {project, project_label(app.project_of(Path(project)))} if project else set[str]()
    rows = tuple(DraftRow(f, paths[f.key]) for f in found if not labels or labels & set(f.projects))
    made = replace(made, drafts=found)
    return DraftReport(rows, made, len(paths.keys() - before), len(settled), older=read.older)


def touched_by(app: App, session: str) -> tuple[KeptDraft, ...]:
    """Give the drafts that come from a session, among others or alone."""
    digest = session_digest(session)
    return tuple(kept for kept in draft_files(app).kept() if digest in kept.sources or not kept.sources)


def unlearn(app: App, session: str) -> None:
    """Make the drafts anew as if a session had not been; none is new. The caller holds the lock of learning.

    Raises:
        StoreFull: A draft cannot be written.
    """
    if not touched_by(app, session):
        return
    files = draft_files(app)
    kept = files.kept()
    read = _works(app, WHOLE, without=session) or _Read()
    works, private = read.works, read.private
    made = _found(app, works, Known(tuple((k.key, k.projects) for k in kept), _settled(app), private))
    before = {k.key: k for k in kept}
    still = tuple(one for one in made.drafts if one.key in before)
    files.keep(tuple(_as_described(one, before[one.key], private) for one in still))


def _as_described(one: FoundDraft, kept: KeptDraft, private: frozenset[str]) -> FoundDraft:
    """Keep what a model said of a draft whose content is the same."""
    if kept.digest != hashlib.sha256(one.draft.content.encode()).hexdigest():
        return one
    better = with_phrase(one.draft, kept.description)
    return replace(one, draft=better) if is_sound(better, private) else one


def _settled(app: App) -> frozenset[str]:
    """Give the keys of drafts that somebody decided about; answers are remembered where the index of drafts is lost."""
    answered = (said.item.partition(":") for said in review_log(app).decisions() if not said.undone)
    return draft_files(app).settled() | {key for kind, _, key in answered if kind == DRAFT}


def _found(app: App, works: tuple[SessionWork, ...], known: Known) -> DraftsMade:
    return draft_from(
        works,
        limits_of(app.settings.learning),
        known,
        now_s=app.clock.now_s(),
        is_clean=lambda text: not app.redactor.redact(text).hits,
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """Sessions, the names of people that their folders show, and how many older sessions there are."""

    works: tuple[SessionWork, ...] = ()
    private: frozenset[str] = frozenset()
    older: int = 0


def _works(app: App, budget: LearningBudget, without: str = "") -> _Read | None:
    """Read the newest sessions; None where it is to stop."""
    read: list[tuple[float, str, tuple[Event, ...]]] = []
    for session in app.catalog.sessions():
        if budget.should_stop():
            return None
        events = app.traces.session(session) if session != without else ()
        if events:
            read.append((events[-1].at_s, session, events))
    newest = sorted(read, reverse=True, key=lambda one: one[:2])[: budget.sessions]
    folders = {e.cwd for _, _, events in newest for e in events if e.cwd}
    projects = {folder: app.project_of(Path(folder)) for folder in folders}
    labels = {folder: project_label(project) for folder, project in projects.items()}
    gone = {folder for folder, project in projects.items() if not app.disk.exists(str(project))}
    works = tuple(
        SessionWork(s, labels.get(folder, "none"), events, is_gone=folder in gone)
        for s, folder, events in ((s, _folder_of(events), events) for _, s, events in reversed(newest))
    )
    return _Read(works, names_of_people(app, folders), len(read) - len(newest))


def _folder_of(events: tuple[Event, ...]) -> str:
    return next((e.cwd_before or e.cwd for e in events if e.cwd_before or e.cwd), "")


def _phrased(
    app: App, found: tuple[FoundDraft, ...], kept: tuple[KeptDraft, ...], private: frozenset[str]
) -> tuple[FoundDraft, ...]:
    """Let a model describe the new drafts, where the settings say so; what it writes is checked, or left."""
    model = phrasing(app)
    if model is None:
        return found
    failures = 0
    before = {k.key: k for k in kept}
    out: list[FoundDraft] = []
    for one in found:
        known = before.get(one.key)
        if known is not None and known.digest == hashlib.sha256(one.draft.content.encode()).hexdigest():
            said = known.description
        elif failures < _MOST_FAILURES:
            said = model.describe(one.draft)
            failures = 0 if said else failures + 1
        else:
            said = ""
        better = with_phrase(one.draft, said)
        is_fit = is_sound(better, private) and not app.redactor.redact(better.description).hits
        out.append(replace(one, draft=better) if is_fit else one)
    return tuple(out)
