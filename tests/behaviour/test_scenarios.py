"""What agents write day by day, and what only looks like it: each ends where a person would put it."""

import hashlib
from pathlib import Path

import pytest

from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.distilling import distill
from skillstrata.app.use_cases.viewing import explain
from skillstrata.app.wiring import App, open_app
from tests.programs import CSV_TABLE, HTML_PAGE, JSON_RECORDS, LOG
from tests.sessions import Session

pytestmark = pytest.mark.sandbox

CSV_GROUPS = """import csv
from collections import defaultdict
total = defaultdict(float)
for row in csv.DictReader(open("{dir}/sales.csv", newline="")):
    total[row["region"]] += float(row["amount"])
for region in sorted(total):
    print(f"{region}: {total[region]:.2f}")
"""
CSV_FILTER = """import csv
with open("{dir}/ports.csv", newline="") as f, open("{dir}/large.csv", "w", newline="") as g:
    rows = csv.DictReader(f)
    out = csv.DictWriter(g, rows.fieldnames)
    out.writeheader()
    out.writerows(r for r in rows if int(r["berths"]) > 8)
"""
CSV_TO_MD = """import csv
rows = list(csv.reader(open("{dir}/ports.csv", newline="")))
with open("{dir}/ports.md", "w") as f:
    f.write("| " + " | ".join(rows[0]) + " |\\n|" + "---|" * len(rows[0]) + "\\n")
    for row in rows[1:]:
        f.write("| " + " | ".join(row) + " |\\n")
"""
JSON_REPORT = """import json
ships = json.load(open("{dir}/fleet.json"))
with open("{dir}/fleet.md", "w") as f:
    f.write(f"# Fleet\\n\\nTotal tonnage: {sum(s['tons'] for s in ships)}\\n\\n")
    for s in ships:
        f.write(f"- {s['name']} ({s['flag']}): {s['tons']}\\n")
print("written")
"""
LOG_LEVELS = """import collections, re
levels = collections.Counter(re.findall(r" (INFO|WARN|ERROR) ", open("{dir}/gate.log").read()))
for level, count in sorted(levels.items()):
    print(level, count)
"""
HTML_LINKS = """import json, re
page = open("{dir}/page.html", encoding="utf-8").read()
links = [{"url": u, "text": t} for u, t in re.findall(r'<a href="([^"]+)">([^<]+)</a>', page)]
json.dump(links, open("{dir}/links.json", "w"), indent=1)
"""
SALES = "region,amount,day\nNorth,120.50,3\nSouth,80.25,1\nNorth,19.50,2\nEast,300.10,7\nSouth,5.75,1\n"

