"""Tables and records in Python of every form: scripts, heredocs, options, modules of the session, several files."""

import csv
import io
import json
import xml.etree.ElementTree as ET
import zipfile

import pytest

from skillstrata.records.candidates import Candidate, State
from tests.programs import CSV_TABLE
from tests.programs_recorded import Recorded, Recordings, Scenario, all_judged, made, made_files, story

pytestmark = pytest.mark.sandbox

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OTHER_TABLE = 'id,town,berths,opened\n0009,"Ørje ""inner""",3,1899-12-31\n77,"Å, West",120,2024-02-29\n'
FLEET: list[list[str | int]] = [
    ["ship", "port", "tons"],
    ["Marten", "Norrvik", 4821],
    ["Otter", "Halsa", 1730],
    ["Heron", "Sund", 9460],
]
PEOPLE = "name,city,age\nAnn Lee,Oslo,31\nBo Ray,Rome,25\nCy Doe,Paris,47\nDi Fox,Berlin,52\nEd Gil,Madrid,38\n"
CITIES = json.dumps(
    [
        {"city": c, "country": n}
        for c, n in zip(
            ("Oslo", "Rome", "Paris", "Berlin", "Madrid"),
            ("Norway", "Italy", "France", "Germany", "Spain"),
            strict=True,
        )
    ]
)
SETTINGS = "name: quay\nport: 8080\nowner: Ann Berg\nharbour: Norrvik\nberths: 14\nopened: 1961-04-02\n"
FLEET_XML = """<?xml version="1.0"?>
<fleet>
  <ship id="a1"><name>Marten</name><tons>4821</tons><flag>NO</flag></ship>
  <ship id="a2"><name>Otter &amp; Son</name><tons>1730</tons><flag>SE</flag></ship>
  <ship id="a3"><name>Heron</name><tons>9460</tons><flag>DK</flag></ship>
</fleet>
"""
HEREDOC = """cd {dir} && python3 - <<'EOF'
import csv, json
with open("{dir}/ports.csv", newline="", encoding="utf-8") as f:
    rows = list(csv.DictReader(f))
with open("{dir}/ports.json", "w", encoding="utf-8") as f:
    json.dump(rows, f, indent=2, ensure_ascii=False)
print(f"{len(rows)} rows")
EOF"""
WITH_OPTIONS = """import argparse
import csv

ap = argparse.ArgumentParser(description="Change the delimiter of a table")
ap.add_argument("source")
ap.add_argument("--delimiter", default=",")
ap.add_argument("--output", required=True)
args = ap.parse_args()
with open(args.source, newline="", encoding="utf-8") as f, open(args.output, "w", newline="", encoding="utf-8") as g:
    csv.writer(g, delimiter=args.delimiter, lineterminator="\\n").writerows(csv.reader(f))
"""
XLSX_ROWS = """import csv, re, zipfile
import xml.etree.ElementTree as ET

N = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
book = zipfile.ZipFile("{dir}/fleet.xlsx")
shared = []
if "xl/sharedStrings.xml" in book.namelist():
    for si in ET.fromstring(book.read("xl/sharedStrings.xml")).iter(N + "si"):
        shared.append("".join(t.text or "" for t in si.iter(N + "t")))


def column(ref):
    number = 0
    for letter in re.match(r"[A-Z]+", ref)[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1


rows = []
for row in ET.fromstring(book.read("xl/worksheets/sheet1.xml")).iter(N + "row"):
    cells = []
    for at, cell in enumerate(row.iter(N + "c")):
        place = column(cell.get("r")) if cell.get("r") else at
        cells += [""] * (place + 1 - len(cells))
        value = cell.find(N + "v")
        text = value.text or "" if value is not None else ""
        if cell.get("t") == "s":
            text = shared[int(text)]
        elif cell.get("t") == "inlineStr":
            text = "".join(t.text or "" for t in cell.iter(N + "t"))
        elif cell.get("t") == "b":
            text = "TRUE" if text == "1" else "FALSE"
        cells[place] = text
    rows.append(cells)
width = max(map(len, rows))
with open("{dir}/fleet.csv", "w", newline="", encoding="utf-8") as f:
    csv.writer(f).writerows(r + [""] * (width - len(r)) for r in rows)
"""
JOIN = """import csv, json
with open("{dir}/people.csv", newline="") as f:
    people = list(csv.DictReader(f))
cities = {c["city"]: c["country"] for c in json.load(open("{dir}/cities.json"))}
with open("{dir}/joined.csv", "w", newline="") as f:
    w = csv.writer(f)
    w.writerow(["name", "city", "age", "country"])
    for p in people:
        w.writerow([p["name"], p["city"], p["age"], cities.get(p["city"], "")])
"""
SPLIT = """import csv, os
os.makedirs("{dir}/parts", exist_ok=True)
with open("{dir}/people.csv", newline="") as f:
    rows = list(csv.reader(f))
head, rows = rows[0], rows[1:]
for number in range(0, len(rows), 2):
    with open(f"{dir}/parts/part{number // 2 + 1}.csv", "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(head)
        w.writerows(rows[number : number + 2])
"""
XML_ROWS = """import csv
import xml.etree.ElementTree as ET
ships = ET.parse("{dir}/fleet.xml").getroot()
names = [child.tag for child in ships[0]]
with open("{dir}/fleet.csv", "w", newline="", encoding="utf-8") as f:
    w = csv.writer(f)
    w.writerow(["id", *names])
    for ship in ships:
        w.writerow([ship.get("id"), *(ship.findtext(n) for n in names)])
"""
YAML_TO_JSON = """import json
settings = {}
for line in open("{dir}/quay.yaml", encoding="utf-8"):
    line = line.rstrip("\\n")
    if not line.strip() or line.lstrip().startswith("#"):
        continue
    name, _, value = line.partition(":")
    value = value.strip().strip('"')
    settings[name.strip()] = int(value) if value.lstrip("-").isdigit() else value
with open("{dir}/quay.json", "w", encoding="utf-8") as f:
    json.dump(settings, f, indent=2, ensure_ascii=False)
"""
ROW_MODULE = """import csv


def rows(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))
"""
WITH_MODULE = """import json
import sys
from rowlib import rows

with open(sys.argv[2], "w", encoding="utf-8") as out:
    for row in rows(sys.argv[1]):
        out.write(json.dumps(row, ensure_ascii=False) + "\\n")
"""
HTML_ROWS = """import csv, html
with open("{dir}/ports.csv", newline="", encoding="utf-8") as f:
    head, *rows = csv.reader(f)
lines = ["<table>", "<tr>" + "".join(f"<th>{html.escape(c)}</th>" for c in head) + "</tr>"]
lines += ["<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in rows]
open("{dir}/ports.html", "w", encoding="utf-8").write("\\n".join([*lines, "</table>"]) + "\\n")
"""


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _json(home: Recordings, candidate: Candidate) -> None:
    given = made(home.call(candidate, {'my "ports".csv': OTHER_TABLE.encode()}))
    assert json.loads(given) == _rows(OTHER_TABLE)


