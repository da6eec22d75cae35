"""Attacks on other processes, on /proc and on the environment (rows 7 to 12)."""

import os

from tests.escape import signs
from tests.escape.attack import ANY, DONE, ORDINARY, Attack, Mark, Peaks, Seen
from tests.escape.scene import Scene

_OTHER_ROOTS = """
for name, pid in (("init", 1), ("victim", facts["victim"])):
    tried(name, lambda: print(read("/proc/%d/root%s" % (pid, facts["key"]))))
    tried(name + "-cwd", lambda: print(read("/proc/%d/cwd/home/.ssh/id_ed25519" % pid)))
"""

_OTHERS_ENVIRON = """
seen = 0
for name in os.listdir("/proc"):
    if name.isdigit():
        seen += 1
        try:
            print(read("/proc/" + name + "/cmdline"), read("/proc/" + name + "/environ"))
        except OSError:
            pass
tried("victim", read, "/proc/%d/environ" % facts["victim"])
say("processes", "few" if seen <= 4 else "many", seen)
"""

_OTHERS_MEMORY = """
def peek():
    with open("/proc/%d/mem" % facts["victim"], "rb", 0) as memory:
        memory.seek(facts["address"])
        print(memory.read(facts["canary_bytes"]))
tried("mem", peek)
tried("maps", read, "/proc/%d/maps" % facts["victim"])
"""

_KCORE = """
tried("kcore", lambda: print("head:" + open("/proc/kcore", "rb", 0).read(4).hex()))
"""

_SYSRQ = """
fd = tried("sysrq", os.open, "/proc/sysrq-trigger", os.O_WRONLY)
if fd is not None:
    hold()
"""

_CORE_PATTERN = """
path = "/proc/sys/kernel/core_pattern"
same = open(path, "rb").read()
def rewrite():
    fd = os.open(path, os.O_WRONLY)
    os.write(fd, same)
    hold()
tried("core_pattern", rewrite)
"""

_ALL_SETTINGS = """
errors, kept = set(), []
for folder, _, names in os.walk("/proc/sys"):
    for name in names:
        try:
            kept.append(os.open(folder + "/" + name, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
            while len(kept) > 3:
                os.close(kept.pop())
        except OSError as error:
            errors.add(errno.errorcode[error.errno])
say("any", "done" if kept else "+".join(sorted(errors)))
if kept:
    hold()
"""

_ENVIRONMENT = """
print(dict(os.environ), read("/proc/self/environ"), read("/proc/thread-self/environ"))
import subprocess
print(subprocess.run(["/bin/sh", "-c", "set; env"], capture_output=True).stdout)
say("looked", "done")
"""

_INIT_ENVIRONMENT = """
tried("init", lambda: print("init:", read("/proc/%d/environ" % (1 if facts["inside"] else facts["runner"]))))
tried("parent", lambda: print("parent:", read("/proc/%d/environ" % os.getppid())))
"""

_TRACE = """
def trace():
    checked(libc.ptrace(0x4206, facts["victim"], 0, 0))  # SEIZE: the victim runs on
    hold()
tried("trace", trace)
"""

_REMOTE = """
class Piece(ctypes.Structure):
    _fields_ = [("at", ctypes.c_void_p), ("size", ctypes.c_size_t)]

def move(call, there_size, mine):
    here = Piece(ctypes.addressof(mine), there_size)
    there = Piece(facts["address"], there_size)
    return checked(call(facts["victim"], ctypes.byref(here), 1, ctypes.byref(there), 1, 0))
"""

_REMOTE_READ = (
    _REMOTE
    + """
mine = ctypes.create_string_buffer(facts["canary_bytes"])
if tried("read", move, libc.process_vm_readv, facts["canary_bytes"], mine):
    print(mine.raw)
"""
)

_REMOTE_WRITE = (
    _REMOTE
    + """
tried("write", move, libc.process_vm_writev, 4, ctypes.create_string_buffer(b"mine"))
"""
)

