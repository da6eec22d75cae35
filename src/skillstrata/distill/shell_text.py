"""What a shell text says about its files: which its known programs take in and make, and what else it starts.

In     the text of a pipeline or a script, and the words it was called with
Out    ProgramText, and the names of programs by kind
Never  runs anything; expands file patterns
"""

import functools
from dataclasses import dataclass

from skillstrata.distill.binaries import Work, stage_of
from skillstrata.distill.program_shape import NamedPath, ProgramText, looks_like_file
from skillstrata.distill.shell import ShellCommand, commands

_MAX_TEXT = 200_000
_COPIES = {"cp", "mv", "install", "ln"}
_DELETES = {"rm", "rmdir", "shred", "unlink"}
_INTERPRETERS = {"python", "python3", "node", "perl", "ruby", "php", "uv", "bun", "deno", "Rscript"}


@dataclass(frozen=True, slots=True)
class ShellText:
    """`text` as for every language; `transforms` says that a program in it makes something of a file.

    `names` are all programs it starts, `complete` is False where the text was not understood.
    """

    text: ProgramText
    names: tuple[str, ...]
    transforms: bool
    in_place: bool
    complete: bool
    commands: tuple[ShellCommand, ...]


@functools.lru_cache(maxsize=64)
def shell_text(source: str, argv: tuple[str, ...] = ()) -> ShellText | None:
    """Analyse a shell text; None for one that is too large to look at.

    Args:
        source: The text.
        argv: The words after the script.
    """
    if len(source) > _MAX_TEXT:
        return None
    parsed = commands(source)
    uses: dict[str, set[str]] = {}
    found = _Seen(uses)
    for command in parsed.commands:
        _note(command, found)
    paths = [NamedPath(p, frozenset(u)) for p, u in uses.items() if not p.startswith("/dev/")]
    paths = [p for p in paths if "$" not in p.value]
    paths += [NamedPath(w, frozenset[str](), from_argv=True) for w in argv if looks_like_file(w)]
    text = ProgramText(
        paths=tuple(paths),
        reads=any("read" in u for u in uses.values()),
        writes=any("write" in u for u in uses.values()),
        prints=not any("write" in u for u in uses.values()),
        reads_stdin=any("/dev/stdin" in (w or "") for c in parsed.commands for w in c.argv),
        lists_folders=False,
        uses_argv="$1" in source or "$@" in source or "${1" in source,
    )
    names = tuple(dict.fromkeys(c.name for c in parsed.commands if c.name))
    return ShellText(text, names, found.transforms, found.in_place, parsed.complete, parsed.commands)


@dataclass(slots=True)
class _Seen:
    uses: dict[str, set[str]]
    transforms: bool = False
    in_place: bool = False

    def add(self, word: str, use: str) -> None:
        self.uses.setdefault(word, set()).add(use)


def _note(command: ShellCommand, found: _Seen) -> None:
    for redirect in command.redirects:
        if redirect.target and redirect.operator in {"<", ">", ">>", ">|"} and redirect.descriptor in {0, 1}:
            found.add(redirect.target, "read" if redirect.operator == "<" else "write")
    stage = stage_of(command)
    if stage is None:
        _note_other(command, found)
        return
    for word in stage.reads:
        found.add(word.strip("\"'"), "read")
    for word in stage.writes:
        found.add(word.strip("\"'"), "write")
    out = command.target(1)
    kept = out is not None and out.operator in {">", ">>", ">|"} and not (out.target or "").startswith("/dev/")
    found.transforms = found.transforms or (stage.work is not Work.SHOWS and (kept or not stage.looks))
    found.in_place = found.in_place or stage.in_place


def _note_other(command: ShellCommand, found: _Seen) -> None:
    words = [r if w is None else w for w, r in zip(command.argv[1:], command.raw[1:], strict=True)]
    operands = [w for w in words if not w.startswith("-")]
    if command.name in _COPIES and len(operands) > 1:
        for word in operands[:-1]:
            found.add(word, "read")
        found.add(operands[-1], "write")
    elif command.name in _DELETES:
        for word in operands:
            found.add(word, "delete")
    elif command.name in _INTERPRETERS:
        found.transforms = True
        for word in filter(looks_like_file, operands):
            found.uses.setdefault(word, set())
