"""Files are whole or not there, whatever happens while they are written."""

import errno
import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from skillstrata.adapters.atomic_files import make_folder, storing, sweep_stale, write_atomic, write_new
from skillstrata.records.failures import StoreFull


def test_a_file_is_written_and_replaced_with_its_mode(tmp_path: Path) -> None:
    """The plain case, and no rest beside it."""
    write_atomic(tmp_path / "a", b"one")
    write_atomic(tmp_path / "a", b"two", mode=0o644)

    assert (tmp_path / "a").read_bytes() == b"two"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_new_file_never_replaces_one(tmp_path: Path) -> None:
    """Two writers of one name: the second is told."""
    write_new(tmp_path / "a", b"one")

    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    """Here the folder takes the name that the file should get."""
    (tmp_path / "a").mkdir()

    with pytest.raises(OSError, match="directory"):
        write_atomic(tmp_path / "a", b"two")
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EFBIG])
def test_a_disk_that_takes_nothing_is_a_refusal_with_the_next_step(tmp_path: Path, number: int) -> None:
    """Full and read-only are the user's to solve."""
    with pytest.raises(StoreFull, match=str(tmp_path / "a")) as refused, storing(tmp_path / "a"):
        raise OSError(number, os.strerror(number))
    assert str(tmp_path) in refused.value.hint


def test_other_faults_are_not_explained_away(tmp_path: Path) -> None:
    """The twin: a fault of ours must look like one."""
    with pytest.raises(OSError, match="x"), storing(tmp_path / "a"):
        raise OSError(errno.EBADF, "x")


def test_a_folder_in_the_files_place_is_a_refusal_to_write(tmp_path: Path) -> None:
    """Somebody made it there: the next step is the user's, so it is no fault of ours."""
    with pytest.raises(StoreFull), storing(tmp_path / "a"):
        raise OSError(errno.EISDIR, "x")


def test_folders_are_private_with_their_parents(tmp_path: Path) -> None:
    """Below a shared folder too."""
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")

    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b")} == {0o700}


def test_stale_rests_are_swept_and_nothing_else(tmp_path: Path) -> None:
    """A running writer's file is young; a user's file has another name."""
    for name in (".old.tmp", ".young.tmp", "kept.tmp", ".kept"):
        (tmp_path / name).touch()
    now = (tmp_path / ".young.tmp").stat().st_mtime
    os.utime(tmp_path / ".old.tmp", (now - 4000, now - 4000))
    os.utime(tmp_path / "kept.tmp", (now - 4000, now - 4000))

    assert sweep_stale(tmp_path, now) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [".kept", ".young.tmp", "kept.tmp"]


def _rewrite_for_ever(path: Path, ready: Connection) -> None:
    for number in range(1_000_000):
        write_atomic(path, bytes([number % 256]) * 200_000)
        if number == 0:
            ready.send(number)


def test_kill_9_never_tears_a_file(tmp_path: Path) -> None:
    """A rewrite in place was torn every time."""
    context = multiprocessing.get_context("spawn")
    for _ in range(6):
        reader, writer = context.Pipe(duplex=False)
        process = context.Process(target=_rewrite_for_ever, args=(tmp_path / "a", writer))
        process.start()
        reader.recv()
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()

        held = (tmp_path / "a").read_bytes()
        assert (len(held), len(set(held))) == (200_000, 1)
