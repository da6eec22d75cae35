"""What stands before a lifted program: the values it takes off its own arguments.

Shapes  one Taken per value, in the order of the words that start the program
"""

import re
from dataclasses import dataclass

# The use of a name that stands alone in a call which lists folders: there a bare word is a folder.
LISTED = "listed"


@dataclass(frozen=True, slots=True)
class Taken:
    """A value taken off the arguments. `kind` is "path", or the kind of an option: string, integer, number, boolean."""

    name: str
    kind: str = "path"


@dataclass(frozen=True, slots=True)
class Prologue:
    """How a lifted program begins, and what else its text needs.

    `private` are the user's paths that may be left in comments, with what takes their place; `bundled` says that
    modules lie beside the program; `inline` that it was no file, so its arguments are counted from one place earlier.
    """

    taken: tuple[Taken, ...]
    private: tuple[tuple[str, str], ...] = ()
    requirements: tuple[str, ...] = ()
    bundled: bool = False
    inline: bool = False


def without_private(text: str, private: tuple[tuple[str, str], ...], *, nothing: str = "") -> str:
    """Take the user's paths out of a text, longest first; `nothing` stands where a folder alone was."""
    for path, instead in private:
        pattern = re.escape(path) + ("" if path.endswith("/") else r"(?![\w])")
        text = re.sub(pattern, (instead or nothing).replace("\\", r"\\"), text)
    return text


def variable(name: str) -> str:
    """Give the name of the variable that holds a parameter, in every language."""
    return f"_strata_{name}"
