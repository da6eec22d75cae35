"""What every LibraryStore promises."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from skillstrata.adapters import skill_folders
from skillstrata.adapters.skill_folders import SkillFilesInvalid, SkillFolders, SkillFolderTaken, VersionImmutable
from skillstrata.library import render_tool
from skillstrata.library.manifest import manifest_bytes
from skillstrata.ports.library_store import LibraryStore
from skillstrata.records.drafts import BundledFile
from skillstrata.records.failures import StoreFull, ToolDamaged, ToolUnknown
from skillstrata.records.tools import Branch, LineageEntry, SkillFile, Tool
from tests.fakes.sample_tools import a_draft, a_proof, a_tool, an_entry, rendered


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


def _second_version(tool: Tool) -> Tool:
    first = tool.branches[0].versions[0]
    second = replace(first, number=2, path="branches/html/v2", main="print(2)\n", candidate_id="c2", fixtures=())
    return replace(tool, branches=(Branch("html", 2, (first, second)),))


def test_a_deposited_tool_comes_back_as_it_was_given(store: LibraryStore) -> None:
    """What is called later must be what was proven."""
    tool = a_tool()
    _put(store, tool)

    assert store.tools() == (tool,)
    assert store.tool(tool.name) == tool
    assert store.lineage(tool.name) == (an_entry(),)
    assert store.damaged() == ()


def test_every_file_lies_in_the_folder_with_its_bytes(store: LibraryStore) -> None:
    """The folder is a skill for any agent, also without this program."""
    tool = a_tool()
    _put(store, tool)
    folder = Path(store.folder(tool.name))

    assert {f.path: (folder / f.path).read_bytes() for f in rendered(tool)} == {f.path: f.data for f in rendered(tool)}
    assert folder.is_absolute()


def test_tools_come_sorted_by_name(store: LibraryStore) -> None:
    """A listing that changes its order from run to run cannot be compared."""
    for name in ("b-to-c", "a-to-z", "c-to-d"):
        _put(store, a_tool(name))

    assert [tool.name for tool in store.tools()] == ["a-to-z", "b-to-c", "c-to-d"]


def test_a_library_that_was_never_written_to_is_empty(store: LibraryStore, root: Path) -> None:
    """Looking makes nothing."""
    assert (store.tools(), store.damaged()) == ((), ())
    assert not root.exists()


def test_a_new_version_stands_beside_the_old_one(store: LibraryStore) -> None:
    """Old versions stay as fallbacks."""
    first, second = a_tool(), _second_version(a_tool())
    _put(store, first)
    files = render_tool(second, draft=replace(a_draft(), candidate_id="c2"), proof=a_proof(), fixtures=())
    store.deposit(first.name, files, replace(an_entry(), version=2, candidate_id="c2"))

    assert store.tool(first.name) == second
    assert [entry.version for entry in store.lineage(first.name)] == [1, 2]


def test_a_file_of_a_deposited_version_is_never_changed(store: LibraryStore) -> None:
    """Approvals and proofs are of these bytes."""
    tool = a_tool()
    _put(store, tool)
    path = f"{tool.branches[0].versions[0].path}/original.py"
    changed = tuple(replace(f, data=b"other") if f.path == path else f for f in rendered(tool))

    with pytest.raises(VersionImmutable, match=r"original\.py"):
        store.deposit(tool.name, changed, an_entry())
    store.deposit(tool.name, rendered(tool), an_entry())
    assert store.tools() == (tool,)
    assert store.lineage(tool.name) == (an_entry(),)


def test_an_unknown_name_is_answered_with_near_ones(store: LibraryStore) -> None:
    """A typing error costs one call, not a listing."""
    _put(store, a_tool("html-to-markdown"))

    with pytest.raises(ToolUnknown) as caught:
        store.tool("html-to-markdwon")
    assert "html-to-markdown" in caught.value.hint
    for ask in (store.folder, store.lineage):
        with pytest.raises(ToolUnknown):
            ask("../../etc")


@pytest.mark.parametrize("name", ["", "..", "a/b", "Html", "a--b", "-a", "a_b", "x" * 65, "ünder"])
def test_a_name_that_is_no_skill_name_is_refused(store: LibraryStore, root: Path, name: str) -> None:
    """A name is a folder: it must not lead elsewhere, and every agent must accept it."""
    with pytest.raises(SkillFilesInvalid):
        store.deposit(name, rendered(a_tool()), an_entry())
    assert not root.exists()


@pytest.mark.parametrize("path", ["../x", "/x", "a/../b", "", ".", ".hidden", "a//b", "a\\b", "a\nb", "lineage.jsonl"])
def test_a_path_that_leads_elsewhere_is_refused(store: LibraryStore, path: str) -> None:
    """The same for files."""
    with pytest.raises(SkillFilesInvalid):
        store.deposit("html-to-markdown", (*rendered(a_tool()), SkillFile(path, b"x")), an_entry())
    assert store.tools() == ()


@pytest.mark.parametrize("missing", ["manifest.json", "SKILL.md"])
def test_files_without_manifest_or_page_are_no_tool(store: LibraryStore, missing: str) -> None:
    """Such a folder would be damaged from birth."""
    with pytest.raises(SkillFilesInvalid, match="needs"):
        store.deposit("x", tuple(f for f in rendered(a_tool()) if f.path != missing), an_entry())


def _spoil(folder: Path) -> dict[str, Callable[[], object]]:
    manifest = folder / "manifest.json"
    main = folder / "branches/html/v1/main.py"
    values = orjson.loads(manifest.read_bytes())
    return {
        "not JSON": lambda: manifest.write_bytes(b"{"),
        "not UTF-8 JSON": lambda: manifest.write_bytes(b'"\xff"'),
        "a field missing": lambda: manifest.write_bytes(b'{"format": 1, "name": "html-to-markdown"}'),
        "format": lambda: manifest.write_bytes(orjson.dumps({**values, "format": 3})),
        "was changed": lambda: main.write_bytes(b"print('evil')\n"),
        "cannot be read": main.unlink,
        "active": lambda: manifest.write_bytes(orjson.dumps(values).replace(b'"active":1', b'"active":7')),
        "out of the folder": lambda: manifest.write_bytes(
            orjson.dumps(values).replace(b"branches/html/v1", b"../b-to-c/branches/html/v1")
        ),
        "is of": lambda: manifest.write_bytes(orjson.dumps({**values, "name": "other"})),
    }


@pytest.mark.parametrize(
    "how",
    [
        "not JSON",
        "not UTF-8 JSON",
        "a field missing",
        "format",
        "was changed",
        "cannot be read",
        "active",
        "out of the folder",
        "is of",
    ],
)
def test_a_damaged_folder_is_named_and_does_not_hide_the_others(store: LibraryStore, root: Path, how: str) -> None:
    """One broken tool must not take the library with it, nor be called."""
    _put(store, a_tool("html-to-markdown"))
    _put(store, a_tool("b-to-c"))
    _spoil(root / "html-to-markdown")[how]()
    listed = dict(store.damaged())

    assert [tool.name for tool in store.tools()] == ["b-to-c"]
    assert list(listed) == [str(root / "html-to-markdown")]
    assert store.contents() == (store.tools(), store.damaged())
    with pytest.raises(ToolDamaged, match="damaged") as caught:
        store.tool("html-to-markdown")
    assert (caught.value.code, caught.value.exit_code) == ("library.tool_damaged", 65)
    assert str(root / "html-to-markdown") in caught.value.hint
    with pytest.raises(SkillFolderTaken):
        _put(store, a_tool("html-to-markdown"))


@pytest.mark.parametrize("spoiled", [None, b"{", b'{"proven": 1}', b"\xff"])
def test_the_proof_of_a_version_comes_back_or_is_said_to_be_missing(
    store: LibraryStore, root: Path, spoiled: bytes | None
) -> None:
    """What a tool is verified by is what it was deposited with, and nothing made up in its place."""
    _put(store, a_tool())
    before = store.proof("html-to-markdown", "branches/html/v1")
    path = root / "html-to-markdown/branches/html/v1/proof.json"
    path.unlink() if spoiled is None else path.write_bytes(spoiled)

    assert before == a_proof()
    assert store.proof("html-to-markdown", "branches/html/v1") is None
    assert store.proof("html-to-markdown", "../..") is None


def test_a_body_that_is_a_link_out_of_the_folder_is_not_read(store: LibraryStore, root: Path, tmp_path: Path) -> None:
    """Even with the right bytes: they would be somebody else's to change."""
    _put(store, a_tool())
    main = root / "html-to-markdown/branches/html/v1/main.py"
    (tmp_path / "elsewhere.py").write_bytes(main.read_bytes())
    main.unlink()
    main.symlink_to(tmp_path / "elsewhere.py")

    assert "link" in store.damaged()[0][1]
    assert store.tools() == ()


