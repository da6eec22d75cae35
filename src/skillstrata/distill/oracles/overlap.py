"""How two sequences of tokens relate: what is kept, what is new, in which order, and where the holes are.

In     tokens of the input's view and of the output's view
Out    shares, runs and an order coefficient; each one has its own attack it is there for
Never  compares lengths
"""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from itertools import pairwise

from skillstrata.distill.views.shapes import DocumentView
from skillstrata.distill.views.tokens import tokens

GRAM = 4
_SHOWN = 8
_LONG_RUN = 16
_JOINED = 0.4
_OF_TABLE = 0.8
_FEWEST_FOR_ORDER = 6
_MOST_FOR_ORDER = 20_000


def grams(words: Sequence[str], n: int = GRAM) -> list[tuple[str, ...]]:
    """Give all runs of n tokens; of a shorter text the one run there is."""
    size = min(n, len(words))
    return list(zip(*(words[i:] for i in range(size)), strict=False)) if size else []


class Grams:
    """A text's tokens with its runs of them, each made once and kept for the next comparison."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self._lists: dict[int, list[tuple[str, ...]]] = {}
        self._counts: dict[int, Counter[tuple[str, ...]]] = {}

    def runs(self, size: int) -> list[tuple[str, ...]]:
        """Give all runs of that size, in order; none of a shorter text."""
        if size not in self._lists:
            self._lists[size] = grams(self.words, size) if 0 < size <= len(self.words) else []
        return self._lists[size]

    def counts(self, size: int) -> Counter[tuple[str, ...]]:
        """Count the runs of that size."""
        if size not in self._counts:
            self._counts[size] = Counter(self.runs(size))
        return self._counts[size]


Text = Sequence[str] | Grams


def _grams(text: Text) -> Grams:
    return text if isinstance(text, Grams) else Grams(text)


def recall(given: Text, produced: Text) -> float:
    """Give the share of the input's 4-grams, with repeats, that the output has."""
    given, produced = _grams(given), _grams(produced)
    size = min(GRAM, len(given.words))
    wanted = given.counts(size)
    if not wanted:
        return 1.0
    found = produced.counts(size)
    # Plainer than `wanted & found`, and four times as fast.
    kept = sum(min(count, found[gram]) for gram, count in wanted.items() if gram in found)
    return kept / len(given.runs(size))


def precision(produced: Sequence[str], known: Collection[str]) -> float:
    """Give the share of output tokens that are known; 0 for no output."""
    return sum(token in known for token in produced) / len(produced) if produced else 0.0


def _uncovered_runs(text: Grams, other: Grams) -> list[tuple[int, int]]:
    """Give the stretches of a text that no 4-gram shared with the other covers."""
    total = len(text.words)
    size = min(GRAM, total)
    shared = other.counts(size)
    runs: list[tuple[int, int]] = []
    start, covered_until = 0, 0
    for i, gram in enumerate(text.runs(size)):
        if gram not in shared:
            continue
        if i > covered_until:
            runs.append((start, i))
        covered_until = max(covered_until, i + size)
        start = covered_until
    if start < total:
        runs.append((start, total))
    return runs


def longest_gap(given: Text, produced: Text) -> tuple[int, str]:
    """Give the longest run of input tokens the output lacks, and how it begins."""
    given, produced = _grams(given), _grams(produced)
    runs = _uncovered_runs(given, produced)
    start, end = max(runs, key=lambda run: run[1] - run[0], default=(0, 0))
    return end - start, " ".join(given.words[start : min(end, start + _SHOWN)])


def foreign_run(source: DocumentView, produced: Text, known: Collection[str]) -> tuple[int, str]:
    """Give the longest stretch of output that is not the input's, and how it begins.

    A stretch shares no 4-gram with the input. It is foreign when a quarter of its words are unknown, or when it is long
    and hardly two of its neighbours are neighbours in the input. Words of one table may stand in any order: a table may
    become a list of keys and values.
    """
    produced = _grams(produced)
    runs = [run for run in _uncovered_runs(produced, Grams(source.whole)) if run[1] - run[0] > 1]
    if not runs:
        return 0, ""
    near = {pair for step in (1, 2) for pair in zip(source.whole, source.whole[step:], strict=False)}
    tables = [frozenset(word for row in grid for cell in row for word in tokens(cell)) for grid in source.tables]
    worst = (0, "")
    for start, end in runs:
        run = produced.words[start:end]
        if len(run) > worst[0] and (_is_strange(run, known) or _is_scrambled(run, near, tables)):
            worst = (len(run), " ".join(run[:_SHOWN]))
    return worst


def _is_strange(run: Sequence[str], known: Collection[str]) -> bool:
    return 4 * sum(word not in known for word in run) >= len(run)


def _is_scrambled(run: Sequence[str], near: Collection[tuple[str, str]], tables: Sequence[Collection[str]]) -> bool:
    if len(run) < _LONG_RUN:
        return False
    joined = sum(pair in near for pair in pairwise(run))
    in_table = max((sum(word in table for word in run) for table in tables), default=0)
    return joined < _JOINED * len(run) and in_table < _OF_TABLE * len(run)


def order(given: Sequence[str], produced: Sequence[str]) -> float | None:
    """Give Kendall's tau over the tokens that occur once on both sides; None where they are too few to say."""
    once = {token for token, count in Counter(produced).items() if count == 1}
    once &= {token for token, count in Counter(given).items() if count == 1}
    if len(once) < _FEWEST_FOR_ORDER:
        return None
    place = {token: i for i, token in enumerate(produced) if token in once}
    sequence = [place[token] for token in given if token in once][:_MOST_FOR_ORDER]
    pairs = len(sequence) * (len(sequence) - 1) / 2
    return 1.0 - 2.0 * _inversions(sequence) / pairs


def _inversions(sequence: Sequence[int]) -> int:
    seen: list[int] = []
    total = 0
    for n, value in enumerate(sequence):
        total += n - bisect_left(seen, value)
        insort(seen, value)
    return total


class Finder:
    """Finds short runs of tokens in a text, by position."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        places: defaultdict[str, list[int]] = defaultdict(list)
        for i, token in enumerate(words):
            places[token].append(i)
        self._places: dict[str, list[int]] = dict(places)

    def places(self, wanted: Sequence[str], limit: int = 400) -> list[int]:
        """Give the positions just after each occurrence of `wanted`, at most `limit` of them."""
        size = len(wanted)
        starts = self._places.get(wanted[0], []) if wanted else []
        return [i + size for i in starts[:limit] if tuple(self._words[i : i + size]) == tuple(wanted)]

    def has(self, wanted: Sequence[str]) -> bool:
        """Say whether `wanted` occurs; of a long text, whether most of its 4-grams do."""
        if self.places(wanted):
            return True
        parts = grams(wanted)
        return len(wanted) >= 2 * GRAM and 2 * sum(bool(self.places(part)) for part in parts) >= len(parts)

    def near(self, first: Sequence[str], second: Sequence[str], within: int) -> bool:
        """Say whether `second` begins at most `within` tokens after `first` ends."""
        starts = [end - len(second) for end in self.places(second, 4000)]
        for end in self.places(first):
            at = bisect_left(starts, end)
            if at < len(starts) and starts[at] - end <= within:
                return True
        return False
