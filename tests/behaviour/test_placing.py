"""Proven drafts find their place whatever happens in between, and those that wait are looked at again."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.distilling import distill, unshelve
from skillstrata.app.use_cases.verifying import verify
from skillstrata.app.wiring import App, open_app
from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.candidates import Candidate, State
from skillstrata.records.failures import CatalogBusy, StoreFull
from skillstrata.records.sandbox_runs import Check, SandboxJob, SandboxResult
from tests.programs import CSV_TABLE, CSV_TO_JSON, HTML_PAGE, HTML_TO_MD
from tests.sessions import Session

pytestmark = pytest.mark.sandbox

PAGE = re.sub(r"<table>.*</table>\n", "", HTML_PAGE)
# One takes deep headings for text, the other has no tables; each is better than the other somewhere.
FLAT = HTML_TO_MD.replace('elif tag in ("h1", "h2", "h3", "h4"):', 'elif tag in ("h1", "h2"):')
UNTABLED = HTML_TO_MD.replace(
    'self.out.append("| " + " | ".join(c.strip() for c in self.row) + " |\\n")',
    'self.out.append("\\n" + " and ".join(c.strip() for c in self.row) + "\\n")',
).replace('self.out.append("|" + " --- |" * len(self.row) + "\\n")', "pass")


@dataclass
class Counting:
    """The real sandbox, with a count."""

    inner: Sandbox
    runs: int = 0

    @property
    def tier(self) -> str:
        return self.inner.tier

    def run(self, job: SandboxJob) -> SandboxResult:
        self.runs += 1
        return self.inner.run(job)

    def checks(self) -> tuple[Check, ...]:
        return self.inner.checks()


def _app(root: Path) -> App:
    return open_app(load_settings(data_dir=root / "data", config=None, environ={"HOME": str(root)}))


def _shows(app: App, root: Path, number: int, files: dict[str, str], program: str) -> None:
    project = root / f"project{number}"
    session = Session(project, app.data_dir / "spool", session=f"{number:08d}-0000-4000-8000-000000000001")
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    session.write("convert.py", program.replace("{dir}", str(project)))
    session.bash(f"python3 {project}/convert.py")


def _distilled(app: App) -> dict[str, Candidate]:
    report = distill(app, install=False, progress=lambda *_: None)
    assert report.accounting.balanced
    return {c.source.session[:8].lstrip("0"): c for c in report.candidates}


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prove one draft that found no room for its place; to be copied by whoever places it."""
    root = tmp_path_factory.mktemp("proved")
    app = _app(root)
    _shows(app, root, 1, {"ports.csv": CSV_TABLE}, CSV_TO_JSON)

    def full(*_files: object) -> None:
        raise StoreFull("no space left", hint="free some")

    app.library.deposit = full  # type: ignore[method-assign]
    with pytest.raises(StoreFull):
        distill(app, install=False, progress=lambda *_: None)
    assert len(app.catalog.waiting_drafts()) == 1
    return root


def _with_a_draft(proved: Path, root: Path) -> App:
    shutil.copytree(proved, root, dirs_exist_ok=True)
    return _app(root)


def _placed_and_not_noted(proved: Path, root: Path) -> App:
    """Place the proved draft in a pass that dies before the catalog knows of it."""
    app = _with_a_draft(proved, root)
    real = app.catalog.save_candidate

    def dies(candidate: Candidate, proof: object = None) -> None:
        if candidate.state is State.PLACED:
            raise CatalogBusy("held")
        real(candidate, proof)  # type: ignore[arg-type]

    app.catalog.save_candidate = dies  # type: ignore[method-assign]
    with pytest.raises(CatalogBusy):
        distill(app, install=False, progress=lambda *_: None)
    app.catalog.save_candidate = real  # type: ignore[method-assign]
    return app


def test_a_draft_that_found_a_full_disk_is_placed_by_the_next_pass_without_a_second_proof(tmp_path: Path) -> None:
    """What was proved is kept until it has its place; a half-made tool never shows."""
    app = _app(tmp_path)
    _shows(app, tmp_path, 1, {"ports.csv": CSV_TABLE}, CSV_TO_JSON)
    counting = Counting(app.proving_sandbox)
    app.__dict__["proving_sandbox"] = counting
    real = app.library.deposit

    def full(*_files: object) -> None:
        raise StoreFull("no space left", hint="free some")

    app.library.deposit = full  # type: ignore[method-assign]
    with pytest.raises(StoreFull):
        distill(app, install=False, progress=lambda *_: None)
    app.library.deposit = real  # type: ignore[method-assign]
    proved = counting.runs
    assert proved > 5
    assert app.library.tools() == ()
    assert [c.state for c in app.catalog.candidates()] == [State.OPEN]
    found = _distilled(app)["1"]

    assert (found.state, found.placement) == (State.PLACED, "new_tool")
    assert counting.runs == proved
    assert app.catalog.waiting_drafts() == ()


def test_a_pass_that_died_between_deposit_and_its_note_places_nothing_twice(proved: Path, tmp_path: Path) -> None:
    """The tool is found again, with the place it was given."""
    app = _placed_and_not_noted(proved, tmp_path)
    before = [t.name for t in app.library.tools()]
    found = _distilled(app)["1"]

    assert before == [t.name for t in app.library.tools()] == [found.tool]
    assert (found.state, found.placement, found.branch) == (State.PLACED, "new_tool", "csv")
    assert len(app.library.lineage(found.tool)) == 1


