"""What the rules cannot decide waits for a person; every answer is carried out, remembered, and can be taken back."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.app.review_placements import ReviewView
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.distilling import distill
from skillstrata.app.use_cases.exporting_skills import export
from skillstrata.app.use_cases.importing_skills import take_in
from skillstrata.app.use_cases.reviewing import answer, pending, shown, undo
from skillstrata.app.use_cases.verifying import verify
from skillstrata.app.wiring import App, open_app
from skillstrata.records.candidates import Candidate, State
from skillstrata.records.reviews import Answer, NotPending, UndoBlocked
from skillstrata.records.tools import LineageEntry
from skillstrata.surfaces.cli.main import main
from tests.learned_drafts import package
from tests.programs import HTML_PAGE, HTML_TO_MD
from tests.sessions import Session
from tests.typist import Typist

pytestmark = pytest.mark.sandbox

PAGE = re.sub(r"<table>.*</table>\n", "", HTML_PAGE)
# One takes deep headings for text, the other has no tables; each is better than the other somewhere.
FLAT = HTML_TO_MD.replace('elif tag in ("h1", "h2", "h3", "h4"):', 'elif tag in ("h1", "h2"):')
UNTABLED = HTML_TO_MD.replace(
    'self.out.append("| " + " | ".join(c.strip() for c in self.row) + " |\\n")',
    'self.out.append("\\n" + " and ".join(c.strip() for c in self.row) + "\\n")',
).replace('self.out.append("|" + " --- |" * len(self.row) + "\\n")', "pass")
TOOL = "html-to-markdown"


def _app(root: Path) -> App:
    return open_app(load_settings(data_dir=root / "data", config=None, environ={"HOME": str(root)}))


def _shows(app: App, root: Path, number: int, text: str) -> Candidate:
    """Let a session write and run a program, and distil it."""
    project = root / f"project{number}"
    session = Session(project, app.data_dir / "spool", session=f"{number:08d}-0000-4000-8000-000000000001")
    (project / "docs").mkdir(parents=True)
    (project / "docs" / "page.html").write_text(PAGE, encoding="utf-8")
    session.write("convert.py", text.replace("{dir}", str(project)))
    session.bash(f"python3 {project}/convert.py")
    report = distill(app, install=False, progress=lambda *_: None)
    assert report.accounting.balanced
    return next(c for c in report.candidates if c.source.session.startswith(f"{number:08d}"))


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Make a library with one open question, once; gives its root and the candidate's id."""
    root = tmp_path_factory.mktemp("waiting")
    app = _app(root)
    assert _shows(app, root, 1, FLAT).placement == "new_tool"
    asked = _shows(app, root, 2, UNTABLED)
    assert asked.state is State.PENDING
    assert isinstance(app.catalog, SqliteCatalog)
    app.catalog.close()
    return root, asked.id


@pytest.fixture
def case(waiting: tuple[Path, str], tmp_path: Path) -> tuple[App, Path, str]:
    """Give a copy of it."""
    shutil.copytree(waiting[0], tmp_path / "w", symlinks=True)
    return _app(tmp_path / "w"), tmp_path / "w", waiting[1]


def _versions(app: App) -> list[tuple[str, str, int, list[int]]]:
    return [(t.name, b.name, b.active, [v.number for v in b.versions]) for t in app.library.tools() for b in t.branches]


def test_the_queue_shows_the_question_with_the_difference_and_both_proofs(case: tuple[App, Path, str]) -> None:
    """A person decides on what is there, not on a name."""
    app, _, id_ = case
    (row,) = pending(app)
    view = shown(app, id_)
    assert isinstance(view, ReviewView)

    assert (row.item.id, row.item.subject) == (id_, f"{TOOL}/html")
    assert "better and worse" in row.item.why
    assert any(line.startswith("-") and '" | "' in line for line in view.diff)
    assert any(line.startswith("+") and '" and "' in line for line in view.diff)
    assert view.proof.proven
    assert view.present_proof is not None