def test_fields_of_a_later_program_are_left_alone(store: LibraryStore, root: Path) -> None:
    """A newer program may add; only a newer format is refused."""
    _put(store, a_tool())
    manifest = root / "html-to-markdown/manifest.json"
    values = orjson.loads(manifest.read_bytes())
    values["stars"] = 5
    values["branches"][0]["versions"][0]["mood"] = {"a": []}
    manifest.write_bytes(orjson.dumps(values))

    assert store.tools() == (a_tool(),)


def test_skills_of_others_are_left_alone(store: LibraryStore, root: Path) -> None:
    """A folder with a SKILL.md and no manifest is somebody's own skill."""
    (root / "mine").mkdir(parents=True)
    (root / "mine" / "SKILL.md").write_text("---\nname: mine\n---\n", encoding="utf-8")
    (root / "stray.txt").write_text("x", encoding="utf-8")

    assert (store.tools(), store.damaged()) == ((), ())
    with pytest.raises(SkillFolderTaken):
        _put(store, a_tool("mine"))
    assert (root / "mine" / "SKILL.md").read_text(encoding="utf-8") == "---\nname: mine\n---\n"


def test_the_stamp_changes_with_the_library_and_only_then(store: LibraryStore, root: Path) -> None:
    """A server reads the library again when this changes, and not for every search."""
    empty = store.stamp()
    _put(store, a_tool())
    one = store.stamp()
    same = store.stamp()
    _put(store, a_tool("b-to-c"))
    two = store.stamp()
    _put(store, a_tool("b-to-c"))
    other = SkillFolders(root, look_every_s=0.0)
    again = store.stamp()
    (root / "b-to-c" / "manifest.json").write_bytes(manifest_bytes(replace(a_tool("b-to-c"), visibility="hidden")))

    assert one == same
    assert len({empty, one, two, again, other.stamp()}) == 5


