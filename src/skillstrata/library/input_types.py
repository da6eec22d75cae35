"""Say whether a file is clearly not what a tool takes, from the two media types alone.

In     the type its content shows, the type the tool was proven on, its name
Out    True only where no reader of the one could make sense of the other
Never  refuses a neighbour: plain text, tables, Markdown and lines of a log are one another's special cases
Why    a program fed with another kind of file often ends well and gives nonsense, which looks like a result
"""

_MARKUP = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml", "image/svg+xml"})
_JSON = frozenset({"application/json", "application/x-ndjson", "application/jsonl"})
_TABLE = frozenset({"text/csv", "text/tab-separated-values"})
_PROSE = frozenset({"text/plain", "text/markdown", "text/x-log"})
_TEXTUAL = _MARKUP | _JSON | _TABLE | _PROSE
_UNKNOWN = "application/octet-stream"
_ZIP = "application/zip"
_ZIPPED = ("application/vnd.openxmlformats-", "application/vnd.oasis.opendocument.", "application/epub+zip")
_OLE = "application/x-ole-storage"
_IN_OLE = frozenset({_OLE, "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"})
_PACKED = ("image/", "audio/", "video/")
_KNOWN = frozenset(
    {_ZIP, "application/pdf", "application/gzip", "application/vnd.sqlite3", "application/rtf", *_IN_OLE}
)
# For each kind of input, the kinds of text that may pass for it.
_NEIGHBOURS = (
    (_PROSE, _PROSE | _TABLE | {"application/x-ndjson", "application/jsonl"}),
    (_TABLE, _PROSE | _TABLE),
    (_JSON, _JSON | {"text/plain"}),
    (_MARKUP, _MARKUP | _PROSE),
)
_LOG_ENDINGS = (".txt", ".log", ".text")
_OPENINGS = ("<!doctype", "<html", "<?xml")


def is_clearly_other(found: str, expected: str, *, data: bytes, name: str, example_name: str) -> bool:
    """Say whether a file must not be given to a tool.

    Args:
        found: The media type of its content.
        expected: The media type the tool takes.
        data: The file; only its beginning is looked at.
        name: Its name.
        example_name: The name of the file the tool was first shown with.
    """
    if found == expected or not _is_known(expected):
        return False
    if expected in _TEXTUAL:
        return found not in _TEXTUAL or _is_other_text(found, expected, data=data, name=name, example_name=example_name)
    return found in _TEXTUAL or _is_other_binary(found, expected)


def _is_known(media_type: str) -> bool:
    return media_type in _TEXTUAL | _KNOWN or media_type.startswith((*_ZIPPED, *_PACKED))


def _is_other_text(found: str, expected: str, *, data: bytes, name: str, example_name: str) -> bool:
    if any(expected in kind and found in neighbours for kind, neighbours in _NEIGHBOURS):
        return False
    if found in _MARKUP:
        # Without a document's opening, tags are what plain text and Markdown may hold too.
        return expected not in _PROSE or data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(
            tuple(opening.encode() for opening in _OPENINGS)
        )
    ending = _ending(name)
    if found in _JSON:
        return not (expected == "text/plain" and ending in _LOG_ENDINGS)
    # Lines with commas or stars under the tool's own ending: the content leaves open what they are.
    return not ending or ending != _ending(example_name)


def _is_other_binary(found: str, expected: str) -> bool:
    if expected.startswith(_ZIPPED):
        return found != _ZIP
    if expected in _IN_OLE:
        return found not in _IN_OLE or _OLE not in {found, expected}
    return found != _UNKNOWN


def _ending(name: str) -> str:
    _, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot else ""
