"""A routing log in memory."""

from collections.abc import Callable
from dataclasses import replace

from skillstrata.records.routes import RouteOutcome, RouteRecord


class MemoryRoutingLog:
    """Fulfils the RoutingLog port for as long as the process lives."""

    def __init__(self) -> None:
        self._kept: dict[str, RouteRecord] = {}

    def add(self, record: RouteRecord) -> None:
        self._kept.setdefault(record.id, record)

    def tell(self, record_id: str, *, chosen: str, outcome: RouteOutcome) -> None:
        if record_id in self._kept:
            self._kept[record_id] = replace(self._kept[record_id], chosen=chosen, told=True, outcome=outcome)

    def records(self, *, since_s: float = 0.0) -> tuple[RouteRecord, ...]:
        found = (record for record in self._kept.values() if record.at_s >= since_s)
        return tuple(sorted(found, key=lambda record: (record.at_s, record.id)))

    def forget_session(self, session: str) -> int:
        return self._forget(lambda record: record.session == session)

    def forget_before(self, at_s: float) -> int:
        return self._forget(lambda record: record.at_s < at_s)

    def _forget(self, gone: Callable[[RouteRecord], bool]) -> int:
        left = {key: record for key, record in self._kept.items() if not gone(record)}
        count = len(self._kept) - len(left)
        self._kept = left
        return count
