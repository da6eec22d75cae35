"""Find the tools that fit a few words, in memory.

In     every Tool, once; then queries
Out    (Tool, score), best first, equal ones by name; nothing when nothing fits well enough
Never  reads a file, asks a model, gives a tool for the opposite direction of what was asked
Why    an index over words and their character trigrams answers in well under a millisecond and is the same on every
       machine
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Mapping

from skillstrata.library.reuse_misses import other_types
from skillstrata.library.search_terms import Query, offered_terms, query_of, sides, worth_of
from skillstrata.records.tools import Tool

Missed = Mapping[str, Mapping[str, float]]
FLOOR = 0.34
# A word that was learned with less than this orders what fits; whether a tool fits is not for it to say.
_SURE = 0.5
# What use has shown tells tools apart that fit about as well; it lifts none over one that fits better than by this.
_STANDING_WORTH = 0.03
_ALIKE = 0.5
_ALIKE_WORTH = 0.8
_MIN_ALIKE = 4
_REMEMBERED = 4096


class ToolSearch:
    """An index over tools; build a new one when the library changes."""

    def __init__(
        self, tools: tuple[Tool, ...], missed: Missed | None = None, standing: Mapping[str, float] | None = None
    ) -> None:
        """Index the tools; their order does not matter.

        `missed` are words of searches that should have found a tool, with weights, by its name; no type of file is
        learned that the tool's contract has not. `standing` is what its use has shown, from -1.0 to 1.0, by its name
        (`quality.standing`).
        """
        # In order of name, so that a lower position is also the earlier name.
        self._tools = sorted(tools, key=lambda tool: tool.name)
        self._sides = [sides(tool) for tool in self._tools]
        self._standing = [_STANDING_WORTH * (standing or {}).get(tool.name, 0.0) for tool in self._tools]
        self._postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        self._hints: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for position, tool in enumerate(self._tools):
            learned = dict((missed or {}).get(tool.name, {}))
            for term in other_types(learned, tool):
                del learned[term]
            for term, weight in {**learned, **offered_terms(tool)}.items():
                is_hint = learned.get(term) == weight < _SURE
                (self._hints if is_hint else self._postings)[term].append((position, weight))
        self._rarity = {term: _rarity(len(self._tools), len(posts)) for term, posts in self._postings.items()}
        self._unheard = _rarity(len(self._tools), 0)
        self._by_trigram: defaultdict[str, list[str]] = defaultdict(list)
        for term in sorted(self._postings):
            for trigram in _trigrams(term):
                self._by_trigram[trigram].append(term)
        self._alike: dict[str, tuple[str, float]] = {}

    def search(self, query: str, *, limit: int, kind: str | None = None) -> tuple[tuple[Tool, float], ...]:
        """Give the tools that fit.

        Args:
            query: A few words; "html to markdown" asks for that direction.
            limit: At most so many.
            kind: Only tools of this kind: "distilled", "learned" or "composed".

        Returns:
            Tools with scores over 0.0, at most 1.0; empty when none reaches the floor. Of tools that fit about as
            well, those come first whose use has shown more.
        """
        asked = query_of(query)
        scores = self._scores(asked)
        hints = self._hinted(asked, scores) if self._hints else {}
        fits = [
            (score + hints.get(position, 0.0) + self._standing[position], -position, score)
            for position, score in scores.items()
            if score >= FLOOR and (kind is None or self._tools[position].kind == kind)
        ]
        best = heapq.nlargest(max(limit, 0), fits)
        return tuple((self._tools[-position], score) for _, position, score in best)

    def _scores(self, asked: Query) -> dict[int, float]:
        """Give, for each tool, what part of the asked words it has, weighed by how rare they are."""
        whole = 0.0
        found: defaultdict[int, float] = defaultdict(float)
        for word in asked.words:
            term, worth = self._known(word)
            rarity = self._rarity.get(term, self._unheard) * worth_of(word)
            whole += rarity
            for position, weight in self._postings.get(term, ()):
                found[position] += rarity * worth * weight
        if not asked.given and not asked.made:
            return {position: min(score / whole, 1.0) for position, score in found.items()}
        return {
            position: min(score / whole, 1.0) * self._direction(asked, position) for position, score in found.items()
        }

    def _hinted(self, asked: Query, scores: Mapping[int, float]) -> dict[int, float]:
        """Give how much further to the front what one session taught brings the tools that are found without it."""
        whole = self._unheard * sum(map(worth_of, asked.words))
        found: defaultdict[int, float] = defaultdict(float)
        for word in asked.words:
            for position, weight in self._hints.get(word, ()):
                found[position] += weight * self._unheard * worth_of(word) / whole
        return {position: min(more, 1.0 - scores[position]) for position, more in found.items() if position in scores}

    def _direction(self, asked: Query, position: int) -> float:
        """Lower the score of a tool that does not go the way that was asked, to nothing where neither side fits."""
        given, made = self._sides[position]
        wrong_in = bool(asked.given) and not asked.given & given
        wrong_out = bool(asked.made) and not asked.made & made
        if wrong_in and wrong_out:
            return 0.0
        return 0.45 if wrong_in or wrong_out else 1.0

    def _known(self, word: str) -> tuple[str, float]:
        """Give the indexed word that stands for a word: itself, or the one that looks most like it."""
        if word in self._postings:
            return word, 1.0
        if len(word) < _MIN_ALIKE:
            return word, 0.0
        if word not in self._alike:
            if len(self._alike) >= _REMEMBERED:
                self._alike.clear()
            self._alike[word] = self._most_alike(word)
        return self._alike[word]

    def _most_alike(self, word: str) -> tuple[str, float]:
        own = _trigrams(word)
        shared: defaultdict[str, int] = defaultdict(int)
        for trigram in own:
            for term in self._by_trigram.get(trigram, ()):
                shared[term] += 1
        likeness = ((2 * count / (len(own) + len(_trigrams(term))), term) for term, count in shared.items())
        score, term = max(likeness, key=lambda pair: (pair[0], pair[1]), default=(0.0, word))
        return (term, score * _ALIKE_WORTH) if score >= _ALIKE else (word, 0.0)


def _rarity(tools: int, having: int) -> float:
    return math.log(1 + (tools + 1) / (having + 0.5))


def _trigrams(word: str) -> frozenset[str]:
    padded = f"^{word}$"
    return frozenset(padded[n : n + 3] for n in range(len(padded) - 2))
