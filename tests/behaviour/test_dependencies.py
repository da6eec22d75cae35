"""Programs that need distributions: placed where they can be had, else shelved with what settles it."""

from pathlib import Path

import pytest

from skillstrata.app.settings import SettingInvalid, load_settings
from skillstrata.app.use_cases.distilling import distill, unshelve
from skillstrata.app.use_cases.viewing import explain, show
from skillstrata.app.wiring import App, open_app
from skillstrata.records.candidates import Candidate, State
from skillstrata.surfaces.cli.main import main
from tests.programs import CSV_TABLE, CSV_TO_JSON
from tests.sessions import Session
from tests.wheels import put_wheel

pytestmark = pytest.mark.sandbox
MODULE, NAME = "strata_words", "strata-words"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put two distributions into a folder that nothing points to yet; no index is configured."""
    for name in ("UV_FIND_LINKS", "PIP_FIND_LINKS", "UV_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in (NAME, "other-words"):
        put_wheel(folder, name, "1.2", {f"{MODULE}.py": "KEY = 'id'\n"})
    return folder


@pytest.fixture
def served(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let uv find them."""
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_OFFLINE", "1")
    return wheels


def _app(tmp_path: Path) -> App:
    return open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))


def _installed(project: Path, *names: str) -> None:
    """Make the project's environment, as far as its metadata goes."""
    site = project / ".venv" / "lib" / "python3.12" / "site-packages"
    site.mkdir(parents=True)
    (project / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\n", encoding="utf-8")
    for name in names:
        info = site / f"{name.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n", encoding="utf-8")
        (info / "RECORD").write_text(f"{MODULE}.py,,\n", encoding="utf-8")


def _recorded(app: App, tmp_path: Path, *, head: str = "", line: str = f"import {MODULE}\n") -> Session:
    session = Session(tmp_path / "project", app.data_dir / "spool")
    session.write("ports.csv", CSV_TABLE)
    session.write("c.py", head + line + CSV_TO_JSON.replace("{dir}", str(session.project)))
    session.claim(f".venv/bin/python {session.project}/c.py")
    return session


def _judged(app: App) -> Candidate:
    [candidate] = distill(app, install=False, progress=lambda *_: None).candidates
    return candidate


def _head(*lines: str) -> str:
    return "\n".join(["# /// script", *(f"# {line}" for line in lines), "# ///", ""])


@pytest.mark.usefixtures("served")
def test_the_recorded_interpreter_says_which_distribution_a_module_is(tmp_path: Path) -> None:
    """No table has it; the tool's version pins what was found, and the story says where from."""
    app = _app(tmp_path)
    _installed(tmp_path / "project", NAME)
    _recorded(app, tmp_path)
    placed = _judged(app)

    assert (placed.state, placed.reason) == (State.PLACED, ""), placed.stages[-1]
    assert show(app, placed.tool).tool.branches[0].current.requirements == (NAME,)
    told = [note.detail for note in explain(app, placed.id).candidate.stages if note.stage == "probe"]
    assert f"{MODULE} is {NAME} 1.2 in" in told[0]


@pytest.mark.usefixtures("served")
def test_two_that_provide_a_module_are_settled_by_the_users_table(tmp_path: Path) -> None:
    """Ambiguous is shelved, with both names and what to write; written, the same program is placed."""
    app = _app(tmp_path)
    _installed(tmp_path / "project", NAME, "other-words")
    _recorded(app, tmp_path)
    shelved = _judged(app)

    assert (shelved.state, shelved.reason) == (State.SHELVED, "dependency")
    assert f"other-words and {NAME}" in shelved.stages[-1].detail
    assert f"--map {MODULE}=DISTRIBUTION" in shelved.unshelve
    assert f'{MODULE} = "DISTRIBUTION" under [distributions]' in shelved.unshelve
    (app.data_dir / "config.toml").write_text(f'[distributions]\n{MODULE} = "{NAME}"\n', encoding="utf-8")
    [freed] = unshelve(_app(tmp_path), (shelved.id,), install=False, maps=(), progress=lambda *_: None)
    assert (freed.state, freed.reason) == (State.PLACED, ""), freed.stages[-1]


@pytest.mark.usefixtures("served")
def test_a_map_on_the_command_line_settles_it_too(tmp_path: Path) -> None:
    """For once."""
    app = _app(tmp_path)
    _recorded(app, tmp_path)
    shelved = _judged(app)
    assert "no known distribution" in shelved.stages[-1].detail

    [freed] = unshelve(app, (shelved.id,), install=False, maps=((MODULE, NAME),), progress=lambda *_: None)
    assert freed.state is State.PLACED


