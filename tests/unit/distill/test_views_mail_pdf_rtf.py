"""What does an independent reader see in an e-mail, a notebook, a PDF, an RTF file?"""

import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.distill.views import document_view
from skillstrata.distill.views.media_types import EML, IPYNB, PDF, RTF
from skillstrata.distill.views.pdf_limits import is_affordable
from skillstrata.distill.views.shapes import DocumentView
from skillstrata.records.proofs import TypedBytes


def _view(media_type: str, data: bytes) -> DocumentView:
    view = document_view(TypedBytes(media_type, data))
    assert view is not None
    return view


# ---- e-mail ----

MAIL = b"""Subject: =?utf-8?q?Caf=C3=A9?= bill
From: Ann <ann@post.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Twelve cups, na=EFve.
--b
Content-Type: text/html

<p>Twelve <b>cups</b>, shown.</p>
--b
Content-Type: application/pdf; name="bill.pdf"
Content-Disposition: attachment; filename="bill.pdf"

JVBERi0=
--b--
"""


def test_a_mail_reads_subject_and_body_and_the_rest_may_be_left_out() -> None:
    """The second form of the body, other headers and attachments are what converters differ on."""
    view = _view(EML, MAIL)

    assert view.tokens == ("café", "bill", "twelve", "cups", "naïve")
    assert {"ann", "shown", "pdf"} <= view.known


def test_a_mail_of_html_alone_reads_it() -> None:
    """Then it is the body."""
    assert _view(EML, b"Subject: s\nContent-Type: text/html\n\n<h1>Top</h1><p>word</p>").tokens == ("s", "top", "word")


def test_text_without_a_header_is_no_mail() -> None:
    """The same text under one is."""
    assert document_view(TypedBytes(EML, b"\njust words")) is None
    assert document_view(TypedBytes(EML, b"Subject: x\n\njust words")) is not None


# ---- notebooks ----


def test_a_notebook_reads_text_and_code_and_outputs_may_be_left_out() -> None:
    """A converter to a script leaves them out, one to Markdown does not."""
    cells = [
        {"cell_type": "markdown", "source": ["# Top\n", "words"]},
        {"cell_type": "code", "source": "a = 1", "outputs": [{"text": ["seen 42"]}, {"data": {"image/png": "QUJD"}}]},
    ]
    view = _view(IPYNB, json.dumps({"cells": cells}).encode())

    assert [heading.text for heading in view.headings] == ["Top"]
    assert (view.code, view.tokens) == (("a = 1",), ("top", "words", "a", "1"))
    assert "42" in view.known
    assert "qujd" not in view.known


def test_other_json_is_no_notebook() -> None:
    """The type is a claim; the shape decides."""
    assert document_view(TypedBytes(IPYNB, b'{"rows": []}')) is None
    assert document_view(TypedBytes(IPYNB, b'{"cells": [{"cell_type": "raw", "source": "x"}, 3]}')) is not None


# ---- RTF ----


def test_rich_text_reads_words_and_no_tables_of_fonts() -> None:
    """Escapes are letters, control words are none."""
    text = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title Named}}\pard\outlinelevel0 Top\par"
    text += rb"\pard caf\'e9 \u8364?50 {\b bold}\emdash end\par{\*\unknown hidden}{\pict ffd8}}"
    view = _view(RTF, text)

    assert [(heading.level, heading.text) for heading in view.headings] == [(1, "Top")]
    assert view.tokens == ("top", "café", "50", "bold", "end")
    assert "named" in view.known
    assert not {"arial", "hidden", "ffd8"} & view.known


def test_rich_text_reads_tables_and_links() -> None:
    """Rows end by a word, cells by another; a link is a field of two parts."""
    text = rb"{\rtf1 \trowd\intbl a\cell b\cell\row\trowd\intbl c\cell d\cell\row\pard "
    text += rb'{\field{\*\fldinst{HYPERLINK "http://z/"}}{\fldrslt go there}} now\par}'
    view = _view(RTF, text)

    assert view.tables == ((("a", "b"), ("c", "d")),)
    assert [(link.text, link.target) for link in view.links] == [("go there", "http://z/")]


def test_rich_text_nested_without_end_is_refused_and_a_little_is_read() -> None:
    """The depth of groups is bounded."""
    assert document_view(TypedBytes(RTF, rb"{\rtf1 " + b"{" * 5_000)) is None
    assert document_view(TypedBytes(RTF, rb"{\rtf1 " + b"{" * 50 + b"x" + b"}" * 51)) is not None


# ---- PDF ----


