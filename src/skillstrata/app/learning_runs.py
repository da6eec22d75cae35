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
from skillstrata.app.wiring_library import phrasing
from skillstrata.library.learning_drafting import Known, draft_from, is_sound, summary_of
from skillstrata.library.learning_phrasing import with_phrase
from skillstrata.records.events import Event
from skillstrata.records.learned_drafts import DraftsMade, FoundDraft, KeptDraft
from skillstrata.records.session_work import SessionWork

_MOST_FAILURES = 2


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
    """What a run came to: the drafts of the projects that were asked for, and of all what was left out, and why."""

    rows: tuple[DraftRow, ...]
    made: DraftsMade
    new: int
    settled: int
    stopped: bool = False

    @property
    def summary(self) -> str:
        """Say in a line what became of what was found."""
        return "stopped before the end" if self.stopped else summary_of(self.made)


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
    files = draft_files(app)
    kept, settled = files.kept(), files.settled()
    works, private, stopped = _works(app, budget)
    if stopped:
        return DraftReport((), DraftsMade(), 0, len(settled), stopped=True)
    known = Known(tuple((k.key, k.projects) for k in kept), settled, private)
    made = draft_from(
        works,
        limits_of(app.settings.learning),
        known,
        now_s=app.clock.now_s(),
        is_clean=lambda text: not app.redactor.redact(text).hits,
    )
    before = frozenset(k.key for k in kept)
    found = _phrased(app, made.drafts, kept, private)
    paths = {k.key: k.path for k in files.keep(found)}
    labels = {project, project_label(app.project_of(Path(project)))} if project else set[str]()
    rows = tuple(DraftRow(f, paths[f.key]) for f in found if not labels or labels & set(f.projects))
    return DraftReport(rows, replace(made, drafts=found), len(paths.keys() - before), len(settled))


def _works(app: App, budget: LearningBudget) -> tuple[tuple[SessionWork, ...], frozenset[str], bool]:
    """Read the newest sessions, and the names of people that their folders show."""
    read: list[tuple[float, str, tuple[Event, ...]]] = []
    for session in app.catalog.sessions():
        if budget.should_stop():
            return (), frozenset(), True
        events = app.traces.session(session)
        if events:
            read.append((events[-1].at_s, session, events))
    newest = sorted(read, reverse=True, key=lambda one: one[:2])[: budget.sessions]
    folders = {e.cwd for _, _, events in newest for e in events if e.cwd}
    labels = {folder: project_label(app.project_of(Path(folder))) for folder in folders}
    works = tuple(SessionWork(s, labels.get(_folder_of(events), "none"), events) for _, s, events in reversed(newest))
    return works, names_of_people(app, folders), False


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
