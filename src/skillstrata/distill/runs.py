"""One program run inside one shell event: what the record says of it besides its text.

In     Run: the event, the command, the call
Out    the parts of an Execution that its own event decides
Never  invents an outcome: what the shell hides is unknown
"""

import hashlib
import posixpath
import re
from dataclasses import dataclass

from skillstrata.distill.pipelines import Pipeline
from skillstrata.distill.places import absolute, home_of
from skillstrata.distill.printed_text import said
from skillstrata.distill.program_calls import ProgramCall, StandardInput
from skillstrata.distill.shell import ParsedShell, ShellCommand, commands
from skillstrata.distill.virtual_files import FileText
from skillstrata.records.events import Event, Outcome, ShellCall
from skillstrata.records.executions import BodyKind

CANNOT_OPEN = "can't open file"

_READS_STDIN = re.compile(r"\bstdin\b|\binput\s*\(|\bfileinput\b|\bopen\(0|/dev/stdin|\bread\b|readFileSync\(0")
_NO_PYTHON = re.compile(r"\b(?:python[\d.]*|uv|node): (?:command )?not found|No such file or directory: '?\S*python")
_NODE_FAILURE = re.compile(r"(?m)^\s+at .+:\d+:\d+\)?$|^node:internal|^Node\.js v\d|^\S+Error: ")
_SHOWN_OVER = 80
_MOST_READ = 200_000
BUILT_IN = frozenset(
    """
    cd echo export set unset source . : [ [[ test true false exit return local declare typeset readonly shift trap read
    printf pwd eval exec wait umask ulimit let break continue pushd popd shopt alias unalias getopts hash type
    """.split()
)


@dataclass(frozen=True, slots=True)
class Run:
    """One program call inside one shell event; `number` tells it from the others of the event."""

    event: Event
    shell: ShellCall
    command: ShellCommand
    call: ProgramCall
    folder: str
    tee: str
    number: str
    later: tuple[ShellCommand, ...] = ()
    binaries: tuple[str, ...] = ()
    cut: bool = False


def of_pipeline(pipeline: Pipeline, language: str = "shell") -> ProgramCall:
    """Give a pipeline as a call, its text as the body."""
    gap = pipeline.gap
    return ProgramCall(BodyKind.PIPELINE, text=pipeline.text, gap=gap, stdin=StandardInput(), language=language)


def is_masked(run: Run) -> bool:
    """Say whether the outcome of the event does not show that of the run."""
    return run.command.masked or run.cut or (run.event.outcome is Outcome.FAILED and _another_failed(run))


def outcome_of(run: Run, *, masked: bool) -> Outcome:
    """Give how a run ended, as far as the record shows it."""
    hidden = masked or run.command.background or run.shell.background or run.shell.interrupted
    return Outcome.UNKNOWN if hidden else run.event.outcome


def stdout_path(run: Run) -> str:
    """Give the file that a run's standard output goes to; a pipeline names it in its own text."""
    if run.call.kind is BodyKind.PIPELINE:
        return ""
    out = run.command.target(1)
    if out is not None and out.target and out.operator in {">", ">>", ">|"} and not out.target.startswith("/dev/"):
        return absolute(out.target, run.folder)
    return absolute(run.tee, run.folder) if run.tee else ""


def loop_of(run: Run) -> str:
    """Say over what the loop goes that a run is one turn of, "" where it is none or its turn is not known."""
    over = run.command.loop
    shown = f"{over[:_SHOWN_OVER]}…" if len(over) > _SHOWN_OVER else over
    return f"one turn of a loop over {shown}" if over else ""


def started_by(text: str) -> tuple[str, ...]:
    """Give the programs that a shell text starts, without what every shell has itself."""
    names = (command.name for command in commands(text[:_MOST_READ]).commands)
    return tuple(sorted({n for n in names if n and n not in BUILT_IN}))


def said_by(shell: ShellCall) -> str:
    """Give all that a command line printed."""
    return "\n".join((shell.stdout, shell.stderr, shell.error))


def gap_of(call: ProgramCall, version: FileText) -> str:
    """Give what is missing of a run, "" for nothing."""
    if version.text is None:
        return call.gap if call.gap and not version.gap else version.gap
    if call.gap:
        return call.gap
    return call.stdin.gap if call.stdin.gap and _READS_STDIN.search(version.text) else ""


def tee_of(command: ShellCommand, parsed: ParsedShell) -> str:
    """Give the file that `| tee FILE` keeps the output in."""
    next_command = None if command.feeds is None else parsed.commands[command.feeds]
    if next_command is None or next_command.name != "tee":
        return ""
    return next((w for w in next_command.argv[1:] if w and not w.startswith("-")), "")


def home_expanded(word: str, folder: str) -> str:
    """Write out `~`."""
    home = home_of(folder)
    return home + word[1:] if home and (word == "~" or word.startswith("~/")) else word


def execution_id(event_id: str, number: str) -> str:
    """Give the id of a run, the same whenever the session is read."""
    digest = hashlib.sha256(f"{event_id}#{number}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"x{digest[:16]}"


def folder_before_cd(event: Event) -> str:
    """Undo the `cd` of a call whose folder before it is not on record."""
    if event.shell is None or "cd " not in event.shell.command:
        return event.cwd
    parsed = commands(event.shell.command)
    last = parsed.commands[-1].folders if parsed.commands else ()
    steps = [t for t in last if t]
    if len(steps) == len(last) == 1 and not steps[0].startswith(("/", "~", ".")):
        tail = "/" + steps[0].strip("/")
        if event.cwd.endswith(tail):
            return event.cwd.removesuffix(tail) or "/"
    return event.cwd


def _another_failed(run: Run) -> bool:
    """Say whether a failed command line may have failed in a command that runs only after this program's success."""
    if not run.later:
        return False
    text = said_by(run.shell)
    lines = {line.strip() for line in text.splitlines()}
    echoed = [(said(c) or "").strip() for c in run.later if c.target(1) is None]
    if any(each and set(each.splitlines()) <= lines for each in echoed):
        return True
    name = posixpath.basename(run.call.script)
    again = any(name in (w or "") for c in run.later for w in c.argv) if name else _again(run)
    return again or not _own_failure(run, name, text)


def _again(run: Run) -> bool:
    program = run.command.name if run.call.language != "python" else "python"
    return any(program in c.name for c in run.later)


def _own_failure(run: Run, name: str, text: str) -> bool:
    """Recognise what an interpreter or a program itself says when it fails."""
    if run.call.language == "node":
        return bool(_NODE_FAILURE.search(text) or _NO_PYTHON.search(text))
    if run.call.language == "shell":
        names = {name, *run.binaries} - {""}
        return any(f"{one}: " in text for one in names)
    places = [f'{name}", line '] if name else ['File "<string>", line ', 'File "<stdin>", line ']
    signs = [*places, CANNOT_OPEN, f"{name or '-c'}: error: "]
    return any(sign in text for sign in signs) or bool(_NO_PYTHON.search(text))
