r"""The one table of what a secret looks like, and the search by it.

In     a text, or a part of it
Out    where secrets stand, by which rule; each rule also says by a coarse `gate` what a text must hold for it to apply
Never  takes a placeholder such as "your-key-here" for a secret; repeats a value
Why    a marker in a program is a reason to refuse it, so a false alarm costs a tool: values must look random

`gate` is a pattern of the linear-time engine (RE2 syntax, without case): one pass over a text tries the gates of all
rules together, and `pattern` is tried only around what it finds. A gate may find too much, never too little.
A line that a backslash carries on is searched as it stands and as the shell joins it.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from skillstrata.records.secret_assignments import ASSIGNMENTS
from skillstrata.records.secret_commands import COMMANDS
from skillstrata.records.secret_keys import KEYS, PRIVATE_KEY
from skillstrata.records.secret_patterns import SecretRule

__all__ = ["GATES", "MARKER", "PRIVATE_KEY", "RULES", "SecretSpan", "secret_spans"]

MARKER = "REDACTED_SECRET"
RULES: tuple[SecretRule, ...] = (*KEYS, *COMMANDS, *ASSIGNMENTS)
# In JSON a backslash is two, and the break a third and a letter.
_CARRIED_ON = re.compile(r"\\\r?\n|(?<!\\)\\{3}(?:r\\\\)?n")
_CARRIED_ON_GATE = r"\\\r?\n|\\\\\\(?:r\\\\)?n"
GATES: tuple[str, ...] = (*dict.fromkeys(rule.gate for rule in RULES), _CARRIED_ON_GATE)

_BY_NEEDLE = tuple(
    (needle.encode(), tuple(number for number, rule in enumerate(RULES) if needle in rule.needles))
    for needle in sorted({needle for rule in RULES for needle in rule.needles})
)


@dataclass(frozen=True, slots=True)
class SecretSpan:
    """Where a secret stands, by which rule, and the word that takes its place."""

    start: int
    end: int
    rule: str
    what: str
    instead: str = MARKER


def rules_by_needle(part: bytes) -> set[int]:
    """Give the numbers of the rules of which a needle is in a part."""
    lowered = part.lower()
    return {number for needle, numbers in _BY_NEEDLE if needle in lowered for number in numbers}


def secret_spans(
    text: str, parts: Iterable[tuple[int, int]], likely: Callable[[bytes], Collection[int]] = rules_by_needle
) -> Iterator[SecretSpan]:
    """Find secrets in parts of a text; where two rules find the same, both say so, the first rule first.

    Args:
        text: The whole text: what stands before and after a part is seen where a rule asks for it.
        parts: (start, end) pairs.
        likely: Gives the numbers of the rules that may find something in a part.
    """
    for start, end in parts:
        yield from _in_part(text, start, end, likely)
        if _CARRIED_ON.search(text, start, end):
            joined = _Joined(text, _line_start(text, start), end)
            for span in _in_part(joined.text, joined.place(start), joined.place(end), likely):
                yield SecretSpan(joined.first(span.start), joined.last(span.end), span.rule, span.what)


def _in_part(text: str, start: int, end: int, likely: Callable[[bytes], Collection[int]]) -> Iterator[SecretSpan]:
    for number in sorted(likely(text[start:end].encode("utf-8", "surrogatepass"))):
        yield from _spans(RULES[number], text, start, end)


def _spans(rule: SecretRule, text: str, start: int, end: int) -> Iterator[SecretSpan]:
    for match in rule.pattern.finditer(text, start, end):
        if rule.takes(match["v"]):
            yield SecretSpan(match.start("v"), match.end("v"), rule.name, rule.what)


def _line_start(text: str, place: int) -> int:
    """Give where the line begins that a place is on, as the shell joins it."""
    start = text.rfind("\n", 0, place) + 1
    while start and text.endswith(("\\\n", "\\\r\n"), 0, start):
        start = text.rfind("\n", 0, start - 1) + 1
    return start


class _Joined:
    """A part of a text without its carried-on breaks, and where each place of it was."""

    def __init__(self, text: str, start: int, end: int) -> None:
        pieces: list[str] = []
        self._cuts: list[int] = [0]
        self._originals: list[int] = [start]
        done, length = start, 0
        for match in _CARRIED_ON.finditer(text, start, end):
            pieces.append(text[done : match.start()])
            length += match.start() - done
            done = match.end()
            self._cuts.append(length)
            self._originals.append(done)
        self.text = "".join((*pieces, text[done:end]))

    def place(self, original: int) -> int:
        """Give the place here of a place of the whole text; of one inside a break, where it was."""
        number = bisect_right(self._originals, original) - 1
        here = self._cuts[number] + original - self._originals[number]
        return min(here, self._cuts[number + 1]) if number + 1 < len(self._cuts) else here

    def first(self, place: int) -> int:
        """Give the place in the whole text of a character here."""
        number = bisect_right(self._cuts, place) - 1
        return self._originals[number] + place - self._cuts[number]

    def last(self, place: int) -> int:
        """Give the place in the whole text after the character before a place here."""
        number = max(0, bisect_left(self._cuts, place) - 1)
        return self._originals[number] + place - self._cuts[number]
