"""How two hosts fill their budgets, so that one can see beforehand what they will drop.

In     rows in the order in which they are shortened last, the room for their lines
Out    the same rows, each with its line and why it is not longer
"""

from skillstrata.records.catalogues import ListingMode
from skillstrata.runtime.listing_layers import give_names, pin
from skillstrata.runtime.listing_rows import Row
from skillstrata.runtime.tokens import CHARS_PER_TOKEN, characters

_SEPARATOR = len(": ")
_FINE = 32


def fill_whole_or_name(ranked: list[Row], room: int, width: int, most: ListingMode) -> None:
    """Keep every name; give whole descriptions to the most used for as long as they fit, and no part of one."""
    described, room = _named(ranked, room, width)
    for row in described if most is ListingMode.FULL else []:
        whole = row.full()
        extra = row.page.measure(whole) - row.cost
        if extra > room:
            row.why = "the least used lose their descriptions first"
            continue
        room -= row.take(ListingMode.FULL, whole, min(len(row.whole()), row.page.entry_chars))
        row.why = "" if row.shown == len(row.whole()) else f"descriptions are cut at {row.page.entry_chars} characters"


def fill_round_robin(ranked: list[Row], room: int, width: int, most: ListingMode) -> None:
    """Keep every name; cut all descriptions to the one length at which all fit."""
    described, room = _named(ranked, room, width)
    if most is ListingMode.NAME_ONLY or not described:
        return
    low = _length(described, room)
    while low and sum(row.page.measure(row.cut(low)) - row.cost for row in described) > room:
        # The measure is not additive, or characters were escaped: a little less.
        low = low * 31 // 32 if low > _FINE else low - 1
    for row in described:
        shown = min(len(row.whole()), low)
        if shown:
            whole = shown == len(row.whole())
            row.take(ListingMode.FULL if whole else ListingMode.COMPACT, row.cut(low), shown)
            row.why = "" if whole else f"all descriptions are cut at {low} characters"


def _length(rows: list[Row], room: int) -> int:
    """Give the one length at which all descriptions together are about as long as the room."""
    chars = room if rows[0].page.measure is characters else room * CHARS_PER_TOKEN
    lengths = sorted(min(len(row.whole()), row.page.entry_chars) + _SEPARATOR for row in rows)
    for at, length in enumerate(lengths):
        share = chars // (len(lengths) - at)
        if length > share:
            return max(share - _SEPARATOR, 0)
        chars -= length
    return rows[0].page.entry_chars


def _named(ranked: list[Row], room: int, width: int) -> tuple[list[Row], int]:
    pinned = [row for row in ranked if row.wish is ListingMode.PINNED]
    others = [row for row in ranked if row.wish is not ListingMode.PINNED]
    room -= pin(pinned, room, width)
    spent, _ = give_names(others, room)
    described = [row for row in others if row.line and row.wish is not ListingMode.NAME_ONLY and row.whole()]
    return described, room - spent
