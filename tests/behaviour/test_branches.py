"""Programs that come one after the other grow one tool: a branch for another type, a better version, its fallback."""

import io
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillstrata.app.json_views import call_json
from skillstrata.app.reports import CallReport, CallRequest
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.distilling import distill
from skillstrata.app.use_cases.running import run
from skillstrata.app.use_cases.verifying import verify
from skillstrata.app.wiring import App, open_app
from skillstrata.distill.synthesise import fresh
from skillstrata.records.candidates import Candidate, State
from tests.programs import HTML_PAGE, HTML_TO_MD
from tests.sessions import Session

pytestmark = pytest.mark.sandbox

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PAGE = re.sub(r"<table>.*</table>\n", "", HTML_PAGE)
# Reads pages of any encoding, and takes headings below the second level for text.
FLAT = HTML_TO_MD.replace('elif tag in ("h1", "h2", "h3", "h4"):', 'elif tag in ("h1", "h2"):').replace(
    'open(SRC, encoding="utf-8")', 'open(SRC, encoding="utf-8", errors="replace")'
)
DOCX_TO_MD = """import re
import xml.etree.ElementTree as ET
import zipfile

SRC = "{dir}/docs/report.docx"
DST = "{dir}/docs/report.md"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"

archive = zipfile.ZipFile(SRC)
targets = {}
if "word/_rels/document.xml.rels" in archive.namelist():
    for one in ET.fromstring(archive.read("word/_rels/document.xml.rels")):
        targets[one.get("Id")] = one.get("Target")


def text(node):
    parts = []
    for child in node:
        if child.tag == W + "hyperlink":
            parts.append("[" + text(child) + "](" + targets.get(child.get(R + "id"), "") + ")")
        elif child.tag == W + "t":
            parts.append(child.text or "")
        elif child.tag in (W + "tab", W + "br"):
            parts.append(" ")
        else:
            parts.append(text(child))
    return "".join(parts)


lines = []
for block in ET.fromstring(archive.read("word/document.xml")).find(W + "body"):
    if block.tag == W + "p":
        style = block.find(W + "pPr/" + W + "pStyle")
        level = re.match(r"[Hh]eading ?([1-6])", style.get(W + "val")) if style is not None else None
        mark = "#" * int(level[1]) + " " if level else "- " if block.find(W + "pPr/" + W + "numPr") is not None else ""
        if text(block).strip():
            lines.append(mark + text(block).strip() + "\\n")
    elif block.tag == W + "tbl":
        rows = [[" ".join(text(c).split()) for c in row.iter(W + "tc")] for row in block.iter(W + "tr")]
        table = ["| " + " | ".join(row) + " |" for row in rows]
        table.insert(1, "|" + " --- |" * len(rows[0]))
        lines.append("\\n".join(table) + "\\n")
with open(DST, "w", encoding="utf-8") as note:
    note.write("\\n".join(lines))
print("done")
"""


@dataclass
class Home:
    """A data directory, and sessions in it."""

    root: Path
    app: App
    sessions: int = 0

    def shows(self, name: str, data: bytes, program: str) -> Candidate:
        """Somebody writes a program for a file and runs it; gives what distilling makes of it."""
        self.sessions += 1
        project = self.root / f"project{self.sessions}"
        (project / "docs").mkdir(parents=True)
        (project / "docs" / name).write_bytes(data)
        number = f"{self.sessions:08d}-0000-4000-8000-000000000001"
        session = Session(project, self.app.data_dir / "spool", session=number)
        session.write("convert.py", program.replace("{dir}", str(project)))
        session.bash(f"python3 {project}/convert.py")
        report = distill(self.app, install=False, progress=lambda *_: None)
        assert report.accounting.balanced
        (candidate,) = [c for c in report.candidates if c.source.session == number]
        return candidate

    def calls(self, tool: str, name: str, data: bytes, *, branch: str = "") -> CallReport:
        """Somebody calls a tool on a file of this name."""
        self.sessions += 1
        folder = self.root / f"call{self.sessions}"
        folder.mkdir()
        (folder / name).write_bytes(data)
        arguments = (("input", str(folder / name)),)
        return run(self.app, CallRequest(tool, arguments, str(folder / "out"), branch=branch))


