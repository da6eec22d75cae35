"""Do unseen inputs keep the structure of the demonstration: sheets, slides, outlines, sizes, dialects?"""

import csv
import io
import re
import wave

import pytest
from pdfminer.high_level import extract_text
from PIL import Image

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.pdf_outline import pdf_blocks
from skillstrata.distill.mutate.type_names import WAV
from skillstrata.distill.mutate.zip_members import zip_of
from skillstrata.distill.synthesise import quoted, unseen
from skillstrata.distill.synthesise.outlines import outline
from skillstrata.distill.synthesise.pages import pdf_document
from skillstrata.distill.synthesise.workbooks import Sheet, xlsx_file
from skillstrata.distill.views import table_view
from skillstrata.distill.views.media_types import (
    CSV,
    JSON,
    PDF,
    PPTX,
    XLSX,
    ZIP,
)
from skillstrata.distill.views.xml_tree import parse_xml
from skillstrata.records.proofs import TypedBytes
from tests.made_files import cells_read, members_read, one

FORMS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP", "image/bmp": "BMP"}


def test_an_unseen_workbook_keeps_sheets_columns_and_kinds_of_cells() -> None:
    """Other rows, more or fewer: numbers stay numbers, dates dates, leading zeros text."""
    content = one(XLSX)
    old = cells_read(content.data)
    sizes: list[int] = []
    for item in unseen(content, count=3, seed=1):
        new = cells_read(item.data)
        for name in new.keys() & old.keys():
            assert [text for _, _, text in new[name][0]] == [text for _, _, text in old[name][0]]
        first = next(iter(new.values()))
        assert all((row[0][0], row[2][0], row[4][1]) == ("s", "n", "1") for row in first[1:])
        assert all(row[0][2].startswith("0") for row in first[1:] if row[0][0] == "s")
        sizes.append(len(first))
    before = len(next(iter(old.values())))
    assert sizes[0] < before < sizes[1]
    assert sizes[2] > 120


def test_a_title_above_the_header_and_a_workbook_of_numbers_are_kept_apart() -> None:
    """The row that names the columns is not always the first, and not always there."""
    rows = (("Yearly report",), ("town", "people"), ("Aarau", 100), ("Bern", 250), ("Chur", 90))
    book = TypedBytes(XLSX, xlsx_file([Sheet("one", rows), Sheet("two", ((1, 2), (3, 4)))]))
    made = unseen(book, count=2, seed=1, keep={"two"})

    for item in made:
        cells = cells_read(item.data)
        assert [text for _, _, text in cells["one"][1]] == ["town", "people"]
        assert cells["one"][0][0][2] != "Yearly report"
        assert {kind for row in cells["two"] for kind, _, _ in row} == {"n"}


SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
INLINE_SHEET = (
    f'<worksheet {SPACE}><dimension ref="A1:C6"/><sheetData>'
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Harbour year</t></is></c></row>'
    '<row r="3"><c r="A3" t="inlineStr"><is><t>name</t></is></c><c r="B3" t="inlineStr"><is><t>units</t></is></c>'
    '<c r="C3" t="inlineStr"><is><t>double</t></is></c></row>'
    '<row r="4"><c r="A4" t="inlineStr"><is><t>crane</t></is></c><c r="B4"><v>12</v></c>'
    '<c r="C4"><f>B4*2</f><v></v></c></row>'
    '<row r="5"><c r="A5" t="inlineStr"><is><t>barge</t></is></c><c r="B5"><v>40</v></c>'
    '<c r="C5"><f>B5*2</f><v></v></c></row>'
    '<row r="6"><c r="A6" t="inlineStr"><is><t>total</t></is></c><c r="B6"><f>SUM(B4:B5)</f><v></v></c></row>'
    '</sheetData><mergeCells count="1"><mergeCell ref="A1:C1"/></mergeCells></worksheet>'
)


def test_formulas_follow_their_rows_and_sums_reach_over_all() -> None:
    """Workbooks of people have a merged title, formulas without values, and a last row that adds up."""
    members = members_read(xlsx_file([Sheet("one", (("a",),))]))
    members["xl/worksheets/sheet1.xml"] = INLINE_SHEET.encode()
    content = TypedBytes(XLSX, zip_of(list(members.items())))

    for item in unseen(content, count=3, seed=1):
        xml = members_read(item.data)["xl/worksheets/sheet1.xml"].decode()
        assert parse_xml(xml.encode()) is not None
        assert "Harbour" not in xml
        assert "crane" not in xml
        assert xml.count(">units<") == 1
        rows = [int(number) for number in re.findall(r'<row r="(\d+)"', xml)]
        last = rows[-1]
        assert f"SUM(B4:B{last - 1})" in xml
        assert rows[2:] == list(range(4, last + 1))
        assert re.findall(r"<f>B(\d+)\*2</f>", xml) == [str(number) for number in range(4, last)]


