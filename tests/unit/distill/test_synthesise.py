"""Are unseen inputs of the demonstrated schema, and new in everything else?"""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.distill.media import extension_of, media_type_of
from skillstrata.distill.oracles import judge
from skillstrata.distill.synthesise import fresh, unseen
from skillstrata.distill.views import document_view, table_view
from skillstrata.distill.views.media_types import CSV, DOCX, HTML, JSON, MARKDOWN, NDJSON, TEXT, TSV, XML
from skillstrata.records.proofs import TypedBytes

TYPES = [HTML, DOCX, MARKDOWN, TEXT, CSV, TSV, JSON, NDJSON]
ORDERS = TypedBytes(
    CSV,
    b"\xef\xbb\xbfid;Customer;zip;amount;state;day;note\r\n"
    b"1;Ada Lovelace;01234;12.50;open;2024-01-31;first words here\r\n2;Grace Hopper;04711;3.10;closed;2024-02-29;\r\n"
    b"3;Alan Turing;00815;99.99;open;2023-12-01;more words there\r\n"
    b"4;Kurt Goedel;09999;45.00;open;2024-03-03;last words now\r\n",
)
TREE = TypedBytes(
    JSON,
    b'{\n  "name": "report",\n  "ok": true,\n  "none": null,\n  "items": [\n'
    b'    {"id": 1, "tags": ["alpha", "beta"], "size": 2.5},\n'
    b'    {"id": 2, "tags": [], "size": 7.25}\n  ]\n}\n',
)


def _kinds(tree: dict[str, object]) -> list[tuple[str, str]]:
    return [(key, type(value).__name__) for key, value in tree.items()]


@pytest.mark.parametrize("media_type", TYPES)
def test_unseen_inputs_share_hardly_a_word_with_the_demonstration(media_type: str) -> None:
    """An output remembered from the demonstration fits none of them."""
    content = fresh(media_type, count=1, seed=4)[0]
    old = document_view(content)
    made = unseen(content, count=3, seed=1)

    assert old is not None
    assert len({item.data for item in made}) == 3
    for item in made:
        view = document_view(item)
        assert view is not None
        table = table_view(item)
        kept = " ".join(table.header) if table else ""
        shared = [word for word in view.tokens if word in old.known and len(word) > 3 and word not in kept]
        assert len([word for word in shared if word.isalpha()]) <= 0.1 * len(view.tokens)


@pytest.mark.parametrize("media_type", TYPES)
def test_unseen_inputs_come_shorter_and_longer(media_type: str) -> None:
    """A program written for three rows fails on two or on nine."""
    content = fresh(media_type, count=1, seed=4)[0]
    old = document_view(content)
    sizes = [len(view.tokens) for item in unseen(content, count=2, seed=1) if (view := document_view(item))]

    assert old is not None
    assert sizes[0] < len(old.tokens) < sizes[1]


def test_a_table_keeps_header_dialect_mark_and_kinds() -> None:
    """The schema is what the program was written for."""
    for made in unseen(ORDERS, count=3, seed=2):
        table = table_view(made)
        assert table is not None
        assert table.header == ("id", "Customer", "zip", "amount", "state", "day", "note")
        assert made.data.startswith(b"\xef\xbb\xbfid;Customer;")
        assert made.data.endswith(b"\r\n")
        assert len(table.rows) != 4
        for row in table.rows:
            cells = dict(zip(table.header, map(str, row), strict=True))
            assert cells["id"].isdigit()
            assert len(cells["zip"]) == 5
            assert cells["zip"].startswith("0")
            assert len(cells["amount"].partition(".")[2]) == 2
            date.fromisoformat(cells["day"])


def test_categories_get_other_names_but_repeat() -> None:
    """Grouping needs groups."""
    table = table_view(unseen(ORDERS, count=2, seed=2)[1])
    assert table is not None
    states = [row[4] for row in table.rows]

    assert len(set(states)) < len(states)
    assert {"open", "closed"}.isdisjoint(states)


def test_words_the_program_looks_for_can_be_kept() -> None:
    """A filter for open orders needs open orders."""
    table = table_view(unseen(ORDERS, count=2, seed=2, keep={"open"})[1])

    assert table is not None
    assert "open" in {row[4] for row in table.rows}


def _free_text(content: TypedBytes) -> str:
    table = table_view(unseen(content, count=2, seed=2)[1])
    assert table is not None
    return "".join(str(row[-1]) + str(row[1]) for row in table.rows)


def test_free_text_gets_commas_and_quotes() -> None:
    """Splitting lines at commas works on the demonstration and nowhere else."""
    assert all(mark in _free_text(ORDERS) for mark in ',"')


def test_line_breaks_in_cells_come_only_where_the_demonstration_has_one() -> None:
    """A Markdown table cannot hold them: a program is not asked for what its own input never showed."""
    lines = ORDERS.data.decode().splitlines(keepends=True)
    ending = lines[1].rstrip("\r\n")
    broken = ending.rpartition(";")[0] + ';"a first line\nand a second one"\r\n'
    shown = TypedBytes(ORDERS.media_type, "".join([lines[0], broken, *lines[2:]]).encode())

    assert "\n" not in _free_text(ORDERS)
    assert "\n" in _free_text(shown)


