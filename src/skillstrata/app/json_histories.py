"""The JSON of the command contract for what reads histories.

In     ImportReport
Out    dict, list, str, numbers: what a JSON writer takes
Never  drops a documented field; may add fields
"""

from dataclasses import asdict

from skillstrata.records.imports import ImportReport
from skillstrata.records.json_values import JsonObject


def import_json(report: ImportReport) -> JsonObject:
    """Give what `import` prints."""
    return {
        "files": report.files,
        "events": {"new": report.new, "duplicate": report.duplicate, "quarantined": report.quarantined},
        "diagnostics": [{"file": f.path, "line": f.line, "reason": f.reason} for f in report.faults],
        "diagnostics_more": report.faults_more,
        "calls": asdict(report.by_call),
        "unchanged": report.unchanged,
        "unrecognised": report.unrecognised,
        "agents": dict(report.agents),
        "left_out": [{"what": what, "count": count} for what, count in report.left_out],
        "bytes": report.size_bytes,
        "refused": list(report.refused),
        "stopped": report.stopped,
    }
