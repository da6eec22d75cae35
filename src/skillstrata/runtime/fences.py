"""Cut a skill file into frontmatter and body, at lines of `---`.

In     text with LF line ends
Out    both parts with the lines they begin on; or why there is no frontmatter
Never  takes a `---` inside a line for a fence
"""

import re
from dataclasses import dataclass

MAX_FRONTMATTER = 64 * 1024
_BLANKS = " \t"
_KEY_LINE = re.compile(r"[A-Za-z_][\w-]*[ \t]*:(?:\s|\Z)")


@dataclass(frozen=True, slots=True)
class Fenced:
    """The parts of a file; `code` is "" where both fences are there, else what is wrong. Lines count from 1."""

    frontmatter: str
    frontmatter_line: int
    body: str
    body_line: int
    code: str = ""


def fenced(text: str) -> Fenced:
    """Cut at the first two fences; blank lines before the first one are passed over."""
    start, line = (0, 1) if text.startswith("---") else _first_line(text)
    opened = _after_fence(text, start)
    if opened is None:
        return Fenced("", 1, text, 1, "no_frontmatter")
    # Begun at the line end of the first fence, so that an empty frontmatter has its closing fence found.
    at = opened - 1
    while (at := text.find("\n---", at)) >= 0:
        closed = _after_fence(text, at + 1)
        if closed is not None:
            return _cut(text, (opened, at + 1, closed), line)
        at += 1
    return Fenced("", line, text, line, "unclosed_fence")


def _cut(text: str, places: tuple[int, int, int], line: int) -> Fenced:
    opened, end, closed = places
    if end - opened > MAX_FRONTMATTER:
        return Fenced("", line, "", line, "frontmatter_too_large")
    frontmatter, body = text[opened:end], text[closed:]
    body_line = line + frontmatter.count("\n") + 2
    code = "second_frontmatter" if _begins_again(body) else ""
    return Fenced(frontmatter, line + 1, body, body_line, code)


def _first_line(text: str) -> tuple[int, int]:
    """Give where the first line that is not blank begins, and its number."""
    start = len(text) - len(text.lstrip())
    start = text.rfind("\n", 0, start) + 1
    return start, text.count("\n", 0, start) + 1


def _after_fence(text: str, start: int) -> int | None:
    """Give where the line after a fence begins; None where no fence is at `start`."""
    if not text.startswith("---", start):
        return None
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    return min(end + 1, len(text)) if not text[start + 3 : end].strip(_BLANKS) else None


def _begins_again(body: str) -> bool:
    """Say whether a body begins with another block of `key: value` lines between fences."""
    if body[:1] not in "-\n \t" or not body.lstrip().startswith("---"):
        return False
    lines = body.lstrip()[: MAX_FRONTMATTER + 8].split("\n")
    if lines[0].rstrip(_BLANKS) != "---":
        return False
    keys = 0
    for line in lines[1:]:
        if line.rstrip(_BLANKS) == "---":
            return keys > 0
        if _KEY_LINE.match(line):
            keys += 1
        elif line.strip() and line[0] not in _BLANKS:
            return False
    return False
