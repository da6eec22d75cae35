"""Which programs that are no Python did a session run, and as what?"""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.distill.reconstruct import reconstruct, variants
from skillstrata.records.events import Event, EventKind, FileChange, Outcome, ShellCall
from skillstrata.records.executions import BodyKind, Execution, Module

_NODE = "const fs = require('fs');\nconsole.log(fs.readFileSync(process.argv[2], 'utf8'));\n"


def _event(number: int, **values: object) -> Event:
    fields = {"kind": EventKind.CALL, "outcome": Outcome.OK, "cwd": "/home/u/w", "tool_use_id": f"t{number}", **values}
    return Event(id=f"claude:s:t{number}", agent="claude", session="s", at_s=float(number), **fields)  # type: ignore[arg-type]


def _shell(number: int, command: str, *, stdout: str = "done\n", error: str = "", **values: object) -> Event:
    return _event(number, tool="Bash", shell=ShellCall(command, stdout=stdout, error=error), **values)


def _write(number: int, path: str, content: str) -> Event:
    return _event(number, tool="Write", change=FileChange(f"/home/u/w/{path}", content=content))


def _one(*events: Event) -> Execution:
    executions = reconstruct(events).executions
    assert len(executions) == 1
    return executions[0]


@pytest.mark.parametrize(
    ("command", "kind", "body", "argv"),
    [
        ("node c.js a.json b.csv", BodyKind.SCRIPT, _NODE, ("a.json", "b.csv")),
        ("cd /home/u/w && node --no-warnings c.js a.json", BodyKind.SCRIPT, _NODE, ("a.json",)),
        ("node -e 'console.log(1)' a.json", BodyKind.INLINE, "console.log(1)", ("a.json",)),
        ("node --input-type=module -e 'import fs from \"fs\"'", BodyKind.INLINE, 'import fs from "fs"', ()),
        ("node -p \"require('./d.json').a\"", BodyKind.INLINE, "console.log(require('./d.json').a)\n", ()),
        ("node - a.json <<'EOF'\nlet x = 1\nEOF", BodyKind.HEREDOC, "let x = 1\n", ("a.json",)),
        ("cat <<'EOF' | node\nlet x = 1\nEOF", BodyKind.HEREDOC, "let x = 1\n", ()),
        ("npx tsx c.ts a.json", BodyKind.SCRIPT, None, ("a.json",)),
    ],
)
def test_node_programs_are_found_in_every_form(
    command: str, kind: BodyKind, body: str | None, argv: tuple[str, ...]
) -> None:
    """Measured on real sessions: JavaScript is 38 % of the programs that agents write."""
    texts = (_write(1, "c.js", _NODE), _write(2, "c.ts", "let x: number = 1\n"))
    run = _one(*texts, _shell(3, command))

    assert (run.language, run.body_kind, run.argv) == ("node", kind, argv)
    assert run.body == (body or "let x: number = 1\n")


@pytest.mark.parametrize("command", ["node server.js", "bun run lint", "bun src/cli.ts a.json", "npx eslint a.js"])
def test_scripts_and_tasks_of_the_project_are_no_programs_of_the_agent(command: str) -> None:
    """The twin: without a text of this session and a file to work on it is the project's own."""
    assert reconstruct((_shell(1, command),)).executions == ()
    assert _one(_shell(1, "node convert.js a.json")).gap == "source never seen"


@pytest.mark.parametrize(
    ("command", "language", "text"),
    [
        ("bash x.sh a.csv", "shell", "sort $1\n"),
        ("chmod +x x.sh && ./x.sh a.csv", "shell", "sort $1\n"),
        ("bash <<'EOF'\nsort a.csv > b.csv\nEOF", "shell", "sort a.csv > b.csv\n"),
        ("python3 -m json.tool a.json b.json", "python", "runpy.run_module('json.tool'"),
        ("uv run --with markitdown python -m markitdown a.docx > a.md", "python", "import markitdown\n"),
    ],
)
def test_shell_scripts_and_modules_are_programs_too(command: str, language: str, text: str) -> None:
    """The issue's list of forms: shell scripts the session wrote, `python -m` of known transforms."""
    run = _one(_write(1, "x.sh", "sort $1\n"), _shell(2, command))

    assert run.language == language
    assert text in (run.body or "")


