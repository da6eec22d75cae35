"""The steps of a shell command line: programs, their own words and flags; every value lifted to a placeholder.

    cd /srv/x && uv run pytest -q tests/test_a.py 2>&1 | tail -3   ->   uv run pytest -q FILE.py

In     the text an agent gave its shell, the folder it ran in
Out    Steps in order; none where the text is not understood
Never  keeps a value: paths, names, messages, numbers and addresses are PATH, FILE.ext or VALUE
Why    what is learnt is how one works here, not what somebody worked on
"""

import posixpath
import re
import shlex
from dataclasses import dataclass, replace

from skillstrata.library.learning_effects import may_change, writes_to
from skillstrata.library.learning_options import FLAG, flag_parts, is_alone, is_whole
from skillstrata.library.learning_screen import is_clean_word
from skillstrata.library.learning_words import (
    CODE_FLAGS,
    COMPOUND,
    EXTENSIONS,
    INTERPRETERS,
    LOOKS,
    LOOKS_OF,
    MANY_WORDS,
    MAYBE_WORDS,
    RUNNER_VALUES,
    RUNNERS,
    TARGETS,
    TWO_WORDS,
    WITH_WORDS,
    goal_of,
)
from skillstrata.library.learning_wrappers import bare

_MOST_COMMAND = 4000
_MOST_STEPS = 30
_MOST_ARGUMENTS = 8
_MOST_PARTS = 3
_MOST_STARTERS = 6
# Everything, and everything below it, as some programs write it.
_WHOLE = frozenset({".", "./..."})
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_FIRST_WORDS = re.compile(
    rf"(?:^|[;&|(\n])[ \t]*(?:\w+=\S* +)*({'|'.join(map(re.escape, MANY_WORDS))})[ \t]+([A-Za-z][\w:.-]{{0,31}})"
)
_DOCUMENT = re.compile(r"<<-?\s*['\"\\]?\w")
_MESSAGE = re.compile(r"\$\(\s*cat\s*<<")
_SEPARATORS = frozenset({"&&", "||", ";", "|", "|&", "&", "(", ")", ";;"})
_REDIRECTS = frozenset({">", ">>", "<", ">&", "&>", ">|", "&>>", "<>", "<&"})