_STEAL_DESCRIPTOR = """
def steal():
    pidfd = syscall(434, 434, facts["victim"], 0)
    fd = syscall(438, 438, pidfd, 0, 0)  # its standard input
    say("stolen", "done", fd)
    os.set_inheritable(fd, True)
    hold()
tried("steal", steal)
tried("take", lambda: syscall(438, 438, os.pidfd_open(os.getpid()), 1, 0))
"""

_KILL_ONE = """
import signal
tried("probe", os.kill, facts["victim"], 0)
tried("signal", os.kill, facts["victim"], signal.SIGUSR1)
hold()
"""

# SIGURG is ignored by every process that did not ask for it.
_KILL_ALL = """
import signal
signal.signal(signal.SIGURG, signal.SIG_IGN)
tried("all", os.kill, -1, signal.SIGURG)
hold()
"""


def _descriptor_stolen(scene: Scene, peaks: Peaks) -> None:
    if scene.victim is None:
        return
    mine = os.readlink(f"/proc/{scene.victim.pid}/fd/0")
    if mine in peaks.links:
        peaks.notes.add("stolen")


def _traced(scene: Scene, peaks: Peaks) -> None:
    if scene.victim_traced():
        peaks.notes.add("traced")


def _host_processes_came_back(scene: Scene, seen: Seen) -> bool:
    return scene.victim is not None and scene.canary.encode() in seen.returned