@pytest.mark.parametrize(
    ("command", "body", "binaries"),
    [
        ("pandoc r.docx -t gfm -o r.md", "pandoc r.docx -t gfm -o r.md\n", ("pandoc",)),
        ('IN=a.pdf; pdftotext "$IN" - > a.txt', "pdftotext a.pdf - > a.txt\n", ("pdftotext",)),
        ("jq -r '.[].id' d.json > ids.txt || true", "jq -r '.[].id' d.json > ids.txt\n", ("jq",)),
        ("cut -f2 d.tsv | sort | uniq -c | head -20", "cut -f2 d.tsv | sort | uniq -c\n", ("cut", "sort", "uniq")),
        ("jq . ~/d/a.json 2>/dev/null > b.json", "jq . /home/u/d/a.json > b.json\n", ("jq",)),
        ("mkdir -p out && pandoc a.md -o out/a.html", "mkdir -p out && pandoc a.md -o out/a.html\n", ("pandoc",)),
        ("LC_ALL=C sort a.txt > b.txt", "LC_ALL=C sort a.txt > b.txt\n", ("sort",)),
        ("bash -c 'pandoc a.md -o a.html'", "pandoc a.md -o a.html\n", ("pandoc",)),
        ("cat *.csv | sort -u > all.txt", "cat *.csv | sort -u > all.txt\n", ("cat", "sort")),
        ("sort $'a\\nb.txt' > 'c d.txt'", "sort 'a\nb.txt' > 'c d.txt'\n", ("sort",)),
        (
            "sqlite3 a.db <<'EOF'\n.mode csv\n.output o.csv\nselect * from t;\nEOF",
            "sqlite3 a.db <<'END_OF_TEXT_0'\n.mode csv\n.output o.csv\nselect * from t;\nEND_OF_TEXT_0\n",
            ("sqlite3",),
        ),
        (
            "jq -c '.[]' a.json | python3 -c 'import sys; print(sys.stdin.read())' | sort > b.txt",
            "jq -c '.[]' a.json | python3 -c 'import sys; print(sys.stdin.read())' | sort > b.txt\n",
            ("jq", "python3", "sort"),
        ),
    ],
)
def test_a_pipe_of_known_programs_is_kept_as_a_text_to_rerun(
    command: str, body: str, binaries: tuple[str, ...]
) -> None:
    """Ours: quoting, variables, home and folders as the shell read them; what only displayed or hid errors goes."""
    run = _one(_shell(1, command))

    assert (run.language, run.body_kind, run.argv) == ("shell", BodyKind.PIPELINE, ())
    assert (run.body, run.binaries, run.gap) == (body, binaries, "")


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        ("sort a.txt > b.txt", Outcome.OK),
        ("sort a.txt > b.txt || true", Outcome.UNKNOWN),
        ("cut -f1 a.tsv | sort | uniq -c | head -3", Outcome.UNKNOWN),
    ],
)
def test_a_pipe_whose_failure_would_not_show_is_of_unknown_outcome(command: str, outcome: Outcome) -> None:
    """The record's promise: what the shell hides is never counted as ok."""
    assert _one(_shell(1, command)).outcome is outcome


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("sed -n '1,20p' a.txt", "no authored program: sed"),
        ("jq .version data.json", "no authored program: jq"),
        ("grep -c x app.log", "no authored program: grep"),
        ("unzip -l a.zip", "no authored program: unzip"),
        ("sqlite3 a.db .tables", "no authored program: sqlite3"),
        ("sed -i 's/a/b/' a.txt", "an edit in place: sed"),
        ("sort a.txt -o a.txt", "an edit in place"),
        ("sort a.csv | head -5", "it shows a part of a file"),
        ("curl -s https://x.test/a | jq -c . > a.json", "no authored program: curl, jq"),
        ("V=$(jq -r '.[].v' d.json)", "no authored program: jq"),
        ("echo '[1]' | jq -c '.[]' > a.txt", "no authored program: echo, jq"),
        ("./sort a.txt > b.txt", "no authored program: sort"),
    ],
)
def test_what_only_shows_or_changes_in_place_stays_noise_with_its_reason(command: str, reason: str) -> None:
    """The twin: looking at a file, a word for another command, and edits are no transforms."""
    result = reconstruct((_shell(1, command),))

    assert result.executions == ()
    assert result.noise[0].reason == reason


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ('for f in *.html; do python3 c.py "$f" "${f%.html}.md"; done', ("a.html", "a.md")),
        ("for f in in/*.html; do python3 c.py $f out/$(basename $f .html).md; done", ("in/x.html", "out/x.md")),
        ("for f in b.html a.html; do python3 c.py $f; done", ("b.html",)),
        ("for f in $(ls *.html); do python3 c.py $f; done", ("a.html",)),
        ('ls *.html | while read -r f; do python3 c.py "$f"; done', ("a.html",)),
        ("find . -name '*.html' | while IFS= read -r f; do python3 c.py \"$f\"; done", ("./in/x.html",)),
        ("find in -name '*.html' -exec python3 c.py {} {}.md \\;", ("in/x.html", "in/x.html.md")),
        ("find . -maxdepth 1 -name '*.html' -print0 | xargs -0 -n1 python3 c.py", ("./a.html",)),
        ("ls *.html | xargs -I{} python3 c.py {} {}.md", ("a.html", "a.html.md")),
        ("parallel python3 c.py {} {.}.md ::: *.html", ("a.html", "a.md")),
    ],
)
def test_a_loop_is_one_run_with_the_words_of_its_first_file(command: str, argv: tuple[str, ...]) -> None:
    """Ours: a program run on N files is one tool for one file; the name comes from what the session saw."""
    listed = _shell(1, "ls -R", stdout="a.html\nb.html\n")
    made = (_write(2, "in/x.html", "<p>x"), _write(3, "c.py", "import sys\nprint(open(sys.argv[1]).read())\n"))
    run = _one(listed, *made, _shell(4, command))

    assert (run.argv, run.gap) == (argv, "")
    assert run.loop.startswith("one turn of a loop over ")


