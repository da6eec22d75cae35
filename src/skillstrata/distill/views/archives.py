"""Read a few members of a zip within limits: sizes are checked as the bytes come, not as the zip claims.

In     the bytes of a zip and a member's name
Out    the member's bytes, or None where it is missing, damaged, encrypted or too large
Never  raises, writes a file, reads more than `MAX_PART` bytes of a member
"""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable

MAX_PART = 32_000_000
MAX_WHOLE = 96_000_000
MAX_MEMBERS = 4_000
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    KeyError,
    ValueError,
    OverflowError,
)


def read_member(data: bytes, name: str) -> bytes | None:
    """Give the bytes of one member, None where they cannot be had within the limits."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > MAX_MEMBERS:
                return None
            with archive.open(name) as member:
                content = member.read(MAX_PART + 1)
    except DAMAGE:
        return None
    return content if len(content) <= MAX_PART else None


def read_members(data: bytes, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Give every member whose name is wanted, by name; those that are damaged or beyond the limits are left out.

    Together they are at most `MAX_WHOLE` bytes, else there is none.
    """
    found: dict[str, bytes] = {}
    room = MAX_WHOLE
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            for name in dict.fromkeys(names) if len(names) <= MAX_MEMBERS else ():
                if wanted(name):
                    with archive.open(name) as member:
                        found[name] = member.read(min(MAX_PART, room) + 1)
                    room -= len(found[name])
                    if room < 0 or len(found[name]) > MAX_PART:
                        return {}
    except DAMAGE:
        return {}
    return found


def with_member(data: bytes, name: str, content: bytes) -> bytes | None:
    """Give the zip with one member's bytes replaced, everything else as it was; None where it cannot be read."""
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as fresh:
            if sum(item.file_size for item in archive.infolist()) > 4 * MAX_PART:
                return None
            for item in archive.infolist():
                # A new record by name and date: the old one carries offsets and flags of the old file.
                kept = zipfile.ZipInfo(item.filename, item.date_time)
                kept.compress_type = zipfile.ZIP_DEFLATED
                kept.external_attr = item.external_attr
                fresh.writestr(kept, content if item.filename == name else archive.read(item))
    except DAMAGE:
        return None
    return out.getvalue()
