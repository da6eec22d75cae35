"""Do independent readers open what is made, and is it new in everything but its structure?"""

import configparser
import csv
import email
import email.policy
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import wave
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdfminer.high_level import extract_text
from PIL import Image

from skillstrata.distill.mutate import mutations
from skillstrata.distill.mutate.readable import readable
from skillstrata.distill.mutate.rewriting import KEPT_WORDS
from skillstrata.distill.mutate.type_names import GZIP, IMAGES, INI, SVG, TAR, TOML, WAV, YAML
from skillstrata.distill.synthesise import edges, quoted, unseen
from skillstrata.distill.views.media_types import (
    CSV,
    DOCX,
    EML,
    EPUB,
    HTML,
    IPYNB,
    JSON,
    MARKDOWN,
    NDJSON,
    ODT,
    PDF,
    PPTX,
    TEXT,
    TSV,
    XLSX,
    XML,
    ZIP,
)
from skillstrata.records.proofs import TypedBytes
from tests.made_files import cells_read, members_read, one, xml_root

WORDED = (HTML, DOCX, MARKDOWN, TEXT, EPUB, ODT, PPTX, PDF, EML, IPYNB, XML, SVG, XLSX)
OTHERS = (CSV, TSV, JSON, NDJSON, YAML, TOML, INI, WAV, ZIP, TAR, GZIP, *IMAGES)
ALL = (*WORDED, *OTHERS)


def _check_xlsx(data: bytes) -> None:
    sheets = cells_read(data)
    assert 1 <= len(sheets) <= 3
    assert all(len(rows) > 1 for rows in sheets.values())


def _check_docx(data: bytes) -> None:
    assert xml_root(members_read(data)["word/document.xml"]).tag.endswith("}document")


def _check_pptx(data: bytes) -> None:
    members = members_read(data)
    slides = [name for name in members if re.fullmatch(r"ppt/slides/slide\d+\.xml", name)]
    listed = re.findall(rb'r:id="(rId\w+)"', members["ppt/presentation.xml"].partition(b"<p:sldIdLst>")[2])
    relations = members["ppt/_rels/presentation.xml.rels"]
    assert len(listed) == len(slides)
    assert all(b'Id="' + key + b'"' in relations for key in listed)
    assert all(b"/" + name.encode() + b'"' in members["[Content_Types].xml"] for name in slides)
    assert all(xml_root(content) is not None for content in members.values())


def _check_epub(data: bytes) -> None:
    members = members_read(data)
    assert data[30:58] == b"mimetypeapplication/epub+zip"
    titles = re.findall(rb"<text>([^<]+)</text></navLabel>", members["OEBPS/toc.ncx"])
    for number, title in enumerate(titles, 1):
        page = xml_root(members[f"OEBPS/chapter{number}.xhtml"])
        heading = next(e for e in page.iter() if re.search(r"\}h[12]$", e.tag))
        assert "".join(heading.itertext()) == title.decode()


def _check_odt(data: bytes) -> None:
    assert data[30:77] == b"mimetypeapplication/vnd.oasis.opendocument.text"
    assert xml_root(members_read(data)["content.xml"]).tag.endswith("document-content")


def _check_eml(data: bytes) -> None:
    message = email.message_from_bytes(data, policy=email.policy.default)
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert not message.defects
    assert plain is not None
    assert page is not None
    assert str(message["subject"]).split()[0] in plain.get_content()
    table = next(message.iter_attachments()).get_content()
    assert len(list(csv.reader(io.StringIO(table)))) > 2


def _check_pdf(data: bytes) -> None:
    assert len(extract_text(io.BytesIO(data)).split()) > 100


def _check_ipynb(data: bytes) -> None:
    tree = json.loads(data)
    assert {cell["cell_type"] for cell in tree["cells"]} <= {"markdown", "code"}
    assert len({cell["id"] for cell in tree["cells"]}) == len(tree["cells"])


def _check_ini(data: bytes) -> None:
    reader = configparser.ConfigParser()
    reader.read_string(data.decode())
    assert len(reader.sections()) == 3


def _check_wav(data: bytes) -> None:
    with wave.open(io.BytesIO(data)) as reader:
        assert len(reader.readframes(reader.getnframes())) == reader.getnframes() * reader.getnchannels() * 2


def _check_tar(data: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert len(archive.getnames()) > 1


def _check_text(data: bytes) -> None:
    assert data.decode().strip()


CHECKS: dict[str, Callable[[bytes], object]] = {
    XLSX: _check_xlsx,
    DOCX: _check_docx,
    PPTX: _check_pptx,
    EPUB: _check_epub,
    ODT: _check_odt,
    EML: _check_eml,
    PDF: _check_pdf,
    IPYNB: _check_ipynb,
    INI: _check_ini,
    WAV: _check_wav,
    TAR: _check_tar,
    ZIP: members_read,
    GZIP: gzip.decompress,
    TOML: lambda data: tomllib.loads(data.decode()),
    JSON: json.loads,
    XML: xml_root,
    SVG: xml_root,
    **{kind: lambda data: Image.open(io.BytesIO(data)).load() for kind in IMAGES},
}


@pytest.mark.parametrize("media_type", ALL)
def test_independent_readers_open_general_and_unseen_files(media_type: str) -> None:
    """A file that only our own reader opens proves nothing about a program."""
    content = one(media_type)
    check = CHECKS.get(media_type, _check_text)

    made = unseen(content, count=3, seed=1)
    assert len(made) == 3
    for item in (content, *made):
        check(item.data)


@pytest.mark.parametrize("media_type", ALL)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(media_type: str) -> None:
    """A proof is made again years later."""
    content = one(media_type)

    assert one(media_type) == content
    assert one(media_type, 4) != content
    assert unseen(content, count=2, seed=1) == unseen(content, count=2, seed=1)
    assert unseen(content, count=2, seed=1) != unseen(content, count=2, seed=2)


def test_nothing_depends_on_the_hash_seed() -> None:
    """Sets and dictionaries of another process are ordered otherwise."""
    program = (
        "import hashlib\n"
        "from skillstrata.distill.synthesise import edges, fresh, unseen\n"
        "from skillstrata.distill.mutate import mutations\n"
        "digest = hashlib.sha256()\n"
        f"for kind in {[XLSX, PPTX, PDF, EPUB, EML, IPYNB, YAML, CSV, ZIP, TAR, IMAGES[0]]!r}:\n"
        "    content = fresh(kind, count=1, seed=3)[0]\n"
        "    for item in unseen(content, count=2, seed=1): digest.update(item.data)\n"
        "    for made in mutations(content, None, seed=1):\n"
        "        digest.update(made.content.data + repr(made.replaced).encode())\n"
        "    for edge in edges(kind, seed=1): digest.update(edge.content.data)\n"
        "print(digest.hexdigest())\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=120,
        ).stdout
        for seed in ("1", "4242")
    }
    assert len(digests) == 1


