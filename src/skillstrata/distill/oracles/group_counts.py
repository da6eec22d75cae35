"""Small numbers beside words of the input: each is a count or a total of what that word names, or stands there.

In     an input and an output that may leave content out
Out    a finding: the words whose number is neither
Never  asks about numbers of three characters or more: these are explained one by one elsewhere
Why    a count below a hundred stands in any log by accident, so that one which is off by one passes as content
"""

from collections.abc import Iterator

from skillstrata.distill.oracles.aggregates import Groups, Key, groupings, groups_of, line_counts
from skillstrata.distill.oracles.counts import NEUTRAL, NOUNS, WAYS
from skillstrata.distill.oracles.findings import Finding, at_most
from skillstrata.distill.oracles.overlap import Finder
from skillstrata.distill.oracles.pairing import Pairing
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import CSV, JSON, NDJSON, TEXT, TSV
from skillstrata.distill.views.tokens import tokens

_COUNTED_IN = frozenset({TEXT, CSV, TSV, JSON, NDJSON})
# Words that say how something was calculated: what they name is no group.
_CALCULATIONS = frozenset(
    "max min mean average avg median first last most least longest shortest top sum range rank std".split()
)
_SMALL = 3
_LEAST_GROUPS = 2
_MOST_LINES = 50_000
_BESIDE = 2
_IN_RECORD = 24
_CELL_WORDS = 3


def miscounted_groups(pairing: Pairing) -> Finding:
    """Find words of the input whose small number follows from nothing and does not stand beside them."""
    wrong: dict[str, None] = {}
    if pairing.given.media_type in _COUNTED_IN:
        for groups in groups_of(pairing):
            wrong.update(dict.fromkeys(_wrong(groups, pairing)))
    return at_most("miscounted_groups", len(wrong), 0, examples=wrong)


def _wrong(groups: Groups, pairing: Pairing) -> Iterator[str]:
    header = {word for table in pairing.given_tables for name in table.header for word in tokens(name)}
    own = NEUTRAL | NOUNS.keys() | WAYS | _CALCULATIONS | header
    named = [n for n, key in enumerate(groups.keys) if key and set(key) <= pairing.source.known and not set(key) & own]
    if len(named) < _LEAST_GROUPS:
        return
    for column in groups.columns:
        texts = [column[n] for n in named]
        if not all(text.isdecimal() and len(text) < _SMALL for text in texts) or _is_numbering(texts):
            continue
        wanted = [groups.keys[n] for n in named]
        if not _one_grouping_explains(wanted, texts, pairing):
            yield from (f"{' '.join(key)}: {text}" for key, text in zip(wanted, texts, strict=True))


def _is_numbering(texts: list[str]) -> bool:
    return [int(text) for text in texts] in (list(range(len(texts))), list(range(1, len(texts) + 1)))


def _one_grouping_explains(keys: list[Key], texts: list[str], pairing: Pairing) -> bool:
    """Say whether each number is a fact about its word in one way of grouping, or stands beside it."""
    finder = Finder(pairing.source.tokens)
    within = _BESIDE if pairing.given.media_type == TEXT and not _is_of_cells(pairing) else _IN_RECORD
    left = [(k, t) for k, t in zip(keys, texts, strict=True) if not _stands(finder, k, t, within)]
    if not left:
        return True
    wanted = frozenset(key for key, _ in left)
    decoded = decode(pairing.given.data)
    lines = [line for line in decoded.text.splitlines() if line.strip()] if decoded else []
    ways = [*groupings(pairing, wanted, 1), *(line_counts(lines) if len(lines) <= _MOST_LINES else ())]
    return any(all(any(value == int(text) for _, value in facts(key)) for key, text in left) for facts in ways)


def _is_of_cells(pairing: Pairing) -> bool:
    """Say whether a text is that of tables, a cell a line: there a record is many lines."""
    sizes = sorted(len(tokens(line)) for line in pairing.source.text.splitlines() if line.strip())
    return bool(sizes) and sizes[len(sizes) // 2] <= _CELL_WORDS


def _stands(finder: Finder, key: Key, text: str, within: int) -> bool:
    """Say whether the number stands beside the name; of a name that was joined, beside one of its words."""
    return any(finder.near((word,), (text,), within) or finder.near((text,), (word,), within) for word in key)
