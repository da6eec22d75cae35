"""JSON of what was learned: the form that `learn draft --json` prints.

In     DraftReport
Out    values that JSON has
"""

from skillstrata.app.learning_runs import DraftReport, DraftRow
from skillstrata.records.json_values import JsonObject


def draft_report_json(report: DraftReport) -> JsonObject:
    """Give the whole report."""
    made = report.made
    return {
        "drafts": [_row(row) for row in report.rows],
        "new": report.new,
        "settled": report.settled,
        "sessions": made.sessions,
        "automated_sessions": made.automated,
        "older_sessions": report.older,
        "unsure": made.unsure,
        "unclean": made.unclean,
        "over_limit": made.over_limit,
    }


def _row(row: DraftRow) -> JsonObject:
    found, draft = row.found, row.found.draft
    return {
        "key": found.key,
        "name": draft.name,
        "kind": draft.kind.value,
        "shape": found.shape,
        "scope": draft.scope,
        "visibility": "hidden",
        "confidence": draft.confidence,
        "description": draft.description,
        "content": draft.content,
        "because": draft.because,
        "projects": list(found.projects),
        "seen": found.seen,
        "sessions": found.sessions,
        "evidence": [
            {"event_id": e.event_id, "session": e.session, "project": e.project, "what": e.what} for e in draft.evidence
        ],
        "path": row.path,
    }
