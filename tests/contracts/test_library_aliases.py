"""What every LibraryStore promises about tools of several branches: further names, and lines for every step."""

from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.skill_folders import SkillFolders
from skillstrata.library import render_tool
from skillstrata.ports.library_store import LibraryStore
from skillstrata.records.failures import ToolUnknown
from skillstrata.records.tools import Branch, Fixture, FixtureFile, LineageEntry, Tool
from tests.fakes.sample_tools import a_contract, a_draft, a_proof, a_tool, an_entry, rendered


@pytest.fixture
def store(tmp_path: Path) -> LibraryStore:
    """Give the store on disk, empty."""
    return SkillFolders(tmp_path / "data" / "skills")


def _put(store: LibraryStore, tool: Tool) -> None:
    store.deposit(tool.name, rendered(tool), an_entry())


def _second_version(tool: Tool, *fixtures: Fixture) -> Tool:
    first = tool.branches[0].versions[0]
    second = replace(first, number=2, path="branches/html/v2", main="print(2)\n", candidate_id="c2", fixtures=fixtures)
    return replace(tool, branches=(Branch("html", 2, (first, second), a_contract()),))


def test_a_tool_answers_to_its_aliases(store: LibraryStore) -> None:
    """A branch that would have been a tool of its own is found by the name it would have had."""
    tool = replace(a_tool(), aliases=("docx-to-markdown",))
    _put(store, tool)

    assert store.tool("docx-to-markdown") == tool
    assert store.folder("docx-to-markdown") == store.folder(tool.name)
    assert store.lineage("docx-to-markdown") == (an_entry(),)
    assert store.proof("docx-to-markdown", "branches/html/v1") == a_proof()
    with pytest.raises(ToolUnknown):
        store.tool("docx-to-text")


def test_a_name_comes_before_an_alias(store: LibraryStore) -> None:
    """Nobody can take a tool's name from it."""
    _put(store, replace(a_tool("a"), aliases=("b",)))
    _put(store, a_tool("b"))

    assert store.tool("b").name == "b"


def test_a_deposit_of_several_steps_leaves_a_line_for_each(store: LibraryStore) -> None:
    """A new version, and that it runs from now on; made again, they are there once."""
    tool = _second_version(a_tool())
    _put(store, a_tool())
    files = render_tool(tool, draft=replace(a_draft(), candidate_id="c2"), proof=a_proof(), fixtures=())
    steps = tuple(LineageEntry(20.0, what, "html", 2, "c2") for what in ("iteration", "activate"))
    store.deposit(tool.name, files, *steps)
    store.deposit(tool.name, files, *steps)

    assert store.lineage(tool.name) == (an_entry(), *steps)


def test_what_a_branch_promises_alone_comes_back(store: LibraryStore) -> None:
    """What is left of a tool that lost a branch is made of it."""
    tool = _second_version(a_tool())
    _put(store, a_tool())
    files = render_tool(tool, draft=replace(a_draft(), candidate_id="c2"), proof=a_proof(), fixtures=())
    store.deposit(tool.name, files, LineageEntry(20.0, "iteration", "html", 2, "c2"))

    assert store.tool(tool.name) == tool
    assert store.tool(tool.name).branches[0].contract == a_contract()


def test_fixtures_of_a_version_that_goes_go_with_it_wherever_they_lie(store: LibraryStore, tmp_path: Path) -> None:
    """A later version's fixtures lie in a folder of their own, and a fixture may have several files."""
    shared = Fixture(
        "html-v2/fresh-1.html", "text/html", "a" * 64, "b" * 64, (FixtureFile("more.csv", "text/csv", "c"),)
    )
    tool = _second_version(a_tool(), shared)
    _put(store, a_tool())
    inputs = (("html-v2/fresh-1.html", b"x"), ("more.csv", b"y"))
    files = render_tool(tool, draft=replace(a_draft(), candidate_id="c2"), proof=a_proof(), fixtures=inputs)
    store.deposit(tool.name, files, LineageEntry(20.0, "iteration", "html", 2, "c2"))
    folder = tmp_path / "data" / "skills" / tool.name / "fixtures"
    lying = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert lying == {"fresh-1.html", "html-v2/fresh-1.html", "more.csv"}
    store.rewrite(tool.name, rendered(a_tool())[-1:], (an_entry(),))

    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == {"fresh-1.html"}
