"""Cut sessions into episodes of steps, and leave out what nobody's work shows.

In     SessionWork: the events of one session, in order
Out    Episodes: what one prompt led to, as steps with their outcomes; the prompts of people
Never  keeps what a program printed: it only tells passing failures from lasting ones
Why    a session that a script started says how the script works; counting it as practice would teach us itself
"""

import posixpath
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from skillstrata.library.learning_commands import Step, steps_of
from skillstrata.library.learning_screen import is_clean_word
from skillstrata.library.learning_words import EXTENSIONS
from skillstrata.records.events import Event, EventKind, Outcome, changes_of
from skillstrata.records.session_work import SessionWork

EDIT = "edit"
_READING_TOOLS = frozenset(
    "Read Grep Glob LS WebFetch WebSearch TodoWrite Task Agent Bash BashOutput KillShell KillBash ToolSearch Skill "
    "AskUserQuestion ExitPlanMode EnterPlanMode NotebookRead TaskOutput TaskCreate TaskUpdate TaskList TaskStop shell "
    "exec_command update_plan read_file list_directory glob view grep".split()
)
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
    """One step as it was done. An edit of files has `EDIT` and their types as its words."""

    step: Step
    outcome: Outcome
    event_id: str
    at_s: float
    passing: bool = False

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


def read_work(works: tuple[SessionWork, ...], private: frozenset[str] = frozenset()) -> WorkRead:
    """Read sessions.

    Args:
        works: Any number of sessions; one without a person's prompt is left out.
        private: Names of this machine's people, in lower case.
    """
    openings = Counter(_opening(work) for work in works)
    episodes: list[Episode] = []
    said: list[Said] = []
    left_out = 0
    for work in works:
        if _runs_by_itself(work, openings):
            left_out += 1
            continue
        episodes += _episodes(work, private)
        said += [Said(e.prompt, e.id, work.session, work.project, e.at_s) for e in _prompts(work)]
    return WorkRead(tuple(episodes), tuple(said), len(works) - left_out, left_out)


def is_typed(prompt: str) -> bool:
    """Say whether a prompt reads like a person's: no wrapping of a client, no task that a program hands over."""
    text = prompt.strip()
    return bool(text) and not (_TASK.match(text) and (text[0] in "<[" or len(text) > _TASK_CHARS))


def _prompts(work: SessionWork) -> list[Event]:
    return [e for e in work.events if e.kind is EventKind.PROMPT and not e.sub_agent and is_typed(e.prompt)]


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


def _episodes(work: SessionWork, private: frozenset[str]) -> list[Episode]:
    """Open an episode at each prompt; a sub-agent's calls are episodes of their own."""
    lanes: dict[tuple[int, str], list[Act]] = {}
    number = 0
    for event in work.events:
        if event.kind is EventKind.PROMPT and not event.sub_agent:
            number += 1
        elif event.kind is EventKind.CALL:
            lanes.setdefault((number, event.sub_agent), []).extend(_acts(event, private))
    return [Episode(work.session, work.project, tuple(acts), lane[1]) for lane, acts in lanes.items() if acts]


def _acts(event: Event, private: frozenset[str]) -> list[Act]:
    if event.shell is not None:
        steps = steps_of(event.shell.command, event.cwd_before or event.cwd, private)
        return _shell_acts(event, steps)
    types = sorted({_type_of(change.path) for change in changes_of(event)} - {""})
    if types:
        core = f"{EDIT} {' '.join(types)}"
        return [Act(Step(core, core, core, ""), event.outcome, event.id, event.at_s)]
    name = event.tool.removeprefix("mcp__").replace("__", ":")
    if event.tool in _READING_TOOLS or not event.tool.startswith("mcp__") or not is_clean_word(name, private):
        return []
    core = f"tool {name}"
    return [Act(Step(core, core, core, ""), event.outcome, event.id, event.at_s, _is_passing(event))]


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
