"""What does an independent reader see in a document?"""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.views import document_view, program_labels
from skillstrata.distill.views.archives import read_member, with_member
from skillstrata.distill.views.media_types import CSV, DOCX, HTML, JSON, MARKDOWN, NDJSON, TEXT, TSV, XML
from skillstrata.distill.views.shapes import DocumentView
from skillstrata.distill.views.xml_tree import parse_xml
from skillstrata.records.proofs import TypedBytes

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _view(media_type: str, data: bytes | str) -> DocumentView:
    view = document_view(TypedBytes(media_type, data.encode() if isinstance(data, str) else data))
    assert view is not None
    return view


def _docx(body: str, *, styles: str = "", relations: str = "", prolog: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        document = f'{prolog}<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{body}</w:body></w:document>'
        archive.writestr("word/document.xml", document)
        archive.writestr("word/styles.xml", f'<w:styles xmlns:w="{W}">{styles}</w:styles>')
        archive.writestr("word/_rels/document.xml.rels", f"<Relationships>{relations}</Relationships>")
    return out.getvalue()


def _p(text: str, style: str = "") -> str:
    mark = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{mark}<w:r><w:t>{text}</w:t></w:r></w:p>"


# ---- HTML ----


def test_a_page_reads_as_a_browser_shows_it() -> None:
    """Entities are letters, inline tags join, blocks part, scripts and styles are no content."""
    view = _view(HTML, "<p>caf&eacute; <b>f</b>ine</p><script>var x=1</script><style>p{}</style><p>two<br>lines</p>")

    assert view.tokens == ("café", "fine", "two", "lines")


def test_hidden_text_titles_and_menus_may_appear_but_need_not() -> None:
    """Converters differ here, and each is right."""
    page = (
        "<title>Tab</title><nav>menu</nav><p hidden>secret</p><p style='display:none'>gone</p><p>one two three four</p>"
    )
    view = _view(HTML, page)

    assert view.tokens == ("one", "two", "three", "four")
    assert {"tab", "menu", "secret", "gone"} <= view.known


def test_a_page_that_is_all_menu_is_all_content() -> None:
    """Else an empty output would be a perfect conversion of it."""
    assert _view(HTML, "<footer><p>everything stands down here</p></footer><p>x</p>").tokens[0] == "everything"


def test_headings_links_images_and_code_of_a_page_are_found() -> None:
    """They are checked one by one, since runs of words are too coarse for them."""
    page = '<h2>The <i>Title</i></h2><p><a href="http://x/y">go there</a><img src="p.png" alt="pic"></p>'
    page += "<pre>a = 1\nb</pre>"
    view = _view(HTML, page)

    assert [(h.level, h.text) for h in view.headings] == [(2, "The Title")]
    assert [(link.text, link.target) for link in view.links] == [("go there", "http://x/y")]
    assert (view.images, view.code) == (("p.png",), ("a = 1\nb",))
    assert "pic" in view.known


def test_cells_of_a_page_know_their_neighbours_without_closing_tags() -> None:
    """HTML allows to leave them out, and much of it does."""
    view = _view(HTML, "<table><tr><th>a<th>b<tr><td>1<td>2</table>")

    assert view.tables == ((("a", "b"), ("1", "2")),)
    assert [(c.text, c.right, c.below) for c in view.cells][:2] == [("a", "b", "1"), ("b", "", "2")]


def test_a_table_inside_a_table_is_its_own() -> None:
    """Layout tables wrap half the old web."""
    view = _view(HTML, "<table><tr><td>out<table><tr><td>in1<td>in2</table></td></tr></table>")

    assert (("in1", "in2"),) in view.tables


@pytest.mark.parametrize(
    "hostile",
    [
        "<!--" * 20_000,
        "<a " * 20_000,
        "<![if x]>text<![endif]>",
        "<" * 20_000,
        "<div>" * 20_000,
        "&" * 20_000,
        "<p a='",
    ],
)
def test_a_hostile_page_costs_no_exception_and_no_time(hostile: str) -> None:
    """Readers run on what strangers wrote, before any sandbox."""
    assert document_view(TypedBytes(HTML, hostile.encode())) is not None


# ---- Word ----


def test_a_word_file_reads_paragraphs_headings_and_tables() -> None:
    """Headings count by the style's name, since style ids are translated and names are not."""
    styles = '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    styles += '<w:style w:styleId="Own"><w:name w:val="Own"/><w:basedOn w:val="berschrift1"/></w:style>'
    cells = "".join(f"<w:tc>{_p(t)}</w:tc>" for t in ("a", "b"))
    view = _view(
        DOCX,
        _docx(
            _p("Top", "berschrift1") + _p("Sub", "Own") + _p("Body text") + f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>",
            styles=styles,
        ),
    )

    assert [(h.level, h.text) for h in view.headings] == [(1, "Top"), (1, "Sub")]
    assert view.prose == ("top", "sub", "body", "text")
    assert view.tables == ((("a", "b"),),)


def test_deleted_text_of_a_word_file_is_gone_and_inserted_text_is_there() -> None:
    """Tracked changes are shown as accepted."""
    body = "<w:p><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins></w:p>"

    assert _view(DOCX, _docx(body)).known == {"new"}


def test_links_of_a_word_file_lead_through_its_relationships() -> None:
    """The target stands in another part of the package."""
    link = '<w:p><w:hyperlink r:id="r9"><w:r><w:t>here</w:t></w:r></w:hyperlink></w:p>'
    view = _view(DOCX, _docx(link, relations='<Relationship Id="r9" Target="http://z/"/>'))

    assert [(found.text, found.target) for found in view.links] == [("here", "http://z/")]


def test_a_word_file_with_a_doctype_is_refused_and_the_same_without_is_read() -> None:
    """Entities of its own are how XML bombs are built."""
    bomb = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">]>'

    assert document_view(TypedBytes(DOCX, _docx(_p("x"), prolog=bomb))) is None
    assert document_view(TypedBytes(DOCX, _docx(_p("x")))) is not None


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip", _docx("<w:p>")[:-30]])
def test_a_broken_word_file_has_no_view(data: bytes) -> None:
    """Unreadable is an answer, not an accident."""
    assert document_view(TypedBytes(DOCX, data)) is None


def test_xml_deeper_than_the_limit_is_refused_and_shallow_xml_is_read() -> None:
    """The walk over the tree is recursive."""
    assert parse_xml(b"<a>" * 500 + b"</a>" * 500) is None
    assert parse_xml(b"<a>" * 50 + b"</a>" * 50) is not None


def test_a_member_replaced_leaves_the_others_alone() -> None:
    """A changed document must differ in its text only."""
    changed = with_member(_docx(_p("x")), "word/document.xml", b"<new/>")

    assert changed is not None
    assert read_member(changed, "word/document.xml") == b"<new/>"
    assert read_member(changed, "word/styles.xml") == read_member(_docx(""), "word/styles.xml")


# ---- Markdown, text, data ----


def test_markdown_reads_without_its_marks() -> None:
    """The marks are the writer's, the words the content's; escapes are no marks."""
    text = "# A *b*\n\n1. one\n2. `two_x` 2 \\* 3\n\n> said [link](http://h/p_q) ![alt](i.png)\n\nSet\n---\n"
    view = _view(MARKDOWN, text)

    assert view.tokens == ("a", "b", "one", "two", "x", "2", "3", "said", "link", "set")
    assert "alt" in view.known
    assert [(h.level, h.text) for h in view.headings] == [(1, "A b"), (2, "Set")]
    assert ([link.target for link in view.links], view.images) == (["http://h/p_q"], ("i.png",))


def test_markdown_tables_and_code_are_found() -> None:
    """A pipe in code or prose makes no table."""
    view = _view(MARKDOWN, "| a | b\\|c |\n|---|:-:|\n| 1 | **2** |\n\n```py\nx | y\n```\n\nnot | a table\n")

    assert view.tables == ((("a", "b|c"), ("1", "2")),)
    assert view.code == ("x | y",)


def test_emphasis_inside_a_word_does_not_cut_it_and_a_product_is_no_emphasis() -> None:
    """Cut words would be lost tokens, joined factors a new number."""
    assert _view(MARKDOWN, "**un**likely 12*34").tokens == ("unlikely", "12", "34")


def test_the_same_content_has_the_same_tokens_in_every_format() -> None:
    """The comparison of formats stands on this."""
    expected = ("head", "some", "words", "12", "50")
    views = [
        _view(HTML, "<h1>Head</h1><p>Some <em>words</em> 12.50</p>"),
        _view(MARKDOWN, "# Head\n\nSome *words* 12.50\n"),
        _view(TEXT, "Head\nSome words 12.50\n"),
        _view(DOCX, _docx(_p("Head") + _p("Some words 12.50"))),
        _view(CSV, "Head,Some\nwords,12.50\n"),
        _view(JSON, '{"k": ["Head", "Some words", 12.50]}'),
        _view(XML, "<d><t>Head</t>Some words<n>12.50</n></d>"),
    ]

    assert {view.tokens for view in views} == {expected}


def test_numbers_keep_their_decimals_and_lose_their_commas() -> None:
    """A novel number is the one sign of a swapped digit."""
    assert {"1234.50", "2024.05.01", "2024", "7"} <= _view(TEXT, "1,234.50 on 2024.05.01 for 7").numbers


@pytest.mark.parametrize("hostile", ["![" * 40_000, "[a](" * 40_000, "<!-- -" * 40_000, "a_" * 40_000, "|" * 40_000])
def test_hostile_markdown_costs_no_exception_and_no_time(hostile: str) -> None:
    """Openings that never close must not make the reader search the rest of the text again for each."""
    assert document_view(TypedBytes(MARKDOWN, hostile.encode())) is not None


@given(
    st.binary(max_size=600),
    st.sampled_from([HTML, DOCX, MARKDOWN, TEXT, CSV, TSV, JSON, NDJSON, XML, "image/png"]),
)
def test_any_bytes_have_a_view_or_none(data: bytes, media_type: str) -> None:
    """Readers meet hostile bytes; they answer, they never raise."""
    view = document_view(TypedBytes(media_type, data))

    assert view is None or set(view.tokens) <= view.known


@given(st.text(max_size=400), st.sampled_from([HTML, MARKDOWN, TEXT, CSV, JSON, XML]))
def test_any_text_has_a_view_or_none(text: str, media_type: str) -> None:
    """The same for text, where markup is likelier to be almost right."""
    view = document_view(TypedBytes(media_type, text.encode("utf-8", "replace")))

    assert view is None or set(view.prose) <= set(view.tokens)


def test_json_nested_beyond_all_measure_has_no_view() -> None:
    """The parser recurses."""
    assert document_view(TypedBytes(JSON, b"[" * 100_000)) is None


# ---- labels ----


def test_labels_are_the_words_of_string_literals_not_of_comments_or_docstrings() -> None:
    """Only what the program can print is its own word."""
    source = '"""Doc words."""\n# comment\nprint(f"Total rows: {n}")\nx = b"raw"\n'

    assert program_labels(source) == {"total", "rows", "raw"}


def test_a_program_that_does_not_parse_has_no_labels() -> None:
    """Bodies are recorded as they were, faults and all."""
    assert program_labels("print('x'") == frozenset()
