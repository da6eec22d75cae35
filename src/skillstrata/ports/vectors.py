"""Seam: texts in, the ids of those that mean nearly the same as a query out."""

from typing import Protocol


class Vectors(Protocol):
    """Holds one text per id and finds the nearest.

    Promises, checked by tests/contracts/test_vectors.py:
      - a text is found by itself, with a likeness of about 1;
      - at most `limit` come back, the most like first, equal ones by id; likenesses lie in 0..1;
      - putting an id again replaces its text; removing one that is not there changes nothing;
      - a query or text without any content is like nothing.
    """

    def put(self, skill_id: str, text: str) -> None:
        """Hold a text under an id."""
        ...

    def remove(self, skill_id: str) -> None:
        """Forget an id."""
        ...

    def nearest(self, query: str, *, limit: int) -> tuple[tuple[str, float], ...]:
        """Give ids and how like the query their texts are."""
        ...