def test_a_loop_over_files_that_nobody_named_is_a_gap() -> None:
    """The twin: no name is made up."""
    script = _write(1, "c.py", "import sys\nprint(open(sys.argv[1]).read())\n")
    run = _one(script, _shell(2, "for f in *.docx; do python3 c.py $f; done"))

    assert (run.gap, run.loop) == ("argv is not literal", "")


def test_a_pattern_among_the_words_is_written_out() -> None:
    """Ours: the shell gave the program names, not the pattern."""
    script = _write(1, "c.py", "import sys\nprint(len(sys.argv))\n")
    run = _one(script, _shell(2, "ls", stdout="b.csv  a.csv\n"), _shell(3, "python3 c.py *.csv"))

    assert (run.argv, run.gap) == (("a.csv", "b.csv"), "")


@pytest.mark.parametrize(
    ("files", "command", "found"),
    [
        ({"lib.py": "x = 1\n", "c.py": "from lib import x\n"}, "python3 c.py", ["lib.py"]),
        (
            {"pkg/__init__.py": "", "pkg/a.py": "x = 1\n"},
            "python3 -c 'from pkg.a import x'",
            ["pkg/__init__.py", "pkg/a.py"],
        ),
        ({"a.py": "import b\n", "b.py": "x = 1\n", "c.py": "import a\n"}, "python3 c.py", ["a.py", "b.py"]),
        (
            {"lib/s.mjs": "export const s = 1\n", "c.mjs": "import { s } from './lib/s.mjs'\n"},
            "node c.mjs",
            ["lib/s.mjs"],
        ),
        ({"h.js": "exports.x = 1\n", "c.js": "const h = require('./h')\n"}, "node c.js", ["h.js"]),
        ({"h.py": "print(1)\n", "c.sh": "python3 h.py $1\n"}, "bash c.sh a.txt", ["h.py"]),
        ({"p.awk": "{print $1}\n"}, "awk -f p.awk a.txt > b.txt", ["p.awk"]),
        ({"other.py": "x = 1\n", "c.py": "import json\n"}, "python3 c.py", []),
    ],
)
def test_helpers_that_the_session_wrote_come_with_the_program(
    files: dict[str, str], command: str, found: list[str]
) -> None:
    """The issue's list: local helper modules are bundled, with the events that made them."""
    writes = [_write(at, path, text) for at, (path, text) in enumerate(files.items())]
    result = reconstruct((*writes, _shell(90, command)))
    run = result.executions[-1]

    assert run.modules == tuple(Module(f"/home/u/w/{path}", files[path]) for path in found)
    assert len(run.event_ids) == len(set(run.event_ids)) >= len([t for t in found if files[t]]) + 1


