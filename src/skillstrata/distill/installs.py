"""The distributions that a session installed before it ran its programs.

In     the commands of a command line and what it printed
Out    distribution names, versions and extras taken off
Never  counts an install that failed or that nobody saw succeed
Why    what the session itself fetched to make its program run says which distribution an import belongs to
"""

import re

from skillstrata.distill.shell_commands import ShellCommand

_PIP = {"pip", "pip3"}
_NODE_TOOLS = {"npm", "pnpm", "yarn", "bun"}
_ADDING = {"install", "i", "add"}
_VALUES = frozenset(
    "-r --requirement -c --constraint -i --index-url --extra-index-url -t --target --prefix -e --editable -w".split()
)
_NAME = re.compile(r"(@[\w.-]+/[\w.-]+|[A-Za-z0-9][\w.-]*)(?:\[[\w, -]*\])?\s*(?:[=<>!~^@].*)?$")
_DONE = re.compile(
    r"Successfully installed|already satisfied|^added \d+ package|\bInstalled \d+ package|Audited \d+", re.M
)


def installed_by(command: ShellCommand, *, ok: bool, printed: str) -> tuple[str, ...]:
    """Give what a command installed.

    Args:
        command: One simple command.
        ok: Whether it surely succeeded.
        printed: What the whole line printed, for one whose status was hidden.
    """
    words = list(_install_words(command))
    if not words or not (ok or _DONE.search(printed)):
        return ()
    found: list[str] = []
    skip = False
    for word in words:
        match = None if skip or word.startswith(("-", ".", "/", "git+", "http")) else _NAME.fullmatch(word)
        skip = word in _VALUES
        if match is not None:
            found.append(match.group(1))
    return tuple(dict.fromkeys(found))


def _install_words(command: ShellCommand) -> tuple[str, ...]:
    argv = tuple(w or "" for w in command.argv)
    while argv and argv[0] in {"sudo", "env", "command"}:
        argv = argv[1:]
    name = argv[0].rsplit("/", 1)[-1] if argv else ""
    if re.match(r"python[\d.]*$", name) and argv[1:3] == ("-m", "pip"):
        name, argv = "pip", argv[2:]
    if name == "uv" and argv[1:2] == ("pip",):
        name, argv = "pip", argv[1:]
    if (name in _PIP and argv[1:2] == ("install",)) or (name in _NODE_TOOLS and argv[1:2] and argv[1] in _ADDING):
        return argv[2:]
    return argv[2:] if name in {"uv", "poetry", "pdm"} and argv[1:2] == ("add",) else ()
