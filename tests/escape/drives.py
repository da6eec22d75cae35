"""Other ways to run an attack: to the end of its first process, beneath a supervisor, on a terminal, with open files.

In     Attack, Scene, inside
Out    Seen
Never  leaves a descriptor or a stream of the runner changed
"""

import os
import pickle
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import IO

from skillstrata.records.sandbox_runs import SandboxJob, SandboxResult
from tests.escape.attack import PYTHON, Attack, Seen
from tests.escape.drive import job_for, naive_files, sandboxed, seen_of
from tests.escape.looks import is_program
from tests.escape.scene import Scene
from tests.escape.witness import pids_of

Drive = Callable[[Attack, Scene, bool], Seen]

PATIENCE_S = 10.0
TYPED = "(typed into the terminal)"
_LOOK_S = 0.02
_LOOK_WELL_S = 0.5
_ENOUGH_BYTES = 1 << 16


def by_process(attack: Attack, scene: Scene, inside: bool) -> Seen:
    """Let the control be over when its first process is, whoever still holds its streams; look well who is left."""
    if inside:
        seen = sandboxed(attack, scene)
        seen.survivors = _left_of(scene)
        return seen
    with _started_plainly(attack, scene, subprocess.DEVNULL) as process:
        code = _ended(process)
        returned = _what_is_there(process)
    survivors = _left_of(scene)
    files = naive_files(scene.out)
    return Seen(returned=b"\n".join((returned, *files.values())), exit_code=code, survivors=survivors, files=files)


def telling_the_exit(run: Drive) -> Drive:
    """Make a drive whose step "exit" is the exit code that the caller is told; the end itself is not judged."""

    def drive(attack: Attack, scene: Scene, inside: bool) -> Seen:
        seen = run(attack, scene, inside)
        seen.steps["exit"] = "none" if seen.exit_code is None else str(seen.exit_code)
        seen.exit_code = 0
        return seen

    return drive


def counted(attack: Attack, scene: Scene, inside: bool) -> Seen:
    """Let the control's output be counted, not kept."""
    if inside:
        return sandboxed(attack, scene)
    count = 0
    with _started_plainly(attack, scene, subprocess.DEVNULL) as process:
        while part := os.read(_stdout(process).fileno(), 1 << 20):
            count += len(part)
        code = process.wait(PATIENCE_S)
    return Seen(exit_code=code, values={"streamed": str(count)})


def orphaned(ready: Callable[[Scene], bool]) -> Drive:
    """Make a drive that kills the supervisor as soon as the attack is ready, and looks who is left after a while."""

    def drive(attack: Attack, scene: Scene, inside: bool) -> Seen:
        with _supervised(job_for(attack, scene) if inside else _words(attack, scene)) as supervisor:
            if not _soon(lambda: ready(scene)):
                return Seen(error="the attack did not get ready")
            supervisor.kill()
            supervisor.wait(PATIENCE_S)
        _soon(lambda: not pids_of(scene.token), 2.0)
        return Seen(exit_code=0)

    return drive


def has_family(scene: Scene) -> bool:
    """Say whether the program and two of its children are there."""
    return sum(map(is_program, pids_of(scene.token))) > 2


def on_a_terminal(attack: Attack, scene: Scene, inside: bool) -> Seen:
    """Run it with a terminal that belongs to the supervisor's session, and see what was typed into it."""
    ours, theirs = pty.openpty()
    try:
        settings = termios.tcgetattr(theirs)
        settings[3] &= ~(termios.ICANON | termios.ECHO)
        termios.tcsetattr(theirs, termios.TCSANOW, settings)
        asked = job_for(attack, scene) if inside else _words(attack, scene)
        with _supervised(asked, os.ttyname(theirs)) as supervisor:
            said, _ = supervisor.communicate(timeout=PATIENCE_S * 3)
        if supervisor.returncode:
            return Seen(error="the supervisor failed")
        seen = seen_of(_unpacked(said))
        os.set_blocking(theirs, False)
        with suppress(BlockingIOError):
            seen.files[TYPED] = os.read(theirs, _ENOUGH_BYTES)
        return seen
    finally:
        os.close(theirs)
        os.close(ours)


