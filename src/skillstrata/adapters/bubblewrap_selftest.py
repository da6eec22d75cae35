"""Cheap attacks on the sandbox itself before it is trusted: once for each boot, bubblewrap, filter and user.

In     a way to run a job in the sandbox; the folder where a passed test is remembered
Out    the first wall that does not hold, or an empty string
Never  takes a wall for granted because it was asked for; remembers a test that failed
Why    each attack is also made outside, where those must succeed that anybody may make there: an attack that fails
       everywhere shows nothing
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from skillstrata.adapters.atomic_files import write_atomic
from skillstrata.adapters.bubblewrap_argv import interpreter
from skillstrata.records.failures import SandboxUnavailable
from skillstrata.records.sandbox_runs import Limits, MountedFile, SandboxJob, SandboxResult

Run = Callable[[SandboxJob], SandboxResult]

_INPUT = "/in/input"
_WALL_S = 20.0
_PREFIX = "skillstrata-selftest-"
# Gives the names of the attacks that succeeded. Arguments: a file that must not be seen, a file that must not be
# written, and a process whose environment must not be seen.
_ATTACKS = """
import ctypes, json, os, socket, sys

secret, given, other = sys.argv[1:]


def read_secret():
    return open(secret).read()


def write_given():
    open(given, "r+").write("changed")


def write_kernel_setting():
    names = (os.path.join(where, n) for where, _, files in os.walk("/proc/sys/kernel") for n in files)
    return next(n for n in names if os.access(n, os.W_OK))


def read_environment():
    return open(f"/proc/{other}/environ", "rb").read()[0]


def make_socket():
    for family in (socket.AF_INET, socket.AF_UNIX, socket.AF_NETLINK, 40):
        try:
            socket.socket(family, socket.SOCK_DGRAM).close()
            return
        except OSError:
            pass
    raise OSError


def make_user_namespace():
    if ctypes.CDLL(None).unshare(0x10000000):
        raise OSError


def see_host_folders():
    # What the interpreter itself lies in must be seen.
    names = ("/home", "/root", "/var", "/sys", "/run", "/boot", "/srv", "/opt", "/etc/shadow", "/etc/hostname")
    return next(n for n in names if os.path.lexists(n) and not sys.prefix.startswith(n + "/"))


def see_devices():
    usual = "console core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero".split()
    return next(n for n in os.listdir("/dev") if n not in usual)


done = []
attacks = read_secret, write_given, write_kernel_setting, read_environment, make_socket, make_user_namespace
for attack in (*attacks, see_host_folders, see_devices):
    try:
        attack()
        done.append(attack.__name__)
    except (OSError, StopIteration, IndexError):
        pass
print(json.dumps(done))
"""
_SAYS = {
    "read_secret": "a file of the host can be read",
    "write_given": "an input can be written",
    "write_kernel_setting": "settings of the kernel can be written",
    "read_environment": "the environment of the host can be read",
    "make_socket": "a socket can be made",
    "make_user_namespace": "another user namespace can be made",
    "see_host_folders": "folders of the host can be seen",
    "see_devices": "devices of the host can be seen",
}
# What everybody may do outside; if one of these fails there, the test itself is broken.
_CONTROLS = frozenset({"read_secret", "write_given", "read_environment", "make_socket", "see_host_folders"})

_passed: set[str] = set()


def failing_wall(run: Run, key: str, remembered: Path | None) -> str:
    """Attack the sandbox, unless it has withstood the same attacks before.

    Args:
        run: Runs a job in the sandbox under test.
        key: What the answer depends on; see `key_of`.
        remembered: A folder for the mark of a passed test; None to remember it for this process only.
    """
    if key in _passed or (remembered is not None and (remembered / key).is_file()):
        _passed.add(key)
        return ""
    wall = attack(run)
    if not wall:
        _passed.add(key)
        _remember(key, remembered)
    return wall


def key_of(bwrap: str, *parts: bytes) -> str:
    """Give a name for everything the test depends on: this boot, this bubblewrap, this user, and the parts."""
    seen = os.stat(bwrap)
    words = (_boot(), os.uname().release, bwrap, str(seen.st_mtime_ns), str(seen.st_size), str(os.geteuid()), _ATTACKS)
    return hashlib.sha256("\0".join(words).encode() + b"\0".join(parts)).hexdigest()[:32]


def attack(run: Run) -> str:
    """Make every attack inside and outside; give the first wall that does not hold."""
    # Open to everybody, so that only the walls can stop the sandbox's own user.
    try:
        return _attack(run)
    except OSError as error:
        raise SandboxUnavailable(
            f"no temporary folder can be written for the self-test: {error.strerror}",
            hint="free space in it, or name another one with TMPDIR",
        ) from error


def _attack(run: Run) -> str:
    with NamedTemporaryFile(prefix=_PREFIX) as secret, NamedTemporaryFile(prefix=_PREFIX) as given:
        for file in (secret, given):
            file.write(b"as it was")
            file.flush()
            os.fchmod(file.fileno(), 0o644)
        inside = run(_job(secret.name))
        outside = _outside(secret.name, given.name)
    missing = _CONTROLS - outside
    if missing:
        return f"the self-test itself does not work here: outside, nothing came of {sorted(missing)}"
    try:
        done = json.loads(inside.stdout)
    except ValueError:
        said = inside.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return f"the self-test did not end inside ({inside.limit or inside.exit_code}): {said}"
    return next((_SAYS.get(str(name), str(name)) for name in done), "")


def _job(secret: str) -> SandboxJob:
    python = interpreter(SandboxJob(("/",)))
    words = (python, "-I", "-S", "-c", _ATTACKS, secret, _INPUT, "1")
    given = MountedFile(_INPUT, data=b"as it was")
    return SandboxJob(words, files=(given,), limits=Limits(wall_s=_WALL_S))


def _outside(secret: str, given: str) -> frozenset[str]:
    words = (sys.executable, "-I", "-S", "-c", _ATTACKS, secret, given, "self")
    try:
        done = subprocess.run(
            words, capture_output=True, env={"A": "b"}, stdin=subprocess.DEVNULL, check=False, timeout=_WALL_S
        )
        return frozenset(json.loads(done.stdout))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return frozenset()


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
    except OSError:
        return ""


def _remember(key: str, folder: Path | None) -> None:
    if folder is None:
        return
    # Where nothing can be written the test is made again by the next process.
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomic(folder / key, b"withstood\n")
