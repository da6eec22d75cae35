"""Put a session's program runs together: which text ran, with which words, where, and how it ended.

In     the events of one session, any order
Out    Reconstruction: executions in time order, and every other event as noise with its reason
Never  reads the disk, invents a text or an outcome: what is not on record is a gap, what the shell hides is unknown
"""

import hashlib
import itertools
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass

from skillstrata.distill.constant_paths import fold_paths
from skillstrata.distill.places import absolute, follow, home_of
from skillstrata.distill.printed_text import said
from skillstrata.distill.program_calls import ProgramCall, program_call
from skillstrata.distill.secret_marks import taken_out_in
from skillstrata.distill.shell import ParsedShell, ShellCommand, commands
from skillstrata.distill.variants import variants
from skillstrata.distill.virtual_files import FileText, VirtualFiles, is_bare
from skillstrata.records.events import Event, EventKind, FileChange, FileSnapshot, Outcome, ShellCall, changes_of
from skillstrata.records.executions import BodyKind, Execution, NoiseEvent, Reconstruction, WrittenFile

__all__ = ["reconstruct", "variants"]

_BEFORE = ":before"
_SHEBANG = re.compile(r"#!.*\bpython")
_READS_STDIN = re.compile(r"\bstdin\b|\binput\s*\(|\bfileinput\b|\bopen\(0")
_CANNOT_OPEN = "can't open file"
_NO_PYTHON = re.compile(r"\b(?:python[\d.]*|uv): (?:command )?not found|No such file or directory: '?\S*python")
_NAMED_COMMANDS = 3
_MOST_WRITTEN = 16
_KIND_REASONS = {
    EventKind.PROMPT: "a prompt",
    EventKind.SESSION_START: "a session mark",
    EventKind.SESSION_END: "a session mark",
}


def reconstruct(events: tuple[Event, ...]) -> Reconstruction:
    """Find every run of a program in one session.

    Shapes:
        Every event id is in exactly one noise entry or in at least one execution, never in both.

    Args:
        events: Of one session; sorted here by time, an id that comes twice counts once.
    """
    first: dict[str, Event] = {}
    for event in events:
        first.setdefault(event.id, event)
    ordered = _ordered(first.values())
    session = _Session(tuple(ordered))
    for event in ordered:
        session.take(event)
    used = {i for execution in session.executions for i in execution.event_ids}
    noise = tuple(NoiseEvent(e.id, session.reasons[e.id]) for e in ordered if e.id not in used)
    return Reconstruction(tuple(session.executions), noise, tuple(session.written))


def _ordered(events: Iterable[Event]) -> list[Event]:
    """Sort by time; at the same time a state comes before its call, and a file's first text before what runs it."""
    by_time = sorted(events, key=lambda e: e.at_s)
    made = {e.id for e, _ in _first_writes(by_time).values()}
    return sorted(by_time, key=lambda e: (e.at_s, 0 if _is_before(e) else 1 if e.id in made else 2))


def _first_writes(events: Iterable[Event]) -> dict[str, tuple[Event, FileChange]]:
    """Find the writes that made their file: the first change of a path, with no text before it on record."""
    first: dict[str, tuple[Event, FileChange]] = {}
    for event in events:
        if event.kind is EventKind.CALL and event.shell is None and event.outcome is not Outcome.FAILED:
            for change in changes_of(event):
                first.setdefault(absolute(change.path, event.cwd_before or event.cwd), (event, change))
    return {p: (e, c) for p, (e, c) in first.items() if c.content is not None and c.original is None}


@dataclass(frozen=True, slots=True)
class _Run:
    """One program call inside one shell event."""

    event: Event
    shell: ShellCall
    command: ShellCommand
    call: ProgramCall
    folder: str
    tee: str
    number: int
    later: tuple[ShellCommand, ...] = ()


