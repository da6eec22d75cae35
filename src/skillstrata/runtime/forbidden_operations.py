"""Whether an operation that a skill asks for is one that is never allowed, however it is written.

In     the tool, the operation's words, rules such as `rm -rf` or `git push --force`
Out    why it is forbidden, "" where it is not
Never  takes what it cannot read for harmless: in doubt an operation is forbidden
Why    `rm -fr /`, `rm -r -f /`, `/bin/rm --recursive --force /` and `sh -c 'rm -r -f /'` are one operation; to leave
       a harmless one without a grant costs a question, to let the other one through costs the disk
"""

import re
import shlex
from collections.abc import Iterator
from fnmatch import fnmatchcase

_MOST_CHARS = 10_000
_MOST_DEPTH = 4
_PUNCTUATION = ";|&()<>\n"
_COARSE = re.compile(r"""[^\s'"`();|&,\[\]{}=<>]+""")
# Text that stands for another text: nobody can tell which before it runs.
_EXPANDS = re.compile(r"[$`]|\{[^{}]*,[^{}]*\}")
_SHELLS = frozenset(
    "sh bash zsh dash ksh csh tcsh fish ash busybox pwsh powershell cmd python python3 perl ruby".split()
)
# Their further words come from somewhere else.
_FED = frozenset({"xargs", "parallel", "eval", "source"})
# What they are given is a file, a pattern or an address, and no shell reads it.
_RUN_NOTHING = frozenset(
    "Read Write Edit MultiEdit NotebookRead NotebookEdit Glob Grep LS LSP WebFetch WebSearch TodoRead TodoWrite".split()
)
_NO_RULE = "no operation was named, so it may be one that is forbidden and never granted"
_DOUBT = "the operation {} and may be one that is forbidden and never granted"


def why_forbidden(tool: str, operation: str, rules: tuple[str, ...]) -> str:
    """Say why an operation is forbidden.

    Args:
        tool: The tool that is to run it.
        operation: What it is to run, as it would be given to the tool.
        rules: What is forbidden; the flags of a rule are met in any order, form and place.

    Returns:
        The reason; "" where it is not forbidden.
    """
    if not rules:
        return ""
    if not operation.strip():
        return _NO_RULE
    if len(operation) > _MOST_CHARS:
        return _DOUBT.format("is too long to be read")
    bad = _named(f"{tool} {operation}", rules)
    if bad:
        return f"the operation {bad!r} is forbidden and never granted"
    doubt = "" if tool in _RUN_NOTHING else _unreadable(operation)
    return _DOUBT.format(doubt) if doubt else ""


def _unreadable(operation: str) -> str:
    """Say why nobody can tell what an operation will run; "" where one can."""
    if _EXPANDS.search(operation):
        return "has parts that stand for others"
    try:
        words = _words(operation)
    except ValueError:
        return "has a quote or backslash without its partner"
    names = [_program(word) for word in words]
    fed = next((name for name in names if name in _FED), "") or _fed_shell(words, names)
    return f"gives {fed} words that are not to be seen" if fed else ""


def _named(text: str, rules: tuple[str, ...]) -> str:
    said = " ".join(text.casefold().split())
    for rule in rules:
        plain = " ".join(rule.casefold().split())
        if plain and (plain in said or any(_meets(words, plain) for words in _readings(text.casefold(), 0))):
            return rule
    return ""


def _readings(text: str, depth: int) -> Iterator[list[str]]:
    """Give the words of a text, and of each word that is a text of several words itself, such as code for a shell."""
    try:
        words = _words(text)
    except ValueError:
        words = []
    yield words
    coarse = _COARSE.findall(text)
    if depth or not words:
        yield coarse
    for word in words:
        if depth < _MOST_DEPTH and len(_COARSE.findall(word)) > 1:
            yield from _readings(word, depth + 1)


def _words(text: str) -> list[str]:
    text = text.replace("\\\n", " ")
    lexer = shlex.shlex(text, posix=True, punctuation_chars=_PUNCTUATION)
    lexer.whitespace_split, lexer.commenters, lexer.whitespace = True, "", " \t\r"
    found = list(lexer)
    # In quotes such a sign ends no command; which it is, is not to be told apart any more.
    return [word for word in found if set(word) - set(_PUNCTUATION)] if re.search(r"['\"\\]", text) else found


def _meets(words: list[str], rule: str) -> bool:
    """Say whether somewhere a rule's program is followed by all of its flags, and by its other words in order."""
    try:
        program, *rest = shlex.split(rule)
    except ValueError:
        program, *rest = rule.split()
    flags, others = _flags(rest), [word for word in rest if not _is_flag(word)]
    for at, word in enumerate(words):
        if not fnmatchcase(program, _program(word)):
            continue
        after = words[at + 1 :]
        end = next((n for n, one in enumerate(after) if not set(one) - set(_PUNCTUATION)), len(after))
        if flags <= _flags(after[:end]) and _in_order(others, after[:end]):
            return True
    return False


def _program(word: str) -> str:
    """Give a program's name without its folder; `rm.exe` is `rm`."""
    return re.split(r"[/\\]", word.casefold())[-1].removesuffix(".exe")


def _is_flag(word: str) -> bool:
    return word.startswith("-") and len(word) > 1


def _flags(words: list[str]) -> set[str]:
    """Give flags by their letter, since `--force` and `--for` are `-f`."""
    found: set[str] = set()
    for word in words:
        if word.startswith("--"):
            found.update(word[2:3])
        elif _is_flag(word):
            found.update(word[1:])
    return found


def _in_order(wanted: list[str], words: list[str]) -> bool:
    rest = iter(words)
    return all(any(word.startswith(one) for word in rest) for one in wanted)


def _fed_shell(words: list[str], names: list[str]) -> str:
    """Name the interpreter that is given its program through a pipe or from a file, which cannot be seen here."""
    for at, name in enumerate(names):
        follows = at > 0 and words[at - 1].startswith("|")
        before = any(word.startswith("<") for word in words[at + 1 : at + 2])
        if name in _SHELLS and (follows or before):
            return name
        if words[at] == "." and (at == 0 or not set(words[at - 1]) - set(_PUNCTUATION)):
            return "the shell"
    return ""
