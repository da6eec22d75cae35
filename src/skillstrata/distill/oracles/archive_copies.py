"""An archive packed again, unpacked, or made of a file: the members are the same by name and digest.

In     bytes of zip, tar, gzip, bzip2, xz
Out    OracleResult of profile archive-1; `judge_unpacked` for a folder
Never  writes a file, follows a link, unpacks more than `MAX_TOTAL` bytes
"""

import bz2
import gzip
import hashlib
import io
import lzma
import posixpath
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import IO

from skillstrata.distill.oracles.findings import Finding, at_least, at_most, conclude, unmeasurable
from skillstrata.distill.views.archives import DAMAGE, MAX_MEMBERS
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import ZIP
from skillstrata.distill.views.tokens import raw_numbers
from skillstrata.records.proofs import OracleResult, TypedBytes

PROFILE = "archive-1"
LISTING = "archive-listing-1"
PROFILES = (PROFILE, LISTING)
MAX_TOTAL = 64_000_000
GZIP = "application/gzip"
TAR = "application/x-tar"
BZIP2 = "application/x-bzip2"
XZ = "application/x-xz"
_PACKED = frozenset({ZIP, GZIP, TAR, BZIP2, XZ})
_FAULTS = (*DAMAGE, tarfile.TarError, lzma.LZMAError, zlib.error, MemoryError, UnicodeError)
_WHOLE = ""
_TAR_HEAD = 512
_LEAST = 1

Members = dict[str, bytes]
_OPENERS: Mapping[str, Callable[[IO[bytes]], IO[bytes] | gzip.GzipFile]] = MappingProxyType(
    {GZIP: lambda file: gzip.GzipFile(fileobj=file), BZIP2: bz2.BZ2File, XZ: lzma.LZMAFile}
)


def knows(given: TypedBytes, produced: TypedBytes) -> bool:
    """Say whether a side is an archive that is not a document."""
    return given.media_type in _PACKED or produced.media_type in _PACKED


def choose(given: TypedBytes, produced: TypedBytes) -> str:
    """Name the profile of a demonstration."""
    if unpacked(given) is None:
        return ""
    if produced.media_type in _PACKED or _is_a_member(given, produced):
        return PROFILE
    return LISTING if decode(produced.data) is not None else PROFILE


def judge(profile: str, given: TypedBytes, produced: TypedBytes) -> OracleResult:
    """Judge an archive, a file taken out of one, or a list of what is in one."""
    before = unpacked(given)
    if before is None:
        return unmeasurable(f"the input cannot be unpacked within limits ({given.media_type})")
    if profile.startswith("archive-listing"):
        return _judge_listing(before, produced)
    if produced.media_type in _PACKED:
        after = unpacked(produced)
        if after is None:
            return conclude(PROFILE, [at_least("unpacks", 0, 1)])
        return conclude(PROFILE, [at_least("unpacks", 1, 1), *_compared(before, after)])
    member = _is_a_member(given, produced)
    return conclude(PROFILE, [at_least("a_whole_member", float(member), 1)])


def judge_unpacked(given: TypedBytes, files: Mapping[str, bytes]) -> OracleResult:
    """Judge a folder that an archive was unpacked into: every member is there, and nothing else.

    Args:
        given: The archive.
        files: What lies in the folder, by its path inside of it.
    """
    before = unpacked(given)
    if before is None:
        return unmeasurable(f"the input cannot be unpacked within limits ({given.media_type})")
    return conclude(PROFILE, _compared(before, dict(files)))


def unpacked(content: TypedBytes) -> Members | None:
    """Give the files in an archive by name; a file that is none as its one member, without a name.

    Returns:
        None where the archive is damaged, encrypted, has too many members or is too large.
    """
    try:
        if content.media_type == ZIP:
            return _zip(content.data)
        opener = _OPENERS.get(content.media_type)
        data = _bounded(opener(io.BytesIO(content.data))) if opener else content.data
        if data[_TAR_HEAD // 2 + 1 : _TAR_HEAD // 2 + 6] == b"ustar" or content.media_type == TAR:
            return _tar(data)
    except _FAULTS:
        return None
    else:
        return {_WHOLE: data}


class _TooMuchError(ValueError):
    """An archive holds more than we unpack."""


def _bounded(stream: IO[bytes] | gzip.GzipFile, limit: int = MAX_TOTAL) -> bytes:
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise _TooMuchError
    return data


def _zip(data: bytes) -> Members:
    found: Members = {}
    left = MAX_TOTAL
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if len(archive.infolist()) > MAX_MEMBERS:
            raise _TooMuchError
        for item in archive.infolist():
            if not item.is_dir():
                with archive.open(item) as member:
                    found[_name(item.filename)] = _bounded(member, left)
                left -= len(found[_name(item.filename)])
    return found


def _tar(data: bytes) -> Members:
    found: Members = {}
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for number, item in enumerate(archive):
            if number >= MAX_MEMBERS:
                raise _TooMuchError
            member = archive.extractfile(item) if item.isfile() else None
            if member is not None:
                found[_name(item.name)] = _bounded(member)
    return found


def _name(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/")


def _compared(before: Members, after: Members) -> list[Finding]:
    """Compare by names and digests; one outer folder more or less, and the name of an only member, do not count."""
    ours, theirs = _digests(before), _digests(after)
    if len(ours) == len(theirs) == 1 and (_WHOLE in ours or _WHOLE in theirs):
        ours, theirs = {_WHOLE: next(iter(ours.values()))}, {_WHOLE: next(iter(theirs.values()))}
    elif ours.keys() != theirs.keys():
        ours, theirs = _unwrapped(ours), _unwrapped(theirs)
    lost = [name for name in ours if name not in theirs]
    invented = [name for name in theirs if name not in ours]
    changed = [name for name, digest in ours.items() if theirs.get(name, digest) != digest]
    return [
        at_least("members", len(theirs), _LEAST),
        at_most("lost_members", len(lost), 0, examples=lost),
        at_most("invented_members", len(invented), 0, examples=invented),
        at_most("changed_members", len(changed), 0, examples=changed),
    ]


def _digests(members: Members) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}


def _unwrapped(members: dict[str, str]) -> dict[str, str]:
    heads = {name.partition("/")[0] for name in members}
    if len(heads) == 1 and all("/" in name for name in members):
        return {name.partition("/")[2]: digest for name, digest in members.items()}
    return members


def _is_a_member(given: TypedBytes, produced: TypedBytes) -> bool:
    members = unpacked(given)
    return members is not None and given.media_type in _PACKED and produced.data in members.values()


def _judge_listing(members: Members, produced: TypedBytes) -> OracleResult:
    """Judge words about an archive: every name is in it, and each number is a size or a count of its members."""
    decoded = decode(produced.data)
    text = decoded.text if decoded else ""
    missing = [name for name in members if name and name not in text and posixpath.basename(name) not in text]
    sizes = {len(data) for data in members.values()}
    endings = Counter(posixpath.splitext(name)[1] for name in members)
    known = {*sizes, sum(sizes), sum(len(data) for data in members.values()), len(members), *endings.values()}
    known |= {max(sizes, default=0), min(sizes, default=0)}
    names = {number for name in members for number in raw_numbers(name)}
    numbers = [n.replace(",", "") for n in raw_numbers(text) if n not in names]
    strange = [n for n in numbers if not (n.isdigit() and int(n[:12]) in known)]
    return conclude(
        LISTING,
        [
            at_most("missing_names", len(missing), 0, examples=missing),
            at_most("unexplained_numbers", len(strange), 0, examples=strange),
            at_least("output_text", float(bool(text.strip())), 1),
        ],
    )
