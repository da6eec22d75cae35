"""Where a control group may be made, and that the kernel holds one at its limits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from skillstrata.adapters.sandbox_cgroup import Hierarchies, UnifiedGroup, find_hierarchies, group_for, hierarchies
from skillstrata.records.sandbox_runs import MIB, Limits

SESSION = "0::/user.slice/user-7.slice/user@7.service/app.slice/terminal.scope\n"


def _unified(root: Path, *shared: str) -> str:
    """Lay out the folders of a user's session; `shared` name those that share memory and processes out."""
    folder = root
    for name in ["", *SESSION.removeprefix("0::/").strip().split("/")]:
        folder = folder / name
        folder.mkdir(exist_ok=True)
        (folder / "cgroup.procs").write_text("")
        (folder / "cgroup.subtree_control").write_text("cpu memory pids\n" if folder.name in shared else "cpu\n")
    return f"35 24 0:29 / {root} rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"


def _split(root: Path) -> str:
    lines = ""
    for name in ("memory", "pids"):
        (root / name / "own").mkdir(parents=True)
        (root / name / "own" / "cgroup.procs").write_text("")
        lines += f"32 31 0:29 / {root / name} rw,relatime - cgroup cgroup rw,{name}\n"
    return lines


def test_the_nearest_folder_above_that_shares_memory_and_processes_out_is_taken(tmp_path: Path) -> None:
    """A group that holds processes itself may not share memory out, so the group is made beside our own."""
    mounts = _unified(tmp_path, "app.slice", "user@7.service")

    found = find_hierarchies(mounts, SESSION)

    assert found == Hierarchies(unified=tmp_path / "user.slice/user-7.slice/user@7.service/app.slice")
    assert found.version == 2


def test_nothing_is_taken_where_nothing_is_shared_out(tmp_path: Path) -> None:
    """The twin: without delegation the watcher alone holds the limits."""
    assert find_hierarchies(_unified(tmp_path), SESSION) == Hierarchies()


def test_version_1_gives_a_place_for_memory_and_one_for_processes(tmp_path: Path) -> None:
    """Each controller has a tree of its own there."""
    found = find_hierarchies(_split(tmp_path), "9:name=systemd:/\n8:pids:/own\n4:memory:/own\n0::/\n")

    assert found == Hierarchies(memory=tmp_path / "memory/own", pids=tmp_path / "pids/own")
    assert found.version == 1


@pytest.mark.parametrize("text", ["", "nonsense\n", "a - b\n", "1 2 3 4 5 - cgroup\n", "\0:\0:\0\n", "::\n"])
def test_unreadable_tables_mean_no_group(text: str) -> None:
    """What the kernel shows may be hidden or cut; that must not stop a run."""
    assert find_hierarchies(text, text) == Hierarchies()


def test_a_group_of_version_2_gets_its_limits_and_goes_away(tmp_path: Path) -> None:
    """The files the kernel documents: on a folder of ours here, since this needs a delegated tree."""
    group = UnifiedGroup(tmp_path, Limits(processes=10), 64 * MIB)
    folder = next(tmp_path.iterdir())

    group.add(4711)

    written = {file.name: file.read_text().strip() for file in folder.iterdir()}
    assert written == {
        "memory.max": str(64 * MIB),
        "memory.swap.max": "0",
        "pids.max": "12",
        "cgroup.procs": "4711",
    }
    assert group.broken_limit() == ""
    (folder / "memory.events").write_text("max 3\noom 1\noom_kill 1\n")
    assert group.broken_limit() == "memory"
    (folder / "memory.events").write_text("max 3\noom_kill 0\n")
    (folder / "pids.events").write_text("max 2\n")
    assert group.broken_limit() == "processes"


@pytest.mark.parametrize(
    ("program", "limit"),
    [
        ("x = b'x' * 400_000_000", "memory"),
        ("import os\nfor _ in range(60):\n    if os.fork() == 0: os.read(0, 1); os._exit(0)", "processes"),
        ("x = b'x' * 4_000_000", ""),
    ],
)
def test_the_kernel_itself_holds_a_process_in_a_group(program: str, limit: str) -> None:
    """Without any watcher: a leap of gigabytes between two looks must not reach the machine."""
    if not hierarchies().version:
        pytest.skip("no control group is open to this user; the watcher's own tests cover its limits")
    group = group_for(Limits(memory_bytes=64 * MIB, processes=20), 0)
    assert group is not None
    waits = f"import sys\nsys.stdin.read(1)\ntry:\n    exec({program!r})\nexcept OSError: pass\n"
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", waits], stdin=subprocess.PIPE) as process:
        group.add(process.pid)
        process.communicate(b"x")

    assert group.broken_limit() == limit
    assert (process.returncode == 0) == (limit != "memory")
    group.close()


def test_groups_of_processes_long_gone_are_removed() -> None:
    """A killed program leaves its group behind; the next one that starts takes it away."""
    if not hierarchies().version:
        pytest.skip("no control group is open to this user")
    places = hierarchies()
    parent = places.unified or places.memory
    assert parent is not None
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    (parent / f"skillstrata-{gone.pid}-0").mkdir()
    mine = parent / f"skillstrata-{os.getpid()}-left"
    mine.mkdir()

    subprocess.run(
        [sys.executable, "-c", "from skillstrata.adapters.sandbox_cgroup import hierarchies; hierarchies()"], check=True
    )

    assert not (parent / f"skillstrata-{gone.pid}-0").exists()
    assert mine.exists()
    mine.rmdir()
