"""Report how the descriptions on trial do, by the routing log."""

from dataclasses import dataclass

from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.skill_trials import trials_of
from skillstrata.app.wiring import App
from skillstrata.records.trials import DescriptionTrial, TrialExposure, TrialResult
from skillstrata.runtime.description_trials import tried


@dataclass(frozen=True, slots=True)
class TrialReport:
    """One trial: who saw which description, how each did, whether that is more than luck."""

    trial: DescriptionTrial
    exposure: TrialExposure
    result: TrialResult


@dataclass(frozen=True, slots=True)
class TrialsReport:
    """Every trial of the settings; `unknown` are those whose skill is not there."""

    trials: tuple[TrialReport, ...]
    unknown: tuple[str, ...] = ()


def trials(app: App, query: SkillQuery) -> TrialsReport:
    """Compare the descriptions of every trial of the settings.

    Raises:
        DependencyCycle: Skills need each other in a circle, and the settings let that fail.
    """
    session = open_skills(app, query)
    records = app.skill_host.routing_log().records()
    made = tuple(TrialReport(trial, *tried(trial, records)) for trial in trials_of(session))
    unknown = tuple(name for name, _ in session.settings.trials if session.finder.get(name) is None)
    return TrialsReport(made, unknown)
