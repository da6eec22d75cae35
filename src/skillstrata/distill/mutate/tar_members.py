"""Take tars and gzip files apart and put them together, the same bytes on every machine.

In     members in order, or the bytes of a tar or a gzip file
Out    the bytes of a tar, its plain files within limits, the same tar with other content
Never  raises on damage, unpacks to disk, follows a link, compresses
"""

import copy
import gzip
import io
import tarfile
import zlib
from collections.abc import Mapping, Sequence

from skillstrata.distill.mutate.stored import gzip_stored
from skillstrata.distill.mutate.zip_members import Member
from skillstrata.distill.views.archives import DAMAGE, MAX_MEMBERS, MAX_PART

_GZIP = b"\x1f\x8b"


def tar_of(members: Sequence[Member]) -> bytes:
    """Write a tar with one fixed date and owner."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in members:
            record = tarfile.TarInfo(name)
            record.size = len(content)
            archive.addfile(record, io.BytesIO(content))
    return out.getvalue()


def tar_members(data: bytes) -> list[Member] | None:
    """Give the plain files of a tar (in gzip or not), None where it cannot be read within limits."""
    records = _records(data)
    return None if records is None else [(record.name, content) for record, content in records if record.isreg()]


def with_tar_members(data: bytes, changed: Mapping[str, bytes]) -> bytes | None:
    """Give a tar (in gzip where it was) with the content of some files replaced, all else as it was."""
    records = _records(data)
    if records is None:
        return None
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for old, content in records:
            record = copy.copy(old)
            new = changed.get(record.name, content) if record.isreg() else b""
            record.size = len(new)
            archive.addfile(record, io.BytesIO(new))
    made = out.getvalue()
    return gzip_stored(made) if data.startswith(_GZIP) else made


def unzipped(data: bytes) -> bytes | None:
    """Give what a gzip file holds, None where it is damaged or too large."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            content = stream.read(MAX_PART + 1)
    except (OSError, EOFError, zlib.error, ValueError):
        return None
    return content if len(content) <= MAX_PART else None


def _records(data: bytes) -> list[tuple[tarfile.TarInfo, bytes]] | None:
    plain = unzipped(data) if data.startswith(_GZIP) else data
    if not plain:
        return None
    found: list[tuple[tarfile.TarInfo, bytes]] = []
    left = MAX_PART
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
            for record in archive:
                stream = archive.extractfile(record) if record.isreg() else None
                content = stream.read(left + 1) if stream else b""
                left -= len(content)
                if left < 0 or len(found) > MAX_MEMBERS:
                    return None
                found.append((record, content))
    except (tarfile.TarError, *DAMAGE):
        return None
    return found
