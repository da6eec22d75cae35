"""See whether what stands at the end of a long input reaches its output.

In     a long input, the text of an output
Out    True where next to none of the end is there
Why    a program that reads a thousand rows, or the first kilobytes, gives the right output for everything short
"""

import re
from collections import Counter

from skillstrata.distill.views import document_view
from skillstrata.distill.views.decoding import decode
from skillstrata.records.proofs import TypedBytes

_LONG = 50_000
_END_WORDS = 200
_WORD = re.compile(r"[^\W\d_]{4,}")
_KEY = re.compile(r'"[^"\n]{1,80}"\s{0,3}:')
_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,300}>")
_FEWEST = 8
_SHARE = 0.3
_HALF = 0.5


def cuts_the_end(given: TypedBytes, output: str) -> bool:
    """Say whether the end of an input of some length is missing.

    Args:
        given: The input.
        output: The text of what came of it, in lower case.
    """
    if len(given.data) <= _LONG:
        return False
    words = _words(given)
    end, there = words[-_END_WORDS:], Counter(_WORD.findall(output))
    only_there = frozenset(end) - frozenset(words[: len(words) // 2])
    if len(only_there) >= _FEWEST:
        return len(only_there & there.keys()) < _SHARE * len(only_there)
    # A text that repeats itself has no words of its own at its end: it is how often they come that tells.
    asked = Counter(words)
    return len(end) >= _FEWEST and (asked & there).total() < _HALF * asked.total()


def _words(given: TypedBytes) -> tuple[str, ...]:
    """Give the words of an input in order; tags and keys are not asked for."""
    decoded = decode(given.data)
    if decoded is not None:
        return tuple(_WORD.findall(_KEY.sub(" ", _TAG.sub(" ", decoded.text)).casefold()))
    view = document_view(given)
    return tuple(t for t in view.tokens if _WORD.fullmatch(t)) if view is not None else ()
