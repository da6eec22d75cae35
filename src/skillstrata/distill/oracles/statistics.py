"""Recompute what a summary of a table may say: counts, sums, means, extremes and shares, whole and by group.

In     TableView
Out    facts in a FactBook
Never  reads the output: this is the second, independent calculation
"""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import sqrt

from skillstrata.distill.oracles.fact_book import FactBook
from skillstrata.distill.oracles.values import canonical
from skillstrata.distill.views.json_reader import shown
from skillstrata.distill.views.shapes import TableView
from skillstrata.distill.views.tokens import tokens

_AMOUNT = re.compile(r"([-+]?)[^\w.+-]{0,2}([-+]?)(\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)\s*[^\W\d_%]{0,4}%?")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}))?")
_MOST_GROUPS = 400
_MOST_COLUMNS = 24
_MOST_NUMERIC = 6
_NUMERIC_SHARE = 0.6
_PAIR = 2

Column = list[float | None]
Labels = list[str]


def add_table_facts(book: FactBook, table: TableView) -> None:
    """Write down everything a summary of `table` may say."""
    texts = [[shown(row[i]) for row in table.rows] for i in range(min(len(table.header), _MOST_COLUMNS))]
    rows = len(table.rows)
    book.add([rows, rows + 1, len(table.header), rows * len(table.header), len(set(table.rows))])
    book.add([rows - len(set(table.rows))])
    numeric = _numeric_columns(texts)
    for column in texts:
        _add_column(book, column, rows)
    for amounts in numeric:
        book.add(describe([a for a in amounts if a is not None]))
    groupings = list(_groupings(texts))
    for labels in groupings:
        _add_groups(book, labels, numeric, rows)
    for first, second in combinations(groupings[:4], _PAIR):
        _add_groups(book, [f"{a} {b}" for a, b in zip(first, second, strict=True)], numeric, rows)


def amount(text: str) -> float | None:
    """Read an amount with its currency, thousands and unit; None for other text."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        return None
    value = float(match.group(3).replace(",", ""))
    return -value if "-" in (match.group(1), match.group(2)) else value


def describe(values: Sequence[float]) -> list[float]:
    """Give sum, mean, extremes, range, median, quartiles and both standard deviations."""
    if not values:
        return [0.0]
    ordered = sorted(values)
    n = len(ordered)
    total = sum(ordered)
    mean = total / n
    squares = sum((v - mean) ** 2 for v in ordered)
    found = [float(n), total, mean, ordered[0], ordered[-1], ordered[-1] - ordered[0], sqrt(squares / n), squares / n]
    found += [_quantile(ordered, q) for q in (0.25, 0.5, 0.75, 0.9, 0.95, 0.99)]
    found += [ordered[n // 2], ordered[(n - 1) // 2]]
    return found + ([sqrt(squares / (n - 1)), squares / (n - 1)] if n > 1 else [])


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def _numeric_columns(texts: list[list[str]]) -> list[Column]:
    """Give the columns of amounts, then the products of two of them (price times quantity)."""
    found: list[Column] = []
    for column in texts:
        amounts = [amount(text) for text in column]
        if column and sum(a is not None for a in amounts) >= _NUMERIC_SHARE * max(
            1, sum(bool(t.strip()) for t in column)
        ):
            found.append(amounts)
    products = [
        [a * b if a is not None and b is not None else None for a, b in zip(first, second, strict=True)]
        for first, second in combinations(found[:_MOST_NUMERIC], _PAIR)
    ]
    return found + products


def _add_column(book: FactBook, column: list[str], rows: int) -> None:
    filled = [text for text in column if text.strip()]
    distinct = len({canonical(text) for text in filled})
    book.add([len(filled), rows - len(filled), distinct, distinct + 1])
    if rows:
        book.add([100 * len(filled) / rows, 100 - 100 * len(filled) / rows])
    lengths = [float(len(text)) for text in filled]
    if lengths:
        book.add([max(lengths), min(lengths), sum(lengths) / len(lengths)])


def _groupings(texts: list[list[str]]) -> Iterator[Labels]:
    """Give columns to group by: those with repeats, and the years, months, days and hours of dates."""
    for column in texts:
        dates = [_DATE.search(text) for text in column]
        if column and sum(d is not None for d in dates) > 0.5 * len(column):
            for length in (4, 7, 10, 13):
                yield [d.group(0)[:length] if d else "" for d in dates]
        if len(set(column)) <= min(_MOST_GROUPS, max(1, len(column))):
            yield column


def _add_groups(book: FactBook, labels: Labels, numeric: list[Column], rows: int) -> None:
    members: dict[str, list[int]] = {}
    for i, label in enumerate(labels):
        members.setdefault(label, []).append(i)
    if len(members) > _MOST_GROUPS:
        return
    book.add([len(members)])
    totals = [sum(a for a in column if a is not None) for column in numeric]
    for label, places in members.items():
        scope = tokens(label)
        if not scope:
            continue
        book.add([len(places), 100 * len(places) / rows, len(places) / rows], scope)
        for column, total in zip(numeric, totals, strict=True):
            chosen = [a for i in places if (a := column[i]) is not None]
            book.add(describe(chosen), scope)
            if total:
                book.add([100 * sum(chosen) / total, sum(chosen) / total], scope)