@pytest.mark.usefixtures("served")
def test_a_head_with_dependencies_is_the_programs_own_word(tmp_path: Path) -> None:
    """PEP 723; the tool's program carries them on, so that a stranger can run it."""
    app = _app(tmp_path)
    _recorded(app, tmp_path, head=_head('requires-python = ">=3.8"', f'dependencies = ["{NAME}>=1"]'))
    placed = _judged(app)

    assert (placed.state, placed.reason) == (State.PLACED, ""), placed.stages[-1]
    view = show(app, placed.tool)
    assert view.tool.branches[0].current.requirements == (f"{NAME}>=1",)
    [main_py] = Path(view.folder).rglob("main.py")
    assert f'# dependencies = ["{NAME}>=1"]' in main_py.read_text(encoding="utf-8")


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ('requires-python = ">=99"', "it needs Python >=99"),
        ("dependencies = [", "does not parse"),
        ('dependencies = ["x @ file:///etc/passwd"]', "not a plain requirement"),
        ('dependencies = ["--index-url=http://ann.example"]', "not a plain requirement"),
    ],
)
def test_a_head_that_cannot_be_honoured_is_shelved_with_the_reason(tmp_path: Path, line: str, detail: str) -> None:
    """Nothing of it is guessed, and none of it becomes an option, a file or an address."""
    app = _app(tmp_path)
    _recorded(app, tmp_path, head=_head(line))
    shelved = _judged(app)

    assert (shelved.state, shelved.reason) == (State.SHELVED, "dependency")
    assert detail in shelved.stages[-1].detail
    assert shelved.unshelve


def test_what_needs_the_network_says_what_and_how_to_allow_it(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`shelved` prints the distribution and the command; once it can be had, the command helps."""
    app = _app(tmp_path)
    _installed(tmp_path / "project", NAME)
    _recorded(app, tmp_path)
    shelved = _judged(app)
    capsys.readouterr()
    assert main(("--data-dir", str(app.data_dir), "shelved", "--json")) == 0
    printed = capsys.readouterr().out

    assert f"needs network to install {NAME}" in printed
    assert f"skillstrata unshelve {shelved.id} --install" in printed
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_OFFLINE", "1")
    [freed] = unshelve(app, (shelved.id,), install=True, maps=(), progress=lambda *_: None)
    assert freed.state is State.PLACED


@pytest.mark.parametrize("text", ["distributions = 1", "[distributions]\nx = 1", '[distributions]\nx = ""'])
def test_a_table_of_distributions_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    """A mistake there would otherwise look like a module that nobody knows."""
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")

    with pytest.raises(SettingInvalid, match="distributions"):
        load_settings(data_dir=tmp_path, config=None, environ={})


@pytest.mark.usefixtures("served")
def test_the_verb_lists_and_collects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a placed tool needs is listed by name and not collected while it is young."""
    app = _app(tmp_path)
    folder = ("--data-dir", str(app.data_dir))
    assert main((*folder, "environments")) == 0
    assert main((*folder, "environments", "gc", "--dry-run")) == 3
    app.environments.build(app.environments.lock((NAME,)))
    capsys.readouterr()

    assert main((*folder, "environments")) == 0
    assert f"{NAME}==1.2" in capsys.readouterr().out
    assert main((*folder, "environments", "gc", "--older-than", "1", "--max-size", "0", "--json")) == 3
    assert '"removed": []' in capsys.readouterr().out
    assert main((*folder, "environments", "gc", "--older-than", "0")) == 2


@pytest.mark.usefixtures("served")
def test_a_shelved_program_is_tried_again_once_its_dependency_is_known(tmp_path: Path) -> None:
    """Nobody has to remember what was set aside: the next pass finds that it can run. Nothing new, nothing tried."""
    app = _app(tmp_path)
    _recorded(app, tmp_path)
    shelved = _judged(app)
    untouched = distill(app, install=False, progress=lambda *_: None).candidates
    _installed(tmp_path / "project", NAME)
    [freed] = distill(app, install=False, progress=lambda *_: None).candidates

    assert (shelved.state, shelved.reason) == (State.SHELVED, "dependency")
    assert untouched == ()
    assert (freed.id, freed.state) == (shelved.id, State.PLACED), freed.stages[-1]


def test_what_failed_while_it_ran_is_not_tried_in_every_pass(tmp_path: Path) -> None:
    """Twin: a module that only the run missed would be missed again, pass after pass."""
    app = _app(tmp_path)
    late = "import importlib\nimportlib.import_module('strata_' + 'absent')\n"
    _recorded(app, tmp_path, line=late)
    shelved = _judged(app)

    assert (shelved.state, shelved.reason) == (State.SHELVED, "dependency")
    assert distill(app, install=False, progress=lambda *_: None).candidates == ()
