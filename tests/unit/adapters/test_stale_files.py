"""What killed processes left behind in the stores."""

import os
from pathlib import Path

import pytest

from skillstrata.adapters.stale_files import sweep_stores


@pytest.mark.parametrize("store", ["blobs/ab", "traces"])
def test_a_stale_temporary_file_goes_and_everything_else_stays(tmp_path: Path, store: str) -> None:
    """A young one may be half way to its place; a stored file has no such name."""
    folder = tmp_path / store
    folder.mkdir(parents=True)
    for name, age_s in ((".old.tmp", 4000.0), (".young.tmp", 10.0), ("stored", 4000.0)):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (10_000 - age_s, 10_000 - age_s))

    assert sweep_stores(tmp_path, 10_000.0) == 1
    assert sorted(p.name for p in folder.iterdir()) == [".young.tmp", "stored"]
    assert sweep_stores(tmp_path, 10_000.0) == 0


def test_other_folders_and_missing_ones_are_left_alone(tmp_path: Path) -> None:
    """The user's skills are no store of temporary files; a new data directory has nothing to sweep."""
    (tmp_path / "skills").mkdir()
    (tmp_path / "skills" / ".old.tmp").write_bytes(b"x")

    assert sweep_stores(tmp_path, 1e12) == 0
    assert (tmp_path / "skills" / ".old.tmp").is_file()
