"""Find how many rows or lines a program takes at most, where its text says so.

In     program text
Out    the largest number that stands as such a limit, 0 for none
Why    `head -n 1000` keeps everything until an input of 1001 lines comes
"""

import re

from skillstrata.distill.oracles.line_filters import is_some_lines, lines_of
from skillstrata.records.proofs import TypedBytes

_LEAST, _MOST = 50, 20_000
_NUMBER = r"(\d[\d_]{0,6})(?![\w.])"
_LIMITS = tuple(
    re.compile(before + _NUMBER, re.I)
    for before in (
        # Options of head, tail, grep and the lines that sed ends at.
        r"\b(?:head|tail)\s+(?:-\w+\s+)*(?:-n\s*|--lines[= ]|-)",
        r"\s(?:-m\s*|--max-count[= ])",
        r"\bsed\b[^|\n]{0,40}?[\s'\",]",
        # Any comparison, as of NR or of a counter.
        r"[<>=]=?=?\s*",
        # The end of a slice, and calls and clauses that take so many.
        r"\[\s*\w*\s*:\s*",
        r"\b(?:slice|splice|islice|limit|take|head|range|fetchmany|first|nrows|readlines)\s*\(?[^()\n]{0,40}?[\s(,]",
    )
)
_SED_END = re.compile(r"\bsed\b[^|\n]{0,40}?(\d{2,5})[qp]")


def row_limit(source: str) -> int:
    """Give the largest number from 50 to 20,000 that limits how many rows or lines are read; 0 for none.

    A number that limits something else only makes an input longer than it has to be.
    """
    found = [match.group(1) for pattern in (*_LIMITS, _SED_END) for match in pattern.finditer(source)]
    numbers = [int(text.replace("_", "")) for text in found if text.strip("_")]
    return max((number for number in numbers if _LEAST <= number <= _MOST), default=0)


def stops_early(limit: int, shown: TypedBytes, given: TypedBytes, produced: TypedBytes) -> bool:
    """Say whether a choice of lines ends at a limit that the demonstration never reached.

    Args:
        limit: The limit that stands in the program.
        shown: The demonstrated input: one longer than the limit has shown what the program is for.
        given: A longer input.
        produced: What came of it.
    """
    there = lines_of(given)
    if not len(lines_of(shown)) < limit < len(there) or not is_some_lines(given, produced):
        return False
    made = lines_of(produced)
    kept = frozenset(made)
    alike = [line for line in there if line in kept]
    # Each line once is no limit: it leaves repeats out.
    return len(kept) < len(made) < len(alike) and made == alike[: len(made)]
