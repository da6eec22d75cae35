"""The terms of very many artefacts, kept as numbers, so that a draft is compared with ten thousand at once.

In     documents: what each is, by its stamp, and its terms; bytes of an earlier index
Out    for a draft's terms the nearest documents with both scores; bytes to be kept
Never  trusts kept bytes: whatever does not fit gives an empty index, which is filled anew
Why    cutting ten thousand texts into words takes seconds, a stamp tells that a text is the one it was; and only the
       documents of the draft's own terms are counted, not the terms of all documents
"""

import heapq
import itertools
import json
import math
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from skillstrata.library.overlap import idf, plain_score, weighted_score
from skillstrata.records.learned import ArtifactStamp

_FORMAT = 3
_HEAD_BYTES = 8
# So many of the best by the plain score get a weighted one, and so many of the others by the rare terms they share.
_MOST_WEIGHED, _MOST_RARE = 100, 40
# So many owners of terms are looked at, the rarest terms first, to find those.
_MOST_OWNERS = 60_000
_MOST_EXTRAS = 64

Key = TypeVar("Key", int, str)
_CODES: tuple[Literal["I", "H"], ...] = ("I", "I", "I", "H")
Documents = Iterable[tuple[ArtifactStamp, Set[str]]]
# Plain score, path and number of a document.
_Scored = tuple[float, str, int]


class _Head(BaseModel):
    """What stands before the numbers."""

    model_config = ConfigDict(strict=True)
    format: int
    words: list[str]
    stamps: list[tuple[str, str, int, int, int]]
    sizes: tuple[int, int]
    crc: int


@dataclass(frozen=True, slots=True)
class Match:
    """One document that shares terms with a draft."""

    path: str
    score: float
    idf_score: float


@dataclass(frozen=True, slots=True)
class KeptTerms:
    """Documents by number. `ids` holds each one's terms, ending at `ends`; `owners` each term's documents, likewise."""

    words: dict[str, int] = field(default_factory=dict[str, int])
    stamps: tuple[ArtifactStamp, ...] = ()
    ends: Sequence[int] = ()
    ids: Sequence[int] = ()
    owner_ends: Sequence[int] = ()
    owners: Sequence[int] = ()

    def terms_of(self, number: int) -> Sequence[int]:
        """Give the terms of a document."""
        return self.ids[self.ends[number - 1] if number else 0 : self.ends[number]]

    def owners_of(self, word: int) -> Sequence[int]:
        """Give the documents that have a term."""
        return self.owners[self.owner_ends[word - 1] if word else 0 : self.owner_ends[word]]

    def unknown(self, stamps: Iterable[ArtifactStamp]) -> list[ArtifactStamp]:
        """Give those of these documents that are not known as they are now."""
        known = set(self.stamps)
        return [stamp for stamp in stamps if stamp not in known]

    def to_bytes(self) -> bytes:
        """Give bytes that `from_bytes` reads."""
        arrays = (("I", self.ends), ("I", self.ids), ("I", self.owner_ends), ("H", self.owners))
        numbers = b"".join(array(code, values).tobytes() for code, values in arrays)
        head = _Head(
            format=_FORMAT,
            words=list(self.words),
            stamps=[(s.path, s.slug, s.size, s.mtime_ns, s.inode) for s in self.stamps],
            sizes=(len(self.ids), len(self.owners)),
            crc=zlib.crc32(numbers),
        )
        text = json.dumps(head.model_dump(), separators=(",", ":")).encode()
        return b"".join((len(text).to_bytes(_HEAD_BYTES), text, numbers))


def built(documents: Documents) -> KeptTerms:
    """Give the index of some documents, at most 65,535."""
    words: dict[str, int] = {}
    stamps: list[ArtifactStamp] = []
    ends, ids = array("I"), array("I")
    owners: list[array[int]] = []
    for number, (stamp, terms) in enumerate(documents):
        for term in terms:
            word = words.setdefault(term, len(words))
            if word == len(owners):
                owners.append(array("H"))
            owners[word].append(number)
            ids.append(word)
        ends.append(len(ids))
        stamps.append(stamp)
    owner_ends, all_owners = array("I"), array("H")
    for each in owners:
        all_owners.extend(each)
        owner_ends.append(len(all_owners))
    return KeptTerms(words, tuple(stamps), ends, ids, owner_ends, all_owners)


