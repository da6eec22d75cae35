"""What does a program need, and what must set it aside?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.distributions import DISTRIBUTIONS
from skillstrata.distill.probe import probe
from skillstrata.records.candidates import ProbeReport, State
from skillstrata.records.events import FileSnapshot, Outcome
from skillstrata.records.executions import BodyKind, Execution


def _probe(body: str, *, installed: tuple[str, ...] = (), beside: tuple[str, ...] = ()) -> ProbeReport:
    run = Execution(
        id="x1",
        agent="claude",
        session="s",
        tool_use_id="t1",
        at_s=1.0,
        language="python",
        body_kind=BodyKind.SCRIPT,
        body=body,
        argv=(),
        cwd="/w",
        outcome=Outcome.OK,
        event_ids=("e1",),
        script_path="/w/x.py",
        snapshots=tuple(FileSnapshot(path, "d", 1) for path in beside),
    )
    return probe(run, binaries_on_path=lambda name: name in installed)


def _verdict(report: ProbeReport) -> tuple[State, str] | None:
    return None if report.verdict is None else (report.verdict.state, report.verdict.reason)


def test_imports_become_distributions() -> None:
    """Measured on real sessions: the import name is not the distribution; the standard library needs none."""
    report = _probe("import json, fitz, bs4\nimport lxml.html as h\nfrom docx import Document\nfrom PIL import Image")

    assert report.requirements == ("Pillow", "PyMuPDF", "beautifulsoup4", "lxml", "python-docx")
    assert report.imports[:2] == ("json at line 1", "fitz at line 1")
    assert report.verdict is None


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("cv2", "opencv-python-headless"),
        ("yaml", "PyYAML"),
        ("sklearn", "scikit-learn"),
        ("dateutil", "python-dateutil"),
        ("pptx", "python-pptx"),
        ("pdfminer", "pdfminer.six"),
        ("odf", "odfpy"),
        ("extract_msg", "extract-msg"),
        ("nobody_knows_this", None),
    ],
)
def test_the_table_knows_the_names_that_differ(module: str, distribution: str | None) -> None:
    """Ours: unrelated projects sit under the import names, so a wrong guess installs a stranger's code."""
    assert DISTRIBUTIONS.get(module) == distribution


def test_the_table_is_large_enough_and_holds_no_standard_module() -> None:
    """Ours: a standard module in the table would ask for a distribution nobody needs."""
    import_free = _probe("\n".join(f"import {m}" for m in DISTRIBUTIONS))

    assert len(DISTRIBUTIONS) >= 60
    assert set(import_free.requirements) == set(DISTRIBUTIONS.values())


def test_an_unknown_import_is_shelved_with_the_command_that_frees_it() -> None:
    """Measured on real sessions: never guess; the user maps it."""
    report = _probe("import re\nimport acme_tools.parse")

    assert report.unknown_imports == ("acme_tools at line 2",)
    assert _verdict(report) == (State.SHELVED, "dependency")
    assert report.verdict is not None
    assert report.verdict.unshelve == "skillstrata unshelve {id} --map acme_tools=DISTRIBUTION"
    assert "acme_tools" in report.verdict.detail


def test_an_import_with_a_fallback_is_optional_one_that_gives_up_is_not() -> None:
    """Ours: `try: import x / except ImportError: x = None` runs without x."""
    optional = _probe("try:\n    import acme\nexcept ImportError:\n    acme = None\nprint(1)")
    needed = _probe("import sys\ntry:\n    import acme\nexcept ImportError:\n    sys.exit('pip install acme')")

    assert (optional.imports, optional.unknown_imports, optional.verdict) == (("acme at line 2 (optional)",), (), None)
    assert needed.unknown_imports == ("acme at line 3",)


def test_a_module_beside_the_script_is_local() -> None:
    """Ours: its source is another file of the project; a relative import says so by itself."""
    assert _verdict(_probe("import tools", beside=("/w/tools.py",))) == (State.SHELVED, "incomplete_association")
    assert _verdict(_probe("from . import tools")) == (State.SHELVED, "incomplete_association")
    assert _verdict(_probe("import tools", beside=("/elsewhere/tools.py",))) == (State.SHELVED, "dependency")