def test_every_name_under_the_library_is_taken(store: LibraryStore, root: Path) -> None:
    """A new tool must find a name that nobody has, readable or not."""
    before = store.taken()
    _put(store, a_tool())
    (root / "mine").mkdir()

    assert before == frozenset()
    assert {"html-to-markdown", "mine"} <= store.taken()


def test_a_disk_that_cannot_be_written_leaves_the_library_as_it_was(tmp_path: Path) -> None:
    """The next step is in the error; nothing half-written is listed."""
    (tmp_path / "skills").write_text("a file", encoding="utf-8")
    store = SkillFolders(tmp_path / "skills")

    with pytest.raises(StoreFull):
        _put(store, a_tool())
    assert (tmp_path / "skills").read_text(encoding="utf-8") == "a file"


_DEPOSITS = """
import sys
from dataclasses import replace
from pathlib import Path
from skillstrata.adapters.skill_folders import SkillFolders
from tests.fakes.sample_tools import a_tool, an_entry, rendered
store = SkillFolders(Path(sys.argv[1]))
for n in range(100_000):
    tool = a_tool(f"t{n}")
    store.deposit(tool.name, rendered(tool), an_entry())
    print(tool.name, flush=True)
"""


@pytest.mark.parametrize("after", [1, 7, 20])
def test_kill_9_leaves_the_old_state_or_the_new_one(tmp_path: Path, after: int) -> None:
    """At any moment: every acknowledged tool is whole, nothing is half there."""
    root = tmp_path / "skills"
    here = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", _DEPOSITS, str(root)], stdout=subprocess.PIPE, text=True, cwd=here
    ) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline().strip() for _ in range(after)]
        os.kill(writer.pid, signal.SIGKILL)
        told += writer.stdout.read().split()
    store = SkillFolders(root)
    names = {tool.name for tool in store.tools()}

    assert set(told) <= names
    assert len(names) <= len(told) + 1
    assert store.damaged() == ()


