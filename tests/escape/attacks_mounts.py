"""Attacks on the mounts, and on what is not mounted (rows 37, 45 and 47)."""

import json
import os
from pathlib import Path

from tests.escape import looks, signs
from tests.escape.attack import ORDINARY, ROOTLESS, Attack, Mark, Peaks, Seen
from tests.escape.scene import Scene

# The control does it where nobody else sees it.
_PRIVATELY = """
def privately():
    if not facts["inside"]:
        checked(libc.unshare(0x20000))
        checked(libc.mount(None, b"/", None, ctypes.c_ulong(0x4000 | 0x40000), None))
def mount(source, target, kind, flags):
    checked(libc.mount(source, os.fsencode(target), kind, ctypes.c_ulong(flags), None))
"""

_MOUNT = """
def act():
    privately()
    mount(b"strata-" + facts["token"].encode(), os.getcwd(), b"tmpfs", 0)
    hold()
tried("mount", act)
tried("bind", mount, b"/usr", os.getcwd(), None, 0x1000)
tried("proc", mount, b"proc", os.getcwd(), b"proc", 0)
"""

_UMOUNT = """
def act():
    privately()
    checked(libc.umount2(b"/proc", 2))
    hold()
tried("umount", act)
"""

_REMOUNT = """
def act():
    privately()
    shown = facts["shown"]
    if not facts["inside"]:
        mount(os.fsencode(shown), shown, None, 0x1000)
        mount(None, shown, None, 0x1000 | 0x20 | 1)
    hold()
    mount(None, shown, None, 0x1000 | 0x20)
    hold()
tried("remount", act)
for place in ("/", "/usr", "/proc/sys", "/dev") if facts["inside"] else ():
    tried("remount", mount, None, place, None, 0x1000 | 0x20)
"""

_PIVOT = """
new = os.getcwd() + "/new"
def act():
    privately()
    for folder in (new, new + "/old"):
        os.mkdir(folder)
    if not facts["inside"]:
        mount(b"none", new, b"tmpfs", 0)
        os.mkdir(new + "/old")
    open(new + "/mark-" + facts["token"], "w").close()
    syscall(155, 41, os.fsencode(new), os.fsencode(new + "/old"))
    hold()
tried("pivot_root", act)
"""

_CHROOT = """
open("mark-" + facts["token"], "w").close()
def act():
    checked(libc.chroot(os.fsencode(os.getcwd())))
    hold()
tried("chroot", act)
"""

_NEW_CALLS = """
def act():
    fd = syscall(430, 430, b"tmpfs", 0)
    say("context", "done")
    os.set_inheritable(fd, True)
    hold()
tried("fsopen", act)
def tree():
    privately()
    return syscall(428, 428, -100, b"/usr", 1)
fd = tried("open_tree", tree)
def place():
    syscall(429, 429, -1 if fd is None else fd, b"", -100, os.fsencode(os.getcwd()), 4)
    hold()
tried("move_mount", place)
tried("fspick", lambda: syscall(433, 433, -1, b"/", 0))
tried("fsconfig", lambda: syscall(431, 431, -1, 6, 0, 0, 0))
tried("fsmount", lambda: syscall(432, 432, -1, 0, 0))
tried("mount_setattr", lambda: syscall(442, 442, -1, b"", 0, 0, 0))
"""

_ENTER = """
def enter(path):
    fd = os.open(path, os.O_RDONLY)
    checked(libc.setns(fd, 0))
tried("own", enter, "/proc/self/ns/uts")
tried("first", enter, "/proc/1/ns/mnt")
tried("none", lambda: checked(libc.setns(-1, 0)))
"""

_HARD_LINK = """
def link(source, name):
    os.link(source, name, follow_symlinks=True)
tried("key", link, facts["key"], "key.txt")
tried("input", link, facts["input"], "input.txt")
fd = os.open(facts["input"], os.O_RDONLY)
tried("by-descriptor", link, "/proc/self/fd/%d" % fd, "again.txt")
tried("shown", link, facts["shown"] + "/shown.txt", "shown.txt")
tried("program", link, "/usr/bin/env", "env")
"""

_SYS = """
print(tried("sys", lambda: "listing:" + json.dumps(sorted(os.listdir("/sys")))))
tried("cgroup", os.listdir, "/sys/fs/cgroup")
tried("kernel", os.listdir, "/sys/kernel")
tried("module", read, "/sys/module/kernel/parameters/panic")
"""


