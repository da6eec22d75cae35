"""What may hide in a text that an agent will read: unseen characters, orders to it, commands that act at once.

    drafts and packages alike --hostile--> Hostile(code, line, words)...        = orders + commands + runs_at_load

In     text of anybody
Out    what was found, by line; or one line of plain text that is safe to show
Never  decides what is done about a finding; takes longer than a text is long
Why    instructions of a skill are believed by whoever loads it; what a person does not see, a person does not review.
       `hostile` is the one list for what is written here (drafts) and what comes from elsewhere (packages)
"""

import bisect
import codecs
import html
import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from skillstrata.library.hostile_phrases import COMMANDS, CYRILLIC, EASTERN, FETCHED, RUN_AT_LOAD, SIGNED, WORDED

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = re.compile(
    f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u180e\u200b-\u200d\u2028\u2029\u2060-\u2065{_BIDI}"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_DIRECTION = re.compile(f"[{_BIDI}]")
# Emoji are joined by it, and scripts of India and the Arabic ones are written with it.
_JOINERS = frozenset("\u200c\u200d")
# A stop before a small letter ends no sentence; signs of emphasis are not seen on a page.
_STOPS = ".,;!?\u2026"
_SOFT_STOP = re.compile(rf"(?<![{_STOPS}])[{_STOPS}]+(?=\s+[a-z])")
_EMPHASIS = re.compile(r"(?<!\w)[*_~]{1,3}(?=\w)|(?<=[^\W_])[*_~]{1,3}(?!\w)")
_MARKUP = re.compile(r"[<>`\[\]{}|\\]")
_MOST_FOUND = 20
_ALIKE = "абвекмнорстухіјѕԁһӏеαοριντυκχηօսոհցаВЕКМНОРСТУХІЈЅАΑΒΕΖΗΙΚΜΝΟΡΤΥΧɡı"
_LATIN = "a6bekmhopctyxijsdhleaopivtukxnounhgaBEKMHOPCTYXIJSAABEZHIKMNOPTYXgi"
_LOOK_ALIKES = dict(zip(map(ord, _ALIKE), _LATIN, strict=True))
_MIXED = re.compile(rf"(?:[a-zA-Z][a-zA-Z]*[{_ALIKE}]|[{_ALIKE}]+[a-zA-Z])[a-zA-Z{_ALIKE}]*")


def unseen(text: str) -> tuple[tuple[int, str], ...]:
    """Name the characters that nobody sees: (line, what), a line once."""
    found: dict[int, str] = {}
    for hit in _UNSEEN.finditer(text):
        if (hit.start() == 0 and hit[0] == "\ufeff") or (hit[0] in _JOINERS and _joins(text, hit.start())):
            continue
        line = text.count("\n", 0, hit.start()) + 1
        kind = "a character that turns the direction of writing" if _DIRECTION.match(hit[0]) else "an unseen character"
        found.setdefault(line, f"{kind}, U+{ord(hit[0]):04X}")
        if len(found) >= _MOST_FOUND:
            break
    return tuple(found.items())


@dataclass(frozen=True, slots=True)
class Hostile:
    """One finding: "order_to_the_reader", "grave_command" or "runs_when_loaded", its line, and its words."""

    code: str
    line: int
    words: str


def hostile(text: str) -> tuple[Hostile, ...]:
    """Name all that no instructions need: orders to the reader, commands that bring ruin, what runs by being loaded."""
    looks = (("order_to_the_reader", orders), ("grave_command", commands), ("runs_when_loaded", runs_at_load))
    return tuple(Hostile(code, line, words) for code, look in looks for line, words in look(text))


def orders(text: str) -> tuple[tuple[int, str], ...]:
    """Name the sentences that give a reader orders which no skill needs to give: (line, the words)."""
    folded, starts, lines = _folded(text)
    looks = (WORDED, SIGNED) if folded.isascii() else (WORDED, SIGNED, CYRILLIC, EASTERN)
    hits = [hit for look in looks for hit in itertools.islice(look.finditer(folded), _MOST_FOUND)]
    hits.sort(key=lambda hit: hit.start())
    found = ((lines[bisect.bisect(starts, hit.start()) - 1], plain_line(hit[0], 80)) for hit in hits)
    return tuple(itertools.islice(found, _MOST_FOUND))


def commands(text: str) -> tuple[tuple[int, str], ...]:
    """Name the commands that run what comes from elsewhere unseen, or empty the disk: (line, the words)."""
    # A line that goes on after a backslash is one; both forms have the same length.
    joined = text.replace("\\\r\n", "   ").replace("\\\n", "  ") if "\\" in text else text
    hits = [*itertools.islice(COMMANDS.finditer(joined), _MOST_FOUND), *_fetched(joined)]
    return _first_hits(iter(sorted(hits, key=lambda hit: hit.start())), text, 0)


def _fetched(text: str) -> Iterator[re.Match[str]]:
    """Give where a file is fetched and run at once."""
    hits = FETCHED.finditer(text)
    return itertools.islice((hit for hit in hits if _is_in(hit["run"].rpartition("/")[2], hit["fetch"])), _MOST_FOUND)


def _is_in(name: str, words: str) -> bool:
    return re.search(rf"[\s/=>'\"O]{re.escape(name)}['\"]?(?=\s|\Z)", words) is not None


def runs_at_load(text: str) -> tuple[tuple[int, str], ...]:
    """Name what a client runs before anybody reads the text: (line, the words)."""
    return _first_hits(RUN_AT_LOAD.finditer(text), text, 0)


def remarks(text: str, longer_than: int = 0) -> tuple[tuple[int, str], ...]:
    """Name the HTML comments of more characters than so many, which a rendered page does not show: (line, the words).

    One that is never closed hides the rest of the page.
    """
    found: list[tuple[int, str]] = []
    at = text.find("<!--")
    while at >= 0 and len(found) < _MOST_FOUND:
        start = at + len("<!--")
        end = text.find("-->", start)
        inner = text[start : end if end >= 0 else len(text)]
        if len(inner) > longer_than and inner.strip():
            found.append((text.count("\n", 0, at) + 1, plain_line(inner[:400], 80)))
        at = text.find("<!--", end) if end >= 0 else -1
    return tuple(found)


def plain_text(data: bytes) -> str | None:
    """Give bytes as text: UTF-8, or UTF-16 and UTF-32 where a mark at the beginning says so; None for others."""
    marks = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"))
    marks += ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    try:
        return data.decode(next((name for mark, name in marks if data.startswith(mark)), "utf-8"))
    except UnicodeDecodeError:
        return None


def plain_line(text: str, most: int) -> str:
    """Give one line without unseen characters or markup, at most `most` characters long."""
    flat = " ".join(_MARKUP.sub(" ", _UNSEEN.sub("", text)).split())
    return flat if len(flat) <= most else f"{flat[: most - 1].rstrip()}…"


def _folded(text: str) -> tuple[str, list[int], list[int]]:
    """Give the text as one line, where each of its lines begins in it, and their numbers.

    Full-width letters, letters that look like Latin ones, character references, unseen characters, line ends and
    emphasis between the words hide nothing then.
    """
    parts: list[str] = []
    starts: list[int] = []
    numbers: list[int] = []
    length = 0
    for number, line in enumerate(text.split("\n"), 1):
        seen = _in_one_script(unicodedata.normalize("NFKC", _UNSEEN.sub("", html.unescape(line))))
        plain = " ".join(_SOFT_STOP.sub(" ", _EMPHASIS.sub(" ", seen)).split())
        if not plain:
            continue
        if parts and plain[0].islower():
            length -= len(parts[-1])
            parts[-1] = parts[-1].rstrip(_STOPS)
            length += len(parts[-1])
        parts.append(plain)
        starts.append(length)
        numbers.append(number)
        length += len(plain) + 1
    return " ".join(parts), starts or [0], numbers or [1]


def _in_one_script(line: str) -> str:
    """Write words of Latin letters and some that look like them with Latin ones alone."""
    return line if line.isascii() else _MIXED.sub(lambda word: word[0].translate(_LOOK_ALIKES), line)


def _first_hits(hits: Iterator[re.Match[str]], text: str, group: int) -> tuple[tuple[int, str], ...]:
    return tuple(
        (text.count("\n", 0, hit.start()) + 1, plain_line(hit[group], 80))
        for hit in itertools.islice(hits, _MOST_FOUND)
    )


def _joins(text: str, at: int) -> bool:
    """Say whether a joiner stands between two characters that are written joined."""
    sides = text[at - 1 : at] + text[at + 1 : at + 2]
    return len(sides) == len("ab") and all(ord(c) > ord("\u02ff") and not c.isspace() for c in sides)
