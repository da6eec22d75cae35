"""Numbers by group: each column of them is one calculation that holds for every group.

In     the tables or lines of the input, the groups an output names
Out    OracleResult of profile summary-groups-1
Never  lets one group be a sum and the next a mean; takes a total of the whole for a group's number
Why    summary-1 asks whether a number follows from the input in any way; here all of a column follow in the same way
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from skillstrata.distill.oracles.findings import at_least, conclude
from skillstrata.distill.oracles.pairing import Pairing
from skillstrata.distill.oracles.selection import judge_summary
from skillstrata.distill.oracles.statistics import amount
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.json_reader import Tree, parse_json, shown
from skillstrata.distill.views.media_types import CSV, JSON, MARKDOWN, TEXT, TSV
from skillstrata.distill.views.shapes import TableView
from skillstrata.distill.views.tokens import tokens
from skillstrata.records.proofs import OracleResult

PROFILE = "summary-groups-1"
_MOST_ROWS = 50_000
_MOST_GROUPS = 2_000
_MOST_COLUMNS = 16
_MOST_KEYS = 4
_MOST_DEPTH = 5
_LEAST_GROUPS = 2
_LEAST_GROUPED = 2
_SAME_SHAPE = 0.8
_DISTINCT = frozenset({"distinct", "unique", "different", "uniques", "nunique"})
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2})?")
_KEY_FIRST = re.compile(
    r"^[\s>*|#-]*(?P<key>[^\n]*?[^\s:=|,])\s*(?:[:=|,\t]|\s-\s|\s{2,}|\s)\s*(?P<n>[-+$€£]?\d[\d,]*(?:\.\d+)?%?)[\s|*]*(?:\w{1,12})?$"
)
_NUMBER_FIRST = re.compile(r"^\s*(?P<n>\d[\d,]*)\s+(?P<key>\S.*?)\s*$")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """What an output says of groups: their names, and columns of numbers beside them, "" where one is missing."""

    keys: tuple[Key, ...]
    columns: tuple[tuple[str, ...], ...]


def judge_groups(pairing: Pairing) -> OracleResult:
    """Judge numbers by group: as a summary, and each column by one calculation."""
    result = judge_summary(pairing)
    good = explained(pairing)
    finding = at_least("one_calculation_for_all_groups", float(good), 1)
    strict = conclude(PROFILE, [finding])
    return OracleResult(
        profile=PROFILE,
        ok=result.ok and strict.ok,
        measures=(*result.measures, *strict.measures),
        detail="; ".join(part for part in (result.detail, strict.detail) if part),
    )


def explains(pairing: Pairing) -> bool:
    """Say whether the demonstration is such an output, and right."""
    return explained(pairing, least=_LEAST_GROUPED) and judge_groups(pairing).ok


def explained(pairing: Pairing, *, least: int = 1) -> bool:
    """Say whether the output has groups, and every column beside them is one calculation.

    Args:
        pairing: Both sides.
        least: How many rows the largest group of a table has to have: single rows are no groups.
    """
    return any(_holds(groups, pairing, least) for groups in groups_of(pairing))


def _holds(groups: Groups, pairing: Pairing, least: int) -> bool:
    if len(groups.keys) < _LEAST_GROUPS or len(set(groups.keys)) != len(groups.keys) or not groups.columns:
        return False
    return any(
        all(_one_calculation(column, groups.keys, facts) for column in groups.columns)
        for facts in groupings(pairing, frozenset(groups.keys), least)
    )


# ---- what the output says ----


def groups_of(pairing: Pairing) -> Iterator[Groups]:
    """Read the output in every way in which it may list groups."""
    for table in pairing.made_tables[:3]:
        yield from _of_table(table)
    decoded = decode(pairing.produced.data)
    if decoded is None:
        return
    if pairing.produced.media_type == JSON:
        read, tree = parse_json(decoded.text)
        yield from _of_tree(tree, 0) if read else ()
    elif pairing.produced.media_type in {TEXT, MARKDOWN, CSV, TSV}:
        yield from _of_lines(decoded.text, pairing.source.known)


def _of_table(table: TableView) -> Iterator[Groups]:
    texts = [[shown(row[i]) for row in table.rows] for i in range(min(len(table.header), _MOST_COLUMNS))]
    numeric = [i for i, column in enumerate(texts) if all(_is_plain_number(text) for text in column if text)]
    names = [i for i in range(len(texts)) if i not in numeric] or [0]
    rest = [i for i in range(len(texts)) if i not in names]
    if rest and len(names) <= _MOST_KEYS:
        keys = tuple(tuple(w for i in names for w in tokens(texts[i][n])) for n in range(len(table.rows)))
        yield Groups(keys, tuple(tuple(texts[i]) for i in rest))


def _is_plain_number(text: str) -> bool:
    return amount(text) is not None and not _DATE.search(text)


def _of_tree(tree: Tree, depth: int) -> Iterator[Groups]:
    if depth > _MOST_DEPTH or not isinstance(tree, dict):
        return
    plain = {key: shown(value) for key, value in tree.items() if not isinstance(value, dict | list | bool | str)}
    if len(plain) == len(tree):
        yield Groups(tuple(tokens(key) for key in plain), (tuple(plain.values()),))
    children = [value for value in tree.values() if isinstance(value, dict)]
    if len(children) == len(tree) and len({tuple(child) for child in children}) == 1 and children[0]:
        columns = tuple(tuple(_shown(child[name]) for child in children) for name in children[0])
        if all(amount(text) is not None for column in columns for text in column):
            yield Groups(tuple(tokens(key) for key in tree), columns)
    for child in children:
        yield from _of_tree(child, depth + 1)


def _shown(value: Tree) -> str:
    return "" if isinstance(value, dict | list) else shown(value)


def _of_lines(text: str, known: frozenset[str]) -> Iterator[Groups]:
    """Read lines of one name and one number; names that the input does not have are the program's own."""
    for pattern in (_KEY_FIRST, _NUMBER_FIRST):
        found = [match for line in text.splitlines() if (match := pattern.match(line[:300]))]
        rows = [(tokens(match.group("key")), match.group("n")) for match in found]
        rows = [(key, number) for key, number in rows if key and set(key) <= known]
        if rows:
            yield Groups(tuple(key for key, _ in rows), (tuple(number for _, number in rows),))


