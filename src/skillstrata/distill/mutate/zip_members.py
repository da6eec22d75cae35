"""Take a zip apart and put one together, the same bytes on every machine.

In     members in order, or the bytes of a zip
Out    the bytes of a zip, or its members within limits
Never  raises, compresses: what zlib gives differs between its builds
"""

import io
import zipfile
from collections.abc import Mapping, Sequence

from skillstrata.distill.views.archives import DAMAGE, MAX_MEMBERS, MAX_PART

Member = tuple[str, bytes]
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_PLAIN_FILE = 0o100644 << 16
_MOST_BYTES = 4 * MAX_PART


def zip_of(members: Sequence[Member]) -> bytes:
    """Write members in their order, stored, with one fixed date."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            record = zipfile.ZipInfo(name, _EPOCH)
            record.create_system = _UNIX
            record.external_attr = _PLAIN_FILE
            archive.writestr(record, content)
    return out.getvalue()


def members_of(data: bytes) -> list[Member] | None:
    """Give all members of a zip in order, None where it is damaged, encrypted or too large."""
    found: list[Member] = []
    left = _MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            records = archive.infolist()
            if len(records) > MAX_MEMBERS:
                return None
            for record in records:
                with archive.open(record) as member:
                    content = member.read(min(left, MAX_PART) + 1)
                left -= len(content)
                if len(content) > MAX_PART or left < 0:
                    return None
                found.append((record.filename, content))
    except DAMAGE:
        return None
    return found


def with_members(data: bytes, changed: Mapping[str, bytes]) -> bytes | None:
    """Give a zip with the content of some members replaced, the order of all as it was."""
    members = members_of(data)
    return zip_of([(name, changed.get(name, content)) for name, content in members]) if members is not None else None
