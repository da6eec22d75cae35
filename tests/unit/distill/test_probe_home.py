"""Which programs take something from the home folder that their session did not record?"""

from dataclasses import replace

import pytest

from skillstrata.distill.probe import probe
from skillstrata.records.candidates import ProbeReport
from skillstrata.records.events import FileSnapshot, Outcome
from skillstrata.records.executions import BodyKind, Execution

_HEAD = "import os, sys\nfrom pathlib import Path\n"
_RUN = Execution(
    id="x1",
    agent="claude",
    session="s",
    tool_use_id="t1",
    at_s=1.0,
    language="python",
    body_kind=BodyKind.SCRIPT,
    body="",
    argv=(),
    cwd="/home/u/w",
    outcome=Outcome.OK,
    event_ids=("e1",),
    script_path="/home/u/w/x.py",
    snapshots=(FileSnapshot("/home/u/d/in.csv", "a" * 64, 9),),
)


def _probe(body: str, language: str = "python") -> ProbeReport:
    return probe(replace(_RUN, body=body, language=language), binaries_on_path=lambda _name: True)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("p = os.path.expanduser('~/.suffix')\ns = open(p).read() if os.path.exists(p) else ''", "~/.suffix"),
        ("print((Path.home() / 'a' / 'b.csv').read_text())", "~/a/b.csv"),
        ("print(Path('~/z.txt').expanduser().read_text())", "~/z.txt"),
        ("print(open(os.path.join(os.environ['HOME'], '.rc')).read())", "~/.rc"),
        ("print(open(os.getenv('HOME') + '/.rc').read())", "~/.rc"),
        ("for p in Path.home().glob('*.csv'):\n    print(p.read_text())", "the home folder"),
    ],
)
def test_a_program_that_reads_from_the_home_folder_is_set_aside(body: str, place: str) -> None:
    """It gives something else for every user, and in a sandbox without a home."""
    report = _probe(_HEAD + body)
    assert report.verdict is not None
    assert report.verdict.reason == "host"
    assert place in report.verdict.detail


@pytest.mark.parametrize(
    "body",
    [
        "print(open(os.path.expanduser('~/d/in.csv')).read())",
        "HOME = Path.home()\nprint((HOME / 'd' / 'in.csv').read_text())",
        "print(open(os.path.expanduser(sys.argv[1])).read())",
        "Path(os.path.expanduser('~/out.json')).write_text(open('in.csv').read())",
        "o = os.path.expanduser('~/out')\nos.makedirs(o, exist_ok=True)\nopen(os.path.join(o, 'x.md'), 'w').write('')",
        "print('~/notes.txt is where your notes stand')",
    ],
)
def test_recorded_files_and_written_ones_of_the_home_folder_are_no_obstacle(body: str) -> None:
    """The replay has the one, and makes the other."""
    assert _probe(_HEAD + body).verdict is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("const t = fs.readFileSync(path.join(os.homedir(), '.rc'), 'utf8');", "host"),
        ("const t = fs.readFileSync(os.homedir() + '/.rc', 'utf8');", "host"),
        ("const t = fs.readFileSync(path.join(os.homedir(), 'd', 'in.csv'), 'utf8');", ""),
        ("fs.writeFileSync(path.join(os.homedir(), 'o.txt'), 'x');", ""),
    ],
)
def test_node_programs_are_asked_the_same(body: str, reason: str) -> None:
    """`os.homedir()` is the home folder of whoever runs the tool."""
    head = "const fs = require('fs'), os = require('os'), path = require('path');\n"
    verdict = _probe(head + body, "node").verdict
    assert (verdict.reason if verdict else "") == reason
