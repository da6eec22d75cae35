"""Which executions are transforms worth proving, and what is said of the others?"""

import pytest

from skillstrata.distill.nominate import nominate
from skillstrata.records.candidates import State
from skillstrata.records.events import Outcome
from skillstrata.records.executions import Module
from tests.nominated import CONVERTER, judged, ran


@pytest.mark.parametrize(
    ("body", "argv"),
    [
        (CONVERTER, ()),
        ("import json\nprint(json.load(open('data.json'))['rows'])", ()),
        ("import sys\nprint(open(sys.argv[1]).read().upper())", ("in.txt",)),
        ("import sys\nopen(sys.argv[2], 'w').write(open(sys.argv[1]).read().upper())", ("in.csv", "out.md")),
        ("from pathlib import Path\nP = Path('/w')\nt = (P / 'a.xml').read_text()\n(P / 'a.md').write_text(t)", ()),
        ("from docx import Document\nfor p in Document('in.docx').paragraphs:\n    print(p.text)", ()),
        ("import pandas as pd\npd.read_csv('in.csv').to_json('out.json')", ()),
        (
            "import argparse\np = argparse.ArgumentParser()\np.add_argument('src')\np.add_argument('-o', '--out')\n"
            "a = p.parse_args()\nopen(a.out, 'w').write(open(a.src).read())",
            ("in.log", "-o", "out.txt"),
        ),
        (
            "def main(src, dst):\n    with open(src) as f, open(dst, 'w') as g:\n        g.write(f.read())\n"
            "main('in.html', 'out.md')",
            (),
        ),
        (
            "import sys\nclass C:\n    def __init__(self, p):\n        self.p = p\n    def go(self):\n"
            "        return open(self.p).read()\nprint(C('in.md').go())",
            (),
        ),
        ("t = open('in.html').read()\nopen('out.md', 'w').write(t)\nprint(open('out.md').read()[:80])", ()),
        ("for line in open('server.log'):\n    print(line.split()[0])", ()),
        ("import markdown\nprint(markdown.markdown(open('README.md').read()))", ()),
    ],
)
def test_programs_that_read_a_named_file_and_give_something_are_nominated(body: str, argv: tuple[str, ...]) -> None:
    """Measured on real sessions: file to file and file to text, with literals, arguments or both."""
    assert judged(ran(body, *argv)) == ("", "nominated")


