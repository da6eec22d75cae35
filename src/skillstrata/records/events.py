"""What an agent did: records as read from an agent, and the one normalised shape, the Event.

Why    one event model behind every agent's log format; outcomes are stated, never invented: agent records
       carry no exit code of successful calls
"""

from dataclasses import dataclass
from enum import Enum


class EventKind(Enum):
    """What a record of an agent's session stands for."""

    CALL = "call"
    PROMPT = "prompt"
    SESSION_START = "session_start"
    SESSION_END = "session_end"
    OTHER = "other"


class Outcome(Enum):
    """How a call ended. `UNKNOWN` is a value: a masked or unfinished call is never counted as ok."""

    OK = "ok"
    BENIGN = "benign"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TextEdit:
    """One replacement of text in a file, as the agent's edit tool states it.

    A hunk of a patch is one too: `old` are its context and removed lines, `new` its context and added lines; `anchor`
    is the line (or lines) that the patch names as standing somewhere before them.
    """

    old: str
    new: str
    every: bool = False
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file the agent wrote or edited through its file tools.

    `content` is the whole new text of a write, None for an edit; `original` is the text before, where recorded.
    A patch may also take a file away (`removed`) or, after its edits, give it another name (`moved_to`). A change
    without content, edits or these says only that the file is no longer what it was.
    """

    path: str
    content: str | None = None
    edits: tuple[TextEdit, ...] = ()
    original: str | None = None
    removed: bool = False
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class ShellCall:
    """A shell command and what came back. `error` is the failure text, which mixes both streams."""

    command: str
    stdout: str = ""
    stderr: str = ""
    error: str = ""
    background: bool = False
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class FileSnapshot:
    """What a path named by an event held when the event was taken in.

    `digest` is None where nothing was kept; `reason` then says why: missing, too_large, not_a_file, unreadable, secret;
    of a moment long ago also vanished (nothing is there any more) and later (what is there was changed since); no_room
    where copies may take no more. `media_type` goes by content, "" where nothing was kept.
    """

    path: str
    digest: str | None
    size_bytes: int = 0
    reason: str = ""
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """One record as an agent's adapter read it: validated, not yet judged or redacted.

    `at_s` is the time the record itself states, None where it states none. `cwd_before` is the folder before the call,
    "" where it is not recorded. `exit_code` is set only where the agent wrote one down. `ended` is False for a call
    whose result is nowhere: cut off, refused before it ran, or still running. `changes` are the
    files of a call that changes several (a patch); `change` is the one of a call that changes one. `used` is the skill,
    command or agent that a call names, as "skill:NAME".
    """

    agent: str
    kind: EventKind
    name: str
    session: str
    cwd: str = ""
    tool_use_id: str = ""
    prompt_id: str = ""
    sub_agent: str = ""
    tool: str = ""
    failed: bool = False
    benign_note: str = ""
    shell: ShellCall | None = None
    change: FileChange | None = None
    prompt: str = ""
    content_digest: str = ""
    at_s: float | None = None
    cwd_before: str = ""
    exit_code: int | None = None
    ended: bool = True
    changes: tuple[FileChange, ...] = ()
    used: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One tool call of an agent and its outcome (or a prompt or session mark), normalised and redacted.

    `id` is "agent:session:tool_use_id", or ends in a content digest where ids are absent or redacted. `at_s` is seconds
    since the epoch. `cwd` is the folder *after* the call, as agents report it; `cwd_before` the one before it, "" where
    that is not on record. `files` are snapshots taken at ingest. `changes` are the files of a call that changes
    several; read them with `changes_of`. `ended` is False for a call whose result was nowhere; the same call with its
    result takes its place. `imported` events were read from a history: nobody looked at the disk when they happened.
    `call` names a call whatever session it stands in: resumed and forked sessions copy calls of others.
    `signals` are what `capture.enrich` saw of a call at ingest. `used` is the skill, command or agent that a call
    names, as "skill:NAME", "command:NAME" or "agent:NAME"; of a call of the library's server "tool:NAME,NAME", what it
    calls, looks at or was given by its search.
    """

    id: str
    agent: str
    session: str
    kind: EventKind
    at_s: float
    tool: str = ""
    tool_use_id: str = ""
    prompt_id: str = ""
    sub_agent: str = ""
    cwd: str = ""
    outcome: Outcome = Outcome.UNKNOWN
    exit_code: int | None = None
    shell: ShellCall | None = None
    change: FileChange | None = None
    prompt: str = ""
    files: tuple[FileSnapshot, ...] = ()
    redactions: int = 0
    changes: tuple[FileChange, ...] = ()
    cwd_before: str = ""
    ended: bool = True
    imported: bool = False
    call: str = ""
    signals: tuple[str, ...] = ()
    used: str = ""


def changes_of(event: Event) -> tuple[FileChange, ...]:
    """Give every file an event wrote or edited, in the order the agent stated them."""
    return event.changes if event.change is None else (event.change, *event.changes)


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one drain of the spool did; `read` = `new` + `duplicate` + `quarantined`."""

    read: int = 0
    new: int = 0
    duplicate: int = 0
    quarantined: int = 0
    sessions: tuple[str, ...] = ()
