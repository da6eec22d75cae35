"""Read one turn of what a command line does many times: `xargs`, `find -exec`, `parallel`, a loop that reads names.

In     one ShellCommand and what feeds it, the files a pattern stands for
Out    the command of the first turn, with words as the shell would have given them
Never  makes up a name: where no file is known by name there is no turn
Why    a program run on every file of a folder is one tool for one file, not as many as there were files
"""

import posixpath
import re
import shlex
from collections.abc import Sequence
from dataclasses import replace

from skillstrata.distill.shell_commands import Names, ParsedShell, ShellCommand

MAPPERS = {"xargs", "find", "parallel", "fd", "fdfind"}

_FIND_TESTS = {"-name", "-iname", "-path", "-wholename"}
_EXEC = {"-exec", "-execdir", "-ok"}
_FD_EXEC = {"-x", "--exec", "-X", "--exec-batch"}
_XARGS_VALUES = {"-n", "-P", "-L", "-d", "-s", "-I", "-E", "-a", "--max-args", "--max-procs", "--replace", "-J"}
_PARALLEL_VALUES = {"-j", "--jobs", "--results", "--joblog", "--timeout"}
_PLACE = re.compile(r"\{(|\.|/|//|/\.)\}")
_UNKNOWN = set("$`")


def first_fed(feeder: Sequence[ShellCommand], names: Names) -> str | None:
    """Give the first file name that a listing command would print."""
    if not feeder:
        return None
    command = feeder[0]
    words = _written(command)
    match command.name:
        case "find":
            found = _find_names(words, command, names)
        case "ls":
            patterns = [w for w in words[1:] if not w.startswith("-")]
            found = tuple(n for p in patterns for n in names(p, command.folders, False))
        case "printf" | "echo":
            literal = [w for w in command.argv[1:] if w and not w.startswith("-") and "%" not in w]
            patterns = [r for w, r in zip(command.argv, command.raw, strict=True) if w is None]
            found = (*literal, *(n for p in patterns for n in names(p, command.folders, False)))
        case _:
            found = ()
    return found[0] if found else None


def first_turns(parsed: ParsedShell, names: Names) -> ParsedShell:
    """Put the first turn in place of each command that starts another one for many files."""
    if not any(command.name in MAPPERS for command in parsed.commands):
        return parsed
    return replace(parsed, commands=tuple(one_turn(c, parsed, names) or c for c in parsed.commands))


def with_names(command: ShellCommand, names: Names) -> ShellCommand:
    """Put the names that a file pattern stands for in its place, as the shell does; a pattern without any stays."""
    if None not in command.argv:
        return command
    argv: list[str | None] = []
    raw: list[str] = []
    for word, written in zip(command.argv, command.raw, strict=True):
        found = names(written, command.folders, False) if word is None and not set(written) & _UNKNOWN else ()
        argv += found or (word,)
        raw += [shlex.quote(name) for name in found] or [written]
    return replace(command, argv=tuple(argv), raw=tuple(raw))


def one_turn(command: ShellCommand, parsed: ParsedShell, names: Names) -> ShellCommand | None:
    """Give the command that a mapping command starts for its first file.

    Args:
        command: One command of `parsed`.
        parsed: The whole command line, for what is piped in.
        names: Gives the files that a pattern stands for.
    """
    if command.name not in MAPPERS:
        return None
    words = _written(command)
    found = _started(command, parsed, names, words)
    if found is None:
        return None
    started, item, over = found
    if not started or item is None or set("".join(started)) & _UNKNOWN:
        return None
    turned = tuple(_filled(word, item) for word in started)
    raw = tuple(shlex.quote(word) for word in turned)
    return replace(command, argv=turned, raw=raw, fed_by=None, looped=True, loop=over)