def from_bytes(data: bytes) -> KeptTerms:
    """Read an index; an empty one where the bytes are not one of ours."""
    try:
        size = int.from_bytes(data[:_HEAD_BYTES])
        head = _Head.model_validate_json(data[_HEAD_BYTES : _HEAD_BYTES + size])
        return _read(head, memoryview(data)[_HEAD_BYTES + size :])
    except (ValidationError, ValueError):
        return KeptTerms()


def _read(head: _Head, numbers: memoryview) -> KeptTerms:
    """Give the index that these numbers are.

    Raises:
        ValueError: They are not.
    """
    words = {word: number for number, word in enumerate(head.words)}
    lengths = (4 * len(head.stamps), 4 * head.sizes[0], 4 * len(words), 2 * head.sizes[1])
    if head.format != _FORMAT or sum(lengths) != len(numbers) or head.crc != zlib.crc32(numbers):
        raise ValueError("not an index of this version")
    parts: list[Sequence[int]] = []
    at = 0
    for code, length in zip(_CODES, lengths, strict=True):
        # Nothing is copied: of most terms and documents nothing is wanted.
        parts.append(numbers[at : at + length].cast(code))
        at += length
    return KeptTerms(words, tuple(ArtifactStamp(*each) for each in head.stamps), *parts)


