"""Attacks that ask for more rights: another user, set-user-id files, user namespaces (rows 35, 36 and 38)."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from tests.escape import looks, signs
from tests.escape.attack import ANY, DONE, ORDINARY, ROOTLESS, Attack, Mark, Peaks, Seen
from tests.escape.looks import is_program
from tests.escape.scene import Scene
from tests.escape.witness import pids_of

_BECOME_ROOT = """
tried("setuid", os.setuid, 0)
tried("setgid", os.setgid, 0)
tried("setresuid", os.setresuid, 0, 0, 0)
tried("setgroups", os.setgroups, [0])
hold()
"""

# It asks for a password and waits for it; who it runs as by then is what counts.
_SU = """
import subprocess
def su():
    line = "exec sleep 1 # " + facts["token"]
    with subprocess.Popen(["/usr/bin/su", "-c", line], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        hold()
        time.sleep(0.3)
        child.kill()
tried("su", su)
tried("regain", lambda: checked(libc.prctl(38, 0, 0, 0, 0)))  # NO_NEW_PRIVS off: there is no way back
"""

_LOOK_AT_ME = """
say("here", "done")
hold()
"""

_SET_ID = """
flags = os.O_CREAT | os.O_WRONLY
folder = os.getcwd()
def path(name):
    return os.fsencode(folder + "/" + name)
for name in ("chmod", "fchmod", "fchmodat", "fchmodat2", "group"):
    os.close(os.open(path(name), flags, 0o755))
tried("chmod", lambda: checked(libc.chmod(path("chmod"), 0o6755)))
tried("fchmod", lambda: checked(libc.fchmod(os.open(path("fchmod"), os.O_RDONLY), 0o4755)))
tried("fchmodat", lambda: checked(libc.fchmodat(-100, path("fchmodat"), 0o6755, 0)))
tried("fchmodat2", lambda: syscall(452, 452, -100, path("fchmodat2"), 0o6755, 0))
tried("group", lambda: checked(libc.chmod(path("group"), 0o2755)))
tried("open", lambda: checked(libc.open(path("open"), flags, 0o6755)))
tried("openat", lambda: syscall(257, 56, -100, path("openat"), flags, 0o4755))
tried("creat", lambda: checked(libc.creat(path("creat"), 0o6755)))
tried("mknod", lambda: checked(libc.mknod(path("mknod"), 0o106755, ctypes.c_ulong(0))))
how = (ctypes.c_uint64 * 3)(flags, 0o6755, 0)
tried("openat2", lambda: syscall(437, 437, -100, path("openat2"), ctypes.byref(how), 24))
tried("capability", os.setxattr, path("chmod"), "security.capability", b"\\1\\0\\0\\2" + b"\\xff" * 16)
hold()
"""
_SET_ID_STEPS = (
    *((s, ("EPERM",)) for s in "chmod fchmod fchmodat fchmodat2 group open openat creat mknod".split()),
    ("openat2", ("ENOSYS",)),
    ("capability", ("EPERM",)),
)

_UNSHARE = """
hold()
tried("unshare", lambda: checked(libc.unshare(0x10000000)))
hold()
"""

_CLONE = """
import signal
def child_in(step, start):
    hold()
    def act():
        pid = start()
        if pid == 0:
            time.sleep(0.15)
            os._exit(0)
        os.waitpid(pid, 0)
    tried(step, act)
arguments = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, signal.SIGCHLD)
child_in("clone", lambda: syscall(56, 220, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0))
child_in("clone3", lambda: syscall(435, 435, ctypes.byref(arguments), 88))
"""

_EVERY_KIND = """
kinds = {"mnt": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000, "pid": 0x20000000,
         "net": 0x40000000, "time": 0x80}
hold()
for name, bit in kinds.items():
    for way, flags in (("", bit), ("+user", bit | 0x10000000)):
        if os.fork() == 0:
            tried(name + way, lambda: checked(libc.unshare(flags)))
            time.sleep(0.05)
            os._exit(0)
        os.wait()
