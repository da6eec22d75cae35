"""What every HistoryFiles promises."""

import contextlib
import os
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.adapters.history_folders import HistoryFolders
from skillstrata.ports.history_files import FoundFile, HistoryFiles
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.imports import ImportFault

names = st.text(st.sampled_from("ab.-_ é"), min_size=1, max_size=6).filter(lambda name: name.strip(".") == name != "")


@pytest.fixture
def files() -> HistoryFiles:
    """The one on the disk."""
    return HistoryFolders()


def _found(files: HistoryFiles, *paths: Path) -> list[str]:
    return [one.path for one in files.walk(tuple(map(str, paths))) if isinstance(one, FoundFile)]


def _faults(files: HistoryFiles, *paths: Path) -> list[tuple[str, str]]:
    return [(one.path, one.reason) for one in files.walk(tuple(map(str, paths))) if isinstance(one, ImportFault)]


def test_files_are_found_in_hidden_folders_in_the_order_of_their_names(files: HistoryFiles, tmp_path: Path) -> None:
    """Agents keep their histories in hidden folders; an order makes two imports do the same."""
    wanted = [tmp_path / ".claude" / "p" / "a.jsonl", tmp_path / "b", tmp_path / "c" / "d" / ".e.json"]
    for path in reversed(wanted):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")

    assert _found(files, tmp_path) == [str(path) for path in wanted]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(names, min_size=1, max_size=4).map("/".join), unique=True, max_size=12))
def test_every_regular_file_is_found_once(wanted: list[str]) -> None:
    """The property of the port: nothing is passed over, nothing comes twice."""
    with tempfile.TemporaryDirectory() as folder:
        made: set[str] = set()
        for name in wanted:
            path = Path(folder) / name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("x")
                made.add(str(path))
            except OSError:
                continue
        assert sorted(_found(HistoryFolders(), Path(folder))) == sorted(made)


def test_size_and_time_are_those_of_the_file_and_a_named_file_says_so(files: HistoryFiles, tmp_path: Path) -> None:
    """They tell a file that was read from one that changed."""
    path = tmp_path / "a"
    path.write_text("12345")
    os.utime(path, ns=(5, 7_000_000_001))

    assert list(files.walk((str(path),))) == [FoundFile(str(path), 5, 7_000_000_001, named=True)]
    assert list(files.walk((str(tmp_path),))) == [FoundFile(str(path), 5, 7_000_000_001)]


def test_a_database_is_as_new_as_its_journal(files: HistoryFiles, tmp_path: Path) -> None:
    """SQLite writes to the journal first: a database whose journal has grown is not unchanged."""
    (tmp_path / "opencode.db").write_bytes(b"x" * 10)
    os.utime(tmp_path / "opencode.db", ns=(5, 5))
    (before,) = files.walk((str(tmp_path / "opencode.db"),))
    (tmp_path / "opencode.db-wal").write_bytes(b"y" * 4)
    os.utime(tmp_path / "opencode.db-wal", ns=(9, 9))
    (after,) = files.walk((str(tmp_path / "opencode.db"),))

    assert before == FoundFile(str(tmp_path / "opencode.db"), 10, 5, named=True)
    assert after == FoundFile(str(tmp_path / "opencode.db"), 14, 9, named=True)


def test_links_in_a_circle_end(files: HistoryFiles, tmp_path: Path) -> None:
    """A loop costs a line of the report, not the import."""
    folder = tmp_path / "h" / "deep"
    folder.mkdir(parents=True)
    (folder / "a").write_text("x")
    (folder / "up").symlink_to(tmp_path / "h")
    (folder / "self").symlink_to(folder / "self")

    assert _found(files, tmp_path / "h") == [str(folder / "a")]
    assert [path for path, _ in _faults(files, tmp_path / "h")] == [str(folder / "self"), str(folder / "up")]


def test_a_link_out_of_the_folder_is_not_followed_but_a_named_one_is(files: HistoryFiles, tmp_path: Path) -> None:
    """A link to the whole disk must not make it a history; who names the target has it read."""
    (tmp_path / "h").mkdir()
    (tmp_path / "h2").mkdir()
    (tmp_path / "h2" / "a").write_text("x")
    (tmp_path / "h" / "out").symlink_to(tmp_path / "h2")

    assert _found(files, tmp_path / "h") == []
    assert "outside of the folder" in _faults(files, tmp_path / "h")[0][1]
    assert _found(files, tmp_path / "h" / "out") == [str(tmp_path / "h" / "out" / "a")]