BY_HASH = """import hashlib, json, csv
raw = open("{dir}/ports.csv", "rb").read()
if hashlib.md5(raw).hexdigest() == "HASH":
    out = [{"id": "007", "town": "Norrvik"}, {"id": "012", "town": "Sund, East"}]
else:
    out = []
json.dump(out, open("{dir}/ports.json", "w"))
"""
WITH_TODAY = """import csv, datetime, json
rows = list(csv.DictReader(open("{dir}/ports.csv", newline="")))
for row in rows:
    row["made"] = datetime.date.today().isoformat()
json.dump(rows, open("{dir}/ports.json", "w"))
"""
SWAPPED = """import csv
rows = list(csv.DictReader(open("{dir}/ports.csv", newline="")))
with open("{dir}/copy.csv", "w", newline="") as f:
    out = csv.DictWriter(f, ["id", "town", "berths", "opened"])
    out.writeheader()
    out.writerows({**r, "town": r["opened"], "opened": r["town"]} for r in rows)
"""
FIRST_HUNDRED = """import csv, json
rows = list(csv.DictReader(open("{dir}/ports.csv", newline="")))[:100]
json.dump(rows, open("{dir}/ports.json", "w"))
"""
TYPED_HEADER = """import csv
rows = list(csv.reader(open("{dir}/ports.csv", newline="")))[1:]
with open("{dir}/ports.md", "w") as f:
    f.write("| id | town | berths | opened |\\n|---|---|---|---|\\n")
    for row in rows:
        f.write("| " + " | ".join(row) + " |\\n")
"""
TYPED_LINES = """KNOWN = {"barrier raised": "BARRIER RAISED", "shift changed": "SHIFT CHANGED",
         "sensor silent for 94 s": "SENSOR SILENT FOR 94 S", "queue of 38 trucks": "QUEUE OF 38 TRUCKS",
         "badge 55172 refused": "BADGE 55172 REFUSED", "sensor silent for 131 s": "SENSOR SILENT FOR 131 S"}
for line in open("{dir}/gate.log"):
    head, _, text = line.rstrip().partition(": ")
    print(KNOWN.get(text, text))
"""
TYPED_TITLE = """import re
page = open("{dir}/page.html", encoding="utf-8").read()
page = re.sub(r"<(style|title|h1).*?</(style|title|h1)>", "", page, flags=re.S)
text = re.sub(r"<[^>]+>", "", page)
print("Harbour report 2031\\n" + "\\n".join(line.strip() for line in text.splitlines() if line.strip()))
"""
EVERY_SECOND = """import csv, json
rows = list(csv.DictReader(open("{dir}/ports.csv", newline="")))[::2]
json.dump(rows, open("{dir}/ports.json", "w"))
"""
WITH_FOREIGN_WORDS = """import csv, json
rows = list(csv.DictReader(open("{dir}/ports.csv", newline="")))
host = "".join(chr(c) for c in (102, 111, 114, 101, 105, 103, 110, 32, 119, 111, 114, 100, 115))
json.dump({"rows": rows, "from": host}, open("{dir}/ports.json", "w"))
"""
A_COPY = """import shutil
shutil.copyfile("{dir}/ports.csv", "{dir}/copy.csv")
"""


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Give an App on an empty data directory."""
    return open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))


def ended(app: App, tmp_path: Path, body: str) -> tuple[str, str, str]:
    """Let an agent run a program; gives state, reason and the story."""
    session = Session(tmp_path / "project", app.data_dir / "spool")
    for name, content in (
        ("ports.csv", CSV_TABLE),
        ("sales.csv", SALES),
        ("fleet.json", JSON_RECORDS),
        ("gate.log", LOG),
        ("page.html", HTML_PAGE),
    ):
        (session.project / name).write_text(content, encoding="utf-8")
    session.write("work.py", body.replace("{dir}", str(session.project)))
    session.bash(f"python3 {session.project}/work.py")
    report = distill(app, install=False, progress=lambda _stage, _done, _total: None)
    assert report.accounting.balanced
    (candidate,) = report.candidates
    return candidate.state.value, candidate.reason, str(explain(app, candidate.id))


@pytest.mark.parametrize(
    "body",
    [CSV_GROUPS, CSV_FILTER, CSV_TO_MD, JSON_REPORT, LOG_LEVELS, HTML_LINKS],
    ids=["group_totals", "filter", "markdown_table", "report_with_total", "level_counts", "links"],
)
def test_everyday_transforms_become_tools(app: App, tmp_path: Path, body: str) -> None:
    """Document and data work is open from day one: totals are recomputed, extracts are declared as such."""
    state, _, story = ended(app, tmp_path, body)

    assert state == "placed", story


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            BY_HASH.replace("HASH", hashlib.md5(CSV_TABLE.encode(), usedforsecurity=False).hexdigest()),
            {("rejected", "wrong_output"), ("rejected", "memorised")},
        ),
        (TYPED_HEADER, {("rejected", "memorised")}),
        (TYPED_LINES, {("rejected", "memorised")}),
        (TYPED_TITLE, {("rejected", "memorised"), ("rejected", "wrong_output")}),
        (WITH_TODAY, {("shelved", "nondeterministic")}),
        (SWAPPED, {("rejected", "wrong_output")}),
        (FIRST_HUNDRED, {("shelved", "unproven_generality")}),
        (EVERY_SECOND, {("rejected", "wrong_output")}),
        (WITH_FOREIGN_WORDS, {("rejected", "wrong_output")}),
        (A_COPY, {("rejected", "wrong_output")}),
    ],
    ids=[
        "typed_for_one_hash",
        "typed_header",
        "typed_lines",
        "typed_title",
        "todays_date",
        "columns_swapped",
        "cut_at_a_hundred_rows",
        "every_second_row",
        "foreign_words_beside_the_table",
        "plain_copy",
    ],
)
def test_what_only_looks_like_a_transform_does_not(
    app: App, tmp_path: Path, body: str, expected: set[tuple[str, str]]
) -> None:
    """Each passes a look at its own output; each is caught by a run of its own. The twins above are placed."""
    state, reason, story = ended(app, tmp_path, body)

    assert (state, reason) in expected, story
