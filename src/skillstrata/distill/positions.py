"""Whether a program keeps records by their place: the first ones, every second one, whatever they hold.

In     an input and its reordered twin, the words of the outputs for both
Out    True where the same places are shown although other records stand there
Why    a filter chooses by content; what is cut off by place is lost, and looks like an extract
"""

import re
from collections import Counter
from collections.abc import Sequence

from skillstrata.distill.mutate.siblings import layout_of
from skillstrata.records.proofs import TypedBytes

_WORD = re.compile(r"\w+")


def keeps_by_place(given: TypedBytes, shown: Sequence[str], reordered: TypedBytes, shown_after: Sequence[str]) -> bool:
    """Compare which records show in two outputs.

    Args:
        given: The demonstrated input.
        shown: The words of its output, case folded.
        reordered: The same records in another order.
        shown_after: The words of the output for them.
    """
    before = _places_shown(given, shown)
    after = _places_shown(reordered, shown_after)
    return before is not None and before == after and 0 < len(before[0]) < before[1]


def _places_shown(content: TypedBytes, shown: Sequence[str]) -> tuple[frozenset[int], int] | None:
    """Give the places of the longest series whose records have a word of their own in the output, and its length."""
    layout = layout_of(content)
    series = max(layout.series, key=lambda s: len(s.spans), default=None) if layout else None
    if layout is None or series is None:
        return None
    words = [frozenset(_WORD.findall(layout.text[start:end].casefold())) for start, end in series.spans]
    counts = Counter(word for each in words for word in each)
    seen = set(shown)
    places = (i for i, each in enumerate(words) if any(counts[w] == 1 and w in seen for w in each))
    return frozenset(places), len(words)
