"""Unseen CSV and TSV: the same header, dialect, encoding and column kinds; other rows, more or fewer of them."""

import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.mutate.words import invent
from skillstrata.distill.synthesise.columns import hard_texts, is_prose, many_values
from skillstrata.distill.synthesise.odd_values import is_of_words, odd_values
from skillstrata.distill.synthesise.sizes import new_length
from skillstrata.distill.views.decoding import Decoded, decode
from skillstrata.distill.views.delimited import fields_of, guessed_delimiter, table_of
from skillstrata.records.proofs import TypedBytes

_LONG_VARIANT = 2
_LONG = 120
_LEAST_HARD = 4
_BROKEN = re.compile(r"[\t\r\n]+")


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


def unseen_table(content: TypedBytes, variant: int, dice: Dice, rewriter: Rewriter, at_least: int = 0) -> bytes | None:
    """Make one table like `content`. Odd variants put delimiters, quotes and line breaks into some cells of text.

    The long one has more than `at_least` rows.
    """
    table = demonstrated(content)
    if table is None:
        return None
    # The last one is long: a limit of a few rows, or of a hundred, shows.
    long = variant == _LONG_VARIANT
    count = max(_LONG, at_least) + dice.between(1, 20) if long else new_length(len(table.body), variant, dice)
    columns = table.new_columns(count, dice, rewriter)
    if variant % 2:
        place = table.text_column(rewriter.kept)
        if place >= 0:
            columns[place] = table.hardened(place, columns[place], dice)
    odd = (
        odd_values(made, table.column(place), variant, dice, kept=rewriter.kept, digits=True)
        for place, made in enumerate(columns)
    )
    return table.written([list(row) for row in zip(*odd, strict=True)])


def quoted_table(content: TypedBytes, dice: Dice, rewriter: Rewriter) -> bytes | None:
    """Make a table like `content` whose cells need quotes; None where no column holds text."""
    table = demonstrated(content)
    place = table.text_column(rewriter.kept) if table else -1
    if table is None or place < 0 or table.unquoted:
        return None
    columns = table.new_columns(max(len(table.body), _LEAST_HARD), dice, rewriter)
    columns[place] = table.hardened(place, columns[place], dice)
    return table.written([list(row) for row in zip(*columns, strict=True)])


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """A demonstrated table with its dialect: how it is decoded, its delimiter, line ends, quoting and header."""

    decoded: Decoded
    delimiter: str
    header: tuple[str, ...]
    body: tuple[tuple[str, ...], ...]
    width: int

    @property
    def unquoted(self) -> bool:
        """Say whether its dialect has no quotes: cells between tabs of which none was quoted are cut at the tabs."""
        return self.delimiter == "\t" and '"' not in self.decoded.text

    def new_columns(self, count: int, dice: Dice, rewriter: Rewriter) -> list[list[str]]:
        """Make `count` new values for each column."""
        return [many_values(self.column(place), count, dice, rewriter) for place in range(self.width)]

    def column(self, place: int) -> list[str]:
        """Give the demonstrated values of a column; short rows have empty ones."""
        return [row[place] if place < len(row) else "" for row in self.body]

    def text_column(self, kept: Collection[str]) -> int:
        """Give the place of the column best fit for hard texts, -1 for none: prose first, then other words.

        A column with words that the program looks for is left alone, and so are dates, numbers and addresses.
        """
        best, most = -1, 0
        for place in range(self.width):
            values = [value for value in self.column(place) if value.strip()]
            if not is_of_words(values, kept):
                continue
            score = 2 * is_prose(values) + (len(set(values)) == len(values)) + 1
            best, most = (place, score) if score > most else (best, most)
        return best

    def hardened(self, place: int, values: list[str], dice: Dice) -> list[str]:
        """Put delimiters and quotes into some values, and line breaks where the demonstration has some."""
        if self.unquoted:
            return values
        broken = any("\n" in value for value in self.column(place))
        return hard_texts(values, dice, delimiter=self.delimiter, line_breaks=broken)

    def written(self, rows: Sequence[Sequence[str]], *, header: bool = True) -> bytes:
        """Write rows below the demonstrated header, in its dialect."""
        text = self.decoded.text
        if self.unquoted:
            # Bare cells: what such a dialect cannot hold is left out of them.
            lines = [self.header, *rows] if self.header and header else [*rows]
            end = "\r\n" if "\r\n" in text else "\n"
            bare = "".join("\t".join(_BROKEN.sub(" ", cell) for cell in row) + end for row in lines)
            return self.decoded.encode(bare if text.endswith(("\n", "\r")) else bare.rstrip("\r\n"))
        out = io.StringIO(newline="")
        all_quoted = text.count('"') >= 2 * (self.width * len(self.body) + len(self.header)) > 0
        writer = csv.writer(
            out,
            delimiter=self.delimiter,
            lineterminator="\r\n" if "\r\n" in text else "\n",
            quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL,
        )
        if self.header and header:
            writer.writerow(self.header)
        writer.writerows(rows)
        made = out.getvalue()
        return self.decoded.encode(made if text.endswith(("\n", "\r")) else made.rstrip("\r\n"))


def demonstrated(content: TypedBytes) -> Demonstrated | None:
    """Read a table with its dialect; None where it cannot be read."""
    decoded = decode(content.data)
    if decoded is None:
        return None
    delimiter = guessed_delimiter(decoded.text, ",")
    rows = fields_of(decoded.text, delimiter)
    table = table_of(rows) if rows else None
    if not rows or table is None:
        return None
    body = tuple(map(tuple, rows[1:] if table.named else rows))
    return Demonstrated(decoded, delimiter, tuple(rows[0]) if table.named else (), body, len(table.header))
