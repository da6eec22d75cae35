"""An inverted index with BM25 or cosine scores, which grows and shrinks text by text.

In     slots (small numbers that stand for texts), each with its terms and their weights in 1..255
Out    a score per slot, and the best score that any text could have had
Never  holds a text; reads more postings for one query than it is allowed to
Why    a posting is one number, slot and weight together, in a sorted array: no library, four bytes, and a text is
       taken out again without looking at the others. The result does not depend on the order of additions
"""

import math
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

_WEIGHT_BITS = 8
_HEAVIEST = (1 << _WEIGHT_BITS) - 1
# So few texts say little about how rare a word is: a small library is weighed as if it were one of so many.
_FEWEST = 64


@dataclass(frozen=True, slots=True)
class Bm25:
    """Weights saturate, and long texts count less by `length`; `saturation` is in units of a weight."""

    saturation: float
    length: float


@dataclass(frozen=True, slots=True)
class Cosine:
    """The angle between a query and a text; rarity counts twice, on the side of the query."""


@dataclass(frozen=True, slots=True)
class Scores:
    """A score per slot, and what no text could exceed."""

    by_slot: list[float]
    possible: float


@dataclass(slots=True)
class Postings:
    """The index; one for words and one for letter groups."""

    measure: Bm25 | Cosine
    _ids: dict[str, int] = field(default_factory=dict[str, int])
    _posts: list["array[int]"] = field(default_factory=list["array[int]"])
    _terms: "dict[int, array[int]]" = field(default_factory=dict[int, "array[int]"])
    _lengths: dict[int, int] = field(default_factory=dict[int, int])
    _squares: dict[int, int] = field(default_factory=dict[int, int])
    _total: int = 0
    _norms: list[float] = field(default_factory=list[float])

    def add(self, slot: int, weights: Mapping[str, int]) -> None:
        """Put a text into a free slot."""
        numbers = array("I")
        length = squares = 0
        for term, weight in weights.items():
            number = self._ids.setdefault(term, len(self._posts))
            if number == len(self._posts):
                self._posts.append(array("I"))
            held = min(weight, _HEAVIEST)
            length += held
            squares += held * held
            packed = slot << _WEIGHT_BITS | held
            posts = self._posts[number]
            if not posts or posts[-1] < packed:
                posts.append(packed)
            else:
                posts.insert(bisect_left(posts, packed), packed)
            numbers.append(number)
        self._terms[slot] = numbers
        self._lengths[slot], self._squares[slot] = length, squares
        self._total += length
        self._norms = []

    def remove(self, slot: int) -> None:
        """Take the text of a slot out; a slot without text is left alone."""
        for number in self._terms.pop(slot, ()):
            posts = self._posts[number]
            del posts[bisect_left(posts, slot << _WEIGHT_BITS)]
        self._total -= self._lengths.pop(slot, 0)
        self._squares.pop(slot, 0)
        self._norms = []

    def score(self, terms: Mapping[str, int], *, most: int) -> Scores:
        """Score every slot against the terms of a query, the rarest first, until `most` postings are read."""
        norms = self._norms or self._normed()
        scores = [0.0] * len(norms)
        possible = 0.0
        saturates = isinstance(self.measure, Bm25)
        found = [(self._posts_of(term), term) for term in terms]
        found.sort(key=lambda pair: (len(pair[0]), pair[1]))
        for posts, term in found:
            worth = self._rarity(len(posts))
            if not saturates:
                worth *= worth * (1 + math.log(terms[term]))
            possible += worth if saturates else worth * worth
            most -= len(posts)
            if most >= 0:
                (_add_saturated if saturates else _add_angle)(posts, worth, norms, scores)
        return Scores(scores, possible if saturates else math.sqrt(possible))

    def size_bytes(self) -> int:
        """Give what the arrays hold, without the table of terms."""
        arrays = (*self._posts, *self._terms.values())
        return sum(len(one) * one.itemsize for one in arrays)

    def _posts_of(self, term: str) -> "array[int]":
        number = self._ids.get(term)
        return _NOTHING if number is None else self._posts[number]

    def _rarity(self, holders: int) -> float:
        texts = max(len(self._lengths), _FEWEST)
        if isinstance(self.measure, Bm25):
            return math.log(1 + (texts - holders + 0.5) / (holders + 0.5))
        return 1 + math.log((1 + texts) / (1 + holders))

    def _normed(self) -> list[float]:
        """Work out for every slot how its length tempers weights; done once after a change."""
        norms = [1.0] * (max(self._lengths, default=-1) + 1)
        if isinstance(self.measure, Bm25):
            saturation, length = self.measure.saturation, self.measure.length
            mean = self._total / len(self._lengths) if self._total else 1.0
            for slot, own in self._lengths.items():
                norms[slot] = saturation * (1 - length + length * own / mean)
        else:
            for slot, squares in self._squares.items():
                norms[slot] = math.sqrt(squares) or 1.0
        self._norms = norms
        return norms


def _add_saturated(posts: "array[int]", worth: float, norms: list[float], scores: list[float]) -> None:
    for packed in posts:
        slot = packed >> _WEIGHT_BITS
        weight = packed & _HEAVIEST
        scores[slot] += worth * weight / (weight + norms[slot])


def _add_angle(posts: "array[int]", worth: float, norms: list[float], scores: list[float]) -> None:
    for packed in posts:
        slot = packed >> _WEIGHT_BITS
        scores[slot] += worth * (packed & _HEAVIEST) / norms[slot]


_NOTHING = array("I")
