"""From hook payloads to the library: what must be placed is placed; what must not, ends with its reason."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from skillstrata.app.reports import CallRequest, DistillReport
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.distilling import distill, unshelve
from skillstrata.app.use_cases.running import run
from skillstrata.app.use_cases.verifying import verify
from skillstrata.app.use_cases.viewing import explain, ls, show, status
from skillstrata.app.wiring import App, open_app
from skillstrata.records.candidates import Candidate, State
from skillstrata.records.failures import ToolUnknown
from tests.programs import (
    CSV_TABLE,
    CSV_TO_JSON,
    DOCX_TO_TEXT,
    HTML_PAGE,
    HTML_TO_MD,
    JSON_RECORDS,
    JSON_TO_CSV,
    LOG,
    LOG_ERRORS,
)
from tests.sessions import Session

pytestmark = pytest.mark.sandbox


def quiet(_stage: str, _done: int, _total: int) -> None:
    """No progress is shown."""


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Give an App on an empty data directory."""
    return open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))


@pytest.fixture
def session(tmp_path: Path, app: App) -> Session:
    """Give a session in an empty project."""
    return Session(tmp_path / "project", app.data_dir / "spool")


def distilled(app: App) -> DistillReport:
    """Run one pass; the sums must add up after it."""
    report = distill(app, install=False, progress=quiet)
    assert report.accounting.balanced
    return report


def the_one(report: DistillReport, state: State) -> Candidate:
    """Give the one candidate in a state."""
    found = [c for c in report.candidates if c.state is state]
    story = [(c.state.value, c.reason, [(s.stage, s.verdict, s.detail) for s in c.stages]) for c in report.candidates]
    assert len(found) == 1, story
    return found[0]


def called(app: App, name: str, source: Path, out: Path, **arguments: str) -> tuple[str, bytes]:
    """Call a tool; gives its text, or the bytes of its one output."""
    pairs = (("input", str(source)), *arguments.items())
    report = run(app, CallRequest(name, pairs, str(out)))
    assert report.ok, report.error
    if report.text is not None:
        return report.text, report.text.encode()
    (output,) = report.outputs
    return output.name, Path(output.path).read_bytes()


