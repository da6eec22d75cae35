"""A trial of two descriptions of one skill: who gets which, how each did, and whether that is more than luck."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How one choice compares with what would have been right.

    CORRECT: the right skill. MISSED: nothing, though a skill fits. WRONG: another skill. FALSE: a skill, though none
    fits. TRUE_NEGATIVE: nothing, and none fits.
    """

    CORRECT = "correct"
    MISSED = "missed"
    WRONG = "wrong"
    FALSE = "false"
    TRUE_NEGATIVE = "true-negative"


@dataclass(frozen=True, slots=True)
class DescriptionTrial:
    """Two descriptions of one skill. `share` is the part of the sessions that get the second one."""

    name: str
    skill_id: str
    current: str
    proposed: str
    share: float = 0.5


@dataclass(frozen=True, slots=True)
class VerdictCounts:
    """How often each verdict came for one description."""

    correct: int = 0
    missed: int = 0
    wrong: int = 0
    false: int = 0
    true_negative: int = 0

    @property
    def right(self) -> int:
        """Count what was right, a fitting silence included."""
        return self.correct + self.true_negative

    @property
    def total(self) -> int:
        """Count everything."""
        return self.right + self.missed + self.wrong + self.false


@dataclass(frozen=True, slots=True)
class TrialExposure:
    """How many sessions of the log had each description, and how many of their requests could be judged."""

    current_sessions: int = 0
    proposed_sessions: int = 0
    judged: int = 0


@dataclass(frozen=True, slots=True)
class TrialResult:
    """How two descriptions did. `chance` is how often a difference this large comes by luck alone.

    `better` is "current" or "proposed" where the difference is significant, "" where it is not.
    """

    current: VerdictCounts
    proposed: VerdictCounts
    chance: float
    better: str
    test: str
