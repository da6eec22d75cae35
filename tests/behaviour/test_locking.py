"""A project's lock holds what the project uses, and says what is no longer so with the next step."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app.callers import project_digest
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.exposing import expose, retire
from skillstrata.app.wiring import App, open_app
from skillstrata.records.qualities import Visibility
from skillstrata.records.tools import Branch, Usage
from skillstrata.surfaces.cli.main import main
from tests.fakes.sample_tools import a_contract, a_tool, a_version, an_entry, rendered

SKILL = "---\nname: {0}\ndescription: The {0} of the house.\n---\n# {0}\n"
Lock = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project with a skill of its own, in a repository."""
    page = tmp_path / "project" / ".claude" / "skills" / "house-style" / "SKILL.md"
    page.parent.mkdir(parents=True)
    page.write_text(SKILL.format("house-style"), encoding="utf-8")
    (tmp_path / "project" / ".git").mkdir()
    return tmp_path / "project"


@pytest.fixture
def app(tmp_path: Path, project: Path) -> App:
    """Give a library of three tools and a skill: one tool was called in the project, one in another."""
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    made = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ=environ))
    made.prepare()
    for name in ("used", "elsewhere", "unused"):
        made.library.deposit(name, rendered(a_tool(name, a_contract("text/html", "text/csv"))), an_entry())
    (tmp_path / "data" / "skills" / "manners").mkdir()
    (tmp_path / "data" / "skills" / "manners" / "SKILL.md").write_text(SKILL.format("manners"), encoding="utf-8")
    _called(made, "used", project)
    _called(made, "elsewhere", tmp_path / "other")
    return made


def _called(app: App, tool: str, project: Path, *, ok: bool = True) -> None:
    app.catalog.add_usage(Usage(tool, "html", 1, 1.0, ok, 5.0, "mcp", project_digest(app, project), "s"))