class _Session:
    """What is known after the events so far."""

    def __init__(self, events: tuple[Event, ...]) -> None:
        self.executions: list[Execution] = []
        self.written: list[WrittenFile] = []
        self.reasons: dict[str, str] = {}
        self._by_id = {e.id: e for e in events}
        self._made = _first_writes(events)
        self._before = {e.tool_use_id: e for e in events if _is_before(e)}
        self._files = VirtualFiles()
        self._folders: dict[str, str] = {}
        self._kept: dict[str, FileSnapshot] = {}
        self._intent = ""

    def take(self, event: Event) -> None:
        """Take in the next event."""
        self._files.begin(event.id)
        self.reasons[event.id] = self._read(event)
        self._kept.update((s.path, s) for s in event.files if s.digest is not None)
        if event.cwd and not _is_before(event):
            self._folders[event.sub_agent] = event.cwd

    def _read(self, event: Event) -> str:
        if event.kind is EventKind.PROMPT and event.prompt:
            self._intent = event.prompt
        if event.kind is not EventKind.CALL:
            return _KIND_REASONS.get(event.kind, "the state before a call" if _is_before(event) else "another record")
        changes = changes_of(event)
        # A failed write leaves what was there, but a failed command line has still run its first half.
        if event.shell is not None or (event.outcome is not Outcome.FAILED and event.ended):
            self._change(event, changes)
        if event.shell is not None:
            return self._shell(event, event.shell)
        if not changes:
            return f"tool {event.tool}" if event.tool else "a call without a tool"
        if event.outcome is Outcome.FAILED:
            return "a file change that failed"
        return "a file that no program run uses" if event.ended else "a file change that did not end"

    def _change(self, event: Event, changes: tuple[FileChange, ...]) -> None:
        for change in changes:
            start = self._start(event)
            moved = absolute(change.moved_to, start) if change.moved_to else ""
            # What a command is only seen to change is judged behind the command: it may have read the text before.
            if event.shell is None or not is_bare(change):
                self._files.change(absolute(change.path, start), change, event.id, moved_to=moved)

    def _shell(self, event: Event, shell: ShellCall) -> str:
        if not event.ended and shell.error:
            return "a command that was refused"
        start = self._start(event)
        if event.tool == "PowerShell":
            self._seen_changed(event, start)
            return "a PowerShell command"
        parsed = commands(shell.command, home=home_of(start), folder=start or None)
        found = 0
        for command in parsed.commands:
            folder = self._folder(command, start, event)
            self._files.shell(command, parsed, lambda c, p: absolute(p, self._folder(c, start, event)), event.id)
            call = program_call(command, parsed)
            if call is not None and self._is_python(call, folder):
                later = tuple(parsed.commands[i] for i in command.before)
                run = _Run(event, shell, command, call, folder, _tee(command, parsed), found, later)
                execution = self._execution(run)
                self.executions.append(execution)
                self.written += self._files_written_for(execution)
                self._forget_written_by(execution, event.id)
                found += 1
        self._seen_changed(event, start)
        return "" if found else _shell_reason(parsed)

    def _seen_changed(self, event: Event, start: str) -> None:
        for change in filter(is_bare, changes_of(event)):
            self._files.seen_changed(absolute(change.path, start), event.id)

    def _forget_written_by(self, execution: Execution, event_id: str) -> None:
        """Note that the files a program writes by constant paths no longer hold what the session put there."""
        body = execution.body or ""
        named = {p for p, _ in self._files.texts() if posixpath.basename(p) in body and p != execution.script_path}
        for fold in fold_paths(body) if named else ():
            path = absolute(fold.value, execution.cwd)
            if fold.use == "write" and path in named:
                self._files.seen_changed(path, event_id, "written by a program")

    def _start(self, event: Event) -> str:
        """Give the folder a call began in; its own record holds the folder after it."""
        before = self._before.get(event.tool_use_id) if event.tool_use_id else None
        if before is not None and before.cwd:
            return before.cwd
        if event.cwd_before:
            return event.cwd_before
        known = self._folders.get(event.sub_agent) or self._folders.get("")
        if known:
            return known
        return _folder_before_cd(event)

    def _folder(self, command: ShellCommand, start: str, event: Event) -> str:
        place = follow(command.folders, start)
        return event.cwd if place is None else place

    def _is_python(self, call: ProgramCall, folder: str) -> bool:
        """Tell a started script that is no Python from one that is, by its ending or its first line."""
        if not call.needs_shebang or call.script.endswith(".py"):
            return True
        known = self._text_of(absolute(call.script, folder))
        return known is not None and bool(_SHEBANG.match(known.text or ""))

    def _text_of(self, path: str) -> FileText | None:
        """Give a file's text now; for one that no event touched yet, the text of the write that made it.

        Recorded times are those of files and may stand in the wrong order: a file that ran was there.
        """
        known = self._files.get(path)
        made = self._made.get(path)
        if known is not None or made is None:
            return known
        event, change = made
        return FileText(change.content, (event.id,))

    def _version(self, run: _Run) -> FileText:
        if run.call.kind is not BodyKind.SCRIPT:
            return FileText(run.call.text, gap=run.call.gap)
        path = absolute(run.call.script, run.folder) if run.call.script else ""
        known = self._files.get(path) if _CANNOT_OPEN in _said(run.shell) else self._text_of(path)
        return known or FileText(None, gap="source never seen")

    def _execution(self, run: _Run) -> Execution:
        event, call, version = run.event, run.call, self._version(run)
        before = self._before.get(event.tool_use_id) if event.tool_use_id else None
        made_by = (*version.event_ids, *((before.id,) if before else ()))
        masked = run.command.masked or (event.outcome is Outcome.FAILED and _another_failed(run))
        hidden = masked or run.command.background or run.shell.background or run.shell.interrupted
        return Execution(
            id=_execution_id(event.id, run.number),
            agent=event.agent,
            session=event.session,
            tool_use_id=event.tool_use_id,
            at_s=event.at_s,
            language="python",
            body_kind=call.kind,
            body=version.text,
            argv=tuple(_home_expanded(w, run.folder) for w in call.argv),
            cwd=run.folder,
            outcome=Outcome.UNKNOWN if hidden else event.outcome,
            event_ids=(*(i for i in dict.fromkeys(made_by) if i != event.id), event.id),
            script_path=absolute(call.script, run.folder) if call.script else "",
            stdin_path=absolute(call.stdin.path, run.folder) if call.stdin.path else "",
            stdout_path=self._stdout_path(run),
            stdout=run.shell.stdout,
            error=run.shell.error or run.shell.stderr,
            masked=masked,
            gap=_gap(call, version),
            intent=self._intent,
            env=tuple((n, v) for n, v in run.command.env if v is not None),
            snapshots=self._snapshots(event, version),
            edits_since_write=version.edits,
            interpreter=_home_expanded(call.interpreter, run.folder),
            imported=event.imported,
        )

    def _files_written_for(self, execution: Execution) -> list[WrittenFile]:
        """Give the texts of files that the run names, which the session wrote and nobody made a snapshot of."""
        held = {s.path for s in execution.snapshots if s.digest is not None}
        words = "\n".join((execution.body or "", *execution.argv, execution.stdin_path))
        found = (
            WrittenFile(execution.id, path, text)
            for path, text in self._files.texts()
            if posixpath.basename(path) in words and path not in held and path != execution.script_path
        )
        # Where a secret was taken out of it, it is not what the program read.
        return list(itertools.islice((one for one in found if not taken_out_in(one.text)), _MOST_WRITTEN))

    def _stdout_path(self, run: _Run) -> str:
        out = run.command.target(1)
        if out is not None and out.target and out.operator in {">", ">>", ">|"} and not out.target.startswith("/dev/"):
            return absolute(out.target, run.folder)
        return absolute(run.tee, run.folder) if run.tee else ""

    def _snapshots(self, event: Event, version: FileText) -> tuple[FileSnapshot, ...]:
        """Join the snapshots of the run, which show the state after it, with those of the events that made the body."""
        seen: dict[str, FileSnapshot] = {}
        for source in (event, *(self._by_id[i] for i in version.event_ids if i in self._by_id)):
            for snapshot in source.files:
                seen.setdefault(snapshot.path, snapshot)
        # A file that is gone by now may have been kept by an earlier event of the session.
        return tuple(s if s.digest is not None else self._kept.get(s.path, s) for s in seen.values())


