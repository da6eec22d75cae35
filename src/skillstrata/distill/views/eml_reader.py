"""Read an e-mail: its subject and its body.

In     the bytes of a .eml
Out    DocumentView; the other headers, a second form of the body, and attachments may be left out
Never  raises, opens an attachment, follows a link
"""

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message

from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import EML
from skillstrata.distill.views.pieces import Pieces
from skillstrata.distill.views.shapes import Block, DocumentView

MAX_BYTES = 32_000_000
_MOST_PARTS = 500
_MOST_HEADERS = 200
_LONGEST_HEADER = 20_000
# What the standard library's parser is known to raise on headers and charsets from strangers.
_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)


def eml_document(data: bytes) -> DocumentView | None:
    """Read a message; None where it has no header or cannot be read."""
    if len(data) > MAX_BYTES:
        return None
    try:
        # The older policy: its headers are plain text, and reading them does not raise.
        message = message_from_bytes(data, policy=policy.compat32)
        return _document(message) if message.keys() else None
    except _DAMAGE:
        return None


def _document(message: Message) -> DocumentView | None:
    pieces = Pieces()
    pieces.blocks.append(Block(_shown(message.get("Subject", ""))))
    for name, value in message.items()[:_MOST_HEADERS]:
        pieces.side(name, _shown(value))
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    for number, part in enumerate(message.walk()):
        if number > _MOST_PARTS:
            return None
        name = part.get_filename()
        if name or part.get_content_disposition() == "attachment":
            pieces.side(_shown(str(name or "")), part.get_content_type())
        elif part.get_content_type() in texts and not part.is_multipart():
            texts[part.get_content_type()].append(_text(part))
    plain = "\n".join(texts["text/plain"])
    if plain.strip():
        pieces.blocks.append(Block(plain))
    read = [pieces.add_html(page, optional=bool(plain.strip())) for page in texts["text/html"]]
    return pieces.document(EML) if all(read) else None


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8")
    except (LookupError, ValueError):
        decoded = decode(payload)
        return decoded.text if decoded else payload.decode("latin-1")


def _shown(value: str) -> str:
    """Decode a header's encoded words; a broken one is shown as it stands."""
    text = str(value)[:_LONGEST_HEADER]
    try:
        return str(make_header(decode_header(text)))
    except _DAMAGE:
        return text
