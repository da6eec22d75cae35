"""A book of numbers that follow from an input, each with the words it is about.

In     facts: a value, and the scope it holds for (the tokens of a group's name; empty for the whole)
Out    whether a printed number is one of them, at the precision it was printed with
Never  lets a group's number pass where the output does not name the group
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable
from math import isfinite

_RELATIVE = 1e-9
_MOST_DECIMALS = 12


class FactBook:
    """Facts by scope, sorted, so that a look-up is fast."""

    def __init__(self) -> None:
        self._sorted: dict[frozenset[str], list[float]] = {}
        self._raw: dict[frozenset[str], set[float]] = {}
        self._by_token: dict[str, list[frozenset[str]]] = {}

    def add(self, values: Iterable[float], scope: Collection[str] = ()) -> None:
        """Write facts down; what is no finite number is left out."""
        key = frozenset(scope)
        if key not in self._raw:
            self._raw[key] = set()
            if key:
                self._by_token.setdefault(min(key), []).append(key)
        self._raw[key].update(value for value in values if isfinite(value))

    def explains(self, printed: str, context: Collection[str]) -> bool:
        """Say whether a printed number is a fact about the whole, or about a group that `context` names."""
        value, decimals = _parse(printed)
        words = frozenset(context)
        scopes = [frozenset[str](), *(s for token in words for s in self._by_token.get(token, ()) if s <= words)]
        return any(self._holds(scope, value, decimals) for scope in scopes)

    def _holds(self, scope: frozenset[str], value: float, decimals: int) -> bool:
        if scope not in self._raw:
            return False
        if scope not in self._sorted:
            self._sorted[scope] = sorted(self._raw[scope])
        facts = self._sorted[scope]
        margin = (0.5 * 10.0**-decimals + _RELATIVE * abs(value)) if decimals < _MOST_DECIMALS else 1e-6 * abs(value)
        # A whole number may be rounded or cut off.
        top = value + (1.0 - _RELATIVE if decimals == 0 else margin)
        at = bisect_left(facts, value - margin)
        return at < len(facts) and facts[at] <= top


def _parse(printed: str) -> tuple[float, int]:
    text = printed.replace(",", "")
    fraction = text.lower().partition("e")[0].partition(".")[2]
    decimals = len(fraction) if "e" not in text.lower() else _MOST_DECIMALS
    return float(text), decimals
