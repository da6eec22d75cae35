"""Are the inputs at the edges of a type what they say, and only that?"""

import csv
import email
import email.policy
import io
import json
import tomllib
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, UnidentifiedImageError

from skillstrata.distill.mutate.type_names import BMP, GIF, GZIP, INI, JPEG, PNG, SVG, TAR, TOML, WAV, WEBP, YAML
from skillstrata.distill.synthesise import EdgeInput, edges, fresh, hostile_names
from skillstrata.distill.views import table_view
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
from skillstrata.distill.views.xml_tree import parse_xml
from skillstrata.records.proofs import TypedBytes

TEXTS = (CSV, TSV, JSON, NDJSON, HTML, XML, MARKDOWN, TEXT, YAML, TOML, INI, SVG)
ZIPS = (DOCX, XLSX, PPTX, EPUB, ODT, ZIP)
OTHERS = (PDF, EML, IPYNB, WAV, TAR, GZIP, PNG, JPEG, GIF, WEBP, BMP)
ORDERS = TypedBytes(CSV, b"id;who;amount\n7;Ada Lovelace;12.50\n9;Grace Hopper;3.10\n4;Alan Turing;99.99\n")


def _named(media_type: str, like: TypedBytes | None = None) -> dict[str, EdgeInput]:
    found = edges(media_type, seed=1, like=like)
    names = [edge.name for edge in found]
    assert len(names) == len(set(names))
    return {edge.name: edge for edge in found}


@pytest.mark.parametrize("media_type", [*TEXTS, *ZIPS, *OTHERS])
def test_each_type_has_an_empty_and_a_foreign_input(media_type: str) -> None:
    """The commonest accidents: nothing was saved, or something else was."""
    found = _named(media_type)

    assert found["empty"].content == TypedBytes(media_type, b"")
    assert found["empty"].expected == "either"
    assert {"binary", "other_type"} & set(found)
    assert found == _named(media_type)


def test_a_type_nobody_can_make_has_edges_only_when_demonstrated() -> None:
    """Without a model there is nothing to cut in half."""
    unknown = "application/x-unknown"

    assert edges(unknown, seed=1) == ()
    assert {"empty", "truncated"} <= set(_named(unknown, TypedBytes(unknown, b"\x00\x01\x02\x03")))


@pytest.mark.parametrize("media_type", ZIPS)
def test_half_a_package_cannot_be_opened(media_type: str) -> None:
    """A download that broke off: the only sound end is a failure."""
    edge = _named(media_type)["truncated"]

    assert edge.expected == "failure"
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(edge.content.data))


@pytest.mark.parametrize("media_type", [PNG, JPEG, WEBP, BMP])
def test_half_a_picture_cannot_be_decoded(media_type: str) -> None:
    """A thumbnail of half a picture is a wrong one."""
    edge = _named(media_type)["truncated"]

    assert edge.expected == "failure"
    with pytest.raises((OSError, UnidentifiedImageError)):
        Image.open(io.BytesIO(edge.content.data)).load()


@pytest.mark.parametrize(
    ("media_type", "read"),
    [(JSON, json.loads), (IPYNB, json.loads), (TOML, lambda data: tomllib.loads(data.decode()))],
)
def test_damaged_trees_cannot_be_parsed_and_sound_edges_can(media_type: str, read: Callable[[bytes], object]) -> None:
    """Where the class says failure a strict reader fails, where it says content it does not."""
    for edge in _named(media_type).values():
        if edge.expected == "failure":
            with pytest.raises((json.JSONDecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError)):
                read(edge.content.data)
        elif edge.expected == "content":
            read(edge.content.data)


@pytest.mark.parametrize("media_type", [XML, SVG])
def test_damaged_markup_is_not_well_formed_and_sound_edges_are(media_type: str) -> None:
    """The same for XML."""
    for edge in _named(media_type).values():
        if edge.expected == "failure":
            assert parse_xml(edge.content.data) is None
        elif edge.expected == "content":
            assert parse_xml(edge.content.data) is not None, edge.name


