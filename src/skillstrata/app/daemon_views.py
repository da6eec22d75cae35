"""The background process as the JSON of the command contract, and as sentences.

In     DaemonReport
Out    a plain object, or lines of text
"""

from skillstrata.app.reports import DaemonReport
from skillstrata.records.json_values import JsonObject

SHORT_OF = {
    "disk": "the disk has less free than `disk_min_free_mb`",
    "budget": "they take `snapshots.max_mb`, and something waits for every one of them",
}


def daemon_json(report: DaemonReport) -> JsonObject:
    """Give the state: whether it runs, what it does, what keeps it from its work."""
    state, last = report.state, report.last_pass
    return {
        "running": state is not None,
        "pid": state.pid if state is not None else None,
        "started_at_s": state.started_at_s if state is not None else None,
        "doing": state.doing if state is not None else None,
        "drained": state.drained if state is not None else 0,
        "fault": (state.fault or None) if state is not None else None,
        "last_pass": None
        if last is None
        else {"started_at_s": last.started_at_s, "ended_at_s": last.ended_at_s, "judged": last.judged},
        "waiting": report.waiting,
        "spool_full": report.spool_full,
        "shortage": report.shortage or None,
        "log": report.log,
    }


def faults(report: DaemonReport) -> tuple[str, ...]:
    """Say what keeps it from its work."""
    said: list[str] = []
    if report.state is not None and report.state.fault:
        said.append(f"last fault: {report.state.fault} (log: {report.log})")
    if report.spool_full:
        said.append("the spool has more than `spool_max_mb`: the hook writes nothing until there is room")
    if report.shortage:
        said.append(f"no more copies of files are kept: {SHORT_OF[report.shortage]}")
    return tuple(said)
