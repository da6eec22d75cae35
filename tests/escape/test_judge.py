"""Does the judge of the suite see what it is there to see? Each fault is planted once."""

import select
import signal
import socket
import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest

from skillstrata.records.sandbox_runs import Limits
from tests.escape import signs
from tests.escape.attack import DONE, ORDINARY, PYTHON, Attack, Mark, Seen
from tests.escape.drive import plain, sandboxed
from tests.escape.scene import Scene
from tests.escape.users import Identity, acting_as
from tests.escape.verdict import SUCCEEDS, judge

pytestmark = pytest.mark.sandbox

SOUND = Attack(
    row=1,
    letter="a",
    slug="sound",
    what="reads a secret",
    stopped_by="empty root",
    program='tried("key", lambda: print(read(facts["key"])))',
    sign=signs.canary,
    steps=(("key", ("ENOENT",)),),
    limits=Limits(wall_s=5.0),
)


def _never(_: Scene, __: Seen) -> bool:
    return False


def _shows_the_secret(_: Scene, seen: Seen) -> bool:
    return b"shown\n" in seen.returned


def test_a_stopped_attack_with_a_control_that_succeeds_holds() -> None:
    """The twin of every fault below."""
    outcome = judge(SOUND)

    assert (outcome.holds, outcome.control) == (True, SUCCEEDS), outcome.detail


def test_an_attack_that_gets_through_is_seen() -> None:
    """A folder that the job may see stands for a hole in the wall: what lies in it does come back."""
    open_folder = replace(
        SOUND,
        program='tried("key", lambda: print(read(facts["shown"] + "/shown.txt")))',
        sign=_shows_the_secret,
        shown=True,
    )

    assert judge(open_folder).sandbox == "it got through"


def _changes_a_file(scene: Scene, _: Seen) -> None:
    (scene.home / ".bashrc").write_text("changed")


def _reveals_the_secret(scene: Scene, seen: Seen) -> None:
    seen.returned += scene.canary.encode()


def _calls_a_service(scene: Scene, _: Seen) -> None:
    socket.create_connection(("127.0.0.1", scene.tcp)).close()


def _signals_the_victim(scene: Scene, _: Seen) -> None:
    if scene.victim is None or scene.victim.stdout is None:
        raise RuntimeError("no victim")
    scene.victim.send_signal(signal.SIGUSR1)
    select.select([scene.victim.stdout], [], [], 10)


def _leaves_a_process(scene: Scene, _: Seen) -> None:
    program = "import time; print('here', flush=True); time.sleep(60)"
    child = subprocess.Popen([PYTHON, "-I", "-c", program, scene.token], stdout=subprocess.PIPE)
    _KEPT.append(child)
    # Between its fork and its first instruction a process has no command line to be known by.
    assert child.stdout is not None
    with child.stdout as said:
        assert said.readline() == b"here\n"


_KEPT: list[subprocess.Popen[bytes]] = []


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        (_reveals_the_secret, "it got through"),
        (_changes_a_file, "the host's files were changed"),
        (_calls_a_service, "a service of the host was reached"),
        (_signals_the_victim, "a process of the host was hit"),
        (_leaves_a_process, "a process outlived the run"),
    ],
)
def test_harm_that_the_attack_was_not_after_is_seen(harm: Callable[[Scene, Seen], None], fault: str) -> None:
    """Every sandboxed run is looked at for all of it, whatever the program was meant to do."""

    def harmful(attack: Attack, scene: Scene, inside: bool) -> Seen:
        seen = sandboxed(attack, scene) if inside else plain(attack, scene)
        if inside:
            harm(scene, seen)
        return seen

    assert judge(replace(SOUND, drive=harmful, victim=True)).sandbox == fault
    while _KEPT:
        assert _KEPT.pop().wait(10) == -signal.SIGKILL


@pytest.mark.parametrize(
    ("program", "fault"),
    [
        ("raise SystemExit(3)", "the program did not come to its end: exit code 3"),
        ("import signal\nos.kill(os.getpid(), signal.SIGSEGV)", "the program did not come to its end: exit code 139"),
        ("pass", "step 'key' gave None, not ENOENT"),
        ('tried("key", os.chmod, facts["input"], 0)', "step 'key' gave 'EROFS', not ENOENT"),
    ],
    ids=["failed", "crashed", "did-nothing", "another-error"],
)
def test_a_program_that_did_not_meet_its_wall_is_not_stopped(program: str, fault: str) -> None:
    """Broken programs do no harm, and prove nothing."""
    assert judge(replace(SOUND, program=program)).sandbox == fault


def test_a_program_that_hung_is_not_stopped() -> None:
    """A limit that has nothing to do with the attack ends it as well, and shows nothing."""
    hung = replace(SOUND, program="if facts['inside']: time.sleep(30)", limits=Limits(wall_s=0.5))

    assert judge(hung).sandbox == "the limit named is 'wall', not ''"


def test_a_limit_that_did_not_break_is_seen() -> None:
    """An attack on a limit must break that limit."""
    assert judge(replace(SOUND, limit="memory")).sandbox == "the limit named is '', not 'memory'"


def test_a_control_that_shows_nothing_is_seen() -> None:
    """What fails without the sandbox too says nothing about the sandbox."""
    outcome = judge(replace(SOUND, sign=_never))

    assert (outcome.holds, outcome.control) == (False, "the control showed nothing")


@pytest.mark.parametrize(("error", "holds"), [("EISDIR", True), ("EPERM", False)], ids=["this-error", "another"])
def test_a_kernel_that_refuses_is_believed_for_its_own_error_only(error: str, holds: bool) -> None:
    """The mark names the error; another one is another reason, which nobody has looked at."""
    refused = replace(
        SOUND,
        program='tried("key", lambda: print(read(facts["home"] if not facts["inside"] else facts["key"])))',
        marks=(Mark("key", (error,), "a folder has no bytes"),),
    )

    assert judge(refused).holds is holds


def test_a_harmless_step_may_succeed() -> None:
    """Some steps are let be inside, because what they reach is the run's own."""
    harmless = replace(
        SOUND, program=f'tried("mine", os.mkdir, facts["out"] + "/mine")\n{SOUND.program}', steps=(("mine", (DONE,)),)
    )

    assert judge(harmless).holds


def test_the_ordinary_user_has_no_rights(as_ordinary_user: Identity) -> None:
    """The half of the suite that runs without rights would be worth nothing if it had some."""
    done = as_ordinary_user.run("-c", "print(open('/proc/self/status').read())")
    fields = dict(line.split(":\t", 1) for line in done.stdout.splitlines() if ":\t" in line)

    assert "0" not in fields["Uid"].split()
    assert {fields[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert "0" not in fields["Groups"].split()


def test_nothing_is_left_of_an_identity() -> None:
    """The copy of the code and the user's folder lie outside the test's own folder, so they must be taken away here."""
    with acting_as(ORDINARY) as identity:
        stage = identity.folder.parent
        assert stage.is_dir()

    assert not stage.exists()
