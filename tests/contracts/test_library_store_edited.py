"""What every LibraryStore promises of a folder that somebody edited by hand."""

import os
from pathlib import Path

import orjson
import pytest

from skillstrata.adapters.skill_folders import SkillFolders
from skillstrata.ports.library_store import LibraryStore
from skillstrata.records.failures import ToolDamaged
from skillstrata.records.tools import Tool
from tests.fakes.sample_tools import a_proof, a_tool, an_entry, rendered


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give where the library lies; nothing is there yet."""
    return tmp_path / "data" / "skills"


@pytest.fixture
def store(root: Path) -> LibraryStore:
    """Give the store on disk, empty."""
    return SkillFolders(root)


def _put(store: LibraryStore, tool: Tool) -> None:
    store.deposit(tool.name, rendered(tool), an_entry())


def _version_of(stored: dict[str, list[dict[str, list[dict[str, object]]]]]) -> dict[str, object]:
    return stored["branches"][0]["versions"][0]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("bundled", ["a\0b"], "leads out"),
        ("bundled", ["a\nb"], "leads out"),
        ("bundled", ["a\\b"], "leads out"),
        ("bundled", ["/etc/passwd"], "leads out"),
        ("bundled", ["a//b"], "leads out"),
        ("bundled", ["."], "leads out"),
        ("bundled", ["main.py"], "is taken"),
        ("bundled", ["original.py"], "is taken"),
        ("bundled", ["proof.json"], "is taken"),
        ("bundled", ["requirements.lock"], "is taken"),
        ("bundled", ["parts.py", "parts.py"], "is taken"),
        ("path", "branches/html/v1\0", "leads out"),
        ("words", [{"text": "", "param": "nosuch"}], "'nosuch'"),
        ("words", [{"text": "a\0b", "param": ""}], "NUL"),
        ("stdin_param", "nosuch", "'nosuch'"),
        ("inputs", [{"name": "../input", "media_type": "text/html", "example_name": "x"}], "'../input'"),
        ("output", {"name": "output", "kind": "file", "media_type": "x", "suffix": "/../x"}, "ending"),
    ],
)
def test_a_manifest_edited_by_hand_damages_its_own_tool_alone(
    store: LibraryStore, root: Path, field: str, value: object, says: str
) -> None:
    """Whatever somebody writes there is said in a sentence, and no other part trips over it."""
    _put(store, a_tool("html-to-markdown"))
    _put(store, a_tool("b-to-c"))
    manifest = root / "html-to-markdown" / "manifest.json"
    stored = orjson.loads(manifest.read_bytes())
    _version_of(stored)[field] = value
    if field == "inputs":
        _version_of(stored)["words"] = [{"text": "", "param": "output"}]
    manifest.write_bytes(orjson.dumps(stored))

    assert [tool.name for tool in store.tools()] == ["b-to-c"]
    assert says in store.damaged()[0][1]
    with pytest.raises(ToolDamaged, match="damaged"):
        store.tool("html-to-markdown")


@pytest.mark.parametrize("name", ["../../../../../../../etc/passwd", "/etc/passwd", "a\0b", "../manifest.json", ""])
def test_a_fixture_lies_among_the_fixtures(store: LibraryStore, root: Path, name: str) -> None:
    """Reading it must not lead elsewhere."""
    _put(store, a_tool())
    manifest = root / a_tool().name / "manifest.json"
    stored = orjson.loads(manifest.read_bytes())
    _version_of(stored)["fixtures"][0]["name"] = name  # type: ignore[index]
    manifest.write_bytes(orjson.dumps(stored))

    assert "no path below fixtures/" in store.damaged()[0][1]


@pytest.mark.parametrize("what", ["fifo", "link", "folder", "linked folder", "missing"])
def test_a_fixture_is_a_regular_file(store: LibraryStore, root: Path, tmp_path: Path, what: str) -> None:
    """A pipe would keep a reader for ever; one that is missing is no damage: `verify` says it."""
    _put(store, a_tool())
    folder = root / a_tool().name / "fixtures"
    fixture = folder / "fresh-1.html"
    kept = fixture.rename(tmp_path / "fresh-1.html")
    if what == "fifo":
        os.mkfifo(fixture)
    elif what == "link":
        fixture.symlink_to(kept)
    elif what == "folder":
        fixture.mkdir()
    elif what == "linked folder":
        folder.rmdir()
        folder.symlink_to(tmp_path)

    if what == "missing":
        assert store.tools() == (a_tool(),)
    else:
        assert ("regular file" if what != "linked folder" else "link") in store.damaged()[0][1]


@pytest.mark.parametrize("name", ["branches/html/v1/main.py", "branches/html/v1/proof.json", "lineage.jsonl"])
def test_a_pipe_in_the_place_of_a_file_keeps_nobody(store: LibraryStore, root: Path, name: str) -> None:
    """Opening one waits for its writer, for ever if there is none."""
    _put(store, a_tool())
    path = root / a_tool().name / name
    path.unlink()
    os.mkfifo(path)

    if name.endswith("main.py"):
        assert "no regular file" in store.damaged()[0][1]
    else:
        assert store.proof(a_tool().name, "branches/html/v1") == (a_proof() if "lineage" in name else None)
        assert len(store.lineage(a_tool().name)) == (0 if "lineage" in name else 1)
