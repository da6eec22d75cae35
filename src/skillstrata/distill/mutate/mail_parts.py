"""Find the texts of a mail (some headers, bodies, attached texts) and write changed ones back, however encoded.

In     the bytes of one mail
Out    its texts with their places; the mail with other texts in these places
Never  raises, touches binary attachments, boundaries or headers it did not hand out
Why    the standard library writes mails differently from version to version; an edit in place keeps every other byte
"""

import base64
import binascii
import email.errors
import email.header
import itertools
import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HEADERS = re.compile(rb"^(Subject|From|To|Cc|Date):[ \t]*((?:[^\r\n]|\r?\n[ \t])*)", re.I | re.M)
_FIELD = rb"^%s:[ \t]*((?:[^\r\n]|\r?\n[ \t])*)"
_BOUNDARY = re.compile(rb"""boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))""", re.I)
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.I)
_END = re.compile(rb"\r?\n\r?\n")
_KINDS = {b"text/html": "html", b"text/csv": "table", b"text/tab-separated-values": "table"}
_MAX_DEPTH = 8
MAX_PARTS = 400
_LINE = 76


@dataclass(frozen=True, slots=True)
class MailPart:
    """One text of a mail. `kind` is header, plain, html or table; `carried` says how its bytes travel."""

    kind: str
    start: int
    end: int
    text: str
    carried: str
    charset: str


def mail_parts(data: bytes) -> tuple[MailPart, ...]:
    """Give the texts of a mail in order; none where it has no headers."""
    found: list[MailPart] = []
    for part in _parts(data, 0, len(data), 0):
        found.append(part)
        if len(found) == MAX_PARTS:
            break
    return tuple(found)


def with_mail_parts(data: bytes, parts: Sequence[MailPart], texts: Sequence[str]) -> bytes:
    """Write a mail with other texts in the places of the old ones."""
    out: list[bytes] = []
    at = 0
    for part, text in zip(parts, texts, strict=True):
        # What did not change keeps its own spelling.
        same = text == part.text
        out += [data[at : part.start], data[part.start : part.end] if same else carried_text(part, text)]
        at = part.end
    return b"".join([*out, data[at:]])


def _parts(data: bytes, start: int, end: int, depth: int) -> Iterator[MailPart]:
    gap = _END.search(data, start, end)
    if gap is None or depth > _MAX_DEPTH:
        return
    head = data[start : gap.start()]
    if depth == 0:
        yield from _header_parts(head, start)
    kind = _field(head, b"Content-Type") or b"text/plain"
    if kind.lower().startswith(b"multipart/"):
        named = _BOUNDARY.search(kind)
        if named:
            for a, b in between(data, gap.end(), end, named.group(1) or named.group(2)):
                yield from _parts(data, a, b, depth + 1)
        return
    if kind.lower().startswith(b"text/"):
        body = body_part(data, (gap.end(), end), head, kind)
        if body:
            yield body


def _field(head: bytes, name: bytes) -> bytes:
    found = re.search(_FIELD % name, head, re.I | re.M)
    return found.group(1) if found else b""


def _header_parts(head: bytes, start: int) -> Iterator[MailPart]:
    for match in _HEADERS.finditer(head):
        raw = match.group(2).decode("utf-8", "replace")
        try:
            text = str(email.header.make_header(email.header.decode_header(raw))) if "=?" in raw else raw
        except (email.errors.HeaderParseError, binascii.Error, UnicodeError, LookupError, ValueError):
            continue
        yield MailPart("header", start + match.start(2), start + match.end(2), text, "word", "utf-8")


def between(data: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Give where each part lies between the lines of a boundary."""
    marks = list(re.finditer(rb"(?:^|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|$)", data[start:end]))
    for this, following in itertools.pairwise(marks):
        if this.group(1) is None:
            yield start + this.end(), start + following.start()


def body_part(data: bytes, span: tuple[int, int], head: bytes, kind: bytes) -> MailPart | None:
    """Read the text of one part with its head and content type; None where it cannot be decoded."""
    carried = _field(head, b"Content-Transfer-Encoding").strip().lower().decode("ascii", "replace") or "8bit"
    declared = _CHARSET.search(kind)
    charset = declared.group(1).decode("ascii", "replace") if declared else "utf-8"
    raw = data[slice(*span)]
    try:
        plain = {"base64": base64.b64decode, "quoted-printable": quopri.decodestring}.get(carried, bytes)(raw)
        text = plain.decode(charset)
    except (binascii.Error, UnicodeError, LookupError, ValueError):
        return None
    return MailPart(_KINDS.get(kind.lower().split(b";")[0].strip(), "plain"), *span, text, carried, charset)


def carried_text(part: MailPart, text: str) -> bytes:
    """Give the bytes of a text as its part carries them."""
    raw = text.encode(part.charset, "xmlcharrefreplace" if part.kind == "html" else "replace")
    return _CARRIERS.get(part.carried, bytes)(raw)


def encoded_word(raw: bytes) -> bytes:
    """Write a header's value: plain where it is ASCII, else as encoded words of whole characters."""
    if raw.isascii():
        return raw
    text = raw.decode("utf-8", "replace")
    words = [text[n : n + 12] for n in range(0, len(text), 12)]
    return b"\r\n ".join(b"=?utf-8?b?" + base64.b64encode(word.encode()) + b"?=" for word in words)


def base64_lines(raw: bytes) -> bytes:
    """Write bytes as base64 in lines of 76 characters."""
    text = base64.b64encode(raw)
    return b"\r\n".join(text[n : n + _LINE] for n in range(0, len(text), _LINE))


_CARRIERS = {"word": encoded_word, "base64": base64_lines, "quoted-printable": quopri.encodestring}