def _mounts(pid: str, scene: Scene, peaks: Peaks) -> None:
    lines = [line.split() for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
    options = {line[4]: line[5].split(",")[0] for line in lines}
    if any(f"strata-{scene.token}" in line for line in lines):
        peaks.notes.add("mounted")
    if lines and "/proc" not in options:
        peaks.notes.add("unmounted")
    if "ro shown" in peaks.notes and options.get(str(scene.shown)) == "rw":
        peaks.notes.add("remounted")
    if options.get(str(scene.shown)) == "ro":
        peaks.notes.add("ro shown")
    if str(scene.out) in options:
        peaks.notes.add("placed")
    if os.path.exists(os.path.join("/proc", str(pid), "root", f"mark-{scene.token}")):
        peaks.notes.add("moved root")


def _listing_came_back(_: Scene, seen: Seen) -> bool:
    return f"listing:{json.dumps(sorted(os.listdir('/sys')))}".encode() in seen.returned


def _attack(letter: str, slug: str, what: str, program: str, note: str) -> Attack:
    step = slug.replace("-", "_")
    return Attack(
        row=37,
        letter=letter,
        slug=slug,
        what=what,
        stopped_by="system-call filter; and no capabilities",
        program=_PRIVATELY + program,
        sign=signs.noted(note),
        steps=((step, ("EPERM",)),),
        marks=(Mark(step, ("EPERM",), "only root may", ORDINARY),),
        shown=note == "remounted",
        watch=looks.each_program(_mounts),
    )


ATTACKS = (
    _attack("a", "mount", "mounts a folder of its own, binds and mounts /proc", _MOUNT, "mounted"),
    _attack("b", "umount", "takes away the mount that covers /proc", _UMOUNT, "unmounted"),
    _attack("c", "remount", "makes read-only mounts writable", _REMOUNT, "remounted"),
    _attack("d", "pivot-root", "changes the root to a folder of its own", _PIVOT, "moved root"),
    _attack("e", "chroot", "changes its own root", _CHROOT, "moved root"),
    Attack(
        row=37,
        letter="f",
        slug="mount-by-new-calls",
        what="copies a mount into its folder by the calls that came after mount",
        stopped_by="system-call filter; and no capabilities",
        program=_PRIVATELY + _NEW_CALLS,
        sign=signs.either(signs.noted("placed"), signs.held("[fscontext]")),
        steps=tuple(
            (step, ("EPERM",)) for step in "fsopen open_tree move_mount fspick fsconfig fsmount mount_setattr".split()
        ),
        marks=(Mark("fsopen", ("EPERM",), "only root may", ORDINARY),),
        watch=looks.each_program(_mounts),
    ),
    Attack(
        row=37,
        letter="g",
        slug="setns",
        what="enters namespaces by their files",
        stopped_by="system-call filter",
        program=_ENTER,
        sign=signs.passed("own", "none"),  # opening the first process's file may fail before any namespace is asked for
        steps=(("own", ("EPERM",)), ("first", ("EPERM", "EACCES")), ("none", ("EPERM",))),
    ),
    Attack(
        row=45,
        letter="a",
        slug="hard-link",
        what="links a secret, inputs and a program into the outputs",
        stopped_by="inputs lie on other mounts; the home is not mounted",
        program=_HARD_LINK,
        sign=signs.either(signs.canary, signs.host_changed),
        steps=(
            ("key", ("ENOENT",)),
            ("input", ("EXDEV",)),
            ("by-descriptor", ("EXDEV",)),
            ("shown", ("EXDEV",)),
            ("program", ("EXDEV",)),
        ),
        shown=True,
    ),
    Attack(
        row=47,
        letter="a",
        slug="sys",
        what="lists the machine's devices and control groups under /sys",
        stopped_by="empty root: /sys is not mounted",
        program=_SYS,
        sign=_listing_came_back,
        steps=tuple((step, ("ENOENT",)) for step in ("sys", "cgroup", "kernel", "module")),
    ),
    Attack(
        row=47,
        letter="m",
        slug=f"sys-{ROOTLESS}",
        what="lists them in a job without outputs",
        stopped_by="empty root: /sys is not mounted",
        program=_SYS,
        sign=_listing_came_back,
        steps=tuple((step, ("ENOENT",)) for step in ("sys", "cgroup", "kernel", "module")),
        form=ROOTLESS,
    ),
)
