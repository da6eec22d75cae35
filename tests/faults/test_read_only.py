"""Folders that cannot be written: mounted read-only, or of somebody else."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.disk_scenarios import Refusals
from tests.faults.private_mount import in_folder, on_small_disk

STORES = ["Blobs", "Traces", "Library", "Versions", "Catalog", "UserFile", "Installed"]
MOUNTED = "size=4m"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that any user can reach; those of a test lie below one that is private."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def _refused_once(found: Refusals) -> None:
    assert found.codes == ["store.cannot_write"]
    assert (found.unexplained, found.lost, found.rests) == ([], [], [])
    assert found.went_on


@pytest.mark.parametrize("store", STORES)
def test_a_read_only_disk_is_read_and_refuses_writes(store: str, tmp_path: Path) -> None:
    """Root is refused too; before and afterwards the same writes go through."""
    found = on_small_disk(tmp_path, MOUNTED, "store", "mounted read-only", store)

    _refused_once(found)
    assert found.read_when_refused == 1


@pytest.mark.parametrize("store", STORES)
def test_folders_of_mode_0555_are_read_and_refuse_an_ordinary_users_writes(store: str, open_folder: Path) -> None:
    """As root the program becomes an ordinary user for it; modes bind nobody else."""
    found = in_folder(open_folder, "store", "not ours", store)

    _refused_once(found)
    assert found.read_when_refused == 1


def test_events_wait_in_a_read_only_spool(tmp_path: Path) -> None:
    """Nothing is taken out of it, and everything once it can be written."""
    _refused_once(on_small_disk(tmp_path, MOUNTED, "capture", "mounted read-only", "-"))


def test_events_wait_in_a_spool_of_mode_0555(open_folder: Path) -> None:
    """The same for an ordinary user."""
    _refused_once(in_folder(open_folder, "capture", "not ours", "-"))


def test_the_hook_is_silent_on_a_read_only_disk(tmp_path: Path) -> None:
    """There is nowhere to leave a mark; the agent must not notice. The twin: the next event is handed over."""
    found = on_small_disk(tmp_path, MOUNTED, "hook", "mounted read-only", "-")

    assert (found.codes, found.said, found.went_on) == (["0"], "", True)


def test_the_hook_is_silent_in_folders_of_mode_0555(open_folder: Path) -> None:
    """The same for an ordinary user."""
    found = in_folder(open_folder, "hook", "not ours", "-")

    assert (found.codes, found.said, found.went_on) == (["0"], "", True)
    assert os.listdir(open_folder / "spool" / "tmp") == []
