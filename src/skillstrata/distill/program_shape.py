"""What the text of a program says about its files, in one shape for every language.

In     nothing
Out    ProgramText, NamedPath
"""

import re
from dataclasses import dataclass

_FILE = re.compile(r"[^\n]{0,4000}\.[A-Za-z][A-Za-z0-9]{0,7}$|(?:~?/|\.{1,2}/|[A-Za-z]:[\\/])[^\n]{1,4000}$")


@dataclass(frozen=True, slots=True)
class NamedPath:
    """A path the program names, as a literal or in an argument, and what happens to it: "read", "write", "delete"."""

    value: str
    uses: frozenset[str]
    from_argv: bool = False


@dataclass(frozen=True, slots=True)
class ProgramText:
    """The file use of one program. `reads` and `writes` say that it opens anything at all that way.

    `opens` leaves out what only lists a folder.
    """

    paths: tuple[NamedPath, ...]
    reads: bool
    writes: bool
    prints: bool
    reads_stdin: bool
    lists_folders: bool
    uses_argv: bool
    opens: bool = True


def looks_like_file(word: str) -> bool:
    """Say whether a word may name a file: it has an ending or begins like a path."""
    return not word.startswith("-") and "://" not in word and _FILE.match(word) is not None
