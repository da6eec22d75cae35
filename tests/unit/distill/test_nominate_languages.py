"""Which node programs and shell texts are transforms worth proving?"""

import pytest

from skillstrata.records.events import Outcome
from skillstrata.records.executions import BodyKind, Module
from tests.nominated import judged, ran

_NODE = "const fs = require('fs');\n"


@pytest.mark.parametrize(
    ("body", "argv", "expected"),
    [
        (_NODE + "fs.writeFileSync(process.argv[3], fs.readFileSync(process.argv[2]))", ("a.json", "b.csv"), ""),
        (_NODE + "const [,, i, o] = process.argv;\nfs.writeFileSync(o, fs.readFileSync(i))", ("a.json", "b.csv"), ""),
        (_NODE + "console.log(fs.readFileSync('/w/log.txt', 'utf8').split('\\n').length)", (), ""),
        ("import { readFile } from 'node:fs/promises';\nconsole.log(await readFile('a.md', 'utf8'))", (), ""),
        ("const d = require('./data.json');\nconsole.log(d.map(x => x.id).join(','))", (), ""),
        ("console.log(require('./package.json').version)", (), "inspection"),
        (_NODE + "const p = 'src/a.ts';\nfs.writeFileSync(p, fs.readFileSync(p, 'utf8') + '!')", (), "in_place_edit"),
        (_NODE + "fs.writeFileSync('a.md', '# Typed in')", (), "content_in_program"),
        ("console.log(2 ** 10)", (), "no_external_input"),
        ("require('http').createServer((q, r) => r.end()).listen(1)", (), "server"),
        ("const {test} = require('node:test'); test('a', () => {})", (), "tests"),
        (_NODE + "for (const n of fs.readdirSync('.')) console.log(n)", (), "inspection"),
    ],
)
def test_node_programs_are_judged_by_what_they_do_to_files(body: str, argv: tuple[str, ...], expected: str) -> None:
    """Measured on real sessions: more than a third of authored programs are JavaScript, under the same rules."""
    assert judged(ran(body, *argv, language="node", script_path="/w/x.js"))[1] == (expected or "nominated")


def test_what_stands_in_comments_and_strings_of_a_node_program_does_not_count() -> None:
    """Ours: only code acts."""
    body = (
        "// fs.createServer()\nconst s = \"require('node:test')\";\n" + _NODE + "console.log(fs.readFileSync('a.md'))"
    )

    assert judged(ran(body, language="node")) == ("", "nominated")


@pytest.mark.parametrize(
    ("body", "argv", "expected"),
    [
        ("pandoc a.docx -o a.md\n", (), ""),
        ("cut -d, -f2 sales.csv | sort | uniq -c\n", (), ""),
        ('#!/bin/sh\nfor f in "$@"; do pandoc "$f" -o "${f%.md}.html"; done\n', ("a.md",), ""),
        ("sort src/app.ts | uniq -c\n", (), "inspection"),
        ("jq -r '.scripts[]' package.json\n", (), "inspection"),
        ("sed -i 's/a/b/' notes.txt\n", (), "in_place_edit"),
        ("git add -A\ngit commit -m x\n", (), "version_control"),
        ("npm ci\nnpm run build\n", (), "installs"),
        ("docker compose up\n", (), "project_work"),
        ("ls\necho done\n", (), "inspection"),
        ("for f in a; do\n", (), "syntax_error"),
    ],
)
def test_shell_texts_are_judged_by_what_they_start(body: str, argv: tuple[str, ...], expected: str) -> None:
    """Ours: a pipe of known programs is a program; work on a repository, installs and edits in place are not."""
    hidden = {"outcome": Outcome.UNKNOWN, "masked": True}
    kind = BodyKind.SCRIPT if argv or "\n" in body.strip() or body.startswith("ls") else BodyKind.PIPELINE

    assert judged(ran(body, *argv, language="shell", body_kind=kind, **hidden))[1] == (expected or "nominated")


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        ("standard input comes from git", "inspection"),
        ("standard input comes from curl", "network"),
        ("standard input comes from mytool", "incomplete_association"),
    ],
)
def test_what_feeds_a_program_says_what_work_it_is(gap: str, expected: str) -> None:
    """Ours: `git log | python3 -c …` looks at a repository; nothing the user could do would make it a tool."""
    assert judged(ran("import sys\nprint(len(sys.stdin.read()))", gap=gap))[1] == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("jq -c '.[]' data.json > .env\n", "project_work"),
        ("jq -c '.[]' data.json > tsconfig.json\n", "project_work"),
        ("jq -c '.[]' data.json > out.json\n", "nominated"),
    ],
)
def test_making_a_setting_of_the_project_is_work_on_it(body: str, expected: str) -> None:
    """Ours: project glue is no tool; the twin makes a file of data by the same program."""
    assert judged(ran(body, language="shell", body_kind=BodyKind.PIPELINE))[1] == expected


def test_words_counted_from_the_end_may_be_inputs() -> None:
    """Ours: `main a b out` with argv[-1] as the output takes in the others."""
    body = "import sys\ntexts = [open(p).read() for p in sys.argv[1:-1]]\nopen(sys.argv[-1], 'w').write(''.join(texts))"

    assert judged(ran(body, "a.txt", "b.txt", "all.txt")) == ("", "nominated")


def test_a_program_whose_helper_opens_the_file_is_nominated() -> None:
    """The body names the file and hands it on; without the helper the same text reads nothing."""
    body = "import json\nfrom rowlib import rows\njson.dump(rows('/w/a.csv'), open('/w/a.json', 'w'))\n"
    helper = Module("/w/rowlib.py", "def rows(path):\n    return list(open(path))\n")

    assert judged(ran(body, modules=(helper,))) == ("", "nominated")
    assert judged(ran(body)) == ("rejected", "content_in_program")
