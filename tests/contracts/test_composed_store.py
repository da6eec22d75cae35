import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillstrata.adapters.composed_tools_file import ComposedToolsFile
from skillstrata.ports.composed_store import ComposedStore
from skillstrata.records.composed_tools import ComposedLibrary, ComposedTool, FailedSource
from skillstrata.records.failures import StoreLocked, StoreNewer
from tests.composed_skills import SEED, run, skill, source
from tests.fakes.memory_composed_store import MemoryComposedStore

_READ = "    - tool: read_file\n      input: {path: a}"


def _library(*names: str) -> ComposedLibrary:
    return run(*(source(skill(_READ, name), f"/s/{name}/SKILL.md") for name in names))[0]


def _adding(name: str) -> Callable[[ComposedLibrary], ComposedLibrary]:
    def change(library: ComposedLibrary) -> ComposedLibrary:
        return replace(library, tombstones=tuple(sorted({*library.tombstones, name})))

    return change


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a place whose folder is not there yet."""
    return tmp_path / "state" / "composed_tools.json"


@pytest.fixture(params=["file", "memory"])
def store(path: Path, request: pytest.FixtureRequest) -> ComposedStore:
    """Give each store that keeps the port's promises."""
    return ComposedToolsFile(path) if request.param == "file" else MemoryComposedStore()


def test_nothing_was_compiled_yet(store: ComposedStore) -> None:
    """A fresh installation has no file and nothing to say about it."""
    assert store.load() == ComposedLibrary()


def test_what_was_written_comes_back_equal(store: ComposedStore) -> None:
    """Tools with all their fields, failures with their findings."""
    library, _ = run(
        source(SEED, "/s/a/SKILL.md"),
        source(skill("    - tool: gone", "broken"), "/s/b/SKILL.md"),
        source(skill(_READ + "\n      retry: {max: 1, on: [timeout]}\n      default_output: {a: 1}"), "/s/c/SKILL.md"),
    )
    assert store.update(lambda _: library) == library

    assert store.load() == library


def test_the_file_is_readable_by_its_owner_alone_and_by_the_next_process(path: Path) -> None:
    """Definitions tell what an agent may do."""
    library = ComposedToolsFile(path).update(lambda _: _library("a"))

    assert ComposedToolsFile(path).load() == library
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    st.builds(
        ComposedLibrary,
        st.lists(st.builds(ComposedTool, steps=st.just(()), findings=st.just(())), max_size=3).map(tuple),
        st.lists(st.builds(FailedSource, findings=st.just(())), max_size=3).map(tuple),
        st.lists(st.text(), max_size=3).map(tuple),
        st.text(),
        st.just(""),
    )
)
def test_any_library_comes_back_equal(path: Path, library: ComposedLibrary) -> None:
    """Names in any script, texts with any character."""
    ComposedToolsFile(path).update(lambda _: library)

    assert ComposedToolsFile(path).load() == library


def test_a_change_that_changes_nothing_writes_nothing(path: Path) -> None:
    """A daemon that looks every minute must not wear the disk."""
    store = ComposedToolsFile(path)
    store.update(lambda _: _library("a"))
    before = path.stat()
    store.update(lambda library: library)

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_damaged_file_gives_the_last_good_one_and_says_so(path: Path) -> None:
    """A version mismatch emptied the port's store."""
    store = ComposedToolsFile(path)
    store.update(lambda _: _library("a"))
    store.update(lambda _: _library("a", "b"))
    path.write_bytes(path.read_bytes()[:-20])
    found = ComposedToolsFile(path).load()

    assert [tool.name for tool in found.tools] == ["skill_a"]
    assert "is damaged" in found.told
    after = ComposedToolsFile(path).update(lambda _: _library("a", "b"))
    assert ComposedToolsFile(path).load() == replace(after, told="")
    assert path.with_name("composed_tools.json.damaged").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 1}', b"\xff\xfe", b"null"])
def test_a_damaged_file_without_a_last_good_one_is_never_silently_empty(path: Path, content: bytes) -> None:
    """Whoever finds no tools must know why."""
    path.parent.mkdir()
    path.write_bytes(content)

    assert "no last good state" in ComposedToolsFile(path).load().told


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    """StoreNewer: an older program must not lose what a newer one wrote."""
    path.parent.mkdir()
    newer = b'{"version": 2, "tools": "in another form"}'
    path.write_bytes(newer)
    store = ComposedToolsFile(path)

    with pytest.raises(StoreNewer, match="has version 2"):
        store.load()
    with pytest.raises(StoreNewer):
        store.update(lambda _: _library("a"))
    assert path.read_bytes() == newer


def test_threads_lose_nothing_of_each_other_s(store: ComposedStore) -> None:
    """One store, many threads."""
    threads = [threading.Thread(target=lambda n=n: store.update(_adding(f"name_{n}"))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert store.load().tombstones == tuple(f"name_{n}" for n in range(8))


def test_writers_lose_nothing_of_each_other_s(path: Path) -> None:
    """Each reads again under the lock."""
    threads = [
        threading.Thread(target=lambda n=n: ComposedToolsFile(path).update(_adding(f"name_{n}"))) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert ComposedToolsFile(path).load().tombstones == tuple(f"name_{n}" for n in range(8))


def test_a_lock_that_is_held_too_long_is_told(path: Path) -> None:
    """StoreLocked, with the file's name; nothing is written meanwhile."""
    entered, leave = threading.Event(), threading.Event()

    def slow(library: ComposedLibrary) -> ComposedLibrary:
        entered.set()
        leave.wait(30)
        return library

    holder = threading.Thread(target=lambda: ComposedToolsFile(path).update(slow))
    holder.start()
    assert entered.wait(30)
    try:
        with pytest.raises(StoreLocked, match=r"composed_tools\.json"):
            ComposedToolsFile(path, lock_wait_s=0.05).update(_adding("x"))
    finally:
        leave.set()
        holder.join(30)
    assert ComposedToolsFile(path).update(_adding("x")).tombstones == ("x",)


_KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from skillstrata.adapters.composed_tools_file import ComposedToolsFile
left = int(sys.argv[2])
def watch(event, arguments):
    global left
    if event in ("open", "os.link", "os.rename", "os.remove", "os.truncate", "os.chmod"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
store = ComposedToolsFile(Path(sys.argv[1]))
# What the first write imports are files too, but none of the store's.
store.update(lambda library: library)
sys.addaudithook(watch)
store.update(lambda library: replace(library, tombstones=("new",)))
"""


def test_a_crash_at_any_step_of_a_write_leaves_the_old_or_the_new_state(path: Path) -> None:
    """Killed before each call that touches a file, until a write comes through."""
    ended = []
    for step in range(1, 40):
        ComposedToolsFile(path).update(lambda _: replace(_library("a"), tombstones=("old",)))
        died = subprocess.run([sys.executable, "-c", _KILLED, str(path), str(step)], check=False, env=dict(os.environ))
        found = ComposedToolsFile(path).load()
        assert found.told == ""
        assert found.tombstones in (("old",), ("new",))
        ended.append(died.returncode)
        if died.returncode == 0:
            break

    assert set(ended[:-1]) == {-signal.SIGKILL}
    assert ended[-1] == 0
    assert len(ended) > 3
