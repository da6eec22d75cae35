"""Seam: the append-only log of what was decided and done."""

from typing import Protocol

from skillstrata.records.audits import AuditEntry, AuditRecord, AuditVerdict


class AuditLog(Protocol):
    """Appends and checks.

    Promises, checked by tests/contracts/test_audit_log.py:
      - records are chained: changing, removing or inserting a line breaks `verify` at that line;
      - several processes append at once and the chain stays whole;
      - where it cannot be written, `append` raises and nothing may be done that it should tell of;
      - a torn last line (kill -9) is told by `verify` as a warning in `why`, and the chain goes on after it.
    """

    def append(self, entry: AuditEntry) -> AuditRecord:
        """Write one entry; it is on disk when this returns."""
        ...

    def records(self, *, most: int = 1_000) -> tuple[AuditRecord, ...]:
        """Give the newest records, oldest first."""
        ...

    def verify(self) -> AuditVerdict:
        """Check the chain from its beginning."""
        ...
