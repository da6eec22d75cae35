"""Text, logs and records, as shell pipelines, inline code, heredocs, node and loops: each placed, then called anew."""

import collections
import json
import textwrap
from collections.abc import Mapping

import pytest

from skillstrata.records.candidates import Candidate, State
from tests.programs import JSON_RECORDS, LOG
from tests.programs_recorded import Recorded, Recordings, Scenario, all_judged, made, story

pytestmark = pytest.mark.sandbox

NOTE = (
    "The ferry to Halsa leaves the old quay at seven and comes back before noon unless the wind is strong.\n\n"
    "Whoever misses it may take the bus along the shore, which needs an hour more and stops at every farm.\n"
)
SHIPS = "ship\tport\ttons\nMarten\tNorrvik\t4821\nOtter\tHalsa\t1730\nHeron\tSund\t9460\nTern\tVik\t2205\n"
PAGES = {
    "site/a.html": "<h1>Alpha quay</h1>\n<p>Four cranes stand here since 1961.</p>\n",
    "site/b.html": "<h1>Beta quay</h1>\n<p>Nobody has moored here in a year.</p>\n",
}
RECORD_LINES = "".join(json.dumps(record) + "\n" for record in json.loads(JSON_RECORDS))
OTHER_LOG = (
    "2044-01-02 10:00:01 ERROR gate 3: lamp 4711 dark\n"
    "2044-01-02 10:00:09 INFO gate 1: barrier lowered\n"
    "2044-01-03 23:59:59 ERROR gate 8: no answer for 12 s\n"
    "2044-01-04 00:00:00 WARN gate 8: queue of 99 lorries\n"
)
OTHER_SHIPS = "ship\tport\ttons\nOsprey\tKåfjord\t77\nAuk\tRø\t31250\n"
OTHER_RECORDS = [
    {"name": "Skua 'II'", "tons": 12, "flag": "IS", "note": "salt, wet"},
    {"name": "Puffin", "tons": 7755, "flag": "FO", "note": "wool"},
]
OTHER_NOTE = (
    "Every morning somebody counts the gulls on the breakwater and writes the number on a slate behind the door.\n"
)

WRAP = (
    'import textwrap; text = open("{dir}/note.txt").read(); '
    'print("\\n\\n".join(textwrap.fill(p, width=40) for p in text.split("\\n\\n")))'
)
COUNT_WORDS = """import collections, re, sys
words = collections.Counter(re.findall(r"[^\\W\\d_]+", sys.stdin.read().lower()))
for word, count in sorted(words.items()):
    print(word, count, sep="\\t")
"""
NODE_RECORDS = """const fs = require('fs');
const ships = JSON.parse(fs.readFileSync('{dir}/fleet.json', 'utf8'));
const cell = (v) => /[",\\n]/.test(String(v)) ? '"' + String(v).replace(/"/g, '""') + '"' : String(v);
const names = Object.keys(ships[0]);
const lines = [names.join(','), ...ships.map((s) => names.map((n) => cell(s[n])).join(','))];
fs.writeFileSync('{dir}/fleet.csv', lines.join('\\n') + '\\n');
console.log(`wrote ${ships.length} ships`);
"""
NODE_MODULE = """import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const dir = '{dir}';
const lines = (await readFile(path.join(dir, 'fleet.jsonl'), 'utf8')).split('\\n').filter(Boolean);
await writeFile(path.join(dir, 'fleet-all.json'), JSON.stringify(lines.map((line) => JSON.parse(line)), null, 2));
"""
PY_GLOB = """import glob, re
for page in sorted(glob.glob("{dir}/site/*.html")):
    text = re.sub(r"<[^>]+>", "", open(page, encoding="utf-8").read())
    with open(page.replace(".html", ".txt"), "w", encoding="utf-8") as out:
        out.write(text)
"""


def called(home: Recordings, candidate: Candidate, files: Mapping[str, str], **options: str) -> str:
    """Give the text that a placed candidate's tool makes of other files."""
    return made(home.call(candidate, {name: text.encode() for name, text in files.items()}, **options)).decode()


def _errors(home: Recordings, candidate: Candidate) -> None:
    given = called(home, candidate, {"my gate's log.log": OTHER_LOG})
    assert given.splitlines() == [line for line in OTHER_LOG.splitlines() if " ERROR " in line]


def _levels(home: Recordings, candidate: Candidate) -> None:
    given = called(home, candidate, {"門.log": OTHER_LOG})
    counted = collections.Counter(line.split()[2] for line in OTHER_LOG.splitlines())
    assert {w: int(n) for n, w in (line.split() for line in given.splitlines())} == counted


def _cut(home: Recordings, candidate: Candidate) -> None:
    given = called(home, candidate, {"some ships.tsv": OTHER_SHIPS})
    rows = [line.split("\t") for line in OTHER_SHIPS.splitlines()]
    ascii_upper = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert given.splitlines() == [f"{row[0]}\t{row[2]}".translate(ascii_upper) for row in rows]


def _wrapped(home: Recordings, candidate: Candidate) -> None:
    given = called(home, candidate, {'a "note".txt': OTHER_NOTE}, width="25")
    assert given.split("\n\n")[0].strip() == textwrap.fill(OTHER_NOTE, 25).strip()
    assert max(map(len, given.splitlines())) <= 25