def test_a_fault_with_one_draft_does_not_keep_the_others_from_their_place(proved: Path, tmp_path: Path) -> None:
    """It is shelved with the fault; every later pass would trip over it again otherwise."""
    app = _with_a_draft(proved, tmp_path)
    _shows(app, tmp_path, 2, {"docs/page.html": PAGE}, HTML_TO_MD)
    real = app.library.deposit

    def trips(name: str, *more: object) -> None:
        if name == "csv-to-json":
            raise ValueError("odd")
        real(name, *more)  # type: ignore[arg-type]

    app.library.deposit = trips  # type: ignore[method-assign]
    found = _distilled(app)

    assert (found["1"].state, found["1"].reason) == (State.SHELVED, "fault")
    assert "ValueError: odd" in found["1"].stages[-1].detail
    assert found["2"].state is State.PLACED


def test_what_is_better_here_and_worse_there_waits_until_something_dominates_it(tmp_path: Path) -> None:
    """Incomparable stays open; then it is looked at again, and ends behind the one that is better than both."""
    app, page = _app(tmp_path), {"docs/page.html": PAGE}
    _shows(app, tmp_path, 1, page, FLAT)
    assert _distilled(app)["1"].placement == "new_tool"
    _shows(app, tmp_path, 2, page, UNTABLED)
    waiting = _distilled(app)["2"]
    assert (waiting.state, waiting.placement, waiting.reason) == (State.PENDING, "ambiguous", "ambiguous")
    assert (waiting.tool, waiting.branch) == ("html-to-markdown", "html")
    assert "better and worse" in waiting.stages[-1].detail
    assert len(app.catalog.waiting_drafts()) == 1
    _shows(app, tmp_path, 3, page, HTML_TO_MD)
    found = _distilled(app)
    (tool,) = app.library.tools()
    (branch,) = tool.branches

    assert {k: (c.state, c.placement) for k, c in found.items()} == {
        "2": (State.PLACED, "iteration"),
        "3": (State.PLACED, "iteration"),
    }
    assert branch.current.candidate_id == found["3"].id
    assert len(branch.versions) == 3
    assert app.catalog.waiting_drafts() == ()
    assert [note.stage for note in found["2"].stages].count("place") == 1


def test_programs_of_one_pass_end_the_same_whatever_their_order(tmp_path: Path) -> None:
    """Two of one purpose, shown in two orders: the same versions, and the same one runs."""
    ends = []
    for order in ((FLAT, HTML_TO_MD), (HTML_TO_MD, FLAT)):
        root = tmp_path / f"root{len(ends)}"
        root.mkdir()
        app = _app(root)
        for number, program in enumerate(order, start=1):
            _shows(app, root, number, {"docs/page.html": PAGE}, program)
        _distilled(app)
        (tool,) = app.library.tools()
        ends.append([(b.name, b.current.body_digest, [v.body_digest for v in b.versions]) for b in tool.branches])

    assert ends[0] == ends[1]
    assert [(name, len(all_)) for name, _, all_ in ends[0]] == [("html", 2)]


@pytest.mark.parametrize("consent", ["yes", "no"])
def test_a_users_file_is_a_fixture_with_consent_alone(tmp_path: Path, consent: str) -> None:
    """Fixtures are synthesised unless the user says otherwise; then the proof runs on the real one too."""
    flags = (("fixtures.keep_real", consent),)
    app = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}, flags=flags))
    _shows(app, tmp_path, 1, {"ports.csv": CSV_TABLE}, CSV_TO_JSON)
    found = _distilled(app)["1"]
    folder = Path(app.library.folder(found.tool)) / "fixtures"
    real = [path.name for path in folder.iterdir() if path.read_text(encoding="utf-8") == CSV_TABLE]

    assert real == (["shown-1.csv"] if consent == "yes" else [])
    assert verify(app, found.tool).ok


def _dies(_name: str, *_more: object) -> None:
    os._exit(137)


def test_a_draft_that_kills_the_process_while_it_is_placed_is_set_aside_and_the_others_get_their_place(
    proved: Path, tmp_path: Path
) -> None:
    """As with judging: otherwise what is proved and deadly would end every pass there will be."""
    app = _with_a_draft(proved, tmp_path)
    app.library.deposit = _dies  # type: ignore[method-assign]
    ends: list[int] = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            try:
                distill(app, install=False, progress=lambda *_: None)
            finally:
                os._exit(0)
        ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    app = _app(tmp_path)
    _shows(app, tmp_path, 2, {"docs/page.html": PAGE}, HTML_TO_MD)
    found = _distilled(app)

    assert ends == [137] * 3
    assert (found["1"].state, found["1"].reason) == (State.SHELVED, "crash")
    assert "died 3 times" in found["1"].stages[-1].detail
    assert found["2"].state is State.PLACED
    # What killed it is gone: it is placed as any other.
    (freed,) = unshelve(app, (found["1"].id,), install=False, maps=(), progress=lambda *_: None)
    assert freed.state is State.PLACED


@pytest.mark.parametrize("line", ["new_tool", "of a later program"])
def test_a_lineage_that_nobody_here_knows_places_nothing_twice(proved: Path, tmp_path: Path, line: str) -> None:
    """A tool that is there is found again, whatever its lineage calls the step."""
    app = _placed_and_not_noted(proved, tmp_path)
    (tool,) = app.library.tools()
    lineage = Path(app.library.folder(tool.name)) / "lineage.jsonl"
    lineage.write_text(lineage.read_text(encoding="utf-8").replace('"new_tool"', f'"{line}"'), encoding="utf-8")
    found = _distilled(app)["1"]

    assert (found.state, found.placement, found.tool) == (State.PLACED, "new_tool", tool.name)
    assert len(app.library.tools()) == 1