# ---- what the input says ----

Facts = Callable[[Key], Sequence[tuple[str, float]]]


def groupings(pairing: Pairing, wanted: frozenset[Key], least: int) -> Iterator[Facts]:
    """Give the calculations by group, for each way of grouping that knows every wanted name."""
    tables = [*pairing.given_tables[:3]]
    decoded = decode(pairing.given.data)
    lines = [line for line in decoded.text.splitlines() if line.strip()] if decoded else []
    if pairing.given.media_type == TEXT and (fields := _field_table(lines)) is not None:
        tables.append(fields)
    for table in tables:
        if 0 < len(table.rows) <= _MOST_ROWS:
            said = pairing.labels | frozenset(pairing.made.tokens) | pairing.made.known
            yield from _table_groupings(table, wanted, least, distinct=bool(_DISTINCT & said))
    if lines and len(lines) <= _MOST_ROWS:
        yield from line_counts(lines)


def _field_table(lines: Sequence[str]) -> TableView | None:
    """Take lines of the same number of words for a table, brackets, quotes and `key=` taken off."""
    words = [line.split() for line in lines]
    width, count = Counter(map(len, words)).most_common(1)[0] if words else (0, 0)
    if width < _LEAST_GROUPS or count < _SAME_SHAPE * len(lines) or width > _MOST_COLUMNS:
        return None
    rows = tuple(
        tuple(word.strip("[](){}\"',;:").rpartition("=")[2] for word in row) for row in words if len(row) == width
    )
    return TableView(tuple(f"c{n}" for n in range(width)), rows, named=False)


def _table_groupings(table: TableView, wanted: frozenset[Key], least: int, *, distinct: bool) -> Iterator[Facts]:
    texts = [[shown(row[i]) for row in table.rows] for i in range(min(len(table.header), _MOST_COLUMNS))]
    labels = [*texts, *_by_date(texts)]
    few = [column for column in texts if len(set(column)) <= _MOST_GROUPS][:8]
    labels += [[f"{a} {b}" for a, b in zip(x, y, strict=True)] for x, y in combinations(few, 2)]
    amounts = [[amount(text) for text in column] for column in texts]
    amounts = [column for column in amounts if any(v is not None for v in column)]
    amounts += [
        [x * y if x is not None and y is not None else None for x, y in zip(a, b, strict=True)]
        for a, b in combinations(amounts[:6], 2)
    ]
    for column in labels:
        members: dict[Key, list[int]] = defaultdict(list)
        for n, label in enumerate(column):
            members[tokens(label)].append(n)
        if wanted <= members.keys() and max(len(members[key]) for key in wanted) >= least:
            yield lambda key, members=members: _facts(members[key], texts, amounts, distinct=distinct)


