"""Unseen CSV and TSV: the same header, dialect, encoding and column kinds; other rows, more or fewer of them."""

import csv
import io

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.mutate.words import invent
from skillstrata.distill.synthesise.columns import hard_texts, is_prose, new_values
from skillstrata.distill.synthesise.sizes import new_length
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.delimited import fields_of, guessed_delimiter, table_of
from skillstrata.records.proofs import TypedBytes

_LONG_VARIANT = 2
_LONG = 120


def renamed_header(content: TypedBytes, dice: Dice) -> bytes | None:
    """Give the same table under other column names; None where the first row names no columns."""
    decoded = decode(content.data)
    if decoded is None:
        return None
    delimiter = guessed_delimiter(decoded.text, ",")
    rows = fields_of(decoded.text, delimiter)
    table = table_of(rows) if rows else None
    if not rows or table is None or not table.named:
        return None
    first, separator, rest = decoded.text.partition("\n")
    ending = "\r" if first.endswith("\r") else ""
    names = [invent(dice) for _ in rows[0]]
    return decoded.encode(delimiter.join(names) + ending + separator + rest)


def unseen_table(content: TypedBytes, variant: int, dice: Dice, rewriter: Rewriter) -> bytes | None:
    """Make one table like `content`. Odd variants put commas, quotes and line breaks into some cells of free text."""
    decoded = decode(content.data)
    if decoded is None:
        return None
    text = decoded.text
    delimiter = guessed_delimiter(text, ",")
    rows = fields_of(text, delimiter)
    table = table_of(rows) if rows else None
    if rows is None or table is None:
        return None
    body = rows[1:] if table.named else rows
    # The last one is long: a limit of a few rows, or of a hundred, shows.
    count = _LONG + dice.between(0, 20) if variant == _LONG_VARIANT else new_length(len(body), variant, dice)
    columns: list[list[str]] = []
    for place in range(len(table.header)):
        old = [row[place] if place < len(row) else "" for row in body]
        made = new_values(old, count, dice, rewriter)
        columns.append(
            hard_texts(made, dice, line_breaks=any("\n" in v for v in old)) if variant % 2 and is_prose(old) else made
        )
    out = io.StringIO(newline="")
    all_quoted = text.count('"') >= 2 * sum(map(len, rows))
    writer = csv.writer(
        out,
        delimiter=delimiter,
        lineterminator="\r\n" if "\r\n" in text else "\n",
        quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL,
    )
    if table.named:
        writer.writerow(rows[0])
    writer.writerows(zip(*columns, strict=True))
    made_text = out.getvalue()
    return decoded.encode(made_text if text.endswith(("\n", "\r")) else made_text.rstrip("\r\n"))
