"""Sessions for learning, without a disk: hook payloads read and normalised as the product does."""

import json

from skillstrata.adapters.claude_code_hook import ClaudeCodeHookReader
from skillstrata.capture.normalise import normalise
from skillstrata.library.learning_drafting import Known, draft_from
from skillstrata.records.learned_drafts import DraftsMade
from skillstrata.records.session_work import LearningLimits, SessionWork
from tests.histories_of_work import DAY_S, WorkHistory, WorkSession

NOW_S = 1_790_000_000.0
ANN = frozenset({"ann"})


def works_of(sessions: tuple[WorkSession, ...], *, days: float = 1.0) -> tuple[SessionWork, ...]:
    """Give sessions as learning reads them, the last one ending now."""
    reader = ClaudeCodeHookReader()
    return tuple(
        SessionWork(
            session.id,
            session.project,
            tuple(
                normalise(
                    reader.read(json.dumps(payload).encode()), at_s=NOW_S - days * DAY_S + session.starts_s + after_s
                )
                for after_s, payload in session.payloads
            ),
        )
        for session in sessions
    )


def learned(history: WorkHistory, limits: LearningLimits, known: Known | None = None) -> DraftsMade:
    """Give what is learned of a history."""
    works = works_of(history.sessions, days=history.days)
    return draft_from(works, limits, known or Known(private=ANN), now_s=NOW_S)


def a_session(number: int, *, project: str = "shop", ago_days: float = 0.0) -> WorkSession:
    """Give an empty session that began so many days before the last one."""
    return WorkSession(f"{number:08d}-0000-4000-8000-000000000000", project, DAY_S * (1 - ago_days) - 7200 + number)
