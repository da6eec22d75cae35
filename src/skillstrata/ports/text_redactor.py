"""Seam: text in, text without secrets out."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with every secret replaced by a plain marker word, and how many were replaced."""

    text: str
    hits: int


class TextRedactor(Protocol):
    """Takes secrets out of text.

    Promises, checked by tests/contracts/test_text_redactor.py:
      - a text without secrets comes back as it was, with 0 hits;
      - redacting twice changes nothing the second time;
      - the marker holds no quote, no space and no line end, so that programs and JSON around it still parse.
    """

    def redact(self, text: str) -> Redacted:
        """Replace what looks like a secret."""
        ...
