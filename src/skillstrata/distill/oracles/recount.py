"""Recount a text or a document: lines, words, characters, elements, how often each word occurs.

In     TypedBytes and its views
Out    a FactBook, and a counter of lines and words that is asked only for the words an output shows
Never  reads the output
"""

import re
from collections import Counter
from collections.abc import Collection

from skillstrata.distill.oracles.counts import NOUNS, Counts
from skillstrata.distill.oracles.fact_book import FactBook
from skillstrata.distill.oracles.statistics import add_table_facts, describe
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.html_reader import text_nodes
from skillstrata.distill.views.json_reader import Tree, leaves, parse_json
from skillstrata.distill.views.media_types import HTML, JSON, MARKDOWN, NDJSON, TEXT, XML
from skillstrata.distill.views.shapes import DocumentView, TableView
from skillstrata.distill.views.tokens import tokens
from skillstrata.records.proofs import TypedBytes

_TAG = re.compile(r"<([a-zA-Z][\w:-]*)[\s>/]")
_PAIR = re.compile(r"([A-Za-z_][\w.-]{0,40})\s{0,3}[=:]\s{0,3}([-+]?\d[\d.,]{0,30})")
_SENTENCE = re.compile(r"[.!?]+(?:\s|$)")
_MOST_FIELDS = 14
_MAX_DEPTH = 60
_SAME_SHAPE = 0.8


class Recount:
    """All numbers that follow from one input."""

    def __init__(self, given: TypedBytes, source: DocumentView, tables: Collection[TableView]) -> None:
        self.book = FactBook()
        decoded = decode(given.data)
        text = decoded.text if decoded else source.text
        self._lines = [frozenset(tokens(line)) for line in text.splitlines() if line.strip()]
        self._words = Counter(tokens(text))
        _add_text(self.book, text, given.data)
        _add_document(self.book, source)
        for table in tables:
            add_table_facts(self.book, table)
        self._kinds = Counts(given, source)
        if given.media_type == HTML:
            _add_nodes(self.book, text)
        if given.media_type in {HTML, XML}:
            for tag, count in Counter(tag.lower() for tag in _TAG.findall(text)).items():
                self.book.add([count])
                self.book.add([count], tokens(tag))
        if given.media_type in {JSON, NDJSON}:
            _add_tree(self.book, text)
        if given.media_type in {TEXT, MARKDOWN}:
            _add_fields(self.book, text)

    def explains(self, printed: str, context: Collection[str]) -> bool:
        """Say whether a printed number follows from the input, given the words it stands with."""
        return (
            self.book.explains(printed, context)
            or self._counts(printed, context)
            or self._is_count_of(printed.replace(",", ""), context)
        )

    def _is_count_of(self, printed: str, context: Collection[str]) -> bool:
        """Say whether it is an honest count of what the context names: words, lines, characters."""
        kinds = {NOUNS[word] for word in context if word in NOUNS} if printed.isdigit() else set[str]()
        return any(int(printed[:12]) in self._kinds.of(kind) for kind in kinds)

    def _counts(self, printed: str, context: Collection[str]) -> bool:
        """Count the words of the context in the input: occurrences, lines with one of them, lines with all."""
        named = [word for word in context if word in self._words and word != printed]
        local = FactBook()
        total = max(1, len(self._lines))
        for word in named:
            hits = sum(word in line for line in self._lines)
            local.add([self._words[word], hits, 100 * hits / total])
        wanted = frozenset(named)
        local.add([sum(wanted <= line for line in self._lines)] if wanted else [])
        return local.explains(printed, ())