def _pdf(content: bytes, *, filters: str = "", pages: int = 1) -> bytes:
    kids = " ".join(f"{5 + n} 0 R" for n in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Length {len(content)} {filters} >>\nstream\n".encode() + content + b"\nendstream",
    ]
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
    objects += [page + b"/Resources << /Font << /F 3 0 R >> >> >>"] * pages
    out = bytearray(b"%PDF-1.4\n")
    places: list[int] = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def _at(x: int, y: int, text: str) -> bytes:
    return f"BT /F 12 Tf {x} {y} Td ({text}) Tj ET\n".encode()


def test_a_pdf_reads_its_text_from_top_to_bottom() -> None:
    """The order of drawing is not the order of reading."""
    view = _view(PDF, _pdf(_at(50, 600, "second line of the page here") + _at(50, 700, "first line of the page")))

    assert view.tokens[:2] == ("first", "line")
    assert view.tokens[5:7] == ("second", "line")


def test_short_texts_side_by_side_are_a_table() -> None:
    """A PDF has none; without rows and columns its cells would be read one column after the other."""
    rows = [("Name", "Tons"), ("Aurora", "5120"), ("Borealis", "873")]
    drawn = b"".join(_at(50 + 200 * c, 700 - 14 * r, cell) for r, row in enumerate(rows) for c, cell in enumerate(row))

    assert _view(PDF, _pdf(drawn)).tables == (tuple(rows),)


def test_columns_of_prose_are_no_table() -> None:
    """Their lines are long: the left column is read before the right one."""
    words = "these words fill the line up"
    drawn = b"".join(_at(50 + 280 * c, 700 - 14 * r, words) for r in range(4) for c in range(2))

    assert _view(PDF, _pdf(drawn)).tables == ()


def test_what_stands_on_most_pages_may_be_left_out() -> None:
    """Running heads and page numbers are the paper's."""
    view = _view(PDF, _pdf(_at(50, 700, "words of the page in a line"), pages=4))

    assert "words" in view.known
    assert document_view(TypedBytes(PDF, _pdf(b""))) is None


def test_a_stream_that_unpacks_beyond_the_limit_is_refused_and_a_small_one_is_read() -> None:
    """The library unpacks in memory, layer by layer."""
    flate = "/Filter /FlateDecode"
    bomb = zlib.compress(b" " * 30_000_000)
    twice = zlib.compress(zlib.compress(b" " * 30_000_000))

    assert not is_affordable(_pdf(bomb, filters=flate))
    assert not is_affordable(_pdf(twice, filters="/Filter [/FlateDecode /FlateDecode]"))
    assert _view(PDF, _pdf(zlib.compress(_at(50, 700, "small words")), filters=flate)).tokens == ("small", "words")


def test_letters_on_top_of_each_other_are_refused() -> None:
    """Their lines are compared in pairs: a page of them would take for ever."""
    heap = b"BT /F 400 Tf 50 300 Td " + b"(WWWWWWWW) Tj -2600 0 Td " * 90 + b"ET"

    assert document_view(TypedBytes(PDF, _pdf(heap))) is None
    assert document_view(TypedBytes(PDF, _pdf(_at(50, 300, "WWWW")))) is not None


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([EML, IPYNB, RTF, PDF]), st.binary(max_size=300))
def test_any_bytes_have_a_view_or_none(media_type: str, data: bytes) -> None:
    """Readers meet hostile bytes; they answer, they never raise."""
    heads = {RTF: rb"{\rtf1 ", PDF: b"%PDF-1.4\n", EML: b"Subject: ", IPYNB: b'{"cells": '}
    for start in (b"", heads[media_type]):
        view = document_view(TypedBytes(media_type, start + data))
        assert view is None or set(view.tokens) <= view.known


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2_000), st.integers(0, 255))
def test_a_pdf_with_any_byte_changed_has_a_view_or_none(place: int, value: int) -> None:
    """The same where nearly all is right."""
    data = bytearray(_pdf(_at(50, 700, "words")))
    data[place % len(data)] = value
    view = document_view(TypedBytes(PDF, bytes(data)))

    assert view is None or set(view.tokens) <= view.known


@pytest.mark.parametrize(
    ("media_type", "hostile"),
    [
        (RTF, rb"{\rtf1 " + rb"\u" * 50_000),
        (RTF, rb"{\rtf1 " + rb"\bin99999999 x"),
        (RTF, rb"{\rtf1 " + rb"{\field" * 400),
        (EML, b"Subject: " + b"=?utf-8?q?" * 20_000),
        (EML, b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 20_000),
        (IPYNB, b'{"cells": ' + b"[" * 50_000),
        (PDF, b"%PDF-1.4\n" + b"1 0 obj << " * 5_000),
        (PDF, b"%PDF-1.4\n" + b"stream\n" * 20_000),
    ],
)
def test_hostile_input_costs_no_exception_and_no_time(media_type: str, hostile: bytes) -> None:
    """Readers run on what strangers wrote."""
    view = document_view(TypedBytes(media_type, hostile))

    assert view is None or set(view.tokens) <= view.known
