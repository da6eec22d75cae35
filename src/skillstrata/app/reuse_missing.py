"""R_miss: programs that agents wrote although the library had the tool, found where they are placed.

In     the candidates of a pass, as placed
Out    a ReuseMiss for each that says nothing new about a tool that was there before it ran; what is learned from it:
       words for the search, and types of input that a version is not asked to do any more
Never  counts what an agent wrote before there was the tool, or twice in one session before it was one
Why    only placement knows that two programs do the same; why it was written again is in what the session did before
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from skillstrata.app.branch_scope import note_scopes
from skillstrata.app.callers import is_named, project_digest
from skillstrata.app.exposure import GATE, WORDS, Reason, changed, store
from skillstrata.app.interpreters import environment_key, interpreter_of
from skillstrata.app.missing import slice_of
from skillstrata.app.project_labels import names_of_people
from skillstrata.app.wiring import App
from skillstrata.library import Seen, cause_of, is_own_fault, lesson_of
from skillstrata.library.prompt_words import prompt_words
from skillstrata.library.reuse_misses import is_meant, other_types
from skillstrata.records.candidates import Candidate, State
from skillstrata.records.contracts import PlacementKind
from skillstrata.records.events import Event, EventKind, Outcome
from skillstrata.records.executions import Execution
from skillstrata.records.failures import (
    EnvironmentNeedsNetwork,
    EnvironmentUnbuildable,
    RuntimeMissing,
    ToolDamaged,
    ToolUnknown,
)
from skillstrata.records.qualities import MissCause, ReuseMiss, SearchMade, Visibility, visibility_of
from skillstrata.records.tools import Branch, Tool, Usage, Version

_SERVER = "skillstrata"
_SURFACE = "mcp"
_SEARCH, _DESCRIBE = "__skills_search", "__skills_describe"
_MOST_WORDS = 20
_BEFORE_S = 120.0


def note_reuse_misses(app: App, candidates: Iterable[Candidate]) -> tuple[ReuseMiss, ...]:
    """Store and give the misses among candidates that were placed just now."""
    found = tuple(miss for candidate in candidates if (miss := _miss(app, candidate)) is not None)
    for miss in found:
        app.catalog.add_reuse_miss(miss)
        _teach(app, miss)
    note_scopes(app, (miss.tool for miss in found))
    return found


def _teach(app: App, miss: ReuseMiss) -> None:
    """Say of a tool that it is found by the words of a miss from now on; `review undo` takes it back."""
    id_ = lesson_of(miss.execution_id)
    if not miss.words or any(change.id == id_ for change in app.catalog.changes(miss.tool)):
        return
    # Neither the words nor the program are named: they are forgotten together with the session they came from.
    why = Reason(GATE, "it was written again after a search that did not find it")
    change = changed(app, miss.tool, (WORDS, "", f"found by {len(miss.words)} more words"), why, miss.branch)
    store(app, app.library.tool(miss.tool), replace(change, id=id_))


def _miss(app: App, candidate: Candidate) -> ReuseMiss | None:
    if not _says_nothing_new(candidate):
        return None
    try:
        tool = app.library.tool(candidate.tool)
        branch = next((b for b in tool.branches if b.name == candidate.branch), None)
        there = _there_before(app, tool, branch, candidate) if branch is not None else None
    except (ToolUnknown, ToolDamaged):
        return None
    if branch is None or there is None or _is_active(branch, candidate):
        return None
    execution = app.catalog.execution(candidate.id)
    cause, words, project = _attributed(app, tool, execution)
    return ReuseMiss(
        execution_id=candidate.id,
        tool=tool.name,
        branch=branch.name,
        slice=slice_of(there),
        version=there.number,
        environment=_environment(app, there),
        cause=cause,
        at_s=candidate.at_s,
        project=project,
        session=execution.session,
        words=words,
    )


def _says_nothing_new(candidate: Candidate) -> bool:
    if candidate.state is State.DUPLICATE:
        return candidate.placement == PlacementKind.DUPLICATE.value
    return candidate.state is State.PLACED and candidate.placement == PlacementKind.ITERATION.value


def _is_active(branch: Branch, candidate: Candidate) -> bool:
    """Say whether the program took the tool's place: then it was better, and writing it was no loss."""
    return branch.current.candidate_id == candidate.id


def _there_before(app: App, tool: Tool, branch: Branch, candidate: Candidate) -> Version | None:
    """Give the newest version of a branch that was in the library before the program ran."""
    numbers = [
        (line.at_s, line.version)
        for line in app.library.lineage(tool.name)
        if line.branch == branch.name and line.candidate_id and line.candidate_id != candidate.id
        if line.at_s < candidate.at_s
    ]
    newest = max(numbers, default=(0.0, 0))[1]
    return next((version for version in branch.versions if version.number == newest), None)