def _add_text(book: FactBook, text: str, data: bytes) -> None:
    lines = text.splitlines()
    words = text.split()
    found = tokens(text)
    filled = [line for line in lines if line.strip()]
    book.add(
        [len(lines), len(lines) - 1, text.count("\n"), text.count("\n") + 1, len(filled), len(lines) - len(filled)]
    )
    book.add([len(words), len(set(words)), len({word.lower() for word in words}), len(found), len(set(found))])
    book.add([len(text), len(text.strip()), len(data), sum(not c.isspace() for c in text), sum(map(str.isalpha, text))])
    book.add([len(set(lines)), len(re.split(r"\n\s*\n", text.strip())), len(_SENTENCE.findall(text))])
    book.add(describe([float(len(line)) for line in filled])[1:5])
    book.add(describe([float(len(word)) for word in words])[1:5])
    book.add([len(words) / max(1, len(filled)), len(words) / max(1, len(_SENTENCE.findall(text)))])


def _add_nodes(book: FactBook, text: str) -> None:
    """Count words and characters of a page and of its body, its text nodes joined in the ways readers join them."""
    for start in {0, max(0, text.lower().find("<body"))}:
        nodes = text_nodes(text[start:])
        filled = [stripped for node in nodes if (stripped := node.strip())]
        for chosen in (nodes, filled):
            for joint in ("", " ", "\n"):
                joined = joint.join(chosen)
                words = joined.split()
                book.add(
                    [len(words), len(set(words)), len({w.lower() for w in words}), len(joined), len(joined.strip())]
                )


def _add_document(book: FactBook, source: DocumentView) -> None:
    words = source.text.split()
    lines = [line for line in source.text.splitlines() if line.strip()]
    book.add([len(words), len(source.tokens), len(set(source.tokens)), len(source.text), len(lines), len(set(words))])
    book.add([len(source.headings), len(source.tables), len(source.links), len(source.images), len(source.code)])
    book.add([len({link.target for link in source.links}), len(source.cells), sum(map(len, source.tables))])
    levels = Counter(heading.level for heading in source.headings)
    book.add([*levels.values(), *levels.keys()])


def _add_tree(book: FactBook, text: str) -> None:
    read, tree = parse_json(text)
    if not read:
        return
    numbers: dict[str, list[float]] = {}
    texts: dict[str, Counter[str]] = {}
    for path, leaf in leaves(tree):
        key = path[-1] if path else ""
        if isinstance(leaf, str):
            texts.setdefault(key, Counter())[leaf] += 1
        elif leaf is not None and not isinstance(leaf, bool):
            numbers.setdefault(key, []).append(float(leaf))
    for key, values in numbers.items():
        book.add(describe(values))
        book.add(describe(values), tokens(key))
    for counts in texts.values():
        book.add([sum(counts.values()), len(counts)])
        for value, count in counts.most_common(400):
            book.add([count], tokens(value[:200]))
    _add_sizes(book, tree, 0)


def _add_sizes(book: FactBook, tree: Tree, depth: int) -> None:
    if isinstance(tree, dict | list) and depth < _MAX_DEPTH:
        book.add([len(tree), depth + 1])
        for child in tree.values() if isinstance(tree, dict) else tree:
            _add_sizes(book, child, depth + 1)


def _add_fields(book: FactBook, text: str) -> None:
    """Take lines of one shape for a table of their words, and `key=value` pairs for columns."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    widths = Counter(min(len(line), _MOST_FIELDS) for line in lines)
    shortest = min(widths, default=0)
    if len(lines) > 1 and shortest > 1 and widths.most_common(1)[0][1] > 1:
        width = shortest if widths[shortest] < _SAME_SHAPE * len(lines) else widths.most_common(1)[0][0]
        rows = tuple(tuple(_bare(word) for word in line[:width]) for line in lines if len(line) >= width)
        add_table_facts(book, TableView(tuple(f"c{n}" for n in range(width)), rows, named=False))
    pairs: dict[str, list[float]] = {}
    for key, value in _PAIR.findall(text):
        digits = value.rstrip(".,").replace(",", "")
        if digits.count(".") <= 1:
            pairs.setdefault(key.lower(), []).append(float(digits))
    for values in pairs.values():
        book.add(describe(values))


def _bare(word: str) -> str:
    """Take brackets, quotes and `key=` off a word of a log line."""
    return word.strip("[](){}\"',;:").rpartition("=")[2]
