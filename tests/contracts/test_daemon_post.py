"""What every DaemonPost promises."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from skillstrata.adapters.daemon_files import DaemonFiles
from skillstrata.ports.daemon_post import DaemonPost, DaemonState
from skillstrata.records.failures import DaemonRunning, StoreFull

HOLDER = """
import sys
from pathlib import Path
from skillstrata.adapters.daemon_files import DaemonFiles
from skillstrata.ports.daemon_post import DaemonState
post = DaemonFiles(Path(sys.argv[1]))
with post.held():
    post.note(DaemonState(4321, 1.5, doing="distilling"))
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def post(tmp_path: Path) -> DaemonPost:
    """The post of a data directory that is there."""
    return DaemonFiles(tmp_path)


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the post."""
    argv = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_holder_is_refused_until_the_first_has_ended(
    post: DaemonPost, holder: "subprocess.Popen[str]"
) -> None:
    """One background process per data directory."""
    with pytest.raises(DaemonRunning) as refused, post.held():
        pass
    assert "daemon stop" in refused.value.hint
    assert post.wait_until_free(0.05) is False

    holder.communicate("", timeout=20)
    assert post.wait_until_free(20.0) is True
    with post.held():
        assert post.is_ours()


def test_within_one_process_it_is_the_same(post: DaemonPost, tmp_path: Path) -> None:
    """A lock that only other processes see would let two threads in."""
    with post.held(), pytest.raises(DaemonRunning), DaemonFiles(tmp_path).held():
        pass
    with DaemonFiles(tmp_path).held():
        assert not post.is_ours()


def test_what_its_holder_says_is_seen_until_it_ends(post: DaemonPost, holder: "subprocess.Popen[str]") -> None:
    """`status` shows it; a killed holder is gone, whatever files it left."""
    assert post.state() == DaemonState(4321, 1.5, doing="distilling")

    os.kill(holder.pid, signal.SIGKILL)
    holder.wait(20)
    assert post.state() is None
    with post.held():
        assert post.state() == DaemonState(pid=0, started_at_s=0.0)


def test_looking_writes_nothing(post: DaemonPost, tmp_path: Path) -> None:
    """`status` works in a folder that cannot be written."""
    assert post.state() is None
    assert list(tmp_path.iterdir()) == []


def test_a_request_is_heard_once_and_only_by_who_holds_the_post_then(post: DaemonPost, tmp_path: Path) -> None:
    """A `stop` of yesterday must not end what starts today."""
    post.ask("stop")
    with post.held():
        assert post.asked() == frozenset()
        DaemonFiles(tmp_path).ask("pause")
        DaemonFiles(tmp_path).ask("stop")
        assert post.asked() == {"pause", "stop"}
        assert post.asked() == frozenset()


def test_a_post_that_is_taken_away_is_noticed(post: DaemonPost, tmp_path: Path) -> None:
    """A data directory may be deleted, or restored from a backup, under a process that runs."""
    with post.held():
        assert post.is_ours()
        (tmp_path / "daemon" / "lock").rename(tmp_path / "elsewhere")
        assert not post.is_ours()
        (tmp_path / "daemon" / "lock").touch()
        assert not post.is_ours()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A full or read-only disk: path and next step."""
    (tmp_path / "daemon").write_text("in the way")
    with pytest.raises(StoreFull, match="daemon"), DaemonFiles(tmp_path).held():
        pass
