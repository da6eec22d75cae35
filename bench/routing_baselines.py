"""Two well-known ways to rank texts, in their plain form, to compare the routing index with.

In     texts by id, then queries
Out    ids, best first
Never  shares code with the index it is compared with, but for the stemmer
"""

import math
import re
from collections import Counter, defaultdict
from typing import Protocol

from skillstrata.runtime.stemming import stem

_WORD = re.compile(r"[a-z0-9]+")
_STOP = frozenset(
    (
        "a about above after again against all am an and any are as at be because been before being below between both "
        "but by can did do does doing don down during each few for from further had has have having he her here hers "
        "him his how i if in into is it its just me more most my no nor not now of off on once only or other our out "
        "over own s same she should so some such t than that the their them then there these they this those through "
        "to too under until up very was we were what when where which while who whom why will with you your"
    ).split()
)


class Ranker(Protocol):
    """Ranks texts for a query."""

    def rank(self, query: str, *, limit: int) -> list[str]:
        """Give ids, best first."""
        ...


class Bm25:
    """BM25 (k1 1.2, b 0.75) over stems, without stop words."""

    def __init__(self, texts: dict[str, str]) -> None:
        """Index the texts."""
        counts = {key: Counter(self._terms(text)) for key, text in texts.items()}
        mean = sum(sum(count.values()) for count in counts.values()) / max(len(counts), 1)
        holders: Counter[str] = Counter(term for count in counts.values() for term in count)
        self._posts: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for key, count in counts.items():
            norm = 1.2 * (0.25 + 0.75 * sum(count.values()) / mean)
            for term, n in count.items():
                rarity = math.log(1 + (len(counts) - holders[term] + 0.5) / (holders[term] + 0.5))
                self._posts[term].append((key, rarity * n * 2.2 / (n + norm)))

    def rank(self, query: str, *, limit: int) -> list[str]:
        """Give ids, best first, equal ones by id."""
        scores: defaultdict[str, float] = defaultdict(float)
        for term in self._terms(query):
            for key, worth in self._posts.get(term, ()):
                scores[key] += worth
        return sorted(scores, key=lambda key: (-scores[key], key))[:limit]

    def _terms(self, text: str) -> list[str]:
        return [stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP]


class Letters:
    """TF-IDF over groups of three to five letters within words, logarithmic counts, cosine."""

    def __init__(self, texts: dict[str, str]) -> None:
        """Index the texts."""
        counts = {key: self._grams(text) for key, text in texts.items()}
        holders: Counter[str] = Counter(gram for count in counts.values() for gram in count)
        self._rarity = {gram: math.log((1 + len(counts)) / (1 + n)) + 1 for gram, n in holders.items()}
        self._posts: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for key, count in counts.items():
            weights = {gram: (1 + math.log(n)) * self._rarity[gram] for gram, n in count.items()}
            norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            for gram, weight in weights.items():
                self._posts[gram].append((key, weight / norm))

    def rank(self, query: str, *, limit: int) -> list[str]:
        """Give ids, best first, equal ones by id."""
        scores: defaultdict[str, float] = defaultdict(float)
        for gram, n in self._grams(query).items():
            for key, weight in self._posts.get(gram, ()):
                scores[key] += (1 + math.log(n)) * self._rarity[gram] * weight
        return sorted(scores, key=lambda key: (-scores[key], key))[:limit]

    def _grams(self, text: str) -> Counter[str]:
        edged = [f" {word} " for word in re.findall(r"\w+", text.lower())]
        return Counter(w[n : n + size] for w in edged for size in (3, 4, 5) for n in range(max(len(w) - size + 1, 1)))
