"""What every store of marks promises."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from skillstrata.adapters.secret_value_file import SecretValueFile
from skillstrata.ports.secret_values import SecretValues, ValueMark
from skillstrata.records.failures import StoreFull
from tests.fakes.memory_secret_values import MemorySecretValues

MARK = ValueMark("SHOP_TOKEN", 12, "d" * 32, 0, 12, "a" * 32)
OTHER = ValueMark("SHOP_KEY", 20, "e" * 32, 3, 9, "b" * 32)
Open = Callable[[], SecretValues]


@pytest.fixture(params=["memory", "file"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Open the same store again, as the next process would."""
    memory = MemorySecretValues()
    return (lambda: memory) if request.param == "memory" else (lambda: SecretValueFile(tmp_path / "redaction"))


def test_what_was_remembered_is_there_once_for_the_next_process(opened: Open) -> None:
    """However often it was said."""
    opened().remember((MARK, MARK))
    opened().remember((OTHER, MARK))

    assert opened().marks() == (MARK, OTHER)


def test_the_key_is_the_same_for_ever(opened: Open) -> None:
    """Another key would make every mark worthless."""
    assert opened().key() == opened().key()
    assert len(opened().key()) >= 32


def test_two_folders_have_two_keys_and_nobody_else_reads_them(tmp_path: Path) -> None:
    """A digest of one machine says nothing on another."""
    one, two = SecretValueFile(tmp_path / "one"), SecretValueFile(tmp_path / "two")
    one.remember((MARK,))

    assert one.key() != two.key()
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "one").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o700


def test_nothing_is_written_by_looking(tmp_path: Path) -> None:
    """A check of a text must not make a data directory."""
    assert SecretValueFile(tmp_path / "none").marks() == ()
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_is_cut_off_costs_that_line_only(tmp_path: Path) -> None:
    """A process that was killed while it wrote."""
    store = SecretValueFile(tmp_path)
    store.remember((MARK,))
    with (tmp_path / "values.jsonl").open("ab") as file:
        file.write(b'{"v":1,"name":"SH')
    store.remember((OTHER,))

    assert store.marks() == (MARK, OTHER)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """The twin of every test above: there it can."""
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StoreFull):
        SecretValueFile(tmp_path / "file" / "redaction").remember((MARK,))
    assert os.listdir(tmp_path) == ["file"]
