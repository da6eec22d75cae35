"""A program the agent ran, put together from the events that show it.

Shapes  one Execution per run of a program; `event_ids` are every event that belongs to it, the run last
"""

from dataclasses import dataclass
from enum import Enum

from skillstrata.records.events import FileSnapshot, Outcome


class BodyKind(Enum):
    """Where the program text stood: a script file, a heredoc, an inline `-c` string, or the command line itself.

    The body of a PIPELINE is `sh` text to run: known programs that make a file or a text out of files.
    """

    SCRIPT = "script"
    HEREDOC = "heredoc"
    INLINE = "inline"
    PIPELINE = "pipeline"


@dataclass(frozen=True, slots=True)
class Module:
    """A helper module that the session wrote and a program imports. `path` is absolute."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of a program the agent wrote: the body as it was when it ran, and how it was called.

    `body` is the program text at that moment (None: its source never appeared; `gap` says so). `argv` are the
    words after
    the script. `cwd` is the folder the program ran in (`cd` in the command applied). `stdin_path` and `stdout_path` are
    absolute files of redirections or `cat FILE |`. `masked` says that the shell hid the exit status. `snapshots`
    are the files that the execution's events name, latest state first seen wins per path. `interpreter` is the word
    that started Python, as it was written ("python3", ".venv/bin/python"), "" where another program chose it.
    `imported` runs were read from a history: nobody looked at the disk when they happened.
    `language` is "python", "node" or "shell". `modules` are helper modules that the session wrote and the body imports.
    `binaries` are the programs that a shell body starts. `loop` is set for one turn of a loop over many files: it says
    so in words, and `argv`, `stdin_path` and `stdout_path` are those of the first file that is known by name.
    `installed` are the distributions that installs of the same session brought, by name.
    """

    id: str
    agent: str
    session: str
    tool_use_id: str
    at_s: float
    language: str
    body_kind: BodyKind
    body: str | None
    argv: tuple[str, ...]
    cwd: str
    outcome: Outcome
    event_ids: tuple[str, ...]
    script_path: str = ""
    stdin_path: str = ""
    stdout_path: str = ""
    stdout: str = ""
    error: str = ""
    masked: bool = False
    gap: str = ""
    intent: str = ""
    env: tuple[tuple[str, str], ...] = ()
    snapshots: tuple[FileSnapshot, ...] = ()
    edits_since_write: int = 0
    interpreter: str = ""
    imported: bool = False
    modules: tuple[Module, ...] = ()
    binaries: tuple[str, ...] = ()
    loop: str = ""
    installed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoiseEvent:
    """An event that belongs to no execution, and why."""

    event_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """What a file that an execution names held when it ran, as the session itself wrote it."""

    execution_id: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """Every event of a session, each exactly once as noise or at least once in an execution.

    `written` are texts of files that nobody made a snapshot of.
    """

    executions: tuple[Execution, ...]
    noise: tuple[NoiseEvent, ...]
    written: tuple[WrittenFile, ...] = ()
