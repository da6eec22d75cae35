"""What every Environments promises of the collection: by last use, never what is in use, and built again on demand."""

import fcntl
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from skillstrata.adapters.uv_environments import UvEnvironments
from skillstrata.ports.environments import DAY_S, Environments
from skillstrata.records.environments import Collection
from skillstrata.records.sandbox_runs import Lock
from tests.wheels import put_wheel

NAME = "strata-sample"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Name the folder of environments."""
    return tmp_path / "envs"


@pytest.fixture
def environments(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environments:
    """Give one with a folder of one wheel to install from."""
    (tmp_path / "wheels").mkdir()
    put_wheel(tmp_path / "wheels", NAME, "1.2", {"strata_sample.py": f"WORD = {'x' * 500_000!r}\n"})
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    return UvEnvironments(root, tmp_path / "cache", allow_network=False)


def _used(folder: Path, *, days_ago: float) -> None:
    then = time.time() - days_ago * DAY_S
    os.utime(folder, (then, then))


def _keys(done: Collection) -> list[str]:
    return [kept.key for kept in done.environments]


def _two(environments: Environments, root: Path) -> tuple[Path, Path]:
    """Build two; the first was last used 100 days ago, the second 10."""
    folders = tuple(root / environments.build(lock).key for lock in (environments.lock((NAME,)), Lock("")))
    for folder, days_ago in zip(folders, (100, 10), strict=True):
        _used(folder, days_ago=days_ago)
    return folders[0], folders[1]


def test_what_is_kept_is_listed_by_last_use(environments: Environments, root: Path) -> None:
    """`skillstrata environments` shows exactly this; a file that two share takes its room once."""
    old, young = _two(environments, root)
    stock = environments.kept()

    assert [(kept.key, kept.requirements, kept.complete) for kept in stock.environments] == [
        (old.name, (f"{NAME}==1.2",), True),
        (young.name, (), True),
    ]
    assert [round((time.time() - kept.last_used_s) / DAY_S) for kept in stock.environments] == [100, 10]
    assert stock.layers == 2
    assert stock.environments[0].size_bytes > stock.environments[1].size_bytes > 0
    assert "2 environments" in environments.checks()[0].detail


def test_what_nobody_used_for_so_long_goes_and_the_other_stays(environments: Environments, root: Path) -> None:
    """The default is 90 days."""
    old, young = _two(environments, root)

    assert _keys(environments.collect()) == [old.name]
    assert (old.exists(), young.exists()) == (False, True)
    assert _keys(environments.collect(unused_for_s=5 * DAY_S)) == [young.name]
    assert environments.kept().environments == ()


def test_a_dry_run_says_the_same_and_takes_nothing(environments: Environments, root: Path) -> None:
    """People look before they delete."""
    old, _ = _two(environments, root)
    told = environments.collect(dry_run=True)

    assert (_keys(told), told.dry_run, old.exists()) == ([old.name], True, True)
    done = environments.collect()
    assert (done.environments, done.freed_bytes) == (told.environments, told.freed_bytes)
    assert done.environments[0].requirements == (f"{NAME}==1.2",)


def test_what_was_used_today_stays_whatever_is_asked(environments: Environments, root: Path) -> None:
    """A run may be inside it; a day later the same call takes it."""
    folder = root / environments.build(Lock("")).key

    assert _keys(environments.collect(unused_for_s=0, most_bytes=0)) == []
    _used(folder, days_ago=1.1)
    assert _keys(environments.collect(unused_for_s=0)) == [folder.name]


def test_a_hit_notes_the_use(environments: Environments, root: Path) -> None:
    """Else what is used every day would go after 90 days."""
    old, _ = _two(environments, root)
    environments.build(environments.lock((NAME,)))

    assert _keys(environments.collect()) == []
    assert time.time() - old.stat().st_mtime < DAY_S


def test_what_went_is_built_again(environments: Environments, root: Path) -> None:
    """Nobody has to know that there is a collection."""
    old, _ = _two(environments, root)
    environments.collect()

    assert environments.build(environments.lock((NAME,))).key == old.name
    assert old.is_dir()


def test_beyond_a_size_the_longest_unused_goes_first(environments: Environments, root: Path) -> None:
    """As much as needed, not more: the second fits when the first is gone."""
    old, young = _two(environments, root)
    for layer in (root / ".layers").iterdir():
        _used(layer, days_ago=100)
    half = environments.kept().disk_bytes // 2

    assert _keys(environments.collect(unused_for_s=365 * DAY_S)) == []
    assert _keys(environments.collect(unused_for_s=365 * DAY_S, most_bytes=half)) == [old.name]
    assert young.exists()
    assert environments.kept().disk_bytes <= half


def test_layers_go_by_their_own_last_use(environments: Environments, root: Path) -> None:
    """An environment does not need them once it is built."""
    folder = root / environments.build(environments.lock((NAME,))).key
    for layer in (root / ".layers").iterdir():
        _used(layer, days_ago=91)
    done = environments.collect()

    assert (done.layers, _keys(done)) == (2, [])
    assert environments.kept().layers == 0
    assert (folder / "COMPLETE").is_file()


def test_a_broken_folder_and_leftovers_go_too(environments: Environments, root: Path) -> None:
    """What a killed builder or collector left, once it is old enough that nobody works on it."""
    broken, building, removing = root / ("a" * 32), root / ".building-1", root / ".removing-1"
    for folder in (broken, building, removing):
        (folder / "lib").mkdir(parents=True)
        _used(folder, days_ago=100)
    (root / ".building-2").mkdir()

    assert [(kept.key, kept.complete) for kept in environments.kept().environments] == [(broken.name, False)]
    done = environments.collect()
    assert (_keys(done), done.leftovers) == ([broken.name], 2)
    assert [path.name for path in root.iterdir() if path.is_dir()] == [".building-2"]


def test_lock_files_of_what_is_gone_go_in_the_end(environments: Environments, root: Path) -> None:
    """Else a data directory gathers one for each environment it ever had."""
    key = environments.build(Lock("")).key
    (root / f".{'b' * 32}.lock").touch()
    for path in root.glob(".*.lock"):
        _used(path, days_ago=100)
    environments.collect()

    assert [path.name for path in root.glob(".*.lock")] == [f".{key}.lock"]


def test_what_somebody_builds_or_begins_to_use_is_left(environments: Environments, root: Path) -> None:
    """Both locks are honoured; once they are free the same call takes it."""
    old, _ = _two(environments, root)
    with FileLock(root / f".{old.name}.lock"):
        assert _keys(environments.collect()) == []
    descriptor = os.open(old, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    assert _keys(environments.collect()) == []
    os.close(descriptor)

    assert _keys(environments.collect()) == [old.name]


def test_whoever_asks_during_a_collection_gets_a_whole_environment(environments: Environments, root: Path) -> None:
    """Either the use is noted in time, or it is gone and built again; what was given is there afterwards."""
    lock = environments.lock((NAME,))
    folder = root / environments.build(lock).key
    with ThreadPoolExecutor(2) as pool:
        for _ in range(60):
            _used(folder, days_ago=100)
            collected, built = pool.submit(environments.collect), pool.submit(environments.build, lock)
            assert len(collected.result().environments) <= 1
            assert Path(built.result().python).exists()
            assert (folder / "COMPLETE").is_file()


def test_the_daily_collection_is_made_once_a_day(environments: Environments, root: Path) -> None:
    """It comes after every pass of the distiller and must cost nothing."""
    assert environments.collect_daily() is None
    old, _ = _two(environments, root)
    first = environments.collect_daily()
    _used(root / environments.build(environments.lock((NAME,))).key, days_ago=100)

    assert first is not None
    assert _keys(first) == [old.name]
    assert environments.collect_daily() is None
    _used(root / ".collected", days_ago=1.1)
    again = environments.collect_daily()
    assert again is not None
    assert _keys(again) == [old.name]


def test_nothing_is_kept_where_nothing_was_built(environments: Environments) -> None:
    """A fresh data directory has no such folder."""
    assert environments.kept().environments == ()
    assert environments.collect() == Collection()