def _other_delimiter(home: Recordings, candidate: Candidate) -> None:
    given = made(home.call(candidate, {"ports 2.csv": OTHER_TABLE.encode()}, delimiter="|")).decode()
    assert list(csv.DictReader(io.StringIO(given), delimiter="|")) == _rows(OTHER_TABLE)


def _book(rows: list[list[str | int]]) -> bytes:
    """Make a workbook of one sheet, without dates."""
    cells = (
        "".join(
            f"<c><v>{v}</v></c>" if isinstance(v, int) else f'<c t="inlineStr"><is><t>{v}</t></is></c>' for v in row
        )
        for row in rows
    )
    sheet = "".join(f"<row>{row}</row>" for row in cells)
    made_of = "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": f'''<Types xmlns="{made_of}/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{XLSX}.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>''',
        "_rels/.rels": f'''<Relationships xmlns="{made_of}/package/2006/relationships"><Relationship Id="rId1"
 Type="{made_of}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>''',
        "xl/workbook.xml": f'''<workbook xmlns="{made_of}/spreadsheetml/2006/main"
 xmlns:r="{made_of}/officeDocument/2006/relationships"><sheets><sheet name="Fleet" sheetId="1" r:id="rId1"/></sheets>
</workbook>''',
        "xl/_rels/workbook.xml.rels": f'''<Relationships xmlns="{made_of}/package/2006/relationships"><Relationship
 Id="rId1" Type="{made_of}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>
</Relationships>''',
        "xl/worksheets/sheet1.xml": f'''<worksheet xmlns="{made_of}/spreadsheetml/2006/main">
<sheetData>{sheet}</sheetData></worksheet>''',
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return data.getvalue()


def _sheet(home: Recordings, candidate: Candidate) -> None:
    rows: list[list[str | int]] = [["ship", "tons"], ["Ternø, old", 17], ["Auk", 90210]]
    given = made(home.call(candidate, {"表 1.xlsx": _book(rows)})).decode()
    assert list(csv.reader(io.StringIO(given))) == [[str(value) for value in row] for row in rows]


