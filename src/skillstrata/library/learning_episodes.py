"""Cut sessions into episodes of steps, and leave out what nobody's work shows.

In     SessionWork: the events of one session, in order
Out    Episodes: what one prompt led to, as steps with their outcomes; the prompts of people
Never  keeps what a program printed: it only tells passing failures from lasting ones
Why    a session that a script started says how the script works; counting it as practice would teach us itself
"""

import math
import posixpath
import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

from skillstrata.library.learning_commands import Step, Vocabulary, line_of, targets_in
from skillstrata.library.learning_screen import is_clean_word
from skillstrata.library.learning_words import EXTENSIONS
from skillstrata.records.events import Event, EventKind, Outcome, changes_of
from skillstrata.records.session_work import SessionWork

EDIT = "edit"
_READING_TOOLS = frozenset(
    "Read Grep Glob LS WebFetch WebSearch TodoWrite BashOutput ToolSearch AskUserQuestion ExitPlanMode EnterPlanMode "
    "NotebookRead TaskOutput TaskCreate TaskUpdate TaskList update_plan read_file read_many_files list_directory glob "
    "view grep search_file_content google_web_search web_search view_image read ls list todowrite todoread".split()
)
_LOOKING = re.compile(
    r"(?:.*[:_])?(?:get|list|read|search|find|fetch|query|describe|show|view|lookup)(?:[_-]|\Z)", re.I
)
_DAY_S = 86_400.0
_RANDOM_CHARS = 20
_MOST_PROMPT = 4000
_SCRIPT_SESSIONS = 4
_SCRIPT_CHARS = 40
_FAST_S = 0.5
_FAST_GAPS = 3
_TASK = re.compile(r"\s*(?:<|you are (?:an? |the )|your task is|\[\w+\]|system:|# )", re.I)
_TASK_CHARS = 200
# A failure that says nothing about the command: the network, a limit, a full disk, a person's no, a kill.
_PASSING = re.compile(
    r"\btime(?:d[ -]|-| )?out|\b(?:ETIMEDOUT|ECONN\w+|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EPIPE)\b"
    r"|network (?:is |error|unreach)|fetch failed"
    r"|name resolution|not resolve host|(?:connection|socket) (?:was |is )?(?:reset|refused|aborted|closed|hang)"
    r"|rate.?limit|too many requests|\b(?:429|502|503|504)\b|service unavailable|bad gateway|overloaded|\bquota"
    r"|no space left|out of memory|cannot allocate|\bkilled\b|SIGKILL|SIGTERM|interrupted|temporar|try again"
    r"|resource busy|EBUSY|index\.lock|could not get lock|database is locked|certificate|\bSSL\b|TLS handshake"
    r"|doesn.t want to (?:proceed|take)|was rejected|not allowed|permission to use|sandbox",
    re.I,
)
_MOST_ERROR = 4000
_PASSING_CODES = frozenset({124, 130, 137, 143})


@dataclass(frozen=True, slots=True)
class Act:
    """One step as it was done. An edit of files has `EDIT` and their types as its words.

    `after_change` says that files may have changed between the act before it and this one, by whatever it was.
    """

    step: Step
    outcome: Outcome
    event_id: str
    at_s: float
    passing: bool = False
    after_change: bool = False

    @property
    def is_edit(self) -> bool:
        """Say whether it is a change of files and no command."""
        return self.step.core.startswith(f"{EDIT} ")


@dataclass(frozen=True, slots=True)
class Episode:
    """What one prompt led to, of the agent itself or of one of its sub-agents."""

    session: str
    project: str
    acts: tuple[Act, ...]
    sub_agent: str = ""

    @property
    def id(self) -> str:
        """Name it by its first event."""
        return self.acts[0].event_id


@dataclass(frozen=True, slots=True)
class Said:
    """One prompt that a person typed."""

    text: str
    event_id: str
    session: str
    project: str
    at_s: float


