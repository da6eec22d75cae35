"""How much two texts of instructions say the same: terms, the plain overlap of two sets, and one weighted by rarity.

In     texts; for the weights, in how many of the compared artefacts each term stands
Out    sets of terms; scores from 0 to 1
Never  depends on the order of words or texts; gives a text without terms any overlap
Why    the plain score is the one whose thresholds are known; words that every skill uses make it high for nothing, so
       the weighted one stands beside it; scripts that put no spaces between words would have one term a sentence
"""

import math
import re
import unicodedata
from collections.abc import Callable, Set

_ASCII_TERM = re.compile(r"[a-z0-9]{3,}")
_SHORTEST = 3
# Letters and digits of any script, with the vowel signs and marks that Python's \w leaves out of words.
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u109f\u1780-\u17d3"
_WORD = re.compile(rf"(?:[^\W_]|[{_MARKS}])+")
# Written without spaces: Thai to Myanmar, Khmer, Kana, Bopomofo, Han (with its later planes); and Hangul, whose words
# have two syllables as often as three, and endings that change.
_UNSPACED = (
    "\u1100-\u11ff\uac00-\ud7ff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_RUNS = re.compile(rf"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_UNSPACED_CHAR = re.compile(rf"[{_UNSPACED}]")


def terms(text: str) -> frozenset[str]:
    """Give the terms of a text.

    Words of ASCII letters and digits count from three characters on, in lower case; so do words of other scripts with
    spaces, folded (NFKC, no case). Scripts without spaces, and Hangul, give every pair of neighbouring characters; a
    character that stands alone gives itself.
    """
    if text.isascii():
        return frozenset(_ASCII_TERM.findall(text.lower()))
    found: set[str] = set()
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if word.isascii():
            found.add(word)
        elif _UNSPACED_CHAR.search(word):
            found.update(part for run in _RUNS.findall(word) for part in _parts(run))
        else:
            found.add(word)
    return frozenset(term for term in found if len(term) >= _SHORTEST or _UNSPACED_CHAR.search(term))


def artifact_terms(name: str, description: str, content: str) -> frozenset[str]:
    """Give the terms of an artefact or a draft: of all that a reader sees."""
    return terms(f"{name} {description} {content}")


def _parts(run: str) -> list[str]:
    if not _UNSPACED_CHAR.match(run) or len(run) == 1:
        return [run]
    return [run[at : at + 2] for at in range(len(run) - 1)]


def plain_score(a: Set[str], b: Set[str]) -> float:
    """Give the share of the smaller set that the other one has too; 0 where one is empty."""
    if not a or not b:
        return 0.0
    return len(a & b) / min(len(a), len(b))


def idf(count: int, total: int) -> float:
    """Give the weight of a term that stands in `count` of `total` artefacts, and in the text compared with them."""
    return math.log(1.0 + (total + 1) / (count + 1))


def weighted_score(a: Set[str], b: Set[str], weight: Callable[[str], float]) -> float:
    """Give the same share by weight instead of number."""
    if not a or not b:
        return 0.0
    # Summed in one order: sets differ in theirs from process to process, and sums of floats with it.
    least = min(math.fsum(map(weight, a)), math.fsum(map(weight, b)))
    return min(1.0, math.fsum(map(weight, a & b)) / least) if least > 0 else 0.0
