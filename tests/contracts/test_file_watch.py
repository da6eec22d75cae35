"""What every FileWatch promises."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from skillstrata.adapters.file_watch import WatchedFolders
from skillstrata.ports.file_watch import FileWatch

LONG_S = 30.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file in it."""
    (tmp_path / "watched").mkdir()
    (tmp_path / "watched" / "old").touch()
    return tmp_path / "watched"


@pytest.fixture
def watch(folder: Path) -> Iterator[FileWatch]:
    """The folder, watched."""
    watch = WatchedFolders((folder,), step_s=0.05)
    yield watch
    watch.close()


def never() -> bool:
    """Nobody interrupts."""
    return False


def _moved(folder: Path, name: str) -> None:
    outside = folder.parent / name
    outside.touch()
    outside.rename(folder / name)


@pytest.mark.parametrize("put", [_moved, lambda folder, name: (folder / name).write_text("x")])
def test_what_was_put_before_the_wait_ends_it(watch: FileWatch, folder: Path, put: Callable[[Path, str], None]) -> None:
    """Events come while the daemon is busy with the ones before."""
    put(folder, "new")
    assert watch.wait(LONG_S, never) is True

    put(folder, "newer")
    assert watch.wait(LONG_S, never) is True


def test_what_is_put_during_the_wait_ends_it(watch: FileWatch, folder: Path) -> None:
    """The usual case; and the folder may have a name with a space."""
    asked: list[float] = []

    def put_at_third() -> bool:
        asked.append(0.0)
        if len(asked) == 3:
            _moved(folder, "new file")
        return False

    assert watch.wait(LONG_S, put_at_third) is True


def test_what_is_only_taken_away_ends_no_wait(watch: FileWatch, folder: Path) -> None:
    """The daemon itself takes events out; a wait of its own doing would never rest."""
    (folder / "old").unlink()
    assert watch.wait(0.5, never) is False

    _moved(folder, "new")
    assert watch.wait(LONG_S, never) is True


def test_an_interruption_ends_a_wait(watch: FileWatch) -> None:
    """Signals and ended children are seen there; the watch goes on afterwards."""
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()

    assert watch.wait(LONG_S, stop.is_set) is False
    assert stop.is_set()
    assert watch.wait(0.1, never) is False


def test_where_the_system_cannot_tell_the_folder_is_looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some networks tell nothing; the library then looks."""
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "1")
    watch = WatchedFolders((folder,), step_s=0.05, look_s=0.1)
    _moved(folder, "new")

    assert watch.wait(LONG_S, never) is True
    watch.close()


def test_a_look_that_lasts_too_long_is_begun_anew_and_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library goes by the clock on the wall: set back, it would not end a look. What came meanwhile is not lost."""
    watch = WatchedFolders((folder,), step_s=0.05)
    real = time.monotonic
    jumps = iter([0.0, 0.0, 0.0])
    monkeypatch.setattr(time, "monotonic", lambda: real() + next(jumps, LONG_S / 2))

    assert watch.wait(LONG_S, never) is True
    monkeypatch.undo()
    assert watch.wait(0.2, never) is False
    _moved(folder, "new")
    assert watch.wait(LONG_S, never) is True
    watch.close()


def test_a_folder_that_is_gone_is_told_when_the_watch_begins_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Watching nothing would wait for ever; twin: the look that lasts too long, above, where the folder is there."""
    watch = WatchedFolders((folder,), step_s=0.05)
    shutil.rmtree(folder)
    real = time.monotonic
    jumps = iter([0.0, 0.0, 0.0])
    monkeypatch.setattr(time, "monotonic", lambda: real() + next(jumps, LONG_S / 2))
    watch.wait(LONG_S, never)
    monkeypatch.undo()

    with pytest.raises(FileNotFoundError):
        watch.wait(LONG_S, never)
    watch.close()


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Watching nothing would wait for ever."""
    with pytest.raises(FileNotFoundError):
        WatchedFolders((tmp_path / "none",))