@pytest.fixture
def lock(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lock:
    """Give the command, said in the project."""
    monkeypatch.chdir(project)
    monkeypatch.setenv("HOME", str(tmp_path))

    def said(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["--data-dir", str(tmp_path / "data"), "lock", *words])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return said


def _names(project: Path) -> set[str]:
    return set(json.loads((project / "skillstrata.lock").read_bytes())["skills"])


def test_a_lock_takes_what_was_called_here_and_the_skills_that_lie_here(app: App, lock: Lock, project: Path) -> None:
    """Everything that somebody's library holds is not the project's business; what it needs may be named."""
    _called(app, "unused", project, ok=False)
    assert lock()[0] == 0
    assert _names(project) == {"used", "house-style"}
    assert lock("manners")[0] == 0
    assert _names(project) == {"used", "house-style", "manners"}
    _called(app, "unused", project)
    assert lock()[0] == 0
    assert _names(project) == {"used", "house-style", "manners", "unused"}
    assert lock("elsewhere", "--only")[0] == 0
    assert _names(project) == {"elsewhere"}
    assert lock("--all")[0] == 0
    assert _names(project) == {"used", "elsewhere", "unused", "manners", "house-style"}


def test_a_folder_of_the_project_is_the_project(app: App, lock: Lock, project: Path) -> None:
    """Calls from anywhere in a repository are of one project."""
    (project / "docs").mkdir()
    _called(app, "unused", project / "docs")
    lock()

    assert _names(project) == {"used", "unused", "house-style"}


def test_where_nothing_was_used_the_lock_is_empty_and_says_how_to_fill_it(app: App, lock: Lock, project: Path) -> None:
    """An empty lock is a lock: its check holds."""
    shutil.rmtree(project / ".claude")
    app.catalog.forget_uses("", ("used",))
    code, _, told = lock()

    assert (code, _names(project)) == (0, set())
    assert "name what it needs" in told
    assert lock("--check")[0] == 0


def test_each_difference_is_told_with_what_can_be_done(app: App, lock: Lock, project: Path) -> None:
    """4 for each of the three; taken back, 0."""
    lock("elsewhere", "unused", "manners")
    assert lock("--check")[0] == 0
    changed = replace(a_version(), number=2, path="branches/html/v2", main="print(2)\n", body_digest="2" * 64)
    tool = app.library.tool("used")
    grown = replace(tool, branches=(Branch("html", 2, (tool.branches[0].current, changed)),))
    app.library.deposit("used", rendered(grown), an_entry())
    app.library.remove("elsewhere")
    retire(app, ("unused",))
    code, out, _ = lock("--check")
    drift = {d["name"]: d for d in json.loads(lock("--check", "--json")[1])["drift"]}

    assert code == 4
    assert {name: d["what"] for name, d in drift.items()} == {
        "used": "changed",
        "elsewhere": "missing",
        "unused": "retired",
    }
    assert "skillstrata show used" in drift["used"]["next"]
    assert "skillstrata import-skill" in drift["elsewhere"]["next"]
    assert "skillstrata expose unused" in drift["unused"]["next"]
    assert all(d["next"] in out for d in drift.values())
    expose(app, ("unused",), Visibility.INVOKABLE)
    code, _, told = lock()
    assert (code, "elsewhere is not in the lock any more" in told) == (0, True)
    assert lock("--check")[0] == 0


def test_what_is_used_and_not_locked_is_told_and_is_no_difference(app: App, lock: Lock, project: Path) -> None:
    """A colleague's trial must not fail the project's build."""
    lock()
    _called(app, "unused", project)
    code, _, told = lock("--check")

    assert code == 0
    assert "not locked: unused" in told


JUNK = (b"", b"{", b"<<<<<<< ours", b'{"format": 1, "skills": {"a": 1}}', b'{"format": 0, "skills": {}}')


@pytest.mark.parametrize("data", [None, *JUNK])
def test_a_lock_that_is_not_there_or_damaged_is_named_with_the_step_that_mends_it(
    app: App, lock: Lock, project: Path, data: bytes | None
) -> None:
    """65 and the file; the step is `lock`, which keeps what was there, and the check holds from then on."""
    path, kept = project / "skillstrata.lock", project / "skillstrata.lock.bak"
    if data is not None:
        path.write_bytes(data)
    code, _, told = lock("--check")
    assert (code, str(path) in told, "`skillstrata lock`" in told) == (65, True, True)
    code, _, told = lock()

    assert (code, str(kept) in told) == (0, data is not None)
    assert (kept.read_bytes() if kept.exists() else None) == data
    assert lock("--check")[0] == 0


def test_a_second_damaged_lock_leaves_the_first_one_kept(app: App, lock: Lock, project: Path) -> None:
    """It may be all that is left of what somebody wanted."""
    path = project / "skillstrata.lock"
    for data in (b"first", b"second"):
        path.write_bytes(data)
        assert lock()[0] == 0

    assert [(project / f"skillstrata.lock.{end}").read_bytes() for end in ("bak", "bak2")] == [b"first", b"second"]


@pytest.mark.parametrize("data", [b'{"format": 9, "skills": {}}', b'{"format": 2, "packages": []}'])
def test_a_lock_of_a_later_version_is_left_alone(app: App, lock: Lock, project: Path, data: bytes) -> None:
    """A colleague's newer program wrote it: an update reads it, and writing it anew would lose what it holds."""
    path = project / "skillstrata.lock"
    path.write_bytes(data)
    for words in ((), ("--check",)):
        code, _, told = lock(*words)
        assert (code, "update skillstrata" in told) == (65, True)

    assert path.read_bytes() == data
    assert [one.name for one in project.glob("skillstrata.lock*")] == ["skillstrata.lock"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\nb", "a\\nb"), ("a\x1b[2Jb", "a\\u001b[2Jb"), ("n" * 201, "n" * 80), ("a\udcffb", "a\\udcffb")],
    ids=["line end", "escape", "long", "no text"],
)
def test_a_name_that_no_lock_can_hold_is_left_out_and_named_on_one_line(
    app: App, lock: Lock, project: Path, name: str, shown: str
) -> None:
    """What is written can be read again; the skill beside it is locked."""
    page = project / ".claude" / "skills" / name / "SKILL.md"
    page.parent.mkdir()
    page.write_text(SKILL.format("x"), encoding="utf-8")
    code, _, told = lock()

    assert (code, _names(project)) == (0, {"house-style", "used"})
    assert any(line.startswith(f"{shown} is left out") for line in told.splitlines())
    code, _, told = lock("--check")
    assert (code, "not locked" in told) == (0, False)
    assert json.loads(lock("--json")[1])["left_out"] == [shown]


def test_the_longest_name_and_one_in_any_script_are_locked(app: App, lock: Lock, project: Path) -> None:
    """Twin of the names that are left out."""
    names = {"n" * 200, "stil-für-häfen", "港"}
    for name in names:
        page = project / ".claude" / "skills" / name / "SKILL.md"
        page.parent.mkdir()
        page.write_text(SKILL.format("x"), encoding="utf-8")
    _, _, told = lock()

    assert _names(project) == {"house-style", "used", *names}
    assert "left out" not in told
    assert lock("--check")[0] == 0


@pytest.mark.parametrize("words", [("--check", "used"), ("--check", "--all"), ("--only",)])
def test_wishes_that_contradict_each_other_are_refused(
    app: App, lock: Lock, project: Path, words: tuple[str, ...]
) -> None:
    """Nothing is written."""
    assert lock(*words)[0] == 2
    assert not (project / "skillstrata.lock").exists()
    assert lock("used", "--only")[0] == 0