@dataclass(frozen=True, slots=True)
class WorkRead:
    """Everything that is learnt from. `left_out` counts sessions that ran by themselves."""

    episodes: tuple[Episode, ...] = ()
    said: tuple[Said, ...] = ()
    sessions: int = 0
    left_out: int = 0


def read_work(
    works: tuple[SessionWork, ...], private: frozenset[str] = frozenset(), *, now_s: float = math.inf
) -> WorkRead:
    """Read sessions.

    Args:
        works: Any number of sessions; one without a person's prompt is left out. What a forked or resumed session
            copied of another one counts once.
        private: Names of this machine's people, in lower case.
        now_s: The time. What says to be later is no newer than anything else.
    """
    copies = _copies(works)
    works = _timed(works, now_s)
    known = _known_of(works, private)
    openings = Counter(said for _, said in {(_at(work), _opening(work)) for work in works})
    episodes: list[Episode] = []
    said: list[Said] = []
    left_out = 0
    for work in works:
        if _runs_by_itself(work, openings):
            left_out += 1
            continue
        episodes += _Reader(work, known[work.project], copies).episodes()
        said += [Said(e.prompt, e.id, work.session, work.project, e.at_s) for e in _prompts(work) if e.id not in copies]
    return WorkRead(tuple(episodes), tuple(said), len(works) - left_out, left_out)


def _timed(works: tuple[SessionWork, ...], now_s: float) -> tuple[SessionWork, ...]:
    """Give what is dated after today the time of the oldest that is not: nobody knows when it was."""
    past = [e.at_s for work in works for e in work.events if e.at_s <= now_s]
    oldest = min(past, default=now_s)

    def known(event: Event) -> Event:
        if event.at_s <= now_s:
            return event
        return replace(event, at_s=now_s if event.at_s <= now_s + _DAY_S else oldest)

    return tuple(replace(work, events=tuple(map(known, work.events))) for work in works)


def _known_of(works: tuple[SessionWork, ...], private: frozenset[str]) -> dict[str, Vocabulary]:
    """Give what commands of each project are read with."""
    targets: dict[str, set[str]] = {work.project: set() for work in works}
    for work in works:
        for event in work.events:
            if event.shell is not None:
                targets[work.project] |= targets_in(event.shell.command)
    return {project: Vocabulary(private, frozenset(words)) for project, words in targets.items()}


def _copies(works: tuple[SessionWork, ...]) -> frozenset[str]:
    """Give the prompts and calls that a session has from another one, by their ids: all but the first of each."""
    first: dict[tuple[str, ...], str] = {}
    copies: set[str] = set()
    for work in works:
        for event in work.events:
            mark = _mark(event)
            if mark and first.setdefault(mark, work.session) != work.session:
                copies.add(event.id)
    return frozenset(copies)


def _mark(event: Event) -> tuple[str, ...]:
    """Name what a copy has too. Without an id that nothing else has it is the moment, which histories alone copy."""
    said = {
        EventKind.CALL: ("call", event.call, event.tool_use_id),
        EventKind.PROMPT: ("", event.prompt, event.prompt_id),
    }
    kind, words, name = said.get(event.kind, ("", "", ""))
    if not words or (len(name) < _RANDOM_CHARS and not event.imported):
        return ()
    return (kind, words, name if len(name) >= _RANDOM_CHARS else repr(event.at_s))


def is_typed(prompt: str) -> bool:
    """Say whether a prompt reads like a person's: no wrapping of a client, no task that a program hands over."""
    text = prompt.strip()
    return bool(text) and not (_TASK.match(text) and (text[0] in "<[" or len(text) > _TASK_CHARS))


def _prompts(work: SessionWork) -> list[Event]:
    return [e for e in work.events if e.kind is EventKind.PROMPT and not e.sub_agent and is_typed(e.prompt)]


def _at(work: SessionWork) -> float:
    return work.events[0].at_s if work.events else 0.0


def _opening(work: SessionWork) -> str:
    prompts = _prompts(work)
    return prompts[0].prompt.strip() if len(prompts) == 1 else ""


