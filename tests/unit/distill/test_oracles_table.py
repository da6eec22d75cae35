"""Does the output hold the whole table?"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.oracles import choose_profile, is_lossy, judge
from skillstrata.distill.oracles.values import canonical
from skillstrata.distill.views.media_types import CSV, HTML, JSON, MARKDOWN
from skillstrata.records.proofs import TypedBytes

TABLE = (
    'Code,Full Name,Amount,Big,Note\n007,Ada,12.50,9007199254740993,"a, ""b"""\n'
    '042,Bo,3,12,\n013,Cy,-1.25,15,"x\ny"\n101,Di,7,2,b\n'
)
GIVEN = TypedBytes(CSV, TABLE.encode())
ROWS: list[dict[str, str | int | float | None]] = [
    {"Code": "007", "Full Name": "Ada", "Amount": 12.5, "Big": 9007199254740993, "Note": 'a, "b"'},
    {"Code": "042", "Full Name": "Bo", "Amount": 3, "Big": 12, "Note": None},
    {"Code": "013", "Full Name": "Cy", "Amount": -1.25, "Big": 15, "Note": "x\ny"},
    {"Code": "101", "Full Name": "Di", "Amount": 7, "Big": 2, "Note": "b"},
]


def _failed(rows: object) -> set[str]:
    result = judge(GIVEN, TypedBytes(JSON, json.dumps(rows).encode()), profile="table")
    return {m.name for m in result.measures if m.gate and not m.ok}


def _with(key: str, values: list[str | int | float | None]) -> list[dict[str, str | int | float | None]]:
    return [{**row, key: value} for row, value in zip(ROWS, values, strict=True)]


@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        [{k: str(v) if v is not None else "" for k, v in row.items()} for row in ROWS],
        [{k.lower().replace(" ", "_"): v for k, v in row.items()} for row in ROWS],
        sorted(ROWS, key=lambda row: str(row["Code"])),
        [{"index": n, **row} for n, row in enumerate(ROWS)],
        {key: [row[key] for row in ROWS] for key in ROWS[0]},
        {"data": ROWS},
    ],
    ids=["typed", "as text", "normalised names", "sorted", "with a row counter", "columns", "wrapped"],
)
def test_an_honest_conversion_passes(rows: object) -> None:
    """Types may become text and names may be normalised: the values are the same."""
    assert _failed(rows) == set()


@pytest.mark.parametrize(
    ("rows", "detector"),
    [
        (_with("Code", [7, 42, 13, 101]), "equal_columns"),
        (_with("Big", [9007199254740992, 12, 15, 2]), "equal_columns"),
        (_with("Amount", [12.05, 3, -1.25, 7]), "equal_columns"),
        (_with("Note", ["a", None, "x\ny", "b"]), "equal_columns"),
        (_with("Full Name", ["Bo", "Cy", "Ada", "Di"]), "whole_rows"),
        (ROWS[:-1], "row_difference"),
        ([*ROWS, ROWS[0]], "row_difference"),
        ([{k: v for k, v in row.items() if k != "Note"} for row in ROWS], "missing_columns"),
        ([{**row, "extra": "new"} for row in ROWS], "added_columns"),
        ([ROWS[1], ROWS[3], ROWS[0], ROWS[2]], "order_or_sorted"),
        ([], "whole_output_empty"),
        ([{"Code": "header only"}], "missing_columns"),
    ],
)
def test_each_fault_has_its_detector(rows: object, detector: str) -> None:
    """Leading zeros, digits beyond 2^53, rows that no longer belong together: each is a loss."""
    assert detector in _failed(rows)


def test_a_table_that_lost_its_zeros_is_still_judged_as_a_table() -> None:
    """Else a broken conversion would pass as an extract of its input."""
    made = TypedBytes(JSON, json.dumps(_with("Code", [7, 42, 13, 101])).encode())

    assert choose_profile(GIVEN, made) == "table-1"
    assert not judge(GIVEN, made).ok


