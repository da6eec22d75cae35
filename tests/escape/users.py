"""Has each attack judged in a process of its own, as root or as an ordinary user.

In     the user's name, the attack's name
Out    Outcome; or the reason why this user cannot run anything here
Never  runs as another user than the one asked for
Why    an ordinary user may not enter closed folders such as root's home, so the code is laid out where all may read it
"""

import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from tests.escape.attack import ORDINARY, ROOT
from tests.escape.runner import FAILED
from tests.escape.scene import PLACE, SECRET_VARIABLE
from tests.escape.verdict import Outcome

REPOSITORY = Path(__file__).parents[2]
UID = 12345
TIMEOUT_S = 120.0
_OLDEST = (3, 11)
# What the sandbox needs besides the standard library: the proxy of a run with a network grant.
_PACKAGES = ("h11",)
_SETPRIV = ("setpriv", "--reuid", str(UID), "--regid", str(UID), "--clear-groups", "--inh-caps=-all", "--")
_PROBE = (
    "import sys, json, skillstrata.adapters.bubblewrap, tests.escape.catalogue;"
    "print(json.dumps([list(sys.version_info[:2]), sys.base_prefix]))"
)


class CannotRunAs(Exception):
    """This user cannot run the suite here."""


@dataclass(slots=True)
class Identity:
    """One user with an interpreter, a folder of his own, and code he can read."""

    name: str
    command: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    folder: Path
    _runner: "subprocess.Popen[str] | None" = field(default=None, init=False)
    _complaints: IO[str] = field(default_factory=lambda: tempfile.TemporaryFile("w+"), init=False)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run Python as this user."""
        return subprocess.run(
            [*self.command, *words],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )

    def judge(self, attack: str) -> Outcome:
        """Run one attack and its control."""
        if self._runner is None:
            self._runner = self._started()
        runner = self._runner
        if runner.stdin is None or runner.stdout is None:
            raise RuntimeError("the runner has no pipes")
        runner.stdin.write(f"{attack}\n")
        runner.stdin.flush()
        in_time, _, _ = select.select([runner.stdout], [], [], TIMEOUT_S)
        line = runner.stdout.readline() if in_time else ""
        if not line:
            said = self._end()
            raise RuntimeError(f"the runner of {attack} {'ended' if in_time else 'hung'}: {said[-2000:]}")
        told = json.loads(line)
        if FAILED in told:
            raise RuntimeError(f"the runner of {attack} failed: {told[FAILED][-2000:]}")
        return Outcome(**told)

    def close(self) -> None:
        """Let the runner end, where there is one."""
        self._end()
        self._complaints.close()

    def _environment(self) -> dict[str, str]:
        return {**dict(self.env), SECRET_VARIABLE: secrets.token_hex(16)}

    def _started(self) -> "subprocess.Popen[str]":
        # A group of its own: one that hangs is ended together with the process it judges in.
        return subprocess.Popen(
            [*self.command, "-m", "tests.escape.runner"],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
            process_group=0,
        )

    def _end(self) -> str:
        runner, self._runner = self._runner, None
        if runner is None:
            return ""
        with suppress(ProcessLookupError):
            os.killpg(runner.pid, signal.SIGKILL)
        runner.communicate()
        self._complaints.seek(0)
        return self._complaints.read()


@contextmanager
def acting_as(name: str) -> Generator[Identity]:
    """Give the identity, with its folders; they go away afterwards.

    Raises:
        CannotRunAs: With the reason.
    """
    if name == ROOT and os.geteuid() != 0:
        raise CannotRunAs("only root can show what happens as root: run the suite with sudo as well")
    # The folder of temporary files may be closed to other users, so this one is not in it.
    stage = Path(tempfile.mkdtemp(prefix="strata-stage-", dir=PLACE))
    try:
        stage.chmod(0o755)
        _lay_out_code(stage / "code")
        own = stage / "own"
        own.mkdir(mode=0o700)
        changes_user = name == ORDINARY and os.geteuid() == 0
        if changes_user:
            os.chown(own, UID, UID)
        identity = _identity(name, stage, own, _SETPRIV if changes_user else ())
        try:
            yield identity
        finally:
            identity.close()
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _lay_out_code(target: Path) -> None:
    parts = [(REPOSITORY / "src", "skillstrata"), (REPOSITORY, "tests/escape"), *map(_installed, _PACKAGES)]
    for top, part in parts:
        for source in (top / part).rglob("*"):
            if source.is_dir() or source.suffix == ".pyc":
                continue
            copy = target / source.relative_to(top)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _installed(package: str) -> tuple[Path, str]:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise CannotRunAs(f"{package} is not installed")
    return Path(found.origin).parents[1], package


def _identity(name: str, stage: Path, own: Path, before: tuple[str, ...]) -> Identity:
    env = {
        "PATH": "/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin",
        "HOME": str(own),
        "TMPDIR": str(own),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(stage / "code"),
        "PYTHONPYCACHEPREFIX": str(own / "pyc"),
    }
    faults: list[str] = []
    for python in dict.fromkeys((os.path.realpath(sys.executable), "/usr/bin/python3", "/usr/local/bin/python3")):
        identity = Identity(name, (*before, python, "-P", "-s"), tuple(env.items()), own)
        fault = _fault_of(identity, python)
        if not fault:
            return identity
        identity.close()
        faults.append(f"{python}: {fault}")
    raise CannotRunAs(f"no Python for the {name}: {'; '.join(faults)}")


def _fault_of(identity: Identity, python: str) -> str:
    try:
        done = identity.run("-c", _PROBE)
    except OSError as error:
        return str(error)
    if done.returncode != 0:
        return (done.stderr.strip().splitlines() or ["it failed without a word"])[-1]
    version, prefix = json.loads(done.stdout)
    if tuple(version) < _OLDEST:
        return f"its version is {version}"
    # A Python that cannot read its own library may quietly take another one's.
    ours = python == os.path.realpath(sys.executable)
    return f"it took the library in {prefix}" if ours and prefix != sys.base_prefix else ""