def _started(
    command: ShellCommand, parsed: ParsedShell, names: Names, words: list[str]
) -> tuple[list[str], str | None, str] | None:
    match command.name:
        case "find":
            at = next((i for i, w in enumerate(words) if w in _EXEC), None)
            if at is None:
                return None
            end = next((i for i, w in enumerate(words) if i > at and w in {";", "+"}), len(words))
            found = _find_names(words[:at], command, names)
            return words[at + 1 : end], found[0] if found else None, " ".join(command.raw[:at])
        case "xargs":
            started, feeder = _after_options(words[1:], _XARGS_VALUES), command.fed_by
            mark = _mark(words)
            started = [w.replace(mark, "{}") for w in started] if mark else [*started, "{}"]
            fed = [] if feeder is None else [parsed.commands[feeder]]
            return started, first_fed(fed, names), " ".join(fed[0].raw) if fed else ""
        case "parallel":
            return _parallel(command, parsed, names, words)
        case _:
            at = next((i for i, w in enumerate(words) if w in _FD_EXEC), None)
            if at is None:
                return None
            ending = next((words[i + 1] for i, w in enumerate(words[:at]) if w in {"-e", "--extension"}), "")
            listed = names(f"*.{ending}", command.folders, True) if ending else ()
            started = words[at + 1 :]
            started = started if any(_PLACE.search(w) for w in started) else [*started, "{}"]
            return started, listed[0] if listed else None, " ".join(command.raw[:at])


def _parallel(
    command: ShellCommand, parsed: ParsedShell, names: Names, words: list[str]
) -> tuple[list[str], str | None, str]:
    started = _after_options(words[1:], _PARALLEL_VALUES)
    given = started.index(":::") if ":::" in started else None
    if given is None:
        fed = [] if command.fed_by is None else [parsed.commands[command.fed_by]]
        item, over = first_fed(fed, names), " ".join(fed[0].raw) if fed else ""
    else:
        listed = [n for w in started[given + 1 :] for n in (names(w, command.folders, False) or _literal(w))]
        item, over = listed[0] if listed else None, " ".join(started[given + 1 :])
        started = started[:given]
    if len(started) == 1 and " " in started[0]:
        started = started[0].split()
    return (started if any(_PLACE.search(w) for w in started) else [*started, "{}"]), item, over


def _literal(word: str) -> tuple[str, ...]:
    return () if set(word) & set("*?[$`") else (word,)


def _find_names(words: list[str], command: ShellCommand, names: Names) -> tuple[str, ...]:
    """Give the known files below the folders of a `find` that pass its name test."""
    test = next((i for i, w in enumerate(words) if w in _FIND_TESTS), None)
    if test is None or test + 1 >= len(words):
        return ()
    roots: list[str] = []
    for word in words[1:]:
        if word.startswith(("-", "(", "!")):
            break
        roots.append(word)
    pattern = posixpath.basename(words[test + 1])
    deep = not ("-maxdepth" in words and words[words.index("-maxdepth") + 1 : words.index("-maxdepth") + 2] == ["1"])
    return tuple(n for root in roots or ["."] for n in names(posixpath.join(root, pattern), command.folders, deep))


def _after_options(words: list[str], values: set[str]) -> list[str]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in values else 1
    return words[at:]


def _mark(words: list[str]) -> str:
    """Give the text that `xargs -I` replaces."""
    for at, word in enumerate(words[1:], start=1):
        if word in {"-I", "--replace", "-J"}:
            return words[at + 1] if at + 1 < len(words) else ""
        if word.startswith("-I") or word == "-i":
            return word[2:] or "{}"
    return ""


def _filled(word: str, item: str) -> str:
    stem = posixpath.splitext(item)[0]
    forms = {
        "": item,
        ".": stem,
        "/": posixpath.basename(item),
        "//": posixpath.dirname(item) or ".",
        "/.": posixpath.basename(stem),
    }
    return _PLACE.sub(lambda m: forms[m.group(1)], word)


def _written(command: ShellCommand) -> list[str]:
    return [r if w is None else w for w, r in zip(command.argv, command.raw, strict=True)]
