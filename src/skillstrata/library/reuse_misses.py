"""Why an agent wrote again what the library had, and what is to be learned from it.

In     what a session saw of a tool before it wrote; misses of reuse
Out    the cause; words that searches missed, by tool; words to add to a description; the slices a version fails in
Never  takes a word from a document or a program: only what was typed into a search or a short clean prompt, without
       digits, and nothing of a text that gives orders
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from skillstrata.library.hostile_text import orders, unseen
from skillstrata.library.search_terms import offered_terms, query_of
from skillstrata.records.qualities import MissCause, ReuseMiss
from skillstrata.records.tools import Tool

_MOST_WORDS = 12
_MOST_CHARS = 24
_MOST_TAUGHT = 40
_PLACE = re.compile(r"[/\\@.~:]")
_ENOUGH = 2
_FAILING = 3
# Over the floor of the search, so that the same search finds it; under what a tool says of itself.
_ONCE, _OFTEN = 0.45, 0.6


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
    """Give the words of a query that may be kept: few, short, without digits, and nothing of a path or an address.

    Of a query that gives its reader orders, or that hides characters, nothing is kept.
    """
    if orders(query) or unseen(query):
        return ()
    said = " ".join(part for part in query.split() if not _PLACE.search(part))
    plain = (word for word in query_of(said).words if len(word) <= _MOST_CHARS and not any(c.isdigit() for c in word))
    return tuple(plain)[:_MOST_WORDS]


def lesson_of(execution_id: str) -> str:
    """Name what a miss teaches, so that it can be taken back."""
    return f"w{hashlib.sha256(execution_id.encode()).hexdigest()[:11]}"


def missed_words(
    misses: tuple[ReuseMiss, ...], taken_back: frozenset[str] = frozenset()
) -> dict[str, dict[str, float]]:
    """Give, by tool, the words of searches that should have found it, each with a weight for the index.

    Args:
        misses: Of any tools.
        taken_back: The lessons that count no more.
    """
    counted = _counted(miss for miss in misses if lesson_of(miss.execution_id) not in taken_back)
    return {
        tool: {word: _OFTEN if count >= _ENOUGH else _ONCE for word, count in words.most_common(_MOST_TAUGHT)}
        for tool, words in counted.items()
    }


def suggested_words(
    tools: tuple[Tool, ...], misses: tuple[ReuseMiss, ...], taken_back: frozenset[str] = frozenset()
) -> tuple[tuple[str, str], ...]:
    """Give, by tool, the words that its description lacks and that searches used again and again."""
    counted = _counted(miss for miss in misses if lesson_of(miss.execution_id) not in taken_back)
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


def failing_slices(
    misses: Iterable[ReuseMiss], cause: MissCause = MissCause.FAILED
) -> tuple[tuple[tuple[str, str, str, int, str], int], ...]:
    """Give the five-part keys in which the program was written again for this cause, often enough to say so."""
    counts = Counter(miss.key for miss in misses if miss.cause is cause)
    return tuple(sorted((key, count) for key, count in counts.items() if count >= _FAILING))


def by_cause(misses: tuple[ReuseMiss, ...]) -> tuple[tuple[str, int], ...]:
    """Count misses by cause, every cause named."""
    counts = Counter(miss.cause for miss in misses)
    return tuple((cause.value, counts[cause]) for cause in MissCause)


def _counted(misses: Iterable[ReuseMiss]) -> dict[str, Counter[str]]:
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for miss in misses:
        if miss.cause is MissCause.NOT_FOUND:
            counted[miss.tool].update(set(miss.words))
    return dict(counted)