def test_an_unseen_presentation_has_one_slide_fewer_or_more() -> None:
    """A program written for seven slides meets six and eight."""
    content = one(PPTX)

    def slides(data: bytes) -> int:
        return sum(bool(re.fullmatch(r"ppt/slides/slide\d+\.xml", name)) for name in members_read(data))

    fewer, more = unseen(content, count=2, seed=1)
    assert (slides(fewer.data), slides(more.data)) == (slides(content.data) - 1, slides(content.data) + 1)


def test_a_pdf_shows_every_word_of_its_outline() -> None:
    """Its content is known because it was put there: nothing may fall off the page."""
    parts = outline(Dice(1, "pages"), 4)
    text = " ".join(extract_text(io.BytesIO(pdf_document(parts))).split())
    words = {word for part in parts for run in part.runs for word in run.text.split()}
    words |= {word for part in parts for row in part.rows for cell in row for word in cell.split()}
    words |= {word for part in parts for word in part.code.split()}

    assert [word for word in words if word.isascii() and word not in text] == []


def test_an_unseen_pdf_has_the_outline_of_the_demonstrated_one() -> None:
    """Headings of the same levels in the same order, tables under the same columns."""
    content = one(PDF)
    old = pdf_blocks(content)
    assert {block.kind for block in old} == {"heading", "paragraph", "item", "table"}

    for item in unseen(content, count=2, seed=1):
        new = pdf_blocks(item)
        assert [b.level for b in new if b.kind == "heading"] == [b.level for b in old if b.kind == "heading"]
        assert [b.rows[0] for b in new if b.rows] == [b.rows[0] for b in old if b.rows]
        assert [len(b.rows) for b in new if b.rows] != [len(b.rows) for b in old if b.rows]


@pytest.mark.parametrize("media_type", FORMS)
def test_unseen_pictures_have_the_format_and_another_size(media_type: str) -> None:
    """A fixed crop or a remembered picture shows."""
    content = one(media_type)
    old = Image.open(io.BytesIO(content.data))
    made = [Image.open(io.BytesIO(item.data)) for item in unseen(content, count=2, seed=1)]

    assert [image.format for image in made] == [FORMS[media_type]] * 2
    assert made[0].size[0] < old.size[0] < made[1].size[0]
    assert len(old.convert("RGB").resize((64, 64)).getcolors(4096) or ()) > 20


def test_unseen_sounds_and_archives_keep_their_form() -> None:
    """Rate and channels, folders and endings are structure; samples, names and content are not."""
    with wave.open(io.BytesIO(one(WAV).data)) as old:
        for item in unseen(one(WAV), count=2, seed=1):
            with wave.open(io.BytesIO(item.data)) as new:
                assert (new.getframerate(), new.getnchannels()) == (old.getframerate(), old.getnchannels())
                assert new.getnframes() != old.getnframes()
    names = set(members_read(one(ZIP).data))
    for item in unseen(one(ZIP), count=2, seed=1):
        new_names = set(members_read(item.data))
        assert new_names.isdisjoint(names)
        assert {name.rpartition(".")[2] for name in new_names} <= {name.rpartition(".")[2] for name in names}


NAMES = TypedBytes(CSV, b"name,tons\ncrane,5120\nbarge,873\ntug,44\n")


def _naive(data: bytes) -> set[int]:
    return {len(line.split(",")) for line in data.decode().splitlines()}


def test_a_quoted_table_reads_whole_and_splits_wrong() -> None:
    """A demonstration without quotes never showed that splitting is wrong, but it is."""
    made = quoted(NAMES, seed=1)

    assert made is not None
    rows = list(csv.reader(io.StringIO(made.data.decode(), newline="")))
    assert {len(row) for row in rows} == {2}
    assert rows[0] == ["name", "tons"]
    assert any("," in row[0] for row in rows)
    assert any('"' in row[0] for row in rows)
    assert all(row[1].isdigit() for row in rows[1:])
    assert _naive(NAMES.data) == {2}
    assert _naive(made.data) != {2}


def test_at_least_one_unseen_table_needs_quotes_also_without_prose() -> None:
    """Names are enough to put a comma into."""
    assert any(_naive(item.data) != {2} for item in unseen(NAMES, count=3, seed=1))


def test_where_no_column_has_words_nothing_is_quoted() -> None:
    """A comma in a number or a date would be another type of content."""
    assert quoted(TypedBytes(CSV, b"a,day\n1,2024-01-02\n2,2024-01-03\n"), seed=1) is None
    assert quoted(one(JSON), seed=1) is None


def test_words_the_program_looks_for_are_not_quoted() -> None:
    """A filter for `open` would lose a row whose state is `open, and more`."""
    table = TypedBytes(CSV, b"state,who\nopen,Ada\nclosed,Grace\nopen,Alan\n")
    made = quoted(table, seed=1, keep={"open"})

    assert made is not None
    view = table_view(made)
    assert view is not None
    assert all('"' not in str(row[0]) and "," not in str(row[0]) for row in view.rows)
    assert any('"' in str(row[1]) for row in view.rows)