@pytest.mark.parametrize(
    ("command", "stdout", "outcome", "found"),
    [
        ("pip install foo-bar==1.2 'lxml[html]>=5'", "", Outcome.OK, ("foo-bar", "lxml")),
        ("python3 -m pip install -q -r req.txt docx2", "", Outcome.OK, ("docx2",)),
        ("uv pip install foo && uv add bar", "", Outcome.OK, ("foo", "bar")),
        ("npm i @scope/x xlsx@0.18 --save", "", Outcome.OK, ("@scope/x", "xlsx")),
        ("pip install foo | tail -1", "Successfully installed foo-1.0\n", Outcome.OK, ("foo",)),
        ("pip install foo | tail -1", "ERROR: no such thing\n", Outcome.OK, ()),
        ("pip install foo", "", Outcome.FAILED, ()),
        ("pip install .", "", Outcome.OK, ()),
    ],
)
def test_what_the_session_installed_is_evidence(
    command: str, stdout: str, outcome: Outcome, found: tuple[str, ...]
) -> None:
    """Ours: an install that worked names the distribution of an import; one that nobody saw succeed names nothing."""
    events = (_shell(1, command, stdout=stdout, outcome=outcome), _shell(2, "python3 -c 'print(1)'"))

    assert reconstruct(events).executions[-1].installed == found


def test_a_retry_in_another_language_stands_for_what_failed() -> None:
    """Measured on real sessions: a missing program is often replaced by a script that makes the same file."""
    failed = _shell(1, "pandoc a.docx -o a.md", outcome=Outcome.FAILED, error="pandoc: command not found")
    body = "from docx import Document\nopen('a.md', 'w').write(Document('a.docx').paragraphs[0].text)"
    other = body.replace("a.md", "b.md").replace("a.docx", "b.docx")
    again = reconstruct((failed, _shell(2, f'python3 -c "{body}"'))).executions
    another = reconstruct((failed, _shell(2, f'python3 -c "{other}"'))).executions

    assert variants(again) == ((again[0].id, again[1].id, "failed_variant"),)
    assert variants(another) == ()


