"""A table turned into another table format: rows, columns and every value, header-aware.

In     the tables of the input and of the output
Out    OracleResult of profile table-1
Never  compares as text; lets a leading zero, a digit beyond 2^53 or a row go
Why    equal multisets of rows on both sides are the round trip: the input could be rebuilt from the output
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from skillstrata.distill.oracles.findings import Finding, at_least, at_most, conclude
from skillstrata.distill.oracles.integrity import integrity
from skillstrata.distill.oracles.left_out import left_out
from skillstrata.distill.oracles.novelty import novel
from skillstrata.distill.oracles.pairing import Pairing
from skillstrata.distill.oracles.recount import Recount
from skillstrata.distill.oracles.values import canonical
from skillstrata.distill.views.shapes import TableView, Value
from skillstrata.distill.views.tokens import tokens
from skillstrata.records.proofs import OracleResult

PROFILE = "table-1"
_NEAR_ROWS = 0.8
_NEAR_COLUMNS = 0.7
_NEAR_VALUES = 0.5
# A word may be split or joined by a format in a way the reader does not follow.
_STRANGE_WORDS = 1
_JSON_WORDS = frozenset({"true", "false", "null", "none"})
_MOST_TABLES = 12
_LEAST_VALUES = 2
_COUNTER_NAMES = frozenset({"", "index", "unnamed_0", "id", "row", "n", "no", "number"})


@dataclass(frozen=True, slots=True)
class _Match:
    """Two tables side by side: columns of the input with their partner in the output."""

    given: TableView
    made: TableView
    partners: tuple[tuple[int, int], ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    renamed: bool

    @property
    def row_ratio(self) -> float:
        """Give the smaller row count over the larger."""
        counts = sorted((len(self.given.rows), len(self.made.rows)))
        return counts[0] / counts[1] if counts[1] else 1.0


def judge_table(pairing: Pairing) -> OracleResult:
    """Judge a table against the table it was made of."""
    match = _best(pairing)
    findings = integrity(pairing.given, pairing.produced, pairing.source, pairing.made)
    if match is None:
        return conclude(PROFILE, [*findings, at_least("tables", 0, 1)])
    given, made = _columns(match)
    equal = [_same(a, b) for a, b in zip(given, made, strict=True)]
    differing = [match.given.header[i] for (i, _), same in zip(match.partners, equal, strict=True) if not same]
    examples = [f"column {name}" for name in differing] + _lost_values(given, made)
    findings.extend(
        [
            at_most("row_difference", abs(len(match.given.rows) - len(match.made.rows)), 0),
            at_most("missing_columns", len(match.missing), 0, examples=match.missing),
            at_most("added_columns", len(match.added), 0, examples=match.added),
            at_least("equal_columns", sum(equal) / len(equal) if equal else 0.0, 1, examples=examples),
            at_most("renamed_columns", float(match.renamed), 0, gate=False),
            *_records(given, made),
            *_beside(pairing, match),
            *left_out(pairing, match.given),
        ]
    )
    return conclude(PROFILE, findings)


def _beside(pairing: Pairing, match: _Match) -> list[Finding]:
    """Ask that what stands in and beside the table is the input's, the program's, or follows from the input."""
    known = pairing.source.known | pairing.labels | _JSON_WORDS | frozenset(tokens(" ".join(match.added)))
    strange = dict.fromkeys(t for t in pairing.made.tokens if t not in known and not any(map(str.isdigit, t)))
    counts_rows = any(_is_counter(match.made, place) for place in range(len(match.made.header)))
    last = len(match.made.rows) if counts_rows else -1
    # Added columns have a measure of their own.
    printed = [] if match.added else [n for n in novel(pairing) if not (n.text.isdigit() and int(n.text[:9]) <= last)]
    recount = Recount(pairing.given, pairing.source, pairing.given_tables) if printed else None
    left = [n.text for n in printed if recount and not recount.explains(n.text.lstrip("+"), n.context)]
    return [
        at_most("foreign_words", len(strange), _STRANGE_WORDS, examples=strange),
        at_most("foreign_numbers", len(left), 0, examples=dict.fromkeys(left)),
    ]


def is_near(pairing: Pairing) -> bool:
    """Say whether the output is a table meant to hold the input's table, right or wrong in places."""
    match = _best(pairing)
    if match is None or not match.partners or match.row_ratio < _NEAR_ROWS:
        return False
    if len(match.partners) < _NEAR_COLUMNS * len(match.given.header):
        return False
    given, made = _columns(match)
    shares = [_overlap(a, b) for a, b in zip(given, made, strict=True)]
    return sum(shares) / len(shares) >= _NEAR_VALUES


def keeps_columns(pairing: Pairing) -> bool:
    """Say whether the output has every column of the input and as many rows, whatever stands in them."""
    match = _best(pairing)
    return match is not None and bool(match.partners) and not match.missing and match.row_ratio == 1.0


def contradicts(pairing: Pairing) -> bool:
    """Say whether the output has the headers of the input, and under one of them what is not that column's.

    With as many rows each column has to hold the same values; else a column must not hold what only another one has.
    """
    match = _best(pairing)
    if match is None or not match.given.named or not match.made.named or match.missing or match.added:
        return False
    given, made = _columns(match)
    if len(match.given.rows) == len(match.made.rows):
        return not all(_same(a, b) for a, b in zip(given, made, strict=True))
    return any(_is_of_another(place, column, given) for place, column in enumerate(made))