def with_open_files(attack: Attack, scene: Scene, inside: bool) -> Seen:
    """Run it while the caller has a secret and a folder open, both to be inherited."""
    opened = [os.open(scene.key, os.O_RDONLY), os.open(scene.home, os.O_RDONLY | os.O_DIRECTORY)]
    try:
        for fd in opened:
            os.set_inheritable(fd, True)
        return sandboxed(attack, scene) if inside else _plainly(attack, scene, subprocess.DEVNULL)
    finally:
        for fd in opened:
            os.close(fd)


def with_a_secret_on_stdin(attack: Attack, scene: Scene, inside: bool) -> Seen:
    """Run it while the caller's own standard input has a secret to read."""
    reading, writing = os.pipe()
    kept = os.dup(0)
    try:
        os.write(writing, scene.canary.encode())
        os.close(writing)
        os.dup2(reading, 0)
        return sandboxed(attack, scene) if inside else _plainly(attack, scene, None)
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(reading)


def _plainly(attack: Attack, scene: Scene, stdin: int | None) -> Seen:
    with _started_plainly(attack, scene, stdin, close_fds=False) as process:
        said, _ = process.communicate(timeout=PATIENCE_S)
    return Seen(returned=said, exit_code=process.returncode)


def _words(attack: Attack, scene: Scene) -> list[str]:
    program = scene.folder / "main.py"
    program.write_text(attack.source)
    return [PYTHON, "-I", str(program), scene.facts()]


@contextmanager
def _started_plainly(
    attack: Attack, scene: Scene, stdin: int | None, *, close_fds: bool = True
) -> "Generator[subprocess.Popen[bytes]]":
    process = subprocess.Popen(
        _words(attack, scene),
        cwd=scene.out,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        close_fds=close_fds,
    )
    yield from _kept(process)


@contextmanager
def _supervised(asked: SandboxJob | list[str], *terminal: str) -> "Generator[subprocess.Popen[bytes]]":
    process = subprocess.Popen(
        [sys.executable, "-P", "-s", "-m", "tests.escape.supervisor", *terminal],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    if process.stdin is None:
        raise RuntimeError("the supervisor has no standard input")
    process.stdin.write(pickle.dumps(asked))
    process.stdin.close()
    process.stdin = None
    yield from _kept(process)


def _kept(process: "subprocess.Popen[bytes]") -> "Generator[subprocess.Popen[bytes]]":
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        _stdout(process).close()


def _unpacked(said: bytes) -> SandboxResult:
    result = pickle.loads(said)  # noqa: S301 written by our own supervisor
    if not isinstance(result, SandboxResult):
        raise TypeError(f"the supervisor said {result!r}")
    return result


def _ended(process: "subprocess.Popen[bytes]") -> int | None:
    with suppress(subprocess.TimeoutExpired):
        return process.wait(PATIENCE_S * 2)
    return None


def _left_of(scene: Scene) -> tuple[str, ...]:
    # One look can miss a chain of processes that each live for an instant.
    left: set[str] = set()
    _soon(lambda: bool(left.update(pids_of(scene.token)) or left), _LOOK_WELL_S)
    return tuple(left)


def _what_is_there(process: "subprocess.Popen[bytes]") -> bytes:
    os.set_blocking(_stdout(process).fileno(), False)
    return _stdout(process).read() or b""


def _stdout(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    if process.stdout is None:
        raise RuntimeError("the process has no standard output")
    return process.stdout


def _soon(seen: Callable[[], bool], within_s: float = PATIENCE_S) -> bool:
    deadline = time.monotonic() + within_s
    while not seen():
        if time.monotonic() > deadline:
            return False
        select.select((), (), (), _LOOK_S)
    return True
