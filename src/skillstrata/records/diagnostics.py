"""One oddity of a file, as a typed fact: what, how grave, where, and whether it was repaired."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding. `severity` is error, warning or info; `line` counts from 1, 0 where no line is meant.

    `path` is the file it was found in, "" where its owner is plain from the context.
    """

    code: str
    severity: str
    message: str
    line: int = 0
    repaired: bool = False
    path: str = ""
