"""Do unseen inputs hold what careless programs lose: long values, digits in words, names twice, other sheets?"""

import csv
import io
import json

import pytest

from skillstrata.distill.row_limits import row_limit, stops_early
from skillstrata.distill.synthesise import unseen
from skillstrata.distill.synthesise.workbooks import Sheet, xlsx_file
from skillstrata.distill.views.media_types import CSV, JSON, NDJSON, TEXT, XLSX
from skillstrata.records.proofs import TypedBytes
from tests.made_files import cells_read

PEOPLE = "name,role,age\nAnn,cook,34\nBob,cook,28\nCarl,guard,45\nDora,guard,52\nEmil,cook,61\n"
ROWS = ("Ann", "Bob", "Carl", "Dora", "Emil")
LINES = "".join(f"2026-01-01 10:00:{n:02} {'ERROR' if n % 3 == 0 else 'INFO'} harbour {n}\n" for n in range(30))


def rows_of(content: TypedBytes) -> list[dict[str, str]]:
    """Read a table by its header."""
    return list(csv.DictReader(io.StringIO(content.data.decode())))


def made_of(text: str, *, keep: tuple[str, ...] = ()) -> list[list[dict[str, str]]]:
    """Make three tables."""
    return [rows_of(item) for item in unseen(TypedBytes(CSV, text.encode()), count=3, seed=1, keep=keep)]


def test_a_column_of_names_gets_a_long_one_one_of_digits_and_one_twice() -> None:
    """Cutting cells, making numbers of digits and keying rows by a name lose nothing until such a value comes."""
    odd = [row["name"] for row in made_of(PEOPLE)[1]]

    assert max(map(len, odd)) >= 230
    assert any(value.isdigit() and value.startswith("00") for value in odd)
    assert len(set(odd)) == len(odd) - 1


def test_numbers_and_groups_stay_what_they_were() -> None:
    """A program that adds up a column, or names files after a group, is right to."""
    for rows in made_of(PEOPLE):
        assert all(not row["age"].startswith("0") and int(row["age"]) < 1000 for row in rows)
        assert all(len(row["role"]) < 10 for row in rows)


def test_a_column_with_a_word_the_program_looks_for_has_each_name_once() -> None:
    """What joins two files, and what a filter asks for, is a key."""
    names = [row["name"] for row in made_of(PEOPLE, keep=("ann",))[1]]

    assert not any(name.isdigit() for name in names)
    assert max(map(len, names)) < 30


@pytest.mark.parametrize("media_type", [JSON, XLSX])
def test_records_and_workbooks_get_long_names_and_names_twice(media_type: str) -> None:
    """What holds for a table holds for a list of records and for a sheet."""
    if media_type == JSON:
        data = json.dumps([{"name": name, "age": n} for n, name in enumerate(ROWS)]).encode()
    else:
        data = xlsx_file([Sheet("one", (("name", "age"), *((name, n) for n, name in enumerate(ROWS))))])
    made = unseen(TypedBytes(media_type, data), count=3, seed=1)[1]
    if media_type == JSON:
        names = [record["name"] for record in json.loads(made.data)]
    else:
        names = [row[0][2] for row in cells_read(made.data)["one"][1:]]

    assert max(map(len, names)) >= 230
    assert len(set(names)) == len(names) - 1


def test_a_workbook_of_two_sheets_gets_fewer_and_more() -> None:
    """In which part a sheet lies, and how many there are, is no property of workbooks."""
    sheets = [Sheet(name, (("name", "age"), *((word, n) for n, word in enumerate(ROWS)))) for name in ("one", "two")]
    made = unseen(TypedBytes(XLSX, xlsx_file(sheets)), count=3, seed=1)
    listed = [list(cells_read(item.data)) for item in made]

    assert listed[0] == ["one"]
    assert listed[1][:2] == ["one", "two"]
    assert len(listed[1]) == 3
    assert len(cells_read(made[1].data)[listed[1][2]]) > 1
    assert listed[2] == ["one", "two"]


def test_a_sheet_the_program_names_stays() -> None:
    """Who asks for a sheet by its name is no fault of the program."""
    sheets = [Sheet(name, (("name", "age"), ("Ann", 1), ("Bob", 2))) for name in ("one", "two", "three")]
    made = unseen(TypedBytes(XLSX, xlsx_file(sheets)), count=1, seed=1, keep={"two"})

    assert list(cells_read(made[0].data)) == ["one", "two"]


@pytest.mark.parametrize(
    ("media_type", "text", "mark"),
    [
        (CSV, PEOPLE, b"\n"),
        (TEXT, LINES, b"\n"),
        (JSON, json.dumps([{"name": name} for name in ROWS]), b"{"),
        (NDJSON, "".join(json.dumps({"name": name}) + "\n" for name in ROWS), b"{"),
    ],
)
def test_the_long_one_is_longer_than_asked(media_type: str, text: str, mark: bytes) -> None:
    """A program that reads so many rows shows it only with more of them."""
    content = TypedBytes(media_type, text.encode())
    longest = [max(item.data.count(mark) for item in unseen(content, count=3, seed=1, at_least=n)) for n in (0, 1500)]

    assert longest[0] < 1500 < longest[1]


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        ("head -n 1000 app.log | grep ERROR", 1000),
        ("head -800 app.log | grep ERROR", 800),
        ("grep -m 900 ERROR app.log", 900),
        ("sed -n '1,700p' app.log | grep x", 700),
        ("awk 'NR<=600' app.log", 600),
        ("json.dump(rows[:50], out)", 50),
        ("for row in itertools.islice(rows, 2_000): pass", 2000),
        ("pd.read_csv(path, nrows=400)", 400),
        ("rows.slice(0, 300)", 300),
        ("head -n 20 app.log", 0),
        ("head -n 100000 app.log", 0),
        ("print('since 2024')", 0),
    ],
)
def test_a_limit_of_rows_is_found_in_a_program(source: str, limit: int) -> None:
    """How long an input has to be follows from the program."""
    assert row_limit(source) == limit


def test_a_filter_that_ends_at_its_limit_is_told_from_one_that_does_not() -> None:
    """Both give lines of the input alone; only one gives those after the limit."""
    shown, given = TypedBytes(TEXT, LINES.encode()), TypedBytes(TEXT, (LINES * 5).encode())

    def kept(lines: list[str]) -> TypedBytes:
        return TypedBytes(TEXT, "".join(line for line in lines if "ERROR" in line).encode())

    lines = given.data.decode().splitlines(keepends=True)
    assert stops_early(100, shown, given, kept(lines[:100]))
    assert not stops_early(100, shown, given, kept(lines))
    assert not stops_early(100, shown, given, kept(lines[:30]))
    assert not stops_early(20, shown, given, kept(lines[:20]))