def _home(root: Path) -> Home:
    return Home(root, open_app(load_settings(data_dir=root / "data", config=None, environ={"HOME": str(root)})))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Three sessions, one after the other: html to Markdown, docx to Markdown, and html to Markdown better."""
    home = _home(tmp_path_factory.mktemp("branches"))
    first = home.shows("page.html", PAGE.encode(), FLAT)
    assert (first.state, first.placement) == (State.PLACED, "new_tool"), first.stages[-1]
    second = home.shows("report.docx", fresh(DOCX, count=1, seed=3)[0].data, DOCX_TO_MD)
    assert (second.state, second.placement) == (State.PLACED, "new_branch"), second.stages[-1]
    third = home.shows("page.html", PAGE.encode(), HTML_TO_MD)
    assert (third.state, third.placement) == (State.PLACED, "iteration"), third.stages[-1]
    return home


def test_one_tool_has_a_branch_for_each_type_and_the_better_version_runs(home: Home) -> None:
    """Merged on contract and purpose; the older version stays behind the one that dominates it."""
    (tool,) = home.app.library.tools()

    assert [(b.name, b.active, len(b.versions)) for b in tool.branches] == [("html", 2, 2), ("docx", 1, 1)]
    assert (tool.name, tool.aliases) == ("html-to-markdown", ("docx-to-markdown",))
    assert tool.contract.purpose == "Convert DOCX or HTML to Markdown"
    assert set(tool.contract.given) == {"text/html", DOCX}


def test_lineage_tells_every_step_with_its_candidate_and_reason(home: Home) -> None:
    """A library that cannot say why something runs cannot be trusted to change."""
    lineage = home.app.library.lineage("html-to-markdown")

    steps = [("new_tool", "html", 1), ("new_branch", "docx", 1), ("iteration", "html", 2), ("activate", "html", 2)]
    assert [(e.what, e.branch, e.version) for e in lineage] == steps
    assert all(e.candidate_id and e.session and e.detail for e in lineage)
    assert "version 1" in lineage[-1].detail


def test_the_page_speaks_of_all_types(home: Home) -> None:
    """Agents choose a skill by its page."""
    page = (Path(home.app.library.folder("html-to-markdown")) / "SKILL.md").read_text(encoding="utf-8")

    assert ".docx/.html" in page
    assert "`docx-to-markdown`" in page
    assert page.count("| original | 1 of 1 |") == 2
    assert "Should it fail, version 1 is tried." in page


def test_a_call_goes_to_the_branch_of_its_input(home: Home) -> None:
    """By content; nobody has to know that there are branches. The tool answers to both names."""
    page = home.calls("html-to-markdown", "x.html", PAGE.encode())
    word = home.calls("docx-to-markdown", "x.docx", fresh(DOCX, count=2, seed=9)[1].data)

    assert (page.ok, page.tool, page.branch, page.version) == (True, "html-to-markdown", "html", 2)
    assert (word.ok, word.tool, word.branch, word.version) == (True, "html-to-markdown", "docx", 1)
    assert call_json(page)["fallback_from"] is None
    assert "https://harbour.example/office" in Path(page.outputs[0].path).read_text(encoding="utf-8")


def test_a_branch_can_be_asked_for(home: Home) -> None:
    """The wrong one refuses the file."""
    report = home.calls("html-to-markdown", "x.html", PAGE.encode(), branch="html")

    assert (report.ok, report.branch) == (True, "html")


@pytest.fixture
def broken(home: Home) -> bytes:
    """A page in another encoding, which the active version cannot read and the older one can."""
    return PAGE.replace("Harbour", "Hafengebühr").encode("latin-1")


def test_where_the_active_version_fails_its_fallback_does_the_job(home: Home, broken: bytes) -> None:
    """The report says so, the miss is written down, and after three of them nobody waits for a fourth."""
    reports = [home.calls("html-to-markdown", "x.html", broken) for _ in range(4)]
    misses = home.app.catalog.misses("html-to-markdown")

    assert [(r.ok, r.version, r.fallback_from) for r in reports] == [(True, 1, 2)] * 4
    assert [r.fallback_why for r in reports[:3]] == ["call.program_failed"] * 3
    assert "before" in reports[3].fallback_why
    assert [(m.branch, m.version, m.given, m.failure, m.rescued_by) for m in misses] == [
        ("html", 2, "text/html", "call.program_failed", 1)
    ] * 3
    assert len({m.environment for m in misses}) == 1
    other = home.calls("html-to-markdown", "x.docx", fresh(DOCX, count=2, seed=9)[1].data)
    assert (other.ok, other.fallback_from) == (True, None)


def test_every_branch_is_verified_and_fallbacks_where_asked(home: Home) -> None:
    """A fallback that no longer works is none."""
    active, every = verify(home.app, "html-to-markdown"), verify(home.app, "html-to-markdown", all_versions=True)

    assert active.ok
    assert every.ok
    assert {r.relation.partition(":")[0] for r in active.runs} == {"html v2", "docx v1"}
    assert {r.relation.partition(":")[0] for r in every.runs} == {"html v2", "html v1", "docx v1"}


def test_distilling_again_changes_nothing(home: Home) -> None:
    """Everything is idempotent."""
    before = home.app.library.stamp()
    report = distill(home.app, install=False, progress=lambda *_: None)

    assert report.candidates == ()
    assert home.app.library.stamp() == before


def test_a_worse_program_becomes_a_fallback_and_does_not_run(tmp_path: Path) -> None:
    """The other order ends with the same tool: what runs is what dominates."""
    home = _home(tmp_path)
    home.shows("page.html", PAGE.encode(), HTML_TO_MD)
    worse = home.shows("page.html", PAGE.encode(), FLAT)
    (tool,) = home.app.library.tools()

    assert (worse.state, worse.placement) == (State.PLACED, "iteration")
    assert "fallback" in worse.stages[-1].detail
    assert [(b.name, b.active, len(b.versions)) for b in tool.branches] == [("html", 1, 2)]


def test_a_manifest_names_the_fallback(home: Home) -> None:
    """Other programs read it."""
    manifest = json.loads((Path(home.app.library.folder("html-to-markdown")) / "manifest.json").read_bytes())

    assert manifest["branches"][0]["active"] == 2
    assert [v["number"] for v in manifest["branches"][0]["versions"]] == [1, 2]


def test_the_made_document_is_one() -> None:
    """What the tests call the tool on has what a document has."""
    names = zipfile.ZipFile(io.BytesIO(fresh(DOCX, count=2, seed=9)[1].data)).namelist()

    assert "word/document.xml" in names
