"""What is counted when an output says "words: 12": every honest way of counting one kind of thing.

In     an input and its views
Out    numbers by the kind of thing counted
Never  mixes kinds: the number of words is no number of characters
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.html_reader import text_nodes
from skillstrata.distill.views.media_types import HTML
from skillstrata.distill.views.shapes import DocumentView
from skillstrata.records.proofs import TypedBytes

NOUNS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("characters", "character", "chars", "char"), "characters"),
        **dict.fromkeys(("letters", "letter"), "characters"),
        **dict.fromkeys(("words", "word"), "words"),
        **dict.fromkeys(("bytes", "byte"), "bytes"),
        **dict.fromkeys(("lines", "line"), "lines"),
        **dict.fromkeys(("paragraphs", "paragraph"), "paragraphs"),
    }
)
# Words that may stand beside the noun without changing what is counted.
NEUTRAL = frozenset(
    "total number no of n num count counts the all in file document text there are is has contains length len size "
    "overall sum nr found and".split()
)
# Words that name one of the ways of counting below.
WAYS = frozenset(
    "unique distinct different non blank empty nonblank nonempty with without spaces whitespace excluding including "
    "no alphabetic letters only".split()
)
_WORDS = tuple(
    map(
        re.compile,
        (
            r"\S+",
            r"\w+",
            r"[^\W_]+",
            r"[^\W\d_]+",
            r"[A-Za-z]+",
            r"[A-Za-z']+",
            r"[A-Za-z0-9]+",
            r"[A-Za-z0-9']+",
            r"[\w'\u2019]+",
            r"[\w'-]+",
            r"[A-Za-z'-]+",
            r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*",
            r"\b\w[\w'-]*\b",
        ),
    )
)
_MARKUP = re.compile(r"^[ \t]*(?:#{1,6}|[-*+>]|\d+[.)])[ \t]+|[*_`~#>|]+|!?\[([^\]]*)\]\([^)]*\)", re.M)
_TAG = re.compile(r"<[^>]*>")
_MOST_CHARS = 2_000_000


class Counts:
    """Numbers of each kind, counted when first asked for."""

    def __init__(self, given: TypedBytes, source: DocumentView) -> None:
        self._given = given
        self._source = source
        self._found: dict[str, frozenset[int]] = {}

    def of(self, kind: str) -> frozenset[int]:
        """Give every number an honest count of this kind may be."""
        if kind not in self._found:
            self._found[kind] = frozenset(self._counted(kind))
        return self._found[kind]

    def _counted(self, kind: str) -> Iterable[int]:
        texts = _texts(self._given, self._source)
        count = {"characters": _characters, "words": _words, "lines": _lines, "paragraphs": _paragraphs}.get(kind)
        found = {number for text in texts for number in count(text)} if count else set[int]()
        if kind in {"bytes", "characters"}:
            found.update((len(self._given.data), len(self._given.data.strip())))
        return found


def _texts(given: TypedBytes, source: DocumentView) -> list[str]:
    """Give the texts a program may have counted in: the file's, without its markup, the visible one."""
    decoded = decode(given.data)
    raw = decoded.text[:_MOST_CHARS] if decoded else source.text[:_MOST_CHARS]
    found = [raw, raw.replace("\r\n", "\n"), source.text]
    found.append(_MARKUP.sub(lambda match: match.group(1) or "", raw))
    if raw.lstrip()[:1] == "<":
        found += [_TAG.sub(joint, raw) for joint in ("", " ")]
    if raw.startswith("---"):
        found.append(re.sub(r"\A---\n.*?\n---\n?", "", raw, flags=re.S))
    if given.media_type == HTML:
        for start in {0, max(0, raw.lower().find("<body"))}:
            nodes = list(text_nodes(raw[start:]))
            filled = [stripped for node in nodes if (stripped := node.strip())]
            found += [joint.join(chosen) for chosen in (nodes, filled) for joint in ("", " ", "\n")]
    return list(dict.fromkeys(found))


def _characters(text: str) -> Iterable[int]:
    bare = "".join(text.split())
    lines = text.splitlines()
    yield from (len(text), len(text.strip()), len(text.rstrip("\n")), len(bare), len(text.replace(" ", "")))
    yield from (len(text.replace("\n", "")), len(" ".join(text.split())), len(text.encode("utf-8", "replace")))
    yield from (sum(map(str.isalpha, text)), sum(map(str.isalnum, text)), len(re.findall(r"[A-Za-z]", text)))
    yield from (len("\n".join(lines)), sum(len(line.strip()) for line in lines), len(set(text)), len(set(text.lower())))
    yield from (sum(len(word) for word in pattern.findall(text)) for pattern in _WORDS[:4])


def _words(text: str) -> Iterable[int]:
    for pattern in _WORDS:
        found = pattern.findall(text)
        lower = [word.lower() for word in found]
        yield from (len(found), len(set(found)), len(set(lower)))
        yield len({word.strip(".,;:!?\"'()[]{}*_-`") for word in lower})


def _lines(text: str) -> Iterable[int]:
    lines = text.splitlines()
    filled = [line for line in lines if line.strip()]
    yield from (len(lines), text.count("\n"), text.count("\n") + 1, len(filled), len(lines) - len(filled))
    yield from (len(set(lines)), len(set(filled)), len(filled) - 1, len({line.strip() for line in filled}))


def _paragraphs(text: str) -> Iterable[int]:
    parts = [part for part in re.split(r"\n\s*\n", text) if part.strip()]
    yield from (len(parts), len(text.split("\n\n")), text.lower().count("<p>") + text.lower().count("<p "))
    yield len([part for part in parts if not part.lstrip().startswith(("#", "```", "|", "-", "*"))])
    yield len([line for line in text.splitlines() if line.strip()])
