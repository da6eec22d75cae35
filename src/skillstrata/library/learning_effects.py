"""Whether a part of a command line may have changed what the next command meets.

In     the words of one simple command, where its output goes, the folder it ran in
Out    yes or no
Never  says no of a program that it does not know: what may have mended something speaks against a fix
Why    a command that works after a file was written, a folder changed or a process ended is not why it works
"""

import posixpath
import re
from collections.abc import Callable

from skillstrata.library.learning_words import LOOKS_OF

# Of the programs that are no steps, those that only show something.
_SHOW = frozenset(
    "[ [[ : alias awk basename cat clear column comm command cut date df diff dirname du echo exit false file fd fg "
    "bg grep egrep fgrep head hexdump history id jobs jq less ls lsof man md5sum more nl pgrep printf printenv ps pwd "
    "read readlink realpath rg seq sha256sum shasum sleep sort stat strings tail test top tr tree true type umask "
    "uname uniq uptime wait watch wc which whoami xxd yes".split()
)
_CHANGES_OF = {
    "git": frozenset("stash config worktree checkout switch restore reset clean rm mv".split()),
    "gh": frozenset({"auth"}),
    "go": frozenset({"env"}),
}
_SETTINGS = frozenset({"config", "auth"})
_IN_PLACE = re.compile(r"-[a-zA-Z]*i|--in-place")
_FINDS = frozenset("-delete -exec -execdir -ok -okdir -fprint".split())
_OUTPUTS = re.compile(r"/(?:dev|tmp)/|&?\d*\Z")
_LOGS = frozenset(".log .out .txt .err".split())


def may_change(words: list[str], target: str, folder: str) -> bool:
    """Say whether a part that is no step may have changed something.

    Args:
        words: The program and its arguments.
        target: The file that its output goes to, "" for none.
        folder: Where it ran.
    """
    if writes_to(target) or not words:
        return bool(target)
    program, rest = words[0], words[1:]
    own = _OWN.get(program)
    if own is not None:
        return own(rest, folder)
    first = next((word for word in rest if not word.startswith("-")), "")
    if program in LOOKS_OF and first in LOOKS_OF[program]:
        return first in _CHANGES_OF.get(program, _SETTINGS)
    return program not in _SHOW


def writes_to(target: str) -> bool:
    """Say whether output that goes there makes a file that a later command may read."""
    return bool(target) and not _OUTPUTS.match(target) and posixpath.splitext(target)[1].lower() not in _LOGS


def _cd(rest: list[str], folder: str) -> bool:
    here = posixpath.normpath(folder or "/")
    return bool(rest) and posixpath.normpath(posixpath.join(here, rest[0])) != here


def _tee(rest: list[str], _folder: str) -> bool:
    return any(writes_to(word) for word in rest if not word.startswith("-"))


def _find(rest: list[str], _folder: str) -> bool:
    return any(word in _FINDS for word in rest)


def _sed(rest: list[str], _folder: str) -> bool:
    return any(_IN_PLACE.match(word) for word in rest)


_OWN: dict[str, Callable[[list[str], str], bool]] = {"cd": _cd, "tee": _tee, "find": _find, "sed": _sed}
