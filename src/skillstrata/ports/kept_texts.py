"""Seam: the bytes of skill files, for as long as somebody may still ask for that version."""

from collections.abc import Iterable
from typing import Protocol


class KeptTexts(Protocol):
    """Keeps bytes by digest for the life of the process, outside its memory.

    Promises, checked by tests/contracts/test_kept_texts.py:
      - what was put comes back byte for byte until `keep_only` leaves it out, whatever became of the file;
      - a digest that is not kept gives None;
      - it may be used by several threads at once, and leaves nothing behind after the process, however that ends.
    """

    def put(self, digest: str, data: bytes) -> None:
        """Keep these bytes; putting them twice changes nothing. Raises OSError where there is no room."""
        ...

    def get(self, digest: str) -> bytes | None:
        """Give the bytes of a digest, or None."""
        ...

    def keep_only(self, digests: Iterable[str]) -> None:
        """Forget every other digest."""
        ...
