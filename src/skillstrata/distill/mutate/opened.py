"""Open inputs whose text is wrapped (office packages, mails, notebooks, archives) as one text that can be written back.

In     TypedBytes of a wrapped type
Out    Opened: the text of all stretches with a seam between two, where each lies, and the way back to bytes
Never  raises; changes what it did not hand out; compresses
Why    an edit by position works for every format then, however deep the text is wrapped
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from skillstrata.distill.mutate.mail_parts import mail_parts, with_mail_parts
from skillstrata.distill.mutate.markup import MAX_CHARS
from skillstrata.distill.mutate.stored import gzip_stored
from skillstrata.distill.mutate.tar_members import tar_members, unzipped, with_tar_members
from skillstrata.distill.mutate.type_names import GZIP, TAR
from skillstrata.distill.mutate.zip_members import Member, members_of, zip_of
from skillstrata.distill.views.decoding import Decoded, decode
from skillstrata.distill.views.media_types import EML, EPUB, IPYNB, ODT, PPTX, XLSX, ZIP
from skillstrata.records.proofs import TypedBytes

# A character that XML and mails cannot hold.
SEAM = "\x00"
SHARED_STRINGS = "xl/sharedStrings.xml"
_SLIDES = re.compile(r"ppt/(?:slides|notesSlides)/\w+\.xml")
_SHEETS = re.compile(r"xl/(?:worksheets/[^/]+|sharedStrings)\.xml")
_PAGES = re.compile(r".*\.x?html?", re.I)
_BODY = re.compile(r"content\.xml")
_TEXT_MEMBERS = re.compile(r".*\.(?:txt|md|csv|tsv|log|html?|json|jsonl|xml|ya?ml|ini|toml|py)", re.I)
_CONTENTS_PAGE = re.compile(r"""epub:type\s*=\s*["'][^"']*\b(?:toc|landmarks)\b""")
_NUMBER = re.compile(r"\d+")
Tree = dict[str, "Tree"] | list["Tree"] | str | bool | int | float | None


@dataclass(frozen=True, slots=True)
class Opened:
    """Stretches of text joined by `SEAM`, the name of each, and the function that wraps a changed text again."""

    text: str
    names: tuple[str, ...]
    write: Callable[[str], bytes | None]

    def stretches(self) -> Iterator[tuple[str, int, int]]:
        """Give the name, start and end of every stretch."""
        at = 0
        for name, part in zip(self.names, self.text.split(SEAM), strict=True):
            yield name, at, at + len(part)
            at += len(part) + 1


def opened(content: TypedBytes) -> Opened | None:
    """Open an input of a wrapped type; None for other types, damage, and inputs without text."""
    if content.media_type in _MEMBERS:
        return _package(content.data, _MEMBERS[content.media_type])
    opener = _OPENERS.get(content.media_type)
    return opener(content.data) if opener else None


def is_wrapped(media_type: str) -> bool:
    """Say whether inputs of a type are opened here."""
    return media_type in _MEMBERS or media_type in _OPENERS


def joined(names: Sequence[str], texts: Sequence[str], write: Callable[[list[str]], bytes | None]) -> Opened | None:
    """Join texts; None where there are none, one holds the seam, or all are too long."""
    if not texts or any(SEAM in text for text in texts) or sum(map(len, texts)) > MAX_CHARS:
        return None

    def back(text: str) -> bytes | None:
        parts = text.split(SEAM)
        return write(parts) if len(parts) == len(texts) else None

    return Opened(SEAM.join(texts), tuple(names), back)


def _package(data: bytes, wanted: re.Pattern[str]) -> Opened | None:
    members = members_of(data)
    if members is None:
        return None

    def write(changed: dict[str, bytes]) -> bytes | None:
        return zip_of([(name, changed.get(name, content)) for name, content in members])

    return _members(members, wanted, write)


def _members(
    members: Sequence[Member], wanted: re.Pattern[str], write: Callable[[dict[str, bytes]], bytes | None]
) -> Opened | None:
    texts: dict[str, Decoded] = {}
    for name, content in sorted(members, key=_by_number):
        found = decode(content) if wanted.fullmatch(name) else None
        if found is not None and not _CONTENTS_PAGE.search(found.text):
            texts[name] = found

    def back(parts: list[str]) -> bytes | None:
        return write({name: old.encode(new) for (name, old), new in zip(texts.items(), parts, strict=True)})

    return joined(tuple(texts), [found.text for found in texts.values()], back)


def _tar(data: bytes) -> Opened | None:
    members = tar_members(data)
    return _members(members, _TEXT_MEMBERS, lambda changed: with_tar_members(data, changed)) if members else None


def _gzip(data: bytes) -> Opened | None:
    if tar_members(data):
        return _tar(data)
    decoded = decode(unzipped(data) or b"")
    if decoded is None:
        return None
    return joined(["text.txt"], [decoded.text], lambda texts: gzip_stored(decoded.encode(texts[0])))


def _by_number(member: Member) -> tuple[str, int]:
    """Sort slide10 after slide9."""
    found = _NUMBER.search(member[0].rpartition("/")[2])
    return member[0].rpartition("/")[0], int(found.group(0)[:9]) if found else 0


def _mail(data: bytes) -> Opened | None:
    parts = mail_parts(data)
    return joined(
        tuple(part.kind for part in parts),
        [part.text for part in parts],
        lambda texts: with_mail_parts(data, parts, texts),
    )


def _notebook(data: bytes) -> Opened | None:
    decoded = decode(data)
    try:
        tree: Tree = json.loads(decoded.text) if decoded else None
    except (ValueError, RecursionError):
        return None
    places = list(_sources(tree))
    if not places:
        return None

    def write(texts: list[str]) -> bytes | None:
        for (owner, key, _), text in zip(places, texts, strict=True):
            owner[key] = [*text.splitlines(keepends=True)] if isinstance(owner[key], list) else text
        return (json.dumps(tree, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")

    return joined(["source"] * len(places), [text for _, _, text in places], write)


def _sources(tree: Tree) -> Iterator[tuple[dict[str, Tree], str, str]]:
    """Give every text of a notebook's cells and printed outputs with the place it lies at."""
    cells = tree.get("cells") if isinstance(tree, dict) else None
    for cell in cells if isinstance(cells, list) else ():
        if not isinstance(cell, dict):
            continue
        outputs = cell.get("outputs")
        owners = [cell, *(item for item in (outputs if isinstance(outputs, list) else []) if isinstance(item, dict))]
        for owner in owners:
            for key in ("source", "text"):
                text = _joined_lines(owner.get(key))
                if text:
                    yield owner, key, text


def _joined_lines(value: Tree) -> str:
    lines = value if isinstance(value, list) else [value]
    return "".join(line for line in lines if isinstance(line, str))


_MEMBERS = {PPTX: _SLIDES, XLSX: _SHEETS, EPUB: _PAGES, ODT: _BODY, ZIP: _TEXT_MEMBERS}
_OPENERS = {EML: _mail, IPYNB: _notebook, TAR: _tar, GZIP: _gzip}
