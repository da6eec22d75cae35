"""Vectors without a model: words and groups of letters, each counted at a place that its checksum gives.

In     texts
Out    for each a vector of DIMENSIONS numbers; the same text always gives the same one
Never  downloads anything; knows that two words mean the same
Why    shows what a store of vectors does where nothing may be installed; a model's function takes its place
"""

import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence

DIMENSIONS = 256
_MOST_CHARS = 4_000
_GROUP = 4
_WORD = re.compile(r"\w+")


def hashed(texts: Sequence[str]) -> list[list[float]]:
    """Give a vector for each text."""
    return [_vector(text) for text in texts]


def _vector(text: str) -> list[float]:
    counts: Counter[str] = Counter()
    for match in _WORD.finditer(unicodedata.normalize("NFKC", text[:_MOST_CHARS]).casefold()):
        word = f" {match.group()} "
        counts[word] += 1
        counts.update(word[at : at + _GROUP] for at in range(len(word) - _GROUP + 1))
    found = [0.0] * DIMENSIONS
    for term, count in counts.items():
        number = zlib.crc32(term.encode("utf-8", "surrogatepass"))
        # Half of them count down, so that terms that share a place do not add up.
        found[number % DIMENSIONS] += (1 if number >> 31 else -1) * (1 + math.log(count))
    return found