def _is_of_another(place: int, column: list[str], given: list[list[str]]) -> bool:
    values = set(column) - {""}
    if len(values) < _LEAST_VALUES or values & set(given[place]):
        return False
    return any(values <= set(other) for n, other in enumerate(given) if n != place)


def _best(pairing: Pairing) -> _Match | None:
    """Find the pair of tables that fit best: a document may hold several."""
    given = [*pairing.given_tables[:_MOST_TABLES], *_joined(pairing.given_tables)]
    matches = [_match(a, b) for a in given for b in pairing.made_tables[:_MOST_TABLES]]
    return max(matches, key=lambda m: (m.row_ratio * len(m.partners), -len(m.missing), len(m.given.rows)), default=None)


def _joined(tables: Sequence[TableView]) -> list[TableView]:
    """Join tables with one header into one: a program may have collected them."""
    if len(tables) > 1 and len({table.header for table in tables}) == 1:
        first = tables[0]
        rows = tuple(row for table in tables for row in table.rows)
        return [TableView(first.header, rows, first.named, first.flat)]
    return []


def _match(given: TableView, made: TableView) -> _Match:
    by_place = not given.named and len(given.header) == len(made.header)
    exact = {name: i for i, name in enumerate(made.header)}
    normal = {_normal(name): i for i, name in reversed(list(enumerate(made.header)))}
    partners: list[tuple[int, int]] = []
    taken: set[int] = set()
    for i, name in enumerate(given.header):
        partner = i if by_place else exact.get(name, normal.get(_normal(name)))
        if partner is not None and partner not in taken:
            partners.append((i, partner))
            taken.add(partner)
    found = {i for i, _ in partners}
    added = [n for j, n in enumerate(made.header) if j not in taken and not _is_counter(made, j)]
    return _Match(
        given=given,
        made=made,
        partners=tuple(partners),
        missing=tuple(n for i, n in enumerate(given.header) if i not in found),
        added=tuple(added),
        renamed=any(given.header[i] != made.header[j] for i, j in partners),
    )


def _normal(name: str) -> str:
    return re.sub(r"[\W_]+", "_", name.strip().lower()).strip("_")


def _is_counter(table: TableView, col: int) -> bool:
    """Say whether a column only counts the rows, as libraries add it on their own."""
    if _normal(table.header[col]) not in _COUNTER_NAMES:
        return False
    values = [canonical(row[col]) for row in table.rows]
    starts = (0, 1)
    return any(values == [canonical(str(n)) for n in range(start, start + len(values))] for start in starts)


def _columns(match: _Match) -> tuple[list[list[str]], list[list[str]]]:
    flat = match.given.flat or match.made.flat
    given: list[list[str]] = []
    made: list[list[str]] = []
    for i, j in match.partners:
        ours = [row[i] for row in match.given.rows]
        theirs = [row[j] for row in match.made.rows]
        loose = any(_is_nested(value) for value in [*ours, *theirs])
        given.append([_text(value, flat=flat, loose=loose) for value in ours])
        made.append([_text(value, flat=flat, loose=loose) for value in theirs])
    return given, made


def _text(value: Value, *, flat: bool, loose: bool) -> str:
    """Write a cell; lists inside cells are compared by their words, since formats without lists write them freely."""
    return " ".join(tokens(str(value))) if loose and value is not None else canonical(value, flat=flat)


def _is_nested(value: Value) -> bool:
    return isinstance(value, str) and value[:1] in {"[", "{"} and value[-1:] in {"]", "}"}


def _same(given: list[str], made: list[str]) -> bool:
    return Counter(given) == Counter(made)


def _overlap(given: list[str], made: list[str]) -> float:
    most = max(len(given), len(made))
    return sum((Counter(given) & Counter(made)).values()) / most if most else 1.0


def _lost_values(given: list[list[str]], made: list[list[str]]) -> list[str]:
    return [value for a, b in zip(given, made, strict=True) for value in Counter(a) - Counter(b)][:4]


def _records(given: list[list[str]], made: list[list[str]]) -> list[Finding]:
    """Rows stay together; their order is kept, or the output is sorted by one of its columns."""
    before = list(zip(*given, strict=True))
    after = list(zip(*made, strict=True))
    kept = _overlap([repr(row) for row in before], [repr(row) for row in after])
    in_order = before == after or Counter(before) != Counter(after)
    is_sorted = any(_is_sorted(column) for column in made)
    return [
        at_least("whole_rows", kept, 1),
        at_least("order_or_sorted", float(in_order or is_sorted), 1),
        at_least("order_kept", float(in_order), 1, gate=False),
    ]


def _is_sorted(column: list[str]) -> bool:
    keys = [_sort_key(text) for text in column]
    return len(set(keys)) > 1 and keys in (sorted(keys), sorted(keys, reverse=True))


def _sort_key(text: str) -> tuple[bool, float, str]:
    try:
        return (False, float(text), "")
    except ValueError:
        return (True, 0.0, text.lower())