def test_inline_code_typed_anew_for_an_edit_is_one_candidate() -> None:
    """Ours: nearly the same text on the same files is an edit; on another file it is a second demonstration."""
    first = "import re\nt = open('a.html').read()\nopen('a.md', 'w').write(re.sub('<.*?>', '', t))"
    texts = (first, first.replace("'', t)", "'', t).strip()"), first.replace("a.html", "b.html"))
    runs = reconstruct(tuple(_shell(at, f'python3 - <<"EOF"\n{text}\nEOF') for at, text in enumerate(texts))).executions

    assert variants(runs[:2]) == ((runs[0].id, runs[1].id, "earlier_variant"),)
    assert variants((runs[0], runs[2])) == ()


@pytest.mark.parametrize(
    "command", ["(" * 5000 + "sort a > b" + ")" * 5000, "echo " + "$(" * 3000, "sort a.txt" + " | sort" * 2000]
)
def test_a_line_nested_beyond_measure_is_noise_with_a_reason(command: str) -> None:
    """Bad input: the accounting holds for any text."""
    result = reconstruct((_shell(1, command),))

    assert result.executions == ()
    assert result.noise[0].reason


_PARTS = st.sampled_from(
    [
        "sort a.txt",
        "jq . b.json",
        "> o.txt",
        "|",
        "&&",
        ";",
        "for f in *.csv; do",
        "done",
        "$(",
        ")",
        "node x.js",
        "'",
        '"',
        "python3 - <<'EOF'\n",
        "EOF\n",
        "find . -exec cat {} \\;",
        "xargs -n1",
        "$f",
        "${f%.x}",
        "2>/dev/null",
        "|| true",
        "\ud800",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(_PARTS, max_size=8).map(" ".join), max_size=4))
def test_every_event_is_accounted_for_once(lines: list[str]) -> None:
    """The accounting identity: noise once, or in at least one execution, never both, whatever was typed."""
    events = tuple(_shell(at, line) for at, line in enumerate(lines))
    result = reconstruct(events)
    noise = [n.event_id for n in result.noise]
    used = {i for run in result.executions for i in run.event_ids}

    assert len(noise) == len(set(noise))
    assert set(noise).isdisjoint(used)
    assert set(noise) | used == {e.id for e in events}
    assert len({run.id for run in result.executions}) == len(result.executions)


@pytest.mark.parametrize(
    "command", ["sort a.txt | uniq -c > 'b c.txt'", "X=a; cut -c1-2 $X.txt | tr a-z 'A-Z' > \"b c.txt\""]
)
def test_the_text_of_a_pipe_does_what_the_line_did(command: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The text's promise: a plain `sh` makes the same file of it."""
    made: list[bytes] = []
    for text in (command, _one(_shell(1, command)).body or ""):
        folder = tmp_path_factory.mktemp("run")
        (folder / "a.txt").write_text("bb x\naa y\nbb x\n", encoding="utf-8")
        subprocess.run(["/bin/sh", "-c", text], cwd=folder, check=True, timeout=20)
        made.append((folder / "b c.txt").read_bytes())

    assert made[0] == made[1] != b""


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("timeout 120 soffice --headless --convert-to pdf a.docx", "soffice --headless --convert-to pdf a.docx\n"),
        ("npx -y csvtojson a.csv > a.json", "csvtojson a.csv > a.json\n"),
        ("time LC_ALL=C sort a.txt > b.txt", "sort a.txt > b.txt\n"),
    ],
)
def test_what_stands_before_a_known_program_is_taken_off(command: str, body: str) -> None:
    """Ours: limits and package runners are no part of the transform; the program itself is the dependency."""
    assert _one(_shell(1, command)).body == body


def test_a_result_put_in_the_place_of_its_input_is_an_edit() -> None:
    """Ours: `sed … a > b && mv b a` changes a file; the twin keeps both."""
    moved = reconstruct((_shell(1, "sed 's/a/b/' a.txt > t.txt && mv t.txt a.txt"),))

    assert (moved.executions, moved.noise[0].reason) == ((), "an edit in place")
    assert _one(_shell(1, "sed 's/a/b/' a.txt > t.txt && mv t.txt c.txt")).binaries == ("sed",)
