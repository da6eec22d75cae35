"""Read the audit log and check that nobody changed it."""

from skillstrata.app.wiring import App
from skillstrata.records.audits import AuditRecord, AuditVerdict


def log(app: App, *, most: int = 100, skill: str = "", what: str = "") -> tuple[AuditRecord, ...]:
    """Give the newest lines, oldest first; with `skill` or `what` only those of it, among the newest 100,000."""
    if not skill and not what:
        return app.audit_log.records(most=most)
    found = [
        one
        for one in app.audit_log.records(most=100_000)
        if (not skill or one.entry.skill == skill) and (not what or one.entry.what == what)
    ]
    return tuple(found[-most:])


def verify(app: App) -> AuditVerdict:
    """Check the chain from its first line on."""
    return app.audit_log.verify()
