"""What does an independent reader see in a workbook, a deck, a book, an OpenDocument file?"""

import io
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.views import document_view, table_views
from skillstrata.distill.views.archives import read_members
from skillstrata.distill.views.media_types import EPUB, ODP, ODS, ODT, PPTX, XLSX
from skillstrata.distill.views.shapes import DocumentView
from skillstrata.records.proofs import TypedBytes

R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _zip(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


def _view(media_type: str, data: bytes) -> DocumentView:
    view = document_view(TypedBytes(media_type, data))
    assert view is not None
    return view


def _relations(*items: tuple[str, str, str]) -> str:
    rows = "".join(f'<Relationship Id="{i}" Type="x/{kind}" Target="{target}"/>' for i, kind, target in items)
    return f"<Relationships>{rows}</Relationships>"


def _xlsx(cells: str, *, strings: str = "", styles: str = "", sheet: str = "", properties: str = "") -> bytes:
    return _zip(
        {
            "xl/workbook.xml": f'<workbook xmlns:r="{R}">{properties}<sheets>'
            f'<sheet name="Plan" r:id="r1" {sheet}/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _relations(("r1", "worksheet", "/xl/worksheets/one.xml")),
            "xl/worksheets/one.xml": f"<worksheet><sheetData>{cells}</sheetData></worksheet>",
            "xl/sharedStrings.xml": f"<sst>{strings}</sst>",
            "xl/styles.xml": styles or "<styleSheet/>",
        }
    )


def test_cells_of_a_workbook_have_their_types() -> None:
    """Text, number, truth and what is shared are told apart; a stored 0.1 + 0.2 is what a reader sees of it."""
    row = '<row><c r="A1" t="s"><v>0</v></c><c r="C1"><v>0.30000000000000004</v></c><c r="D1" t="b"><v>1</v></c></row>'
    row += '<row><c r="A2" t="inlineStr"><is><t>in</t></is></c><c r="C2" t="str"><v>007</v></c></row>'
    strings = "<si><r><t>first </t></r><r><t>one</t></r><rPh><t>spoken</t></rPh></si>"
    tables = table_views(TypedBytes(XLSX, _xlsx(row, strings=strings)))

    assert tables[0].rows == (
        ("first one", None, Decimal("0.30000000000000004"), True),
        ("in", None, "007", None),
    )


def test_a_number_with_a_date_format_is_a_date_and_without_one_a_number() -> None:
    """The file says 45418 either way; only the format tells."""
    styles = '<styleSheet><numFmts><numFmt numFmtId="200" formatCode="0.0&quot;day&quot;"/></numFmts>'
    styles += '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="200"/></cellXfs></styleSheet>'
    row = '<row><c r="A1"><v>45418</v></c><c r="B1" s="1"><v>45418</v></c><c r="C1" s="1"><v>45418.5</v></c>'
    row += '<c r="D1" s="2"><v>45418</v></c></row>'
    table = table_views(TypedBytes(XLSX, _xlsx(row, styles=styles)))[0]

    assert table.rows == ((Decimal(45418), "2024-05-06", "2024-05-06 12:00:00", Decimal(45418)),)


def test_a_hidden_sheet_may_be_left_out_and_a_shown_one_may_not() -> None:
    """Converters differ on it, and each is right."""
    row = '<row><c r="A1" t="str"><v>words in it</v></c></row>'

    assert table_views(TypedBytes(XLSX, _xlsx(row, sheet='state="hidden"'))) == ()
    assert _view(XLSX, _xlsx(row)).tokens == ("words", "in", "it")


def test_a_workbook_with_one_cell_in_its_far_corner_is_read_without_filling_it() -> None:
    """A few bytes must not become sixteen thousand columns of a million rows."""
    far = '<row r="1048576"><c r="XFD1048576" t="str"><v>far</v></c></row>'
    near = '<row r="9"><c r="C9" t="str"><v>near</v></c></row>'

    assert _view(XLSX, _xlsx(far)).tokens == ()
    assert _view(XLSX, _xlsx(near)).tokens == ("near",)


A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def _deck(shapes: str, *, slide: str = "", relations: str = "") -> bytes:
    return _zip(
        {
            "ppt/presentation.xml": f'<p xmlns:r="{R}"><sldIdLst><sldId id="256" r:id="r1"/></sldIdLst></p>',
            "ppt/_rels/presentation.xml.rels": _relations(("r1", "slide", "slides/slide1.xml")),
            "ppt/slides/slide1.xml": f'<sld xmlns:r="{R}" {slide}><cSld><spTree>{shapes}</spTree></cSld></sld>',
            "ppt/slides/_rels/slide1.xml.rels": relations or _relations(("n1", "notesSlide", "../notesSlides/n.xml")),
            "ppt/notesSlides/n.xml": "<notes><t>spoken aside</t></notes>",
        }
    )


def _shape(text: str, kind: str = "") -> str:
    place = f'<ph type="{kind}"/>' if kind else ""
    return f"<sp><nvSpPr><nvPr>{place}</nvPr></nvSpPr><txBody><p><r><t>{text}</t></r></p></txBody></sp>"


def test_a_deck_reads_titles_text_and_tables_and_its_notes_may_be_left_out() -> None:
    """A title is a heading by its placeholder; the number of a slide is furniture."""
    cell = "<tc><txBody><p><r><t>{}</t></r></p></txBody></tc>"
    table = f"<graphicFrame><tbl><tr>{cell.format('a')}{cell.format('b')}</tr></tbl></graphicFrame>"
    view = _view(PPTX, _deck(_shape("The Title", "title") + _shape("Body text") + _shape("7", "sldNum") + table))

    assert [heading.text for heading in view.headings] == ["The Title"]
    assert view.tokens == ("the", "title", "body", "text", "a", "b")
    assert view.tables == ((("a", "b"),),)
    assert {"spoken", "aside", "7"} <= view.known


def test_links_of_a_deck_lead_through_its_relationships() -> None:
    """The target stands in another part of the package."""
    run = '<r><rPr><hlinkClick r:id="h"/></rPr><t>here</t></r>'
    shape = f"<sp><nvSpPr/><txBody><p>{run}</p></txBody></sp>"
    relations = '<Relationships><Relationship Id="h" Type="x/hyperlink" Target="http://z/" TargetMode="External"/>'
    view = _view(PPTX, _deck(shape, relations=relations + "</Relationships>"))

    assert [(link.text, link.target) for link in view.links] == [("here", "http://z/")]


def _odf(body: str) -> bytes:
    return _zip({"content.xml": f'<d xmlns:l="urn:x"><body>{body}</body></d>'})


def test_an_opendocument_text_reads_headings_tables_links_and_spaces() -> None:
    """Repeated blanks are an element there, and notes may be left out."""
    body = '<text><h outline-level="2">Head</h><p>two<s c="2"/>words <a l:href="http://y/">link</a>'
    body += "<note><p>aside</p></note></p><tracked-changes><p>gone</p></tracked-changes>"
    body += "<table><table-row><table-cell><p>a</p></table-cell><table-cell><p>b</p></table-cell></table-row></table>"
    view = _view(ODT, _odf(body + "</text>"))

    assert [(h.level, h.text) for h in view.headings] == [(2, "Head")]
    assert view.prose == ("head", "two", "words", "link")
    assert view.tables == ((("a", "b"),),)
    assert [link.target for link in view.links] == ["http://y/"]
    assert "aside" in view.known
    assert "gone" not in view.known


def test_a_title_of_an_opendocument_slide_is_a_heading() -> None:
    """It is one by its frame, not by its paragraph."""
    frame = '<presentation><page><frame class="title"><text-box><p>Top</p></text-box></frame><p>x</p></page>'

    assert [h.text for h in _view(ODP, _odf(frame + "</presentation>")).headings] == ["Top"]


def test_cells_of_an_opendocument_sheet_repeat_and_have_types() -> None:
    """A file writes equal neighbours once."""
    row = '<table-row><table-cell number-columns-repeated="2"><p>x</p></table-cell>'
    row += '<table-cell value-type="float" value="1.50"><p>1.5</p></table-cell>'
    row += '<table-cell value-type="date" date-value="2024-05-06"><p>6 May</p></table-cell></table-row>'
    tables = table_views(TypedBytes(ODS, _odf(f"<spreadsheet><table name='t'>{row}</table></spreadsheet>")))

    assert tables[0].rows == (("x", "x", Decimal("1.50"), "2024-05-06"),)


def test_an_opendocument_sheet_that_repeats_without_end_is_refused() -> None:
    """Two numbers in a file must not cost a million rows; few repeats are read."""

    def sheet(times: int) -> bytes:
        cell = f'<table-cell number-columns-repeated="{times}"><p>x</p></table-cell>'
        row = f'<table-row number-rows-repeated="{times}">{cell}</table-row>'
        return _odf(f"<spreadsheet><table>{row}</table></spreadsheet>")

    assert document_view(TypedBytes(ODS, sheet(9_999))) is None
    assert len(_view(ODS, sheet(3)).tokens) == 9


def _book(chapter: str, *, items: str = "", spine: str = "") -> bytes:
    book = "<package><metadata><title>Named so</title></metadata><manifest>"
    book += f'<item id="c" href="c%201.xhtml" media-type="application/xhtml+xml"/>{items}</manifest>'
    return _zip(
        {
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="in/b.opf"/></rootfiles></container>',
            "in/b.opf": f'{book}<spine><itemref idref="c"/>{spine}</spine></package>',
            "in/c 1.xhtml": chapter,
            "in/nav.xhtml": "<html><body><nav><p>contents here</p></nav></body></html>",
        }
    )


def test_a_book_reads_its_chapters_and_its_contents_may_be_left_out() -> None:
    """XHTML closes elements by a slash: an empty title must not swallow the chapter."""
    nav = '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    chapter = '<html><head><title/></head><body><h1>One</h1><p>It <a id="x"/>began.</p></body></html>'
    view = _view(EPUB, _book(chapter, items=nav, spine='<itemref idref="n"/>'))

    assert view.tokens == ("one", "it", "began")
    assert {"contents", "named"} <= view.known


def test_a_book_without_the_file_it_names_has_no_view() -> None:
    """Half a book must not pass for a whole one; the same book with its chapter is read."""
    whole = _book("<html><body><p>words</p></body></html>")
    half = _zip({name: data.decode() for name, data in read_members(whole, lambda n: "xhtml" not in n).items()})

    assert document_view(TypedBytes(EPUB, half)) is None
    assert document_view(TypedBytes(EPUB, whole)) is not None


def test_members_that_unpack_beyond_the_limit_are_not_read() -> None:
    """Sizes are checked as the bytes come."""
    bomb = _zip({"a.xml": "x" * 33_000_000, "b.xml": "y"})

    assert read_members(bomb, lambda name: True) == {}
    assert read_members(bomb, lambda name: name == "b.xml") == {"b.xml": b"y"}


GOOD = {
    XLSX: _xlsx('<row><c r="A1" t="str"><v>words</v></c></row>'),
    PPTX: _deck(_shape("words", "title")),
    ODT: _odf("<text><p>words</p></text>"),
    ODP: _odf("<presentation><page><p>words</p></page></presentation>"),
    ODS: _odf("<spreadsheet><table><table-row><table-cell><p>w</p></table-cell></table-row></table></spreadsheet>"),
    EPUB: _book("<html><body><p>words</p></body></html>"),
}


@given(st.sampled_from(sorted(GOOD)), st.integers(0, 4_000), st.integers(0, 255))
def test_a_package_with_any_byte_changed_has_a_view_or_none(media_type: str, place: int, value: int) -> None:
    """Readers meet hostile bytes; they answer, they never raise."""
    data = bytearray(GOOD[media_type])
    data[place % len(data)] = value
    view = document_view(TypedBytes(media_type, bytes(data)))

    assert view is None or set(view.tokens) <= view.known


@given(st.sampled_from(sorted(GOOD)), st.binary(max_size=300))
def test_any_bytes_have_a_view_or_none(media_type: str, data: bytes) -> None:
    """The same for what is no package at all."""
    view = document_view(TypedBytes(media_type, data))

    assert view is None or set(view.tokens) <= view.known


@pytest.mark.parametrize("media_type", sorted(GOOD))
def test_a_package_cut_short_has_no_view_and_the_whole_one_has(media_type: str) -> None:
    """Unreadable is an answer, not an accident."""
    data = GOOD[media_type]

    assert document_view(TypedBytes(media_type, data[: len(data) // 2])) is None
    assert document_view(TypedBytes(media_type, data)) is not None