@dataclass(frozen=True, slots=True)
class Step:
    """One simple command. `text` is as it is shown; `core` its program and words alone; `key` core and flags.

    `shown` says that the call's outcome is this step's too: nothing hides its status, and what follows it in the line
    runs only if it succeeded. `after_change` says that something else in the line may have changed files before it.
    `is_whole` says that it would run as it is shown: no value stands where its program's own word may have stood.
    """

    text: str
    core: str
    key: str
    goal: str
    shown: bool = True
    after_change: bool = False
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What steps are read with: `private` names are left out; `targets` are words that programs have for their own.

    A target is "make docs": the program and its word.
    """

    private: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """The steps of a line; `changes` says that something after the last one, or all of it, may have changed files."""

    steps: tuple[Step, ...] = ()
    changes: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    words: list[str]
    after: str = ""
    target: str = ""


def steps_of(command: str, folder: str = "", private: frozenset[str] = frozenset()) -> tuple[Step, ...]:
    """Read the steps of a command line alone."""
    return line_of(command, folder, Vocabulary(private)).steps


def targets_in(command: str) -> frozenset[str]:
    """Give the first words after programs that take several: those are targets, whatever follows them."""
    return frozenset(
        f"{program} {word}" for program, word in _FIRST_WORDS.findall(_QUOTED.sub("", command[:_MOST_COMMAND]))
    )


def line_of(command: str, folder: str = "", known: Vocabulary | None = None) -> Line:
    """Read a command line.

    Args:
        command: Any text.
        folder: Where it ran; a program below it is named from there.
        known: What it is read with.
    """
    text = _without_document(command[: _MOST_COMMAND + 1])
    # A document goes into a file or a program, but for the message of a commit.
    has_document = bool(_DOCUMENT.search(command)) and not _MESSAGE.search(command)
    try:
        parts = _parts(_words(text)) if len(text) <= _MOST_COMMAND else []
    except ValueError:
        parts = []
    if not parts or any(part.words and part.words[0] in COMPOUND for part in parts) or len(parts) > _MOST_STEPS:
        return Line(changes=bool(text.strip()))
    steps: list[Step] = []
    changes = False
    for part, shown in zip(parts, _are_shown(parts), strict=True):
        step = _step(part.words, folder, known or Vocabulary())
        if step is None:
            changes = changes or may_change(bare(part.words), part.target, folder)
        else:
            steps.append(replace(step, shown=shown, after_change=changes))
            changes = writes_to(part.target)
    return Line(tuple(steps), changes or has_document)


def _are_shown(parts: list[_Part]) -> list[bool]:
    """Say of each part whether its status shows.

    `a; b`, `a | b` and `a || b` say nothing of a; and so nothing of what comes before it.
    """
    shown: list[bool] = []
    hidden = False
    for part in reversed(parts):
        hidden = hidden or part.after in {";", "|", "|&", "||", "&", "("}
        shown.append(not hidden)
    return shown[::-1]


def _without_document(text: str) -> str:
    """Cut before a document in the line: what it holds is content."""
    at = text.find("<<")
    if at < 0:
        return text
    head = text[:at]
    for opening in ('"$(', "$(", '"'):
        if head.count('"') % 2 or opening != '"':
            cut = head.rfind(opening)
            if cut >= 0:
                return f"{head[:cut]} VALUE"
    return head


def _words(text: str) -> list[str]:
    """Cut into words and operators; a line's end outside quotes is a `;`.

    Raises:
        ValueError: A quotation does not end.
    """
    reader = shlex.shlex(_with_ends(text), posix=True, punctuation_chars=";&|()<>")
    reader.whitespace_split = True
    reader.commenters = ""
    return list(reader)


def _with_ends(text: str) -> str:
    out: list[str] = []
    quote = ""
    for at, char in enumerate(text):
        if char in "'\"" and (not quote or quote == char) and text[at - 1 : at] != "\\":
            quote = "" if quote else char
        if char == "\n" and not quote:
            joined = text[at - 1 : at] == "\\"
            if joined:
                out.pop()
            out.append(" " if joined else " ; ")
        else:
            out.append(char)
    return "".join(out)


def _parts(words: list[str]) -> list[_Part]:
    """Give each simple command with the operator that follows it, and the file that its output goes to."""
    parts: list[_Part] = []
    current: list[str] = []
    redirect = target = ""
    for word in words:
        if redirect:
            target = word if ">" in redirect and writes_to(word) else target
            redirect = ""
        elif word in _REDIRECTS:
            redirect = word
            if current and len(current[-1]) == 1 and current[-1].isdigit():
                current.pop()
        elif word in _SEPARATORS:
            if current or target:
                parts.append(_Part(current, word, target))
            current, target = [], ""
        else:
            current.append(word)
    return [*parts, _Part(current, "", target)] if current or target else parts


def _step(words: list[str], folder: str, known: Vocabulary) -> Step | None:
    words = bare(words)
    if not words:
        return None
    made = _Made(folder, known)
    if not made.read(words) or not made.core:
        return None
    core = " ".join(made.core)
    flags = sorted({flag for flag in made.flags if flag not in made.core})
    return Step(" ".join(made.shown), core, " ".join((core, *flags)), goal_of(core), is_whole=made.is_whole)


class _Made:
    """One step while it is put together."""

    def __init__(self, folder: str, known: Vocabulary) -> None:
        self._folder = folder.rstrip("/")
        self._private = known.private
        self._targets = known.targets
        self.shown: list[str] = []
        self.core: list[str] = []
        self.flags: list[str] = []
        self.is_whole = True

    def read(self, words: list[str]) -> bool:
        """Read program and arguments; False for what is not learnt from."""
        # A program that starts a program that starts one, without end, is no command of anybody.
        if len(self.core) > _MOST_STARTERS:
            return False
        words = bare(words)
        program = self._program(words[0]) if words else ""
        rest = words[1:]
        if not program or program in LOOKS or (program in LOOKS_OF and _first(rest) in LOOKS_OF[program]):
            return False
        self._keep(program)
        if program in INTERPRETERS:
            return self._interpreted(rest)
        runner = RUNNERS.get(program)
        if runner is not None and (not runner or _first(rest) in runner):
            return self._run_by(rest, with_word=bool(runner))
        return self._own_words(program, rest)

    def _keep(self, word: str) -> None:
        self.core.append(word)
        self.shown.append(word)

    def _interpreted(self, rest: list[str]) -> bool:
        """`python -m pytest` is pytest; a script below the folder is a program; anything else is not told apart."""
        if rest[:1] == ["-m"] and len(rest) > 1:
            self._keep("-m")
            return self.read(rest[1:])
        while rest and rest[0].startswith("-") and rest[0] not in CODE_FLAGS:
            rest = rest[1:]
        script = self._program(rest[0]) if rest and not rest[0].startswith("-") else ""
        if not script or "." not in script:
            return False
        self._keep(script)
        self._arguments(rest[1:])
        return True

    def _run_by(self, rest: list[str], *, with_word: bool) -> bool:
        if with_word:
            at = next(n for n, word in enumerate(rest) if not word.startswith("-"))
            self._keep(rest[at])
            rest = rest[at + 1 :]
        while rest and rest[0].startswith("-"):
            rest = rest[2:] if rest[0] in RUNNER_VALUES else rest[1:]
        if not rest:
            return False
        if rest[0] in INTERPRETERS or "." in rest[0] or is_clean_word(rest[0], self._private):
            return self.read(rest)
        return False

    def _own_words(self, program: str, rest: list[str]) -> bool:
        """Take the words that are a program's own: `compose up`, `run lint`; all others are values."""
        if program in TWO_WORDS:
            rest = self._leading(rest)
        is_named = bool(rest) and rest[0] in MAYBE_WORDS.get(program, ())
        count = MANY_WORDS.get(program, 1 if program in TWO_WORDS or is_named else 0)
        inner = WITH_WORDS.get(program, frozenset())
        while rest and count and is_clean_word(rest[0], self._private) and "." not in rest[0]:
            if self.core[-1] != program and program in MANY_WORDS and not self._is_target(program, rest[0]):
                break
            self._keep(rest[0])
            count += (rest[0] in inner) - 1
            rest = rest[1:]
        is_named = self.core[-1] not in inner and self.core[-1] != program
        if program in TWO_WORDS and not is_named and rest and not rest[0].startswith("-"):
            # Its own word is not clean: without it nobody knows what was done.
            return False
        self.is_whole = is_named or is_whole(program, rest)
        self._arguments(rest)
        return True

    def _leading(self, rest: list[str]) -> list[str]:
        """Keep the options before a program's own word that hold their value, or have none."""
        at = 0
        while at < len(rest) and is_alone(rest[at]):
            at += 1
        if at == len(rest):
            return rest
        self._arguments(rest[:at])
        return rest[at:]

    def _is_target(self, program: str, word: str) -> bool:
        """Say whether a word that follows another one is a target too, and no argument of that one."""
        return word in TARGETS or f"{program} {word}" in self._targets

    def _arguments(self, rest: list[str]) -> None:
        while rest and rest[-1] == "--":
            rest = rest[:-1]
        for word in rest[:_MOST_ARGUMENTS]:
            flag = FLAG.match(word)
            if word == "--":
                shown = [word]
            elif flag and is_clean_word(flag[1].lstrip("-"), self._private):
                name, value = flag_parts(flag[1])
                shown = [f"{name}=VALUE"] if flag[2] and not value else [name, *(["VALUE"] if value else [])]
                self.flags.append(name)
            else:
                shown = [_placeholder(word)]
            if self.shown[-len(shown) :] != shown:
                self.shown += shown

    def _program(self, word: str) -> str:
        """Name a program: by its last part, or from the folder where it lies below it."""
        if self._folder and word.startswith(f"{self._folder}/"):
            word = f"./{word[len(self._folder) + 1 :]}"
        if word.startswith(("/", "~")) or ".." in word:
            word = posixpath.basename(word)
        inside = word.removeprefix("./")
        parts = inside.split("/")
        if len(parts) > _MOST_PARTS or not all(_is_part(part, self._private) for part in parts):
            return ""
        if len(parts) > 1 and parts[-2] in {"bin", ".bin"}:
            return parts[-1]
        return inside if "/" in inside or not word.startswith("./") else word


def _is_part(part: str, private: frozenset[str]) -> bool:
    return part in {".venv", ".bin"} or is_clean_word(part.lstrip("."), private)


def _first(rest: list[str]) -> str:
    return next((word for word in rest if not word.startswith("-")), "")


def _placeholder(word: str) -> str:
    extension = posixpath.splitext(word)[1].lower().removeprefix(".")
    if extension in EXTENSIONS:
        return f"FILE.{extension}"
    if word in _WHOLE:
        return word
    return "PATH" if "/" in word and "://" not in word and " " not in word else "VALUE"