@pytest.mark.parametrize(
    ("body", "argv"),
    [
        ("import sys\nopen(sys.argv[1]).read()\nprint('# Fixed title')", ("in.html",)),
        ("import sys\nprint('# Fixed title')", ("in.html",)),
        ("text = open('in.html').read()\nopen('out.md', 'w').write('# Fixed title')", ()),
    ],
)
def test_a_program_that_ignores_its_input_stays_for_the_replay_to_reject(body: str, argv: tuple[str, ...]) -> None:
    """Ours: only running it on another input shows that it prints a constant."""
    assert judged(ran(body, *argv)) == ("", "nominated")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("print(open('src/app.tsx').read().count('use'))", ("noise", "inspection")),
        ("import json\nprint(json.load(open('package.json'))['version'])", ("noise", "inspection")),
        ("import tomllib\nprint(tomllib.load(open('pyproject.toml', 'rb')))", ("noise", "inspection")),
        ("import os\nprint(os.listdir('src'))", ("noise", "inspection")),
        ("import os\nfor n in os.listdir('/d/in'):\n    print(n.upper())", ("noise", "inspection")),
        ("import glob\nfor p in glob.glob('src/*.ts'):\n    print(open(p).read())", ("noise", "inspection")),
        ("import requests\nopen('a.json', 'w').write(requests.get('https://x.test').text)", ("shelved", "network")),
        ("p = 'src/a.ts'\ns = open(p).read().replace('a', 'b')\nopen(p, 'w').write(s)", ("noise", "in_place_edit")),
        (
            "from pathlib import Path\np = Path('a.html')\np.write_text(p.read_text().strip())",
            ("noise", "in_place_edit"),
        ),
        (
            "import glob\nfor p in glob.glob('src/*.ts'):\n    s = open(p).read()\n    open(p, 'w').write(s)",
            ("noise", "in_place_edit"),
        ),
        ("print(2 ** 10)", ("noise", "no_external_input")),
        ("open('report.md', 'w').write('# Report')", ("rejected", "content_in_program")),
        (
            "from docx import Document\nd = Document()\nd.add_heading('T')\nd.save('t.docx')",
            ("rejected", "content_in_program"),
        ),
        ("import sys\nopen(sys.argv[1], 'w').write('# Report')", ("rejected", "content_in_program")),
        ("import unittest\nprint(open('a.html').read())", ("noise", "tests")),
        ("import http.server as h\nh.HTTPServer(('', 80), None).serve_forever()", ("noise", "server")),
        ("text = open('REDACTED.html').read()\nprint(text)", ("rejected", "redacted")),
        ("key = 'sk-ant-REDACTED_SECRET'\nprint(open('a.html').read())", ("shelved", "secret")),
        ("key = 'REDACTED_TOKEN'\nprint(open('a.html').read())", ("rejected", "redacted")),
        ("key = 'ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R'\nprint(open('a.html').read())", ("shelved", "secret")),
        ("print(open('a.html').read()", ("rejected", "syntax_error")),
    ],
)
def test_other_programs_end_with_their_reason(body: str, expected: tuple[str, str]) -> None:
    """Accounting: each exclusion has a code of its own; the twins above show the same shapes nominated."""
    argv = ("out.md",) if "argv" in body else ()
    stdout = "" if expected[1] == "no_output" else "some text\n"
    # Nothing printed and nothing written by a run that ended well: silence is not yet a false success.
    masked = expected[1] == "no_output"

    assert judged(ran(body, *argv, stdout=stdout, masked=masked)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"body": None, "gap": "source never seen"}, ("shelved", "incomplete_association")),
        ({"gap": "argv is not literal"}, ("shelved", "incomplete_association")),
        ({"gap": "standard input comes from mytool"}, ("shelved", "incomplete_association")),
        ({"outcome": Outcome.FAILED, "error": "ValueError: x"}, ("rejected", "failed")),
        ({"outcome": Outcome.UNKNOWN}, ("shelved", "incomplete_association")),
        ({"outcome": Outcome.UNKNOWN, "masked": True}, ("", "nominated")),
        ({"outcome": Outcome.BENIGN}, ("", "nominated")),
        ({"outcome": Outcome.FAILED, "error": "ModuleNotFoundError: No module named 'x'"}, ("", "nominated")),
    ],
)
def test_what_the_record_says_of_the_run_counts(changes: dict[str, object], expected: tuple[str, str]) -> None:
    """Ours: gaps are shelved with the way out, failures rejected, masked runs left to the replay."""
    assert judged(ran(CONVERTER, **changes)) == expected


def test_what_the_user_can_free_says_how() -> None:
    """Ours: a shelf is a reason and the exact action that would unshelve it."""
    for run in (ran(None, gap="source never seen"), ran(CONVERTER, gap="argv is not literal")):
        verdict = nominate(run).verdict
        assert verdict is not None
        assert verdict.state is State.SHELVED
        assert "skillstrata unshelve {id}" in verdict.unshelve


@pytest.mark.parametrize("key", ["sk-ant-REDACTED_SECRET", "ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R"])
def test_a_secret_is_freed_by_taking_it_out(key: str) -> None:
    """Ours: unshelving the same text would run it with its secret, or with the mark that stands for it."""
    verdict = nominate(ran(f"key = '{key}'\nprint(open('a.html').read())")).verdict

    assert verdict is not None
    assert verdict.unshelve == "take the secret out of the program, run it again"
    assert judged(ran("key = input()\nprint(open('a.html').read())")) == ("", "nominated")