def test_a_missing_binary_is_shelved_with_its_install_command_an_installed_one_is_listed() -> None:
    """Measured on real sessions: the shelf holds the exact missing name and the command."""
    body = "import subprocess\nsubprocess.run(['pdftotext', 'in.pdf', 'out.txt'], check=True)"
    missing, present = _probe(body), _probe(body, installed=("pdftotext",))

    assert missing.missing_binaries == ("pdftotext at line 2",)
    assert missing.verdict is not None
    assert missing.verdict.unshelve == "apt-get install poppler-utils && skillstrata unshelve {id}"
    assert (present.binaries, present.missing_binaries, present.verdict) == (("pdftotext at line 2",), (), None)


@pytest.mark.parametrize(
    ("body", "binary"),
    [
        ("import os\nos.system('pandoc a.md -o a.docx')", "pandoc at line 2"),
        ("from subprocess import check_output as co\nco('LANG=C acme-tool a', shell=True)", "acme-tool at line 2"),
        ("import subprocess as s\nx = 'a'\ns.run(f'soffice --convert-to pdf {x}', shell=True)", "soffice at line 3"),
    ],
)
def test_binaries_are_found_in_every_way_of_starting_them(body: str, binary: str) -> None:
    """Ours: shell texts, f-strings and aliases start programs too."""
    assert _probe(body).missing_binaries == (binary,)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import requests\nprint(requests.get('https://a.example').text)", "network"),
        ("from urllib.request import urlopen\nurlopen('https://a.example')", "network"),
        ("import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pip', 'install', 'lxml'])", "network"),
        ("import os\nos.system('pip install lxml')", "network"),
        ("import shutil\nshutil.rmtree('/w/old')", "safety_review"),
        ("import os\nfor f in os.listdir('/w'):\n    os.remove(f)", "safety_review"),
        ("from pathlib import Path\nPath('/w/in.html').unlink()", "safety_review"),
        ("import os\nos.system('rm -rf build')", "safety_review"),
        ("import win32com.client", "host"),
        ("token = 'ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R'", "secret"),
    ],
)
def test_what_a_replay_must_not_do_is_shelved(body: str, reason: str) -> None:
    """Measured on real sessions: network, deletions, other hosts and secrets are set aside before anything runs."""
    assert _verdict(_probe(body)) == (State.SHELVED, reason)


@pytest.mark.parametrize(
    "body",
    [
        "import requests\nprint(1)",
        "from urllib.parse import urljoin\nprint(urljoin('a', 'b'))",
        "# shutil.rmtree('/w')\nprint('os.system(1); import acme; pip install x')",
        "import shutil, tempfile\nd = tempfile.mkdtemp()\nshutil.rmtree(d)",
        "import os\np = 'tmp.txt'\nopen(p, 'w').write('x')\nos.remove(p)",
        "import os\nos.makedirs('out', exist_ok=True)",
        "token = 'your_token_goes_here_please'",
    ],
)
def test_harmless_looks_alike_pass(body: str) -> None:
    """Ours: comments and strings are no evidence, nor is an import alone; tidying up is not destruction."""
    assert _probe(body).verdict is None


@pytest.mark.parametrize(
    ("body", "machine"),
    [
        ("import subprocess\nlog = subprocess.check_output(['git', 'log', '--oneline'])", "git"),
        ("import subprocess as s\ncmd = ['docker', 'ps']\nprint(s.run(cmd, capture_output=True).stdout)", "docker"),
        ("import os\nprint(os.popen('cd /w && git log | head').read())", "git"),
        ("import subprocess\nprint(subprocess.getoutput('ps aux; systemctl status'))", "ps, systemctl"),
    ],
)
def test_what_the_machine_tells_is_no_transform(body: str, machine: str) -> None:
    """Ours: the log of a repository is no function of an input; nothing the user does changes that."""
    for installed in ((), ("git", "docker", "ps", "systemctl")):
        verdict = _probe(body, installed=installed).verdict
        assert verdict is not None
        assert (verdict.state, verdict.reason, verdict.unshelve) == (State.SHELVED, "host", "")
        assert verdict.detail == f"its output depends on the machine: {machine}"


