"""What the audit log holds: one line before a call and one after, each chained to the one before."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What is to be written. `what` is intent, result, decision, grant, escalation, compile or policy.

    `arguments` is JSON text with secrets masked, cut at 4,000 characters; `digest` is the sha256 of the whole of it.
    """

    what: str
    path: str = ""
    run_id: str = ""
    step: str = ""
    skill: str = ""
    surface: str = ""
    session: str = ""
    definition: str = ""
    arguments: str = ""
    digest: str = ""
    verdict: str = ""
    approval: str = ""
    rule: str = ""
    layer: str = ""
    by: str = ""
    status: str = ""
    detail: str = ""
    ms: float = 0.0
    size: int = 0


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One line of the log: its number from 1, its time, the digest of the line before, and its own."""

    number: int
    at_s: float
    entry: AuditEntry
    before: str
    digest: str


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """What a check of the chain found; `broken_at` is the number of the first line that does not fit, 0 for none."""

    ok: bool
    records: int
    broken_at: int = 0
    why: str = ""
