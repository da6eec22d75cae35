"""Put a session's program runs together: which text ran, with which words, where, and how it ended.

In     the events of one session, any order
Out    Reconstruction: executions in time order, and every other event as noise with its reason
Never  reads the disk, invents a text or an outcome: what is not on record is a gap, what the shell hides is unknown
"""

import itertools
import posixpath
import re
from collections.abc import Iterable
from dataclasses import replace

from skillstrata.distill.constant_paths import fold_paths
from skillstrata.distill.harmless import first_words, is_harmless, reason
from skillstrata.distill.installs import installed_by
from skillstrata.distill.known_names import KnownNames
from skillstrata.distill.local_modules import local_modules
from skillstrata.distill.loops import with_names
from skillstrata.distill.pipelines import homed, pipelines
from skillstrata.distill.places import absolute, follow, home_of
from skillstrata.distill.program_calls import NODE_ENDS, SHELL_ENDS, ProgramCall, program_call
from skillstrata.distill.runs import (
    CANNOT_OPEN,
    Run,
    execution_id,
    folder_before_cd,
    gap_of,
    home_expanded,
    is_masked,
    loop_of,
    of_pipeline,
    outcome_of,
    said_by,
    started_by,
    stdout_path,
    tee_of,
)
from skillstrata.distill.secret_marks import taken_out_in
from skillstrata.distill.shell import Names, ParsedShell, ShellCommand, commands
from skillstrata.distill.shell_bodies import part_of_more
from skillstrata.distill.shell_turns import turns
from skillstrata.distill.sources import is_content
from skillstrata.distill.variants import variants
from skillstrata.distill.virtual_files import FileText, VirtualFiles, is_bare
from skillstrata.records.events import Event, EventKind, FileChange, FileSnapshot, Outcome, ShellCall, changes_of
from skillstrata.records.executions import BodyKind, Execution, NoiseEvent, Reconstruction, WrittenFile

__all__ = ["reconstruct", "variants"]

