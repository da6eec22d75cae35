"""What every Spool promises of its cap, with the real hook on the other side."""

import subprocess
from pathlib import Path

import pytest

from skillstrata.adapters.spool_folder import SpoolFolder
from tests.daemons import Daemon, payload


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    """A data directory with the hook; no daemon runs."""
    return Daemon(tmp_path / "data")


def test_everything_in_the_spool_counts(daemon: Daemon) -> None:
    """What is set aside takes room, too."""
    spool = daemon.app.spool
    assert spool.size_bytes() == 0
    for n, folder in enumerate(("new", "tmp", "quarantine"), 1):
        (daemon.data_dir / "spool" / folder / "e").write_bytes(b"x" * 10**n)

    assert spool.size_bytes() == 1110
    assert SpoolFolder(daemon.data_dir / "none").size_bytes() == 0


def test_while_it_is_full_the_hook_writes_nothing_and_counts(daemon: Daemon) -> None:
    """An agent that works must not fill the disk because nobody drains; it hears nothing of it."""
    spool = daemon.app.spool
    spool.set_full(True)
    for number in range(2):
        done = subprocess.run(
            ["/bin/sh", daemon.hook], input=payload(number) * 5000, capture_output=True, check=True, timeout=60
        )
        assert (done.stdout, done.stderr) == (b"", b"")
    assert (spool.is_full(), spool.waiting(), spool.lost()) == (True, 0, 2)
    assert list((daemon.data_dir / "spool" / "tmp").iterdir()) == []

    spool.set_full(False)
    daemon.hand_over(payload(3))
    assert (spool.is_full(), spool.waiting(), spool.lost()) == (False, 1, 2)


def test_a_spool_that_cannot_be_marked_stays_as_it_is(tmp_path: Path) -> None:
    """The mark is a courtesy to the disk; no pass may fail because of it."""
    (tmp_path / "file").touch()
    spool = SpoolFolder(tmp_path / "file")
    spool.set_full(True)

    assert spool.is_full() is False
    spool.set_full(False)
