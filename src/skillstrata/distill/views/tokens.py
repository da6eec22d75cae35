"""Words and numbers of a text, the same way for every format, so that two readings can be compared.

In     text
Out    tokens: NFKC, lower case, runs of letters and digits; numbers: digits with their separators
Never  looks at markup: readers take that off before
Why    the underscore separates here, because Markdown writes emphasis with it
"""

import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LIST_MARKER = re.compile(r"^[ \t>]*(?:\d{1,4}[.)]|[-*+\u2022\u25e6\u25aa])[ \t]+", re.M)
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
MAX_TOKENS = 300_000
_FEWEST_PARTS = 3
_MOST_PARTS = 8


def plain(text: str) -> str:
    """Fold compatibility forms (NFKC) and take out characters that have no width."""
    # ASCII has neither, and most text is ASCII.
    return text if text.isascii() else unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))


def tokens(text: str) -> tuple[str, ...]:
    """Give the words and numbers of `text` in order, lower case; at most `MAX_TOKENS` of them."""
    return tuple(_WORD.findall(plain(text).lower())[:MAX_TOKENS])


def raw_numbers(text: str) -> list[str]:
    """Give the numbers of `text` as they stand ("1,234.50"), in order."""
    return _NUMBER.findall(plain(text))


def known_numbers(texts: Iterable[str]) -> frozenset[str]:
    """Give every number of the texts without commas, and the dotted parts that follow each other in it."""
    found: set[str] = set()
    for text in texts:
        for raw in raw_numbers(text):
            found.add(raw.replace(",", ""))
            found.update(raw.split(","))
            found.update(_dotted_parts(raw.replace(",", "")))
    return frozenset(found)


def is_known(raw: str, known: frozenset[str]) -> bool:
    """Say whether a number that stands in an output stood in the input, whole or as a comma-separated row."""
    return raw.replace(",", "") in known or ("," in raw and all(part in known for part in raw.split(",")))


def without_list_markers(text: str) -> str:
    """Take bullets and item numbers off the starts of lines: they are the writer's, not the content's."""
    return _LIST_MARKER.sub("", text)


def _dotted_parts(number: str) -> list[str]:
    parts = number.split(".")
    # A decimal's halves are not numbers of their own; the parts of a date or a version are.
    if not _FEWEST_PARTS <= len(parts) <= _MOST_PARTS:
        return []
    return [".".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)]
