"""What is asked of every output that is text, whatever its profile.

In     an input and its output, with the words the program prints of its own
Out    findings: cells torn at a delimiter, counts of another thing than they say, sentences and values typed in
Never  asks anything of words alone: a label is no claim
Why    each of them passes as "known words" or "a number that occurs": the program's own words are taken as known
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence

from skillstrata.distill.oracles.counts import NEUTRAL, NOUNS, WAYS, Counts
from skillstrata.distill.oracles.findings import Finding, at_most
from skillstrata.distill.oracles.pairing import Pairing
from skillstrata.distill.oracles.printed import Printed, printed_numbers, table_numbers
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.delimited import fields_of, guessed_delimiter
from skillstrata.distill.views.json_reader import leaves, parse_json, shown
from skillstrata.distill.views.media_types import CSV, DOCX, HTML, JSON, MARKDOWN, NDJSON, TEXT, TSV, XML
from skillstrata.distill.views.tokens import tokens
from skillstrata.records.proofs import TypedBytes

# Things are counted in what is read as text; a table's own columns may be called "words".
_COUNTED_IN = frozenset({TEXT, MARKDOWN, HTML, DOCX, XML})
_READ_AS_TEXT = frozenset({TEXT, MARKDOWN, HTML, XML, CSV, TSV, JSON, NDJSON})
_MOST_OF_A_KIND = 3
_SENTENCE_WORDS = 4
_FIGURE_WORDS = 6
_LONG_LINE = 8
_LEAF_WORDS = 5
_TYPED_WORDS = 2
_TYPED_SHARE = 0.2
_MOST_CELLS = 40_000
_FIRST_CHARS = 60
_MOST_CHARS = 2_000_000
_FIGURE = re.compile(r"\d\d")
_PLACES = re.compile(r"\t| {2,}|: | \| |^\|? |, | - | => | -> |\|$")


def guards(pairing: Pairing, *, lossy: bool) -> list[Finding]:
    """Check an output for what no profile takes on trust.

    Only an output that may leave content out counts it: in any other, what says "12 words" is the content.
    """
    decoded = decode(pairing.produced.data) if pairing.produced.media_type in _READ_AS_TEXT else None
    text = decoded.text[:_MOST_CHARS] if decoded else ""
    counted = [_miscounted(pairing)] if lossy else []
    return [_torn_cells(pairing, text), *counted, *_typed_in(pairing, text)]


# ---- cells torn apart ----


def _torn_cells(pairing: Pairing, text: str) -> Finding:
    """Look for half cells that still carry the quote a reader of the format takes off."""
    halves = _halves(pairing.given)
    found = [atom for atom in dict.fromkeys(_atoms(pairing.produced, text)) if atom in halves] if halves else []
    return at_most("torn_cells", len(found), 0, examples=found)


def _halves(given: TypedBytes) -> frozenset[str]:
    """Give what cutting at every delimiter makes of the cells that hold one, where a quote is left on it."""
    decoded = decode(given.data) if given.media_type in {CSV, TSV} else None
    if decoded is None:
        return frozenset()
    text = decoded.text[:_MOST_CHARS]
    delimiter = guessed_delimiter(text, "\t" if given.media_type == TSV else ",")
    rows = fields_of(text, delimiter) or []
    whole = {cell.strip() for row in rows for cell in row}
    pieces = {piece.strip() for line in text.splitlines() for piece in line.split(delimiter)}
    return frozenset(p for p in pieces if p.count('"') == 1 and (p[0] == '"' or p[-1] == '"') and p not in whole)


def _atoms(produced: TypedBytes, text: str) -> Iterator[str]:
    if produced.media_type in {JSON, NDJSON}:
        read, tree = parse_json(text)
        found = leaves(tree) if read else ()
        yield from (value.strip() for _, value in found if isinstance(value, str))
        return
    if produced.media_type in {CSV, TSV}:
        try:
            rows = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if produced.media_type == TSV else ",")
            yield from (cell.strip() for row in rows for cell in row)
        except csv.Error:
            return
        return
    for line in text.splitlines():
        yield line.strip()
        yield from (part.strip() for part in _PLACES.split(line))


# ---- counts of something else ----


def _miscounted(pairing: Pairing) -> Finding:
    """Recount what a number says it counts, by that word alone."""
    if pairing.given.media_type not in _COUNTED_IN:
        return at_most("miscounted", 0, 0)
    counts = Counts(pairing.given, pairing.source)
    by_kind: dict[str, list[Printed]] = {}
    printed = set(printed_numbers(pairing.produced, pairing.made, pairing.made_tables))
    for number in (*printed, *(set(table_numbers(pairing.made_tables)) - printed)):
        kind = _kind(number.label)
        if kind and number.text.replace(",", "").isdigit():
            by_kind.setdefault(kind, []).append(number)
    wrong = [
        f"{' '.join(number.label)}: {number.text}"
        for kind, numbers in by_kind.items()
        if len(numbers) <= _MOST_OF_A_KIND
        for number in numbers
        if int(number.text.replace(",", "")[:12]) not in counts.of(kind) and not _is_quoted(pairing, number)
    ]
    return at_most("miscounted", len(wrong), 0, examples=wrong)


def _kind(label: Sequence[str]) -> str:
    """Name the kind of thing a label counts; "" where it says more than that, or counts nothing."""
    words = [word for word in label if word not in NEUTRAL and word not in WAYS]
    letters = "characters" if words == [] and "letters" in label else ""
    kinds = {NOUNS.get(word, "?") for word in words}
    return letters or (kinds.pop() if len(kinds) == 1 and "?" not in kinds else "")


def _is_quoted(pairing: Pairing, number: Printed) -> bool:
    """Say whether the input itself says so: then it is content."""
    wanted = {*tokens(number.text), *(word for word in number.label if word in NOUNS)}
    return any(wanted <= set(tokens(line)) for line in pairing.source.text.splitlines())


# ---- what the program wrote itself ----


def _typed_in(pairing: Pairing, text: str) -> list[Finding]:
    """Find sentences and values that stand in the program and not in the input."""
    if not pairing.labels:
        return []
    there = _Standing(pairing.source.whole)
    sentences = [
        sentence
        for sentence, least in _sentences(pairing.produced, text or pairing.made.text)
        if pairing.labels.issuperset(tokens(sentence[:_FIRST_CHARS])[:1])
        and len(words := tokens(sentence)) >= least
        and set(words) <= pairing.labels
        and not there.has(words)
    ]
    values = [value for value in _values(pairing.produced, text) if value.strip()]
    typed = [
        value
        for value in values
        if len(words := tokens(value)) >= _TYPED_WORDS and set(words) <= pairing.labels and not there.has(words)
    ]
    return [
        at_most("typed_sentences", len(sentences), 0, examples=dict.fromkeys(sentences)),
        _typed_rows(pairing, there),
        at_most("typed_values", len(typed), max(1, _TYPED_SHARE * len(values)), examples=dict.fromkeys(typed)),
    ]


def _typed_rows(pairing: Pairing, there: "_Standing") -> Finding:
    """Find rows of the program's own among rows of the input: all their words are typed in."""
    typed: list[str] = []
    from_input = 0
    for table in pairing.made_tables:
        for row in table.rows:
            texts = [words for value in row if (words := _words_of(shown(value)))]
            own = [words for words in texts if set(words) <= pairing.labels and not there.has(words)]
            from_input += len(own) < len(texts)
            if texts and len(own) == len(texts) and sum(map(len, own)) >= _TYPED_WORDS:
                typed.append(" ".join(word for words in own for word in words))
    return at_most("typed_rows", len(typed) if from_input else 0, 0, examples=typed)


