"""English words cut to their stems, after the algorithm that Martin Porter published in 1980.

In     one lowercase word
Out    its stem: "deploying", "deployed" and "deploys" all give "deploi"; other alphabets come back as they are
Never  looks a word up; two words may share a stem by chance
"""

from functools import lru_cache
from itertools import pairwise

_VOWELS = frozenset("aeiou")
_STEP_2 = (
    ("ational", "ate"),
    ("ization", "ize"),
    ("isation", "ize"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("tional", "tion"),
    ("biliti", "ble"),
    ("ation", "ate"),
    ("alism", "al"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("entli", "ent"),
    ("ousli", "ous"),
    ("ator", "ate"),
    ("izer", "ize"),
    ("iser", "ize"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("alli", "al"),
    ("logi", "log"),
    ("bli", "ble"),
    ("eli", "e"),
)
_STEP_3 = (
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("alise", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ness", ""),
    ("ful", ""),
)
_STEP_4 = (
    "ement",
    "ance",
    "ence",
    "able",
    "ible",
    "ment",
    "ant",
    "ent",
    "ism",
    "ate",
    "iti",
    "ous",
    "ive",
    "ize",
    "ise",
    "ion",
    "al",
    "er",
    "ic",
    "ou",
)
_SHORTEST = 3


@lru_cache(maxsize=32_768)
def stem(word: str) -> str:
    """Give the stem of a word; words of fewer than three letters and words not of a-z are their own stems."""
    if len(word) < _SHORTEST or not (word.isascii() and word.isalpha()):
        return word
    for step in (_plural, _past, _final_y, _double_suffix, _adjective, _last_suffix, _tidy):
        word = step(word)
    return word


def _consonant(word: str, at: int) -> bool:
    if word[at] in _VOWELS:
        return False
    return word[at] != "y" or at == 0 or not _consonant(word, at - 1)


def _measure(word: str) -> int:
    """Count how often a vowel is followed by a consonant."""
    marks = [_consonant(word, at) for at in range(len(word))]
    return sum(1 for before, after in pairwise(marks) if after and not before)


def _has_vowel(word: str) -> bool:
    return any(not _consonant(word, at) for at in range(len(word)))


def _doubled(word: str) -> bool:
    return len(word) > 1 and word[-1] == word[-2] and _consonant(word, len(word) - 1)


def _short_end(word: str) -> bool:
    """Say whether a word ends like "hop": consonant, vowel, consonant that is not w, x or y."""
    last = len(word) - 1
    if last < _SHORTEST - 1 or word[last] in "wxy":
        return False
    return _consonant(word, last) and not _consonant(word, last - 1) and _consonant(word, last - 2)


def _plural(word: str) -> str:
    if word.endswith("sses") or word.endswith("ies"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for suffix in ("ed", "ing"):
        root = word.removesuffix(suffix)
        if root != word and _has_vowel(root):
            return _mended(root)
    return word


def _mended(root: str) -> str:
    """Put back what was lost before "ed" or "ing": hoping, hope; hopping, hop."""
    if root.endswith(("at", "bl", "iz")):
        return root + "e"
    if _doubled(root) and root[-1] not in "lsz":
        return root[:-1]
    return root + "e" if _measure(root) == 1 and _short_end(root) else root


def _final_y(word: str) -> str:
    return word[:-1] + "i" if word.endswith("y") and _has_vowel(word[:-1]) else word


def _replaced(word: str, table: tuple[tuple[str, str], ...]) -> str:
    for suffix, better in table:
        if word.endswith(suffix):
            root = word[: -len(suffix)]
            return root + better if _measure(root) > 0 else word
    return word


def _double_suffix(word: str) -> str:
    return _replaced(word, _STEP_2)


def _adjective(word: str) -> str:
    return _replaced(word, _STEP_3)


def _last_suffix(word: str) -> str:
    for suffix in _STEP_4:
        if word.endswith(suffix):
            root = word[: -len(suffix)]
            fits = _measure(root) > 1 and (suffix != "ion" or root.endswith(("s", "t")))
            return root if fits else word
    return word


def _tidy(word: str) -> str:
    if word.endswith("e"):
        root = word[:-1]
        length = _measure(root)
        if length > 1 or (length == 1 and not _short_end(root)):
            word = root
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word
