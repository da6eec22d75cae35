"""Measure the skills of a user and hold that against thresholds."""

from dataclasses import dataclass

from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.wiring import App
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skill_faults import FaultAnswer
from skillstrata.records.skill_metrics import Alert, Metric
from skillstrata.runtime.metrics import prometheus


@dataclass(frozen=True, slots=True)
class DiagnosisReport:
    """Measurements, alerts, answers to faults, and everything that is odd; `prometheus` is the text for a scraper."""

    metrics: tuple[Metric, ...]
    alerts: tuple[Alert, ...]
    answers: tuple[FaultAnswer, ...]
    diagnostics: tuple[Diagnostic, ...]
    prometheus: str


def diagnose(app: App, query: SkillQuery) -> DiagnosisReport:
    """Look at every source once and say what is not as it should be."""
    session = open_skills(app, query)
    metrics = session.measured()
    return DiagnosisReport(
        metrics, session.alerts(), session.matrix.answers, session.registry.diagnostics, prometheus(metrics)
    )
