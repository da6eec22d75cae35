"""The JSON of what reuse shows: reports as plain objects.

In     reports of observing, exposing, regression
Out    what a JSON writer takes
Never  drops a documented field; may add fields
Why    the use cases are named for their reports alone: to show figures, what runs proofs need not be loaded
"""

from typing import TYPE_CHECKING

from skillstrata.library import lesson_of
from skillstrata.records.json_values import JsonObject
from skillstrata.records.qualities import LibraryChange, LibraryHealth, ReuseMiss, Verification

if TYPE_CHECKING:
    from skillstrata.app.use_cases.exposing import Exposed
    from skillstrata.app.use_cases.observing import FailureRow, HealthReport, UsageReport
    from skillstrata.app.use_cases.regression import RegressionReport


def usage_json(report: "UsageReport") -> JsonObject:
    """Give how one tool did."""
    quality = report.quality
    return {
        "name": report.tool.name,
        "visibility": report.tool.visibility,
        "runs": quality.runs,
        "successes": quality.successes,
        "sessions": quality.sessions,
        "projects": quality.projects,
        "people": quality.people,
        "interval": {"low": round(quality.low, 4), "high": round(quality.high, 4), "method": "wilson-95"},
        "saved": {"seconds": quality.saved_s, "tokens": quality.saved_tokens, "estimated": True},
        "last": quality.last_at_s or None,
        "failures": {kind.value: count for kind, count in quality.failures},
        "r_miss": [miss_json(miss) for miss in report.r_miss],
        "failing": [{**_key(key), "count": count} for key, count in report.failing],
        "changes": [change_json(change) for change in report.changes],
        "created_because": report.tool.created_because,
        "sources": [
            {"candidate": one.id, "state": one.state.value, "session": one.source.session, "branch": one.branch}
            for one in report.sources
        ],
    }


def miss_json(miss: ReuseMiss) -> JsonObject:
    """Give one miss of reuse, with its five parts and its cause."""
    return {
        **_key(miss.key),
        "cause": miss.cause.value,
        "candidate": miss.execution_id,
        "session": miss.session,
        "project": miss.project,
        "at": miss.at_s,
        "words": list(miss.words),
        "lesson": lesson_of(miss.execution_id) if miss.words else None,
    }


def failures_json(rows: "tuple[FailureRow, ...]") -> list[JsonObject]:
    """Give failed calls."""
    return [
        {
            "at": row.at_s,
            "tool": row.tool,
            "branch": row.branch,
            "version": row.version,
            "class": row.kind.value,
            "detail": row.detail,
            "rescued_by": row.rescued_by or None,
        }
        for row in rows
    ]


def change_json(change: LibraryChange) -> JsonObject:
    """Give one change of how a tool is offered."""
    return {
        "id": change.id,
        "tool": change.tool,
        "what": change.kind,
        "branch": change.branch,
        "before": change.before,
        "after": change.after,
        "by": change.by,
        "because": change.because,
        "at": change.at_s,
        "undone": change.undone,
    }


def exposed_json(done: "Exposed") -> JsonObject:
    """Give what was changed by hand."""
    return {"changed": [change_json(change) for change in done.changed], "unchanged": list(done.unchanged)}


def regression_json(report: "RegressionReport") -> JsonObject:
    """Give what was verified, and what changed for it."""
    return {
        "ok": all(one.ok for one in report.verified),
        "verified": [_verification(one) for one in report.verified],
        "changed": [change_json(change) for change in report.changed],
        "left": report.left,
        "unrunnable": report.unrunnable,
    }


def health_json(report: "HealthReport") -> JsonObject:
    """Give the health now and how it went on."""
    return {**_health(report.now), "trend": [_health(one) for one in report.before]}


def _health(one: LibraryHealth) -> JsonObject:
    return {
        "at": one.at_s,
        "tools": one.tools,
        "levels": dict(one.levels),
        "runs": one.runs,
        "successes": one.successes,
        "unused": one.unused,
        "stale": list(one.stale),
        "redundant": [{"tools": [a, b], "why": why} for a, b, why in one.redundant],
        "broken": list(one.broken),
        "tokens_exposed": one.tokens_exposed,
        "r_miss": dict(one.misses),
        "pending": one.pending,
        "saved": {"seconds": one.saved_s, "tokens": one.saved_tokens, "estimated": True},
        "suggested": [{"tool": tool, "words": words} for tool, words in one.suggested],
    }


def _verification(one: Verification) -> JsonObject:
    return {
        "tool": one.tool,
        "branch": one.branch,
        "version": one.version,
        "environment": one.environment,
        "ok": one.ok,
        "why": one.why,
    }


def _key(key: tuple[str, str, str, int, str]) -> JsonObject:
    tool, branch, given, version, environment = key
    return {"skill": tool, "branch": branch, "slice": given, "version": version, "environment": environment}
