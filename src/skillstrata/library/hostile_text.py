"""What may hide in a text that an agent will read: unseen characters, and sentences that give it orders.

In     text of anybody
Out    what was found, by line; or one line of plain text that is safe to show
Never  decides what is done about a finding
Why    instructions of a skill are believed by whoever loads it; what a person does not see, a person does not review
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = re.compile(
    f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u180e\u200b-\u200d\u2028\u2029\u2060-\u2065{_BIDI}"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_DIRECTION = re.compile(f"[{_BIDI}]")
# Emoji are joined by it, and scripts of India and the Arabic ones are written with it.
_JOINERS = frozenset("\u200c\u200d")
_PHRASES = re.compile(
    r"""\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}
        \b(?:previous|prior|above|earlier|all|any|your|system)\b[^.\n]{0,40}\b(?:instructions?|prompts?|rules?|guidelines?|messages?|directions?|safety)\b
    | \b(?:do\s+not|don't|never)\s+(?:tell|inform|mention|reveal|show|report)\b[^.\n]{0,30}
        \b(?:the\s+)?(?:user|human|anyone|person)\b
    | \bwithout\s+(?:telling|informing|asking|notifying)\b[^.\n]{0,20}\b(?:user|human)\b
    | \byou\s+are\s+now\s+(?:a|an|in)\b | \bnew\s+(?:system\s+)?instructions?\s*:
    | \b(?:reveal|print|send|exfiltrate|upload|leak)\b[^.\n]{0,40}
        \b(?:system\s+prompt|credentials?|secrets?|api[\s_-]?keys?|passwords?|tokens?|private\s+keys?|environment\s+variables?)\b
    | <\s*/?\s*(?:system|assistant|human|user|system-reminder|instructions?|tool_result|function_results?)\b[^>]{0,80}>
    | \[/?(?:INST|SYS)\] | <\|(?:im_start|im_end|system|endoftext)\|>
    | --dangerously-skip-permissions | \bbypassPermissions\b""",
    re.IGNORECASE | re.VERBOSE,
)
_HTML_COMMENT = re.compile(r"<!--(.{1,2000}?)-->", re.S)
_MARKUP = re.compile(r"[<>`\[\]{}|\\]")
_MOST_FOUND = 20


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


def orders(text: str) -> tuple[tuple[int, str], ...]:
    """Name the sentences that give a reader orders which no skill needs to give: (line, the words)."""
    # Folded, so that full-width letters and unseen ones between the others hide nothing.
    folded = "\n".join(unicodedata.normalize("NFKC", _UNSEEN.sub("", line)) for line in text.split("\n"))
    return _first_hits(_PHRASES.finditer(folded), folded, 0)


def remarks(text: str) -> tuple[tuple[int, str], ...]:
    """Name the HTML comments, which a rendered page does not show: (line, the words)."""
    return _first_hits(_HTML_COMMENT.finditer(text), text, 1)


def plain_line(text: str, most: int) -> str:
    """Give one line without unseen characters or markup, at most `most` characters long."""
    flat = " ".join(_MARKUP.sub(" ", _UNSEEN.sub("", text)).split())
    return flat if len(flat) <= most else f"{flat[: most - 1].rstrip()}…"


def _first_hits(hits: Iterator[re.Match[str]], text: str, group: int) -> tuple[tuple[int, str], ...]:
    return tuple(
        (text.count("\n", 0, hit.start()) + 1, plain_line(hit[group], 80))
        for hit in itertools.islice(hits, _MOST_FOUND)
    )


def _joins(text: str, at: int) -> bool:
    """Say whether a joiner stands between two characters that are written joined."""
    sides = text[at - 1 : at] + text[at + 1 : at + 2]
    return len(sides) == len("ab") and all(ord(c) > ord("\u02ff") and not c.isspace() for c in sides)
