"""Reorder the rows of a workbook, numbered anew."""

import re

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.opened import SEAM, SHARED_STRINGS, opened
from skillstrata.distill.mutate.sheet_xml import header_place, sheet_rows
from skillstrata.records.proofs import MutatedInput, TypedBytes

_PLACE = re.compile(r'(<(?:row|c)\b[^>]*?\br="[A-Z]{0,3})\d{1,7}"')
_NUMBER = re.compile(r'<row\b[^>]*?\br="(\d{1,7})"')
# Rows that are joined or computed from others do not stand for themselves.
_TIED = re.compile(r"<mergeCells\b|<f[ >]")


def permuted_workbook(content: TypedBytes, dice: Dice) -> MutatedInput | None:
    """Put the rows of every sheet below its header into another order; None where none has two."""
    whole = opened(content)
    if whole is None:
        return None
    parts = [
        whole.text[start:end] if name == SHARED_STRINGS else _permuted(whole.text[start:end], dice)
        for name, start, end in whole.stretches()
    ]
    text = SEAM.join(parts)
    made = whole.write(text) if text != whole.text else None
    return MutatedInput("permute", TypedBytes(content.media_type, made)) if made is not None else None


def _permuted(xml: str, dice: Dice) -> str:
    rows = sheet_rows(xml)
    body = rows[header_place(rows) + 1 :]
    parts = [xml[row.start : row.end] for row in body]
    numbers = [match.group(1) if (match := _NUMBER.match(part)) else "" for part in parts]
    if not parts[1:] or not all(numbers) or _TIED.search(xml):
        return xml
    order = dice.shuffled(parts)
    order = order if order != parts else parts[1:] + parts[:1]
    out: list[str] = []
    at = 0
    for row, part, number in zip(body, order, numbers, strict=True):
        out += [xml[at : row.start], _PLACE.sub(rf'\g<1>{number}"', part)]
        at = row.end
    return "".join([*out, xml[at:]])