def test_what_no_action_frees_names_none() -> None:
    """Ours: a command that only leads back to the same shelf is worse than none; the twin above names one."""
    for run in (
        ran("import requests\nopen('a.json', 'w').write(requests.get('https://x.test').text)"),
        ran("fetch('https://x.test').then(r => require('fs').writeFileSync('a', r))", language="node"),
        ran("curl -s https://x.test | jq -c . > a.json\n", language="shell"),
    ):
        verdict = nominate(run).verdict
        assert verdict is not None
        assert (verdict.state, verdict.reason, verdict.unshelve) == (State.SHELVED, "network", "")


@pytest.mark.parametrize(
    "body",
    [
        "a = open('a.csv').read()\nb = open('b.csv').read()\nprint(a + b)",
        "import glob\nfor p in glob.glob('/d/*.html'):\n    print(open(p).read())",
        "import os\nfor n in os.listdir('/d/in'):\n    open(n + '.md', 'w').write(open('/d/in/' + n).read())",
        "import os\nos.chdir('/d')\nopen('b.md', 'w').write(open('a.html').read())",
        "import json, tomllib\njson.dump(tomllib.load(open('books.toml', 'rb')), open('books.json', 'w'))",
        "import json\nnb = json.load(open('study.ipynb'))\nopen('study.md', 'w').write(str(nb['cells']))",
    ],
)
def test_several_files_folders_and_every_kind_of_document_are_inputs(body: str) -> None:
    """Ours: a join, a folder of pages and a notebook are content like any other; the replay decides."""
    assert judged(ran(body)) == ("", "nominated")


@pytest.mark.parametrize(
    "body", ["x = 1\n" * 100_000 + "print(open('a.csv').read())", "open(" + "+".join(["'a'"] * 400) + ")"]
)
def test_a_text_beyond_all_measure_has_an_end_state(body: str) -> None:
    """Bad input: ten megabytes of program are refused, not parsed; deep expressions end in a verdict."""
    nomination = nominate(ran(body))

    assert nomination.nominated is (nomination.verdict is None)
    if len(body) > 400_000:
        assert judged(ran(body)) == ("rejected", "too_large")


def test_names_of_files_are_shown_on_one_line() -> None:
    """Bad input: a name with a newline must not forge a line of the story."""
    run = ran("sort 'a\nb.csv' > c.csv\n", language="shell")

    assert nominate(run).evidence[0] == "takes in a?b.csv"


def test_the_evidence_tells_of_loops_and_helpers() -> None:
    """Ours: that one turn of many is judged, and with which other files, belongs to the story."""
    changes = {"loop": "one turn of a loop over *.html", "modules": (Module("/w/lib.py", "x = 1\n"),)}
    evidence = nominate(ran(CONVERTER, **changes)).evidence

    assert "one turn of a loop over *.html" in evidence
    assert "with lib.py of the same session" in evidence


def test_a_secret_in_a_helper_counts_as_one_of_the_program() -> None:
    """Ours: the helper would be deposited with it; the twin above has a helper without one."""
    module = Module("/w/lib.py", "key = 'ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R'\n")

    assert judged(ran(CONVERTER, modules=(module,))) == ("shelved", "secret")


_COPY = "import os, sys\nfrom pathlib import Path\n{0}\nt = open(src).read()\nout = {1}\nopen(out, 'w').write(t)"
_SOURCES = {"src = 'in.csv'": (), "src = sys.argv[1]": ("in.csv",), "args = sys.argv[1:]\nsrc = args[0]": ("in.csv",)}