def _words_of(text: str) -> tuple[str, ...]:
    words = tokens(text)
    return words if any(not word.isdigit() for word in words) else ()


class _Standing:
    """Looks runs of words up in a text."""

    def __init__(self, words: Sequence[str]) -> None:
        self._text = f" {' '.join(words)} "

    def has(self, words: Sequence[str]) -> bool:
        """Say whether the words stand there, one after the other."""
        return f" {' '.join(words)} " in self._text


def _sentences(produced: TypedBytes, text: str) -> Iterator[tuple[str, int]]:
    """Give sentences with how many words make them a claim: fewer where a full stop says that it is one."""
    if produced.media_type in {JSON, NDJSON}:
        read, tree = parse_json(text)
        yield from ((value, _LEAF_WORDS) for _, value in (leaves(tree) if read else ()) if isinstance(value, str))
        return
    if produced.media_type in {CSV, TSV, XML, HTML}:
        return
    for line in text.splitlines():
        if any(char.isdigit() for char in line) or line.rstrip().endswith((":", "|")):
            parts = re.findall(r"[^.!?:|]+[.!?](?=\s|$)", line)
            yield from ((part, _FIGURE_WORDS if _FIGURE.search(part) else _SENTENCE_WORDS) for part in _claims(parts))
        else:
            yield line, _SENTENCE_WORDS if line.rstrip().endswith((".", "!")) else _LONG_LINE


def _claims(parts: Sequence[str]) -> Iterator[str]:
    """Leave out sentences with one digit numbers alone: such a number stands in many a program by accident."""
    yield from (part for part in parts if _FIGURE.search(part) or not any(map(str.isdigit, part)))


def _values(produced: TypedBytes, text: str) -> Iterator[str]:
    """Give the single values of an output that has such."""
    if produced.media_type in {JSON, NDJSON}:
        read, tree = parse_json(text)
        yield from ("" if v is None else str(v) for _, v in (leaves(tree) if read else ()))
    elif produced.media_type in {CSV, TSV}:
        yield from list(_atoms(produced, text))[:_MOST_CELLS]
