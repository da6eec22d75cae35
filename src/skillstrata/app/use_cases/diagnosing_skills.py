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
    """Look at every source once and say what is not as it should be; what servers and agents counted is added."""
    session = open_skills(app, query)
    ledger, odd = app.skill_host.ledger(), session.diagnostics
    counted = ledger.total()
    ledger.keep(odd)
    metrics = session.measured(counted)
    return DiagnosisReport(metrics, session.alerts(counted), session.matrix.answers, odd, prometheus(metrics))


def kept(app: App) -> tuple[Diagnostic, ...]:
    """Give what was odd when a diagnosis, a server or an agent looked last, without looking."""
    return app.skill_host.ledger().kept()
