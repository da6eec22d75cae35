"""What are these bytes? Content says it; the name breaks ties."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.media import extension_of, media_type_of, short_name
from skillstrata.distill.synthesise import fresh
from skillstrata.distill.views.media_types import CSV, DOCX, HTML, JSON, MARKDOWN, NDJSON, PPTX, TEXT, TSV, XLSX, XML


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"<!DOCTYPE html><p>x", HTML),
        (b"\xef\xbb\xbf<!-- c --><html><body>x</body></html>", HTML),
        (b"<div class=a>x</div>", HTML),
        (b"<?xml version='1.0'?><rows><row/></rows>", XML),
        (b"<rows><row>1</row></rows>", XML),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b'{"a": 1}', JSON),
        (b"[1, 2]", JSON),
        (b'{"a": 1}\n{"a": 2}\n', NDJSON),
        (b"a,b,c\n1,2,3\n", CSV),
        (b"a;b\n1;2\n3;4\n", CSV),
        (b"a\tb\n1\t2\n", TSV),
        (b"# Title\n\nText.\n", MARKDOWN),
        (b"See [x](http://y.example).\n", MARKDOWN),
        (b"Plain words, with a comma.\nAnother line.\n", TEXT),
        (b"Dear reader, hello.\nGood bye, then.\n", TEXT),
        (b"", TEXT),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\x00", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x00\x01\x02\x03", "application/octet-stream"),
        (b"\xff\xfea\x00b\x00", TEXT),
        (_zip("word/document.xml"), DOCX),
        (_zip("xl/workbook.xml"), XLSX),
        (_zip("ppt/presentation.xml"), PPTX),
        (_zip("a.txt"), "application/zip"),
        (b"PK\x03\x04 broken", "application/zip"),
    ],
)
def test_content_alone_names_the_type(data: bytes, expected: str) -> None:
    """Standard output has no name, and a third of the good programs print."""
    assert media_type_of(data) == expected


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"word\n", "a.md", MARKDOWN),
        (b"word\n", "a.txt", TEXT),
        (b"a,b,c\n1,2,3\n", "a.txt", TEXT),
        (b"name\nx\n", "names.csv", CSV),
        (b"a\tb\n1\t2\n", "a.csv", CSV),
        (b"a\tb\n1\t2\n", "a.tsv", TSV),
        (b"# 2024-01-01 started\n", "server.log", TEXT),
        (b'{"a": 1}\n', "a.jsonl", NDJSON),
        (b"12", "a.json", JSON),
        (b"", "a.csv", CSV),
        (b"<p>x</p> and *more*", "README.md", MARKDOWN),
        (b"<b>x</b>", "C:\\docs\\page.HTML", HTML),
    ],
)
def test_the_name_decides_where_content_does_not(data: bytes, name: str, expected: str) -> None:
    """The same bytes are a log or a Markdown file."""
    assert media_type_of(data, name) == expected


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.md", "a.docx"])
def test_a_wrong_name_does_not_beat_content(name: str) -> None:
    """A page saved under another ending is still read as a page."""
    data = b"<!DOCTYPE html><html><body>x</body></html>"

    assert media_type_of(data, name) == (MARKDOWN if name == "a.md" else HTML)


@pytest.mark.parametrize("media_type", [HTML, DOCX, MARKDOWN, CSV, TSV, JSON, NDJSON])
def test_what_we_make_of_a_type_is_that_type(media_type: str) -> None:
    """Two accounts of one format would make tools that cannot be called on their own fixtures."""
    assert {media_type_of(made.data) for made in fresh(media_type, count=4, seed=1)} == {media_type}


def test_every_type_has_an_ending_and_a_word() -> None:
    """File names and tool names are made of them."""
    assert (extension_of(DOCX), short_name(DOCX)) == (".docx", "docx")
    assert (extension_of(MARKDOWN), short_name(MARKDOWN)) == (".md", "markdown")
    assert (extension_of("application/x-odd.type"), short_name("application/x-odd.type")) == (".bin", "x-odd-type")


@given(st.binary(max_size=400), st.sampled_from(["", "a.csv", "a.json", "a.md", "a.html", "a", "a.docx"]))
def test_any_bytes_have_a_type(data: bytes, name: str) -> None:
    """Inputs come from strangers: a type is a word, never an exception."""
    assert "/" in media_type_of(data, name)


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"From: ann@x.example\nTo: bo@x.example\nSubject: Fees\n\nDue on Monday.\n", "fees.eml", "message/rfc822"),
        (b"From: ann@x.example\nTo: bo@x.example\nSubject: Fees\n\nDue on Monday.\n", "", "message/rfc822"),
        (b"Fees are due on Monday: pay them.\n", "fees.eml", "text/plain"),
        (b"town: Oslo\nberths: 4\n", "port.yaml", "application/yaml"),
        (b"town: Oslo\nberths: 4\n", "port.txt", "text/plain"),
        (b'[port]\ntown = "Oslo"\n', "port.toml", "application/toml"),
        (b"[port]\ntown = Oslo\n", "port.ini", "text/x-ini"),
        (b'{"cells": [], "nbformat": 4}', "a.ipynb", "application/x-ipynb+json"),
        (b'{"cells": [], "nbformat": 4}', "a.json", "application/json"),
    ],
)
def test_formats_that_look_like_prose_go_by_their_ending_and_a_look(data: bytes, name: str, expected: str) -> None:
    """A colon makes no YAML: what content leaves open the ending tells, and the content has to agree."""
    assert media_type_of(data, name) == expected