def _by_date(texts: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    for column in texts:
        dates = [_DATE.search(text) for text in column]
        if all(dates):
            for length in (4, 7, 10, 13):
                yield [date.group(0)[:length] if date else "" for date in dates]
            yield [date.group(0)[11:13] if date else "" for date in dates]


def _facts(
    rows: Sequence[int],
    texts: Sequence[Sequence[str]],
    amounts: Sequence[Sequence[float | None]],
    *,
    distinct: bool,
) -> list[tuple[str, float]]:
    """Calculate everything about a group; the names of two groups' facts agree.

    How many values differ is close to how many rows there are: it counts only where an output says so (`distinct`).
    """
    total = len(texts[0])
    found = [
        ("rows", float(len(rows))),
        ("share of rows", 100 * len(rows) / total),
        ("part of rows", len(rows) / total),
    ]
    for i, column in enumerate(texts):
        inside = [column[n] for n in rows]
        found.append((f"values of {i}", float(sum(bool(text.strip()) for text in inside))))
        if distinct:
            found.append((f"distinct values of {i}", float(len(set(inside)))))
    for i, values in enumerate(amounts):
        inside = sorted(v for n in rows if (v := values[n]) is not None)
        found += [(f"{name} of {i}", value) for name, value in _described(inside)]
        whole = sum(v for v in values if v is not None)
        if whole:
            found += [(f"share of {i}", 100 * sum(inside) / whole), (f"part of {i}", sum(inside) / whole)]
    return found


def _described(ordered: Sequence[float]) -> list[tuple[str, float]]:
    n = len(ordered)
    if not n:
        return [("sum", 0.0)]
    mean = sum(ordered) / n
    squares = sum((v - mean) ** 2 for v in ordered)
    found = [("sum", sum(ordered)), ("mean", mean), ("least", ordered[0]), ("most", ordered[-1])]
    found += [("median", (ordered[n // 2] + ordered[(n - 1) // 2]) / 2), ("range", ordered[-1] - ordered[0])]
    found += [("deviation", (squares / n) ** 0.5), ("numbers", float(n))]
    return [*found, ("sample deviation", (squares / (n - 1)) ** 0.5 if n > 1 else 0.0)]


def line_counts(lines: Sequence[str]) -> Iterator[Facts]:
    """Count the lines that hold a name, and how often it occurs."""
    folded = [line.casefold() for line in lines]
    words = [tokens(line) for line in lines]
    sets = [frozenset(row) for row in words]
    every = Counter(word for row in words for word in row)

    def facts(key: Key) -> list[tuple[str, float]]:
        together = re.compile(r"(?<![^\W_])" + r"[\W_]{1,4}".join(map(re.escape, key)) + r"(?![^\W_])")
        hits = [len(together.findall(line)) for line in folded]
        found = sum(1 for count in hits if count)
        return [
            ("lines with it", float(found)),
            ("occurrences", float(sum(hits))),
            ("lines with its words", float(sum(set(key) <= row for row in sets))),
            ("words", float(every[key[0]]) if len(key) == 1 else -1.0),
            ("share of lines", 100 * found / len(lines)),
            ("part of lines", found / len(lines)),
            ("lines that begin with it", float(sum(together.match(line) is not None for line in folded))),
        ]

    yield facts


# ---- both together ----


def _one_calculation(column: Sequence[str], keys: Sequence[Key], facts: Facts) -> bool:
    """Say whether one and the same calculation gives the number of every group."""
    left: set[str] | None = None
    decimals = max((len(text.strip().rstrip("%").partition(".")[2]) for text in column), default=0)
    for key, text in zip(keys, column, strict=True):
        value = amount(text)
        if value is None:
            return False
        margin = 0.5 * 10.0 ** -min(decimals, 12) + 1e-9 * abs(value)
        good = {name for name, fact in facts(key) if abs(fact - value) <= margin}
        left = good if left is None else left & good
        if not left:
            return False
    return bool(left)
