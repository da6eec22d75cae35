"""Bytes of a skill file to text, and what a reader of that text would not see.

In     bytes
Out    text with LF line ends, without byte order mark; or nothing, and why
Never  raises
"""

import re

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.runtime.skill_codes import noted

MAX_SKILL_BYTES = 4 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_BIDI = re.compile(rb"\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\xd8\x9c")
_HIDDEN = re.compile(
    rb"\xe2\x80\x8b|\xe2\x81[\xa0-\xa5\xaa-\xaf]|\xef\xbb\xbf|\xf3\xa0[\x80-\x87]|\xcd\x8f|\xe1\x85[\x9f\xa0]|\xe3\x85\xa4"
)
# A joiner between pictures or letters of scripts that need it is as it should be; beside ASCII it hides.
_JOINER = re.compile(rb"\xe2\x80[\x8c\x8d]")
_LONE_JOINER = re.compile(rb"(?<=[\x00-\x7f])\xe2\x80[\x8c\x8d]|\xe2\x80[\x8c\x8d](?=[\x00-\x7f]|\Z)")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]")
_PLAIN = bytes((*b"\t\n\r", *range(0x20, 0x7F)))
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff"
    "\U000e0000-\U000e01ff]"
)


def text_of(data: bytes) -> tuple[str | None, list[Diagnostic]]:
    """Give the text and what is odd about its characters; None where it is no text, with the error."""
    if len(data) > MAX_SKILL_BYTES:
        return None, [noted("too_large", f"{len(data)} bytes, more than {MAX_SKILL_BYTES}")]
    if b"\0" in data:
        return None, [noted("nul_byte", "a NUL byte", _line_at(data, data.index(0)))]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [noted("not_utf8", f"byte {error.start} is not UTF-8", _line_at(data, error.start))]
    found = _odd_characters(data)
    if data.startswith(_BOM):
        text = text[1:]
        found.append(noted("bom", "a byte order mark", 1, repaired=True))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        found.append(noted("crlf", "line ends are CR LF or CR", repaired=True))
    return text, found


def _line_at(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def _odd_characters(data: bytes) -> list[Diagnostic]:
    # What is not plain ASCII is a small part of most files: the patterns run over that alone.
    rest = data.translate(None, _PLAIN)
    if not rest:
        return []
    start = len(_BOM) if data.startswith(_BOM) else 0
    wanted = [("control_chars", _CONTROL), ("bidi_chars", _BIDI), ("hidden_chars", _HIDDEN)]
    found = [
        _seen(code, data, hit)
        for code, pattern in wanted
        if pattern.search(rest, start)
        if (hit := pattern.search(data, start))
    ]
    if _JOINER.search(rest) and not any(d.code == "hidden_chars" for d in found):
        hit = _LONE_JOINER.search(data)
        found += [_seen("hidden_chars", data, hit)] if hit else []
    return found


def _seen(code: str, data: bytes, hit: re.Match[bytes]) -> Diagnostic:
    character = data[hit.start() : hit.start() + 4].decode("utf-8", "ignore")[0]
    return noted(code, f"U+{ord(character):04X}", _line_at(data, hit.start()))
