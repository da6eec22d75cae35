"""Prepare what agents are told at their start: after a pass, by the background process or by a person's own pass.

In     the App, the sessions that the pass read
Out    a text for each project, and one for any other
Never  stops the pass that it follows; stores a word of a prompt but those for types and verbs
"""

import re
from collections import defaultdict
from pathlib import Path

from skillstrata.app.callers import project_digest
from skillstrata.app.exposure import BRANCH
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import warm_starts
from skillstrata.library.search_terms import intent_of
from skillstrata.library.warm_start import SkillLine, WarmStarts, Work, without
from skillstrata.records.candidates import State
from skillstrata.records.errors import StrataError
from skillstrata.records.events import Event, EventKind
from skillstrata.records.exchanges import SessionTrace
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.qualities import Showing
from skillstrata.records.tools import Tool
from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.skill_bytes import MAX_SKILL_BYTES

_RUN = re.compile(r"\b(?:skillstrata|distiller)\s+run\s+([a-z0-9]+(?:-[a-z0-9]+)*)")
_ENDING = re.compile(r"\.([A-Za-z0-9]{1,8})\Z")
_MOST_ENDINGS, _MOST_TERMS = 12, 20
_MOST_PROJECTS = 100
_CALLS_LOOKED_AT = 2_000
_SESSIONS_EACH = 20
_PLACED = (State.PLACED, State.DUPLICATE)


def prepare_after_pass(app: App, sessions: tuple[str, ...]) -> str:
    """Note these sessions and prepare every text anew; gives why it could not be done, "" where it was."""
    try:
        prepare(app, sessions)
    except StrataError as error:
        return error.message
    return ""


def prepare(app: App, sessions: tuple[str, ...]) -> None:
    """Note these sessions and prepare every text anew.

    Raises:
        StoreFull: It cannot be written; what was prepared before stays.
    """
    store = warm_starts(app)
    if not app.settings.warm_start_enabled:
        store.clear()
        return
    traces = tuple(trace for session in sessions if (trace := _trace(app, session)) is not None)
    store.note(traces, known=frozenset(app.catalog.sessions()))
    makes = starts_of(app)
    texts = [(folder, makes.of(project, work)) for project, folders, work in _projects(app) for folder in folders]
    store.put((("", makes.general()), *texts))


def note_showings(app: App, sessions: tuple[str, ...]) -> None:
    """Record in the catalog which tools these sessions were told of at their start."""
    wanted = frozenset(sessions)
    now_s = app.clock.now_s()
    told = {
        (shown.session, name): Showing(shown.session, name, "warm-start", now_s)
        for shown in warm_starts(app).shown()
        if shown.session in wanted
        for name in shown.names
    }
    if told:
        app.catalog.add_showings(tuple(told.values()))


def starts_of(app: App) -> WarmStarts:
    """Index the library as it is now."""
    tools = _that_hold(app)
    qualities = dict(app.catalog.qualities()) if tools else {}
    return WarmStarts(tools, qualities, _skills(app), app.settings.warm_start_max_chars)


def _that_hold(app: App) -> tuple[Tool, ...]:
    """Give the tools without the branches that regression found broken here."""
    broken: defaultdict[str, set[str]] = defaultdict(set)
    for change in app.catalog.changes():
        if change.kind == BRANCH and not change.undone:
            broken[change.tool].add(change.branch)
    left = (without(tool, frozenset(broken.get(tool.name, ()))) for tool in app.library.tools())
    return tuple(tool for tool in left if tool is not None)


def work_in(app: App, folder: Path) -> Work:
    """Give what is known of the project that a folder belongs to."""
    project = str(app.project_of(folder))
    traces = tuple(trace for trace in warm_starts(app).sessions() if trace.project == project)
    return _work(app, project, traces, _made(app))


def _projects(app: App) -> list[tuple[str, tuple[str, ...], Work]]:
    """Give (project, folders to tell it in, what is known), those worked in last first."""
    by_project: defaultdict[str, list[SessionTrace]] = defaultdict(list)
    for trace in reversed(warm_starts(app).sessions()):
        by_project[trace.project].append(trace)
    made = _made(app)
    found: list[tuple[str, tuple[str, ...], Work]] = []
    for project, traces in list(by_project.items())[:_MOST_PROJECTS]:
        folders = tuple(dict.fromkeys((project, *(trace.folder for trace in traces))))
        found.append((project, folders, _work(app, project, tuple(traces), made)))
    return found


def _work(app: App, project: str, traces: tuple[SessionTrace, ...], made: dict[str, set[str]]) -> Work:
    here = frozenset(tool for trace in traces for tool in made.get(trace.session, ()))
    return Work(_with_calls(app, project, traces[:_SESSIONS_EACH]), warm_starts(app).endings(project), here)


def _with_calls(app: App, project: str, traces: tuple[SessionTrace, ...]) -> tuple[SessionTrace, ...]:
    """Add the calls that the catalog knows of this project, as one more session where theirs is not named."""
    digest = project_digest(app, Path(project))
    called = {use.tool for use in app.catalog.usages(newest=_CALLS_LOOKED_AT) if use.project == digest and use.ok}
    missing = tuple(sorted(called - {tool for trace in traces for tool in trace.tools}))
    return (*traces, SessionTrace("", project, project, 0.0, missing)) if missing else traces


def _made(app: App) -> dict[str, set[str]]:
    """Give the tools that each session's programs went into."""
    made: defaultdict[str, set[str]] = defaultdict(set)
    for candidate in (c for state in _PLACED for c in app.catalog.candidates(state)):
        if candidate.tool:
            made[candidate.source.session].add(candidate.tool)
    return made


def _trace(app: App, session: str) -> SessionTrace | None:
    """Sum up a session; None where it says nothing of a project."""
    events = app.traces.session(session)
    folder = next((event.cwd_before or event.cwd for event in events if event.cwd_before or event.cwd), "")
    if not folder.startswith("/"):
        return None
    return SessionTrace(
        session=session,
        project=str(app.project_of(Path(folder))),
        folder=str(Path(folder)),
        at_s=events[-1].at_s,
        tools=tuple(dict.fromkeys(name for event in events for name in _RUN.findall(_command(event)))),
        endings=_endings(events),
        terms=_terms(events),
    )


def _command(event: Event) -> str:
    return event.shell.command if event.shell is not None else ""


def _endings(events: tuple[Event, ...]) -> tuple[str, ...]:
    hits = (_ENDING.search(file.path) for event in events for file in event.files)
    return tuple(dict.fromkeys(hit[1].lower() for hit in hits if hit is not None))[:_MOST_ENDINGS]


def _terms(events: tuple[Event, ...]) -> tuple[str, ...]:
    asked = (intent_of(event.prompt) for event in events if event.kind is EventKind.PROMPT)
    return tuple(dict.fromkeys(words for words in asked if words))[:_MOST_TERMS]


def _skills(app: App) -> tuple[SkillLine, ...]:
    """Give the instruction skills that lie in the library; those elsewhere a client lists by itself."""
    root = app.data_dir / "skills"
    tools = app.library.taken() & {tool.name for tool in app.library.tools()}
    found: list[SkillLine] = []
    for page in app.skill_resources.pages(str(root)):
        folder = Path(page).parent
        if folder.parent != root or folder.name in tools or folder.name.startswith("."):
            continue
        try:
            data = app.disk.read(page, max_bytes=MAX_SKILL_BYTES)
        except FileUnreadable:
            continue
        read = parse_skill(data, folder_name=folder.name, path=page)
        if read.loads:
            found.append(SkillLine(folder.name, read.frontmatter.description))
    return tuple(found)
