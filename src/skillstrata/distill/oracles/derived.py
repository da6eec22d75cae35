"""A table made out of a table: rows chosen, without repeats or all; columns kept, rewritten or calculated.

In     the tables of both sides
Out    OracleResult of profile table-derived-1 (nothing lost), extract-rows-1 (rows chosen), extract-columns-1 (all
       rows, columns chosen), extract-values-1 (all rows and columns, values cut, rounded or written with less) or
       extract-tables-1 (one table of several, or without the text around it)
Never  accepts a value that no rule gives; takes a truncated table for a chosen one
Why    a rule has to give every row of its column, so one wrong digit or one row too many leaves no rule
"""

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from skillstrata.distill.oracles import table
from skillstrata.distill.oracles.column_rules import Rule, rule_for
from skillstrata.distill.oracles.findings import Finding, at_least, at_most, conclude
from skillstrata.distill.oracles.integrity import integrity
from skillstrata.distill.oracles.left_out import LEFT_OUT, left_out
from skillstrata.distill.oracles.pairing import Pairing
from skillstrata.distill.oracles.row_choice import choice
from skillstrata.distill.oracles.values import canonical
from skillstrata.distill.views.json_reader import shown
from skillstrata.distill.views.shapes import TableView
from skillstrata.distill.views.tokens import tokens
from skillstrata.records.proofs import OracleResult

TABLE = "table-derived-1"
ROWS = "extract-rows-1"
COLUMNS = "extract-columns-1"
VALUES = "extract-values-1"
TABLES = "extract-tables-1"
_MOST_TABLES = 4
_MOST_ROWS = 20_000
_MOST_COLUMNS = 60
_LEAST_ROWS = 2
_SAID = frozenset({"true", "false", "null", "none"})

Columns = list[list[str]]


@dataclass(frozen=True, slots=True)
class _Derivation:
    """How the output's table follows from the input's: by row and by column."""

    given: TableView
    made: TableView
    places: tuple[int, ...]
    rules: tuple[tuple[str, Rule | None], ...]
    chosen: str

    @property
    def unexplained(self) -> tuple[str, ...]:
        """Name the columns that no rule gives."""
        return tuple(name for name, rule in self.rules if rule is None)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Name the columns of the input that no column of the output keeps whole."""
        kept = {i for _, rule in self.rules if rule is not None and rule.whole for i in rule.sources}
        return tuple(name for i, name in enumerate(self.given.header) if i not in kept)

    @property
    def absent(self) -> tuple[str, ...]:
        """Name the columns of the input of which the output shows nothing, not even a shortened value."""
        there = {i for _, rule in self.rules if rule is not None and rule.shown for i in rule.sources}
        return tuple(name for i, name in enumerate(self.given.header) if i not in there and name in self.left_out)

    @property
    def has_all_rows(self) -> bool:
        """Say whether each row of the input is there once."""
        return len(self.places) == len(self.given.rows) == len(set(self.places))


def judge_table(pairing: Pairing) -> OracleResult:
    """Judge a table of which every column follows from the input's, with all rows and all content."""
    findings = _form(pairing)
    best = _best(pairing)
    if best is None:
        return conclude(TABLE, [*findings, at_least("aligned_rows", 0, 1)])
    missing = len(best.given.rows) - len(set(best.places))
    findings += [*_columns(best), *_beside(pairing, best), at_most("missing_rows", missing, 0)]
    findings.append(at_most("missing_columns", len(best.left_out), 0, examples=best.left_out))
    return conclude(TABLE, [*findings, *left_out(pairing, best.given)])


def judge_rows(pairing: Pairing) -> OracleResult:
    """Judge a table of chosen rows: what is there follows from the input's, and the choice has a reason."""
    best = _best(pairing)
    chosen = bool(best and best.chosen)
    return _judge_part(pairing, ROWS, [at_least("choice_explained", float(chosen), 1)] if best else [])


def judge_columns(pairing: Pairing) -> OracleResult:
    """Judge a table of chosen columns: every row is there, and what is there follows from the input's."""
    return _judge_part(pairing, COLUMNS, _all_rows(pairing))


