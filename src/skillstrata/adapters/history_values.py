"""Values out of an agent's JSON, where any field may be absent or of another type than expected.

In     what a JSON parser gave
Out    text, numbers, objects and times; an empty one where the field is not what it should be
Never  raises; takes a redacted id for an id
"""

import hashlib
import math
import re
from datetime import UTC, datetime
from typing import cast
from urllib.parse import unquote

import orjson

_NOT_AN_ID = re.compile(r"redacted", re.IGNORECASE)
_MILLISECONDS_FROM = 100_000_000_000
_LATEST_S = 253_402_300_800
_ABSOLUTE = re.compile(r"[/\\~]|[A-Za-z]:[/\\]")
_CONTEXT = re.compile(
    r"\s*(?:# AGENTS\.md instructions\b|<(?:user_instructions|environment_context|INSTRUCTIONS|session_context)>)"
)
_WRAPPER = re.compile(r"\s*<([a-zA-Z][a-zA-Z_ -]{0,60})(?:\s[^>]{0,200})?>.*</\1>\s*\Z", re.DOTALL)
_FILE_ADDRESS = re.compile(r"file://(?=/)")
_DRIVE_IN_ADDRESS = re.compile(r"/(?=[A-Za-z]:)")


def members(value: object) -> dict[str, object]:
    """Give an object's members, none of anything else."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def elements(value: object) -> list[object]:
    """Give an array's items, none of anything else."""
    return cast("list[object]", value) if isinstance(value, list) else []


def text(value: object) -> str:
    """Give a string, "" for anything else."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int | None:
    """Give a whole number, None for anything else (true and false are no numbers)."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def usable_id(value: object) -> str:
    """Give an id, "" where it is absent or a redactor took it."""
    found = text(value)
    return "" if _NOT_AN_ID.search(found) else found


def seconds(value: object) -> float | None:
    """Give seconds since the epoch from an ISO time, milliseconds or seconds; None from anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        found = value / 1000 if abs(value) >= _MILLISECONDS_FROM else float(value)
    else:
        try:
            moment = datetime.fromisoformat(text(value))
        except ValueError:
            return None
        found = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return found if math.isfinite(found) and 0 < found < _LATEST_S else None


def digest(*parts: object) -> str:
    """Digest what stays the same whenever the same record is read again."""
    stable = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)
    return hashlib.sha256(stable).hexdigest()


def folder(value: object) -> str:
    """Give a folder's path; an address such as `file:///home/ann` becomes a path."""
    found = text(value)
    if not _FILE_ADDRESS.match(found):
        return found
    path = unquote(found.removeprefix("file://"))
    return path[1:] if _DRIVE_IN_ADDRESS.match(path) else path


def within(parent: str, path: str) -> str:
    """Put a path into the folder it is relative to, in the separators of that folder."""
    if not path or not parent or _ABSOLUTE.match(path):
        return path or parent
    if path == ".":
        return parent
    separator = "\\" if "\\" in parent and "/" not in parent else "/"
    return f"{parent.rstrip('/' + chr(92))}{separator}{path.removeprefix('./')}"


def block_text(value: object) -> str:
    """Give the text of a string, or of an array of blocks that have a `text` or `content`."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        found = members(cast("object", value))
        return text(found.get("text")) or text(found.get("content"))
    return "\n".join(part for part in (block_text(one) for one in elements(value) if not isinstance(one, list)) if part)


def is_context(part: str) -> bool:
    """Tell what an agent puts before a prompt (instructions, environment, notices in tags) from the prompt."""
    return bool(_CONTEXT.match(part)) or (part.rstrip().endswith(">") and bool(_WRAPPER.match(part)))
