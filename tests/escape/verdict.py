"""The judge of one attack: stopped by what must stop it, and real outside the sandbox.

In     Attack, the user's name
Out    Outcome
Never  takes a hang, a crash or an unrelated limit for a wall
"""

import fcntl
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass

from tests.escape.attack import ANY, ORDINARY, ROOT, Attack, Seen
from tests.escape.drive import run_once
from tests.escape.scene import PLACE, Scene
from tests.escape.signs import ALWAYS

STOPPED, SUCCEEDS = "stopped", "succeeds"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attack: `sandbox` is "stopped" or a fault; `control` succeeds, or the kernel refuses."""

    attack: str
    user: str
    sandbox: str
    control: str
    detail: str
    wall_ms: int

    def as_dict(self) -> dict[str, str | int]:
        """Give it for JSON."""
        return asdict(self)

    @property
    def holds(self) -> bool:
        """Say whether the sandbox held and the control showed that there was something to hold."""
        return self.sandbox == STOPPED and self.control.startswith((SUCCEEDS, "the kernel already refuses: "))


def judge(attack: Attack) -> Outcome:
    """Run the attack in the sandbox, then plainly."""
    user = ROOT if os.geteuid() == 0 else ORDINARY
    inside, fault = _run(attack, inside=True)
    outside, control = _run(attack, inside=False, user=user)
    detail = f"inside {_shown(inside)} outside {_shown(outside)}"
    return Outcome(attack.name, user, fault or STOPPED, control, detail, round(inside.wall_ms + outside.wall_ms))


def _run(attack: Attack, *, inside: bool, user: str = "") -> tuple[Seen, str]:
    with _one_at_a_time() if attack.alone else nullcontext():
        scene = Scene(attack, inside=inside)
        try:
            seen = run_once(attack, scene)
            return seen, next(_faults(attack, scene, seen), "") if inside else _control(attack, scene, seen, user)
        finally:
            scene.close()


@contextmanager
def _one_at_a_time() -> Generator[None]:
    # A folder that every user can open, so that root and an ordinary user wait for each other.
    fd = os.open(PLACE, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _faults(attack: Attack, scene: Scene, seen: Seen) -> Iterator[str]:
    """Say why this was not a clean stop, the worst first."""
    if seen.error:
        yield f"the run failed: {seen.error}"
    if attack.sign(scene, seen):
        yield "it got through"
    yield from (what for what, sign in ALWAYS if sign(scene, seen))
    if seen.limit != attack.limit:
        yield f"the limit named is {seen.limit!r}, not {attack.limit!r}"
    if not attack.limit and seen.exit_code != 0:
        yield f"the program did not come to its end: exit code {seen.exit_code}"
    for step, wanted in attack.steps:
        if seen.steps.get(step) not in wanted:
            yield f"step {step!r} gave {seen.steps.get(step)!r}, not {' or '.join(wanted)}"
    if attack.refused and not any(attack.refused in reason for reason in seen.refused):
        yield f"nothing was refused with {attack.refused!r}"


def _control(attack: Attack, scene: Scene, seen: Seen, user: str) -> str:
    if seen.error:
        return seen.error
    if attack.sign(scene, seen):
        return SUCCEEDS
    for mark in attack.marks:
        if mark.user in (ANY, user) and seen.steps.get(mark.step) in mark.errors:
            return f"the kernel already refuses: {mark.reason}"
    return "the control showed nothing"


def _shown(seen: Seen) -> str:
    steps = " ".join(f"{step}={outcome}" for step, outcome in seen.steps.items())
    peaks = f"tasks {seen.peaks.tasks}, {seen.peaks.memory_bytes >> 20} MB, held {seen.peaks.held_bytes >> 20} MB"
    said = seen.returned[-300:].decode("utf-8", "backslashreplace") if not seen.steps else ""
    return f"[{steps}; exit {seen.exit_code}, limit {seen.limit!r}, {peaks}; {round(seen.wall_ms)} ms{said}]"
