"""An AuditLog in memory; `lines` may be changed to see that `verify` notices."""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import asdict

from skillstrata.records.audits import AuditEntry, AuditRecord, AuditVerdict


class MemoryAudit:
    def __init__(self, now_s: Callable[[], float] = lambda: 0.0) -> None:
        self._now_s = now_s
        self._lock = threading.Lock()
        self.lines: list[AuditRecord] = []

    def append(self, entry: AuditEntry) -> AuditRecord:
        with self._lock:
            before = self.lines[-1].digest if self.lines else ""
            number, at_s = len(self.lines) + 1, self._now_s()
            record = AuditRecord(number, at_s, entry, before, _digest(number, at_s, entry, before))
            self.lines.append(record)
            return record

    def records(self, *, most: int = 1_000) -> tuple[AuditRecord, ...]:
        return tuple(self.lines[-most:]) if most > 0 else ()

    def verify(self) -> AuditVerdict:
        before = ""
        for number, one in enumerate(self.lines, start=1):
            whole = one.digest == _digest(one.number, one.at_s, one.entry, one.before)
            if not whole or (one.number, one.before) != (number, before):
                return AuditVerdict(ok=False, records=number - 1, broken_at=number, why="a line does not fit")
            before = one.digest
        return AuditVerdict(ok=True, records=len(self.lines))


def _digest(number: int, at_s: float, entry: AuditEntry, before: str) -> str:
    said = json.dumps([number, at_s, asdict(entry), before], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