@pytest.mark.parametrize(
    "call",
    [
        "os.system('pandoc in.md -o out.html')",
        "os.system('cd /w && pandoc in.md -o out.html')",
        "cmd = ['pandoc', 'in.md', '-o', 'out.html']\nsubprocess.run(cmd, check=True)",
        "x = 'a.md'\nsubprocess.run('pandoc ' + x + ' -o b.html', shell=True)",
    ],
)
def test_a_missing_converter_is_named_with_its_install_command(call: str) -> None:
    """Ours: the way out is exact; installed, the same program passes."""
    body = f"import os, subprocess\n{call}"
    verdict = _probe(body).verdict

    assert verdict is not None
    assert (verdict.state, verdict.reason) == (State.SHELVED, "dependency")
    assert verdict.unshelve == "apt-get install pandoc && skillstrata unshelve {id}"
    assert _probe(body, installed=("pandoc",)).verdict is None


@pytest.mark.parametrize(
    ("body", "unshelve"),
    [
        ("import requests\nrequests.get('https://a.example')", ""),
        ("import shutil\nshutil.rmtree('/w/old')", ""),
        ("import win32com.client", ""),
        ("key = 'sk-ant-REDACTED_SECRET'", "take the secret out of the program, run it again"),
        ("token = 'ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R'", "take the secret out of the program, run it again"),
        ("import acme", "skillstrata unshelve {id} --map acme=DISTRIBUTION"),
    ],
)
def test_only_an_action_that_frees_is_named(body: str, unshelve: str) -> None:
    """Ours: a command that leads back to the same shelf is none."""
    verdict = _probe(body).verdict

    assert verdict is not None
    assert verdict.unshelve == unshelve


@pytest.mark.parametrize(
    ("body", "clock"),
    [
        ("import datetime as dt\ndt.datetime.now()", "datetime.datetime.now at line 2"),
        ("import datetime\ndatetime.datetime.utcnow()", "datetime.datetime.utcnow at line 2"),
        ("from datetime import datetime as D\nD.today()", "datetime.datetime.today at line 2"),
        ("from datetime import date\nprint(f'{date.today():%Y}')", "datetime.date.today at line 2"),
        ("from time import strftime as f\nf('%Y')", "time.strftime at line 2"),
        ("import time as t\nt.localtime().tm_year", "time.localtime at line 2"),
        ("from datetime import datetime\nnow = datetime.now\nnow()", "datetime.datetime.now at line 2"),
        ("import pandas as pd\npd.Timestamp.now()", "pandas.Timestamp.now at line 2"),
        ("__import__('datetime').date.today()", "?.date.today at line 1"),
    ],
)
def test_the_clock_is_seen_under_every_name(body: str, clock: str) -> None:
    """Ours: a date in the output would make the product look wrong a day later."""
    assert _probe(body).clock == (clock,)


@pytest.mark.parametrize(
    "body",
    [
        "import datetime as dt\ndt.datetime.strptime('2024', '%Y').strftime('%d')",
        "from datetime import date\ndate.fromisoformat('2024-01-01')",
        "import time\ntime.sleep(0)",
        "# datetime.now()\nprint('time.time()')",
    ],
)
def test_dates_of_the_input_are_no_clock(body: str) -> None:
    """The twin: parsing and printing a date asks no clock."""
    assert _probe(body).clock == ()


def test_clock_randomness_and_environment_are_recorded_only() -> None:
    """Ours: whether they change the output is measured by repeated replay."""
    report = _probe(
        "import time, random, os\nfrom datetime import datetime\n"
        "print(time.time(), random.random(), datetime.now())\nos.getenv('A'); os.environ['B']"
    )

    assert report.clock == ("time.time at line 3", "datetime.datetime.now at line 3")
    assert report.randomness == ("random.random at line 3",)
    assert report.environment == ("os.getenv at line 4", "os.environ at line 4")
    assert report.verdict is None


def test_a_program_that_does_not_parse_is_rejected() -> None:
    """Ours: Python 2 and broken text cannot be examined."""
    assert _verdict(_probe("print 'x'")) == (State.REJECTED, "syntax_error")
    assert _verdict(_probe("print('x')")) is None


@given(st.text())
def test_any_text_is_examined_without_raising(body: str) -> None:
    """The function's promise: a program never takes the pass down."""
    assert isinstance(_probe(body), ProbeReport)
