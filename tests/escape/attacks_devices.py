"""Attacks on the machine's devices (row 43)."""

import stat
from pathlib import Path

from tests.escape import looks, signs
from tests.escape.attack import ANY, DONE, ORDINARY, ROOTLESS, Attack, Mark, Seen
from tests.escape.scene import Scene

# Read only, and none that does something when it is opened.
_OPEN = """
errors, kept = set(), []
for name in NAMES.split():
    try:
        kept.append(os.open("/dev/" + name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY))
    except OSError as error:
        errors.add(errno.errorcode[error.errno])
say("any", "done" if kept else "+".join(sorted(errors)))
if kept:
    hold()
"""
_MEMORY = "mem kmem port kmsg cpu/0/msr cpu_dma_latency hpet nvram"
_DISKS = "sda sda1 vda vda1 xvda nvme0n1 mmcblk0 dm-0 loop0 loop-control zram0 btrfs-control mapper/control"
_DOORS = "kvm fuse net/tun vsock vhost-net vhost-vsock userfaultfd autofs uinput ppp dri/card0 dri/renderD128 nvidiactl"
_CONSOLES = "console tty0 tty1 ttyS0 vcs vcsa input/event0 uhid hidraw0"

_LIST = """
everyday = set("null zero full random urandom tty console ptmx pts shm fd stdin stdout stderr core".split())
print("more:%d" % len(set(os.listdir("/dev")) - everyday))
say("listed", "done")
"""

_NODE = """
def make(name, mode, number):
    os.mknod(name, mode, number)
    hold()
tried("null", make, "null", 0o20666, os.makedev(1, 3))
tried("memory", os.mknod, "memory", 0o20666, os.makedev(1, 1))
tried("disk", os.mknod, "disk", 0o60666, os.makedev(254, 0))
"""

# These everybody may make; the first is what a union of folders takes for a removed file.
_NODES_FOR_ALL = """
os.mknod("whiteout", 0o20666, 0)
os.mkfifo("pipe")
os.mknod("socket", 0o140666)
say("made", "done")
"""


def _doors(letter: str, slug: str, what: str, names: str, form: str = "") -> Attack:
    closed = ("EACCES", "EACCES+ENOENT", "EACCES+EPERM", "EACCES+ENOENT+EPERM", "EACCES+ENOENT+ENXIO")
    return Attack(
        row=43,
        letter=letter,
        slug=slug,
        what=what,
        stopped_by="a /dev of its own, with the everyday devices only",
        program=f"NAMES = {names!r}\n{_OPEN}",
        sign=signs.noted("device"),
        steps=(("any", ("ENOENT", "ENOENT+ENXIO")),),
        marks=(
            Mark("any", closed, "they belong to root", ORDINARY),
            Mark("any", ("ENOENT", "ENODEV", "ENXIO", "ENOENT+ENXIO"), "the machine has none of them", ANY),
        ),
        watch=looks.each_program(looks.other_device),
        form=form,
    )


def _is_a_device(path: Path) -> bool:
    return stat.S_IFMT(path.lstat().st_mode) in (stat.S_IFCHR, stat.S_IFBLK)


def _device_left(scene: Scene, _: Seen) -> bool:
    return any(map(_is_a_device, scene.out.iterdir()))


ATTACKS = (
    _doors("a", "memory", "opens the machine's memory, ports and kernel log", _MEMORY),
    _doors("b", "disks", "opens the machine's disks", _DISKS),
    _doors("c", "doors-to-the-kernel", "opens devices for machines, file systems and networks", _DOORS),
    _doors("d", "consoles", "opens the machine's consoles and keyboards", _CONSOLES),
    _doors("m", f"doors-to-the-kernel-{ROOTLESS}", "opens such devices, in a job without outputs", _DOORS, ROOTLESS),
    Attack(
        row=43,
        letter="e",
        slug="list",
        what="lists the machine's devices",
        stopped_by="a /dev of its own, with the everyday devices only",
        program=_LIST,
        sign=lambda _, seen: b"more:" in seen.returned and b"more:0\n" not in seen.returned,
        steps=(("listed", (DONE,)),),
    ),
    Attack(
        row=43,
        letter="f",
        slug="make-a-device",
        what="makes devices of its own in the output folder",
        stopped_by="no capabilities, and a user namespace",
        program=_NODE,
        sign=_device_left,
        steps=tuple((step, ("EPERM",)) for step in ("null", "memory", "disk")),
        marks=(Mark("null", ("EPERM",), "only root may", ORDINARY),),
    ),
    Attack(
        row=43,
        letter="g",
        slug="make-what-everybody-may",
        what="leaves a whiteout device, a named pipe and a socket in the outputs",
        stopped_by="the collector takes regular files and folders only",
        program=_NODES_FOR_ALL,
        sign=_device_left,
        steps=(("made", (DONE,)),),
        refused="it is not a regular file",
    ),
)
