"""The text of every file of a session as it stood at each moment, from writes, edits, heredocs and copies.

In     file changes and shell commands, in the order they happened
Out    ScriptVersion per path: the text now, the events that made it, or why it is not known
Never  reads the disk: what the session did not record stays unknown
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from skillstrata.distill.shell import ParsedShell, ShellCommand
from skillstrata.records.events import FileChange

_NEVER_SEEN = "source never seen"
_PLAIN_TARGETS = {"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty"}
_PAIR = 2
Place = Callable[[ShellCommand, str], str]


@dataclass(frozen=True, slots=True)
class ScriptVersion:
    """A file's text at one moment. `text` is None when it is not known, and `gap` says why."""

    text: str | None
    event_ids: tuple[str, ...] = ()
    edits: int = 0
    gap: str = ""


class ScriptVersions:
    """Follows the files of one session; the latest state per path."""

    def __init__(self) -> None:
        self._known: dict[str, ScriptVersion] = {}

    def get(self, path: str) -> ScriptVersion | None:
        """Give a file's state now, None when the session never touched it."""
        return self._known.get(path)

    def change(self, path: str, change: FileChange, event_id: str) -> None:
        """Take in a write or an edit by the agent's file tools."""
        if change.content is not None:
            self._known[path] = ScriptVersion(change.content, (event_id,))
            return
        before = self._known.get(path, ScriptVersion(None))
        text = change.original if change.original is not None else before.text
        # The recorded original wins over what we follow: a formatter or another program may have been at the file.
        ids = (*before.event_ids, event_id) if before.event_ids else (event_id,)
        edited = _edited(text, change)
        gap = "" if edited is not None else f"{_NEVER_SEEN}: only its edits are on record"
        self._known[path] = ScriptVersion(edited, ids, before.edits + max(len(change.edits), 1), gap)

    def shell(self, command: ShellCommand, parsed: ParsedShell, place: Place, event_id: str) -> None:
        """Take in what one shell command does to files: redirections, `tee`, `cp`, `mv`, `sed -i`."""
        out = command.target(1)
        if out is not None and out.operator in {">", ">>", ">|"} and out.target and out.target not in _PLAIN_TARGETS:
            text = _printed(command, parsed)
            self._store(place(command, out.target), text, event_id, append=out.operator == ">>")
        match command.name:
            case "tee":
                text = command.heredoc.text if command.heredoc else _fed_text(command, parsed)
                append = "-a" in command.argv
                for word in _operands(command):
                    self._store(place(command, word), text, event_id, append=append)
            case "cp" | "mv":
                self._copy(command, place, event_id)
            case "sed" | "perl" if any((w or "").startswith(("-i", "-pi", "--in-place")) for w in command.argv[1:]):
                for word in _operands(command):
                    self._forget(place(command, word), event_id, f"{_NEVER_SEEN}: changed in place by {command.name}")
            case _:
                pass

    def _store(self, path: str, text: str | None, event_id: str, *, append: bool) -> None:
        before = self._known.get(path)
        if append:
            if before is None or before.text is None or text is None:
                self._forget(path, event_id, f"{_NEVER_SEEN}: a command appends to it")
            else:
                ids = (*before.event_ids, event_id)
                self._known[path] = replace(before, text=before.text + text, event_ids=_once(ids))
            return
        if text is None:
            self._forget(path, event_id, f"{_NEVER_SEEN}: written by a command")
        else:
            self._known[path] = ScriptVersion(text, (event_id,))

    def _copy(self, command: ShellCommand, place: Place, event_id: str) -> None:
        words = _operands(command)
        if len(words) != _PAIR:
            return
        source, target = place(command, words[0]), place(command, words[1])
        state = self._known.get(source)
        if state is None:
            return
        name = source.rsplit("/", 1)[-1]
        into_folder = (
            words[1].endswith("/") or words[1] in {".", ".."} or ("." in name and "." not in target.rsplit("/", 1)[-1])
        )
        target = f"{target}/{name}" if into_folder else target
        self._known[target] = replace(state, event_ids=_once((*state.event_ids, event_id)))
        if command.name == "mv" and target != source:
            del self._known[source]

    def _forget(self, path: str, event_id: str, gap: str) -> None:
        before = self._known.get(path)
        ids = (*before.event_ids, event_id) if before else (event_id,)
        self._known[path] = ScriptVersion(None, _once(ids), gap=gap)


def _edited(text: str | None, change: FileChange) -> str | None:
    for edit in change.edits:
        if not edit.old and not text:
            text = edit.new
        elif text is None or not edit.old or edit.old not in text:
            return None
        else:
            text = text.replace(edit.old, edit.new) if edit.every else text.replace(edit.old, edit.new, 1)
    return text if change.edits else None


def _operands(command: ShellCommand) -> list[str]:
    return [w for w in command.argv[1:] if w is not None and not w.startswith("-")]


def _printed(command: ShellCommand, parsed: ParsedShell) -> str | None:
    """Give the text a command prints, where the command line itself holds it."""
    if command.looped:
        return None
    if command.name == "cat" and command.heredoc is not None and not _operands(command):
        return command.heredoc.text
    if command.name == "cat" and len(command.argv) == 1:
        return _fed_text(command, parsed)
    return said(command)


def said(command: ShellCommand) -> str | None:
    """Give what `echo` or a plain `printf` prints, None for other commands and for words that are not known."""
    words = [w for w in command.argv[1:] if w is not None]
    if len(words) != len(command.argv) - 1:
        return None
    if command.name == "echo" and not (words and words[0].startswith("-")):
        return " ".join(words) + "\n"
    if command.name == "printf" and len(words) == _PAIR and words[0] in {"%s", "%s\\n"}:
        return words[1] + ("\n" if words[0] != "%s" else "")
    return None


def _fed_text(command: ShellCommand, parsed: ParsedShell) -> str | None:
    return None if command.fed_by is None else _printed(parsed.commands[command.fed_by], parsed)


def _once(ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
