"""The JSON of `skills catalog` and `skills route`."""

from dataclasses import asdict

from skillstrata.app.use_cases.trying_skills import TrialsReport
from skillstrata.records.catalogues import Catalogue
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.routes import Route, RoutingReport, Shadow, SkillTraffic
from skillstrata.records.trials import TrialResult


def catalogue_json(listing: Catalogue) -> JsonObject:
    """Give what `skills catalog` prints."""
    return {
        "text": listing.text,
        "used_chars": listing.chars,
        "used": listing.used,
        "budget": asdict(listing.budget),
        "entries": [
            {
                "name": entry.name,
                "qualified": entry.skill_id,
                "mode": entry.mode.value,
                "chars": entry.chars,
                "cost": entry.cost,
                "lost": entry.lost,
                "why": entry.why,
            }
            for entry in listing.entries
        ],
    }


def route_json(route: Route) -> JsonObject:
    """Give what `skills route` prints for one request; `chosen` is what the index proposes, null where it abstains."""
    names = {candidate.skill_id: candidate.name for candidate in route.candidates}
    return {
        "candidates": [{"name": one.name, "qualified": one.skill_id, "score": one.score} for one in route.candidates],
        "chosen": names.get(route.proposed),
        "confidence": route.confidence,
        "fit": route.fit,
        "abstained": route.abstained,
        "alternatives": [names[one] for one in route.alternatives],
    }


def report_json(report: RoutingReport) -> JsonObject:
    """Give what `skills route --report` prints."""
    return {
        "routes": report.routes,
        "abstained": report.abstained,
        "told": report.told,
        "agreed": report.agreed,
        "unused": list(report.unused),
        "black_holes": [_traffic(row) for row in report.black_holes],
        "skills": [_traffic(row) for row in report.traffic],
    }


def shadows_json(shadows: tuple[Shadow, ...]) -> list[Json]:
    """Give what `skills route --against` prints."""
    return [
        {"qualified": one.skill_id, "tried": one.tried, "stolen": one.stolen, "examples": list(one.examples)}
        for one in shadows
    ]


def trial_json(result: TrialResult) -> JsonObject:
    """Give what `skills route --trial` prints."""
    return {
        "current": asdict(result.current),
        "proposed": asdict(result.proposed),
        "test": result.test,
        "chance": result.chance,
        "better": result.better or None,
    }


def trials_json(report: TrialsReport) -> JsonObject:
    """Give what `skills trials` prints."""
    rows: list[Json] = [
        {
            "trial": one.trial.name,
            "qualified": one.trial.skill_id,
            "share": one.trial.share,
            "descriptions": {"current": one.trial.current, "proposed": one.trial.proposed},
            "sessions": {"current": one.exposure.current_sessions, "proposed": one.exposure.proposed_sessions},
            "judged": one.exposure.judged,
            **trial_json(one.result),
        }
        for one in report.trials
    ]
    return {"trials": rows, "unknown": list(report.unknown)}


def _traffic(row: SkillTraffic) -> JsonObject:
    return {
        "qualified": row.skill_id,
        "proposed": row.proposed,
        "chosen": row.chosen,
        "passed_over": row.passed_over,
    }
