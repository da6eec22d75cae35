"""Recognise command lines that start no program of the agent and leave the files of the session alone.

In     the text of a command line
Out    whether it need not be read at all; the names of its commands, for the reason
Never  calls a line harmless that names an interpreter, a known transform, a script, or writes to a file
Why    nine of ten command lines look at a project; reading each with the grammar costs more than all that follows
"""

import re
from collections.abc import Iterable, Iterator

from skillstrata.distill.binaries import BINARIES

_NAMED_COMMANDS = 3
# These make nothing by themselves: without a file to write to or another program beside them they only show.
_ONLY_SHOW = {"cat", "head", "tail", "wc", "less", "grep", "egrep", "fgrep", "rg", "zgrep", "strings", "pdfinfo"}
_WORDS = sorted({*BINARIES} - _ONLY_SHOW, key=len, reverse=True)
_STARTING = re.compile(
    r"\b(?:python[\d.]*|pypy3?|py|node|nodejs|bun|deno|tsx|ts-node|npx|bunx|pnpx|uv|poetry|pipenv|pdm|rye|hatch|pip3?"
    r"|bash|sh|zsh|dash|ksh|cp|mv|rm|unlink|ruby|black|isort|autopep8|yapf|ruff|prettier|clang-format|unix2dos|patch"
    r"|(?:npm|pnpm|yarn)\s+(?:i|install|add|exec|dlx)|git\s+(?:mv|rm|checkout|restore|reset|stash|apply)"
    r"|skillstrata|" + "|".join(map(re.escape, _WORDS)) + r")(?![\w-])"
    r"|\./|\.(?:py|pyw|sh|bash|js|mjs|cjs)\b"
)
_TO_NOWHERE = re.compile(r"(?:[12&]?>>?\s*/dev/null|[12]?>&[12-])")
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_BETWEEN = re.compile(r"\|\||&&|[|;\n]|\$\(|`")
_FIRST = re.compile(r"\s*(?:(?:do|then|else|!|\(|\{|time|sudo)\s+|\(|\w+=\S*\s+)*([\w./+:-]+)")
_KEYWORDS = {"for", "while", "until", "if", "fi", "done", "case", "esac", "else", "do", "then", "select", "function"}


def is_harmless(text: str) -> bool:
    """Say whether a command line can be left unread."""
    if _STARTING.search(text):
        return False
    return ">" not in text or ">" not in _TO_NOWHERE.sub("", text)


def first_words(text: str) -> Iterator[str]:
    """Give the names of the commands of a line that is not read, near enough for a reason."""
    for part in _BETWEEN.split(_QUOTED.sub("''", text)):
        match = _FIRST.match(part)
        name = match.group(1).rsplit("/", 1)[-1] if match else ""
        if name and name not in _KEYWORDS and not name.startswith("-"):
            yield name


def reason(names: Iterable[str]) -> str:
    """Say in a line what a command line runs that holds no program of the agent."""
    once = [name for name in dict.fromkeys(names) if name]
    if not once:
        return "an empty command"
    more = ", …" if len(once) > _NAMED_COMMANDS else ""
    return f"no authored program: {', '.join(once[:_NAMED_COMMANDS])}{more}"