def _words(content: TypedBytes) -> set[str]:
    view = readable(content)
    assert view is not None
    return {word for word in view.tokens if word.isalpha() and len(word) > 3}


@pytest.mark.parametrize("media_type", WORDED)
def test_hardly_a_word_of_the_demonstration_survives(media_type: str) -> None:
    """What is left over could have been remembered. Link targets, columns' names and tags are structure."""
    content = one(media_type)
    old = _words(content)
    if media_type == XLSX:
        old -= {word for name in cells_read(content.data) for word in name.lower().split()}
        old -= {
            word
            for rows in cells_read(content.data).values()
            for cell in rows[0]
            for word in re.split(r"\W|_", cell[2])
        }
    if media_type == XML:
        old -= {word for tag in xml_root(content.data).iter() for word in re.split(r"\W|_", tag.tag)}

    for item in unseen(content, count=3, seed=1):
        view = readable(item)
        assert view is not None
        linked = {word for link in view.links for word in re.findall(r"[^\W\d_]+", link.target.lower())}
        shared = (_words(item) & old) - KEPT_WORDS - linked
        assert len(shared) <= 0.03 * len(old), shared


def test_no_part_of_a_package_keeps_the_old_words() -> None:
    """A program may read a list of contents, shared strings or an attachment instead of the page."""
    book, mail, sheet = one(EPUB), one(EML), one(XLSX)
    title = re.search(rb"<dc:title>([^<]+)</dc:title>", members_read(book.data)["OEBPS/content.opf"])
    assert title is not None
    for item in unseen(book, count=2, seed=1):
        assert not any(title.group(1) in content for content in members_read(item.data).values())

    attached = _attachment(mail.data)
    for item in unseen(mail, count=2, seed=1):
        assert _attachment(item.data)[0] == attached[0]
        assert {row[1] for row in _attachment(item.data)[1:]}.isdisjoint(row[1] for row in attached[1:])

    texts = {
        v for rows in cells_read(sheet.data).values() for row in rows[1:] for kind, _, v in row if kind == "s" and v
    }
    for item in unseen(sheet, count=2, seed=1):
        strings = members_read(item.data)["xl/sharedStrings.xml"].decode()
        assert not any(f">{text}<" in strings for text in texts if text.isalpha())


def _attachment(data: bytes) -> list[list[str]]:
    message = email.message_from_bytes(data, policy=email.policy.default)
    return list(csv.reader(io.StringIO(next(message.iter_attachments()).get_content())))


def test_both_bodies_of_an_unseen_mail_say_the_same() -> None:
    """A program may read either: what is judged by the other must hold for it."""
    for item in unseen(one(EML), count=2, seed=1):
        message = email.message_from_bytes(item.data, policy=email.policy.default)
        plain, page = message.get_body(("plain",)), message.get_body(("html",))
        assert plain is not None
        assert page is not None
        shown = readable(TypedBytes(HTML, page.get_content().encode()))
        written = readable(TypedBytes(TEXT, plain.get_content().encode()))
        assert shown is not None
        assert written is not None
        assert set(written.tokens) <= shown.known


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ALL),
    st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=6)), max_size=5),
    st.integers(0, 100),
)
def test_damaged_files_never_raise(media_type: str, edits: list[tuple[int, bytes]], kept: int) -> None:
    """The demonstration is whatever lay on somebody's disk."""
    data = bytearray(one(media_type).data)
    for place, new in edits:
        at = place % len(data)
        data[at : at + len(new)] = new
    content = TypedBytes(media_type, bytes(data[: len(data) * kept // 100]))

    made = unseen(content, count=2, seed=1)
    assert all(item.data != content.data for item in made)
    assert all(change.content.data != content.data for change in mutations(content, None, seed=1))
    assert quoted(content, seed=1) is None or media_type in {CSV, TSV}
    assert all(edge.content.media_type == media_type for edge in edges(media_type, seed=1, like=content))


def test_png_bytes_do_not_depend_on_a_compressor() -> None:
    """Builds of zlib differ; stored blocks do not."""
    data = one(IMAGES[0]).data
    raw = _chunk(data)
    assert raw[:2] == b"\x78\x01"
    assert len(raw) > len(hashlib.sha256(raw).digest())
    assert raw[2] in {0, 1}


def _chunk(data: bytes) -> bytes:
    at = data.index(b"IDAT")
    return data[at + 4 : at + 4 + int.from_bytes(data[at - 4 : at], "big")]
