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
from skillstrata.library.search_terms import offered_terms, query_of, sides, type_words
from skillstrata.records.qualities import MissCause, ReuseMiss
from skillstrata.records.tools import Tool, Usage

_MOST_WORDS = 12
_MOST_CHARS = 24
_MOST_TAUGHT = 40
_PLACE = re.compile(r"[/\\@.~:]")
_ENOUGH = 2
_FAILING = 3
_SESSIONS = 2
# One session's words only order what fits already; those of two are over the floor of the search, so that it finds the
# tool by them; both are under what a tool says of itself.
ONCE, OFTEN = 0.3, 0.6
_MORE_TYPES = frozenset(
    "avi bmp epub gif gz gzip heic ico image images ini jpeg jpg mov mp3 mp4 ogg parquet photo photos png rtf sqlite "
    "svg tar tiff toml video videos wav webp yaml yml zip".split()
)


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


def other_types(words: Iterable[str], tool: Tool) -> frozenset[str]:
    """Give, of words, those that are types of a file which the tool neither takes nor gives."""
    given, made = sides(tool)
    said = type_words(words) | (_MORE_TYPES & frozenset(words))
    return said - given - made


def is_meant(words: tuple[str, ...], tool: Tool) -> bool:
    """Say whether a search may have been for what a tool does: it has one of its types, or its verb and no other type.

    A verb alone says little, for nearly every search has one.
    """
    given, made = sides(tool)
    if frozenset(words) & (given | made):
        return True
    return tool.contract.verb in words and not other_types(words, tool)


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
        tool: {word: OFTEN if count >= _ENOUGH else ONCE for word, count in words.most_common(_MOST_TAUGHT)}
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
        often = {w for w, count in counted.get(tool.name, Counter[str]()).items() if count >= _ENOUGH}
        lacking = sorted(often - known.keys() - other_types(often, tool))
        if lacking:
            found.append((tool.name, " ".join(lacking)))
    return tuple(found)


def failing_slices(
    misses: Iterable[ReuseMiss], cause: MissCause = MissCause.FAILED, uses: Iterable[Usage] = ()
) -> tuple[tuple[tuple[str, str, str, int, str], int], ...]:
    """Give the five-part keys in which the program was written again for this cause, often enough to say so.

    That is three times, in two sessions at least: one session's work is one witness. What a version fails in is what
    it has failed in since it last did it; that it was not taken is no failure, and a success says nothing about it.

    Args:
        misses: Of any tools.
        cause: The one that is counted.
        uses: Calls of these tools.
    """
    done_at_s = _last_successes(uses) if cause is MissCause.FAILED else {}
    found: defaultdict[tuple[str, str, str, int, str], list[str]] = defaultdict(list)
    for miss in misses:
        if miss.cause is cause and miss.at_s > done_at_s.get((miss.tool, miss.branch, miss.version), 0.0):
            found[miss.key].append(miss.session)
    enough = ((k, len(by)) for k, by in found.items() if len(by) >= _FAILING and len(set(by)) >= _SESSIONS)
    return tuple(sorted(enough))


def _last_successes(uses: Iterable[Usage]) -> dict[tuple[str, str, int], float]:
    last: dict[tuple[str, str, int], float] = {}
    for use in uses:
        if use.ok:
            key = (use.tool, use.branch, use.version)
            last[key] = max(use.at_s, last.get(key, 0.0))
    return last


def by_cause(misses: tuple[ReuseMiss, ...]) -> tuple[tuple[str, int], ...]:
    """Count misses by cause, every cause named."""
    counts = Counter(miss.cause for miss in misses)
    return tuple((cause.value, counts[cause]) for cause in MissCause)


def _counted(misses: Iterable[ReuseMiss]) -> dict[str, Counter[str]]:
    """Count, by tool, the sessions that searched with each word."""
    pairs = {
        (miss.tool, miss.session, word) for miss in misses if miss.cause is MissCause.NOT_FOUND for word in miss.words
    }
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for tool, _, word in sorted(pairs):
        counted[tool][word] += 1
    return dict(counted)
