"""Find the tables of a page by where their texts stand: short lines side by side.

In     boxes of text in reading order
Out    stretches of boxes: single ones, and several that together are a table; its rows from top to bottom
Never  takes columns of prose for a table: their lines are long
"""

import re
from collections.abc import Sequence

from pdfminer.layout import LTTextBox, LTTextLine

_SHORT_LINE = 4
_FEWEST_ROWS = 2
_ALIGNED = 0.6
_SAME_ROW = 0.5
_MARKER = re.compile(r"\s*(?:[^\w\s]|\d{1,3}[.)])\s*")


def stretches_of(boxes: Sequence[LTTextBox]) -> list[list[LTTextBox]]:
    """Join boxes of short lines that follow each other and stand side by side, where their lines are aligned."""
    found: list[list[LTTextBox]] = []
    for box in boxes:
        last = found[-1] if found else []
        if last and _is_narrow(box) and _is_narrow(last[-1]) and any(_is_beside(box, other) for other in last):
            last.append(box)
        else:
            found.append([box])
    return [part for stretch in found for part in ([stretch] if is_table(stretch) else [[box] for box in stretch])]


def rows_of(boxes: Sequence[LTTextBox]) -> list[list[LTTextLine]]:
    """Give the lines of boxes row by row, each from left to right."""
    rows: list[list[LTTextLine]] = []
    for line in sorted(_lines(boxes), key=lambda line: -(line.y0 + line.y1)):
        middle = (line.y0 + line.y1) / 2
        if rows and abs((rows[-1][0].y0 + rows[-1][0].y1) / 2 - middle) <= _SAME_ROW * max(line.height, 1.0):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.x0) for row in rows]


def _lines(boxes: Sequence[LTTextBox]) -> list[LTTextLine]:
    return [line for box in boxes for line in box if line.get_text().strip()]


def _is_narrow(box: LTTextBox) -> bool:
    lines = [line.get_text() for line in _lines([box])]
    words = sum(len(line.split()) for line in lines)
    return words <= _SHORT_LINE * len(lines) and not all(map(_MARKER.fullmatch, lines))


def _is_beside(box: LTTextBox, other: LTTextBox) -> bool:
    """Say whether two boxes stand at one height; their lines never overlap, though the boxes may."""
    overlap = min(box.y1, other.y1) - max(box.y0, other.y0)
    return overlap > _SAME_ROW * min(box.height, other.height)


def is_table(boxes: Sequence[LTTextBox]) -> bool:
    """Say whether most rows of these boxes have several short texts."""
    rows = rows_of(boxes) if all(map(_is_narrow, boxes)) else []
    full = sum(len(row) > 1 for row in rows)
    return full >= _FEWEST_ROWS and full >= _ALIGNED * len(rows)
