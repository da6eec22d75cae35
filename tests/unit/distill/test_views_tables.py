"""Which tables does an independent reader see, and with which values?"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.views import TableView, table_view, table_views
from skillstrata.distill.views.media_types import CSV, HTML, JSON, MARKDOWN, NDJSON, TEXT, TSV
from skillstrata.records.proofs import TypedBytes


def _table(media_type: str, text: str) -> TableView:
    table = table_view(TypedBytes(media_type, text.encode()))
    assert table is not None
    return table


@pytest.mark.parametrize(
    ("media_type", "text"),
    [
        (CSV, "a,b\nx,1\ny,2\n"),
        (CSV, '"a";"b"\r\n"x";"1"\r\n"y";"2"\r\n'),
        (TSV, "a\tb\nx\t1\ny\t2\n"),
        (MARKDOWN, "| a | b |\n|---|---|\n| x | 1 |\n| y | 2 |\n"),
        (HTML, "<table><tr><th>a</th><th>b</th></tr><tr><td>x<td>1<tr><td>y<td>2</table>"),
        (TEXT, "a    b\nx    1\ny    2\n"),
        (JSON, '[["a", "b"], ["x", "1"], ["y", "2"]]'),
        (JSON, '[{"a": "x", "b": "1"}, {"a": "y", "b": "2"}]'),
        (JSON, '{"rows": [{"a": "x", "b": "1"}, {"a": "y", "b": "2"}], "total": 2}'),
        (JSON, '{"a": ["x", "y"], "b": ["1", "2"]}'),
        (JSON, '{"a": {"0": "x", "1": "y"}, "b": {"0": "1", "1": "2"}}'),
        (JSON, '{"columns": ["a", "b"], "index": [0, 1], "data": [["x", "1"], ["y", "2"]]}'),
        (NDJSON, '{"a": "x", "b": "1"}\n{"a": "y", "b": "2"}\n'),
    ],
)
def test_one_table_is_the_same_in_every_shape(media_type: str, text: str) -> None:
    """Converters choose freely among these shapes."""
    table = _table(media_type, text)

    assert (table.header, table.rows) == (("a", "b"), (("x", "1"), ("y", "2")))


def test_quotes_commas_and_line_breaks_stay_inside_their_cell() -> None:
    """A reader of lines would count another number of rows."""
    assert _table(CSV, 'n,t\n1,"a, ""b""\nc"\n').rows == (("1", 'a, "b"\nc'),)


def test_numbers_of_json_keep_every_digit() -> None:
    """Through a float, 2^53 + 1 becomes 2^53."""
    assert _table(JSON, '[{"a": 9007199254740993, "b": 0.10}]').rows == ((Decimal(9007199254740993), Decimal("0.10")),)


def test_a_first_row_of_numbers_names_no_columns() -> None:
    """A header taken from values is a row lost."""
    table = _table(CSV, "1,x\n2,y\n")

    assert (table.named, len(table.rows)) == (False, 2)


def test_nested_objects_are_flattened_and_gaps_are_nothing() -> None:
    """Records of one list need not have the same keys."""
    table = _table(JSON, '[{"a": {"b": 1}}, {"c": 2}]')

    assert (table.header, table.rows) == (("a.b", "c"), ((Decimal(1), None), (None, Decimal(2))))


@pytest.mark.parametrize("text", ["just words\nand more words here\nno columns", "a  b\nc\n", "", "\n\n"])
def test_text_whose_lines_disagree_is_no_table(text: str) -> None:
    """A guess here would judge prose by its columns."""
    assert table_view(TypedBytes(TEXT, text.encode())) is None


def test_every_table_of_a_page_is_found() -> None:
    """A program may take any of them."""
    page = b"<table><tr><td>x<td>y</table><p>and</p><table><tr><td>z<td>w</table>"

    assert len(table_views(TypedBytes(HTML, page))) == 2


@given(st.binary(max_size=500), st.sampled_from([CSV, TSV, JSON, NDJSON, MARKDOWN, HTML, TEXT]))
def test_any_bytes_have_tables_or_none(data: bytes, media_type: str) -> None:
    """Rows are as wide as the header, whatever the bytes."""
    assert all(len(row) == len(t.header) for t in table_views(TypedBytes(media_type, data)) for row in t.rows)
