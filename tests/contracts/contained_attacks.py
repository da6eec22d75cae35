"""Attacks on the `contained` tier, each with an outside check; run behind the walls, and plainly as the same user.

Run as a program, it prints as JSON the names that got through behind the walls, and those that did nothing without
them. Paths are told in hexadecimal digits: words of a job that name one of its paths are rewritten, and it is the walls
that shall be tried here.
"""

import json
import os
import resource
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from skillstrata.adapters.landlock_sandbox import LandlockSandbox
from skillstrata.records.sandbox_runs import Limits, SandboxJob

PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else "/usr/local/bin/python3"
_PLACE = "/var/tmp"
_PRELUDE = """
import ctypes, json, os, resource, signal, socket, struct, sys
f = json.loads(bytes.fromhex(sys.argv[1]))
libc = ctypes.CDLL(None, use_errno=True)
"""
_VICTIM = """
import os, signal
signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"hit"))
os.write(1, b"!")
while os.read(0, 1): os.write(1, b"!")
"""


class Host:
    """What of the host an attack may go for: files, services and a process, all made for it."""

    def __enter__(self) -> "Host":
        """Lay it out."""
        self._held = ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="strata-host-", dir=_PLACE))
        self._held.callback(shutil.rmtree, self.folder)
        self.folder.chmod(0o777)
        self.canary = secrets.token_hex(16)
        self.file = self.folder / "canary"
        self.file.write_text(self.canary, encoding="ascii")
        self.file.chmod(0o666)
        self._listeners = [
            self._listener(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            self._listener(socket.AF_UNIX, socket.SOCK_STREAM, str(self.folder / "stream")),
            self._listener(socket.AF_UNIX, socket.SOCK_DGRAM, str(self.folder / "datagram")),
            self._listener(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{self.folder}"),
        ]
        self.victim = subprocess.Popen(
            [PYTHON, "-I", "-c", _VICTIM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"CANARY": self.canary},
            bufsize=0,
        )
        self._held.callback(self._end)
        assert self._said() == b"!"
        self._before = self._state()
        return self

    def _listener(self, family: int, kind: int, address: tuple[str, int] | str) -> socket.socket:
        made = self._held.enter_context(socket.socket(family, kind))
        made.bind(address)
        made.setblocking(False)
        if kind == socket.SOCK_STREAM:
            made.listen(8)
        if isinstance(address, str) and not address.startswith("\0"):
            Path(address).chmod(0o777)
        return made

    def _end(self) -> None:
        self.victim.kill()
        self.victim.communicate()

    def _said(self) -> bytes:
        """Read what the victim wrote up to its next answer, or to its end."""
        assert self.victim.stdout is not None
        said = b""
        while not said.endswith(b"!") and (part := self.victim.stdout.read(1)):
            said += part
        return said

    def _hit(self) -> bool:
        # A signal that came before the question is handled before the answer.
        assert self.victim.stdin is not None
        with suppress(BrokenPipeError):
            self.victim.stdin.write(b"?")
        return self._said() != b"!"

    def facts(self) -> str:
        """Give what a program is told."""
        facts = {
            "folder": str(self.folder),
            "file": str(self.file),
            "tcp": self._listeners[0].getsockname()[1],
            "victim": self.victim.pid,
        }
        return json.dumps(facts).encode().hex()

    def _state(self) -> object:
        files = sorted(self.folder.iterdir())
        seen = [(p.name, *_kept(p.lstat()), os.listxattr(p, follow_symlinks=False)) for p in files]
        bounds = resource.prlimit(self.victim.pid, resource.RLIMIT_NOFILE), os.getpriority(0, self.victim.pid)
        text = self.file.read_bytes() if os.access(self.file, os.R_OK) else b""
        return seen, text, bounds, sorted(os.sched_getaffinity(self.victim.pid)), self.folder.stat().st_mode

    def hurt(self) -> bool:
        """Say whether anything changed, anybody called, or the victim was hit."""
        called = False
        for listener in self._listeners:
            with suppress(BlockingIOError):
                listener.recv(9) if listener.type == socket.SOCK_DGRAM else listener.accept()[0].close()
                called = True
        return called or self._hit() or self._state() != self._before

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Take everything away."""
        self.folder.chmod(0o700)
        self._held.close()


def _kept(seen: os.stat_result) -> tuple[int, int, int]:
    # Not the time of the last look.
    return seen.st_mode, seen.st_nlink, seen.st_mtime_ns


Sign = Callable[[Host, bytes], bool]


def _hurt(host: Host, _: bytes) -> bool:
    return host.hurt()


def _sung(host: Host, said: bytes) -> bool:
    return host.canary.encode() in said


def _named(_: Host, said: bytes) -> bool:
    return b"canary" in said


@dataclass(frozen=True)
class Attack:
    """A program and the sign, seen from outside, that it got through."""

    program: str
    sign: Sign = _hurt


ATTACKS = {
    "read": Attack("print(open(f['file']).read())", _sung),
    "list": Attack("print(os.listdir(f['folder']))", _named),
    "read by another's root": Attack("print(open('/proc/%d/root' % f['victim'] + f['file']).read())", _sung),
    "write": Attack("open(f['file'], 'a').write('x')"),
    "make": Attack("open(f['folder'] + '/new', 'w')"),
    "make a folder": Attack("os.mkdir(f['folder'] + '/new')"),
    "truncate": Attack("os.truncate(f['file'], 0)"),
    "rename": Attack("os.rename(f['file'], f['file'] + '.old')"),
    "remove": Attack("os.remove(f['file'])"),
    "link": Attack("os.link(f['file'], f['folder'] + '/second')"),
    "symlink": Attack("os.symlink('x', f['folder'] + '/link')"),
    "close to its owner": Attack("os.chmod(f['file'], 0)"),
    "close a folder by descriptor": Attack(
        "libc.syscall(452, os.open(f['folder'], os.O_PATH), b'', 0o500, 0x1000) and os.chmod(f['folder'], 0o500)"
    ),
    "stamp": Attack("os.utime(f['file'], ns=(1, 1))"),
    "label": Attack("os.setxattr(f['file'], 'user.x', b'1')"),
    "connect by TCP": Attack("socket.create_connection(('127.0.0.1', f['tcp']), 5).send(b'x')"),
    "connect to a path": Attack("socket.socket(socket.AF_UNIX).connect(f['folder'] + '/stream')"),
    "connect to a name": Attack("socket.socket(socket.AF_UNIX).connect(chr(0) + f['folder'])"),
    "send from one of a pair": Attack(
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', f['folder'] + '/datagram')"
    ),
    "signal": Attack("os.kill(f['victim'], signal.SIGUSR1)"),
    "signal by a descriptor's owner": Attack(
        "import fcntl\nr, w = os.pipe()\nfcntl.fcntl(r, 10, int(signal.SIGUSR1)); fcntl.fcntl(r, 8, f['victim'])\n"
        "fcntl.fcntl(r, fcntl.F_SETFL, os.O_ASYNC); os.write(w, b'x')"
    ),
    "read its environment": Attack("print(open('/proc/%d/environ' % f['victim']).read())", _sung),
    "lower its limits": Attack("resource.prlimit(f['victim'], resource.RLIMIT_NOFILE, (9, 9))"),
    "slow it down": Attack("os.setpriority(os.PRIO_PROCESS, f['victim'], 19)"),
    "bind it to a processor": Attack("os.sched_setaffinity(f['victim'], [min(os.sched_getaffinity(0))])"),
}


def outcome(attack: Attack, sandbox: LandlockSandbox | None) -> bool:
    """Run one attack behind the walls, or plainly; say whether it got through."""
    with Host() as host, tempfile.TemporaryDirectory(dir=_PLACE) as work_dir:
        program = (PYTHON, "-I", "-c", _PRELUDE + attack.program, host.facts())
        if sandbox:
            said = sandbox.run(SandboxJob(program, limits=Limits(wall_s=20.0))).stdout
        else:
            said = subprocess.run(program, capture_output=True, check=False, cwd=work_dir, timeout=20).stdout
        return attack.sign(host, said)


def survey(sandbox: LandlockSandbox) -> dict[str, list[str]]:
    """Name the attacks that got through the walls, and those that do nothing even without."""
    return {
        "through": [name for name, attack in ATTACKS.items() if outcome(attack, sandbox)],
        "harmless": [name for name, attack in ATTACKS.items() if not outcome(attack, None)],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(survey(LandlockSandbox(int(sys.argv[1]) if sys.argv[1:] else None))))
