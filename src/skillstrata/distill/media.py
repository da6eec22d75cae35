"""Say what bytes are: media type by content, the name only where content leaves a tie.

In     bytes, perhaps with the file name they had
Out    a media type, its usual file ending, and the short word for it ("html", "docx", "csv")
Never  raises on hostile bytes, unpacks more than a zip's list of names, trusts a name against the content
Why    a file's ending is what somebody typed, and oracles pick their reader by the type
"""

import csv
import importlib
import io
import json
import re
import zipfile
from typing import Protocol, cast

from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.delimited import SEEN_CHARS, delimiter_of
from skillstrata.distill.views.media_types import (
    BINARY,
    CSV,
    DOCX,
    EML,
    HTML,
    IPYNB,
    JSON,
    MARKDOWN,
    NDJSON,
    PPTX,
    TEXT,
    TSV,
    XLSX,
    XML,
    ZIP,
)


class _Guesser(Protocol):
    """What we call of the filetype library, which has no types of its own."""

    def guess_mime(self, obj: bytes) -> str | None:
        """Give the media type by the first bytes."""
        ...


_LIBRARY = cast("_Guesser", importlib.import_module("filetype"))
# media type -> (ending, short name)
_KNOWN: dict[str, tuple[str, str]] = {
    HTML: (".html", "html"),
    DOCX: (".docx", "docx"),
    XLSX: (".xlsx", "xlsx"),
    PPTX: (".pptx", "pptx"),
    CSV: (".csv", "csv"),
    TSV: (".tsv", "tsv"),
    JSON: (".json", "json"),
    NDJSON: (".jsonl", "ndjson"),
    MARKDOWN: (".md", "markdown"),
    TEXT: (".txt", "text"),
    XML: (".xml", "xml"),
    ZIP: (".zip", "zip"),
    BINARY: (".bin", "binary"),
    "application/pdf": (".pdf", "pdf"),
    "application/gzip": (".gz", "gzip"),
    "application/msword": (".doc", "doc"),
    "application/vnd.ms-excel": (".xls", "xls"),
    "application/vnd.ms-powerpoint": (".ppt", "ppt"),
    "application/x-ole-storage": (".ole", "ole"),
    "application/vnd.oasis.opendocument.text": (".odt", "odt"),
    "application/vnd.oasis.opendocument.spreadsheet": (".ods", "ods"),
    "application/epub+zip": (".epub", "epub"),
    "application/vnd.sqlite3": (".sqlite", "sqlite"),
    "application/rtf": (".rtf", "rtf"),
    "application/vnd.oasis.opendocument.presentation": (".odp", "odp"),
    "application/x-tar": (".tar", "tar"),
    "application/yaml": (".yaml", "yaml"),
    "application/toml": (".toml", "toml"),
    "text/x-ini": (".ini", "ini"),
    EML: (".eml", "mail"),
    IPYNB: (".ipynb", "notebook"),
    "image/png": (".png", "png"),
    "image/jpeg": (".jpg", "jpeg"),
    "image/gif": (".gif", "gif"),
    "image/webp": (".webp", "webp"),
    "image/tiff": (".tiff", "tiff"),
    "image/bmp": (".bmp", "bmp"),
    "image/svg+xml": (".svg", "svg"),
    "audio/mpeg": (".mp3", "mp3"),
    "audio/wav": (".wav", "wav"),
    "video/mp4": (".mp4", "mp4"),
}
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x1f\x8b", "application/gzip"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"{\\rtf", "application/rtf"),
    (b"ID3", "audio/mpeg"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_NAMES = {
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
}
_ZIP_PARTS = (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX), ("ppt/presentation.xml", PPTX))
_NAMED = {
    ".htm": HTML,
    ".html": HTML,
    ".xhtml": HTML,
    ".csv": CSV,
    ".tsv": TSV,
    ".tab": TSV,
    ".json": JSON,
    ".jsonl": NDJSON,
    ".ndjson": NDJSON,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".xml": XML,
    ".svg": "image/svg+xml",
}
# Formats whose content alone does not tell them from prose: the ending, and a look that it can be so.
_CLAIMED: dict[str, tuple[str, re.Pattern[str]]] = {
    ".eml": (EML, re.compile(r"\A(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}")),
    ".yaml": ("application/yaml", re.compile(r"^\s*(?:- |[\w\"'./-]+:(?:\s|$)|---)", re.M)),
    ".yml": ("application/yaml", re.compile(r"^\s*(?:- |[\w\"'./-]+:(?:\s|$)|---)", re.M)),
    ".toml": ("application/toml", re.compile(r"^\s*(?:\[[^\]\n]+\]|[\w.\"'-]+\s*=)", re.M)),
    ".ini": ("text/x-ini", re.compile(r"^\s*(?:\[[^\]\n]+\]|[\w.-]+\s*[=:])", re.M)),
    ".cfg": ("text/x-ini", re.compile(r"^\s*\[[^\]\n]+\]", re.M)),
}
_MAIL_LINES = re.compile(r"^(?:From|To|Subject|Date|Message-ID|MIME-Version|Received):", re.M | re.I)
_MAIL_HEADS = 3
# Two lines with one comma each are prose; three columns or three rows are a table.
_PAIR = 2
_LONGEST_FIELD = 60
_JSON_CHARS = 32_000_000
_HEAD_BYTES = 8192
_HTML_OPENING = re.compile(r"^(?:<\?xml[^>]*>|<!--.*?-->|\s)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_HTML_TAG = re.compile(
    r"<(?:p|div|h[1-6]|table|tr|td|ul|ol|li|span|a|article|section|main|br|img|b|strong|em|pre|nav|header)[\s>/]", re.I
)
_XML_OPENING = re.compile(r"^(?:<\?xml[^>]*>|<!--.*?-->|\s)*<([A-Za-z_][\w:.-]*)[\s>/]", re.S)
_MARKDOWN_MARKS = re.compile(
    r"^#{1,6} \S|^(?:```|~~~)|^\|?[ \t]*:?-{3,}:?[ \t]*\|[-| :\t]*$|\[[^\[\]\n]{1,200}\]\([^()\s]{1,400}\)"
    r"|\*\*[^*\s][^*\n]{0,200}\*\*|^={4,}[ \t]*$",
    re.M,
)


def extension_of(media_type: str) -> str:
    """Give the usual file ending (".md"); ".bin" for a type we do not know."""
    return _KNOWN.get(media_type, (".bin", ""))[0]


def short_name(media_type: str) -> str:
    """Give the word people use ("docx", "markdown"); for a type we do not know, its subtype."""
    known = _KNOWN.get(media_type)
    return known[1] if known else re.sub(r"[^a-z0-9]+", "-", media_type.rpartition("/")[2].lower()).strip("-")


def media_type_of(data: bytes, name: str = "") -> str:
    """Give the media type of `data`. `name` decides only between types the content leaves open."""
    ending = _ending(name)
    binary = _binary_type(data, ending)
    if binary:
        return binary
    decoded = decode(data)
    if decoded is None:
        return _rarer_type(data)
    lines = decoded.text[:_JSON_CHARS].strip("\r\n")
    text = lines.strip("\ufeff \t\r\n")
    if not text:
        return _NAMED.get(ending, TEXT)
    found = _markup_type(text, ending) or _json_type(text, ending)
    # A tab at the end of a line is an empty field there.
    return found or _claimed_type(text, ending) or _line_type(lines, ending)


def _ending(name: str) -> str:
    last = re.split(r"[\\/]", name)[-1].lower()
    return "." + last.rpartition(".")[2] if "." in last else ""


def _binary_type(data: bytes, ending: str) -> str:
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_type(data)
    if data.startswith(_OLE):
        return _OLE_NAMES.get(ending, "application/x-ole-storage")
    if data.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(data[8:12], BINARY)
    if data[4:8] == b"ftyp":
        return "video/mp4"
    if data.startswith(b"BM") and b"\x00" in data[:32]:
        return "image/bmp"
    return next((media for magic, media in _MAGIC if data.startswith(magic)), "")


def _rarer_type(data: bytes) -> str:
    """Give the type of a binary file that no reader of ours knows."""
    return _LIBRARY.guess_mime(data[:_HEAD_BYTES]) or BINARY


def _zip_type(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        return ZIP
    for part, media in _ZIP_PARTS:
        if part in names:
            return media
    # OpenDocument and EPUB store their type as the first, uncompressed member.
    stored = re.match(rb"PK\x03\x04.{26}mimetype(application/[\w.+-]{3,80}?)(?:PK|Pk)", data[:200], re.S)
    return stored.group(1).decode("ascii") if stored else ZIP


def _markup_type(text: str, ending: str) -> str:
    if not text.startswith("<") or ending in {".md", ".markdown"}:
        return ""
    head = text[:8000]
    if _HTML_OPENING.match(head):
        return HTML
    opening = _XML_OPENING.match(head)
    if opening is None:
        return ""
    if opening.group(1).lower() == "svg":
        return "image/svg+xml"
    declared = text.startswith("<?xml") or ending == ".xml"
    if not declared and (
        _HTML_TAG.match(head, opening.start(1) - 1) or (ending in {".htm", ".html"} and _HTML_TAG.search(head))
    ):
        return HTML
    return XML if declared or text.endswith((f"</{opening.group(1)}>", "/>")) else ""


def _json_type(text: str, ending: str) -> str:
    if text[0] not in "{[":
        return JSON if ending == ".json" and _is_json(text) else ""
    if _is_json(text):
        if ending == ".ipynb":
            return IPYNB
        return NDJSON if ending in {".jsonl", ".ndjson"} and "\n" not in text else JSON
    lines = [line for line in text[:SEEN_CHARS].splitlines() if line.strip()]
    whole = lines if len(text) <= SEEN_CHARS else lines[:-1]
    if len(whole) > 1 and all(line.lstrip()[0] in "{[" and _is_json(line) for line in whole):
        return NDJSON
    return ""


def _claimed_type(text: str, ending: str) -> str:
    claimed = _CLAIMED.get(ending)
    if claimed is not None:
        return claimed[0] if claimed[1].search(text[:SEEN_CHARS]) else ""
    head = text[:SEEN_CHARS].partition("\n\n")[0]
    is_mail = not ending and len(_MAIL_LINES.findall(head)) >= _MAIL_HEADS and _CLAIMED[".eml"][1].match(head + "\n")
    return EML if is_mail else ""


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _line_type(text: str, ending: str) -> str:
    named = _NAMED.get(ending, TEXT if ending else "")
    delimiter = delimiter_of(text)
    if named in {CSV, TSV}:
        return TSV if (delimiter or {CSV: ",", TSV: "\t"}[named]) == "\t" and ending != ".csv" else CSV
    if named == MARKDOWN:
        return MARKDOWN
    if named != TEXT and delimiter and _is_surely_a_table(text, delimiter):
        return TSV if delimiter == "\t" else CSV
    if named in {JSON, NDJSON, XML, HTML, ""} and _MARKDOWN_MARKS.search(text[:SEEN_CHARS]):
        return MARKDOWN
    return TEXT


def _is_surely_a_table(text: str, delimiter: str) -> bool:
    if delimiter == "|":
        return False
    rows = [row for row in csv.reader(io.StringIO(text[:SEEN_CHARS], newline=""), delimiter=delimiter) if row]
    fields = [field for row in rows for field in row]
    spaced = sum(field.startswith(" ") for field in fields)
    short = sum(len(field) <= _LONGEST_FIELD for field in fields)
    wide = len(rows[0]) > _PAIR or len(rows) > _PAIR or delimiter == "\t"
    return wide and short >= 0.8 * len(fields) and spaced <= 0.3 * len(fields)
