"""Fill a budget in layers: every name; whole descriptions of what is used or fits the request; short ones of the rest.

In     rows in the order in which they are shortened last, the room for their lines
Out    the same rows, each with its line and why it is not longer
Why    one long description at the top must not cost ten other skills theirs
"""

from skillstrata.records.catalogues import ListingMode
from skillstrata.runtime.listing_rows import Row
from skillstrata.runtime.tokens import CHARS_PER_TOKEN, characters

# Where not all names fit, so much of the room is for names; the rest describes the most used of them.
NAMES_SHARE = 0.6
# What is left after the names goes to whole descriptions of favoured skills at most to this part.
FAVOURED_SHARE = 0.5
_WIDTHS = (3.0, 2.0, 1.5, 1.25, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
_NARROW = tuple(part for part in _WIDTHS if part <= 1)
# A short line is seldom much shorter than its width; lines are only written for widths that may fit.
_OFTEN = 0.85
_WHOLE = 1_000_000
_SHORTENED = (ListingMode.AUTO, ListingMode.FULL, ListingMode.COMPACT)


def fill_layers(ranked: list[Row], room: int, width: int, most: ListingMode) -> None:
    """Give lines to rows; see the module's header."""
    pinned = [row for row in ranked if row.wish is ListingMode.PINNED]
    others = [row for row in ranked if row.wish is not ListingMode.PINNED]
    room -= pin(pinned, room, width)
    spent, all_named = give_names(others, room, 1.0 if most is ListingMode.NAME_ONLY else NAMES_SHARE)
    room -= spent
    named = [row for row in others if row.line]
    wanted = [row for row in named if row.wish in _SHORTENED and most is not ListingMode.NAME_ONLY]
    room -= _whole_first([row for row in wanted if row.wish is ListingMode.FULL], room)
    if most is ListingMode.FULL:
        favoured = [row for row in wanted if row.used and row.wish is ListingMode.AUTO]
        room -= _whole_first(favoured, int(room * FAVOURED_SHARE))
    short = [row for row in wanted if row.mode is ListingMode.NAME_ONLY]
    widths = _WIDTHS if most is ListingMode.FULL else _NARROW
    _shorten(short, room, width, widths if all_named else ())


def pin(pinned: list[Row], room: int, width: int) -> int:
    """Give pinned rows their whole line, or as much as the room allows; gives what they cost."""
    start = room
    for row in pinned:
        whole = row.full()
        if row.page.measure(whole) <= room:
            room -= row.take(ListingMode.PINNED, whole, len(row.whole()))
            row.why = _capped(row)
            continue
        for line, shown in (row.short(width), (row.by_name(), 0)):
            if row.page.measure(line) <= room:
                room -= row.take(ListingMode.COMPACT if shown else ListingMode.NAME_ONLY, line, shown)
                row.why = "pinned skills alone are more than the budget"
                break
        else:
            row.drop("pinned skills alone are more than the budget")
    return start - room


def give_names(rows: list[Row], room: int, share: float = NAMES_SHARE) -> tuple[int, bool]:
    """Give each row its name, the first ones where not all fit; gives what they cost, and whether all fit.

    Where not all fit, names take at most that share of the room.
    """
    costs: list[int] = []
    total = 0
    for row in rows:
        costs.append(row.page.measure(row.by_name()))
        total += costs[-1]
        if total > room:
            break
    left = room if total <= room else int(room * share)
    spent = 0
    for at, row in enumerate(rows):
        if at >= len(costs) or spent + costs[at] > left:
            left = spent
            row.drop("not even all names fit; others are used more or fit the request better")
            continue
        spent += row.take(ListingMode.NAME_ONLY, row.by_name(), 0)
        row.why = "the settings list it by name" if row.wish is ListingMode.NAME_ONLY else "the budget holds no more"
    return spent, total <= room


def _whole_first(rows: list[Row], room: int) -> int:
    """Give whole lines in order, where they fit; gives what that cost."""
    start = room
    for row in rows:
        extra = row.page.measure(row.full()) - row.cost
        if extra <= room:
            room -= row.take(ListingMode.FULL, row.full(), len(row.whole()))
            row.why = _capped(row)
    return start - room


def _shorten(rows: list[Row], room: int, width: int, widths: tuple[float, ...]) -> int:
    """Give every row whole where that fits, else the widest short line that all can have, else as many as fit."""
    if widths is _WIDTHS and all(row.wish is not ListingMode.COMPACT for row in rows) and _may_fit(rows, room, _WHOLE):
        if _cost(rows, [row.full() for row in rows]) <= room:
            return _whole_first(rows, room)
    for part in widths:
        wide = int(width * part)
        if _may_fit(rows, room, wide):
            lines = [row.short(_own(row, wide, width)) for row in rows]
            if _cost(rows, [line for line, _ in lines]) <= room:
                return sum(_short(row, line, _own(row, wide, width)) for row, line in zip(rows, lines, strict=True))
    return _first_ones(rows, room, width)


def _first_ones(rows: list[Row], room: int, width: int) -> int:
    """Give short lines to the first rows for as long as they fit; the last of them may be narrower."""
    start = room
    for row in rows:
        short, wide = row.short(width), width
        missing = row.page.measure(short[0]) - row.cost - room
        if missing > 0:
            wide = width - missing
            short = row.short(wide) if wide >= width // 2 else ("", 0)
        if not short[0] or row.page.measure(short[0]) - row.cost > room:
            break
        room -= _short(row, short, wide)
    return start - room


def _own(row: Row, wide: int, width: int) -> int:
    """Give the width for a row: one that is wished to be short never gets more than the usual width."""
    return min(wide, width) if row.wish is ListingMode.COMPACT else wide


def _may_fit(rows: list[Row], room: int, width: int) -> bool:
    """Say whether lines of a width may all fit, without writing them."""
    told = sum(min(row.said, width * _OFTEN) for row in rows)
    return told <= room * (CHARS_PER_TOKEN * 2 if rows and rows[0].page.measure is not characters else 1)


def _cost(rows: list[Row], lines: list[str]) -> int:
    return sum(row.page.measure(line) - row.cost for row, line in zip(rows, lines, strict=True))


def _short(row: Row, short: tuple[str, int], width: int) -> int:
    spent = row.take(ListingMode.COMPACT, *short)
    fits = len(row.whole()) <= width
    if fits:
        row.mode = ListingMode.FULL if row.wish is not ListingMode.COMPACT else ListingMode.COMPACT
    asked = "the settings list it short" if row.wish is ListingMode.COMPACT else f"shortened to {width} characters"
    row.why = "" if fits else asked
    return spent


def _capped(row: Row) -> str:
    """Say that a whole line was cut at the longest description that the profile takes."""
    if len(row.whole()) <= row.page.entry_chars:
        return ""
    row.shown = row.page.entry_chars
    return f"descriptions are cut at {row.page.entry_chars} characters"
