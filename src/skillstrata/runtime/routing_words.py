"""What a text is compared by: stems, pairs of CJK characters, and the letter groups of its words.

In     any text: a query, a description, a body
Out    terms with how often they occur; only the first `most` characters count, so that a pasted book costs no more
       than a question
Never  reads a text as a query language: quotes, colons and brackets only part words
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from skillstrata.runtime.stemming import stem

QUERY_CHARS = 4_000
QUERY_WORDS = 160
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_PIECES = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:[+#]+(?!\w))?")
_CJK_RUN = re.compile(rf"[{_CJK}]")
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_LONGEST_WORD = 40
_GRAMS = (3, 4, 5)
# Words of nearly every request and of nearly every description say nothing about which skill fits.
_EMPTY = frozenset(
    (
        "a about actually after again all also am an and another any anyone anything are around as ask asked asking at "
        "back be because been before being both but by came can could did do does doing done don down each either else "
        "even ever every few find for from get gets getting give go goes going gonna good got had has have having he "
        "hello help her here hey hi him his how however i if im in instead into is it its itself just keep kind know "
        "let lets like ll look looking lot made make makes making many may maybe me mentions mentioned might more most "
        "much must my myself need needs needed no not now of off ok on once one only onto or other our out over own "
        "per please provide provides put quite rather re really s same see she should show since skill skills so some "
        "someone something still such t take tell than thank thanks that the their them then there these they thing "
        "things this those through to too trying under until up upon us use used user users uses using ve very via "
        "want wanted wants was way we well went were what when where whether which while who whom whose why will with "
        "within without would yes yet you your"
    ).split()
)


def plain(text: str, most: int) -> str:
    """Give the first `most` characters of a text in one form: folded, joined words parted, lower case."""
    text = text[:most]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)[:most]
    return _HUMPS.sub(" ", text).casefold()


def telling_words(text: str, *, most: int) -> Counter[str]:
    """Count the words of a text that say something; a run of CJK characters counts by its overlapping pairs."""
    found: Counter[str] = Counter()
    for piece, count in Counter(_PIECES.findall(plain(text, most))).items():
        if not piece.isascii() and _CJK_RUN.match(piece):
            for start in range(max(len(piece) - 1, 1)):
                found[piece[start : start + 2]] += count
        elif piece not in _EMPTY:
            found[piece[:_LONGEST_WORD]] += count
    return found


def query_words(text: str) -> Counter[str]:
    """Count the words of a query, of which only the first ones count; none where all of them say nothing."""
    return Counter(dict(list(telling_words(text, most=QUERY_CHARS).items())[:QUERY_WORDS]))


def stems_of(words: Counter[str]) -> Counter[str]:
    """Count the stems of words."""
    found: Counter[str] = Counter()
    for word, count in words.items():
        found[stem(word)] += count
    return found


def grams_of(words: Counter[str]) -> Counter[str]:
    """Count the groups of three to five letters in words."""
    found: Counter[str] = Counter()
    for word, count in words.items():
        for gram in _grams(word):
            found[gram] += count
    return found


@lru_cache(maxsize=1_024)
def _grams(word: str) -> tuple[str, ...]:
    edged = f"^{word}$"
    if len(edged) <= _GRAMS[0]:
        return (edged,)
    return tuple(edged[n : n + size] for size in _GRAMS for n in range(len(edged) - size + 1))
