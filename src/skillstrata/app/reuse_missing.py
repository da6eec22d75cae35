"""R_miss: programs that agents wrote although the library had the tool, found where they are placed.

In     the candidates of a pass, as placed
Out    a ReuseMiss for each that says nothing new about a tool that was there before it ran
Never  counts what an agent wrote before there was the tool, or twice in one session before it was one
Why    only placement knows that two programs do the same; why it was written again is in what the session did before
"""

from collections.abc import Iterable
from pathlib import Path

from skillstrata.app.callers import is_named, project_digest
from skillstrata.app.interpreters import environment_key, interpreter_of
from skillstrata.app.missing import slice_of
from skillstrata.app.wiring import App
from skillstrata.library import Seen, cause_of
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
_SEARCH, _CALL, _DESCRIBE = "__skills_search", "__skills_call", "__skills_describe"
_MOST_WORDS = 12
_BEFORE_S = 120.0


def note_reuse_misses(app: App, candidates: Iterable[Candidate]) -> tuple[ReuseMiss, ...]:
    """Store and give the misses among candidates that were placed just now."""
    found = tuple(miss for candidate in candidates if (miss := _miss(app, candidate)) is not None)
    for miss in found:
        app.catalog.add_reuse_miss(miss)
    return found


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
    searches = [s for s in app.catalog.searches(began_s, execution.at_s) if _is_of(s, execution.session, project)]
    calls = [
        use
        for use in app.catalog.usages(tool.name)
        if began_s <= use.at_s <= execution.at_s and _is_of(use, execution.session, project)
    ]
    names = {tool.name, *tool.aliases}
    found = any(names & set(search.found) for search in searches)
    seen = Seen(
        searched=bool(searches) or any(_is_ours(e, _SEARCH) for e in events),
        found=found,
        shown=_is_shown(app, tool, execution.session),
        called=bool(calls) or (not searches and any(_is_ours(e, _DESCRIBE) for e in events)),
        failed=any(not use.ok for use in calls)
        or (not calls and any(_is_ours(e, _CALL) and e.outcome is Outcome.FAILED for e in events)),
    )
    cause = cause_of(seen)
    words = dict.fromkeys(word for search in searches for word in search.words) if not found else {}
    return cause, tuple(words)[:_MOST_WORDS] if cause is MissCause.NOT_FOUND else (), project


def _is_of(one: SearchMade | Usage, session: str, project: str) -> bool:
    return one.session == session if is_named(one.session) else one.project == project


def _is_ours(event: Event, ending: str) -> bool:
    return event.kind is EventKind.CALL and event.tool.endswith(ending) and _SERVER in event.tool


def _is_shown(app: App, tool: Tool, session: str) -> bool:
    if visibility_of(tool.visibility) >= Visibility.LISTED:
        return True
    return any(one.tool == tool.name for one in app.catalog.showings(session))
