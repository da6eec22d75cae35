"""What shows from outside that an attack got through. Each sign looks at the host or at what came back."""

from tests.escape.attack import Seen, Sign
from tests.escape.scene import Scene

MIB = 1 << 20


def canary(scene: Scene, seen: Seen) -> bool:
    """The content of a host secret came back, as text or as hex."""
    text = scene.canary.encode()
    return text in seen.returned or text.hex().encode() in seen.returned


def secret(scene: Scene, seen: Seen) -> bool:
    """A variable of the host's environment came back."""
    return bool(scene.secret) and scene.secret.encode() in seen.returned


def host_changed(scene: Scene, _: Seen) -> bool:
    """A file of the host was changed, made, renamed or removed."""
    return scene.changed()


def visited(name: str) -> Sign:
    """Make a sign: a service of the host was reached."""
    return lambda _, seen: f"visit:{name}" in seen.peaks.notes


def victim_hit(scene: Scene, _: Seen) -> bool:
    """A process of the host got a signal, or its memory was changed."""
    return scene.victim_hit()


def noted(note: str) -> Sign:
    """Make a sign: the attack's `watch` noted this."""
    return lambda _, seen: note in seen.peaks.notes


def survived(_: Scene, seen: Seen) -> bool:
    """A process of the run outlived it."""
    return bool(seen.survivors)


def held(part: str) -> Sign:
    """Make a sign: a process had something open whose name in /proc/PID/fd has this in it."""
    return lambda _, seen: any(part in link for link in seen.peaks.links)


def writing(folder: str) -> Sign:
    """Make a sign: a process had a file in this folder open for writing."""
    return lambda _, seen: any(link.startswith(folder) and link.endswith(" for writing") for link in seen.peaks.links)


def held_over(mib: int) -> Sign:
    """Make a sign: open files held more than this at once."""
    return lambda _, seen: seen.peaks.held_bytes > mib * MIB


def memory_over(mib: int) -> Sign:
    """Make a sign: the processes had more memory than this at once."""
    return lambda _, seen: seen.peaks.memory_bytes > mib * MIB


def tasks_over(number: int) -> Sign:
    """Make a sign: there were more processes and threads than this at once."""
    return lambda _, seen: seen.peaks.tasks > number


def either(*signs: Sign) -> Sign:
    """Make a sign of several: any one of them."""
    return lambda scene, seen: any(sign(scene, seen) for sign in signs)


def passed(*steps: str) -> Sign:
    """Make a sign for calls that leave no trace to see: the kernel itself answered one of them, whatever it said."""
    return lambda _, seen: any(seen.steps.get(step, "EPERM") not in ("EPERM", "ENOSYS") for step in steps)


# None of these may show in any sandboxed run, whatever the attack was after.
ALWAYS: tuple[tuple[str, Sign], ...] = (
    ("a host secret came back", canary),
    ("the host's environment came back", secret),
    ("the host's files were changed", host_changed),
    ("a service of the host was reached", lambda _, seen: any(n.startswith("visit:") for n in seen.peaks.notes)),
    ("a process of the host was hit", victim_hit),
    ("a process outlived the run", survived),
)