@pytest.mark.parametrize("media_type", TEXTS)
def test_marks_and_line_ends_change_nothing_else(media_type: str) -> None:
    """A byte order mark and CRLF are how another system writes the same content."""
    model = fresh(media_type, count=1, seed=1)[0]
    found = _named(media_type, model)

    assert found["byte_order_mark"].content.data == b"\xef\xbb\xbf" + model.data
    assert found["crlf"].content.data.replace(b"\r\n", b"\n") == model.data
    assert b"\r\n" in found["crlf"].content.data
    assert found["no_final_line_end"].content.data == model.data.rstrip(b"\r\n")
    if "not_utf8" in found:
        with pytest.raises(UnicodeDecodeError):
            found["not_utf8"].content.data.decode()


@pytest.mark.parametrize("media_type", [CSV, HTML, JSON, NDJSON, MARKDOWN, TEXT, XML, DOCX, XLSX])
def test_large_inputs_are_large_and_bounded(media_type: str) -> None:
    """What is quadratic shows, and no machine is harmed."""
    model = fresh(media_type, count=1, seed=1)[0]
    large = _named(media_type, model)["large"]

    assert large.expected == "content"
    assert 3 * len(model.data) < len(large.content.data) < 6_000_000


def test_a_large_table_has_5000_rows_of_the_demonstrated_columns() -> None:
    """A failure must be one of size, not of a missing column; keys stay unique."""
    table = table_view(_named(CSV, ORDERS)["large"].content)

    assert table is not None
    assert table.header == ("id", "who", "amount")
    assert len(table.rows) == 5_000
    assert len({row[0] for row in table.rows}) > 150
    assert len({row[1] for row in table.rows}) == 5_000


def _rows(edge: EdgeInput) -> list[list[str]]:
    return list(csv.reader(io.StringIO(edge.content.data.decode(), newline=""), delimiter=";"))


def test_cells_that_simple_readers_misread() -> None:
    """Each edge has what its name says, below the demonstrated header, in the demonstrated width."""
    found = _named(CSV, ORDERS)

    for name in ("quoted", "leading_zeros", "big_integers", "unicode", "one_row"):
        assert _rows(found[name])[0] == ["id", "who", "amount"]
        assert {len(row) for row in _rows(found[name])} == {3}
        assert found[name].expected == "content"
    assert any(";" in row[1] for row in _rows(found["quoted"]))
    assert any('"' in row[1] for row in _rows(found["quoted"]))
    assert any(row[0].startswith("00") for row in _rows(found["leading_zeros"]))
    assert any(row[0].isdigit() and int(row[0]) > 2**53 for row in _rows(found["big_integers"]))
    assert not "".join(row[1] for row in _rows(found["unicode"])[1:]).isascii()
    assert _rows(found["header_only"]) == [["id", "who", "amount"]]
    assert len(_rows(found["one_row"])) == 2


@pytest.mark.parametrize("media_type", [HTML, MARKDOWN, TEXT, JSON, XML, DOCX, PPTX, XLSX, EPUB, EML])
def test_letters_of_other_scripts_are_in_the_content(media_type: str) -> None:
    """CJK, emoji, right-to-left, decomposed accents: whoever encodes wrongly shows it here."""
    edge = _named(media_type)["unicode"]

    assert edge.expected == "content"
    data = edge.content.data
    if media_type == EML:
        message = email.message_from_bytes(data, policy=email.policy.default)
        data = "".join(part.get_content() for part in message.walk() if not part.is_multipart()).encode()
        data += str(message["subject"]).encode() + str(message["from"]).encode() + str(message["to"]).encode()
        assert not data.isascii()
        return
    text = b"".join(_unzipped(data)) if data.startswith(b"PK") else data
    assert "漢字かな交じり".encode() in text
    assert "שלום".encode() in text


def _unzipped(data: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [archive.read(name) for name in archive.namelist()]


@given(st.text(max_size=12), st.integers())
def test_hostile_names_can_be_made_on_linux_and_are_hostile(ending: str, seed: int) -> None:
    """A name that cannot exist tests nothing."""
    suffix = "." + "".join(char for char in ending if char.isalnum() and char.isascii())
    names = hostile_names(suffix, seed=seed)

    assert len(set(names)) == len(names)
    assert all(name.lower().endswith(suffix.lower()) for name in names)
    assert all(not set(name) & {"/", "\n", "\r", "\0"} and len(name.encode()) <= 255 for name in names)
    assert any(" " in name for name in names)
    assert any(name.startswith("-") for name in names)
    assert any('"' in name and "'" in name for name in names)
    assert any("\u4e00" <= name[0] <= "\u9fff" for name in names)
    assert max(len(name.encode()) for name in names) == 200