@pytest.mark.parametrize("source", _SOURCES)
@pytest.mark.parametrize(
    "made",
    [
        "src[:-4] + '.json'",
        "src + '.json'",
        "'new_' + src",
        "f'{src}.json'",
        "src.replace('.csv', '.json')",
        "os.path.splitext(src)[0] + '.md'",
        "os.path.join('out', src)",
        "Path('out') / src",
        "Path(src).with_suffix('.md')",
        "src.rstrip('.csv') + '.md'",
        "'%s.md' % src",
        "src.rsplit('.', 1)[0] + '.md'",
        "sys.argv[2] if len(sys.argv) > 2 else src",
    ],
)
def test_a_path_made_from_the_input_is_another_path(source: str, made: str) -> None:
    """Ours: writing beside the input is a conversion; only the same path read and written is an edit."""
    body = _COPY.format(source, made)
    nomination = nominate(ran(body, *_SOURCES[source]))

    assert nomination.verdict is None
    assert nomination.evidence[0] == "takes in in.csv"


@pytest.mark.parametrize("source", _SOURCES)
@pytest.mark.parametrize("made", ["src", "str(src)", "f'{src}'", "Path(src)", "src.strip()", "os.path.abspath(src)"])
def test_the_same_path_under_another_name_is_edited_in_place(source: str, made: str) -> None:
    """The twin: an alias is no other path."""
    body = _COPY.format(source, made)

    assert judged(ran(body, *_SOURCES[source])) == ("noise", "in_place_edit")


@pytest.mark.parametrize(
    ("body", "argv"),
    [
        ("import sys\nargs = sys.argv[1:]\nopen(args[1], 'w').write(open(args[0]).read())", ("in.csv", "out.md")),
        ("import sys\n_, a, b = sys.argv\nopen(b, 'w').write(open(a).read())", ("in.csv", "out.md")),
        (
            "import sys\ndef main(v):\n    open(v[1], 'w').write(open(v[0]).read())\nmain(sys.argv[1:])",
            ("a.csv", "b.md"),
        ),
        ("p = {'in': 'a.csv', 'out': 'b.md'}\nopen(p['out'], 'w').write(open(p['in']).read())", ()),
        (
            "import click\n@click.command()\n@click.argument('a')\n@click.argument('b')\ndef main(a, b):\n"
            "    open(b, 'w').write(open(a).read())\nmain()",
            ("a.csv", "b.md"),
        ),
    ],
)
def test_where_the_text_does_not_tell_two_words_apart_the_replay_decides(body: str, argv: tuple[str, ...]) -> None:
    """Ours: when unsure, nominate."""
    assert judged(ran(body, *argv)) == ("", "nominated")


@pytest.mark.parametrize(
    "call",
    [
        "os.system('pandoc in.md -o out.html')",
        "os.system('pandoc in.md > out.html')",
        "os.system('cd /w && pandoc in.md --output=out.html')",
        "cmd = 'pandoc in.md -o out.html'\nsubprocess.run(cmd, shell=True)",
        "src = 'in.md'\nos.system(f'pandoc {src} -o out.html')",
        "subprocess.run(['pandoc', 'in.md', '-o', 'out.html'])",
        "cmd = ['pandoc', 'in.md', '-o', 'out.html']\nsubprocess.run(cmd, check=True)",
    ],
)
def test_files_in_a_started_command_are_inputs_and_outputs(call: str) -> None:
    """Ours: a program that hands its files to another program is a conversion; whether that is here, the probe says."""
    nomination = nominate(ran(f"import os, subprocess\n{call}"))

    assert nomination.verdict is None
    assert nomination.evidence == ("takes in in.md", "writes out.html")


def test_the_last_word_of_a_converter_is_its_output() -> None:
    """Ours: `pdftotext a b` has one input; two inputs of another program stay two."""
    assert judged(ran("import os\nos.system('pdftotext in.pdf out.txt')")) == ("", "nominated")
    assert nominate(ran("import os\nos.system('pdftotext in.pdf out.txt')")).evidence[0] == "takes in in.pdf"
    assert nominate(ran("import os\nos.system('paste a.txt b.txt')")).evidence[0] == "takes in a.txt, b.txt"


def test_a_command_without_files_names_no_input() -> None:
    """The twin: starting a program is not taking in a file."""
    assert judged(ran("import os\nos.system('uptime -p')")) == ("noise", "no_external_input")
