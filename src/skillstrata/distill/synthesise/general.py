"""General inputs of a media type, made from nothing but a seed.

In     a media type, how many, a seed
Out    documents and tables with known kinds of content: what a tool for this type should be ready for
Never  depends on a demonstration: two drafts of one type are compared on the same inputs
"""

import csv
import io
import json
from collections.abc import Callable

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.words import accented, ideographs, invent
from skillstrata.distill.synthesise.formats import html_page, markdown_text, plain_text
from skillstrata.distill.synthesise.outlines import outline, sentence
from skillstrata.distill.synthesise.word_files import docx_file
from skillstrata.distill.views.media_types import CSV, DOCX, HTML, JSON, MARKDOWN, NDJSON, TEXT, TSV
from skillstrata.records.proofs import TypedBytes

Record = dict[str, str | int | float | bool | list[str] | dict[str, str] | None]
# Every sixth note is empty.
_GAP = 4
_HARD = ("{0}, {1}", '{0} "{1}"', "{0}\n{1}", "{0}; {1}")


def fresh(media_type: str, *, count: int, seed: int) -> tuple[TypedBytes, ...]:
    """Make `count` general inputs of a type; none for a type we cannot make.

    Documents have headings, paragraphs, nested lists, tables, links, code, entities and letters of other scripts;
    tables have leading zeros, large numbers, decimals, dates, gaps, and text with commas, quotes and line breaks.
    """
    make = _MAKERS.get(media_type)
    if make is None:
        return ()
    return tuple(TypedBytes(media_type, make(Dice(seed, "fresh", media_type, number))) for number in range(count))


def _document(write: Callable[..., bytes]) -> Callable[[Dice], bytes]:
    def make(dice: Dice) -> bytes:
        return write(outline(dice, dice.between(3, 5)))

    return make


def _rows(dice: Dice) -> list[list[str]]:
    header = ["code", *(f"{invent(dice)}_{kind}" for kind in ("name", "amount", "group", "date", "count", "note"))]
    groups = [invent(dice) for _ in range(4)]
    rows = [header]
    for number in range(dice.between(6, 24)):
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


def _delimited(delimiter: str) -> Callable[[Dice], bytes]:
    def make(dice: Dice) -> bytes:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(_rows(dice))
        return out.getvalue().encode()

    return make


def _records(dice: Dice) -> list[Record]:
    header, *rows = _rows(dice)
    records: list[Record] = []
    for row in rows:
        record: Record = dict(zip(header, row, strict=True))
        record[header[2]] = float(row[2])
        record[header[5]] = int(row[5])
        record[header[6]] = row[6] or None
        record["tags"] = [invent(dice) for _ in range(dice.between(0, 3))]
        record["place"] = {"town": accented(dice), "street": invent(dice)}
        record["open"] = dice.chance(50)
        records.append(record)
    return records


def _json(dice: Dice) -> bytes:
    return (json.dumps(_records(dice), ensure_ascii=False, indent=2) + "\n").encode()


def _json_lines(dice: Dice) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in _records(dice)).encode()


_MAKERS: dict[str, Callable[[Dice], bytes]] = {
    HTML: _document(html_page),
    DOCX: _document(docx_file),
    MARKDOWN: _document(markdown_text),
    TEXT: _document(plain_text),
    CSV: _delimited(","),
    TSV: _delimited("\t"),
    JSON: _json,
    NDJSON: _json_lines,
}
