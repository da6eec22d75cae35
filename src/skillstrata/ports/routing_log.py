"""Seam: what was proposed for requests, what was chosen, and how that ended."""

from typing import Protocol

from skillstrata.records.routes import RouteOutcome, RouteRecord


class RoutingLog(Protocol):
    """Keeps route records.

    Promises, checked for every implementation by tests/contracts/test_routing_log.py:
      - a record that was added comes back as it was, in order of time, once per id;
      - what is told of an id later is in its record from then on; telling of an unknown id changes nothing;
      - forgetting a session removes every record of it and no other;
      - a log that nobody has written to is empty.
    """

    def add(self, record: RouteRecord) -> None:
        """Keep a record."""
        ...

    def tell(self, record_id: str, *, chosen: str, outcome: RouteOutcome) -> None:
        """Say what the model chose, "" for nothing, and how it ended."""
        ...

    def records(self, *, since_s: float = 0.0) -> tuple[RouteRecord, ...]:
        """Give the records from a moment on."""
        ...

    def forget_session(self, session: str) -> int:
        """Remove the records of a session; gives how many there were."""
        ...

    def forget_before(self, at_s: float) -> int:
        """Remove records that are older; gives how many there were."""
        ...
