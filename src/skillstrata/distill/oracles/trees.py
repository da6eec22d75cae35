"""A tree written in another format, or flat under joined keys: every leaf is there under its path, and no other.

In     JSON, XML, YAML, TOML, INI, the front matter of Markdown
Out    OracleResult of profile tree-1
Never  asks where a list's items are numbered or what the outermost element is called
Why    formats without nesting join keys with dots or underscores; formats without types write text
"""

import configparser
import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from xml.etree.ElementTree import Element

from skillstrata.distill.oracles.findings import at_least, at_most, conclude
from skillstrata.distill.oracles.integrity import integrity
from skillstrata.distill.oracles.pairing import Pairing
from skillstrata.distill.oracles.plain_yaml import front_matter, parse_plain_yaml
from skillstrata.distill.oracles.values import canonical
from skillstrata.distill.views import table_view
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.json_reader import Tree, parse_json
from skillstrata.distill.views.media_types import CSV, JSON, MARKDOWN, NDJSON, TEXT, TSV, XML
from skillstrata.distill.views.tokens import tokens
from skillstrata.distill.views.xml_tree import parse_xml
from skillstrata.records.proofs import OracleResult, TypedBytes

PROFILE = "tree-1"
_MOST_LEAVES = 200_000
_MOST_DEPTH = 100
_LEAST_LEAVES = 2
_MOST_CHARS = 4_000_000

Path = tuple[str, ...]
Leaf = tuple[Path, str]


class _Ini(configparser.ConfigParser):
    """Reads names as they are written."""

    def optionxform(self, optionstr: str) -> str:
        """Keep the case of a name."""
        return optionstr


def judge_tree(pairing: Pairing) -> OracleResult:
    """Judge a tree against the tree it was made of."""
    findings = integrity(pairing.given, pairing.produced, pairing.source, pairing.made)
    given, made = tree_leaves(pairing.given), tree_leaves(pairing.produced)
    if not given or not made:
        return conclude(PROFILE, [*findings, at_least("trees", 0, 1)])
    lost, invented = _difference(given, made)
    share = 1 - sum(lost.values()) / max(1, len(given))
    findings += [
        at_least("leaves_kept", share, 1, examples=_named(lost)),
        at_most("leaves_invented", sum(invented.values()), 0, examples=_named(invented)),
    ]
    if not lost and not invented:
        findings.append(at_least("items_in_order", float(_orders(given) == _orders(made)), 1))
    return conclude(PROFILE, findings)


def explains(pairing: Pairing) -> bool:
    """Say whether the output is the input's tree, whole."""
    given, made = tree_leaves(pairing.given), tree_leaves(pairing.produced)
    return len(given) >= _LEAST_LEAVES and bool(made) and not any(_difference(given, made)) and judge_tree(pairing).ok


def tree_leaves(content: TypedBytes) -> list[Leaf]:
    """Give each leaf of a tree with the keys that lead to it; nothing where the bytes are no tree."""
    if content.media_type == XML:
        root = parse_xml(content.data)
        return list(_xml_leaves(root, (), 0))[:_MOST_LEAVES] if root is not None else []
    if content.media_type in {CSV, TSV}:
        return _table_leaves(content)
    decoded = decode(content.data) if content.media_type in {JSON, NDJSON, MARKDOWN, TEXT} else None
    if decoded is None or len(decoded.text) > _MOST_CHARS:
        return []
    if content.media_type in {JSON, NDJSON}:
        read, tree = parse_json(decoded.text)
    else:
        front = front_matter(decoded.text)
        read, tree = True, _parsed(front if front is not None else decoded.text, content.media_type, front is not None)
    try:
        return list(_leaves(tree, (), 0))[:_MOST_LEAVES] if read else []
    except RecursionError:
        return []


def _table_leaves(content: TypedBytes) -> list[Leaf]:
    table = table_view(content)
    rows = table.rows if table is not None and table.named else ()
    paths = [_words(name) for name in table.header] if table is not None else []
    cells = ((path, canonical(value)) for row in rows for path, value in zip(paths, row, strict=True))
    return [(path, value) for path, value in cells if value][:_MOST_LEAVES]


def _parsed(text: str, media_type: str, is_front: bool) -> Tree:
    if media_type == MARKDOWN and not is_front:
        return None
    return parse_plain_yaml(text) or _toml(text) or _ini(text)


def _toml(text: str) -> Tree:
    try:
        # Dates become text; numbers come out exact.
        plain = json.dumps(tomllib.loads(text, parse_float=str), default=str)
    except (ValueError, TypeError, RecursionError):
        return None
    return parse_json(plain)[1]


def _ini(text: str) -> Tree:
    parser = _Ini(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError, RecursionError):
        return None
    found: dict[str, Tree] = {}
    for name in parser.sections():
        section: dict[str, Tree] = dict(parser.items(name))
        found[name] = section
    return found or None


def _leaves(tree: Tree, path: Path, depth: int) -> Iterator[Leaf]:
    if depth > _MOST_DEPTH:
        return
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _leaves(value, (*path, *_words(key)), depth + 1)
    elif isinstance(tree, list):
        for value in tree:
            yield from _leaves(value, path, depth + 1)
    elif tree is not None and tree != "":
        yield path, _written(tree)


def _written(value: str | bool | Decimal) -> str:
    return canonical(value)


def _xml_leaves(element: Element, path: Path, depth: int) -> Iterator[Leaf]:
    if depth > _MOST_DEPTH:
        return
    here = (*path, *_words(element.tag.rpartition("}")[2]))
    for name, value in element.attrib.items():
        yield (*here, *_words(name.rpartition("}")[2])), canonical(value)
    if element.text and element.text.strip():
        yield here, canonical(element.text)
    for child in element:
        yield from _xml_leaves(child, here, depth + 1)
        if child.tail and child.tail.strip():
            yield here, canonical(child.tail)


def _words(key: str) -> Path:
    """Give a key's words; the numbers of list items and the marks of attributes and text are no part of a path."""
    return tuple(word for word in tokens(key) if not word.isdigit() and word != "text")


def _difference(given: list[Leaf], made: list[Leaf]) -> tuple[Counter[Leaf], Counter[Leaf]]:
    """Give the leaves only one side has, with as few outermost keys taken off as makes them agree best."""
    best: tuple[Counter[Leaf], Counter[Leaf]] | None = None
    for ours in _unwrapped(given):
        for theirs in _unwrapped(made):
            lost, invented = Counter(ours) - Counter(theirs), Counter(theirs) - Counter(ours)
            if best is None or lost.total() + invented.total() < best[0].total() + best[1].total():
                best = (lost, invented)
    return best or (Counter(given), Counter(made))


def _unwrapped(leaves: list[Leaf]) -> Iterator[list[Leaf]]:
    """Give the leaves, and again without one and two outermost keys where all have the same."""
    for depth in range(3):
        heads = {path[:depth] for path, _ in leaves}
        if len(heads) == 1 and all(len(path) > depth or not depth for path, _ in leaves):
            yield [(path[depth:], value) for path, value in leaves]


def _orders(leaves: list[Leaf]) -> dict[str, list[str]]:
    """Give the values under each last key, in their order: lists keep theirs."""
    found: dict[str, list[str]] = {}
    for path, value in leaves:
        found.setdefault(path[-1] if path else "", []).append(value)
    return found


def _named(leaves: Counter[Leaf]) -> list[str]:
    return [f"{'.'.join(path)} = {value}" for path, value in leaves]
