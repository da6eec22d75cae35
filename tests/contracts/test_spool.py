"""What every Spool promises."""

import os
from pathlib import Path

import pytest

from skillstrata.adapters.spool_folder import SpoolFolder
from skillstrata.ports.spool import Spool

HOUR_NS = 3600 * 10**9


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A spool as init makes it."""
    for name in ("tmp", "new", "quarantine"):
        (tmp_path / "spool" / name).mkdir(parents=True)
    return tmp_path / "spool"


@pytest.fixture
def spool(root: Path) -> Spool:
    """The spool with a cap of 100 bytes."""
    return SpoolFolder(root, max_bytes=100)


def drop(root: Path, name: str, data: bytes = b"{}", at_ns: int = 10**18) -> Path:
    """Put an event file into the spool as the hook does."""
    path = root / "new" / name
    path.write_bytes(data)
    os.utime(path, ns=(at_ns, at_ns))
    return path


def names(spool: Spool) -> list[str]:
    """Give the names of one pass."""
    return [item.name for item in spool.items()]


def test_files_come_oldest_first_then_by_name(spool: Spool, root: Path) -> None:
    """A call must come after the prompt that asked for it."""
    for name, at_ns in (("c", 10**18), ("a", 10**18 + 500), ("b", 10**18)):
        drop(root, name, at_ns=at_ns)

    assert names(spool) == ["b", "c", "a"]


def test_a_file_comes_with_its_bytes_and_time(spool: Spool, root: Path) -> None:
    """The payload has no time of its own."""
    drop(root, "a.json", b"\xff\x00", at_ns=1_500_000_000_250_000_000)
    (item,) = spool.items()

    assert (item.name, item.data, item.at_s) == ("a.json", b"\xff\x00", 1_500_000_000.25)


def test_a_file_stays_until_it_is_done(spool: Spool, root: Path) -> None:
    """A crash before that must find it again."""
    drop(root, "a")
    drop(root, "b")

    assert names(spool) == names(spool) == ["a", "b"]
    spool.done(("a",))
    assert names(spool) == ["b"]
    spool.done(("a", "b"))
    assert names(spool) == []


def test_a_quarantined_file_keeps_its_bytes_beside_the_reason(spool: Spool, root: Path) -> None:
    """Nothing is dropped silently."""
    drop(root, "a", b"stump")
    spool.quarantine("a", "not JSON")

    assert names(spool) == []
    assert (root / "quarantine" / "a").read_bytes() == b"stump"
    assert (root / "quarantine" / "a.reason").read_text() == "not JSON\n"


def test_a_second_file_of_one_name_does_not_replace_the_first_in_quarantine(spool: Spool, root: Path) -> None:
    """Other programs that drop payloads count from 0001.json each time."""
    for stump in (b"one", b"two"):
        drop(root, "0001.json", stump)
        spool.quarantine("0001.json", "why")

    assert sorted(p.read_bytes() for p in (root / "quarantine").iterdir() if p.suffix != ".reason") == [b"one", b"two"]


def test_a_file_over_the_cap_is_named_and_not_read(spool: Spool, root: Path) -> None:
    """Memory is bounded whatever lies there."""
    drop(root, "fits", b"x" * 100)
    drop(root, "over", b"x" * 101)

    assert names(spool) == ["fits"]
    assert spool.oversized() == ("over",)
    spool.quarantine("over", "too large")
    assert spool.oversized() == ()


def test_only_regular_files_are_events(spool: Spool, root: Path, tmp_path: Path) -> None:
    """A link in the spool must not make us read, and store, any file of the user."""
    (tmp_path / "private").write_text("x")
    (root / "new" / "link").symlink_to(tmp_path / "private")
    (root / "new" / "folder").mkdir()
    os.mkfifo(root / "new" / "pipe")
    drop(root, "file")

    assert names(spool) == ["file"]


def test_a_file_the_hook_never_finished_is_set_aside_after_an_hour(spool: Spool, root: Path) -> None:
    """A killed hook leaves its temporary file; a running one must be left alone."""
    old, young = root / "tmp" / "old", root / "tmp" / "young"
    for path in (old, young):
        path.write_bytes(b"stump")
    past = old.stat().st_mtime_ns - HOUR_NS - 10**9
    os.utime(old, ns=(past, past))

    assert names(spool) == []
    assert (old.exists(), young.exists()) == (False, True)
    assert (root / "quarantine" / "old").read_bytes() == b"stump"
    assert "unfinished" in (root / "quarantine" / "old.reason").read_text()


@pytest.mark.parametrize(("mark", "lost"), [(None, 0), ("", 1), ("\n", 1), ("\n\n\n", 3)])
def test_what_the_hook_could_not_write_is_counted(spool: Spool, root: Path, mark: str | None, lost: int) -> None:
    """On a full disk the mark may be all there is room for."""
    if mark is not None:
        (root / "dropped").write_text(mark)

    assert spool.lost() == lost


def test_a_spool_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """`distill` before `init` has nothing to do."""
    spool = SpoolFolder(tmp_path / "nowhere")

    assert (names(spool), spool.oversized(), spool.lost()) == ([], (), 0)


def test_a_very_long_name_can_be_quarantined(spool: Spool, root: Path) -> None:
    """Names come from outside, and the reason's name is longer than the file's."""
    drop(root, "x" * 255)
    spool.quarantine("x" * 255, "why")

    assert names(spool) == []
    assert len(list((root / "quarantine").iterdir())) == 2


def test_what_is_no_file_is_named_and_set_aside_by_its_name(spool: Spool, root: Path, tmp_path: Path) -> None:
    """It must be seen as waiting, then as quarantined, without being opened; a file beside it is given as ever."""
    (root / "new" / "dangling").symlink_to(tmp_path / "nowhere")
    (root / "new" / "folder").mkdir()
    os.mkfifo(root / "new" / "pipe")
    drop(root, "file")

    assert sorted(spool.strange()) == ["dangling", "folder", "pipe"]
    assert (spool.waiting(), spool.oversized(), names(spool)) == (4, (), ["file"])
    for name in spool.strange():
        spool.quarantine(name, "not a file")
    assert (spool.waiting(), spool.strange(), spool.quarantined()) == (1, (), 3)
    assert (root / "quarantine" / "dangling").is_symlink()
    assert (root / "quarantine" / "pipe").is_fifo()
