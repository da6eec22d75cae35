"""Why an agent wrote again what the library had, and what is to be learned from it.

In     what a session saw of a tool before it wrote; misses of reuse
Out    the cause; words that searches missed, by tool; words to add to a description; the slices a version fails in
Never  takes a word from a document or a program: only what was typed into a search, without digits
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from skillstrata.library.search_terms import offered_terms, query_of
from skillstrata.records.qualities import MissCause, ReuseMiss
from skillstrata.records.tools import Tool

_MOST_WORDS = 12
_MOST_CHARS = 24
_PLACE = re.compile(r"[/\\@.~:]")
_ENOUGH = 2
_FAILING = 3
_ONCE, _OFTEN = 0.3, 0.6


@dataclass(frozen=True, slots=True)
class Seen:
    """What a session had to do with a tool before it wrote the program itself."""

    searched: bool = False
    found: bool = False
    shown: bool = False
    called: bool = False
    failed: bool = False


def cause_of(seen: Seen) -> MissCause:
    """Give the cause; the one nearest to the use counts."""
    if seen.failed:
        return MissCause.FAILED
    if seen.called or seen.found or seen.shown:
        return MissCause.WRONG_CONTRACT
    return MissCause.NOT_FOUND if seen.searched else MissCause.NOT_SHOWN


def search_words(query: str) -> tuple[str, ...]:
    """Give the words of a query that may be kept: few, short, without digits, and nothing of a path or an address."""
    said = " ".join(part for part in query.split() if not _PLACE.search(part))
    plain = (word for word in query_of(said).words if len(word) <= _MOST_CHARS and not any(c.isdigit() for c in word))
    return tuple(plain)[:_MOST_WORDS]


def missed_words(misses: tuple[ReuseMiss, ...]) -> dict[str, dict[str, float]]:
    """Give, by tool, the words of searches that should have found it, each with a weight for the index."""
    return {
        tool: {word: _OFTEN if count >= _ENOUGH else _ONCE for word, count in sorted(words.items())}
        for tool, words in _counted(misses).items()
    }


def suggested_words(tools: tuple[Tool, ...], misses: tuple[ReuseMiss, ...]) -> tuple[tuple[str, str], ...]:
    """Give, by tool, the words that its description lacks and that searches used again and again."""
    counted = _counted(misses)
    found: list[tuple[str, str]] = []
    for tool in sorted(tools, key=lambda tool: tool.name):
        known = offered_terms(tool)
        lacking = [
            w
            for w, count in sorted(counted.get(tool.name, Counter[str]()).items())
            if count >= _ENOUGH and w not in known
        ]
        if lacking:
            found.append((tool.name, " ".join(lacking)))
    return tuple(found)


def failing_slices(misses: tuple[ReuseMiss, ...]) -> tuple[tuple[tuple[str, str, str, int, str], int], ...]:
    """Give the five-part keys in which calls failed and the program was then written again, often enough to say so."""
    counts = Counter(miss.key for miss in misses if miss.cause is MissCause.FAILED)
    return tuple(sorted((key, count) for key, count in counts.items() if count >= _FAILING))


def by_cause(misses: tuple[ReuseMiss, ...]) -> tuple[tuple[str, int], ...]:
    """Count misses by cause, every cause named."""
    counts = Counter(miss.cause for miss in misses)
    return tuple((cause.value, counts[cause]) for cause in MissCause)


def _counted(misses: tuple[ReuseMiss, ...]) -> dict[str, Counter[str]]:
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for miss in misses:
        if miss.cause is MissCause.NOT_FOUND:
            counted[miss.tool].update(set(miss.words))
    return dict(counted)