@pytest.mark.parametrize(
    ("said", "state", "after"),
    [
        (Answer.ACCEPT, State.PLACED, [(TOOL, "html", 2, [1, 2])]),
        (Answer.MERGE, State.PLACED, [(TOOL, "html", 1, [1, 2])]),
        (Answer.KEEP_BOTH, State.PLACED, [(TOOL, "html", 1, [1]), (f"{TOOL}-2", "html", 1, [1])]),
        (Answer.REJECT, State.REJECTED, [(TOOL, "html", 1, [1])]),
        (Answer.PIN, State.REJECTED, [(TOOL, "html", 1, [1])]),
    ],
)
def test_an_answer_is_carried_out_and_taken_back_to_the_byte(
    case: tuple[App, Path, str], said: Answer, state: State, after: list[tuple[str, str, int, list[int]]]
) -> None:
    """After `undo` the library is as it was, and the question is open again with its proof."""
    app, _, id_ = case
    tool = app.library.tool(TOOL)
    done = answer(app, id_, said)
    ended = app.catalog.candidate(id_)

    assert (ended.state, _versions(app)) == (state, after)
    assert pending(app) == ()
    assert done.changed
    if state is State.PLACED:
        assert verify(app, ended.tool, all_versions=True).ok
    with pytest.raises(NotPending):
        answer(app, id_, said)
    undo(app)
    (row,) = pending(app)
    assert row.item.id == id_
    assert app.library.tools() == (tool,)
    view = shown(app, id_)
    assert isinstance(view, ReviewView)
    assert view.proof.proven
    assert app.catalog.accounting().balanced
    # It can be answered otherwise now.
    answer(app, id_, Answer.MERGE)
    assert _versions(app) == [(TOOL, "html", 1, [1, 2])]


def test_the_same_question_is_not_asked_again_and_another_one_is(case: tuple[App, Path, str]) -> None:
    """The answer is for what a program does: written again in another session it ends as it was told."""
    app, root, id_ = case
    answer(app, id_, Answer.REJECT)
    again = _shows(app, root, 3, UNTABLED.replace("import sys\n", "import sys\n\n"))
    assert (again.state, again.reason) == (State.REJECTED, "review_rejected")
    assert pending(app) == ()
    undo(app)
    asked = _shows(app, root, 4, UNTABLED + "\n# once more\n")

    assert asked.state is State.PENDING
    assert {row.item.id for row in pending(app)} >= {id_, asked.id}


def test_what_is_pinned_goes_on_running_though_something_dominates_it(case: tuple[App, Path, str]) -> None:
    """The better one is kept behind it; unpinned, the next better one takes over."""
    app, root, id_ = case
    answer(app, id_, Answer.PIN)
    better = _shows(app, root, 3, HTML_TO_MD)

    assert (better.state, better.placement) == (State.PLACED, "iteration")
    assert _versions(app) == [(TOOL, "html", 1, [1, 2])]
    assert "pinned" in better.stages[-1].detail


@dataclass(frozen=True)
class Done:
    """How one run of the program ended."""

    returncode: int
    stdout: str
    stderr: str


Use = Callable[..., Done]