def test_a_table_becomes_markdown_and_comes_out_of_a_page() -> None:
    """Formats that cannot hold a line break in a cell are compared without it."""
    markdown = "| Code | Full Name | Amount | Big | Note |\n|---|---|---|---|---|\n"
    markdown += '| 007 | Ada | 12.50 | 9007199254740993 | a, "b" |\n'
    markdown += "| 042 | Bo | 3 | 12 |  |\n| 013 | Cy | -1.25 | 15 | x y |\n| 101 | Di | 7 | 2 | b |\n"
    page = TypedBytes(HTML, b"<table><tr><th>k<th>v<tr><td>one<td>11<tr><td>two<td>22</table>")

    assert judge(GIVEN, TypedBytes(MARKDOWN, markdown.encode()), profile="table").ok
    assert judge(page, TypedBytes(CSV, b"k,v\none,11\ntwo,22\n"), profile="table").ok
    assert not judge(page, TypedBytes(CSV, b"k,v\none,11\ntwo,23\n"), profile="table").ok


_ONE = "<table><tr><th>k<th>v<tr><td>one<td>11<tr><td>two<td>22</table>"
_TWO = "<table><tr><th>Cost<th>Euro<tr><td>Rent<td>900<tr><td>Power<td>310</table>"


@pytest.mark.parametrize("page", [f"<p>Intro words</p>{_ONE}", _ONE + _TWO], ids=["text", "table"])
def test_what_stands_beside_the_table_is_lost_on_purpose_or_there(page: str) -> None:
    """One table of several, right in every cell, is still no conversion of them all."""
    given, made = TypedBytes(HTML, page.encode()), TypedBytes(CSV, b"k,v\none,11\ntwo,22\n")

    assert choose_profile(given, made) == "extract-tables-1"
    assert is_lossy("extract-tables-1")
    assert judge(given, made, profile="extract-tables").ok
    assert not judge(given, TypedBytes(CSV, b"k,v\none,11\ntwo,23\n"), profile="extract-tables").ok
    assert choose_profile(TypedBytes(HTML, _ONE.encode()), made) == "table-1"


@pytest.mark.parametrize("header", ["city,name,age", "age,city,name"])
def test_headers_over_the_columns_of_others_are_wrong(header: str) -> None:
    """Each word is one of the input's, and each record is there: only under another name."""
    body = "Ann Lee,Oslo,31\nBo Ray,Rome,25\nCy Doe,Paris,47\n"
    given = TypedBytes(CSV, f"name,city,age\n{body}".encode())
    swapped = TypedBytes(CSV, f"{header}\n{body}".encode())
    part = TypedBytes(CSV, f"{header}\n{body.partition(chr(10))[2]}".encode())
    moved = [line.split(",") for line in f"name,city,age\n{body}".splitlines()]
    right = TypedBytes(CSV, "".join(f"{c},{a},{n}\n" for n, c, a in moved).encode())

    assert choose_profile(given, swapped) == choose_profile(given, part) == "table-1"
    assert not judge(given, swapped).ok
    assert not judge(given, part).ok
    assert judge(given, right).ok


def test_a_formatter_may_sort_keys_but_not_lose_one() -> None:
    """A tree that is no table is compared leaf by leaf."""
    tree = TypedBytes(JSON, b'{"b": {"x": 1, "y": [1, 2]}, "a": "text"}')

    assert judge(tree, TypedBytes(JSON, b'{\n "a": "text",\n "b": {"y": [1, 2], "x": 1}\n}'), profile="table").ok
    assert not judge(tree, TypedBytes(JSON, b'{"a": "text", "b": {"x": 1}}'), profile="table").ok


@pytest.mark.parametrize(
    ("one", "two"), [("12.50", "12.5"), ("1e3", "1000"), ("-0.10", "-.1"), ("", "NaN"), ("True", "true")]
)
def test_equal_values_are_equal_text(one: str, two: str) -> None:
    """Loosely between text and number."""
    assert canonical(one) == canonical(two)


@pytest.mark.parametrize(
    ("one", "two"), [("007", "7"), ("1.0", "1.01"), ("+1 23", "123"), ("9007199254740993", "9007199254740992")]
)
def test_different_values_stay_different(one: str, two: str) -> None:
    """Strictly in every digit."""
    assert canonical(one) != canonical(two)


@given(st.integers(-(10**30), 10**30), st.integers(0, 12))
def test_a_number_equals_itself_with_any_zeros_behind(number: int, zeros: int) -> None:
    """Printing with another precision changes no value."""
    assert canonical(f"{number}.{'0' * (zeros + 1)}") == canonical(str(number))