def _runs_by_itself(work: SessionWork, openings: Counter[str]) -> bool:
    """Find sessions without a person: no prompt, one that many sessions begin with, or prompts faster than hands."""
    prompts = _prompts(work)
    if not prompts:
        return True
    first = prompts[0].prompt.strip()
    if len(prompts) == 1:
        return len(first) > _MOST_PROMPT or (len(first) >= _SCRIPT_CHARS and openings[first] >= _SCRIPT_SESSIONS)
    gaps = [after.at_s - before.at_s for before, after in pairwise(prompts)]
    return len(gaps) >= _FAST_GAPS and all(gap < _FAST_S for gap in gaps)


class _Reader:
    """Opens an episode at each prompt; a sub-agent's calls are episodes of their own."""

    def __init__(self, work: SessionWork, known: Vocabulary, copies: frozenset[str]) -> None:
        self._work = work
        self._known = known
        self._copies = copies
        self._lanes: dict[tuple[int, str], list[Act]] = {}
        # How many changes of files there were so far, and before each lane's last act.
        self._changes = 0
        self._seen: dict[tuple[int, str], int] = {}

    def episodes(self) -> list[Episode]:
        """Read the session."""
        number = 0
        for event in self._work.events:
            if event.kind is EventKind.PROMPT and not event.sub_agent:
                number += 1
            elif event.kind is EventKind.CALL and event.id not in self._copies:
                self._read(event, (number, event.sub_agent))
        work = self._work
        return [Episode(work.session, work.project, tuple(acts), lane[1]) for lane, acts in self._lanes.items()]

    def _read(self, event: Event, lane: tuple[int, str]) -> None:
        if event.shell is not None:
            line = line_of(event.shell.command, event.cwd_before or event.cwd, self._known)
            for act in _shell_acts(event, line.steps):
                self._changes += act.step.after_change
                self._add(act, lane)
            self._changes += line.changes
            return
        types = sorted({_type_of(change.path) for change in changes_of(event)} - {""})
        name = event.tool.removeprefix("mcp__").replace("__", ":")
        is_tool = event.tool.startswith("mcp__")
        if types:
            self._add(_act(event, f"{EDIT} {' '.join(types)}"), lane)
        elif is_tool and is_clean_word(name, self._known.private):
            self._add(_act(event, f"tool {name}"), lane)
        self._changes += not (event.tool in _READING_TOOLS or (is_tool and _LOOKING.match(name)))

    def _add(self, act: Act, lane: tuple[int, str]) -> None:
        is_after = self._changes != self._seen.get(lane, self._changes)
        self._seen[lane] = self._changes
        self._lanes.setdefault(lane, []).append(replace(act, after_change=is_after))


def _act(event: Event, core: str) -> Act:
    return Act(Step(core, core, core, ""), event.outcome, event.id, event.at_s, _is_passing(event))


def _shell_acts(event: Event, steps: tuple[Step, ...]) -> list[Act]:
    """Give each step its outcome: of a line that failed only the one that stands alone is known."""
    passing = _is_passing(event)
    acts: list[Act] = []
    for step in steps:
        outcome = event.outcome if step.shown else Outcome.UNKNOWN
        if outcome is Outcome.FAILED and len(steps) > 1:
            outcome = Outcome.UNKNOWN
        acts.append(Act(step, outcome, event.id, event.at_s, passing))
    return acts


def _is_passing(event: Event) -> bool:
    if event.outcome is not Outcome.FAILED:
        return False
    if event.exit_code in _PASSING_CODES:
        return True
    shell = event.shell
    text = f"{shell.error}\n{shell.stderr}\n{shell.stdout}" if shell is not None else ""
    # Both ends: where a program says why it gave up.
    return bool(_PASSING.search(text[:_MOST_ERROR]) or _PASSING.search(text[-_MOST_ERROR:]))


def _type_of(path: str) -> str:
    extension = posixpath.splitext(path)[1].lower().removeprefix(".")
    return f".{extension}" if extension in EXTENSIONS else ""
