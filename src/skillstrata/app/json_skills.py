"""The JSON of the verbs `skills list`, `deps`, `conflicts`, `diagnose` and `watch`."""

from skillstrata.app.json_views import Json, JsonObject, error_json
from skillstrata.app.use_cases.diagnosing_skills import DiagnosisReport
from skillstrata.app.use_cases.listing_skills import SkillListing, SkillRow
from skillstrata.app.use_cases.resolving_skills import NeedsReport
from skillstrata.app.use_cases.watching_skills import WatchEvent
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skill_changes import Quarantined
from skillstrata.records.skills import SkillConflict


def diagnostic_json(odd: Diagnostic) -> JsonObject:
    """Give one diagnostic of the contract; `path` only where it says something."""
    found: JsonObject = {
        "code": odd.code,
        "severity": odd.severity,
        "message": odd.message,
        "line": odd.line,
        "repaired": odd.repaired,
    }
    return found | {"path": odd.path} if odd.path else found


def listing_json(listing: SkillListing) -> list[Json]:
    """Give the rows of `skills list`."""
    return [row_json(row) for row in listing.rows]


def conflicts_json(conflicts: tuple[SkillConflict, ...]) -> list[Json]:
    """Give the rows of `skills conflicts`."""
    return [
        {
            "name": one.name,
            "winner": one.winner,
            "losers": list(one.losers),
            "rule": one.rule,
            "identical": one.identical,
            "digests": dict(one.digests),
        }
        for one in conflicts
    ]


def needs_json(report: NeedsReport) -> JsonObject:
    """Give the object of `skills deps`."""
    found = report.resolution
    return {
        "order": list(found.order),
        "edges": [
            {"from": edge.needs, "to": edge.needed, "kind": "hard" if edge.hard else "soft"} for edge in found.edges
        ],
        "cycles": [list(cycle) for cycle in found.cycles],
        "missing": [
            {"skill": lack.skill_id, "needs": list(lack.names), "reason": lack.reason, "hard": lack.hard}
            for lack in found.missing
        ],
        "unavailable": [{"skill": one.skill_id, "reason": one.reason} for one in found.unavailable],
        "warnings": [diagnostic_json(odd) for odd in report.warnings],
        "timed_out": found.timed_out,
        "ms": round(found.elapsed_s * 1000, 3),
    }


def diagnosis_json(report: DiagnosisReport) -> JsonObject:
    """Give the object of `skills diagnose`."""
    return {
        "metrics": {one.name: one.value for one in report.metrics},
        "thresholds": {one.name: one.threshold for one in report.metrics if one.threshold is not None},
        "alerts": [
            {
                "metric": one.metric,
                "severity": one.severity,
                "message": one.message,
                "value": one.value,
                "threshold": one.threshold,
            }
            for one in report.alerts
        ],
        "answers": [
            {
                "fault": one.fault.value,
                "signal": one.signal,
                "action": one.action,
                "needs_human": one.needs_human,
                "why": one.why,
            }
            for one in report.answers
        ],
        "diagnostics": [diagnostic_json(odd) for odd in report.diagnostics],
    }


def event_json(event: WatchEvent) -> JsonObject:
    """Give one line of `skills watch`."""
    change = event.change
    if change is None:
        said = error_json(event.error) if event.error is not None else {}
        return {"event": "refused", "skills": event.skills, **said}
    return {
        "event": "list_changed",
        "generation": change.generation,
        "at": change.at_s,
        "skills": event.skills,
        "added": list(change.added),
        "changed": list(change.changed),
        "removed": list(change.removed),
        "rolled_back": list(change.rolled_back),
        "quarantined": [_aside(one) for one in event.quarantined],
    }


def _aside(one: Quarantined) -> JsonObject:
    return {"skill": one.skill_id, "path": one.path, "diagnostics": [diagnostic_json(odd) for odd in one.diagnostics]}


def row_json(row: SkillRow) -> JsonObject:
    """Give one row of `skills list`."""
    return {
        "name": row.name,
        "qualified": row.qualified,
        "source": row.source,
        "kind": row.kind,
        "path": row.path,
        "description": row.description,
        "state": row.state,
        "reason": row.reason,
        "digest": row.digest,
        "trusted": row.trusted,
        "diagnostics": [diagnostic_json(odd) for odd in row.diagnostics],
    }
