"""What does a node program or a shell text need, and what must set it aside?"""

from dataclasses import replace

import pytest

from skillstrata.distill.probe import probe
from skillstrata.records.candidates import ProbeReport
from skillstrata.records.events import Outcome
from skillstrata.records.executions import BodyKind, Execution, Module

_HERE = {"node", "sort", "jq", "cut", "python3", "sh"}
_READ = "const fs = require('fs');\nconst t = fs.readFileSync('a.txt', 'utf8');\n"


def _probe(language: str, body: str, **changes: object) -> ProbeReport:
    run = Execution(
        id="x1",
        agent="claude",
        session="s",
        tool_use_id="t1",
        at_s=1.0,
        language=language,
        body_kind=BodyKind.SCRIPT,
        body=body,
        argv=(),
        cwd="/w",
        outcome=Outcome.OK,
        event_ids=("e1",),
        script_path="/w/x",
    )
    run = replace(run, **changes)  # type: ignore[arg-type]
    return probe(run, binaries_on_path=lambda name: name in _HERE)


def _reason(report: ProbeReport) -> str:
    return "" if report.verdict is None else report.verdict.reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (_READ, ""),
        ("import fs from 'node:fs';\nimport path from 'path';\nfs.writeFileSync('b', path.basename('a'));", ""),
        (_READ + "// fetch('https://x.test')\nconst s = \"require('axios')\";", ""),
        (_READ + "const tmp = fs.mkdtempSync('/tmp/x'); fs.rmSync(tmp, {recursive: true})", ""),
        ("const XLSX = require('xlsx');\nXLSX.readFile('a.xlsx')", "dependency"),
        ("import { Document } from '@scope/docx';", "dependency"),
        ("const axios = require('axios');\naxios.get('https://x.test')", "network"),
        (_READ + "await fetch('https://x.test')", "network"),
        ("require('https').get('https://x.test')", "network"),
        (_READ + "fs.rmSync('/home/u', {recursive: true})", "safety_review"),
        ("const {execSync} = require('child_process');\nexecSync('pandoc a.md -o a.html')", "dependency"),
        ("const {execSync} = require('child_process');\nexecSync('git log')", "host"),
        ("const h = require('./helper');", "incomplete_association"),
        ("const key = 'ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R';\n" + _READ, "secret"),
    ],
)
def test_a_node_program_is_set_aside_for_what_its_code_does(body: str, reason: str) -> None:
    """Gate 0: by the grammar, so that comments and strings do not count."""
    assert _reason(_probe("node", body)) == reason


def test_a_missing_package_names_the_command_that_frees_it() -> None:
    """Ours: the shelf says exactly what to do."""
    verdict = _probe("node", "const x = require('@scope/docx/lib');").verdict

    assert verdict is not None
    assert verdict.unshelve == "npm install @scope/docx && skillstrata unshelve {id}"


def test_clock_chance_and_environment_of_a_node_program_are_noted() -> None:
    """Ours: determinism is measured by the replay; these say where to look."""
    report = _probe("node", _READ + "new Date(); Math.random(); process.env.HOME; new Date('2020-01-01')")

    assert (len(report.clock), len(report.randomness), len(report.environment)) == (1, 1, 1)


def test_a_package_that_can_be_had_is_a_requirement() -> None:
    """The twin: who can build packages says so."""
    run = Execution("x", "a", "s", "t", 1.0, "node", BodyKind.INLINE, "require('xlsx')", (), "/w", Outcome.OK, ("e",))
    report = probe(run, binaries_on_path=lambda _name: True, node_package=lambda name: name == "xlsx")

    assert (report.requirements, report.verdict) == (("xlsx",), None)


def test_typed_programs_are_set_aside_with_their_reason() -> None:
    """Ours: plain node does not run them; the twin is the same text as JavaScript."""
    body = _READ + "fs.writeFileSync('b.txt', t)"

    assert _reason(_probe("node", body, script_path="/w/x.ts")) == "unsupported"
    assert _reason(_probe("node", body, script_path="/w/x.js")) == ""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("cut -d, -f1 a.csv | sort > b.txt\n", ""),
        ("# curl https://x.test\nsort a.txt > b.txt\necho 'rm -rf /'\n", ""),
        ("sort a.txt > t.txt\nsort -u t.txt > b.txt\nrm t.txt\n", ""),
        ("pandoc a.md -o a.html\n", "dependency"),
        ("csvtojson a.csv > a.json\n", "dependency"),
        ("sips -z 1 1 a.png --out b.png\n", "host"),
        ("curl -s https://x.test | sort > b.txt\n", "network"),
        ("jq . a.json > b.json\nrm -rf /home/u/x\n", "safety_review"),
        ("git log | sort > b.txt\n", "host"),
        ("python3 h.py a.txt > b.txt\n", "incomplete_association"),
        ("export API_TOKEN=ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R\nsort a > b\n", "secret"),
    ],
)
def test_a_shell_text_is_set_aside_for_what_it_starts(body: str, reason: str) -> None:
    """Gate 0 for pipelines: every program by name, missing ones as dependencies."""
    assert _reason(_probe("shell", body, body_kind=BodyKind.PIPELINE)) == reason


@pytest.mark.parametrize(
    ("binary", "command"),
    [
        ("pandoc", "apt-get install pandoc"),
        ("pdftotext", "apt-get install poppler-utils"),
        ("in2csv", "apt-get install csvkit"),
        ("csvtojson", "npm install -g csvtojson"),
        ("markitdown", "uv tool install markitdown"),
    ],
)
def test_a_missing_program_names_the_command_that_installs_it(binary: str, command: str) -> None:
    """Ours: the exact name and the words that bring it."""
    report = _probe("shell", f"{binary} a.x > b.y\n")

    assert report.missing_binaries == (f"{binary} in command 1",)
    assert report.verdict is not None
    assert report.verdict.unshelve == f"{command} && skillstrata unshelve {{id}}"


def test_helpers_of_the_session_are_examined_with_the_program() -> None:
    """Ours: a helper's imports are the program's; without the helper it cannot stand alone."""
    body = "from lib import up\nprint(up(open('a.md').read()))\n"
    helper = Module("/w/lib.py", "import yaml\nimport urllib.request\n\ndef up(t):\n    return yaml.dump(t)\n")
    fetching = replace_text(helper, "import yaml\nimport urllib.request\nurllib.request.urlopen('x')\n")

    assert _probe("python", body, modules=(helper,)).requirements == ("PyYAML",)
    assert _reason(_probe("python", body, modules=(helper,))) == ""
    assert _reason(_probe("python", body, modules=(fetching,))) == "network"
    assert _reason(_probe("python", body)) == "dependency"


def replace_text(module: Module, text: str) -> Module:
    """Give the same module with another text."""
    return Module(module.path, text)


def test_what_the_session_installed_settles_an_import_of_the_same_name() -> None:
    """Ours: nobody's table knows it, the session's own install does; another name is still not guessed."""
    body = "import foo_bar\nprint(foo_bar.x(open('a.md').read()))\n"

    assert _probe("python", body, installed=("foo-bar",)).requirements == ("foo-bar",)
    assert _reason(_probe("python", body, installed=("foo",))) == "dependency"
