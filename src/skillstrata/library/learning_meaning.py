"""What a rule is about, whatever words it is put in: its terms, which of them come first, whether it forbids.

    Always run make lint before committing / never commit without running make lint   ->   {make, lint, >commit}

In     a phrase that was found clean
Out    terms, of which those that come after "before" are marked; yes or no
Never  takes one order of two things for the other
"""

import re
import unicodedata

from skillstrata.library.learning_sayings import NEVER
from skillstrata.library.overlap import terms

ALIKE = 0.72
"""The least share of common terms of what says the same."""
_FILLERS = frozenset(
    "always never please use the and you must should from now for with immer nie niemals bitte die der das ein eine "
    "mit und auf ab jetzt in a an to of on run running make sure laufen lassen lass dem den vor bevor before without "
    "ohne sans sin toujours jamais siempre nunca usa utilise les des una los las por favor".split()
)
_ADVERBS = re.compile(
    r"^(?:(?:always|only|just|immer|lieber|nur|stets|toujours|plutôt|siempre|mejor|sólo|solo) )+", re.I
)
_LATER = re.compile(r"\b(?:before|bevor|vor|avant(?: de| d)?|antes de)\b", re.I)
_WITHOUT = re.compile(r"\b(?:without|ohne|sans|sin)\b", re.I)
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l"})


def said_terms(phrase: str) -> frozenset[str]:
    """Give the terms of a rule; what is to come later has a `>` before it."""
    first, later = _halves(phrase)
    return frozenset((*_terms(first), *(f">{term}" for term in _terms(later))))


def is_forbidding(phrase: str) -> bool:
    """Say whether a rule forbids; "never this without that" asks for that."""
    return bool(NEVER.search(phrase)) and not _WITHOUT.search(phrase)


def are_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Say whether two rules are about the same."""
    # "rebasing" is cut to "rebas".
    a, b = (frozenset(term.removesuffix("e") for term in terms) for terms in (one, other))
    return len(a & b) >= ALIKE * len(a | b)


def without_adverbs(words: str) -> str:
    """Take off what says how strongly something is wanted."""
    return _ADVERBS.sub("", f"{words} ").strip()


def in_latin_letters(text: str) -> str:
    """Write a text in small letters, in ASCII ones where they are Latin; other scripts keep theirs."""
    folded = unicodedata.normalize("NFKC", text).lower().translate(_LETTERS)
    return "".join(_bare(c) if "LATIN" in unicodedata.name(c, "") else c for c in folded)


def _bare(letter: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))


def _halves(phrase: str) -> tuple[str, str]:
    without = _WITHOUT.search(phrase)
    if without and NEVER.search(phrase):
        return phrase[without.end() :], phrase[: without.start()]
    later = _LATER.search(phrase)
    return (phrase[: later.start()], phrase[later.end() :]) if later else (phrase, "")


def _terms(text: str) -> frozenset[str]:
    return frozenset(_stem(term) for term in terms(text) - _FILLERS)


def _stem(term: str) -> str:
    """Cut the ending of a form in -ing: committing is commit."""
    if not term.isascii() or not term.endswith("ing") or len(term) < len("linting"):
        return term
    stem = term[: -len("ing")]
    return stem[:-1] if stem[-1:] == stem[-2:-1] and stem[-1] not in "sl" else stem
