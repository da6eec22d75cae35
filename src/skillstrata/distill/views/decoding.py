"""Bytes to text, with the encoding named, so that an edit can be written back as it was.

In     bytes
Out    Decoded: text without its byte order mark, the encoding, the mark itself; None for binary content
Never  raises, replaces a character it cannot read
"""

import codecs
import re
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]{3,20})|<\?xml[^>]{0,80}encoding=["']([\w-]{3,20})""", re.I
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
MAX_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the codec that gave it and the byte order mark that stood before it."""

    text: str
    encoding: str
    mark: bytes = b""

    def encode(self, text: str) -> bytes:
        """Write `text` the way the original was written; what the codec lacks becomes a character reference."""
        return self.mark + text.encode(self.encoding, errors="xmlcharrefreplace")


def decode(data: bytes) -> Decoded | None:
    """Decode by byte order mark, then UTF-8, then the charset that markup declares, then Windows-1252."""
    if len(data) > MAX_BYTES:
        return None
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = _try(data[len(mark) :], encoding)
            return Decoded(text, encoding, mark) if text is not None else None
    if b"\x00" in data:
        return None
    text = _try(data, "utf-8")
    if text is not None:
        # A file of control characters is binary content that happens to be valid UTF-8.
        return None if len(_CONTROL.findall(text)) > 0.05 * len(text) else Decoded(text, "utf-8")
    declared = _CHARSET.search(data[:4096])
    names = [(declared.group(1) or declared.group(2)).decode("ascii")] if declared else []
    for encoding in [*names, "cp1252"]:
        text = _try(data, encoding)
        if text is not None and not _CONTROL.search(text):
            return Decoded(text, encoding)
    return None


def _try(data: bytes, encoding: str) -> str | None:
    try:
        # A codec that is not one of text (hex, zlib) is refused with LookupError.
        return data.decode(encoding)
    except (UnicodeError, LookupError, ValueError):
        return None