"""
_KINDS = ("mnt", "cgroup", "uts", "ipc", "pid", "net", "time")


def _set_id_inside(scene: Scene, peaks: Peaks) -> None:
    if not scene.inside:
        return
    for pid in filter(is_program, pids_of(scene.token)):
        for folder in ("out", "tmp"):
            with suppress(OSError):
                if _has_set_id(os.path.join("/proc", str(pid), "root", folder)):
                    peaks.notes.add("set-id")


def _has_set_id(folder: str) -> bool:
    return any(path.lstat().st_mode & (stat.S_ISUID | stat.S_ISGID) for path in Path(folder).iterdir())


def _set_id(scene: Scene, seen: Seen) -> bool:
    return "set-id" in seen.peaks.notes or _has_set_id(str(scene.out))


def _set_id_attack(letter: str, slug: str, what: str, form: str = "") -> Attack:
    return Attack(
        row=36,
        letter=letter,
        slug=slug,
        what=what,
        stopped_by="system-call filter on the mode, whichever call gives it; no capabilities",
        program=_SET_ID,
        sign=_set_id,
        steps=_SET_ID_STEPS,
        watch=_set_id_inside,
        form=form,
    )


def _namespace_attack(letter: str, slug: str, what: str, program: str, form: str = "") -> Attack:
    return Attack(
        row=38,
        letter=letter,
        slug=slug,
        what=what,
        stopped_by="system-call filter; and bwrap allows no further user namespace",
        program=program,
        sign=signs.noted("namespace"),
        steps=_NAMESPACE_STEPS[program],
        watch=looks.each_program(looks.new_namespace),
        form=form,
    )


_NAMESPACE_STEPS = {
    _UNSHARE: (("unshare", ("EPERM",)),),
    _CLONE: (("clone", ("EPERM",)), ("clone3", ("ENOSYS",))),
    _EVERY_KIND: tuple((kind + way, ("EPERM",)) for kind in _KINDS for way in ("", "+user")),
}

ATTACKS = (
    Attack(
        row=35,
        letter="a",
        slug="become-root",
        what="makes itself root by every call that changes the user",
        stopped_by="user namespace with one user in it, and no capabilities",
        program=_BECOME_ROOT,
        sign=signs.noted("root"),
        steps=(
            ("setuid", ("EINVAL",)),
            ("setgid", ("EINVAL",)),
            ("setresuid", ("EINVAL",)),
            ("setgroups", ("EPERM",)),
        ),
        marks=(Mark("setuid", ("EPERM",), "only root may", ORDINARY),),
        watch=looks.each_program(looks.rights),
    ),
    Attack(
        row=35,
        letter="b",
        slug="become-root-by-a-program",
        what="starts a set-user-id program of the system",
        stopped_by="no new privileges: set-user-id has no effect",
        program=_SU,
        sign=signs.noted("root"),
        steps=(("su", (DONE, "ENOENT")), ("regain", ("EINVAL",))),
        marks=(Mark("su", ("ENOENT",), "the system has no such program", ANY),),
        watch=looks.runs_as_root("su"),
    ),
    Attack(
        row=35,
        letter="c",
        slug="what-it-may-gain",
        what="is looked at from outside: no new privileges, no capability in any set, a filter",
        stopped_by="bwrap sets all three before the program starts",
        program=_LOOK_AT_ME,
        sign=signs.noted("may gain"),
        steps=(("here", (DONE,)),),
        watch=looks.each_program(looks.rights),
    ),
    Attack(
        row=35,
        letter="m",
        slug=f"what-it-may-gain-{ROOTLESS}",
        what="is looked at from outside in a job without outputs",
        stopped_by="bwrap sets all three before the program starts",
        program=_LOOK_AT_ME,
        sign=signs.noted("may gain"),
        steps=(("here", (DONE,)),),
        watch=looks.each_program(looks.rights),
        form=ROOTLESS,
    ),
    _set_id_attack("a", "set-user-id", "leaves a set-user-id file in the outputs"),
    _set_id_attack("m", f"set-user-id-{ROOTLESS}", "makes a set-user-id file in the temporary folder", ROOTLESS),
    _namespace_attack("a", "unshare", "moves into a user namespace of its own", _UNSHARE),
    _namespace_attack("b", "clone", "starts a child in a user namespace of its own, by both calls", _CLONE),
    _namespace_attack(
        "c", "every-kind", "moves into a namespace of every kind, with and without a new user", _EVERY_KIND
    ),
    _namespace_attack(
        "m", f"unshare-{ROOTLESS}", "moves into a user namespace, in a job without outputs", _UNSHARE, ROOTLESS
    ),
    _namespace_attack("n", f"clone-{ROOTLESS}", "starts a child in one, in a job without outputs", _CLONE, ROOTLESS),
)