def _joined(home: Recordings, candidate: Candidate) -> None:
    people = "name,city,age\nØl Berg,Riga,60\nKim,Accra,19\n"
    cities = [{"city": "Accra", "country": "Ghana"}, {"city": "Riga", "country": "Latvia"}]
    tool = home.app.library.tool(candidate.tool)
    types = [p.media_types[0] for p in tool.contract.inputs if p.kind == "file"]
    files = {"text/csv": ("p 1.csv", people.encode()), "application/json": ("c's.json", json.dumps(cities).encode())}
    given = made(home.call(candidate, dict(files[kind] for kind in types))).decode()
    wanted = {"Riga": "Latvia", "Accra": "Ghana"}
    assert _rows(given) == [{**row, "country": wanted[row["city"]]} for row in _rows(people)]


def _parts(home: Recordings, candidate: Candidate) -> None:
    table = "name,city,age\n" + "".join(f'P{n},"C, {n}",{n}\n' for n in range(7))
    files = made_files(home.call(candidate, {"all people.csv": table.encode()}))
    assert sorted(files) == [f"part{n}.csv" for n in range(1, 5)]
    assert [row for name in sorted(files) for row in _rows(files[name].decode())] == _rows(table)


def _of_xml(home: Recordings, candidate: Candidate) -> None:
    other = '<fleet><ship id="z"><name>Ternø</name><tons>7</tons><flag>FO</flag></ship></fleet>'
    given = made(home.call(candidate, {"the fleet.xml": other.encode()})).decode()
    assert _rows(given) == [{"id": "z", "name": "Ternø", "tons": "7", "flag": "FO"}]


def _settings(home: Recordings, candidate: Candidate) -> None:
    given = made(
        home.call(candidate, {"other settings.yaml": "harbour: Sund\nline: 12\n# closed\ncook: Åse Li\n".encode()})
    )
    assert json.loads(given) == {"harbour": "Sund", "line": 12, "cook": "Åse Li"}


def _lines(home: Recordings, candidate: Candidate) -> None:
    given = made(home.call(candidate, {"港.csv": OTHER_TABLE.encode()})).decode()
    assert [json.loads(line) for line in given.splitlines()] == _rows(OTHER_TABLE)


def _page(home: Recordings, candidate: Candidate) -> None:
    given = made(home.call(candidate, {"p&q.csv": OTHER_TABLE.encode()})).decode()
    cells = [[cell.text for cell in row] for row in ET.fromstring(given)]  # noqa: S314 - our own tool made it
    assert cells == list(csv.reader(io.StringIO(OTHER_TABLE)))


ALL = [
    Scenario(Recorded("csv_heredoc", {"ports.csv": CSV_TABLE}, (HEREDOC,)), _json),
    Scenario(
        Recorded(
            "delimiter_option",
            {"ports.csv": CSV_TABLE},
            ("cd {dir} && python3 delim.py {dir}/ports.csv --delimiter ';' --output {dir}/ports-semi.csv",),
            {"delim.py": WITH_OPTIONS},
        ),
        _other_delimiter,
    ),
    Scenario(
        Recorded("xlsx_to_csv", {"fleet.xlsx": _book(FLEET)}, ("python3 x.py",), {"x.py": XLSX_ROWS}),
        _sheet,
    ),
    Scenario(
        Recorded("join", {"people.csv": PEOPLE, "cities.json": CITIES}, ("python3 join.py",), {"join.py": JOIN}),
        _joined,
    ),
    Scenario(Recorded("split", {"people.csv": PEOPLE}, ("python3 split.py",), {"split.py": SPLIT}), _parts),
    Scenario(Recorded("xml_to_csv", {"fleet.xml": FLEET_XML}, ("python3 x.py",), {"x.py": XML_ROWS}), _of_xml, "b"),
    Scenario(Recorded("yaml_to_json", {"quay.yaml": SETTINGS}, ("python3 y.py",), {"y.py": YAML_TO_JSON}), _settings),
    Scenario(
        Recorded(
            "own_module",
            {"ports.csv": CSV_TABLE},
            ("cd {dir} && python3 tojsonl.py {dir}/ports.csv {dir}/ports.jsonl",),
            {"rowlib.py": ROW_MODULE, "tojsonl.py": WITH_MODULE},
        ),
        _lines,
    ),
    Scenario(Recorded("csv_to_html", {"ports.csv": CSV_TABLE}, ("python3 h.py",), {"h.py": HTML_ROWS}), _page),
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Recordings, Candidate]]:
    """Record everything, then distil each library once."""
    return all_judged(ALL, tmp_path_factory.mktemp("tables"))


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.task.name)
def test_it_becomes_a_tool_that_works_on_other_files(
    judged: dict[str, tuple[Recordings, Candidate]], scenario: Scenario
) -> None:
    """A proof is worth what the tool does on a file that its author never saw."""
    home, candidate = judged[scenario.task.name]

    assert candidate.state is State.PLACED, story(candidate)
    scenario.check(home, candidate)
