"""Text, logs and records, as shell pipelines, inline code, heredocs, node and loops: each placed, then called anew."""

import collections
import json
import textwrap
from collections.abc import Mapping

import pytest

from skillstrata.records.candidates import Candidate, State
from tests.programs import JSON_RECORDS, LOG
from tests.programs_recorded import Recorded, Recordings, Scenario, made, recordings, story

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
OTHER_LOG = (
    "2044-01-02 10:00:01 ERROR gate 3: lamp 4711 dark\n"
    "2044-01-02 10:00:09 INFO gate 1: barrier lowered\n"
    "2044-01-03 23:59:59 ERROR gate 8: no answer for 12 s\n"
    "2044-01-04 00:00:00 WARN gate 8: queue of 99 lorries\n"
)
OTHER_SHIPS = "ship\tport\ttons\nOsprey\tKåfjord\t77\nAuk\tRø\t31250\n"
OTHER_RECORDS = [{"name": 'Skua "II"', "tons": 12, "flag": "IS", "note": "salt, wet"}, {"name": "Puffin", "tons": 7755, "flag": "FO", "note": "wool"}]
OTHER_NOTE = "Every morning somebody counts the gulls on the breakwater and writes the number on a slate behind the door.\n"

WRAP = 'import textwrap; print("\\n\\n".join(textwrap.fill(p, width=40) for p in open("{dir}/note.txt").read().split("\\n\\n")))'
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
const text = await readFile(path.join(dir, 'ships.tsv'), 'utf8');
const [head, ...rows] = text.trimEnd().split('\\n').map((line) => line.split('\\t'));
const ships = rows.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at]])));
await writeFile(path.join(dir, 'ships.json'), JSON.stringify(ships, null, 2));
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
    assert max(map(len, given.splitlines())) <= 25  # noqa: PLR2004 - the width asked for


def _csv_of_records(home: Recordings, candidate: Candidate) -> None:
    given = called(home, candidate, {"other fleet.json": json.dumps(OTHER_RECORDS)})
    assert 'Skua ""II""' in given
    assert "7755" in given
    assert given.count("\n") >= len(OTHER_RECORDS)


def _records_of_tsv(home: Recordings, candidate: Candidate) -> None:
    given = called(home, candidate, {"船.tsv": OTHER_SHIPS})
    assert json.loads(given) == [
        {"ship": "Osprey", "port": "Kåfjord", "tons": "77"},
        {"ship": "Auk", "port": "Rø", "tons": "31250"},
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
        Recorded("node_module", {"ships.tsv": SHIPS}, ("cd {dir} && node conv.mjs",), {"conv.mjs": NODE_MODULE}),
        _records_of_tsv,
    ),
    Scenario(
        Recorded(
            "node_inline",
            {"ships.tsv": SHIPS},
            (
                "node -e 'const fs=require(\"fs\"); const [h,...r]=fs.readFileSync(\"{dir}/ships.tsv\",\"utf8\")"
                ".trim().split(\"\\n\").map(l=>l.split(\"\\t\")); console.log(JSON.stringify(r.map(x=>"
                "Object.fromEntries(h.map((n,i)=>[n,x[i]])))))' > {dir}/ships.json",
            ),
        ),
        _records_of_tsv,
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
            ("for f in {dir}/site/*.html; do sed -e 's/<[^>]*>//g' \"$f\" > \"${f%.html}.txt\"; done",),
        ),
        _without_tags,
    ),
    Scenario(Recorded("python_loop", PAGES, ("python3 g.py",), {"g.py": PY_GLOB}), _without_tags, "b"),
]
