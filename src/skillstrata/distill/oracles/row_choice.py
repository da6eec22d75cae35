"""Why some rows of a table are kept and the others are not: a reason that holds for every row, or none.

In     the columns of a table, the places of the kept rows, the words the program holds
Out    the reason in words, "" where there is none
Never  takes the beginning or the end of a table for a choice
"""

from collections.abc import Sequence

from skillstrata.distill.oracles.statistics import amount
from skillstrata.distill.oracles.values import canonical
from skillstrata.distill.views.tokens import tokens

_MOST_KINDS = 3


def choice(
    columns: Sequence[Sequence[str]], places: Sequence[int], labels: frozenset[str], *, least_dropped: int
) -> str:
    """Give the reason for a choice of rows.

    Args:
        columns: The table, column by column.
        places: The kept rows.
        labels: Words of the program.
        least_dropped: How few rows a threshold may leave out; with one of ten rows some column always has a threshold.
    """
    total = len(columns[0]) if columns else 0
    kept = set(places)
    dropped = [n for n in range(total) if n not in kept]
    if not dropped:
        return "all rows"
    rows = [tuple(canonical(column[n]) for column in columns) for n in range(total)]
    if _repeats([rows[n] for n in kept], [rows[n] for n in dropped]):
        return "rows that repeat left out"
    for column in columns:
        ours, theirs = [column[n] for n in sorted(kept)], [column[n] for n in dropped]
        reason = _by_kind(ours, theirs, labels) or _by_blank(ours, theirs)
        if reason:
            return reason
    in_order = list(places) == sorted(places)
    at_an_end = dropped == list(range(dropped[0], dropped[-1] + 1)) and (dropped[0] == 0 or dropped[-1] == total - 1)
    if (in_order and at_an_end) or len(dropped) < least_dropped:
        return ""
    thresholds = (_by_threshold([column[n] for n in places], [column[n] for n in dropped]) for column in columns)
    return next((reason for reason in thresholds if reason), "") or _by_key(columns, kept, dropped)


def _repeats(kept: Sequence[tuple[str, ...]], dropped: Sequence[tuple[str, ...]]) -> bool:
    there = set(kept)
    return all(row in there for row in dropped) and len(there) == len(kept)


def _by_key(columns: Sequence[Sequence[str]], kept: set[int], dropped: Sequence[int]) -> str:
    """Find a column of which each value is kept exactly once: one row for each."""
    for column in columns:
        ours = [canonical(column[n]) for n in kept]
        if len(set(ours)) == len(ours) and all(canonical(column[n]) in set(ours) for n in dropped):
            return "one row for each value of a column"
    return ""


def _by_kind(kept: Sequence[str], dropped: Sequence[str], labels: frozenset[str]) -> str:
    """Find values, named by the program, that only the kept or only the left out rows have."""
    ours, theirs = {text.strip() for text in kept}, {text.strip() for text in dropped}
    if ours & theirs:
        return ""
    for kinds, rows, words in ((ours, kept, "rows of a kind"), (theirs, dropped, "rows of a kind left out")):
        named = all(tokens(kind) and set(tokens(kind)) <= labels for kind in kinds)
        # Rows picked one by one, each by a name of its own, are no kind.
        if len(kinds) <= _MOST_KINDS and named and (len(kinds) == 1 or len(rows) > len(kinds)):
            return words
    in_all = labels.intersection(*(tokens(text) for text in ours)) if ours else frozenset[str]()
    return "rows with a word" if in_all - {word for text in theirs for word in tokens(text)} else ""


def _by_blank(kept: Sequence[str], dropped: Sequence[str]) -> str:
    if all(text.strip() for text in kept) and not any(text.strip() for text in dropped):
        return "rows without a value left out"
    readable = [amount(text) is not None for text in kept]
    broken = [amount(text) is None for text in dropped]
    return "rows without a number left out" if all(readable) and all(broken) else ""


def _by_threshold(kept: Sequence[str], dropped: Sequence[str]) -> str:
    ours, theirs = [amount(text) for text in kept], [amount(text) for text in dropped]
    if all(v is not None for v in ours):
        inside = [v for v in ours if v is not None]
        outside = [v for v in theirs if v is not None]
        if outside and (min(inside) >= max(outside) or max(inside) <= min(outside)):
            return "rows beyond a number"
        return ""
    words = sorted(kept)
    if any(len(text) != len(words[0]) for text in [*kept, *dropped]) or not words[0][:4].isdigit():
        return ""
    beyond = words[0] >= max(dropped) or words[-1] <= min(dropped)
    return "rows beyond a date" if beyond or all(not words[0] <= text <= words[-1] for text in dropped) else ""
