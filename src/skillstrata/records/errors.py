"""The error base: every refusal and fault of the product is one of these.

In     what happened, with the value, and the next step
Out    an exception whose `code`, `retry` and `exit_code` are API; the sentence is not
Never  formats for a terminal, decides what a surface prints
"""

from enum import Enum
from typing import ClassVar


class Retry(Enum):
    """What a caller may do about an error: nothing, the same call again, or the call with changed input."""

    NEVER = "never"
    SAME = "same"
    CHANGED = "changed"


class StrataError(Exception):
    """Base class. `code`, `retry` and `exit_code` are API; the sentence is not.

    Exit codes are those of the command contract: 2 usage, 3 nothing found, 4 refused, 65 bad input, 69 something
    needed is missing, 70 a fault of ours, 75 try again later.
    """

    code: ClassVar[str] = "strata"
    retry: ClassVar[Retry] = Retry.NEVER
    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the sentence and the next step apart, so that surfaces can print or ship either."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Give code, sentence and next step in the form the docs show."""
        tail = f"\n  next: {self.hint}" if self.hint else ""
        return f"[{self.code}] {self.message}{tail}"
