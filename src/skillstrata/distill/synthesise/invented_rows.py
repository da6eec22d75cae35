"""Invent the rows of a general table, and the same as records.

In     Dice
Out    a header and rows with leading zeros, large numbers, decimals, dates, gaps, and text that needs quoting
Never  repeats a table for another seed
"""

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.words import accented, ideographs, invent
from skillstrata.distill.synthesise.outlines import sentence

Record = dict[str, str | int | float | bool | list[str] | dict[str, str] | None]
# Every sixth note is empty.
_GAP = 4
_HARD = ("{0}, {1}", '{0} "{1}"', "{0}\n{1}", "{0}; {1}")
AMOUNT, COUNT, NOTE, DATE = 2, 5, 6, 4


def invented_rows(dice: Dice, count: int = 0) -> list[list[str]]:
    """Invent a header and `count` rows; six to 24 where no count is given."""
    header = ["code", *(f"{invent(dice)}_{kind}" for kind in ("name", "amount", "group", "date", "count", "note"))]
    groups = [invent(dice) for _ in range(4)]
    rows = [header]
    for number in range(count or dice.between(6, 24)):
        name = (invent, invent, accented, invent, ideographs)[number % 5](dice)
        note = _HARD[number % len(_HARD)].format(invent(dice), invent(dice)) if number % 3 == 0 else sentence(dice, 4)
        rows.append(
            [
                f"{dice.between(0, 99_999):06}",
                name,
                f"{dice.between(100, 99_999)}.{dice.between(1, 9)}{dice.between(1, 9)}",
                dice.one(groups),
                f"20{dice.between(10, 29)}-{dice.between(1, 12):02}-{dice.between(1, 28):02}",
                str(9_007_199_254_740_993 + dice.below(10_000) if number == 1 else dice.between(1, 9_999)),
                "" if number % 6 == _GAP else note,
            ]
        )
    return rows


def invented_records(dice: Dice, count: int = 0) -> list[Record]:
    """Invent rows as records with numbers, truth values, nulls, lists and an object inside."""
    header, *rows = invented_rows(dice, count)
    records: list[Record] = []
    for row in rows:
        record: Record = dict(zip(header, row, strict=True))
        record[header[AMOUNT]] = float(row[AMOUNT])
        record[header[COUNT]] = int(row[COUNT])
        record[header[NOTE]] = row[NOTE] or None
        record["tags"] = [invent(dice) for _ in range(dice.between(0, 3))]
        record["place"] = {"town": accented(dice), "street": invent(dice)}
        record["open"] = dice.chance(50)
        records.append(record)
    return records
