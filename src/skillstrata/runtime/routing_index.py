"""Which skills may fit a request: words and letter groups of everything that a skill's file says.

In     a Registry and a way to its bodies, again after every change; then requests
Out    Route: candidates, how sure, and whether anything seems to fit
Never  decides for the model; hands a request to a query parser; reads a body again that did not change
Why    descriptions alone lose what only bodies say, and stems alone lose what is spelled differently
"""

import heapq
import math
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from skillstrata.ports.vectors import Vectors
from skillstrata.records.routes import Route, RouteCandidate
from skillstrata.records.skills import Registry, Skill
from skillstrata.runtime import routing_confidence
from skillstrata.runtime.listed_skills import listed_skills
from skillstrata.runtime.postings import Bm25, Cosine, Postings, Scores
from skillstrata.runtime.routing_words import grams_of, query_words, stems_of, telling_words

BodyOf = Callable[[Skill], str]
_NAME, _DESCRIBED, _HEADED, _SAID = 12, 8, 4, 2
_DESCRIBED_CHARS = 4_000
_BODY_CHARS = 20_000
_WORDS = Bm25(saturation=1.2 * _HEADED, length=0.5)
# A letter group that stands once in a text weighs so much; one that stands often, a little more.
_ONCE = 16
_WORD_SHARE = 0.5
_VECTOR_SHARE = 0.4
_MOST_WORD_POSTINGS = 12_000
_MOST_LETTER_POSTINGS = 10_000
_ALTERNATIVES = 3
_HEADING = re.compile(r"^#{1,6}[ \t]+(\S.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """One request against the whole index."""

    asked: Counter[str]
    words: Scores
    letters: Scores
    fused: list[float]


class RoutingIndex:
    """The index over one registry; `sync` follows the registry, `route` asks. Both may be called from any thread."""

    def __init__(self, vectors: Vectors | None = None) -> None:
        """Begin empty.

        Args:
            vectors: A store of meanings that is asked beside the words; None does without.
        """
        self._vectors = vectors
        self._lock = threading.Lock()
        self._following = threading.Lock()
        self._words = Postings(_WORDS)
        self._letters = Postings(Cosine())
        self._slots: dict[str, int] = {}
        self._held: dict[int, tuple[str, str]] = {}
        self._digests: dict[str, str] = {}
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._slots)

    def sync(self, registry: Registry, body_of: BodyOf) -> int:
        """Follow a registry: skills that a model may call are indexed, all others are not.

        Args:
            registry: The snapshot.
            body_of: Gives a skill's body; asked only for skills that are new or changed.

        Returns:
            How many skills were read.
        """
        with self._following:
            wanted = {row.skill.id: row for row in listed_skills(registry) if not row.barred}
            for skill_id in [known for known in self._digests if known not in wanted]:
                self.remove(skill_id)
            changed = [row for skill_id, row in wanted.items() if self._digests.get(skill_id) != row.skill.digest]
            for row in changed:
                self.add(row.skill, body_of(row.skill))
            return len(changed)

    def add(self, skill: Skill, body: str) -> None:
        """Index a skill, in place of what was known of its id."""
        words, letters = _weighed(skill, body)
        with self._lock:
            self._drop(skill.id)
            slot = heapq.heappop(self._free) if self._free else len(self._slots)
            self._words.add(slot, words)
            self._letters.add(slot, letters)
            self._slots[skill.id] = slot
            self._held[slot] = (skill.id, skill.name)
            self._digests[skill.id] = skill.digest
        if self._vectors is not None:
            self._vectors.put(skill.id, f"{skill.name}\n{_described(skill)}\n{body[:_DESCRIBED_CHARS]}")

    def remove(self, skill_id: str) -> None:
        """Forget a skill; one that is not there changes nothing."""
        with self._lock:
            self._drop(skill_id)
        if self._vectors is not None:
            self._vectors.remove(skill_id)

    def route(self, query: str, *, limit: int = 10) -> Route:
        """Propose skills for a request.

        Args:
            query: Any text; only its first words count.
            limit: At most so many candidates.

        Returns:
            Candidates, best first, equal ones by id.
        """
        asked = query_words(query)
        near = self._vectors.nearest(query, limit=max(limit, 1) * 2) if self._vectors is not None and asked else ()
        with self._lock:
            ranked = self._ranked(asked, near)
            best = self._best(ranked.fused, max(limit, 2))
            if not best:
                return Route()
            evidence = self._evidence(ranked, best)
            named = [(score, *self._held[slot]) for slot, score in best[: max(limit, 0)]]
        return _judged(named, evidence)

    def evidence(self, query: str) -> routing_confidence.Evidence | None:
        """Give what is known of the first candidate for a request, None where there is none; vectors are not asked."""
        with self._lock:
            ranked = self._ranked(query_words(query), ())
            best = self._best(ranked.fused, 2)
            return self._evidence(ranked, best) if best else None

    def _ranked(self, asked: Counter[str], near: tuple[tuple[str, float], ...]) -> _Ranked:
        stems = stems_of(asked)
        words = self._words.score(stems, most=_MOST_WORD_POSTINGS)
        letters = self._letters.score(grams_of(asked), most=_MOST_LETTER_POSTINGS)
        by_word = _WORD_SHARE / (max(words.by_slot, default=0.0) or 1.0)
        by_letter = (1 - _WORD_SHARE) / (max(letters.by_slot, default=0.0) or 1.0)
        fused = [by_word * w + by_letter * g for w, g in zip(words.by_slot, letters.by_slot, strict=True)]
        if near:
            fused = [score * (1 - _VECTOR_SHARE) for score in fused]
            most = near[0][1] or 1.0
            for skill_id, likeness in near:
                slot = self._slots.get(skill_id)
                if slot is not None:
                    fused[slot] += _VECTOR_SHARE * likeness / most
        return _Ranked(stems, words, letters, fused)

    def _best(self, fused: list[float], limit: int) -> list[tuple[int, float]]:
        hits = [(-score, self._held[slot][0], slot) for slot, score in enumerate(fused) if score > 0]
        return [(slot, -score) for score, _, slot in heapq.nsmallest(limit, hits)]

    def _evidence(self, ranked: _Ranked, best: list[tuple[int, float]]) -> routing_confidence.Evidence:
        slot, score = best[0]
        second = best[1][1] if len(best) > 1 else 0.0
        return routing_confidence.Evidence(
            words=ranked.words.by_slot[slot] / (ranked.words.possible or 1.0),
            letters=ranked.letters.by_slot[slot] / (ranked.letters.possible or 1.0),
            lead=(score - second) / score,
            asked=len(ranked.asked),
        )

    def _drop(self, skill_id: str) -> None:
        slot = self._slots.pop(skill_id, None)
        if slot is None:
            return
        self._words.remove(slot)
        self._letters.remove(slot)
        del self._held[slot], self._digests[skill_id]
        heapq.heappush(self._free, slot)


def _judged(named: list[tuple[float, str, str]], evidence: routing_confidence.Evidence) -> Route:
    candidates = tuple(RouteCandidate(skill_id, name, round(score, 6)) for score, skill_id, name in named)
    sure, fits = routing_confidence.confidence(evidence), routing_confidence.fit(evidence)
    abstained = fits < routing_confidence.FITTING or not candidates
    others = candidates[1 : 1 + _ALTERNATIVES] if sure < routing_confidence.SURE and not abstained else ()
    return Route(
        candidates=candidates,
        proposed="" if abstained else candidates[0].skill_id,
        confidence=round(sure, 4),
        fit=round(fits, 4),
        abstained=abstained,
        alternatives=tuple(candidate.skill_id for candidate in others),
    )


def _described(skill: Skill) -> str:
    return f"{skill.frontmatter.description}\n{skill.frontmatter.when_to_use}"


def _weighed(skill: Skill, body: str) -> tuple[Counter[str], Counter[str]]:
    """Give a skill's stems, weighed by where they stand, and the letter groups of its name and description."""
    body = body[:_BODY_CHARS]
    named = telling_words(skill.name, most=_DESCRIBED_CHARS)
    described = telling_words(_described(skill), most=_DESCRIBED_CHARS)
    headed = telling_words("\n".join(_HEADING.findall(body)), most=_BODY_CHARS)
    said = telling_words(body, most=_BODY_CHARS)
    words: Counter[str] = Counter()
    for weight, part in ((_NAME, named), (_DESCRIBED, described), (_HEADED, headed), (_SAID, said)):
        for term, count in stems_of(part).items():
            words[term] += weight * count
    letters = Counter({gram: round(_ONCE * (1 + math.log(n))) for gram, n in grams_of(named + described).items()})
    return words, letters
