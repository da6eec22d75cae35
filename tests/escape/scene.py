"""The host as one attack finds it: secrets, files, services and a process, all made for it and taken away after.

In     the attack: what it needs
Out    Scene: what the program is told, and what changed, who called and who was hit
Never  touches anything of the machine that it did not make
"""

import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

from tests.escape.attack import PYTHON, Attack

# Not /tmp: the sandbox has a /tmp of its own, and a folder there cannot be shown in it.
PLACE = "/var/tmp"
SECRET_VARIABLE = "STRATA_ESCAPE_SECRET"
_OURS = ("main.py", "looks")

# Holds the canary in its memory, lets anyone trace it where Yama asks for that, and says when a signal comes.
_VICTIM = """
import ctypes, os, signal, sys
text, number = sys.stdin.readline().split()
canary = ctypes.create_string_buffer(bytes.fromhex(text))
ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1 & (1 << 64) - 1), 0, 0, 0)
def hit(*_):
    os.write(1, b"hit\\n")
signal.signal(int(number), hit)
os.write(1, b"%d\\n" % ctypes.addressof(canary))
while True:
    signal.pause()
"""


class Scene:
    """One fresh folder with everything that an attack may go for."""

    def __init__(self, attack: Attack, *, inside: bool) -> None:
        """Lay it out for an attack; `inside` says whether the program will run in the sandbox."""
        self.inside = inside
        self._place = attack.place
        self.token = secrets.token_hex(12)
        self.canary = f"canary-{secrets.token_hex(16)}"
        self.secret = os.environ.get(SECRET_VARIABLE, "")
        self._closing = ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="strata-escape-", dir=PLACE))
        self._closing.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.out, self.shown, self.home = (self.folder / name for name in ("out", "shown", "home"))
        self.input = self.folder / "in" / "input.txt"
        self.looks = self.folder / "looks"
        self.key = self.home / ".ssh" / "id_ed25519"
        self._files()
        self._services()
        self.victim: subprocess.Popen[bytes] | None = None
        self.address = 0
        if attack.victim:
            self._start_victim(signal.SIGURG if attack.alone else signal.SIGUSR1)
        self._before = self._snapshot()

    def _files(self) -> None:
        for path, text in (
            (self.input, "an input\n"),
            (self.input.with_name("neighbour.txt"), self.canary),
            (self.key, self.canary),
            (self.home / ".bashrc", "# shell\n"),
            (self.shown / "shown.txt", "shown\n"),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.out.mkdir()
        # Open to every user, so that a read-only mount alone can stop a change.
        for path in (self.input.parent, self.input, self.shown, self.shown / "shown.txt"):
            path.chmod(0o777 if path.is_dir() else 0o666)

    def _services(self) -> None:
        self._listeners: list[tuple[str, socket.socket]] = []
        stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
        self.abstract = f"strata-{self.token}"
        self.unix = str(self.shown / "service.sock")
        self.tcp = self._listen("tcp", socket.AF_INET, stream, ("127.0.0.1", 0))[1]
        self.udp = self._listen("udp", socket.AF_INET, datagram, ("127.0.0.1", 0))[1]
        self._listen("unix", socket.AF_UNIX, stream, self.unix)
        self._listen("unix-datagram", socket.AF_UNIX, datagram, f"{self.unix}.dgram")
        for path in (self.unix, f"{self.unix}.dgram"):
            os.chmod(path, 0o777)  # noqa: S103 only the sandbox may stand in the way
        self._listen("abstract", socket.AF_UNIX, stream, f"\0{self.abstract}")
        self._listen("abstract-datagram", socket.AF_UNIX, datagram, f"\0{self.abstract}.dgram")

        self.fifo = str(self.shown / "service.fifo")
        os.mkfifo(self.fifo)
        os.chmod(self.fifo, 0o666)  # noqa: S103 the same
        self._fifo = os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._closing.callback(os.close, self._fifo)

    def _listen(self, name: str, family: int, kind: int, address: tuple[str, int] | str) -> tuple[str, int]:
        listener = self._closing.enter_context(socket.socket(family, kind))
        listener.bind(address)
        listener.setblocking(False)
        if kind == socket.SOCK_STREAM:
            listener.listen(8)
        self._listeners.append((name, listener))
        return listener.getsockname()

    def _start_victim(self, listens_to: signal.Signals) -> None:
        self.victim = subprocess.Popen(
            [PYTHON, "-I", "-c", _VICTIM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"VICTIM": self.canary},
        )
        self._closing.callback(self._end_victim, self.victim)
        if self.victim.stdin is None or self.victim.stdout is None:
            raise RuntimeError("the victim has no pipes")
        self.victim.stdin.write(f"{self.canary.encode().hex()} {listens_to.value}\n".encode())
        self.victim.stdin.flush()
        self.address = int(self.victim.stdout.readline())
        os.set_blocking(self.victim.stdout.fileno(), False)

    @staticmethod
    def _end_victim(victim: subprocess.Popen[bytes]) -> None:
        victim.kill()
        victim.communicate()

    def facts(self) -> str:
        """Give what the program is told, as its one argument; no canary is in it."""
        inside = self.inside
        return json.dumps(
            {
                "token": self.token,
                "inside": inside,
                "input": "/in/input.txt" if inside else str(self.input),
                "out": self._place if inside else str(self.out),
                "shown": str(self.shown),
                "home": str(self.home),
                "key": str(self.key),
                "runner": os.getpid(),
                "victim": self.victim.pid if self.victim else 0,
                "address": self.address,
                "canary_bytes": len(self.canary),
                "tcp": self.tcp,
                "udp": self.udp,
                "unix": self.unix,
                "fifo": self.fifo,
                "abstract": self.abstract,
                "looks": "" if inside else str(self.looks),
                "number": int(self.token[:7], 16),
            }
        )

    def changed(self) -> bool:
        """Say whether anything in the folder but `out` is not as it was laid out."""
        return self._snapshot() != self._before

    def visits(self) -> list[str]:
        """Name the services that somebody called since the last look."""
        found: list[str] = []
        for name, listener in self._listeners:
            with suppress(BlockingIOError):
                if listener.type == socket.SOCK_STREAM:
                    listener.accept()[0].close()
                else:
                    listener.recv(100)
                found.append(name)
        with suppress(BlockingIOError):
            found += ["fifo"] if os.read(self._fifo, 100) else []
        return found

    def victim_hit(self) -> bool:
        """Say whether the victim got a signal, is traced, ended, or holds other bytes than it did."""
        if self.victim is None or self.victim.stdout is None:
            return False
        if self.victim.poll() is not None or self.victim.stdout.read():
            return True
        with open(f"/proc/{self.victim.pid}/mem", "rb") as memory:
            memory.seek(self.address)
            return memory.read(len(self.canary)) != self.canary.encode()

    def victim_traced(self) -> bool:
        """Say whether somebody traces the victim at this moment."""
        if self.victim is None:
            return False
        return "TracerPid:\t0\n" not in Path(f"/proc/{self.victim.pid}/status").read_text()

    def _snapshot(self) -> dict[str, tuple[int, int, int, str]]:
        found: dict[str, tuple[int, int, int, str]] = {}
        for path in sorted(self.folder.rglob("*")):
            seen = path.lstat()
            if path == self.out or self.out in path.parents or path.name in _OURS:
                continue
            content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(seen.st_mode) else ""
            found[str(path)] = (seen.st_mode, seen.st_nlink, seen.st_mtime_ns, content)
        return found

    def close(self) -> None:
        """Take everything away."""
        self._closing.close()
