"""The four faults that a running set of skills answers by itself, and what was answered."""

from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    """What went wrong."""

    LOAD_FAILURE = "load_failure"
    RESOLUTION_TIMEOUT = "resolution_timeout"
    CONTEXT_OVERFLOW = "context_overflow"
    PERMISSION_CONFLICT = "permission_conflict"


@dataclass(frozen=True, slots=True)
class FaultAnswer:
    """One fault and the automatic answer to it.

    `action` is skipped, no_dependencies, compressed, elevated or refused; `needs_human` says that the threshold for a
    person is reached, `why` says it in a sentence.
    """

    fault: Fault
    signal: str
    action: str
    needs_human: bool
    why: str
    at_s: float


@dataclass(frozen=True, slots=True)
class ContextUse:
    """How full the context is: characters used of characters there are, and ids that were left out to fit."""

    used: int
    total: int
    dropped: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Give the used part, 0 to 1 and above."""
        return self.used / self.total if self.total > 0 else 1.0


@dataclass(frozen=True, slots=True)
class ElevationRequest:
    """A skill's call of a tool that was refused: may it have the tool for `seconds`?"""

    skill_id: str
    tool: str
    operation: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ElevationGrant:
    """A permission that ends by itself at `expires_at_s`, for one skill, one tool and one operation of it.

    `rule` is what allowed it. A policy may leave `operation` out: the grant is for the one it was asked about.
    """

    skill_id: str
    tool: str
    granted_at_s: float
    expires_at_s: float
    rule: str
    operation: str = ""


@dataclass(frozen=True, slots=True)
class ElevationRecord:
    """What is written down of every request: the answer and its reason, before anything acts on it."""

    request: ElevationRequest
    granted: bool
    why: str
    at_s: float
    expires_at_s: float = 0.0
