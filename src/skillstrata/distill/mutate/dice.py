"""Choices that depend on a seed and on nothing else: not on the hash seed, not on the version of Python.

In     a seed and words that name the use
Out    the same choices for ever
Never  serves security
Why    proofs and fixtures are made again years later; the standard generator's sampling has changed between versions
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_WORD = 8


class Dice:
    """A stream of numbers from SHA-256 in counter mode."""

    def __init__(self, *seed: int | str | bytes) -> None:
        digest = hashlib.sha256()
        for part in seed:
            raw = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(_WORD, "big") + raw)
        self._key = digest.digest()
        self._turn = 0
        self._pool = b""

    @property
    def key(self) -> bytes:
        """Give what the choices follow from, for further dice."""
        return self._key

    def below(self, limit: int) -> int:
        """Give a number from 0 to limit - 1."""
        if len(self._pool) < _WORD:
            self._pool += hashlib.sha256(self._key + self._turn.to_bytes(_WORD, "big")).digest()
            self._turn += 1
        word, self._pool = self._pool[:_WORD], self._pool[_WORD:]
        return int.from_bytes(word, "big") % limit

    def between(self, low: int, high: int) -> int:
        """Give a whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def one(self, items: Sequence[T]) -> T:
        """Give one of the items."""
        return items[self.below(len(items))]

    def chance(self, percent: int) -> bool:
        """Say yes in so many of a hundred cases."""
        return self.below(100) < percent

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Give the items in another order."""
        order = list(items)
        for i in range(len(order) - 1, 0, -1):
            j = self.below(i + 1)
            order[i], order[j] = order[j], order[i]
        return order

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """Give `count` of the items (all, where there are fewer), in their order."""
        places = sorted(self.shuffled(range(len(items)))[:count])
        return [items[i] for i in places]
