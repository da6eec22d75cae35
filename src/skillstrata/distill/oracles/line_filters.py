"""A choice of the input's own lines: a filter, which loses the others on purpose.

In     the lines of both sides
Out    OracleResult of profile extract-lines-1
Never  lets a line through that the input does not have, however like one it looks
"""

import re
from collections import Counter
from collections.abc import Sequence

from skillstrata.distill.oracles.findings import at_least, at_most, conclude
from skillstrata.distill.oracles.integrity import integrity
from skillstrata.distill.oracles.pairing import Pairing
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import CSV, MARKDOWN, NDJSON, TEXT, TSV
from skillstrata.records.proofs import OracleResult, TypedBytes

PROFILE = "extract-lines-1"
_LINES = frozenset({CSV, TSV, NDJSON, MARKDOWN, TEXT})
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?")
_LEAST_TIMES = 2


def is_some_lines(given: TypedBytes, produced: TypedBytes) -> bool:
    """Say whether the output is nothing but some of the input's lines."""
    if not {given.media_type, produced.media_type} <= _LINES:
        return False
    made, there = lines_of(produced), lines_of(given)
    return 0 < len(made) < len(there) and not Counter(made) - Counter(there)


def lines_of(content: TypedBytes) -> list[str]:
    """Give the lines that are not blank, without the blanks around them."""
    decoded = decode(content.data)
    return [line.strip() for line in decoded.text.splitlines() if line.strip()] if decoded else []


def judge_lines(pairing: Pairing) -> OracleResult:
    """Judge a filter: every line is one of the input's, no more often than there, in its order or sorted."""
    made, there = lines_of(pairing.produced), lines_of(pairing.given)
    invented = list((Counter(made) - Counter(there)).elements())
    ordered = _is_subsequence(made, there) or made in (sorted(made), sorted(made, reverse=True)) or bool(invented)
    findings = integrity(pairing.given, pairing.produced, pairing.source, pairing.made)
    findings += [
        at_least("output_lines", len(made), 1),
        at_most("invented_lines", len(invented), 0, examples=invented),
        at_least("order_or_sorted", float(ordered), 1),
        at_least("times_in_order", _times_in_order(made, there), 1),
        at_least("recall", len(made) / len(there) if there else 0.0, 0, gate=False),
    ]
    # A filter that everything passes hands its input on: that is no fault of one input.
    return conclude(PROFILE, [finding for finding in findings if finding.measure.name != "copied"])


def _is_subsequence(made: Sequence[str], there: Sequence[str]) -> bool:
    rest = iter(there)
    return all(any(line == other for other in rest) for line in made)


def _times_in_order(made: Sequence[str], there: Sequence[str]) -> float:
    """Ask for rising times where the input's rise, or for falling ones throughout."""
    before = [match.group(0) for line in there if (match := _TIME.search(line))]
    after = [match.group(0) for line in made if (match := _TIME.search(line))]
    if len(after) < _LEAST_TIMES or before != sorted(before):
        return 1.0
    by_line = made in (sorted(made), sorted(made, reverse=True))
    return float(by_line or after in (sorted(after), sorted(after, reverse=True)))