def test_a_tree_keeps_keys_kinds_and_style() -> None:
    """Lists change in length, leaves in value, nothing in kind."""
    expected = [("name", "str"), ("ok", "bool"), ("none", "NoneType")]
    for made in unseen(TREE, count=2, seed=1):
        tree = json.loads(made.data)
        assert [(key, kind) for key, kind in _kinds(tree) if key != "items"] == expected
        assert all(set(item) == {"id", "tags", "size"} for item in tree["items"])
        assert len(tree["items"]) != 2
        assert made.data.startswith(b'{\n  "name": ')


def test_a_page_keeps_its_tags() -> None:
    """Words are new, elements are the same kinds in the same nesting."""
    page = TypedBytes(
        HTML, b"<main><h1>One head</h1><table><tr><th>a<th>b<tr><td>x<td>1</table><p class=z>Some text</p></main>"
    )
    for made in unseen(page, count=2, seed=1):
        assert made.data.startswith(b"<main><h1>")
        assert b"<p class=z>" in made.data
        assert b"Some text" not in made.data


def test_a_log_keeps_its_levels_and_valid_times() -> None:
    """The level is a closed set, the time must parse and move forward."""
    log = TypedBytes(
        TEXT, b"".join(b"2024-02-28 23:5%d:10 %s step %d\n" % (n, b"INFO" if n % 2 else b"ERROR", n) for n in range(8))
    )
    for made in unseen(log, count=2, seed=1):
        lines = made.data.decode().splitlines()
        assert {line.split()[2] for line in lines} <= {"INFO", "ERROR"}
        assert all(date.fromisoformat(line[:10]) for line in lines)


def test_an_empty_or_broken_demonstration_gives_no_unseen_inputs() -> None:
    """Nothing can be learnt about its schema."""
    assert unseen(TypedBytes(HTML, b""), count=2, seed=1) == ()
    assert unseen(TypedBytes(JSON, b'{"a": '), count=2, seed=1) == ()
    assert unseen(TypedBytes("image/png", b"\x89PNG"), count=2, seed=1) == ()


@pytest.mark.parametrize("media_type", TYPES)
def test_fresh_inputs_are_what_they_say_and_differ(media_type: str) -> None:
    """They are the common ground on which drafts of one type are compared."""
    made = fresh(media_type, count=3, seed=1)

    assert len({item.data for item in made}) == 3
    assert made == fresh(media_type, count=3, seed=1)
    assert {media_type_of(item.data, f"a{extension_of(media_type)}") for item in made} == {media_type}


@pytest.mark.parametrize("media_type", [HTML, MARKDOWN, DOCX])
def test_fresh_documents_have_what_converters_fail_on(media_type: str) -> None:
    """Headings, links, tables, letters outside ASCII."""
    views = [view for item in fresh(media_type, count=3, seed=1) if (view := document_view(item))]

    assert len(views) == 3
    assert all(view.headings and view.tables and view.numbers for view in views)
    assert any(view.links for view in views)
    assert any(not view.text.isascii() for view in views)


def test_fresh_tables_have_what_converters_fail_on() -> None:
    """Leading zeros, numbers beyond 2^53, gaps, commas, quotes, line breaks."""
    text = fresh(CSV, count=1, seed=1)[0].data.decode()
    table = table_view(TypedBytes(CSV, text.encode()))

    assert table is not None
    assert all(str(row[0]).startswith("0") for row in table.rows)
    assert any(len(str(row[5])) > 15 for row in table.rows)
    assert any(row[6] == "" for row in table.rows)
    assert '""' in text


def test_a_demonstrated_output_fits_no_unseen_input() -> None:
    """The whole point: a memorised answer fails, a real one passes."""
    given = TypedBytes(CSV, b"name,tons\ncrane,5120\nbarge,873\ntug,44\n")
    memorised = TypedBytes(
        JSON, b'[{"name": "crane", "tons": 5120}, {"name": "barge", "tons": 873}, {"name": "tug", "tons": 44}]'
    )

    assert judge(given, memorised, profile="table").ok
    for item in unseen(given, count=3, seed=1):
        table = table_view(item)
        assert table is not None
        real = json.dumps([dict(zip(table.header, map(str, row), strict=True)) for row in table.rows])
        assert judge(item, TypedBytes(JSON, real.encode()), profile="table").ok
        assert not judge(item, memorised, profile="table").ok


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([*TYPES, XML, "image/png"]))
def test_any_bytes_can_be_asked_for_more_like_them(data: bytes, media_type: str) -> None:
    """Nothing is an answer, an exception is not."""
    assert all(item.data != data for item in unseen(TypedBytes(media_type, data), count=2, seed=1))
