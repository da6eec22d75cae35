"""What an independent reader saw in a document or a table. Oracles compare these, never the bytes."""

from dataclasses import dataclass
from decimal import Decimal

Value = str | bool | Decimal | None
Grid = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading's level, 1 the highest, and its text."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """The text a reader sees and where it leads."""

    text: str
    target: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell with the texts of its right and lower neighbour, "" at the edge."""

    text: str
    right: str
    below: str


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document in reading order. `kind` is text, heading, item, code, cell or side (attributes).

    Optional blocks (hidden text, titles, navigation, page headers, comments) may be kept or left out by a converter.
    """

    text: str
    kind: str = "text"
    level: int = 0
    optional: bool = False
    table: int = -1
    row: int = 0
    col: int = 0


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document as text.

    `tokens` must survive a conversion, `prose` are those outside tables; `whole` has everything that may appear, in
    reading order, optional parts and the targets of links included, and `known` is the set of it. `text` is what must
    survive and `optional_text` what may appear, as they stand.
    """

    media_type: str
    text: str
    tokens: tuple[str, ...]
    prose: tuple[str, ...]
    whole: tuple[str, ...]
    known: frozenset[str]
    numbers: frozenset[str]
    headings: tuple[Heading, ...] = ()
    tables: tuple[Grid, ...] = ()
    links: tuple[Link, ...] = ()
    images: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    optional_text: str = ""

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Give every cell of every table with its neighbours, in reading order."""
        return tuple(cell for grid in self.tables for cell in cells_of(grid))


@dataclass(frozen=True, slots=True)
class TableView:
    """A table: column names in order and rows of typed values. `named` is False where the names are ours (c1, c2).

    `flat` is True where the format cannot hold line breaks in a cell, so that white space in it means nothing.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    named: bool = True
    flat: bool = False


def cells_of(grid: Grid) -> tuple[Cell, ...]:
    """Give the cells of one table, row by row, with their right and lower neighbours."""
    return tuple(
        Cell(text, _at(grid, r, c + 1), _at(grid, r + 1, c)) for r, row in enumerate(grid) for c, text in enumerate(row)
    )


def _at(grid: Grid, row: int, col: int) -> str:
    return grid[row][col] if row < len(grid) and col < len(grid[row]) else ""
