"""Single cases that the rounds, the crowd and the machine came upon, each in its smallest form."""

import errno
import fcntl
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.atomic_files import sweep_beside
from skillstrata.adapters.jsonl_trace_log import JsonlTraceLog
from skillstrata.adapters.skill_folders import SkillFilesInvalid, SkillFolders, VersionImmutable
from skillstrata.adapters.spool_folder import SpoolFolder
from skillstrata.adapters.stale_files import sweep_stores
from skillstrata.records.failures import StoreFull, StoreLocked
from skillstrata.records.tools import SkillFile
from tests.fakes.sample_tools import a_tool, an_entry, rendered
from tests.faults.library_stores import TOOL, Versions
from tests.faults.stores import event, hook_script

REST = f".{'0' * 24}.tmp"


def _aged(path: Path) -> Path:
    path.write_bytes(b"half")
    os.utime(path, (1.0, 1.0))
    return path


@pytest.fixture
def library(tmp_path: Path) -> SkillFolders:
    """Give a library with one tool of two versions."""
    Versions(tmp_path).put(0)
    Versions(tmp_path).put(1)
    return SkillFolders(tmp_path / "skills", wait_s=0.05)


def test_a_deposit_made_from_an_older_state_is_refused(library: SkillFolders, tmp_path: Path) -> None:
    """Its manifest would drop the version that another process has deposited meanwhile."""
    before = library.tool(TOOL)
    with pytest.raises(VersionImmutable, match="html 2") as refused:
        library.deposit(TOOL, rendered(a_tool()), an_entry())

    assert refused.value.hint
    assert library.tool(TOOL) == before
    Versions(tmp_path).put(2)
    assert Versions(tmp_path).held() == {0, 1, 2}


@pytest.mark.parametrize("manifest", [b"{", b"[]", b"{}", b'{"branches": [{"name": "html"}]}'])
def test_a_manifest_that_lists_no_versions_is_refused(library: SkillFolders, manifest: bytes) -> None:
    """It would make a damaged tool out of a whole one."""
    before = library.tool(TOOL)
    files = tuple(replace(file, data=manifest) if file.path == "manifest.json" else file for file in rendered(a_tool()))

    with pytest.raises(SkillFilesInvalid):
        library.deposit(TOOL, files, an_entry())
    assert library.tool(TOOL) == before


def test_a_depositor_that_never_ends_is_waited_for_and_then_named(library: SkillFolders, tmp_path: Path) -> None:
    """The lock is of the folder; it is free once its holder is gone."""
    fd = os.open(tmp_path / "skills", os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        with pytest.raises(StoreLocked) as refused:
            library.deposit("b-to-c", rendered(a_tool("b-to-c")), an_entry())
    finally:
        os.close(fd)
    assert refused.value.retry.value == "same"

    library.deposit("b-to-c", rendered(a_tool("b-to-c")), an_entry())
    assert [tool.name for tool in library.tools()] == ["b-to-c", TOOL]


def test_a_deposit_sweeps_the_rests_inside_tools(library: SkillFolders, tmp_path: Path) -> None:
    """Of tools of ours alone: a skill of somebody else is theirs, rests and all."""
    (tmp_path / "skills" / "theirs").mkdir()
    ours = _aged(tmp_path / "skills" / TOOL / "branches" / "html" / REST)
    theirs = _aged(tmp_path / "skills" / "theirs" / REST)
    library.deposit("b-to-c", rendered(a_tool("b-to-c")), an_entry())

    assert (ours.exists(), theirs.exists()) == (False, True)


def test_what_is_set_aside_is_never_taken_for_a_rest(tmp_path: Path) -> None:
    """An event may have any name; a rest of the reason's writer is no event, is not counted, and goes."""
    hook_script(tmp_path)
    root = tmp_path / "spool"
    for name in (REST, ".x.tmp", "..."):
        (root / "new" / name).write_bytes(name.encode())
        SpoolFolder(root).quarantine(name, "why")
    rest = _aged(root / "quarantine" / REST)
    for path in (root / "quarantine").iterdir():
        os.utime(path, (1.0, 1.0))

    assert SpoolFolder(root).quarantined() == 3
    assert sweep_stores(tmp_path, 1e12) == 1
    assert not rest.exists()
    kept = {path.read_bytes() for path in (root / "quarantine").iterdir() if path.suffix != ".reason"}
    assert kept == {REST.encode(), b".x.tmp", b"..."}


def test_in_a_folder_of_the_user_only_our_own_rests_go(tmp_path: Path) -> None:
    """Not files that look a little like them, not young ones, nothing in folders below."""
    (tmp_path / "below").mkdir()
    kept = {_aged(tmp_path / name) for name in (".x.tmp", ".vimrc.tmp", f"{REST}x", f"below/{REST}")}
    young = tmp_path / f".{'1' * 24}.tmp"
    young.touch()
    _aged(tmp_path / REST)

    assert sweep_beside(tmp_path, young.stat().st_mtime) == 1
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == kept | {young}


def test_taking_back_a_failed_line_takes_no_line_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fills up for one writer at the moment when another appends to the same file."""
    log, really = JsonlTraceLog(tmp_path), os.fsync
    log.append((event(0),))
    rival = threading.Thread(target=log.append, args=((event(3),),))
    failing = threading.get_ident()

    def fsync(fd: int) -> None:
        if threading.get_ident() != failing or rival.ident is not None:
            really(fd)
            return
        rival.start()
        # Long enough for the rival to append, were it let in.
        rival.join(timeout=0.3)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    # The folder is synced first; the file is what fails.
    log_file = next(tmp_path.rglob("*.jsonl"))
    monkeypatch.setattr("skillstrata.adapters.jsonl_trace_log.make_folder", lambda _folder: None)
    with pytest.raises(StoreFull, match=log_file.name):
        log.append((event(6),))
    rival.join()

    assert log.session("s0") == (event(0), event(3))


def test_a_manifest_with_the_same_versions_is_accepted(library: SkillFolders) -> None:
    """The twin of the refusals: the same tool once more, as a pass does that was killed before it could say so."""
    tool = library.tool(TOOL)
    page = next(file for file in rendered(a_tool()) if file.path == "SKILL.md")
    stored = SkillFile("manifest.json", (Path(library.folder(TOOL)) / "manifest.json").read_bytes())
    library.deposit(TOOL, (page, stored), replace(an_entry(), version=2, candidate_id="c1"))

    assert library.tool(TOOL) == tool
