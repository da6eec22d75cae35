"""What only a person can decide, and what was decided.

In     nothing
Out    items of the review queue, and decisions with all that is needed to take one back
Why    a question that was answered once is not asked again, and no answer is for ever
"""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from skillstrata.records.contracts import Contract
from skillstrata.records.errors import Retry, StrataError


class Answer(Enum):
    """What may be said of a proven program that is better here and worse there than what the library has.

    ACCEPT: it runs from now on. REJECT: it is set aside. PIN: what runs now goes on, whatever comes. MERGE: it is kept
    as a fallback behind what runs. KEEP_BOTH: it becomes a tool of its own.
    """

    ACCEPT = "accept"
    REJECT = "reject"
    PIN = "pin"
    MERGE = "merge"
    KEEP_BOTH = "keep-both"


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One open question. `subject` is the tool and branch it is about, `id` that of the candidate."""

    id: str
    kind: str
    subject: str
    why: str
    options: tuple[Answer, ...]
    at_s: float


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """An answer. `item` is the candidate; `question` is the same for programs that do the same to the same branch.

    `tool` and `branch` say where it went; `asked_tool` and `asked_branch` what it was compared with. Of that the
    contracts and the active version are kept as they were.
    """

    id: str
    item: str
    question: str
    answer: Answer
    tool: str
    branch: str
    at_s: float
    asked_tool: str = ""
    asked_branch: str = ""
    before_active: int = 0
    tool_contract: Contract | None = None
    branch_contract: Contract | None = None
    undone: bool = False


class NothingToUndo(StrataError):
    """There is no decision, or none of this id, that could be taken back."""

    code: ClassVar[str] = "review.nothing_to_undo"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 3


class NotPending(StrataError):
    """A candidate that waits for nobody's decision."""

    code: ClassVar[str] = "review.not_pending"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 3
