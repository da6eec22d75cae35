"""Real background processes for tests: started, killed, asked, and what they leave behind.

with Daemon(data_dir) as daemon:
    daemon.hand_over(payload)
    daemon.wait_for_empty_spool()
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from skillstrata.adapters.claude_code_settings import ClaudeCodeSettings
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import App, open_app

PROGRAM = (sys.executable, "-m", "skillstrata")
BOUND_S = 60.0


def wait_for(claim: Callable[[], bool], what: str, *, bound_s: float = BOUND_S) -> None:
    """Wait until something holds; fail after a bound that no sound machine needs."""
    until = time.monotonic() + bound_s
    while not claim():
        assert time.monotonic() < until, f"waited {bound_s:g} s for {what}"
        threading.Event().wait(0.02)


def payload(number: int, *, session: str = "s", **fields: object) -> bytes:
    """Make the payload of one shell call."""
    call = {
        "session_id": session,
        "hook_event_name": "PostToolUse",
        "cwd": "/home/dev",
        "tool_name": "Bash",
        "tool_input": {"command": f"echo {number}"},
        "tool_response": {"stdout": f"{number}\n", "stderr": ""},
        "tool_use_id": f"toolu_{number:06}",
    }
    return json.dumps(call | fields).encode()


class Daemon:
    """One data directory with the real hook, and the daemon that serves it; ended when the block ends."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        self.data_dir = data_dir
        self.options = options
        # A plain descriptor: what it says must be readable also where its disk is full.
        self.said, name = tempfile.mkstemp()
        Path(name).unlink()
        self.process: subprocess.Popen[bytes] | None = None
        self.app.prepare()
        home = data_dir.parent / "home"
        settings = ClaudeCodeSettings(home, home, data_dir, "project", PROGRAM, {})
        self.hook = settings.put_hook()

    def __enter__(self) -> Self:
        if self.process is None:
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        os.close(self.said)

    @property
    def app(self) -> App:
        """A view of the data directory of its own."""
        return open_app(load_settings(data_dir=self.data_dir, config=None, environ=dict(os.environ)))

    def start(self) -> None:
        """Start it in the foreground of a process of its own, and wait until it holds the post."""
        words = [*PROGRAM, "--data-dir", str(self.data_dir), *self.options, "daemon", "run", "--quiet"]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=self.said, start_new_session=True)

    def wait_until_ready(self) -> None:
        """Wait until it says what it does."""
        post = self.app.daemon_post
        wait_for(lambda: (s := post.state()) is not None and s.pid == self.pid, "the daemon to take its post")

    @property
    def pid(self) -> int:
        """Its process."""
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """End it as the power does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def messages(self) -> str:
        """Give what it said so far."""
        return os.pread(self.said, os.fstat(self.said).st_size, 0).decode()

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a verb on the same data directory."""
        argv = [*PROGRAM, "--data-dir", str(self.data_dir), *words]
        return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)

    def hand_over(self, data: bytes) -> None:
        """Let the real hook take one event."""
        subprocess.run(["/bin/sh", self.hook], input=data, check=True, timeout=60)

    def waiting(self) -> int:
        """Count what is not taken in."""
        return self.app.spool.waiting()

    def wait_for_empty_spool(self, *, bound_s: float = BOUND_S) -> None:
        """Wait until everything is taken in."""
        wait_for(lambda: self.waiting() == 0, "the spool to be drained", bound_s=bound_s)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a data directory holds in the end: how often each call is in the log, and the rests."""

    calls: Counter[str]
    indexed: int
    balanced: bool
    rests: tuple[str, ...]
    lost: int


def kept(data_dir: Path, sessions: list[str]) -> Kept:
    """Read everything back."""
    app = open_app(load_settings(data_dir=data_dir, config=None, environ=dict(os.environ)))
    calls = Counter(event.tool_use_id for session in sessions for event in app.traces.session(session))
    accounting = app.catalog.accounting()
    rests = tuple(p.name for name in ("new", "tmp", "quarantine") for p in (data_dir / "spool" / name).iterdir())
    return Kept(calls, accounting.events, accounting.balanced, rests, app.spool.lost())


@dataclass(frozen=True, slots=True)
class Soak:
    """How long and hard: so many events by so many writers, and a kill every so many seconds."""

    events: int
    writers: int
    kill_every_s: tuple[float, float]
    bound_s: float


def soak(data_dir: Path, plan: Soak) -> tuple[Kept, int]:
    """Write events through the real hook while the daemon is killed and started again; gives what is kept, and kills.

    Every writer is a session of its own. When all have written, the last daemon drains what is left.
    """
    daemon = Daemon(data_dir, "--idle-s", "86400")
    numbers = iter(range(plan.events))
    take = threading.Lock()
    done = threading.Event()

    def write(session: str) -> None:
        while True:
            with take:
                number = next(numbers, None)
            if number is None:
                return
            daemon.hand_over(payload(number, session=session))

    sessions = [f"writer-{n}" for n in range(plan.writers)]
    writers = [threading.Thread(target=write, args=(session,)) for session in sessions]
    for writer in writers:
        writer.start()
    threading.Thread(target=lambda: ([w.join() for w in writers], done.set())).start()
    chance, kills = random.Random(11), 0  # noqa: S311
    daemon.start()
    while not done.wait(chance.uniform(*plan.kill_every_s)):
        daemon.kill()
        kills += 1
        daemon.start()
    with daemon:
        daemon.wait_for_empty_spool(bound_s=plan.bound_s)
    return kept(data_dir, sessions), kills