def test_a_link_to_a_folder_beside_it_is_read_once(files: HistoryFiles, tmp_path: Path) -> None:
    """Two ways to one folder are one folder."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("x")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "c").symlink_to(tmp_path / "a" / "x")

    assert _found(files, tmp_path) == [str(tmp_path / "a" / "x"), str(tmp_path / "c")]


def test_what_is_no_regular_file_is_named_and_not_opened(files: HistoryFiles, tmp_path: Path) -> None:
    """A pipe that is opened waits for ever."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
        found = dict(_faults(files, tmp_path))

    assert set(found) == {str(tmp_path / "pipe"), str(tmp_path / "socket")}
    assert "a pipe" in found[str(tmp_path / "pipe")]
    with pytest.raises(FileUnreadable, match="no regular file"):
        files.head(str(tmp_path / "pipe"), max_bytes=10)


def test_what_is_gone_or_broken_is_a_fault_and_the_rest_is_found(files: HistoryFiles, tmp_path: Path) -> None:
    """One bad name must not hide the others."""
    (tmp_path / "a").write_text("x")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")

    assert _found(files, tmp_path / "gone", tmp_path) == [str(tmp_path / "a")]
    assert [path for path, _ in _faults(files, tmp_path / "gone", tmp_path)] == [
        str(tmp_path / "gone"),
        str(tmp_path / "broken"),
    ]


def test_a_folder_that_vanishes_during_the_walk_is_a_fault(files: HistoryFiles, tmp_path: Path) -> None:
    """Agents tidy up while we look."""
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_text("x")
    walk = files.walk((str(tmp_path),))
    first = next(walk)
    (tmp_path / "b" / "x").unlink()
    (tmp_path / "b").rmdir()
    rest = list(walk)

    assert isinstance(first, FoundFile)
    assert [type(one) for one in rest] == [ImportFault, FoundFile]
    assert rest[0].path == str(tmp_path / "b")


def test_a_name_that_is_no_text_is_a_fault(files: HistoryFiles, tmp_path: Path) -> None:
    """Paths are stored and shown as text."""
    (tmp_path / "fine").write_text("x")
    os.close(os.open(os.fsencode(tmp_path) + b"/caf\xe9", os.O_CREAT | os.O_WRONLY))

    assert _found(files, tmp_path) == [str(tmp_path / "fine")]
    assert "not UTF-8" in _faults(files, tmp_path)[0][1]


def test_a_deep_folder_is_walked_without_recursion(files: HistoryFiles, tmp_path: Path) -> None:
    """No depth of folders may end the program."""
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("x", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    found = _found(files, tmp_path)
    # Not left to Python's own removal, which goes down by recursion.
    subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)

    assert found == [str(tmp_path) + "/d" * 1500 + "/x"]


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """Give a folder that another user may enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextlib.contextmanager
def _as_an_ordinary_user() -> Iterator[None]:
    """Give up root's right to read everything for a while; whoever is not root has none to give up."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_what_one_may_not_read_is_named_and_the_rest_is_found(files: HistoryFiles, shared_folder: Path) -> None:
    """A backup of somebody else lies between one's own files."""
    for name in ("good", "theirs", "closed/x"):
        (shared_folder / name).parent.mkdir(exist_ok=True)
        (shared_folder / name).write_text("x")
    (shared_folder / "theirs").chmod(0)
    (shared_folder / "closed").chmod(0)
    with _as_an_ordinary_user():
        found, faults = _found(files, shared_folder), _faults(files, shared_folder)
        with pytest.raises(FileUnreadable) as caught:
            files.head(str(shared_folder / "theirs"), max_bytes=9)
    (shared_folder / "closed").chmod(0o700)

    assert found == [str(shared_folder / "good"), str(shared_folder / "theirs")]
    assert faults == [(str(shared_folder / "closed"), "not read: Permission denied")]
    assert caught.value.reason == "unreadable"


def test_the_beginning_of_a_file_is_read_up_to_the_cap(files: HistoryFiles, tmp_path: Path) -> None:
    """What a file is shows in its first bytes."""
    (tmp_path / "a").write_bytes(b"0123456789")

    assert files.head(str(tmp_path / "a"), max_bytes=4) == b"0123"
    assert files.head(str(tmp_path / "a"), max_bytes=40) == b"0123456789"
    with pytest.raises(FileUnreadable) as caught:
        files.head(str(tmp_path / "gone"), max_bytes=4)
    assert caught.value.reason == "missing"
    assert stat.S_ISDIR(tmp_path.stat().st_mode)
    with pytest.raises(FileUnreadable):
        files.head(str(tmp_path), max_bytes=4)
