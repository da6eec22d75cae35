"""A session as learning reads it: its events, and the project they belong to."""

from dataclasses import dataclass

from skillstrata.records.events import Event


@dataclass(frozen=True, slots=True)
class SessionWork:
    """One session. `project` is a label without a path in it, the same for all sessions of one project.

    `is_gone` says that the project's folder is not there any more: it may have been moved.
    """

    session: str
    project: str
    events: tuple[Event, ...]
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class LearningLimits:
    """From which figures on something is learnt, and how much of it.

    `min_count` are occurrences (episodes, pairs, runs), `min_sessions` the sessions they come from. `half_life_s` is
    the age at which an occurrence counts half; `min_confidence` is what a draft must have after that.
    """

    min_count: int = 3
    min_sessions: int = 2
    min_confidence: float = 0.5
    half_life_s: float = 30 * 86_400.0
    max_per_run: int = 10
    max_per_project: int = 20
    max_total: int = 100
