"""The addresses of a server's files, `skill://team/tides/refs/my%20notes.md`, and the paths that they stand for.

In     an address, or a path
Out    the other one
Never  takes two addresses of one path for two files; lets a written-out sign break a part in two
"""

import re
import unicodedata
from urllib.parse import quote, unquote

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^\s?#%\\]|%[0-9a-f]{2})+", re.I)
_CONTROLS = frozenset({"Cc", "Zl", "Zp"})


def quoted(path: str) -> str:
    """Give a path as the end of an address: each part with every other sign than letters, digits and `_.-~` as %XX."""
    return "/".join(quote(part, safe="", errors="surrogateescape") for part in path.split("/"))


def parts_of(address: str) -> tuple[str, ...] | None:
    """Give the parts of an address behind its scheme, in plain; None where it is no address of one file."""
    if not _ADDRESS.fullmatch(address):
        return None
    try:
        parts = tuple(unquote(part, errors="strict") for part in address.partition("://")[2].split("/"))
    except UnicodeDecodeError:
        return None
    return parts if all(map(_is_plain, parts)) else None


def path_below(address: str, folder: str) -> str:
    """Give the path of a file below a folder, in plain; "" where it does not lie there."""
    inner, outer = parts_of(address), parts_of(folder)
    is_same_scheme = address.partition("://")[0].lower() == folder.partition("://")[0].lower()
    if inner is None or outer is None or not is_same_scheme or inner[: len(outer)] != outer:
        return ""
    return "/".join(inner[len(outer) :])


def folder_name(address: str) -> str:
    """Give the name of the folder that a file lies in, in plain; "" where there is none."""
    parts = parts_of(address) or ()
    return parts[-2] if len(parts) > 1 else ""


def _is_plain(part: str) -> bool:
    is_name = part not in {"", ".", ".."} and not {"/", "\\"} & set(part)
    return is_name and not any(unicodedata.category(sign) in _CONTROLS for sign in part)