def judge_values(pairing: Pairing) -> OracleResult:
    """Judge a table of shortened values: every row and every column is there, each by one rule."""
    best = _best(pairing)
    absent = best.absent if best else ()
    more = [*_all_rows(pairing), at_most("missing_columns", len(absent), 0, examples=absent)]
    return _judge_part(pairing, VALUES, more)


def judge_tables(pairing: Pairing) -> OracleResult:
    """Judge one table out of several: it is a whole one, as a table or as one made by rules."""
    results = [judge(pairing) for judge in (table.judge_table, judge_table)]
    plain = [_without_left_out(result) for result in results]
    return next((result for result in plain if result.ok), plain[0])


def _without_left_out(result: OracleResult) -> OracleResult:
    kept = tuple(m if m.name not in LEFT_OUT else replace(m, gate=False) for m in result.measures)
    ok = all(m.ok for m in kept if m.gate)
    return replace(result, profile=TABLES, ok=ok, measures=kept, detail="" if ok else result.detail)


def _all_rows(pairing: Pairing) -> list[Finding]:
    best = _best(pairing)
    return [at_most("missing_rows", len(best.given.rows) - len(set(best.places)), 0)] if best else []


def _judge_part(pairing: Pairing, profile: str, more: Sequence[Finding]) -> OracleResult:
    # A filter that every row passes hands its input on: that is no fault of one input.
    findings = [finding for finding in _form(pairing) if finding.measure.name != "copied"]
    best = _best(pairing)
    if best is None:
        return conclude(profile, [*findings, at_least("aligned_rows", 0, 1)])
    findings += [*_columns(best), *_beside(pairing, best), *more]
    share = len(set(best.places)) / len(best.given.rows) if best.given.rows else 0.0
    return conclude(profile, [*findings, at_least("recall", share, 0, gate=False)])


def explains_table(pairing: Pairing) -> bool:
    """Say whether the demonstration is a table rewritten or extended, with nothing lost."""
    best = _explained(pairing)
    return best is not None and not best.left_out and best.has_all_rows and judge_table(pairing).ok


def explains_rows(pairing: Pairing) -> bool:
    """Say whether the demonstration is a choice of rows that has a reason."""
    best = _explained(pairing)
    return best is not None and bool(best.chosen) and not best.has_all_rows and judge_rows(pairing).ok


def explains_columns(pairing: Pairing) -> bool:
    """Say whether the demonstration has every row, and some of the columns."""
    best = _explained(pairing)
    return best is not None and best.has_all_rows and bool(best.absent) and judge_columns(pairing).ok


def explains_values(pairing: Pairing) -> bool:
    """Say whether the demonstration has every row and column, and less of some values."""
    best = _explained(pairing)
    return best is not None and best.has_all_rows and bool(best.left_out) and judge_values(pairing).ok


def explains_tables(pairing: Pairing) -> bool:
    """Say whether the demonstration is one whole table of an input that has more than it."""
    return judge_tables(pairing).ok


def _explained(pairing: Pairing) -> "_Derivation | None":
    best = _best(pairing, least_dropped=3)
    return best if best and not best.unexplained and len(best.made.rows) >= _LEAST_ROWS else None


def _form(pairing: Pairing) -> list[Finding]:
    return integrity(pairing.given, pairing.produced, pairing.source, pairing.made)


def _columns(best: _Derivation) -> list[Finding]:
    total = max(1, len(best.rules))
    share = 1 - len(best.unexplained) / total
    return [at_least("explained_columns", share, 1, examples=[f"column {name}" for name in best.unexplained])]


def _beside(pairing: Pairing, best: _Derivation) -> list[Finding]:
    """Ask that what stands beside the table is the input's, the program's, or the number of rows."""
    shown_there = [*best.made.header, *(shown(value) for row in best.made.rows for value in row)]
    outside = Counter(pairing.made.tokens) - Counter(word for text in shown_there for word in tokens(text))
    known = pairing.source.known | pairing.labels | {str(len(best.made.rows)), str(len(best.given.rows))}
    strange = [word for word in outside if word not in known and word not in _SAID]
    return [at_most("foreign_words", len(strange), 0, examples=strange)]


