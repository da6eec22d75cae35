"""The text of every file of a session as it stood at each moment, whether the disk still has it or not.

In     changes by file tools and patches, shell commands, and changes seen without their text, in their order
Out    FileText per path: the text, the events that made it, or why it is not known
Never  reads the disk; guesses: what the session did not record is unknown from then on, and the reason says so
"""

import fnmatch
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from skillstrata.distill.patched import patched
from skillstrata.distill.printed_text import fed, printed
from skillstrata.distill.shell import ParsedShell, ShellCommand
from skillstrata.records.events import FileChange

MAX_KEPT_CHARACTERS = 32_000_000

_NEVER_SEEN = "source never seen"
_PLAIN_TARGETS = {"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty"}
_IN_PLACE = {"sed", "gsed", "perl", "ruby"}
_IN_PLACE_FLAGS = ("-i", "-pi", "-ni", "--in-place")
_FORMATTERS = {
    "black",
    "isort",
    "autopep8",
    "yapf",
    "ruff",
    "prettier",
    "clang-format",
    "dos2unix",
    "unix2dos",
    "patch",
}
_RESTORING = {"checkout", "restore", "reset", "stash", "apply"}
_PAIR = 2
Place = Callable[[ShellCommand, str], str]


@dataclass(frozen=True, slots=True)
class FileText:
    """A file's text at one moment. `text` is None when it is not known or the file is `gone`; `gap` says why."""

    text: str | None
    event_ids: tuple[str, ...] = ()
    edits: int = 0
    gap: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class _Act:
    """One command, and how its words become paths."""

    command: ShellCommand
    parsed: ParsedShell
    place: Place
    event_id: str

    def path(self, word: str) -> str:
        return self.place(self.command, word)


