"""Calls that are refused before anything runs, tools that are damaged, and what then counts as use."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import anyio
import mcp_types
import pytest
from mcp.client.client import Client

from skillstrata.adapters.disk_files import DiskFiles
from skillstrata.adapters.skill_folders import SkillFolders
from skillstrata.app.reports import CallRequest
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases import running
from skillstrata.app.use_cases.finding import ToolFinder
from skillstrata.app.use_cases.verifying import verify
from skillstrata.app.wiring import App, open_app
from skillstrata.distill import Asked, verify_version
from skillstrata.records.failures import OutDirNotFolder, StoreFull
from skillstrata.surfaces.cli.main import main
from skillstrata.surfaces.mcp_server.server import build_server
from tests.behaviour.made_library import UNSEEN, Made, distilled
from tests.fakes.sample_tools import a_tool, an_entry, rendered

pytestmark = pytest.mark.sandbox
Use = Callable[..., tuple[int, str, str]]
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Distil the recorded session once."""
    return distilled(tmp_path_factory.mktemp("made"))


@pytest.fixture
def app(made: Made) -> App:
    """Open the made library."""
    return open_app(load_settings(data_dir=made.data_dir, config=None, environ=os.environ))


@pytest.fixture
def use(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run the program in a folder of its own with a document in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path))
    (tmp_path / "a.html").write_text(UNSEEN, encoding="utf-8")

    def run(*words: str, data_dir: Path = made.data_dir) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["--data-dir", str(data_dir), *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def _served(app: App, tool: str, arguments: dict[str, object]) -> mcp_types.CallToolResult:
    async def ask() -> mcp_types.CallToolResult:
        async with Client(build_server(app), mode="auto") as client:
            return await client.call_tool(tool, arguments)

    return anyio.run(ask)


def _error(result: mcp_types.CallToolResult) -> dict[str, str]:
    assert result.is_error
    assert isinstance(result.structured_content, dict)
    return result.structured_content["error"]


@pytest.mark.parametrize(
    ("name", "data"),
    [("t.csv", b"a,b,c\n1,2,3\n4,5,6\n"), ("t.html", b'{"a": [1, 2]}'), ("t.html", PDF), ("t.html", b"PK\x03\x04")],
)
def test_a_file_of_another_type_is_refused_and_force_tries_it(
    use: Use, app: App, made: Made, tmp_path: Path, name: str, data: bytes
) -> None:
    """A page converter fed with a table ends well and gives nonsense; that must not look like a result."""
    (tmp_path / name).write_bytes(data)
    before = app.catalog.quality(made.tool)
    code, out, _ = use("run", made.tool, "--set", f"input={name}", "--json")
    after = app.catalog.quality(made.tool)
    served = _error(_served(app, "skills_call", {"name": made.tool, "arguments": {"input": str(tmp_path / name)}}))
    forced, _, _ = use("run", made.tool, "--set", f"input={name}", "--force")
    error = json.loads(out)["error"]

    assert (code, error["code"], served["code"]) == (65, *["call.wrong_input_type"] * 2)
    assert "text/html" in error["hint"]
    assert "--force" in error["hint"]
    assert "--" not in served["hint"]
    assert "text/html" in served["message"]
    assert after == before
    assert app.catalog.quality(made.tool).runs == before.runs + 1
    assert forced in {0, 65}


@pytest.mark.parametrize("text", [UNSEEN, "<p>no opening</p>", "only words\n", "# not a page\n\n**but** near\n"])
def test_a_neighbour_runs_without_force(use: Use, app: App, made: Made, tmp_path: Path, text: str) -> None:
    """The twin: what content leaves open is let through, and counts as use."""
    (tmp_path / "near.html").write_text(text, encoding="utf-8")
    before = app.catalog.quality(made.tool).runs
    code, _, err = use("run", made.tool, "--set", "input=near.html")

    assert (code, app.catalog.quality(made.tool).runs) == (0, before + 1), err


def test_calls_from_two_worktrees_are_of_one_project(
    use: Use, app: App, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Use in many projects says that a tool is general; branches of one project say nothing. Twin: another folder."""
    own = tmp_path / "shop" / ".git" / "worktrees" / "fix"
    own.mkdir(parents=True)
    (own / "commondir").write_text("../..\n", encoding="ascii")
    (tmp_path / "fix").mkdir()
    (tmp_path / "fix" / ".git").write_text(f"gitdir: {own}\n", encoding="ascii")
    (tmp_path / "other").mkdir()

    def projects_after(folder: str) -> int:
        monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path / folder))
        assert use("run", made.tool, "--set", "input=a.html", "--force")[0] == 0
        return app.catalog.quality(made.tool).projects

    first = projects_after("shop")
    assert (projects_after("fix"), projects_after("other")) == (first, first + 1)


@pytest.mark.parametrize("out_dir", ["file", "file/below"])
def test_outputs_that_cannot_go_where_they_are_wanted_are_refused_first(
    use: Use, app: App, made: Made, tmp_path: Path, out_dir: str
) -> None:
    """A minute of work must not end at a path that could be seen before."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    before = app.catalog.quality(made.tool)
    code, out, _ = use("run", made.tool, "--set", "input=a.html", "--out", out_dir, "--json")
    call = {"name": made.tool, "arguments": {"input": "a.html"}, "out_dir": out_dir}
    served = _error(_served(app, "skills_call", call))
    refused = app.catalog.quality(made.tool)
    allowed, _, _ = use("run", made.tool, "--set", "input=a.html", "--out", "folder/below")

    assert (code, json.loads(out)["error"]["code"]) == (65, OutDirNotFolder.code)
    assert served["code"] == OutDirNotFolder.code
    assert "--" not in served["hint"]
    assert refused == before
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
    assert (allowed, app.catalog.quality(made.tool).runs) == (0, before.runs + 1)


def test_an_output_that_cannot_be_stored_is_not_the_tools_failure(app: App, made: Made, tmp_path: Path) -> None:
    """A full disk must not lower what use says about a tool; a good call and a failed program count."""
    (tmp_path / "a.html").write_text(UNSEEN, encoding="utf-8")
    ask = CallRequest(made.tool, (("input", str(tmp_path / "a.html")),), str(tmp_path / "out"))
    full = open_app(app.settings)

    class FullDisk(DiskFiles):
        def write(self, path: str, data: bytes, *, replace: bool = False, private: bool = False) -> None:
            raise StoreFull("no space")

    full.__dict__["disk"] = FullDisk()
    before = app.catalog.quality(made.tool)
    with pytest.raises(StoreFull):
        running.run(full, ask)
    unharmed = app.catalog.quality(made.tool)
    good = running.run(app, ask)
    again = running.run(app, replace(ask, out_dir=str(tmp_path / "b"), force=True))

    assert unharmed == before
    assert (good.ok, again.ok, good.unrecorded) == (True, True, "")
    assert app.catalog.quality(made.tool).successes == before.successes + 2


@pytest.fixture
def two_tools(tmp_path: Path) -> Path:
    """Make a library of one good and one damaged tool; give its data directory."""
    data_dir = tmp_path / "two"
    store = SkillFolders(data_dir / "skills")
    for name in ("good", "broken"):
        store.deposit(name, rendered(a_tool(name)), an_entry())
    (data_dir / "skills" / "broken" / "manifest.json").write_text("{", encoding="utf-8")
    return data_dir


def test_a_damaged_tool_is_listed_as_such(use: Use, two_tools: Path) -> None:
    """A tool that is silently gone looks as if it had never been made."""
    _, plain, _ = use("ls", data_dir=two_tools)
    code, out, err = use("ls", "--json", data_dir=two_tools)

    assert [line for line in plain.splitlines() if line.startswith("damaged: broken: manifest.json is not JSON")]
    assert (code, [tool["name"] for tool in json.loads(out)]) == (0, ["good"])
    assert "damaged: broken: " in err


@pytest.mark.parametrize("words", [("show",), ("verify",), ("run", "--set", "input=a.html")])
def test_a_damaged_tool_has_an_error_of_its_own(use: Use, two_tools: Path, words: tuple[str, ...]) -> None:
    """`unknown` would send its owner looking for another name; the twin name stays unknown."""
    verb, *rest = words
    damaged, out, _ = use(verb, "broken", *rest, "--json", data_dir=two_tools)
    unknown, other, _ = use(verb, "nobody", *rest, "--json", data_dir=two_tools)

    assert (damaged, json.loads(out)["error"]["code"]) == (65, "library.tool_damaged")
    assert (unknown, json.loads(other)["error"]["code"]) == (3, "library.tool_unknown")


def test_an_agent_is_told_that_a_tool_is_damaged(two_tools: Path) -> None:
    """With a next step that an agent can take."""
    app = open_app(load_settings(data_dir=two_tools, config=None, environ={}))
    error = _error(_served(app, "skills_describe", {"name": "broken"}))
    good = _served(app, "skills_describe", {"name": "good"})

    assert error["code"] == "library.tool_damaged"
    assert "doctor" in error["hint"]
    assert not good.is_error


def test_tools_of_one_purpose_are_told_apart_by_their_note(tmp_path: Path) -> None:
    """Two hits that look the same leave an agent to guess."""
    store = SkillFolders(tmp_path / "skills")
    why = "does the job of html-to-markdown, with other outputs for the same inputs"
    store.deposit("html-to-markdown", rendered(a_tool()), an_entry())
    store.deposit("html-to-markdown-2", rendered(a_tool("html-to-markdown-2")), replace(an_entry(), detail=why))
    store.deposit("z-html-to-markdown", rendered(a_tool("z-html-to-markdown")), replace(an_entry(), detail=""))
    finder = ToolFinder(open_app(load_settings(data_dir=tmp_path, config=None, environ={})))
    report = finder.search("html to markdown", limit=5, kind=None)
    notes = {hit.tool.name: hit.note for hit in report.hits}

    assert notes == {
        "html-to-markdown": "no tool has this contract",
        "html-to-markdown-2": why,
        "z-html-to-markdown": "a script passed 9 of 9 replays",
    }


FORGETS = """import sys
from pathlib import Path

named = [word for word in sys.argv[1:] if word.endswith(".md")]
Path(named[0] if named else Path(sys.argv[1]).with_suffix(".md")).write_text("the same for all\\n")
"""


def test_verify_judges_each_output_and_not_only_its_digest(app: App, made: Made) -> None:
    """The same bytes again are a proof only of what was asked of them."""
    report = verify(app, made.tool)
    version = app.library.tool(made.tool).branches[0].current
    folder = Path(app.library.folder(made.tool)) / "fixtures"
    digest = hashlib.sha256(b"the same for all\n").hexdigest()
    forgetful = replace(
        version, main=FORGETS, fixtures=tuple(replace(f, output_digest=digest) for f in version.fixtures)
    )
    runs = verify_version(
        forgetful,
        tuple((f.name, (folder / f.name).read_bytes()) for f in version.fixtures),
        interpreter=running.environment_of(app, version),
        sandbox=app.sandbox,
        asked=Asked(
            profile="html-1",
            informative=frozenset(f.input_digest for f in version.fixtures if not f.name.startswith("unseen")),
        ),
    )
    gates = [run for run in runs if "unseen" in run.relation]

    assert report.ok
    assert {run.oracle.profile for run in report.runs if run.oracle is not None} == {"html-1"}
    assert {run.output_digest for run in runs} == {digest}
    assert [run.detail for run in runs if "oracle: " not in run.detail] == []
    assert gates
    assert [run for run in gates if run.ok] == []
    assert [run for run in runs if run not in gates and not run.ok] == []