@lru_cache(maxsize=4)
def _best(pairing: Pairing, *, least_dropped: int = 1) -> _Derivation | None:
    found = [
        derivation
        for given in pairing.given_tables[:_MOST_TABLES]
        for made in pairing.made_tables[:_MOST_TABLES]
        if (derivation := _derivation(given, made, pairing.labels, least_dropped)) is not None
    ]
    return min(found, key=lambda d: (len(d.unexplained), len(d.left_out)), default=None)


def _derivation(given: TableView, made: TableView, labels: frozenset[str], least_dropped: int) -> _Derivation | None:
    sizes = (len(given.rows), len(made.rows))
    if not 0 < sizes[1] <= sizes[0] <= _MOST_ROWS or max(len(given.header), len(made.header)) > _MOST_COLUMNS:
        return None
    ours, theirs = _texts(given), _texts(made)
    places = _aligned(given, made, ours, theirs)
    if places is None:
        return None
    beside = [[column[i] for i in places] for column in ours]
    rules = tuple(
        (name, _rule_of(name, column, given.header, beside, labels))
        for name, column in zip(made.header, theirs, strict=True)
    )
    rules = tuple((name, rule or _counter(column)) for (name, rule), column in zip(rules, theirs, strict=True))
    whole = len(places) == len(given.rows)
    chosen = "all rows" if whole else choice(ours, places, labels, least_dropped=least_dropped)
    return _Derivation(given, made, tuple(places), rules, chosen)


def _rule_of(
    name: str, column: Sequence[str], header: Sequence[str], beside: Columns, labels: frozenset[str]
) -> Rule | None:
    """Find a column's rule; one that has the name of a column of the input follows from that column."""
    own = next((i for i, other in enumerate(header) if _plain(other) == _plain(name)), None)
    if own is None:
        return rule_for(column, beside, labels)
    rule = rule_for(column, [beside[own]], labels)
    if rule is not None:
        return Rule(rule.words, (own,), rule.whole, shown=True)
    rule = rule_for(column, beside, labels)
    return rule if rule is not None and own in rule.sources else None


def _plain(name: str) -> str:
    return " ".join(tokens(name)) or name


def _counter(column: Sequence[str]) -> Rule | None:
    values = [canonical(text) for text in column]
    starts = [[canonical(str(start + n)) for n in range(len(values))] for start in (0, 1)]
    return Rule("row number", ()) if values in starts and len(values) > 1 else None


def _texts(table: TableView) -> Columns:
    return [[shown(row[i]) for row in table.rows] for i in range(len(table.header))]


def _aligned(given: TableView, made: TableView, ours: Columns, theirs: Columns) -> list[int] | None:
    """Find the row of the input that each row of the output is made of, by the columns that both share."""
    anchors = _anchors(given, made, ours, theirs)
    if not anchors:
        return list(range(len(made.rows))) if len(given.rows) == len(made.rows) else None
    waiting: dict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for n in range(len(given.rows)):
        waiting[tuple(canonical(ours[i][n]) for i, _ in anchors)].append(n)
    places: list[int] = []
    for n in range(len(made.rows)):
        queue = waiting.get(tuple(canonical(theirs[j][n]) for _, j in anchors))
        if not queue:
            return None
        places.append(queue.popleft())
    return places


def _anchors(given: TableView, made: TableView, ours: Columns, theirs: Columns) -> list[tuple[int, int]]:
    """Pair columns whose values the input has as often: under the same name, else where they tell rows apart."""
    counts = [Counter(canonical(text) for text in column) for column in ours]
    found: list[tuple[int, int]] = []
    for j, column in enumerate(theirs):
        wanted = Counter(canonical(text) for text in column)
        fits = [i for i, count in enumerate(counts) if wanted <= count]
        named = [i for i in fits if given.header[i].strip().lower() == made.header[j].strip().lower()]
        telling = [i for i in fits if len(counts[i]) > 1 and not named]
        if named or len(telling) == 1:
            found.append(((named or telling)[0], j))
    return found