ATTACKS = (
    Attack(
        row=7,
        letter="a",
        slug="root-of-others",
        what="reads a host file through the root and working folders of other processes in /proc",
        stopped_by="process namespace; the first process has the same empty root",
        program=_OTHER_ROOTS,
        sign=signs.canary,
        steps=(
            ("init", ("ENOENT", "EACCES")),
            ("init-cwd", ("ENOENT", "EACCES")),
            ("victim", ("ENOENT",)),
            ("victim-cwd", ("ENOENT",)),
        ),
        victim=True,
    ),
    Attack(
        row=7,
        letter="b",
        slug="environment-of-others",
        what="lists the host's processes with their command lines and environments",
        stopped_by="process namespace with its own /proc",
        program=_OTHERS_ENVIRON,
        sign=_host_processes_came_back,
        steps=(("victim", ("ENOENT",)), ("processes", ("few",))),
        victim=True,
    ),
    Attack(
        row=7,
        letter="c",
        slug="memory-of-others",
        what="reads the memory of a host process through /proc",
        stopped_by="process namespace with its own /proc",
        program=_OTHERS_MEMORY,
        sign=signs.canary,
        steps=(("mem", ("ENOENT",)), ("maps", ("ENOENT",))),
        victim=True,
    ),
    Attack(
        row=7,
        letter="d",
        slug="kernel-memory",
        what="reads the kernel's memory through /proc/kcore",
        stopped_by="no right over files of real root",
        program=_KCORE,
        sign=lambda _, seen: b"head:" in seen.returned,
        steps=(("kcore", ("EACCES", "ENOENT")),),
        marks=(
            Mark("kcore", ("EACCES", "EPERM"), "the file belongs to root", ORDINARY),
            Mark("kcore", ("ENOENT",), "this kernel is built without it", ANY),
            Mark("kcore", ("EPERM",), "this kernel is locked down", ANY),
        ),
    ),
    Attack(
        row=7,
        letter="e",
        slug="sysrq",
        what="opens the trigger that reboots the machine for writing",
        stopped_by="read-only cover over it, and no right over files of real root",
        program=_SYSRQ,
        sign=signs.writing("/proc/sysrq-trigger"),
        steps=(("sysrq", ("EACCES", "EROFS", "ENOENT")),),
        marks=(
            Mark("sysrq", ("EACCES",), "the file belongs to root", ORDINARY),
            Mark("sysrq", ("ENOENT",), "this kernel is built without it", ANY),
        ),
    ),
    Attack(
        row=8,
        letter="a",
        slug="core-pattern",
        what="writes the kernel's core_pattern (the same value), which names a program that root runs",
        stopped_by="never started as root; /proc/sys is mounted read-only",
        program=_CORE_PATTERN,
        sign=signs.writing("/proc/sys/kernel/core_pattern"),
        steps=(("core_pattern", ("EROFS", "EACCES")),),
        marks=(Mark("core_pattern", ("EACCES",), "the setting belongs to root", ORDINARY),),
    ),
    Attack(
        row=8,
        letter="b",
        slug="any-setting",
        what="opens every kernel setting under /proc/sys for writing",
        stopped_by="never started as root; /proc/sys is mounted read-only",
        program=_ALL_SETTINGS,
        sign=signs.writing("/proc/sys/"),
        steps=(("any", ("EACCES", "EROFS", "EACCES+EROFS")),),
        marks=(Mark("any", ("EACCES", "EACCES+EPERM"), "the settings belong to root", ORDINARY),),
    ),
    Attack(
        row=9,
        letter="a",
        slug="environment",
        what="prints its own environment, and the one that its children get",
        stopped_by="the program starts with the job's variables only",
        program=_ENVIRONMENT,
        sign=signs.secret,
        steps=(("looked", (DONE,)),),
    ),
    Attack(
        row=10,
        letter="a",
        slug="environment-of-the-init",
        what="reads the environment of the sandbox's first process and of its own parent",
        stopped_by="the sandbox itself is started with an empty environment; its parent cannot be looked at",
        program=_INIT_ENVIRONMENT,
        sign=signs.secret,
        steps=(("init", (DONE, "EACCES")), ("parent", ("EACCES",))),
    ),
    Attack(
        row=11,
        letter="a",
        slug="trace",
        what="attaches a tracer to a host process",
        stopped_by="system-call filter: no ptrace; and a process namespace",
        program=_TRACE,
        sign=signs.noted("traced"),
        steps=(("trace", ("EPERM",)),),
        victim=True,
        watch=_traced,
    ),
    Attack(
        row=11,
        letter="b",
        slug="remote-read",
        what="reads the memory of a host process by process_vm_readv",
        stopped_by="system-call filter; and a process namespace",
        program=_REMOTE_READ,
        sign=signs.canary,
        steps=(("read", ("EPERM",)),),
        victim=True,
    ),
    Attack(
        row=11,
        letter="c",
        slug="remote-write",
        what="writes into the memory of a host process by process_vm_writev",
        stopped_by="system-call filter; and a process namespace",
        program=_REMOTE_WRITE,
        sign=signs.victim_hit,
        steps=(("write", ("EPERM",)),),
        victim=True,
    ),
    Attack(
        row=11,
        letter="d",
        slug="steal-a-descriptor",
        what="takes an open file out of a host process by pidfd_getfd",
        stopped_by="process namespace; system-call filter",
        program=_STEAL_DESCRIPTOR,
        sign=signs.noted("stolen"),
        steps=(("steal", ("ESRCH", "EINVAL")), ("take", ("EPERM",))),
        victim=True,
        watch=_descriptor_stolen,
    ),
    Attack(
        row=12,
        letter="a",
        slug="signal-one",
        what="sends a signal to a host process by its number",
        stopped_by="process namespace: there is no such number",
        program=_KILL_ONE,
        sign=signs.victim_hit,
        steps=(("probe", ("ESRCH",)), ("signal", ("ESRCH",))),
        victim=True,
    ),
    Attack(
        row=12,
        letter="b",
        slug="signal-all",
        what="sends a signal to every process it can reach, kill(-1)",
        stopped_by="process namespace: only the run's own processes are reached",
        program=_KILL_ALL,
        sign=signs.victim_hit,
        steps=(("all", (DONE, "ESRCH")),),
        victim=True,
        alone=True,
    ),
)