class OverlapIndex:
    """The documents as they are now: those of a kept index that have not changed, and some others."""

    def __init__(self, kept: KeptTerms, now: Iterable[ArtifactStamp], extras: Documents) -> None:
        """Count what is there.

        Args:
            kept: An index.
            now: The stamps of all documents.
            extras: Those of them that the index does not know.
        """
        self._kept = kept
        self._extras = list(extras)
        current = set(now)
        self._dead = frozenset(n for n, stamp in enumerate(kept.stamps) if stamp not in current)
        self._lost = Counter(chain.from_iterable(kept.terms_of(number) for number in self._dead))
        self._more = Counter(chain.from_iterable(terms for _, terms in self._extras))
        self._listed: list[str] = []
        self.total = len(kept.stamps) - len(self._dead) + len(self._extras)

    @property
    def is_worth_keeping(self) -> bool:
        """Say whether so much has changed that an index of now should take the kept one's place."""
        return len(self._extras) + len(self._dead) > _MOST_EXTRAS or bool(self._extras and not self._kept.stamps)

    def documents(self) -> Documents:
        """Give every document with its terms."""
        words = list(self._kept.words)
        for number, stamp in enumerate(self._kept.stamps):
            if number not in self._dead:
                yield stamp, frozenset(words[word] for word in self._kept.terms_of(number))
        yield from self._extras

    def nearest(self, terms: Set[str], *, least: float, most: int) -> tuple[list[Match], int]:
        """Give the nearest documents of at least this plain score, and how many there are beyond those.

        Those that share only the words of every document (weighted score below `least`) come last; else the plain
        score decides, then the weighted one, then the path. Of very many, the best by the plain score are looked at,
        and the best by the rare terms that they share: no number of documents with the same boilerplate hides one.
        """
        found = self._scored(terms, least)
        found.sort(key=lambda each: (-each[0], each[1]))
        weigh = self._weigher(terms)
        matches = [Match(path, score, weigh(number)) for score, path, number in self._looked_at(terms, found)]
        matches.sort(key=lambda match: (match.idf_score < least, -match.score, -match.idf_score, match.path))
        chosen = matches[:most]
        return chosen, len(found) - len(chosen)

    def _scored(self, terms: Set[str], least: float) -> list[_Scored]:
        """Give plain score, path and number of each document that has at least this score; extras count below zero."""
        kept, count = self._kept, len(terms)
        draft = [kept.words[term] for term in terms if term in kept.words]
        shared = Counter(chain.from_iterable(map(kept.owners_of, draft)))
        found: list[_Scored] = []
        for number, common in shared.items():
            start = kept.ends[number - 1] if number else 0
            score = common / min(count, kept.ends[number] - start)
            if score >= least and number not in self._dead:
                found.append((score, kept.stamps[number].path, number))
        for at, (stamp, own) in enumerate(self._extras):
            score = plain_score(terms, own)
            if score >= least:
                found.append((score, stamp.path, -1 - at))
        return found

    def _looked_at(self, terms: Set[str], found: list[_Scored]) -> list[_Scored]:
        """Give those that are worth a weighted score; `found` is by plain score."""
        best, others = found[:_MOST_WEIGHED], found[_MOST_WEIGHED:]
        if not others:
            return best
        shares = self._rare_shares(terms, {number for *_, number in others})
        # What is left keeps its order among equals: by the plain score.
        return best + heapq.nlargest(_MOST_RARE, others, key=lambda each: shares.get(each[2], 0.0))

    def _rare_shares(self, terms: Set[str], wanted: Set[int]) -> dict[int, float]:
        """Give the weight of the rarest shared terms by the size of the smaller set, for the documents wanted."""
        kept = self._kept
        by_owners = sorted((len(kept.owners_of(kept.words[term])), term) for term in terms if term in kept.words)
        counts = itertools.accumulate(count for count, _ in by_owners)
        common = {term for (_, term), upto in zip(by_owners, counts, strict=True) if upto > _MOST_OWNERS}
        weights = {term: self._weight(term) for term in sorted(terms - common)}
        shares: dict[int, float] = dict.fromkeys(wanted, 0.0)
        for term, weight in weights.items():
            for number in kept.owners_of(kept.words[term]) if term in kept.words else ():
                if number in shares:
                    shares[number] += weight
        for number in shares:
            if number < 0:
                shares[number] = math.fsum(weights[term] for term in weights.keys() & self._extras[-1 - number][1])
        return {number: share / min(len(terms), self._size(number)) for number, share in shares.items()}

    def _size(self, number: int) -> int:
        return len(self._kept.terms_of(number)) if number >= 0 else len(self._extras[-1 - number][1])

    def _weigher(self, terms: Set[str]) -> Callable[[int], float]:
        """Give what gives the weighted score of a document and these terms; each weight is reckoned once."""
        kept, words = self._kept, self._kept.words
        by_word, by_term = _Memo(self._word_weight), _Memo(self._weight)
        draft = frozenset(words[term] for term in terms if term in words)
        mine = math.fsum(map(by_term.__getitem__, terms))

        def weigh(number: int) -> float:
            if number < 0:
                return weighted_score(terms, self._extras[-1 - number][1], by_term.__getitem__)
            own = kept.terms_of(number)
            least = min(mine, math.fsum(map(by_word.__getitem__, own)))
            return min(1.0, math.fsum(map(by_word.__getitem__, draft.intersection(own))) / least) if least else 0.0

        return weigh

    def _weight(self, term: str) -> float:
        word = self._kept.words.get(term)
        return idf(self._more[term], self.total) if word is None else self._word_weight(word, term)

    def _word_weight(self, word: int, term: str = "") -> float:
        more = self._more[term or self._names()[word]] if self._more else 0
        return idf(len(self._kept.owners_of(word)) - self._lost[word] + more, self.total)

    def _names(self) -> list[str]:
        if len(self._listed) != len(self._kept.words):
            self._listed = list(self._kept.words)
        return self._listed


class _Memo(dict[Key, float]):
    """Values that are reckoned when they are first asked for."""

    def __init__(self, reckon: Callable[[Key], float]) -> None:
        super().__init__()
        self._reckon = reckon

    def __missing__(self, key: Key) -> float:
        value = self[key] = self._reckon(key)
        return value
