"""Run a program with a small disk of its own, seen by nobody else and gone when the program ends.

Why    a mount namespace of root, or of an ordinary user where the kernel lets users have one; else a visible skip
"""

import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.disk_scenarios import Refusals

_HERE = Path(__file__).parents[2]
_RUN = 'folder=$2; mount -t tmpfs -o "$1" none "$2" || exit 99; shift 2; exec "$@" "$folder"'


@functools.cache
def _namespace() -> tuple[str, ...] | None:
    """Give the command that makes a private mount namespace here, None where there is none."""
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        return None
    words = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--mount", "--user", "--map-root-user")
    probe = subprocess.run([*words, "sh", "-c", "mount -t tmpfs none /tmp"], capture_output=True, check=False)
    return words if probe.returncode == 0 else None


def on_small_disk(folder: Path, options: str, *words: str) -> Refusals:
    """Run a disk scenario with a tmpfs of these mount options on `folder`."""
    namespace = _namespace()
    if namespace is None:
        pytest.skip("needs a private mount namespace: root, or unprivileged user namespaces (unshare, mount)")
    return _report([*namespace, "sh", "-c", _RUN, "sh", options, str(folder), *_program(*words)])


def in_folder(folder: Path, *words: str) -> Refusals:
    """Run a disk scenario in a plain folder."""
    return _report([*_program(*words), str(folder)])


def _program(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "tests.faults.disk_scenarios", *words)


def _report(argv: list[str]) -> Refusals:
    done = subprocess.run(argv, cwd=_HERE, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return Refusals(**json.loads(done.stdout))
