"""Rewrite text so that every value is new and every shape is kept: dates stay dates, addresses addresses.

In     text of any kind, words that must stay
Out    text of the same punctuation and layout with other words, numbers, dates and addresses
Never  touches what holds structure: entities, markup characters, `key=` and `Label:`, log levels, months
"""

import re
import sys
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.words import code_like, digits_like, like, other_letter
from skillstrata.distill.views.tokens import tokens

_MONTHS = "jan feb mar apr may jun jul aug sep sept oct nov dec"
_ANY_MONTH = _MONTHS.replace(" ", "|")
KEPT_WORDS = frozenset(
    (
        "january february march april june july august september october november december "
        f"{_MONTHS} mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday "
        "trace debug info notice warn warning error critical fatal severe true false null none nan yes no "
        "get post put delete head patch options http https ftp mailto www com org net html am pm utc gmt"
    ).split()
)
_PIECES = re.compile(
    r"(?P<entity>&(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z]\w*);)"
    r"|(?P<moment>(?<!\d)\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?(?!\d))"
    r"|(?P<day>(?<![\d.])(?:\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{4}/\d{1,2}/\d{1,2})(?![\d.]))"
    rf"|(?P<named>\b(?:{_ANY_MONTH})[a-z]*\.?\s+\d{{1,2}}\b|\b\d{{1,2}}[ /](?:{_ANY_MONTH})\b)"
    r"|(?P<clock>(?<![\d:])\d{1,2}:\d{2}(?::\d{2})?(?![\d:]))"
    r"|(?P<ip>(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]))"
    r"|(?P<number>(?<![^\W\d_])\d+(?![^\W\d_]))"
    # A label begins a line or follows a mark: the last word of a clause that ends with a colon is a word, and so is
    # the name of a query in an address.
    r"|(?P<key>(?<![?&])[^\W\d_]\w{0,60}(?==)|(?<![^\W\d_] )(?<!\w)[^\W\d_]\w{0,60}(?=:(?:\s|$)))"
    r"|(?P<word>[^\W_]+)",
    re.I,
)
_COMMON = 2
_NOON = 12
_DATE_CHARS = len("2024-01-31")


class Rewriter:
    """One pass over one input: repeated words get one new word each, rare ones a new word every time."""

    def __init__(self, dice: Dice, *, keep: Collection[str] = (), model: str = "") -> None:
        self._dice = dice
        self._keep = frozenset(keep) | KEPT_WORDS
        counts: dict[str, int] = {}
        for word in tokens(model):
            counts[word] = counts.get(word, 0) + 1
        self._common = {word for word, count in counts.items() if count >= _COMMON}
        self._known = frozenset(counts)
        self._map: dict[str, str] = {}
        self._shift = timedelta(days=dice.between(20, 700), minutes=dice.between(61, 700), seconds=dice.between(1, 50))

    @property
    def kept(self) -> frozenset[str]:
        """Give the words that stay as they are, lower case."""
        return self._keep

    def rewrite(self, text: str) -> str:
        """Give `text` with new content."""
        return _PIECES.sub(self._piece, text)

    def word(self, word: str) -> str:
        """Give the stand-in for one word or number."""
        key = word.lower()
        if key in self._keep:
            return word
        if key in self._common:
            if key not in self._map:
                self._map[key] = self._new(key)
            return _as(self._map[key], word)
        return self._new(word)

    def _new(self, word: str) -> str:
        for _ in range(12):
            made = self._one(word)
            if made.lower() not in self._known:
                return made
        return self._one(word)

    def _one(self, word: str) -> str:
        if word.isdecimal():
            return digits_like(self._dice, word)
        return like(self._dice, word) if word.isalpha() else code_like(self._dice, word)

    def _piece(self, match: re.Match[str]) -> str:
        kind, text = match.lastgroup or "", match.group(0)
        if text.lower() in self._keep or kind == "key":
            return text
        if kind == "entity":
            return self._entity(text)
        if kind in {"number", "word"}:
            return self.word(text)
        if kind == "moment":
            return self._moment(text)
        if text not in self._map:
            self._map[text] = {"day": self._day, "named": self._named, "clock": self._clock, "ip": self._ip}[kind](text)
        return self._map[text]

    def _entity(self, text: str) -> str:
        """Give another letter for one that is written as its number: whole words are written like that."""
        number = text[2:-1] if text[1] == "#" else ""
        code = int(number[1:], 16) if number[:1] in {"x", "X"} else int(number or 0)
        letter = chr(code) if code <= sys.maxunicode else ""
        return f"&#{ord(other_letter(self._dice, letter))};" if letter.isalpha() else text

    def _moment(self, text: str) -> str:
        parts = [int(part) for part in re.findall(r"\d+", text)]
        year, month, day, hour, minute, second = [*parts, 0, 0, 0][:6]
        try:
            moved = datetime(year, month, day, hour, minute, second, tzinfo=UTC) + self._shift
        except (ValueError, OverflowError):
            return code_like(self._dice, text)
        return moved.isoformat(sep=text[_DATE_CHARS] if len(text) > _DATE_CHARS else "T")[: len(text)]

    def _ip(self, text: str) -> str:
        return re.sub(r"\d+", lambda _: str(self._dice.between(1, 254)), text)

    def _day(self, text: str) -> str:
        year_first = text[:4].isdigit()
        places = re.findall(r"\d+|\D", text)
        for i, place in enumerate(places):
            if place.isdigit():
                is_year = i == (0 if year_first else len(places) - 1)
                places[i] = str(self._dice.between(1990, 2030) if is_year else self._dice.between(1, 12)).zfill(
                    len(place)
                )
        return "".join(places)

    def _named(self, text: str) -> str:
        return re.sub(
            r"\d+", lambda m: str(self._dice.between(10, 28) if len(m.group()) > 1 else self._dice.between(1, 9)), text
        )

    def _clock(self, text: str) -> str:
        hour, _, rest = text.partition(":")
        seconds = ":".join(f"{self._dice.between(0, 59):02}" for _ in rest.split(":"))
        return f"{self._dice.between(0, 23 if int(hour) > _NOON else 11):0{len(hour)}}:{seconds}"


def _as(made: str, word: str) -> str:
    if word.isupper():
        return made.upper()
    return made[:1].upper() + made[1:] if word[:1].isupper() else made
