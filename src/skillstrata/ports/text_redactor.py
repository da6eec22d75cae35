"""Seam: text in, text without secrets out."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SecretFind:
    """One secret of a text: its line, the rule that found it, and what stands before it, the secret itself masked."""

    line: int
    rule: str
    preview: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with every secret replaced by a plain marker word, and how many were replaced.

    `finds` says of each where it stood and by which rule it was found, in the order of the text.
    """

    text: str
    hits: int
    finds: tuple[SecretFind, ...] = ()


class TextRedactor(Protocol):
    """Takes secrets out of text.

    Promises, checked by tests/contracts/test_text_redactor.py:
      - a text without secrets comes back as it was, with 0 hits;
      - redacting twice changes nothing the second time;
      - the marker holds no quote, no space and no line end, so that programs and JSON around it still parse;
      - `redact` writes nothing; what `heed` took note of is a secret from then on, wherever it stands.
    """

    def redact(self, text: str) -> Redacted:
        """Replace what looks like a secret."""
        ...

    def are_clean(self, texts: tuple[str, ...]) -> bool:
        """Say whether certainly none of these texts holds a secret: quicker than `redact`; no says nothing."""
        ...

    def heed(self, *, command: str = "", folder: str = "", path: str = "", content: str = "") -> None:
        """Take note of the secrets that a call shows: a file of variables that its command names, or that it wrote.

        Args:
            command: A shell command.
            folder: Where it ran; names in it are of files there.
            path: A file that was written.
            content: Its text.
        """
        ...
