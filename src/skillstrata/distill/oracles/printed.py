"""The numbers an output shows, each with the words it stands with: its line, its row, its path.

In     TypedBytes of an output
Out    Printed: the number as written, and its context
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.json_reader import Tree, parse_json, shown
from skillstrata.distill.views.media_types import CSV, JSON, NDJSON, TSV
from skillstrata.distill.views.shapes import DocumentView, TableView
from skillstrata.distill.views.tokens import plain, tokens, without_list_markers
from skillstrata.records.proofs import TypedBytes

_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?:[eE][-+]?\d{1,3}(?!\w))?|\d+(?:\.\d+)?")
_MAX_DEPTH = 60
_MARKUP = re.compile(r"[*`]+|^[ \t]*#+[ \t]+", re.M)


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as it stands in an output, and the tokens around it."""

    text: str
    context: frozenset[str]


def printed_numbers(produced: TypedBytes, made: DocumentView, tables: tuple[TableView, ...]) -> Iterator[Printed]:
    """Give every number of an output with its context."""
    decoded = decode(produced.data)
    if produced.media_type in {JSON, NDJSON} and decoded:
        yield from _of_tree(parse_json(decoded.text)[1], frozenset())
    elif produced.media_type in {CSV, TSV} and tables:
        for table in tables:
            yield from _of_rows(table)
    else:
        yield from _of_lines(decoded.text if decoded else made.text)


def _of_tree(tree: Tree, context: frozenset[str], depth: int = 0) -> Iterator[Printed]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(tree, dict):
        names = frozenset(word for value in tree.values() if isinstance(value, str) for word in tokens(value[:300]))
        for key, value in tree.items():
            yield from (Printed(number, context | names) for number in _NUMBER.findall(plain(key)))
            yield from _of_tree(value, context | names | frozenset(tokens(key)), depth + 1)
    elif isinstance(tree, list):
        names = frozenset(word for value in tree if isinstance(value, str) for word in tokens(value[:300]))
        for value in tree:
            yield from _of_tree(value, context | names, depth + 1)
    elif not isinstance(tree, bool):
        yield from (Printed(number, context) for number in _NUMBER.findall(plain(shown(tree))))


def _of_rows(table: TableView) -> Iterator[Printed]:
    for row in table.rows:
        words = frozenset(word for value in row for word in tokens(shown(value)))
        for name, value in zip(table.header, row, strict=True):
            context = words | frozenset(tokens(name))
            yield from (Printed(number, context) for number in _NUMBER.findall(plain(shown(value))))


def _of_lines(text: str) -> Iterator[Printed]:
    """Read lines; what stands above, less indented, names the group."""
    above: list[tuple[int, frozenset[str]]] = []
    for line in _MARKUP.sub("", plain(without_list_markers(text))).splitlines():
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        above = [(depth, words) for depth, words in above if depth < indent]
        words = frozenset(tokens(line))
        context = words.union(*(outer for _, outer in above))
        yield from (Printed(number, context) for number in _NUMBER.findall(line))
        above.append((indent - (not re.search(r"\d", line)), words))
