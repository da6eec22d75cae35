"""Take the author's words out of a mail beside its texts: headers, names of attachments, attachments themselves.

In     a mail whose texts were made new, stand-ins
Out    the same mail with other header values, other boundaries, other attached files
Never  changes how its parts are nested or encoded; raises
"""

import base64
import binascii
import email.errors
import email.header
import quopri
import re
from collections.abc import Callable

from skillstrata.distill.mutate.mail_parts import (
    MAX_PARTS,
    base64_lines,
    between,
    body_part,
    carried_text,
    encoded_word,
    mail_parts,
)
from skillstrata.distill.synthesise.clean_markup import clean_markup
from skillstrata.distill.synthesise.stand_ins import StandIns

_FIELD = re.compile(rb"^([!-9;-~]+):[ \t]*((?:[^\r\n]|\r?\n[ \t])*)", re.M)
_GAP = re.compile(rb"\r?\n\r?\n")
_BOUNDARY = re.compile(rb"""boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))""", re.I)
_PARAMETER = re.compile(rb""";\s*([\w*-]+)\s*=\s*("[^"]*"|[^\s;]+)""")
_KEPT_PARAMETERS = frozenset({b"charset", b"boundary", b"format", b"delsp", b"type"})
_MADE = frozenset({b"subject", b"from", b"to", b"cc", b"date"})
_STRUCTURE = frozenset({b"mime-version", b"content-transfer-encoding"})
_TYPED = frozenset({b"content-type", b"content-disposition"})
_PREAMBLE = b"This is a multi-part message in MIME format."
_SHORTEST_BOUNDARY = 6
_MAX_DEPTH = 8

Attached = Callable[[str, bytes], bytes]


def clean_mail(data: bytes, stand: StandIns, attached: Attached) -> bytes | None:
    """Give a mail with the author's words exchanged; `attached` makes another file of a type.

    Returns:
        None for a mail of so many parts that not all were made new.
    """
    if len(mail_parts(data)) >= MAX_PARTS:
        return None
    made = _Cleaner(stand, attached).part(data, 0, is_new=True)
    found = {a or b for a, b in _BOUNDARY.findall(made)}
    for number, boundary in enumerate(sorted(found, key=lambda one: (-len(one), one))):
        if len(boundary) >= _SHORTEST_BOUNDARY:
            made = made.replace(boundary, b"=_part%d.%d" % (number, len(boundary)))
    return made


class _Cleaner:
    """Goes through the parts of a mail; `is_new` says whether the texts of a part were made new already."""

    def __init__(self, stand: StandIns, attached: Attached) -> None:
        self._stand = stand
        self._attached = attached

    def part(self, data: bytes, depth: int, *, is_new: bool, is_mail: bool = True) -> bytes:
        gap = _GAP.search(data)
        if gap is None or depth > _MAX_DEPTH:
            return b""
        head, seam, body = data[: gap.start()], gap.group(0), data[gap.end() :]
        fields = {match.group(1).lower(): match.group(2) for match in _FIELD.finditer(head)}
        made = _FIELD.sub(lambda match: self._field(match, is_new=is_new and is_mail), head)
        return made + seam + self._body(fields, head, body, depth, is_new=is_new)

    def _body(self, fields: dict[bytes, bytes], head: bytes, body: bytes, depth: int, *, is_new: bool) -> bytes:
        kind = fields.get(b"content-type", b"text/plain").strip()
        plain = kind.lower().split(b";")[0].strip()
        named = _BOUNDARY.search(kind)
        if plain.startswith(b"multipart/") and named:
            return self._parts(body, named.group(1) or named.group(2), depth, is_new=is_new)
        if plain == b"message/rfc822":
            return self.part(body, depth + 1, is_new=False)
        if plain.startswith(b"text/"):
            return self._text(head, body, kind, is_new=is_new)
        way = fields.get(b"content-transfer-encoding", b"").strip().lower()
        try:
            raw = {b"base64": base64.b64decode, b"quoted-printable": quopri.decodestring}.get(way, bytes)(body)
        except (binascii.Error, ValueError):
            return b""
        other = self._attached(plain.decode("ascii", "replace"), raw)
        return base64_lines(other) + b"\r\n" if way == b"base64" else other

    def _parts(self, body: bytes, boundary: bytes, depth: int, *, is_new: bool) -> bytes:
        out: list[bytes] = []
        at = 0
        for start, end in between(body, 0, len(body), boundary):
            before = body[at:start]
            mark = before.find(b"--" + boundary)
            lead = before[:mark] if mark >= 0 else b""
            out.append((_PREAMBLE + b"\r\n" if lead.strip() else lead) + before[max(mark, 0) :])
            # A part without a head has its blank line first.
            inner = body[start:end]
            headless = inner.startswith((b"\r\n", b"\n"))
            made = self.part(b"\r\n" * headless + inner, depth + 1, is_new=is_new, is_mail=False)
            out.append(made.removeprefix(b"\r\n") if headless else made)
            at = end
        last = body[at:].find(boundary)
        return b"".join(out) + (body[at : at + last + len(boundary)] + b"--\r\n" if last >= 0 else b"")

    def _text(self, head: bytes, body: bytes, kind: bytes, *, is_new: bool) -> bytes:
        found = body_part(body, (0, len(body)), head, kind)
        if found is None:
            return b"\r\n"
        text, stand = found.text, self._stand
        if found.kind == "html":
            made = clean_markup(text, stand, html=True, change=None if is_new else lambda _, raw: stand.text(raw))
        else:
            made = text if is_new else stand.text(text)
        return body if made == text else carried_text(found, made)

    def _field(self, match: re.Match[bytes], *, is_new: bool) -> bytes:
        name, value = match.group(1), match.group(2)
        lower = name.lower()
        if lower in _STRUCTURE:
            return match.group(0)
        if lower in _TYPED:
            return name + b": " + self._typed(value)
        text = _decoded(value)
        if is_new and lower in _MADE and text is not None:
            return match.group(0)
        return name + b": " + encoded_word(self._stand.words(text or "").encode("utf-8", "replace"))

    def _typed(self, value: bytes) -> bytes:
        """Give a content type or disposition with its own parameters, and another name of a file."""

        def parameter(match: re.Match[bytes]) -> bytes:
            key, old = match.group(1).lower(), match.group(2)
            if key in _KEPT_PARAMETERS:
                return match.group(0)
            text = (_decoded(old) or "").strip('"')
            return b"; " + key.partition(b"*")[0] + b'="' + self._stand.words(text).encode("ascii", "replace") + b'"'

        kind, mark, rest = value.partition(b";")
        return kind + _PARAMETER.sub(parameter, mark + rest)


def _decoded(value: bytes) -> str | None:
    raw = value.decode("utf-8", "replace")
    try:
        text = str(email.header.make_header(email.header.decode_header(raw))) if "=?" in raw else raw
    except (email.errors.HeaderParseError, binascii.Error, UnicodeError, LookupError, ValueError):
        return None
    return " ".join(text.split())
