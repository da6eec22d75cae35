"""Seam: the answers of people about drafts and imports, with how far each was carried out."""

from typing import Protocol

from skillstrata.records.reviews import QueueDecision


class ReviewLog(Protocol):
    """Answers, the newest some thousands of them.

    Promises, checked by tests/contracts/test_review_log.py:
      - `save` is durable when it returns; one of the same id is replaced;
      - an answer that was begun and not finished is never dropped for want of room;
      - a store that cannot be read is as if nothing had been answered, and is kept aside when it is written again;
      - processes that save at the same time lose none.
    """

    def decisions(self) -> tuple[QueueDecision, ...]:
        """Give every answer, oldest first."""
        ...

    def save(self, decision: QueueDecision) -> None:
        """Store an answer. Raises StoreFull."""
        ...

    def drop(self, ids: frozenset[str]) -> None:
        """Remove answers for good. Raises StoreFull."""
        ...
