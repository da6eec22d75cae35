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
_MOST_ABOVE = 6
_SAYS_NOTHING = frozenset({"value", "values", "count", "counts", "n", "number", "total", "result", "amount"})
_MARKUP = re.compile(r"[*`]+|^[ \t]*#+[ \t]+", re.M)


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as it stands in an output, and the tokens around it.

    `label` is what names it: its key, its column, the words before it up to the number before; `alone` says that it is
    a value by itself, not a part of a phrase.
    """

    text: str
    context: frozenset[str]
    label: tuple[str, ...] = ()
    alone: bool = False


def printed_numbers(produced: TypedBytes, made: DocumentView, tables: tuple[TableView, ...]) -> Iterator[Printed]:
    """Give every number of an output with its context."""
    decoded = decode(produced.data)
    if produced.media_type in {JSON, NDJSON} and decoded:
        yield from _of_tree(parse_json(decoded.text)[1], frozenset(), ())
    elif produced.media_type in {CSV, TSV} and tables:
        yield from table_numbers(tables)
    else:
        yield from _of_lines(decoded.text if decoded else made.text)


def table_numbers(tables: tuple[TableView, ...]) -> Iterator[Printed]:
    """Give every number of the tables of an output, each named by its column."""
    for table in tables:
        yield from _of_rows(table)


def _of_tree(tree: Tree, context: frozenset[str], label: tuple[str, ...], depth: int = 0) -> Iterator[Printed]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(tree, dict):
        texts = [value for value in tree.values() if isinstance(value, str)]
        names = frozenset(word for value in texts for word in tokens(value[:300]))
        for key, value in tree.items():
            yield from (Printed(number, context | names) for number in _NUMBER.findall(plain(key)))
            named = _label(tokens(key), texts)
            yield from _of_tree(value, context | names | frozenset(tokens(key)), named, depth + 1)
    elif isinstance(tree, list):
        names = frozenset(word for value in tree if isinstance(value, str) for word in tokens(value[:300]))
        for value in tree:
            yield from _of_tree(value, context | names, label, depth + 1)
    elif not isinstance(tree, bool):
        yield from _of_cell(shown(tree), context, label)


def _of_rows(table: TableView) -> Iterator[Printed]:
    for row in table.rows:
        texts = [shown(value) for value in row]
        words = frozenset(word for text in texts for word in tokens(text))
        names = [text for text in texts if not _NUMBER.fullmatch(text)]
        for name, text in zip(table.header, texts, strict=True):
            yield from _of_cell(text, words | frozenset(tokens(name)), _label(tokens(name), names))


def _of_cell(text: str, context: frozenset[str], label: tuple[str, ...]) -> Iterator[Printed]:
    bare = plain(text).strip()
    for number in _NUMBER.findall(bare):
        yield Printed(number, context, label, alone=number == bare)


def _label(key: tuple[str, ...], beside: list[str]) -> tuple[str, ...]:
    """Name a number by its key; where that only says "value", by the one text beside it."""
    return tokens(beside[0][:300]) if len(beside) == 1 and set(key) <= _SAYS_NOTHING else key


def _of_lines(text: str) -> Iterator[Printed]:
    """Read lines; what stands above, less indented, names the group."""
    above: list[tuple[int, frozenset[str]]] = []
    for line in _MARKUP.sub("", plain(without_list_markers(text))).splitlines():
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        above = [(depth, words) for depth, words in above if depth < indent][-_MOST_ABOVE:]
        words = frozenset(tokens(line))
        context = words.union(*(outer for _, outer in above))
        yield from _of_line(line, context)
        above.append((indent - (not re.search(r"\d", line)), words))


def _of_line(line: str, context: frozenset[str]) -> Iterator[Printed]:
    matches = list(_NUMBER.finditer(line))
    for n, match in enumerate(matches):
        before = line[matches[n - 1].end() if n else 0 : match.start()]
        after = line[match.end() : matches[n + 1].start() if n + 1 < len(matches) else len(line)]
        introduced = re.search(r"(?:[:=|\t]|  |\bis|\bof)\s*$", before) is not None
        follows = re.match(r"\s+((?:[^\W\d_]+[ -]?){1,3})", after)
        label = tokens(before) if introduced or follows is None else tokens(follows.group(1))
        alone = (introduced or not before.strip()) and re.match(r"\s*(?:$|[,;|.]\s|[,;|.]$)", after) is not None
        yield Printed(match.group(0), context, label, alone)