def test_a_deposit_that_died_before_its_manifest_can_be_made_again(
    store: LibraryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of a version nobody committed are no version: they are written anew, and told of once."""
    first, second = a_tool(), _second_version(a_tool())
    _put(store, first)
    entry: LineageEntry = replace(an_entry(), version=2, candidate_id="c2")
    draft = replace(a_draft(), candidate_id="c2")
    written = skill_folders.write_atomic

    def dies(path: Path, data: bytes) -> None:
        if path.name == "manifest.json":
            raise KeyboardInterrupt
        written(path, data)

    with monkeypatch.context() as patched:
        patched.setattr(skill_folders, "write_atomic", dies)
        with pytest.raises(KeyboardInterrupt):
            store.deposit(first.name, render_tool(second, draft=draft, proof=a_proof(), fixtures=()), entry)
    between = (store.tools(), [e.version for e in store.lineage(first.name)])
    slower = replace(a_proof(), detail="measured again")
    later = replace(entry, at_s=99.0)
    store.deposit(first.name, render_tool(second, draft=draft, proof=slower, fixtures=()), later)

    assert between == ((first,), [1])
    assert store.tools() == (second,)
    assert store.lineage(first.name) == (an_entry(), later)


def test_readers_never_see_a_half_made_tool(store: LibraryStore) -> None:
    """Servers read while the distiller writes."""
    stop = threading.Event()
    seen: list[tuple[tuple[str, str], ...]] = []

    def reads() -> None:
        while not stop.is_set():
            seen.append(store.damaged())

    reader = threading.Thread(target=reads)
    reader.start()
    for n in range(15):
        _put(store, a_tool(f"t{n}"))
    stop.set()
    reader.join(timeout=30)

    assert seen
    assert set(seen) == {()}


def test_a_tool_of_the_first_format_is_read_for_ever(tmp_path: Path) -> None:
    """Every stored format carries a version, and frozen examples of old ones must load: it named one input."""
    frozen = Path(__file__).parents[1] / "fixtures/library/format-1"
    shutil.copytree(frozen, tmp_path / "skills")

    assert SkillFolders(tmp_path / "skills").tool("html-to-markdown") == a_tool()


def test_files_beside_a_body_come_back_and_are_watched(store: LibraryStore, root: Path) -> None:
    """A module that a body imports is a part of what was proved."""
    first = a_tool().branches[0].versions[0]
    version = replace(first, bundled=(BundledFile("parts/rows.py", "ROWS = 1\n"),))
    tool = replace(a_tool(), branches=(Branch("html", 1, (version,)),))
    _put(store, tool)
    assert store.tool(tool.name) == tool
    (root / tool.name / version.path / "parts/rows.py").write_text("ROWS = 2\n")

    assert "parts/rows.py was changed" in store.damaged()[0][1]


def test_a_manifest_cannot_place_files_outside_of_the_program(store: LibraryStore, root: Path) -> None:
    """Refusal twin of bundled files: a path that climbs would cover a file of the sandbox."""
    _put(store, a_tool())
    manifest = root / a_tool().name / "manifest.json"
    stored = orjson.loads(manifest.read_bytes())
    stored["branches"][0]["versions"][0]["bundled"] = ["../../etc/passwd"]
    manifest.write_bytes(orjson.dumps(stored))

    assert "leads out of the folder" in store.damaged()[0][1]
