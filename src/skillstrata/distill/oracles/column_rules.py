"""How one column follows from the columns of another table: kept, written in another way, cut out, or calculated.

In     the columns of the input, row by row beside those of the output
Out    the rule in words, and the columns it reads; None where no rule gives every row
Never  accepts a rule that fails on a single row; reads a number more loosely than it was printed
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations

from skillstrata.distill.oracles.column_writing import as_dates, as_truth, is_code, rewritten
from skillstrata.distill.oracles.statistics import amount
from skillstrata.distill.oracles.values import canonical
from skillstrata.distill.views.tokens import tokens

Texts = Sequence[str]
# What a sum of binary fractions may be off.
_RELATIVE = 1e-12
# From here on a float does not tell one whole number from the next.
_MOST_EXACT = 2**53
_MOST_NUMERIC = 8
_LEAST_ROWS = 3
_LEAST_FOR_CLASSES = 6
_MOST_CLASSES = 8
_PAIR = 2
_SAMPLE = 100
_DATE_PARTS = (
    "%Y",
    "%m",
    "%d",
    "%Y-%m",
    "%b",
    "%B",
    "%A",
    "%a",
    "%H",
    "%j",
    "%Y%m",
    "%b %Y",
    "%B %Y",
    "%m/%Y",
    "%H:%M",
)
_SEPARATORS = ("@", " ", ",", "-", "/", ":", ".", "_", ";")


@dataclass(frozen=True, slots=True)
class Rule:
    """What gives a column: in words, the places of the columns read, and what becomes of their values.

    `whole` says that every value could be read back; `shown` that it is the same value, with less of it left.
    """

    words: str
    sources: tuple[int, ...]
    whole: bool = False
    shown: bool = False


def rule_for(made: Texts, given: Sequence[Texts], labels: frozenset[str]) -> Rule | None:
    """Find the rule that gives every row of `made`.

    Shapes:
        n texts in `made` and in each of the k columns of `given`, row by row.
    """
    for i, column in enumerate(given):
        if [canonical(text) for text in made] == [canonical(text) for text in column]:
            return Rule("kept", (i,), whole=True)
    if not made:
        return None
    for i, column in enumerate(given):
        # Most columns have nothing to do with each other, and the first rows show it.
        written = rewritten(made[:_SAMPLE], column[:_SAMPLE]) and rewritten(made, column)
        if written:
            return Rule(written.words, (i,), written.whole, shown=True)
    for i, column in enumerate(given):
        words = _cut(made[:_SAMPLE], column[:_SAMPLE]) and _cut(made, column)
        if words:
            return Rule(words, (i,))
    return _calculated(made, given) or _joined(made, given) or _classes(made, given, labels)


# ---- a part of the value ----


def _cut(made: Texts, column: Texts) -> str:
    if [text.strip() for text in made] == [str(len(text)) for text in column]:
        return "its length"
    if all(made) and len(set(column)) > 1:
        for separator in _SEPARATORS:
            for place in (0, 1, 2, -1):
                parts = [text.split(separator) for text in column]
                if all(len(p) > 1 for p in parts) and _at(parts, place) == [text.strip() for text in made]:
                    return f"part {place} between {separator!r}"
        length = len(made[0])
        if {len(text) for text in made} == {length} and length:
            if [text[:length] for text in column] == list(made):
                return "its beginning"
            if [text[-length:] for text in column] == list(made):
                return "its end"
    return _date_part(made, column)


def _at(parts: Sequence[Sequence[str]], place: int) -> list[str]:
    return [part[place].strip() if -len(part) <= place < len(part) else "" for part in parts]


def _date_part(made: Texts, column: Texts) -> str:
    shown = [canonical(text) for text in made]
    for dates in as_dates(column):
        for part in _DATE_PARTS:
            if [canonical(_trim_zero(d.strftime(part))) if d else "" for d in dates] == [_trim_zero(s) for s in shown]:
                return f"the date's {part}"
        if [str((d.month - 1) // 3 + 1) if d else "" for d in dates] == [text.strip().lstrip("Qq") for text in made]:
            return "the date's quarter"
    return ""


def _trim_zero(text: str) -> str:
    return canonical(text.lstrip("0") or "0") if text.isdigit() else text


# ---- a calculation ----


def _calculated(made: Texts, given: Sequence[Texts]) -> Rule | None:
    if len(made) < _LEAST_ROWS or any(amount(text) is None for text in made if text.strip()):
        return None
    numeric = [(i, [amount(text) for text in column]) for i, column in enumerate(given) if not _has_codes(column)]
    numeric = [(i, values) for i, values in numeric if sum(v is not None for v in values) > len(values) // 2]
    for words, sources, values in _candidates(numeric[:_MOST_NUMERIC]):
        if _prints(values, made):
            return Rule(words, sources)
    return None


def _has_codes(column: Texts) -> bool:
    """Say whether a column has numbers with a leading zero: those are names, nobody calculates with them."""
    return any(is_code(text) for text in column)


def _candidates(
    numeric: Sequence[tuple[int, Sequence[float | None]]],
) -> Iterator[tuple[str, tuple[int, ...], Sequence[float | None]]]:
    for (i, a), (j, b) in permutations(numeric, _PAIR):
        for words, operation in _OPERATIONS:
            if i < j or words in {"difference", "quotient", "percentage", "growth"}:
                yield words, (i, j), [_applied(operation, x, y) for x, y in zip(a, b, strict=True)]
    every = (tuple(numeric),) if len(numeric) > _PAIR + 1 else ()
    for group in (*combinations(numeric, _PAIR + 1), *every):
        rows = list(zip(*(values for _, values in group), strict=True))
        places = tuple(i for i, _ in group)
        yield "sum", places, [_total(row) for row in rows]
        yield "mean", places, [None if (s := _total(row)) is None else s / len(row) for row in rows]
        yield "product", places, [_product(row) for row in rows]
    for i, values in numeric:
        known = [v for v in values if v is not None]
        whole = sum(known)
        running: list[float | None] = []
        for v in values:
            running.append((next((r for r in reversed(running) if r is not None), 0.0)) + (v or 0.0))
        yield "running sum", (i,), running
        if whole:
            yield "share", (i,), [None if v is None else v / whole for v in values]
            yield "share in per cent", (i,), [None if v is None else 100 * v / whole for v in values]
        ordered = sorted(known)
        yield "rank", (i,), [None if v is None else float(len(known) - bisect_right(ordered, v) + 1) for v in values]
        yield "rank from below", (i,), [None if v is None else float(bisect_left(ordered, v) + 1) for v in values]


def _total(row: Sequence[float | None]) -> float | None:
    known = [v for v in row if v is not None]
    return sum(known) if len(known) == len(row) and row else None


def _product(row: Sequence[float | None]) -> float | None:
    result = 1.0
    for value in row:
        if value is None:
            return None
        result *= value
    return result if row else None


def _applied(operation: Callable[[float, float], float], x: float | None, y: float | None) -> float | None:
    try:
        return None if x is None or y is None else operation(x, y)
    except (ZeroDivisionError, OverflowError):
        return None


_OPERATIONS: tuple[tuple[str, Callable[[float, float], float]], ...] = (
    ("product", lambda x, y: x * y),
    ("sum", lambda x, y: x + y),
    ("difference", lambda x, y: x - y),
    ("quotient", lambda x, y: x / y),
    ("percentage", lambda x, y: 100 * x / y),
    ("growth", lambda x, y: 100 * (x - y) / y),
    ("mean", lambda x, y: (x + y) / 2),
)


def _near_enough(value: float, printed: str, decimals: int) -> bool:
    shown = amount(printed)
    if shown is None or abs(value) >= _MOST_EXACT:
        return False
    if value.is_integer() and shown.is_integer():
        return value == shown
    return abs(shown - value) <= 0.5 * 10.0**-decimals + _RELATIVE * abs(value)


def _prints(values: Sequence[float | None], made: Texts) -> bool:
    """Say whether every value is what was printed, at the precision of the column."""
    decimals = max((len(text.strip().rstrip("%").partition(".")[2]) for text in made), default=0)
    shown = [(value, text) for value, text in zip(values, made, strict=True) if value is not None]
    blank = all(canonical(text) in {"", "0e0"} for value, text in zip(values, made, strict=True) if value is None)
    if len(shown) < _LEAST_ROWS or not blank or len({round(value, 9) for value, _ in shown}) < _PAIR:
        return False
    return all(_near_enough(value, text, min(decimals, 12)) for value, text in shown)


# ---- columns joined, rows classed ----


def _joined(made: Texts, given: Sequence[Texts]) -> Rule | None:
    filled = [(i, column) for i, column in enumerate(given) if all(text.strip() for text in column)]
    for (i, a), (j, b) in permutations(filled[:12], _PAIR):
        joints = {_between(text, x, y) for text, x, y in zip(made, a, b, strict=True)}
        if len(joints) == 1 and None not in joints and len(made) >= _LEAST_ROWS:
            return Rule("joined", (i, j), whole=True)
    return None


def _between(text: str, first: str, last: str) -> str | None:
    fits = text.startswith(first) and text.endswith(last) and len(text) >= len(first + last)
    return text[len(first) : len(text) - len(last)] if fits else None


def _classes(made: Texts, given: Sequence[Texts], labels: frozenset[str]) -> Rule | None:
    """Accept a few words of the program's own that depend on one column alone: stretches of a number, or its values."""
    kinds = {text.strip() for text in made}
    typed = all(set(tokens(kind)) <= labels or as_truth(kind) is not None for kind in kinds)
    if not typed or not 1 < len(kinds) <= _MOST_CLASSES or len(made) < _LEAST_FOR_CLASSES:
        return None
    for i, column in enumerate(given):
        values = [amount(text) for text in column]
        if all(v is not None for v in values):
            ordered = sorted(zip([v or 0.0 for v in values], made, strict=True))
            runs = 1 + sum(a[1] != b[1] for a, b in pairwise(ordered))
            clear = not any(a[0] == b[0] and a[1] != b[1] for a, b in pairwise(ordered))
            if runs == len(kinds) and clear:
                return Rule("classes of a number", (i,))
        if 2 * len(set(column)) <= len(column) and len(set(zip(column, made, strict=True))) == len(set(column)):
            return Rule("classes of a value", (i,))
    return None
