"""More to note from outside while an attack runs: what its processes are, may do, and have burnt.

In     Scene (its token), Peaks
Out    ready-made `watch` functions for attacks; the processes of a run, told apart by what they are
Never  asks the program anything
"""

import os
import stat
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.escape.attack import Peaks
from tests.escape.scene import Scene
from tests.escape.witness import pids_of

Watch = Callable[[Scene, Peaks], None]
Look = Callable[[str, Scene, Peaks], None]

_TICKS = os.sysconf("SC_CLK_TCK")
_NAMESPACES = ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time")
_EVERYDAY = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/pts", "/dev/ptmx")
# A traced job is run by another file, which runs the program.
_PROGRAMS = (b"/main.py", b"/observer.py")


def is_program(pid: str) -> bool:
    """Say whether this is the attack program or a fork of it, not a part of the sandbox."""
    with suppress(OSError, IndexError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return words[1] == b"-I" and words[2].endswith(_PROGRAMS)
    return False


def is_walled_in(pid: str) -> bool:
    """Say whether this process lives in a process namespace below ours; bwrap's own first process is one."""
    return len(_field(pid, "NSpid")) > 1


def each_program(*looks: Look) -> Watch:
    """Look at every process of the attack program."""
    return _each(is_program, looks)


def each_process(*looks: Look) -> Watch:
    """Look at every process of the run: in the sandbox those behind the walls, else the program's."""
    return _each(lambda pid: is_walled_in(pid) or is_program(pid), looks)


def _each(wanted: Callable[[str], bool], looks: tuple[Look, ...]) -> Watch:
    def watch(scene: Scene, peaks: Peaks) -> None:
        for pid in filter(wanted, pids_of(scene.token)):
            for look in looks:
                # A process may end between two looks, or be closed to them.
                with suppress(OSError, LookupError, ValueError):
                    look(pid, scene, peaks)

    return watch


def both(*watches: Watch) -> Watch:
    """Watch in several ways at once."""

    def watch(scene: Scene, peaks: Peaks) -> None:
        for one in watches:
            one(scene, peaks)

    return watch


def burnt_over(seconds: float) -> Watch:
    """Note "burnt" when all processes of the run, dead ones too, have used more time of the processor than this."""
    used: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def watch(scene: Scene, peaks: Peaks) -> None:
        mine = used[scene.token]
        for pid in pids_of(scene.token):
            with suppress(OSError):
                fields = _stat(pid)
                mine[f"{pid} {fields[19]}"] = int(fields[11]) + int(fields[12])
        if sum(mine.values()) > seconds * _TICKS:
            peaks.notes.add("burnt")

    return watch


def alive_over(seconds: float) -> Watch:
    """Note "lasted" when the program has been there for longer than this."""
    first: dict[str, float] = {}

    def look(_: str, scene: Scene, peaks: Peaks) -> None:
        if time.monotonic() - first.setdefault(scene.token, time.monotonic()) > seconds:
            peaks.notes.add("lasted")

    return each_program(look)


def crowd_lasting(tasks: int, seconds: float) -> Watch:
    """Note "crowd" when there have been more processes than this for longer than this."""
    since: dict[str, float] = {}

    def watch(scene: Scene, peaks: Peaks) -> None:
        if len(pids_of(scene.token)) <= tasks:
            since.pop(scene.token, None)
        elif time.monotonic() - since.setdefault(scene.token, time.monotonic()) > seconds:
            peaks.notes.add("crowd")

    return watch


def inodes_over(number: int, folders: tuple[str, ...]) -> Watch:
    """Note "inodes" when the sandbox's folders hold more than this together."""

    def look(pid: str, scene: Scene, peaks: Peaks) -> None:
        if scene.inside:
            seen = [os.statvfs(f"/proc/{pid}/root{folder}") for folder in folders]
            if sum(s.f_files - s.f_ffree for s in seen) > number:
                peaks.notes.add("inodes")

    return each_program(look)


def big_file(pid: str, _: Scene, peaks: Peaks) -> None:
    """Note "big file" when a file of more than a gigabyte is open, sparse or not."""
    for fd in os.listdir(f"/proc/{pid}/fd"):
        seen = os.stat(f"/proc/{pid}/fd/{fd}")
        if stat.S_ISREG(seen.st_mode) and seen.st_size > 1 << 30:
            peaks.notes.add("big file")


def other_device(pid: str, _: Scene, peaks: Peaks) -> None:
    """Note "device" when a device is open that is not one of the everyday ones."""
    for fd in os.listdir(f"/proc/{pid}/fd"):
        path = f"/proc/{pid}/fd/{fd}"
        if stat.S_IFMT(os.stat(path).st_mode) in (stat.S_IFCHR, stat.S_IFBLK):
            name = os.readlink(path)
            if not name.startswith(_EVERYDAY):
                peaks.notes.add("device")


def rights(pid: str, _: Scene, peaks: Peaks) -> None:
    """Note "root" or "capabilities" for what a process has now, "may gain" for what it could get."""
    # Read at once: a process that ends between two reads would look like one without any wall.
    lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    fields = {name: words.split() for name, _, words in (line.partition(":") for line in lines)}
    if "0" in fields["Uid"]:
        peaks.notes.add("root")
    if int(fields["CapEff"][0], 16):
        peaks.notes.add("capabilities")
    if fields["NoNewPrivs"] != ["1"] or int(fields["CapBnd"][0], 16) or fields["Seccomp"] != ["2"]:
        peaks.notes.add("may gain")


def runs_as_root(name: str) -> Watch:
    """Note "root" when a program of this name, started by the attack, has root as one of its users."""

    def watch(scene: Scene, peaks: Peaks) -> None:
        for pid in pids_of(scene.token):
            with suppress(OSError):
                if Path(f"/proc/{pid}/comm").read_text().strip() == name and "0" in _field(pid, "Uid"):
                    peaks.notes.add("root")

    return watch


def new_namespace(pid: str, _: Scene, peaks: Peaks) -> None:
    """Note "namespace" when the program is in more than one namespace of a kind in the course of its run."""
    for kind in _NAMESPACES:
        with suppress(OSError):
            here = os.readlink(f"/proc/{pid}/ns/{kind}")
            peaks.links.add(f"ns {here}")
            if sum(link.startswith(f"ns {kind}:") for link in peaks.links) > 1:
                peaks.notes.add("namespace")


def looser_than(**most: int) -> Look:
    """Make a look: note "loose" when a hard limit is above these; names as `_LIMITS` has them."""

    def look(pid: str, _: Scene, peaks: Peaks) -> None:
        text = Path(f"/proc/{pid}/limits").read_text()
        for name, most_allowed in most.items():
            line = next(line for line in text.splitlines() if line.startswith(_LIMITS[name]))
            hard = line[len(_LIMITS[name]) :].split()[1]
            if hard == "unlimited" or int(hard) > most_allowed:
                peaks.notes.add("loose")

    return look


_LIMITS = {
    "cpu": "Max cpu time",
    "file": "Max file size",
    "core": "Max core file size",
    "processes": "Max processes",
    "open_files": "Max open files",
    "address": "Max address space",
}


def scheduling(pid: str, _: Scene, peaks: Peaks) -> None:
    """Note "policy" for any scheduling but the usual, "hurry" for a negative nice value."""
    fields = _stat(pid)
    if int(fields[38]):
        peaks.notes.add("policy")
    if int(fields[16]) < 0:
        peaks.notes.add("hurry")


def _stat(pid: str) -> list[str]:
    # From the state on: a process may put brackets into its name.
    return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()


def _field(pid: str, name: str) -> list[str]:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines():
            if line.startswith(f"{name}:"):
                return line.split()[1:]
    return []