_BEFORE = ":before"
_SHEBANG = re.compile(r"#!.*\b(python|node|deno|bun|bash|sh|zsh|dash)")
_SHEBANGS = {
    "python": "python",
    **dict.fromkeys(("node", "deno", "bun"), "node"),
    **dict.fromkeys(("bash", "sh", "zsh", "dash"), "shell"),
}
_LANGUAGES = {
    **dict.fromkeys((".py", ".pyw"), "python"),
    **dict.fromkeys(NODE_ENDS, "node"),
    **dict.fromkeys(SHELL_ENDS, "shell"),
}
_MOST_OF_AN_EVENT = 64
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
        self._names = KnownNames()
        self._installed: dict[str, None] = {}

    def take(self, event: Event) -> None:
        """Take in the next event."""
        self._files.begin(event.id)
        self.reasons[event.id] = self._read(event)
        self._names.add_paths(s.path for s in event.files if s.reason not in {"missing", "vanished"})
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
        harmless = is_harmless(shell.command)
        if harmless or event.tool == "PowerShell":
            self._seen_changed(event, start)
            self._names.add_text(shell.stdout, start)
            return reason(first_words(shell.command)) if harmless else "a PowerShell command"
        names = self._names_for(start, shell)
        parsed = turns(commands(shell.command, home=home_of(start), folder=start or None, names=names), names)
        pipes, why = pipelines(parsed)
        made = {pipe.positions[-1]: pipe for pipe in pipes}
        parts = {at for pipe in pipes for at in pipe.positions}
        count = len(self.executions)
        for at, command in enumerate(parsed.commands):
            folder = self._folder(command, start, event)
            self._files.shell(command, parsed, lambda c, p: absolute(p, self._folder(c, start, event)), event.id)
            run = self._run(event, shell, parsed, at, names) if at not in parts else None
            if at in made:
                pipe = homed(made[at], folder)
                call = of_pipeline(pipe)
                run = Run(event, shell, command, call, folder, "", f"pipe {at}", (), pipe.binaries, pipe.cut)
            if run is not None:
                self._add(run)
            self._note_installs(command, event, shell)
        self._seen_changed(event, start)
        self._names.add_text(shell.stdout, start)
        if len(self.executions) > count:
            return ""
        if not parsed.commands and not parsed.complete:
            return "a command line that cannot be read: it is no shell, or nested too deeply"
        return why or reason(c.name for c in parsed.commands)

    def _run(self, event: Event, shell: ShellCall, parsed: ParsedShell, at: int, names: Names) -> Run | None:
        command = parsed.commands[at]
        call = program_call(with_names(command, names), parsed)
        if call is None:
            return None
        folder = self._folder(command, self._start(event), event)
        language = self._language(call, folder, event)
        if not language:
            return None
        later = tuple(parsed.commands[i] for i in command.before)
        call = replace(call, language=language, gap=call.gap or part_of_more(parsed, at))
        return Run(event, shell, command, call, folder, tee_of(command, parsed), "", later)

    def _add(self, run: Run) -> None:
        if not run.number:
            count = sum(e.event_ids[-1] == run.event.id and e.body_kind is not BodyKind.PIPELINE for e in self._last())
            run = replace(run, number=str(count))
        execution = self._execution(run)
        self.executions.append(execution)
        self.written += self._files_written_for(execution)
        self._forget_written_by(execution, run.event.id)

    def _last(self) -> list[Execution]:
        return self.executions[-_MOST_OF_AN_EVENT:]

    def _note_installs(self, command: ShellCommand, event: Event, shell: ShellCall) -> None:
        ok = event.outcome is Outcome.OK and not command.masked
        self._installed.update(dict.fromkeys(installed_by(command, ok=ok, printed=shell.stdout)))

    def _names_for(self, start: str, shell: ShellCall) -> Names:
        def names(pattern: str, folders: tuple[str | None, ...], deep: bool) -> tuple[str, ...]:
            self._names.add_paths(self._files.paths())
            return self._names.matching(pattern, folders, deep, start=start, more=shell.stdout)

        return names

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
        return folder_before_cd(event)

    def _folder(self, command: ShellCommand, start: str, event: Event) -> str:
        place = follow(command.folders, start)
        return event.cwd if place is None else place

    def _language(self, call: ProgramCall, folder: str, event: Event) -> str:
        """Give the language of a started program by its ending or its first line, "" for what is no program of ours."""
        if call.kind is not BodyKind.SCRIPT:
            return call.language
        path = absolute(call.script, folder) if call.script else ""
        known = self._text_of(path)
        language = _LANGUAGES.get(posixpath.splitext(path)[1], "") if call.needs_shebang else call.language
        if not language and known is not None:
            shebang = _SHEBANG.match(known.text or "")
            language = _SHEBANGS[shebang.group(1)] if shebang else ""
        seen = known is not None or any(s.path == path and s.digest for s in event.files)
        # A script that nobody wrote here is one of the project's, unless it is given a file to work on.
        typed = path.endswith((".ts", ".tsx", ".mts"))
        given = not typed and any(is_content(w) for w in call.argv)
        return language if seen or given or language == "python" else ""

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

    def _version(self, run: Run) -> FileText:
        if run.call.kind is not BodyKind.SCRIPT:
            return FileText(run.call.text, gap=run.call.gap)
        path = absolute(run.call.script, run.folder) if run.call.script else ""
        known = self._files.get(path) if CANNOT_OPEN in said_by(run.shell) else self._text_of(path)
        return known or FileText(None, gap="source never seen")

    def _execution(self, run: Run) -> Execution:
        event, call, version = run.event, run.call, self._version(run)
        before = self._before.get(event.tool_use_id) if event.tool_use_id else None
        script = absolute(call.script, run.folder) if call.script else ""
        places = (posixpath.dirname(script), run.folder)
        helpers = local_modules(version.text or "", call.language, places, self._files)
        by_helpers = tuple(i for _, state in helpers for i in state.event_ids)
        made_by = (*version.event_ids, *by_helpers, *((before.id,) if before else ()))
        masked = is_masked(run)
        return Execution(
            id=execution_id(event.id, run.number),
            agent=event.agent,
            session=event.session,
            tool_use_id=event.tool_use_id,
            at_s=event.at_s,
            language=call.language,
            body_kind=call.kind,
            body=version.text,
            argv=tuple(home_expanded(w, run.folder) for w in call.argv),
            cwd=run.folder,
            outcome=outcome_of(run, masked=masked),
            event_ids=(*(i for i in dict.fromkeys(made_by) if i != event.id), event.id),
            script_path=script,
            stdin_path=absolute(call.stdin.path, run.folder) if call.stdin.path else "",
            stdout_path=stdout_path(run),
            stdout=run.shell.stdout,
            error=run.shell.error or run.shell.stderr,
            masked=masked,
            gap=gap_of(call, version),
            intent=self._intent,
            env=() if call.kind is BodyKind.PIPELINE else tuple((n, v) for n, v in run.command.env if v is not None),
            snapshots=self._snapshots(event, (*version.event_ids, *by_helpers)),
            edits_since_write=version.edits,
            interpreter=home_expanded(call.interpreter, run.folder),
            imported=event.imported,
            modules=tuple(module for module, _ in helpers),
            binaries=run.binaries or (started_by(version.text or "") if call.language == "shell" else ()),
            loop=loop_of(run),
            installed=tuple(self._installed),
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

    def _snapshots(self, event: Event, made_by: tuple[str, ...]) -> tuple[FileSnapshot, ...]:
        """Join the snapshots of the run, which show the state after it, with those of the events that made the body."""
        seen: dict[str, FileSnapshot] = {}
        for source in (event, *(self._by_id[i] for i in made_by if i in self._by_id)):
            for snapshot in source.files:
                seen.setdefault(snapshot.path, snapshot)
        # A file that is gone by now may have been kept by an earlier event of the session.
        return tuple(s if s.digest is not None else self._kept.get(s.path, s) for s in seen.values())


def _is_before(event: Event) -> bool:
    return event.kind is EventKind.OTHER and event.id.endswith(_BEFORE)
