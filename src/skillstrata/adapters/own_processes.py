"""Processes of our own program: detached ones with a log, and workers on a leash.

In     the words after the program's name
Out    a process of a session of its own, or a Worker that ends with us
Never  hands a worker's leash to anybody else: its end is the end of the worker
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from skillstrata.adapters.atomic_files import make_folder, storing
from skillstrata.ports.processes import Worker

LOG_BYTES = 1_000_000
LOG_FILES = 3
_READY = b"ready\n"


class OwnProcesses:
    """Fulfils the Processes port. `program` is the command that starts this program; its log is DATA_DIR/daemon/log."""

    def __init__(self, program: tuple[str, ...], log: Path, *, log_bytes: int = LOG_BYTES) -> None:
        """Remember the program and where the log goes."""
        self._program = program
        self._log = log
        self._log_bytes = log_bytes

    def detach(self, words: tuple[str, ...], *, wait_s: float) -> bool:
        """Start the program on its own; with a time to wait: True once it said that it is ready, False if it ended.

        Raises:
            StoreFull: The log cannot be written.
        """
        with storing(self._log):
            make_folder(self._log.parent)
            self._rotate()
            log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        read, write = os.pipe()
        try:
            process = subprocess.Popen(
                [*self._program, *words],
                stdin=subprocess.DEVNULL,
                stdout=write,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
            os.close(write)
            write = -1
            # It outlives us: nobody here will ever ask how it ended.
            process.returncode = 0
            return wait_s <= 0 or _said_ready(read, wait_s)
        finally:
            for fd in (read, write, log):
                with contextlib.suppress(OSError):
                    os.close(fd)

    def start(self, words: tuple[str, ...]) -> Worker:
        """Start the program as a worker; what it prints goes where our own messages go."""
        process = subprocess.Popen(
            [*self._program, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        return _Leashed(process)

    def ready(self) -> None:
        """Say, in a detached process, that it is ready; from then on its output is its log."""
        with contextlib.suppress(OSError):
            os.write(sys.stdout.fileno(), _READY)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def trim_log(self) -> None:
        """Begin a new log, in a detached process, when the old one is long."""
        with contextlib.suppress(OSError):
            held = os.fstat(sys.stderr.fileno())
            if held.st_size < self._log_bytes or not os.path.samestat(held, self._log.stat()):
                return
            self._rotate()
            fresh = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            for stream in (sys.stdout, sys.stderr):
                os.dup2(fresh, stream.fileno())
            os.close(fresh)

    def _rotate(self) -> None:
        if not self._log.exists() or self._log.stat().st_size < self._log_bytes:
            return
        for number in range(LOG_FILES - 1, 0, -1):
            older = self._log.with_name(f"{self._log.name}.{number}")
            newer = self._log.with_name(f"{self._log.name}.{number - 1}") if number > 1 else self._log
            with contextlib.suppress(FileNotFoundError):
                newer.replace(older)


class _Leashed:
    """Fulfils the Worker port: its standard input is the leash."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def exit_code(self) -> int | None:
        """Give how it ended, None while it runs."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        """Let go of the leash."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def end(self, within_s: float) -> int:
        """Ask it, wait so long, then kill it and its process group."""
        self.ask_to_end()
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            return self._process.wait()


def _said_ready(read: int, wait_s: float) -> bool:
    ready, _, _ = select.select([read], [], [], wait_s)
    return bool(ready) and os.read(read, len(_READY)) == _READY