class VirtualFiles:
    """Follows the files of one session: `get` and `content` answer for now, `content` also for earlier moments."""

    def __init__(self, *, max_kept_characters: int = MAX_KEPT_CHARACTERS) -> None:
        """Remember how much of the past to keep; the present is always kept."""
        self._known: dict[str, FileText] = {}
        self._past: dict[str, list[tuple[int, FileText]]] = {}
        self._room = max_kept_characters
        self._numbers: dict[str, int] = {}

    def begin(self, event_id: str) -> None:
        """Note that an event begins: what follows belongs to it, and `content` can be asked for the moment before."""
        self._numbers.setdefault(event_id, len(self._numbers))

    def get(self, path: str) -> FileText | None:
        """Give a file's state now, None when the session never touched it."""
        return self._known.get(path)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Give every file whose text is known now, with it."""
        for path, state in self._known.items():
            if state.text is not None:
                yield path, state.text

    def paths(self) -> Iterator[str]:
        """Give every file that was touched and is not gone."""
        return (path for path, state in self._known.items() if not state.gone)

    def content(self, path: str, before_event: str = "") -> FileText:
        """Give what a file held.

        Args:
            path: Absolute.
            before_event: The moment just before this event, which has begun; "" for now.
        """
        states = self._past.get(path, [])
        moment = self._numbers.get(before_event) if before_event else len(self._numbers)
        if moment is None:
            return FileText(None, gap=f"the event {before_event!r} is not of this session")
        held = next((state for number, state in reversed(states) if number < moment), None)
        if held is not None:
            return held
        late = bool(states) or path in self._known
        return FileText(None, gap=f"{_NEVER_SEEN}: the session touched it later" if late else _NEVER_SEEN)

    def change(self, path: str, change: FileChange, event_id: str, *, moved_to: str = "") -> None:
        """Take in a write, an edit or a patch by the agent's file tools.

        Args:
            path: Absolute.
            change: What was done.
            event_id: By which event.
            moved_to: The absolute new place, where the patch states one.
        """
        before = self._known.get(path, FileText(None))
        ids = _once((*before.event_ids, event_id))
        if change.removed:
            self._set(path, FileText(None, ids, gap=f"{_NEVER_SEEN}: removed", gone=True), event_id)
        elif change.content is not None:
            self._set(path, FileText(change.content, (event_id,)), event_id)
        elif change.edits:
            # The recorded original wins over what we follow: a formatter or another program may have been at the file.
            text = change.original if change.original is not None else before.text
            edited = patched(text, change.edits, path=path)
            gap = "" if edited is not None else f"{_NEVER_SEEN}: only its edits are on record"
            self._set(path, FileText(edited, ids, before.edits + len(change.edits), gap), event_id)
        elif not moved_to:
            self._forget(path, event_id, "changed, and how is not on record")
        if moved_to:
            self._move(path, moved_to, event_id)

    def seen_changed(self, path: str, event_id: str, why: str = "changed, and how is not on record") -> None:
        """Take in that an event changed a file without saying how; what the event itself is known to write stays."""
        state = self._known.get(path)
        if state is None or state.event_ids[-1:] != (event_id,):
            self._forget(path, event_id, why)

    def shell(self, command: ShellCommand, parsed: ParsedShell, place: Place, event_id: str) -> None:
        """Take in what one shell command does to files: redirections, `tee`, `cp`, `mv`, `rm`, changes in place."""
        act = _Act(command, parsed, place, event_id)
        out = command.target(1)
        if out is not None and out.operator in {">", ">>", ">|"} and out.target and out.target not in _PLAIN_TARGETS:
            self._store(act, out.target, printed(command, parsed, self._text_by(act)), append=out.operator == ">>")
        match command.name:
            case "tee":
                append = bool({"-a", "--append"} & set(command.argv))
                for word in _operands(command):
                    self._store(act, word, fed(command, parsed, self._text_by(act)), append=append)
            case "cp" | "mv":
                self._copy(act, _operands(command), moves=command.name == "mv")
            case "rm" | "unlink":
                self._remove(act, command.argv[1:], command.raw[1:])
            case "git":
                self._git(act)
            case _:
                self._in_place(act)

    def _text_by(self, act: _Act) -> Callable[[str], str | None]:
        def text(word: str) -> str | None:
            state = self._known.get(act.path(word))
            return state.text if state is not None else None

        return text

    def _set(self, path: str, state: FileText, event_id: str) -> None:
        self.begin(event_id)
        self._known[path] = state
        self._room -= len(state.text or "")
        if self._room < 0:
            # What is asked of the past is the exception; the present must not be lost for it.
            self._past = {p: states[-1:] for p, states in self._past.items()}
            self._room = MAX_KEPT_CHARACTERS
        self._past.setdefault(path, []).append((self._numbers[event_id], state))

    def _store(self, act: _Act, word: str, text: str | None, *, append: bool) -> None:
        path = act.path(word)
        before = self._known.get(path)
        if not append or (before is not None and before.gone):
            state = FileText(text, (act.event_id,))
            self._set(path, state, act.event_id) if text is not None else self._forget(
                path, act.event_id, "written by a command"
            )
        elif before is None or before.text is None or text is None:
            self._forget(path, act.event_id, "a command appends to it")
        else:
            ids = _once((*before.event_ids, act.event_id))
            self._set(path, replace(before, text=before.text + text, event_ids=ids), act.event_id)

    def _copy(self, act: _Act, words: list[str], *, moves: bool) -> None:
        if len(words) < _PAIR:
            return
        target = act.path(words[-1])
        for word in words[:-1]:
            source = act.path(word)
            into = len(words) > _PAIR or self._is_folder(words[-1], target, source)
            self._transfer(source, f"{target}/{posixpath.basename(source)}" if into else target, act, moves=moves)

    def _transfer(self, source: str, target: str, act: _Act, *, moves: bool) -> None:
        if target == source:
            return
        inside = [path for path in self._known if path.startswith(f"{source}/")]
        for path in inside:
            self._transfer(path, target + path.removeprefix(source), act, moves=moves)
        state = self._known.get(source)
        if state is not None and moves:
            self._move(source, target, act.event_id)
        elif state is not None:
            self._set(target, replace(state, event_ids=_once((*state.event_ids, act.event_id))), act.event_id)
        elif target in self._known and not inside:
            self._forget(target, act.event_id, "another file was put in its place")

    def _is_folder(self, word: str, target: str, source: str) -> bool:
        """Guess whether a target is a folder: by its spelling, by files below it, or by a name without an ending."""
        if word.endswith("/") or word in {".", ".."} or any(p.startswith(f"{target}/") for p in self._known):
            return True
        return "." in posixpath.basename(source) and "." not in posixpath.basename(target)

    def _move(self, source: str, target: str, event_id: str) -> None:
        state = self._known.get(source)
        if state is None:
            return
        ids = _once((*state.event_ids, event_id))
        self._set(target, replace(state, event_ids=ids), event_id)
        self._set(source, FileText(None, ids, gap=f"{_NEVER_SEEN}: moved away", gone=True), event_id)

    def _remove(self, act: _Act, words: tuple[str | None, ...], raw: tuple[str, ...]) -> None:
        for word, written in zip(words, raw, strict=False):
            if (word or written).startswith("-"):
                continue
            if word is None and set(written) & set("$`'\"\\"):
                continue
            path = act.path(word if word is not None else written)
            for known in [p for p in self._known if _names(path, p, pattern=word is None)]:
                ids = _once((*self._known[known].event_ids, act.event_id))
                self._set(known, FileText(None, ids, gap=f"{_NEVER_SEEN}: removed", gone=True), act.event_id)

    def _git(self, act: _Act) -> None:
        words = _operands(act.command)
        match words[:1]:
            case ["mv"]:
                self._copy(act, words[1:], moves=True)
            case ["rm"]:
                self._remove(act, act.command.argv[2:], act.command.raw[2:])
            case [verb] if verb in _RESTORING:
                self._forget_tracked(act, words[1:], f"changed by git {verb}")
            case _:
                pass

    def _in_place(self, act: _Act) -> None:
        name, words = act.command.name, _operands(act.command)
        flags = [w or "" for w in act.command.argv[1:]]
        if name in _IN_PLACE and any(flag.startswith(_IN_PLACE_FLAGS) for flag in flags):
            for word in words:
                self._forget(act.path(word), act.event_id, f"changed in place by {name}")
        elif name in _FORMATTERS:
            self._forget_tracked(act, words, f"changed in place by {name}")

    def _forget_tracked(self, act: _Act, words: list[str], why: str) -> None:
        for path in map(act.path, words):
            for known in [p for p in self._known if _names(path, p, pattern=False)]:
                self._forget(known, act.event_id, why)

    def _forget(self, path: str, event_id: str, why: str) -> None:
        before = self._known.get(path)
        ids = (*before.event_ids, event_id) if before else (event_id,)
        self._set(path, FileText(None, _once(ids), gap=f"{_NEVER_SEEN}: {why}"), event_id)


def is_bare(change: FileChange) -> bool:
    """Say whether a change states only that the file is no longer what it was."""
    return change.content is None and not change.edits and not change.removed and not change.moved_to


def _names(path: str, known: str, *, pattern: bool) -> bool:
    """Say whether a path given to a command is this file or a folder above it."""
    if pattern:
        return fnmatch.fnmatchcase(known, path) and known.count("/") == path.count("/")
    return known == path or known.startswith(f"{path}/")


def _operands(command: ShellCommand) -> list[str]:
    return [w for w in command.argv[1:] if w is not None and not w.startswith("-")]


def _once(ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