def a_docx(paragraphs: list[str]) -> bytes:
    """Make a small Word file."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{p}</w:t></w:r></w:p>" for p in paragraphs)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", '<?xml version="1.0"?><Types/>')
        document = f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>'
        archive.writestr("word/document.xml", f'<?xml version="1.0"?>{document}')
    return packed.getvalue()


def html_to_markdown(session: Session) -> None:
    """Let an agent write and run an HTML converter."""
    session.prompt("Turn docs/page.html into Markdown")
    session.write("docs/page.html", HTML_PAGE)
    session.write("convert.py", HTML_TO_MD.replace("{dir}", str(session.project)))
    session.bash(f"python3 {session.project}/convert.py")


def test_a_script_with_absolute_paths_becomes_a_tool_that_runs_elsewhere(
    app: App, session: Session, tmp_path: Path
) -> None:
    """Done when: real payload shape, absolute literals, and `run` works on another file in another directory."""
    html_to_markdown(session)
    candidate = the_one(distilled(app), State.PLACED)

    other = tmp_path / "elsewhere" / "Übersicht 2.html"
    other.parent.mkdir()
    other.write_text("<h1>Lanterns</h1><p>Seventeen lanterns burn.</p>", encoding="utf-8")
    _, data = called(app, candidate.tool, other, tmp_path / "out")

    assert candidate.placement == "new_tool"
    assert data.decode() == "# Lanterns\n\nSeventeen lanterns burn.\n"
    assert (tmp_path / "out" / "Übersicht 2.md").exists()
    assert str(session.project) not in show(app, candidate.tool).tool.branches[0].current.main


def test_a_heredoc_becomes_a_tool(app: App, session: Session, tmp_path: Path) -> None:
    """Distillation: 80 % of what agents run is inline code."""
    session.write("ports.csv", CSV_TABLE)
    session.bash(f"python3 - <<'EOF'\n{CSV_TO_JSON.replace('{dir}', str(session.project))}EOF")
    candidate = the_one(distilled(app), State.PLACED)

    other = tmp_path / "other.csv"
    other.write_text("id,town,berths,opened\n001,Ask,3,1999-09-09\n", encoding="utf-8")
    _, data = called(app, candidate.tool, other, tmp_path / "out")

    assert json.loads(data) == [{"id": "001", "town": "Ask", "berths": "3", "opened": "1999-09-09"}]


def test_inline_code_after_cd_becomes_a_tool(app: App, session: Session, tmp_path: Path) -> None:
    """`cd X && python3 -c` with a relative and an absolute literal."""
    session.write("fleet.json", JSON_RECORDS)
    body = JSON_TO_CSV.replace("{dir}/fleet.json", "fleet.json").replace("{dir}", str(session.project))
    session.bash(f"cd {session.project} && python3 -c '{body}'")
    candidate = the_one(distilled(app), State.PLACED)

    other = tmp_path / "b.json"
    other.write_text('[{"name": "Ibis", "tons": 5, "flag": "FI", "note": "none, yet"}]', encoding="utf-8")
    _, data = called(app, candidate.tool, other, tmp_path / "out")

    assert data.decode().splitlines() == ["name,tons,flag,note", 'Ibis,5,FI,"none, yet"']


def test_a_filter_that_prints_becomes_a_text_tool(app: App, session: Session, tmp_path: Path) -> None:
    """A third of what is worth keeping prints to standard output."""
    session.write("gate.log", LOG)
    session.write("errors.py", LOG_ERRORS.replace("{dir}", str(session.project)))
    session.bash("python3 errors.py")
    candidate = the_one(distilled(app), State.PLACED)

    other = tmp_path / "b.log"
    other.write_text("2031-05-09 09:00:00 INFO gate 1: ok\n2031-05-09 09:00:01 ERROR gate 1: bent\n", encoding="utf-8")
    text, _ = called(app, candidate.tool, other, tmp_path / "out")

    assert text == "2031-05-09 09:00:01 ERROR gate 1: bent\n"


def test_a_program_with_arguments_becomes_a_tool(app: App, session: Session, tmp_path: Path) -> None:
    """DOCX in, text out, both as arguments."""
    (session.project / "minutes.docx").write_bytes(
        a_docx(
            ["Minutes of the quay board", "The board met on 14 May.", "Crane 3 is out until week 29.", "Next: 11 June."]
        )
    )
    session.write("d2t.py", DOCX_TO_TEXT)
    session.bash(f"python3 d2t.py {session.project}/minutes.docx {session.project}/minutes.txt")
    candidate = the_one(distilled(app), State.PLACED)

    other = tmp_path / "other.docx"
    other.write_bytes(a_docx(["Alpha paragraph", "Beta paragraph 77"]))
    _, data = called(app, candidate.tool, other, tmp_path / "out", output="beta.txt")

    assert data.decode() == "Alpha paragraph\n\nBeta paragraph 77\n"
    assert (tmp_path / "out" / "beta.txt").exists()


CONSTANT = 'open("{dir}/docs/page.md", "w").write("# Harbour report\\n\\nAll is well.\\n")\n'
READS_BUT_IGNORES = 'open("{dir}/docs/page.html").read()\n' + CONSTANT
TYPED_ANSWER = """from pathlib import Path
text = Path("{dir}/docs/page.html").read_text()
assert "Harbour" in text
Path("{dir}/docs/page.md").write_text('''ANSWER''')
"""


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        (READS_BUT_IGNORES, {"wrong_output", "input_ignored", "memorised"}),
        (TYPED_ANSWER, {"input_ignored", "memorised"}),
        ('import sys\nsrc = sys.argv[1]\nprint("# Harbour report\\n\\nNorrvik 4821 5190")\n', {"input_ignored"}),
        (CONSTANT, {"content_in_program", "input_ignored"}),
    ],
    ids=["constant", "typed_answer", "argument_not_opened", "reads_nothing"],
)
def test_a_program_that_does_not_use_its_input_is_rejected(
    app: App, session: Session, body: str, reasons: set[str]
) -> None:
    """Done when: constant-printing, input-ignoring and memorised programs end `rejected`; the honest one is placed."""
    html_to_markdown(session)
    answer = (session.project / "docs/page.md").read_text()
    honest = the_one(distilled(app), State.PLACED)

    twin = Session(session.project, session.spool, session="7716feed-0000-4000-8000-000000000002")
    twin.write("fake.py", body.replace("ANSWER", answer).replace("{dir}", str(session.project)))
    twin.bash(f"python3 fake.py {session.project}/docs/page.html")
    rejected = the_one(distilled(app), State.REJECTED)

    assert rejected.reason in reasons, explain(app, rejected.id)
    assert [row.tool.name for row in ls(app).rows] == [honest.tool]


def test_a_nondeterministic_program_is_shelved(app: App, session: Session) -> None:
    """Determinism is measured; a clock in the output is no transform."""
    session.write("ports.csv", CSV_TABLE)
    body = CSV_TO_JSON.replace(
        "json.dump(rows", "import uuid\n    json.dump([{**r, 'key': str(uuid.uuid4())} for r in rows]"
    )
    session.bash(f"python3 - <<'EOF'\n{body.replace('{dir}', str(session.project))}EOF")

    assert the_one(distilled(app), State.SHELVED).reason == "nondeterministic"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("import nowhere_to_be_found_xyz\n", "nowhere_to_be_found_xyz"),
        ("import subprocess\nsubprocess.run(['pandoc-missing-xyz', '--version'], check=True)\n", "pandoc-missing-xyz"),
    ],
    ids=["import", "binary"],
)
def test_what_is_missing_shelves_with_the_command_that_frees_it(
    app: App, session: Session, line: str, names: str
) -> None:
    """Issue: a missing import or binary is shelved with the exact command, never rejected or dropped."""
    session.write("ports.csv", CSV_TABLE)
    session.write("c.py", line + CSV_TO_JSON.replace("{dir}", str(session.project)))
    session.claim(f"python3 {session.project}/c.py")
    shelved = the_one(distilled(app), State.SHELVED)

    assert shelved.reason == "dependency"
    assert names in shelved.stages[-1].detail + shelved.unshelve
    assert f"skillstrata unshelve {shelved.id}" in shelved.unshelve
    assert status(app).shelf[0].count == 1


def test_a_vanished_input_is_shelved_and_freed_when_it_is_back(app: App, session: Session) -> None:
    """Inputs that vanished are marked, not guessed; the shelf says what to do, and doing it helps."""
    content = b"id,town\n1,Ask\n2,Vik\n3,Ulv\n"
    (session.project / "ports.csv").write_bytes(content)
    session.bash(f"python3 - <<'EOF'\n{CSV_TO_JSON.replace('{dir}', str(session.project))}EOF")
    (session.project / "ports.csv").unlink()
    shelved = the_one(distilled(app), State.SHELVED)
    assert shelved.reason == "input_missing"

    (session.project / "ports.csv").write_bytes(content)
    (freed,) = unshelve(app, (shelved.id,), install=False, maps=(), progress=quiet)

    assert freed.state is State.PLACED


def test_a_vanished_input_that_a_command_wrote_out_is_had_from_the_session(app: App, session: Session) -> None:
    """The command's own words are the input's text: nothing about it needs the disk, and nothing is guessed."""
    session.bash("printf 'id,town\\n1,Ask\\n2,Vik\\n3,Ulv\\n' > ports.csv")
    session.bash(f"python3 - <<'EOF'\n{CSV_TO_JSON.replace('{dir}', str(session.project))}EOF")
    (session.project / "ports.csv").unlink()

    assert the_one(distilled(app), State.PLACED).reason == ""


def test_an_edit_in_place_is_noise(app: App, session: Session) -> None:
    """Edits of project files are not transforms."""
    session.write("page.html", HTML_PAGE)
    path = f"{session.project}/page.html"
    session.bash(f"python3 -c \"p='{path}'; s=open(p).read(); open(p,'w').write(s.replace('March','May'))\"")
    report = distilled(app)

    assert {c.state for c in report.candidates} == {State.NOISE}


def test_fail_fix_rerun_is_one_tool_with_its_lineage(app: App, session: Session) -> None:
    """In-session variants: the last working body counts, the failed run is evidence and no second tool."""
    session.write("ports.csv", CSV_TABLE)
    session.write("c.py", CSV_TO_JSON.replace("{dir}", str(session.project)).replace("DictReader", "DictRaeder"))
    session.bash(f"python3 {session.project}/c.py")
    session.edit("c.py", "DictRaeder", "DictReader")
    session.bash(f"python3 {session.project}/c.py")
    report = distilled(app)

    placed, failed = the_one(report, State.PLACED), the_one(report, State.DUPLICATE)
    assert (failed.reason, failed.tool) == ("failed_variant", placed.tool)
    assert "DictReader" in show(app, placed.tool).tool.branches[0].current.main


def test_the_same_program_on_another_day_is_a_duplicate(app: App, session: Session) -> None:
    """Placement: a second session with the same program makes no second tool."""
    html_to_markdown(session)
    first = the_one(distilled(app), State.PLACED)
    again = Session(session.project.parent / "project2", session.spool, session="a9a1a9a1-0000-4000-8000-000000000003")
    html_to_markdown(again)
    second = the_one(distilled(app), State.DUPLICATE)

    assert second.tool == first.tool
    assert len(ls(app).rows) == 1


def test_a_second_pass_changes_nothing(app: App, session: Session) -> None:
    """Everything is idempotent."""
    html_to_markdown(session)
    before = distilled(app).accounting
    report = distilled(app)

    assert report.candidates == ()
    assert report.accounting == before


def test_verify_replays_the_fixtures_and_a_changed_body_is_refused(app: App, session: Session) -> None:
    """A proof can be run again; a program that was changed by hand is not the one that was proved."""
    html_to_markdown(session)
    tool = the_one(distilled(app), State.PLACED).tool
    assert verify(app, tool).ok

    version = Path(app.library.folder(tool)) / show(app, tool).tool.branches[0].current.path
    main = next(version.glob("main.*"))
    main.chmod(0o644)
    main.write_text(main.read_text(encoding="utf-8").replace('"- "', '"* "'), encoding="utf-8")

    with pytest.raises(ToolUnknown, match="changed since it was deposited"):
        verify(app, tool)


def test_verify_notices_a_changed_fixture(app: App, session: Session) -> None:
    """A proof is only as good as its inputs."""
    html_to_markdown(session)
    tool = the_one(distilled(app), State.PLACED).tool
    fixture = next((Path(app.library.folder(tool)) / "fixtures").iterdir())
    fixture.chmod(0o644)
    fixture.write_bytes(fixture.read_bytes() + b"<p>more</p>")

    report = verify(app, tool)

    assert not report.ok
    assert [r.detail for r in report.runs if not r.ok] == ["the fixture is missing or was changed"]


def test_a_call_is_counted(app: App, session: Session, tmp_path: Path) -> None:
    """Usage is what later decides a tool's worth: a success and a failure are both kept."""
    html_to_markdown(session)
    tool = the_one(distilled(app), State.PLACED).tool
    called(app, tool, session.project / "docs/page.html", tmp_path / "out")
    (tmp_path / "bad.html").write_bytes(b"<!DOCTYPE html><p>caf\xe9: not utf-8</p>")
    failed = run(app, CallRequest(tool, (("input", str(tmp_path / "bad.html")),), str(tmp_path / "out2")))

    assert failed.error is not None
    quality = ls(app).rows[0].quality
    assert (quality.runs, quality.successes) == (2, 1)