def _said(shell: ShellCall) -> str:
    return "\n".join((shell.stdout, shell.stderr, shell.error))


def _another_failed(run: _Run) -> bool:
    """Say whether a failed command line may have failed in a command that runs only after this program's success."""
    if not run.later:
        return False
    text = _said(run.shell)
    lines = {line.strip() for line in text.splitlines()}
    echoed = [(said(c) or "").strip() for c in run.later if c.target(1) is None]
    if any(each and set(each.splitlines()) <= lines for each in echoed):
        return True
    name = posixpath.basename(run.call.script)
    again = (
        any(name in (w or "") for c in run.later for w in c.argv)
        if name
        else any("python" in c.name for c in run.later)
    )
    return again or not _own_failure(name, text)


def _own_failure(name: str, text: str) -> bool:
    """Recognise what Python itself says of a program that failed."""
    places = [f'{name}", line '] if name else ['File "<string>", line ', 'File "<stdin>", line ']
    signs = [*places, _CANNOT_OPEN, f"{name or '-c'}: error: "]
    return any(sign in text for sign in signs) or bool(_NO_PYTHON.search(text))


def _is_before(event: Event) -> bool:
    return event.kind is EventKind.OTHER and event.id.endswith(_BEFORE)


def _execution_id(event_id: str, number: int) -> str:
    digest = hashlib.sha256(f"{event_id}#{number}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"x{digest[:16]}"


def _gap(call: ProgramCall, version: FileText) -> str:
    if version.text is None:
        return call.gap if call.gap and not version.gap else version.gap
    if call.gap:
        return call.gap
    return call.stdin.gap if call.stdin.gap and _READS_STDIN.search(version.text) else ""


def _tee(command: ShellCommand, parsed: ParsedShell) -> str:
    """Give the file that `| tee FILE` keeps the output in."""
    next_command = None if command.feeds is None else parsed.commands[command.feeds]
    if next_command is None or next_command.name != "tee":
        return ""
    return next((w for w in next_command.argv[1:] if w and not w.startswith("-")), "")


def _home_expanded(word: str, folder: str) -> str:
    home = home_of(folder)
    return home + word[1:] if home and (word == "~" or word.startswith("~/")) else word


def _folder_before_cd(event: Event) -> str:
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


def _shell_reason(parsed: ParsedShell) -> str:
    names = list(dict.fromkeys(c.name for c in parsed.commands if c.name))
    if not names:
        return "an empty command"
    more = ", …" if len(names) > _NAMED_COMMANDS else ""
    return f"no authored program: {', '.join(names[:_NAMED_COMMANDS])}{more}"