@pytest.fixture
def use(case: tuple[App, Path, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run the program in this process, in the folder of the case."""
    app, root, _ = case
    monkeypatch.chdir(root)
    monkeypatch.setenv("HOME", str(root))
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(app.data_dir))

    def run(*words: str) -> Done:
        capsys.readouterr()
        code = main(words)
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run


def test_the_command_line_lists_answers_and_takes_back(case: tuple[App, Path, str], use: Use) -> None:
    """The contract: `pending` is an array of candidates, an answer says what changed."""
    id_ = case[2]
    listed = json.loads(use("pending", "--json").stdout)
    assert [(c["id"], c["state"], c["review"]["subject"]) for c in listed] == [(id_, "pending", f"{TOOL}/html")]
    assert use("review").returncode == 2
    assert use("review", "accept").returncode == 2
    assert use("review", "accept", "nosuch").returncode == 3
    done = json.loads(use("review", "merge", id_, "--json").stdout)
    assert done["changed"]
    assert json.loads(use("pending", "--json").stdout) == []
    assert "waits for review again" in use("review", "undo").stdout
    assert id_ in use("pending").stdout
    assert use("review", "reject", id_[:6]).returncode == 0
    assert use("pending").stderr == "Nothing waits for a decision.\n"


def test_the_command_line_changes_how_far_a_tool_is_offered(use: Use) -> None:
    """Exit 3 where nothing changed, 4 where a tool is not offered so far; all of it can be taken back."""
    assert json.loads(use("expose", TOOL, "--to", "listed", "--json").stdout)["changed"][0]["after"] == "listed"
    assert (use("hide", TOOL).returncode, use("hide", TOOL).returncode) == (0, 3)
    assert use("hide", "nosuch").returncode == 3
    assert use("retire", TOOL).stdout == f"{TOOL}: hidden -> retired\n"
    assert json.loads(use("ls", "--json").stdout) == []
    assert [t["name"] for t in json.loads(use("ls", "--retired", "--json").stdout)] == [TOOL]
    asked = ("run", TOOL, "--set", "input=project1/docs/page.html", "--out", "out")
    assert use(*asked).returncode == 4
    assert use("review", "undo").returncode == 0
    assert use(*asked).returncode == 0


def test_the_command_line_shows_what_reuse_shows(use: Use) -> None:
    """Counts with every figure; one look leaves one picture for the trend."""
    use("run", TOOL, "--set", "input=project1/docs/page.html", "--out", "out")
    report = json.loads(use("usage", TOOL, "--json").stdout)

    assert (report["runs"], report["successes"], report["r_miss"]) == (1, 1, [])
    assert "95 % interval" in use("usage", TOOL).stdout
    assert json.loads(use("failures", TOOL, "--json").stdout) == []
    assert use("failures").returncode == 0
    assert json.loads(use("health", "--tend", "--json").stdout)["tools"] == 1
    assert len(json.loads(use("health", "--json").stdout)["trend"]) == 1
    assert "1 tools" not in use("health").stdout
    assert json.loads(use("status", "--json").stdout)["r_miss"]["not_found"] == 0
    assert use("verify", "--changed").stderr == "Nothing changed since the proofs were run last.\n"
    assert use("verify").returncode == 2


def test_in_a_terminal_one_key_decides_and_another_takes_back(case: tuple[App, Path, str]) -> None:
    """A real terminal: the diff and the proofs first, then single keys; what means nothing decides nothing."""
    app, root, id_ = case
    typist = Typist(app.data_dir, root, "review")
    screen = typist.reads("[q]uit")
    assert id_ in screen
    assert "what runs now:" in screen
    assert '" and "' in screen
    typist.presses("x")
    typist.reads("[q]uit")
    typist.presses("m")
    typist.reads("That was all.")

    assert typist.ends() == 0
    assert _versions(app) == [(TOOL, "html", 1, [1, 2])]
    undo(app)
    leaving = Typist(app.data_dir, root, "review")
    leaving.reads("[q]uit")
    leaving.presses("u")
    leaving.reads("nothing was decided")
    leaving.presses("q")
    assert leaving.ends() == 0
    assert [row.item.id for row in pending(app)] == [id_]


def test_in_a_terminal_keys_of_another_kind_decide_nothing(case: tuple[App, Path, str]) -> None:
    """An imported skill takes yes and no; a program after it takes all of them again."""
    app, root, id_ = case
    take_in(app, str(package(root, "tidy-pages")))
    typist = Typist(app.data_dir, root, "review", "--verbose")
    first = typist.reads("[q]uit")
    assert f"{id_}, against" in first
    assert "[m]erge" in first
    typist.presses("s")
    second = typist.reads("[q]uit")
    assert "import:tidy-pages" in second
    assert "[m]erge" not in second
    typist.presses("m")
    typist.reads("[q]uit")
    typist.presses("a")
    typist.reads("That was all.")

    assert typist.ends() == 0
    assert (app.data_dir / "skills" / "tidy-pages" / "SKILL.md").is_file()
    assert [row.item.id for row in pending(app)] == [id_]


def test_an_accepted_tool_of_others_is_taken_back_unless_it_grew(
    case: tuple[App, Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits in quarantine again, its uses with it; a version that was made here keeps it."""
    app, root, _ = case
    export(app, TOOL, to=tmp_path / "shared", sign=False, force=False)
    other = _app(tmp_path / "other")
    other.prepare()
    take_in(other, str(tmp_path / "shared" / TOOL))
    answer(other, TOOL, Answer.ACCEPT)
    assert _versions(other) == [(TOOL, "html", 1, [1])]
    undo(other)
    assert other.library.tools() == ()
    assert [row.item.id for row in pending(other)] == [f"import:{TOOL}"]

    answer(other, TOOL, Answer.ACCEPT)
    made_here = LineageEntry(1.0, "iteration", "html", 1, "c1")
    monkeypatch.setattr(type(other.library), "lineage", lambda *_: (made_here,))
    with pytest.raises(UndoBlocked, match="changed in the library"):
        undo(other)
    assert _versions(other) == [(TOOL, "html", 1, [1])]
    assert root.is_dir()
