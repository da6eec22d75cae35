"""Read JSON and JSON lines, as a document (keys and leaves) and as a table where the shape is one.

In     decoded JSON
Out    the parsed tree with exact numbers, its leaves, a TableView
Never  raises, turns a number into a float
"""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from skillstrata.distill.views.assembly import assemble
from skillstrata.distill.views.media_types import JSON
from skillstrata.distill.views.shapes import Block, DocumentView, TableView, Value

Tree = dict[str, "Tree"] | list["Tree"] | str | bool | Decimal | None
MAX_DEPTH = 100
MAX_LEAVES = 500_000


def parse_json(text: str) -> tuple[bool, Tree]:
    """Parse one JSON text, or JSON lines as a list; the first word says whether it could be read."""
    try:
        return True, _load(text)
    except (ValueError, InvalidOperation, RecursionError):
        pass
    try:
        return True, [_load(line) for line in text.splitlines() if line.strip()]
    except (ValueError, InvalidOperation, RecursionError):
        return False, None


def _load(text: str) -> Tree:
    return json.loads(text, parse_int=Decimal, parse_float=Decimal, parse_constant=_nothing)


def _nothing(_constant: str) -> None:
    """Read NaN and Infinity as no value: they are not JSON."""


def leaves(tree: Tree, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str | bool | Decimal | None]]:
    """Give every leaf with the keys that lead to it; list positions are not part of the path."""
    if len(path) > MAX_DEPTH:
        return
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, (*path, key))
    elif isinstance(tree, list):
        for value in tree:
            yield from leaves(value, path)
    else:
        yield path, tree


def shown(value: Value) -> str:
    """Write a leaf the way JSON writes it; text without quotes, null as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def json_document(text: str) -> DocumentView | None:
    """Read JSON as text: leaves are content, keys may be left out."""
    read, tree = parse_json(text)
    if not read:
        return None
    try:
        found = list(leaves(tree))[:MAX_LEAVES]
    except RecursionError:
        return None
    keys = dict.fromkeys(key for path, _ in found for key in path)
    blocks = [Block(key, "side", optional=True) for key in keys]
    blocks += [Block(shown(value)) for _, value in found if value is not None]
    return assemble(JSON, blocks)


def json_table(text: str) -> TableView | None:
    """Read JSON as a table: a list of objects or of lists, an object of lists, JSON lines, or one of them wrapped."""
    read, tree = parse_json(text)
    try:
        return _table(tree) if read else None
    except RecursionError:
        return None


def _table(tree: Tree) -> TableView | None:
    if isinstance(tree, dict):
        return _of_columns(tree) or _split(tree) or _wrapped(tree)
    if not isinstance(tree, list) or not tree:
        return None
    records = [item for item in tree if isinstance(item, dict)]
    if len(records) == len(tree):
        return _of_records(records)
    rows = [item for item in tree if isinstance(item, list)]
    return _of_rows(rows) if len(rows) == len(tree) else None


def leaf_table(text: str) -> TableView | None:
    """Read any JSON as two columns, the path to a leaf and its value: how a tree compares with another tree."""
    read, tree = parse_json(text)
    try:
        rows = [(".".join(path), value) for path, value in leaves(tree)][:MAX_LEAVES] if read else []
        # Keys have no order; values under one path keep theirs.
        rows.sort(key=lambda row: row[0])
    except RecursionError:
        return None
    return TableView(("path", "value"), tuple(rows)) if rows else None


def _split(tree: dict[str, Tree]) -> TableView | None:
    """Read an object that keeps the column names and the rows in two lists."""
    names, data = tree.get("columns"), tree.get("data", tree.get("rows"))
    if not isinstance(names, list) or not isinstance(data, list) or not names:
        return None
    rows = [tuple(_scalar(value) for value in row) for row in data if isinstance(row, list) and len(row) == len(names)]
    header = tuple(name for name in names if isinstance(name, str))
    return TableView(header, tuple(rows)) if len(rows) == len(data) and len(header) == len(names) else None


def _wrapped(tree: dict[str, Tree]) -> TableView | None:
    """Find the one list of records in an object that carries it beside some words about it."""
    tables = [_table(value) for value in tree.values() if isinstance(value, list) and len(value) > 0]
    found = [table for table in tables if table is not None]
    return found[0] if len(found) == 1 else None


def _of_records(records: list[dict[str, Tree]]) -> TableView | None:
    flat = [dict(_flatten(record)) for record in records]
    header = tuple(dict.fromkeys(key for record in flat for key in record))
    if not header:
        return None
    return TableView(header, tuple(tuple(record.get(key) for key in header) for record in flat))


def _flatten(record: dict[str, Tree], prefix: str = "") -> Iterator[tuple[str, Value]]:
    for key, value in record.items():
        if isinstance(value, dict) and value:
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, _scalar(value)


def _scalar(value: Tree) -> Value:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


def _of_rows(rows: list[list[Tree]]) -> TableView | None:
    width = max(map(len, rows))
    filled = [tuple(_scalar(v) for v in row) + (None,) * (width - len(row)) for row in rows]
    if not width:
        return None
    names = [value for value in filled[0] if isinstance(value, str) and value.strip()]
    if len(filled) > 1 and len(names) == width and len(set(names)) == width:
        return TableView(tuple(names), tuple(filled[1:]))
    return TableView(tuple(f"c{n}" for n in range(1, width + 1)), tuple(filled), named=False)


def _of_columns(tree: dict[str, Tree]) -> TableView | None:
    columns: list[list[Tree]] = []
    for value in tree.values():
        if isinstance(value, dict) and value and all(key.isdigit() for key in value):
            columns.append(list(value.values()))
        elif isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
            columns.append(value)
        else:
            return None
    if not columns or len({len(column) for column in columns}) != 1 or not columns[0]:
        return None
    return TableView(tuple(tree), tuple(tuple(_scalar(v) for v in row) for row in zip(*columns, strict=True)))
