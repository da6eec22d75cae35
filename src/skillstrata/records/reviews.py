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
    """One open question. `subject` is the tool and branch, the draft or the package it is about; `kind` says which.

    `id` is the candidate's, or `draft:KEY`, or `import:NAME`.
    """

    id: str
    kind: str
    subject: str
    why: str
    options: tuple[Answer, ...]
    at_s: float


PLACEMENT, DRAFT, IMPORT = "placement", "draft", "import"
"""What waits: a proven program, a learned draft, a skill of others in quarantine."""


class Phase(Enum):
    """How far an answer got. BEGUN and UNDOING are carried on when the process that was at it is gone."""

    BEGUN = "begun"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class QueueDecision:
    """An answer about a draft or an import. `item` is its id in the queue, with the kind before the colon.

    `did` is what the lifecycle decided, `artifact` the kind of what was written. `active_path` is the artefact written
    or patched, `digest` the SHA-256 of the text that was written there or to `patch_path`; `target_path` is what was
    replaced. `content` is the digest of what was answered about: of a package, "" where no copy of it could be kept, or
    of a draft's text; nothing else is carried on. `sources` are digests of the sessions a draft comes from; no session
    is named.
    """

    id: str
    item: str
    answer: Answer
    at_s: float
    phase: Phase = Phase.BEGUN
    did: str = ""
    artifact: str = ""
    root: str = ""
    active_path: str = ""
    target_path: str = ""
    patch_path: str = ""
    digest: str = ""
    content: str = ""
    sources: tuple[str, ...] = ()

    @property
    def undone(self) -> bool:
        """Say whether it was taken back."""
        return self.phase is Phase.UNDONE


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


class AnswerUnfit(StrataError):
    """An answer that makes no sense for what waits."""

    code: ClassVar[str] = "review.answer_unfit"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


class ReviewAmbiguous(StrataError):
    """The beginning of an id that several waiting things have."""

    code: ClassVar[str] = "review.ambiguous"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


class ReviewBusy(StrataError):
    """Another person's answer is being carried out."""

    code: ClassVar[str] = "review.busy"
    retry: ClassVar[Retry] = Retry.SAME
    exit_code: ClassVar[int] = 75


class UndoBlocked(StrataError):
    """An answer that cannot be taken back: what it made was changed since, or something is in the way."""

    code: ClassVar[str] = "review.undo_blocked"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


class ProjectUnknown(StrataError):
    """A draft of a project whose folder is not known here."""

    code: ClassVar[str] = "review.project_unknown"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4
