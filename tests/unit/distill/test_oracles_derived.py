"""Is a table made out of a table explained row by row and column by column, and refused where it is not?"""

import csv
import io
import json
from collections.abc import Callable

import pytest

from skillstrata.distill.oracles import choose_profile, judge
from skillstrata.distill.views.media_types import CSV, JSON, TEXT
from skillstrata.records.proofs import TypedBytes

SALES = (
    "region,product,units,price,day\nnorth,anvil,12,19.99,2024-01-03\nsouth,bolt,250,0.35,2024-01-09\n"
    "north,bolt,100,0.40,2024-02-01\nwest,crank,7,88.00,2024-02-11\nsouth,anvil,3,21.50,2024-02-28\n"
    "east,bolt,44,0.45,2024-03-02\neast,crank,9,81.25,2024-03-05\nnorth,anvil,31,20.75,2024-03-09\n"
)
GIVEN = TypedBytes(CSV, SALES.encode())
ROWS = list(csv.DictReader(io.StringIO(SALES)))
LABELS = frozenset("revenue bolt product high low band price region units total".split())
Row = dict[str, str | float]


def _json(rows: object) -> TypedBytes:
    return TypedBytes(JSON, json.dumps(rows).encode())


def _with(**columns: Callable[[dict[str, str]], str | float]) -> list[Row]:
    return [{**row, **{name: make(row) for name, make in columns.items()}} for row in ROWS]


def _revenue(row: dict[str, str]) -> float:
    return round(int(row["units"]) * float(row["price"]), 2)


@pytest.mark.parametrize(
    "rows",
    [
        _with(revenue=_revenue),
        _with(day=lambda row: "/".join(reversed(row["day"].split("-")))),
        _with(price=lambda row: f"${float(row['price']):,.1f}"),
        _with(month=lambda row: row["day"][:7]),
        _with(band=lambda row: "high" if float(row["price"]) > 10 else "low"),
        _with(place=lambda row: f"{row['region']}/{row['product']}"),
        sorted(_with(revenue=_revenue), key=lambda row: float(row["revenue"])),
    ],
    ids=["calculated", "dates", "amounts", "date part", "classes", "joined", "sorted"],
)
def test_a_table_rewritten_or_extended_by_a_rule_is_accepted(rows: list[Row]) -> None:
    """Each column is one rule that gives every row."""
    made = _json(rows)
    profile = choose_profile(GIVEN, made, labels=LABELS)

    assert profile == ("table-derived-1" if "$" not in str(rows) else profile)
    assert judge(GIVEN, made, profile=profile, labels=LABELS).ok


@pytest.mark.parametrize("name", ["revenue", "day", "units"])
def test_one_wrong_cell_leaves_no_rule(name: str) -> None:
    """A digit swapped in a calculated, a rewritten or a kept column."""
    rows = _with(revenue=_revenue, day=lambda row: "/".join(reversed(row["day"].split("-"))))
    rows[2][name] = {"revenue": 41.0, "day": "02/01/2042", "units": "101"}[name]

    result = judge(GIVEN, _json(rows), profile="table-derived", labels=LABELS)
    assert not result.ok
    assert name in result.detail or "aligned_rows" in result.detail


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("price", lambda text: f"{text}0", lambda text: text.replace(".", "")),
        ("product", lambda text: f' "{text}" ', lambda text: text[:-1]),
        ("day", lambda text: text.replace("-", "/"), lambda text: text.replace("2024-0", "2042-0")),
        ("units", lambda text: f"{text} pcs", lambda text: text[::-1] if len(set(text)) > 1 else text + "0"),
    ],
)
def test_a_way_of_writing_keeps_the_value(name: str, right: Callable[[str], str], wrong: Callable[[str], str]) -> None:
    """A point lost, a letter cut off, a year turned round are no other way of writing."""

    def written(change: Callable[[str], str]) -> TypedBytes:
        return _json([{**row, name: change(row[name])} for row in ROWS])

    assert judge(GIVEN, written(right), profile="table-derived", labels=LABELS).ok
    assert not judge(GIVEN, written(wrong), profile="table-derived", labels=LABELS).ok


@pytest.mark.parametrize(
    ("name", "shorten"),
    [
        ("price", lambda text: f"{float(text):.1f}"),
        ("price", lambda text: text.partition(".")[0]),
        ("region", str.upper),
        ("mail", lambda text: text.replace("@", " ").replace("-", " ")),
        ("at", lambda text: text[:10]),
        ("sum", lambda text: text[:-4]),
    ],
    ids=["rounded", "cut", "case", "marks", "time of day", "currency"],
)
def test_values_that_cannot_be_read_back_are_a_loss(name: str, shorten: Callable[[str], str]) -> None:
    """The contract says so: nothing but the full values is called a conversion."""
    kinds = ("EUR", "USD")
    rows = [
        {
            **row,
            "mail": f"{row['product']}-{n}@a.example",
            "at": f"{row['day']} 10:{n}5",
            "sum": f"{n + 7} {kinds[n % 2]}",
        }
        for n, row in enumerate(ROWS[:6])
    ]
    given = _json(rows)
    whole = [{**row, "day": "/".join(reversed(row["day"].split("-")))} for row in rows]
    short = _json([{**row, name: shorten(row[name])} for row in rows])

    assert choose_profile(given, short) == "extract-values-1"
    assert judge(given, short, profile="extract-values").ok
    assert not judge(given, short, profile="table-derived").ok
    assert choose_profile(given, _json(whole)) == "table-derived-1"


