"""The settings of learning, and the limits they make.

In     settled values
Out    LearningSettings, LearningLimits
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from skillstrata.app.setting_table import Value
from skillstrata.records.session_work import LearningLimits

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class LearningSettings:
    """How drafts are made; each field is a row `learning.…` of `app.setting_table`."""

    enabled: bool = True
    min_count: int = 3
    min_sessions: int = 2
    min_confidence: float = 0.5
    half_life_days: int = 30
    max_per_run: int = 10
    max_per_project: int = 20
    max_total: int = 100
    phrasing: str = "offline"


def learning_settings(values: Mapping[str, Value]) -> LearningSettings:
    """Take the rows of learning out of all settings."""
    of = {key.removeprefix("learning."): value for key, value in values.items() if key.startswith("learning.")}
    return LearningSettings(
        enabled=of["enabled"] is True,
        min_count=cast("int", of["min_count"]),
        min_sessions=cast("int", of["min_sessions"]),
        min_confidence=cast("float", of["min_confidence"]),
        half_life_days=cast("int", of["half_life_days"]),
        max_per_run=cast("int", of["max_per_run"]),
        max_per_project=cast("int", of["max_per_project"]),
        max_total=cast("int", of["max_total"]),
        phrasing=cast("str", of["phrasing"]),
    )


def limits_of(settings: LearningSettings) -> LearningLimits:
    """Give the limits in the units of the stage."""
    return LearningLimits(
        min_count=settings.min_count,
        min_sessions=settings.min_sessions,
        min_confidence=settings.min_confidence,
        half_life_s=settings.half_life_days * _DAY_S,
        max_per_run=settings.max_per_run,
        max_per_project=settings.max_per_project,
        max_total=settings.max_total,
    )
