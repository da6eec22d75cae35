"""Runs one attack program once: in the sandbox, or plainly as the same user.

In     Attack, Scene
Out    Seen
Never  leaves a process of the run behind
"""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.records.errors import StrataError
from skillstrata.records.sandbox_runs import Endpoint, MountedFile, NetworkGrant, SandboxJob, SandboxResult
from tests.escape.attack import GRANTED, PYTHON, ROOTLESS, TRACED, Attack, Peaks, Seen
from tests.escape.scene import Scene
from tests.escape.witness import Witness, end_all, pids_of

CONTROL_S = 90.0
_NAIVE_BYTES = 1 << 20
_GRANT = NetworkGrant((Endpoint("files.example.org", 443),))


def run_once(attack: Attack, scene: Scene) -> Seen:
    """Run the program as the scene says, with a witness."""

    def watch(peaks: Peaks) -> None:
        if attack.watch:
            attack.watch(scene, peaks)

    began = time.monotonic()
    with Witness(scene.token, scene.looks, watch) as witness:
        if attack.drive:
            seen = attack.drive(attack, scene, scene.inside)
        else:
            seen = sandboxed(attack, scene) if scene.inside else plain(attack, scene)
    seen.survivors = (*seen.survivors, *pids_of(scene.token))
    end_all(scene.token)
    seen.peaks = witness.peaks
    seen.peaks.notes.update(f"visit:{name}" for name in scene.visits())
    seen.wall_ms = (time.monotonic() - began) * 1000
    read_steps(seen)
    return seen


def job_for(attack: Attack, scene: Scene) -> SandboxJob:
    """Give the job as a tool would be run."""
    return SandboxJob(
        argv=(PYTHON, "-I", "/strata/main.py", scene.facts()),
        files=(
            MountedFile("/strata/main.py", data=attack.source.encode()),
            MountedFile("/in/input.txt", source=str(scene.input)),
            *(MountedFile(f"/out/{name}", data=data, writable=True) for name, data in attack.writable),
        ),
        roots=() if attack.form == ROOTLESS else ("/out",),
        work_dir=attack.place,
        network=_GRANT if attack.form == GRANTED else None,
        traced=attack.form == TRACED,
        folders=(str(scene.shown),) if attack.shown else (),
        limits=attack.limits,
        stdin=attack.stdin,
    )


def sandbox_under_test() -> BubblewrapSandbox:
    """Give the sandbox, which remembers its own short test as it does for a user: once a user and boot."""
    return BubblewrapSandbox(state=Path.home() / "state")


def sandboxed(attack: Attack, scene: Scene) -> Seen:
    """Run it in the sandbox under test."""
    try:
        result = sandbox_under_test().run(job_for(attack, scene))
    except StrataError as error:
        return Seen(error=str(error))
    return seen_of(result)


def seen_of(result: SandboxResult) -> Seen:
    """Put together all that came back."""
    files = {file.path: file.data for file in result.files}
    parts = (result.stdout, result.stderr, *files.values(), "\n".join((*files, *result.refused)).encode())
    return Seen(
        returned=b"\n".join(parts),
        exit_code=result.exit_code,
        limit=result.limit,
        refused=result.refused,
        files=files,
    )


def plain(attack: Attack, scene: Scene) -> Seen:
    """Run it without any walls, and collect its files as a naive program would."""
    process = start_plain(attack, scene)
    error = ""
    try:
        stdout, stderr = process.communicate(attack.stdin, timeout=CONTROL_S)
    except subprocess.TimeoutExpired:
        error = "the control did not end"
        os.killpg(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
    files = naive_files(scene.out)
    returned = b"\n".join((stdout, stderr, *files.values()))
    return Seen(returned=returned, exit_code=process.returncode, files=files, error=error)


def start_plain(attack: Attack, scene: Scene) -> "subprocess.Popen[bytes]":
    """Start it without any walls."""
    program = scene.folder / "main.py"
    program.write_text(attack.source)
    for name, data in attack.writable:
        (scene.out / name).write_bytes(data)
    return subprocess.Popen(
        [PYTHON, "-I", str(program), scene.facts()],
        cwd=scene.out,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def naive_files(folder: Path) -> dict[str, bytes]:
    """Read what lies in the folder through every link, as `cp -rL` does, but never a pipe or a device."""
    found: dict[str, bytes] = {}
    for parent, _, names in os.walk(folder, followlinks=True):
        for name in names:
            path = Path(parent, name)
            if path.is_file():
                with path.open("rb") as file:
                    found[str(path)] = file.read(_NAIVE_BYTES)
    return found


def read_steps(seen: Seen) -> None:
    """Take the steps that the program reported out of its output; the last report of a step counts."""
    for line in seen.returned.split(b"\n"):
        if line.startswith(b"@["):
            try:
                step, outcome, value = json.loads(line[1:])
            except ValueError:
                continue
            seen.steps[step] = outcome
            seen.values[step] = str(value)
