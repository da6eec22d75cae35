import multiprocessing
import stat
from pathlib import Path

import pytest

from skillstrata.adapters.key_file import stored_key
from skillstrata.records.failures import ConfigUnreadable, StoreFull


def test_a_key_is_made_once_and_stays(tmp_path: Path) -> None:
    """What was sealed before a restart must open after it."""
    path = tmp_path / "data" / "a.key"
    made = stored_key(path)

    assert (len(made), stored_key(path), path.read_bytes()) == (32, made, made)
    assert stored_key(tmp_path / "data" / "b.key") != made


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Whoever reads it can forge what it seals."""
    path = tmp_path / "data" / "a.key"
    stored_key(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("data", [b"", b"short", b"x" * 33])
def test_a_file_of_another_length_is_no_key_and_stays(tmp_path: Path, data: bytes) -> None:
    """A short key would be guessed; replacing it could break another process."""
    path = tmp_path / "a.key"
    path.write_bytes(data)
    with pytest.raises(ConfigUnreadable, match="no key of 32 bytes"):
        stored_key(path)
    assert path.read_bytes() == data
    path.write_bytes(b"k" * 32)
    assert stored_key(path) == b"k" * 32


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """Nothing is sealed with a key that is gone at the next start."""
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreFull):
        stored_key(tmp_path / "data" / "a.key")
    assert stored_key(tmp_path / "free" / "a.key")


def _make(path: str) -> bytes:
    return stored_key(Path(path))


def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    """A client may come to any of them with what another one sealed."""
    path = str(tmp_path / "data" / "a.key")
    with multiprocessing.get_context("fork").Pool(4) as pool:
        keys = pool.map(_make, [path] * 32, chunksize=1)

    assert set(keys) == {Path(path).read_bytes()}
