"""Words for searching: what a query asks for, what a tool offers, and what people call a media type.

In     a query, or a Tool
Out    weighted terms; "in:" and "out:" mark the side of a conversion a word stands on
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from skillstrata.records.tools import Tool

# What people say for a type, beside its own name; the first is the word the others stand for.
_SAID = (
    ("html", "htm", "xhtml", "web", "webpage", "webpages", "website", "page", "pages"),
    ("docx", "doc", "word"),
    ("markdown", "md"),
    ("text", "txt", "plain", "plaintext"),
    ("csv", "spreadsheet", "comma"),
    ("tsv", "tab"),
    ("xlsx", "xls", "excel", "workbook"),
    ("pptx", "ppt", "powerpoint", "slides", "presentation"),
    ("json", "object", "objects"),
    ("ndjson", "jsonl"),
    ("pdf",),
    ("xml",),
    ("extract", "get", "pull", "scrape", "read", "parse"),
    ("convert", "turn", "transform", "change", "make"),
    ("summarise", "summarize", "summary", "report", "overview", "aggregate"),
)
_MEANING: dict[str, str] = {word: group[0] for group in _SAID for word in group}
_TYPES = frozenset(group[0] for group in _SAID[:12])
_VERBS = frozenset(group[0] for group in _SAID[12:])
# Nearly every request has a verb, and people use them loosely.
_VERB_WORTH = 0.3
_MEDIA = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "text/tab-separated-values": "tsv",
    "text/plain": "text",
    "application/x-ndjson": "ndjson",
}
_EMPTY = frozenset(
    "2 a an and any are as at be by can content do document documents file files for format from how i in into is it "
    "its me my need of on one or out please some that the them this to tool use want with you your".split()
)
_TOWARDS = frozenset({"to", "into", "as", "2"})
_FROM = frozenset({"from", "of", "in"})
_WORDS = re.compile(r"[^\W_]+")
_MAX_WORDS = 64
_MAX_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for: words without those that say nothing, and the types on each side of "to", where said."""

    words: tuple[str, ...]
    given: frozenset[str]
    made: frozenset[str]


def words_of(text: str) -> list[str]:
    """Cut text into lowercase words, each under the name the index knows it by."""
    return [_MEANING.get(word, word) for word in _raw_words(text)]


def intent_of(text: str) -> str:
    """Keep of a text the words for types and verbs, and those that give a direction; nothing of its own is left."""
    kept = (word for word in _raw_words(text[:_MAX_CHARS]) if word in _MEANING or word in _TOWARDS | _FROM)
    return " ".join(list(kept)[:_MAX_WORDS])


def _raw_words(text: str) -> list[str]:
    return [match.group() for match in _WORDS.finditer(text.casefold())]


def media_word(media_type: str) -> str:
    """Give the word for a media type."""
    known = _MEDIA.get(media_type)
    if known:
        return known
    words = words_of(media_type.rpartition("/")[2])
    return words[-1] if words else ""


def worth_of(word: str) -> float:
    """Give how much a word of a query says, beside how rare it is."""
    return _VERB_WORTH if word in _VERBS else 1.0


def query_of(text: str) -> Query:
    """Read a query; only its first words count, so that a pasted document costs no more than a question."""
    raw = _raw_words(text[:_MAX_CHARS])[:_MAX_WORDS]
    words = [_MEANING.get(word, word) for word in raw]
    kept = tuple(dict.fromkeys(m for w, m in zip(raw, words, strict=True) if w not in _EMPTY))
    turn = next((n for n, word in enumerate(raw) if word in _TOWARDS), len(raw))
    after = {m for m in words[turn + 1 :] if m in _TYPES}
    before = {m for m in words[:turn] if m in _TYPES}
    if not after:
        # "markdown from html": the side is said by the other word.
        start = next((n for n, word in enumerate(raw) if word in _FROM), len(raw))
        source = {m for m in words[start + 1 :] if m in _TYPES}
        return Query(kept, frozenset(source), frozenset(before - source) if source else frozenset())
    return Query(kept, frozenset(before), frozenset(after))


def offered_terms(tool: Tool) -> dict[str, float]:
    """Give a tool's words, each with the weight of the best place it stands in."""
    contract = tool.contract
    types = [media_word(m) for p in (*contract.inputs, *contract.outputs) for m in p.media_types]
    described = [word for p in contract.inputs for word in words_of(f"{p.name} {p.description}")]
    placed = (
        (1.0, [word for name in (tool.name, *tool.aliases) for word in words_of(name)]),
        (1.0, types),
        (0.9, words_of(contract.purpose)),
        (0.9, [contract.verb]),
        (0.6, [word for branch in tool.branches for word in words_of(branch.name)]),
        (0.4, described),
    )
    terms: dict[str, float] = {}
    for weight, words in placed:
        for word in words:
            if word not in _EMPTY:
                terms[word] = max(weight, terms.get(word, 0.0))
    return terms


def type_words(words: Iterable[str]) -> frozenset[str]:
    """Give, of words as the index knows them, those that stand for a type of file."""
    return _TYPES & frozenset(words)


def sides(tool: Tool) -> tuple[frozenset[str], frozenset[str]]:
    """Give the types a tool takes and those it gives."""
    given = {media_word(m) for p in tool.contract.inputs for m in p.media_types}
    made = {media_word(m) for o in tool.contract.outputs for m in o.media_types}
    return frozenset(given), frozenset(made)
