"""A number that says how many rows there are: the header line is none of them.

In     an input and an output that may leave content out
Out    a finding: numbers of rows that count the header line, or the lines of the file
Never  asks about a number of lines: the header is one
"""

import re

from skillstrata.distill.oracles.counts import NEUTRAL
from skillstrata.distill.oracles.findings import Finding, at_most
from skillstrata.distill.oracles.pairing import Pairing
from skillstrata.distill.oracles.printed import printed_numbers
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import CSV, TSV

_WITH_LINES = frozenset({CSV, TSV})
_NOUNS = frozenset({"rows", "row", "records", "record", "entries", "entry"})
_NEUTRAL = NEUTRAL | {"data"}


def miscounted_rows(pairing: Pairing) -> Finding:
    """Find numbers that are named as the rows of a table with a header line, and count that line too."""
    wrong = _numbers_of_lines(pairing)
    found = [
        f"{' '.join(number.label)}: {number.text}"
        for number in (printed_numbers(pairing.produced, pairing.made, pairing.made_tables) if wrong else ())
        if number.text.replace(",", "") in wrong and _says_rows(number.label)
    ]
    return at_most("miscounted_rows", len(found), 0, examples=found)


def _numbers_of_lines(pairing: Pairing) -> frozenset[str]:
    if pairing.given.media_type not in _WITH_LINES or len(pairing.given_tables) != 1:
        return frozenset()
    table, decoded = pairing.given_tables[0], decode(pairing.given.data)
    if decoded is None or not table.named:
        return frozenset()
    text, rows = decoded.text, len(table.rows)
    counts = {rows + 1, len(text.splitlines()), text.count("\n"), text.count("\n") + 1} - {rows, rows - 1}
    return frozenset(map(str, counts))


def _says_rows(label: tuple[str, ...]) -> bool:
    words = {part for word in label for part in re.split(r"_+", word) if part}
    return bool(words & _NOUNS) and words <= _NOUNS | _NEUTRAL