@pytest.mark.parametrize("number", [9007199254740993, 123456789012])
def test_whole_numbers_are_compared_in_every_digit(number: int) -> None:
    """A program that reads them as floats gives other ones; no profile takes them for the same."""
    given = _json([{"id": number + 2 * n, "n": name} for n, name in enumerate("abc")])
    right = TypedBytes(CSV, "".join(["id,n\n", *(f'"{number + 2 * n:,}",{c}\n' for n, c in enumerate("abc"))]).encode())
    wrong = TypedBytes(
        CSV, "".join(["id,n\n", *(f"{number + 2 * n + n % 2},{c}\n" for n, c in enumerate("abc"))]).encode()
    )
    alone = TypedBytes(CSV, "".join(["id\n", *(f"{number + 2 * n + 1}\n" for n in range(3))]).encode())
    ids = _json([{"id": number + 2 * n} for n in range(3)])

    assert judge(given, right).ok
    assert choose_profile(given, wrong) == choose_profile(ids, alone) == "table-1"
    assert not judge(given, wrong).ok
    assert not judge(ids, alone).ok
    assert not judge(given, wrong, profile="table-derived").ok
    assert not judge(given, wrong, profile="extract-values").ok


def test_a_row_lost_from_a_derived_table_is_refused() -> None:
    """The profile says that nothing is lost."""
    rows = _with(revenue=_revenue)

    assert judge(GIVEN, _json(rows), profile="table-derived", labels=LABELS).ok
    assert "missing_rows" in judge(GIVEN, _json(rows[:3] + rows[4:]), profile="table-derived", labels=LABELS).detail


@pytest.mark.parametrize(
    "rows",
    [
        [row for row in ROWS if row["product"] == "bolt"],
        [row for row in ROWS if float(row["price"]) < 20],
        sorted(ROWS, key=lambda row: -float(row["price"]))[:3],
    ],
    ids=["of a kind", "beyond a number", "top"],
)
def test_a_choice_with_a_reason_is_accepted(rows: list[Row]) -> None:
    """The loss is declared, and its reason is found in the table."""
    profile = choose_profile(GIVEN, _json(rows), labels=LABELS)

    assert profile == "extract-rows-1"
    assert judge(GIVEN, _json(rows), profile=profile, labels=LABELS).ok


def test_chosen_columns_are_no_chosen_rows() -> None:
    """The purpose of a tool says which: records filtered, or columns chosen."""
    made = _json([{"product": row["product"], "day": row["day"]} for row in ROWS])

    assert choose_profile(GIVEN, made) == "extract-columns-1"
    assert judge(GIVEN, made, profile="extract-columns").ok
    assert not judge(GIVEN, _json(ROWS[1:]), profile="extract-columns").ok


@pytest.mark.parametrize(
    "rows",
    [ROWS[:-1], ROWS[1:], [*ROWS[:2], *ROWS[3:]], [*ROWS, ROWS[0]], [*ROWS[:-1], {**ROWS[-1], "units": "13"}]],
    ids=["cut off", "first lost", "one lost", "one twice", "one wrong"],
)
def test_a_table_with_a_fault_is_not_taken_for_a_choice(rows: list[Row]) -> None:
    """Otherwise every truncated table would be a filter's."""
    made = _json(rows)

    assert not judge(GIVEN, made, profile=choose_profile(GIVEN, made, labels=LABELS), labels=LABELS).ok


def test_rows_without_repeats_are_accepted() -> None:
    """What is left out is still there."""
    twice = TypedBytes(CSV, (SALES + "".join(f"{line}\n" for line in SALES.splitlines()[1:4])).encode())

    assert choose_profile(twice, _json(ROWS)) == "extract-rows-1"
    assert judge(twice, _json(ROWS), profile="extract-rows").ok


def _sums() -> dict[str, int]:
    found: dict[str, int] = {}
    for row in ROWS:
        found[row["region"]] = found.get(row["region"], 0) + int(row["units"])
    return found


@pytest.mark.parametrize("form", ["object", "records", "lines", "csv"])
def test_numbers_by_group_are_one_calculation(form: str) -> None:
    """A sum by group is calculated again by our own group-by; a digit wrong or two groups swapped leaves none."""

    def written(sums: dict[str, int]) -> TypedBytes:
        if form == "object":
            return _json(sums)
        if form == "records":
            return _json([{"region": name, "units": n} for name, n in sums.items()])
        joint, head = (": ", "") if form == "lines" else (",", "region,units\n")
        text = head + "".join(f"{name}{joint}{n}\n" for name, n in sums.items())
        return TypedBytes(TEXT if form == "lines" else CSV, text.encode())

    right = _sums()
    assert choose_profile(GIVEN, written(right), labels=LABELS) == "summary-groups-1"
    assert judge(GIVEN, written(right), profile="summary-groups", labels=LABELS).ok
    for wrong in ({**right, "north": 134}, {**right, "north": right["south"], "south": right["north"]}):
        assert not judge(GIVEN, written(wrong), profile="summary-groups", labels=LABELS).ok


def test_a_sum_here_and_a_mean_there_is_no_calculation() -> None:
    """Each number alone follows from the table."""
    mixed = {**_sums(), "south": 126.5}

    assert not judge(GIVEN, _json(mixed), profile="summary-groups", labels=LABELS).ok
    assert judge(GIVEN, _json(_sums()), profile="summary-groups", labels=LABELS).ok