def _csv_of_records(home: Recordings, candidate: Candidate) -> None:
    given = called(home, candidate, {"other fleet.json": json.dumps(OTHER_RECORDS)})
    assert "Skua 'II'" in given
    assert "7755" in given
    assert given.count("\n") >= len(OTHER_RECORDS)


def _records_of_lines(home: Recordings, candidate: Candidate) -> None:
    lines = "\n".join(json.dumps(record) for record in OTHER_RECORDS)
    assert json.loads(called(home, candidate, {"船.jsonl": lines})) == OTHER_RECORDS


def _rows_of_records(home: Recordings, candidate: Candidate) -> None:
    given = called(home, candidate, {"船.json": json.dumps(OTHER_RECORDS)})
    assert [line.split("\t") for line in given.splitlines()] == [
        list(OTHER_RECORDS[0]),
        *([str(value) for value in record.values()] for record in OTHER_RECORDS),
    ]


def _counted_words(home: Recordings, candidate: Candidate) -> None:
    given = called(home, candidate, {"n.txt": OTHER_NOTE})
    counted = collections.Counter(OTHER_NOTE.lower().replace(".", "").split())
    assert {w: int(n) for w, n in (line.split("\t") for line in given.splitlines())} == counted


def _without_tags(home: Recordings, candidate: Candidate) -> None:
    given = called(home, candidate, {"the page.html": "<h1>Gamma 12</h1>\n<p>A <b>new</b> pier.</p>\n"})
    assert given.split() == ["Gamma", "12", "A", "new", "pier."]


def _names(home: Recordings, candidate: Candidate) -> None:
    given = called(home, candidate, {"-x y.json": json.dumps(OTHER_RECORDS)})
    assert given.splitlines() == sorted(r["name"] for r in OTHER_RECORDS)


ALL = [
    Scenario(
        Recorded("grep_errors", {"gate.log": LOG}, ("cd {dir} && grep ' ERROR ' {dir}/gate.log > {dir}/errors.log",)),
        _errors,
    ),
    Scenario(
        Recorded(
            "count_levels",
            {"gate.log": LOG},
            ("awk '{print $3}' {dir}/gate.log | sort | uniq -c | sort -rn > {dir}/levels.txt",),
        ),
        _levels,
        "b",
    ),
    Scenario(
        Recorded(
            "cut_columns",
            {"ships.tsv": SHIPS},
            ("cut -f1,3 {dir}/ships.tsv | tr 'a-z' 'A-Z' > {dir}/upper.tsv",),
        ),
        _cut,
    ),
    Scenario(Recorded("wrap_inline", {"note.txt": NOTE}, ("python3 -c '" + WRAP + "'",)), _wrapped, "c"),
    Scenario(
        Recorded(
            "jq_to_csv",
            {"fleet.json": JSON_RECORDS},
            ("""jq -r '.[] | [.name, .tons, .flag, .note] | @csv' {dir}/fleet.json > {dir}/fleet.csv""",),
        ),
        _csv_of_records,
    ),
    Scenario(
        Recorded("jq_names", {"fleet.json": JSON_RECORDS}, ("jq -r '.[].name' < {dir}/fleet.json | sort",)), _names
    ),
    Scenario(
        Recorded("node_script", {"fleet.json": JSON_RECORDS}, ("node conv.js",), {"conv.js": NODE_RECORDS}),
        _csv_of_records,
        "b",
    ),
    Scenario(
        Recorded(
            "node_module", {"fleet.jsonl": RECORD_LINES}, ("cd {dir} && node conv.mjs",), {"conv.mjs": NODE_MODULE}
        ),
        _records_of_lines,
    ),
    Scenario(
        Recorded(
            "node_inline",
            {"fleet.json": JSON_RECORDS},
            (
                'node -e \'const fs=require("fs"); const r=JSON.parse(fs.readFileSync("{dir}/fleet.json","utf8"));'
                'const h=Object.keys(r[0]); console.log([h,...r.map(x=>h.map(n=>x[n]))].map(c=>c.join("\\t"))'
                '.join("\\n"))\' > {dir}/fleet.tsv',
            ),
        ),
        _rows_of_records,
        "b",
    ),
    Scenario(
        Recorded(
            "words_from_stdin",
            {"note.txt": NOTE},
            ("cat {dir}/note.txt | python3 {dir}/count.py > {dir}/words.tsv",),
            {"count.py": COUNT_WORDS},
        ),
        _counted_words,
    ),
    Scenario(
        Recorded(
            "shell_loop",
            PAGES,
            (
                "ls {dir}/site/",
                'for f in {dir}/site/*.html; do sed -e \'s/<[^>]*>//g\' "$f" > "${f%.html}.txt"; done',
            ),
        ),
        _without_tags,
    ),
    Scenario(Recorded("python_loop", PAGES, ("ls {dir}/site/", "python3 g.py"), {"g.py": PY_GLOB}), _without_tags, "b"),
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Recordings, Candidate]]:
    """Record everything, then distil each library once."""
    return all_judged(ALL, tmp_path_factory.mktemp("text"))


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.task.name)
def test_it_becomes_a_tool_that_works_on_other_files(
    judged: dict[str, tuple[Recordings, Candidate]], scenario: Scenario
) -> None:
    """A proof is worth what the tool does on a file that its author never saw."""
    home, candidate = judged[scenario.task.name]

    assert candidate.state is State.PLACED, story(candidate)
    scenario.check(home, candidate)