def _environment(app: App, version: Version) -> str:
    try:
        return environment_key(interpreter_of(app, version.language, version.lock, version.requirements))
    except (EnvironmentNeedsNetwork, EnvironmentUnbuildable, RuntimeMissing):
        return "none"


def _attributed(app: App, tool: Tool, execution: Execution) -> tuple[MissCause, tuple[str, ...], str]:
    """Give the cause, the words that were searched for in vain, and the project's digest."""
    project = project_digest(app, Path(execution.cwd or "/"))
    events = [e for e in app.traces.session(execution.session) if e.at_s <= execution.at_s]
    # A call is recorded before the event that tells of it, and may be the first thing a session does.
    began_s = min((e.at_s for e in events), default=execution.at_s) - _BEFORE_S
    mine = _Mine(app, execution, project, began_s)
    searches = [s for s in app.catalog.searches(began_s, execution.at_s) if mine.has_made(s)]
    uses = (use for use in app.catalog.usages(tool.name) if began_s <= use.at_s <= execution.at_s)
    calls = [use for use in uses if (is_named(use.session) or use.surface == _SURFACE) and mine.has_made(use)]
    names = {tool.name, *tool.aliases}
    looked = [e for e in events if _is_ours(e, _SEARCH)]
    named = [e for e in events if _named(e) & names and not _is_ours(e, _SEARCH)]
    called = [e for e in named if not _is_ours(e, _DESCRIBE)]
    seen = Seen(
        searched=bool(searches or looked),
        found=any(names & set(search.found) for search in searches) or any(_named(e) & names for e in looked),
        shown=_is_shown(app, tool, execution.session),
        called=bool(calls or named),
        failed=any(is_own_fault(use) for use in calls)
        or (not calls and any(e.outcome is Outcome.FAILED for e in called)),
    )
    cause = cause_of(seen)
    return cause, _words(app, tool, execution, events, searches) if cause is MissCause.NOT_FOUND else (), project


def _words(
    app: App, tool: Tool, execution: Execution, events: list[Event], searches: list[SearchMade]
) -> tuple[str, ...]:
    """Give the words that were searched for in vain, those of this task first, then those the task was given in.

    A session may search for more than one thing before it writes: only its last search counts, unless that names a
    type of another tool, and others that this tool's own types or verb stand in. A type of file that the tool neither
    takes nor gives is no word for it.
    """
    asked = next((e for e in reversed(events) if e.kind is EventKind.PROMPT), None)
    began_s = asked.at_s if asked is not None else 0.0
    of_task = [search for search in searches if search.at_s >= began_s] or searches
    newest = max(of_task, key=lambda search: search.at_s, default=None)
    meant = [
        search
        for search in of_task
        if is_meant(search.words, tool) or (search is newest and not other_types(search.words, tool))
    ]
    searched = [word for search in reversed(meant) for word in search.words]
    private = names_of_people(app, {execution.cwd} if execution.cwd else set())
    prompted = prompt_words(asked.prompt, private) if asked is not None else ()
    said = dict.fromkeys((*searched, *prompted))
    others = other_types(said, tool)
    return tuple(word for word in said if word not in others)[:_MOST_WORDS]


class _Mine:
    """Tells what the session of an execution did from what others did in its project."""

    def __init__(self, app: App, execution: Execution, project: str, began_s: float) -> None:
        """Look at nothing yet."""
        self._app = app
        self._execution = execution
        self._project = project
        self._began_s = began_s
        self._others: bool | None = None

    def has_made(self, one: SearchMade | Usage) -> bool:
        """Say whether a session made this; of two that are at work in a project, nobody knows which."""
        if is_named(one.session):
            return one.session == self._execution.session
        return one.project == self._project and not self._has_others()

    def _has_others(self) -> bool:
        if self._others is None:
            there = self._app.catalog.sessions_between(self._began_s, self._execution.at_s)
            self._others = any(map(self._is_here, set(there) - {self._execution.session}))
        return self._others

    def _is_here(self, session: str) -> bool:
        cwds = {cwd for event in self._app.traces.session(session) if (cwd := event.cwd_before or event.cwd)}
        return any(project_digest(self._app, Path(cwd)) == self._project for cwd in cwds)


def _named(event: Event) -> frozenset[str]:
    """Give the tools of the library that a call names, or that its search gave."""
    kind, _, names = event.used.partition(":")
    return frozenset(names.split(",")) if kind == "tool" and event.kind is EventKind.CALL else frozenset()


def _is_ours(event: Event, ending: str) -> bool:
    return event.kind is EventKind.CALL and event.tool.endswith(ending) and _SERVER in event.tool


def _is_shown(app: App, tool: Tool, session: str) -> bool:
    if visibility_of(tool.visibility) >= Visibility.LISTED:
        return True
    return any(one.tool == tool.name for one in app.catalog.showings(session))
