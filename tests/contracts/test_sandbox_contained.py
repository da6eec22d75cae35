"""What the `contained` tier promises besides what every Sandbox does, and what it says of its own limits."""

import json
import os
import secrets
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters import contained_command, landlock_sandbox
from skillstrata.adapters.contained_folder import PREFIX
from skillstrata.adapters.landlock_rules import READ, WRITE, Rule
from skillstrata.adapters.landlock_sandbox import LandlockSandbox
from skillstrata.adapters.sandbox_paths import JobRefused
from skillstrata.adapters.seatbelt_sandbox import SeatbeltSandbox
from skillstrata.records.failures import SandboxUnavailable
from skillstrata.records.sandbox_runs import Endpoint, Limits, MountedFile, NetworkGrant, SandboxJob, Touched
from tests.contracts import contained_attacks
from tests.contracts.sandboxes import needs_landlock
from tests.escape.attack import ORDINARY
from tests.escape.users import CannotRunAs, acting_as

pytestmark = needs_landlock

PYTHON = contained_attacks.PYTHON
QUICK = Limits(wall_s=20.0)
PATIENCE_S = 10.0


@pytest.fixture
def sandbox() -> LandlockSandbox:
    """Give the one under test."""
    return LandlockSandbox()


def _job(program: str, *words: str, limits: Limits = QUICK, files: tuple[MountedFile, ...] = ()) -> SandboxJob:
    return SandboxJob(argv=(PYTHON, "-I", "-c", program, *words), limits=limits, files=files)


def _with_word(word: str) -> list[int]:
    """Name the processes that have a word on their command line, ourselves left out."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in path.read_bytes() and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def _soon(seen: Callable[[], bool], within_s: float = PATIENCE_S) -> bool:
    deadline = time.monotonic() + within_s
    while not seen():
        if time.monotonic() > deadline:
            return False
        select.select((), (), (), 0.02)
    return True


# ---- the walls ------------------------------------------------------------------------------------------------


# What a filter must hold where Landlock is too old to.
BY_FILTER = ("signal", "signal by a descriptor's owner", "connect by TCP", "connect to a name", "connect to a path")


@pytest.mark.parametrize("name", contained_attacks.ATTACKS)
def test_an_attack_does_nothing_inside_and_works_outside(sandbox: LandlockSandbox, name: str) -> None:
    """Looked at from outside; the twin is the same program without walls."""
    attack = contained_attacks.ATTACKS[name]

    assert not contained_attacks.outcome(attack, sandbox)
    assert contained_attacks.outcome(attack, None)


@pytest.mark.parametrize("name", BY_FILTER)
def test_an_older_kernel_holds_the_same(name: str) -> None:
    """Version 3 knows neither networks nor signals. The twin is the run without walls, above."""
    assert not contained_attacks.outcome(contained_attacks.ATTACKS[name], LandlockSandbox(3))


def test_all_of_it_holds_for_an_ordinary_user() -> None:
    """Root's program runs as another user; an ordinary one's has the same files and processes within reach."""
    try:
        with acting_as(ORDINARY) as user:
            script = user.folder / "contained_attacks.py"
            shutil.copyfile(contained_attacks.__file__, script)
            script.chmod(0o644)
            done = user.run(str(script))
    except CannotRunAs as why:
        pytest.skip(str(why))

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"through": [], "harmless": []}


def test_the_program_never_runs_as_root(sandbox: LandlockSandbox) -> None:
    """Nor with a right of root's; the twin is a user who is not root and stays himself."""
    program = "import os; print(os.getuid(), os.getgid(), os.getgroups())"
    expected = "65534 65534 []" if os.geteuid() == 0 else f"{os.getuid()} {os.getgid()} {os.getgroups()}"

    assert sandbox.run(_job(program)).stdout.decode().strip() == expected


def test_a_process_that_left_its_session_is_ended_with_the_run(sandbox: LandlockSandbox) -> None:
    """There is no process namespace to end: the launcher adopts what was orphaned. Outside, it lives on."""
    word = secrets.token_hex(8)
    program = (
        "import os,sys,time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        os.closerange(0, 3); time.sleep(30)\n    os._exit(0)\nos.wait()\n"
    )

    inside = sandbox.run(_job(program, word))
    after = _with_word(word)
    subprocess.run([PYTHON, "-I", "-c", program, word], check=True, timeout=20)
    outside = _with_word(word)
    for pid in outside:
        os.kill(pid, signal.SIGKILL)

    assert (inside.exit_code, after) == (0, [])
    assert len(outside) == 1


CALLER = """
import subprocess, sys
from skillstrata.adapters.landlock_sandbox import LandlockSandbox
from skillstrata.records.sandbox_runs import SandboxJob
program = tuple(sys.argv[2:])
LandlockSandbox().run(SandboxJob(program)) if sys.argv[1] == "inside" else subprocess.run(program)
"""


def test_nothing_outlives_a_caller_that_was_killed() -> None:
    """The launcher ends all when its control pipe loses its holder; outside, the program and its child go on."""
    program = "import os,time\nif os.fork() == 0: os.setsid()\ntime.sleep(30)"
    left: dict[str, bool] = {}
    for where, processes in (("inside", 4), ("outside", 3)):
        word = secrets.token_hex(8)
        caller = subprocess.Popen([sys.executable, "-c", CALLER, where, PYTHON, "-I", "-c", program, word])
        # The caller, the launcher where there is one, the program and its child.
        there = _soon(lambda word=word, processes=processes: len(_with_word(word)) == processes)
        caller.kill()
        caller.wait()
        assert there
        left[where] = not _soon(lambda word=word: not _with_word(word), 1.0 if where == "outside" else PATIENCE_S)
        for pid in _with_word(word):
            os.kill(pid, signal.SIGKILL)

    assert left == {"inside": False, "outside": True}


ALLOW_ALL = struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000)


@pytest.mark.parametrize(
    ("missing", "said"),
    [("filter_program", "socket of family"), ("contained_filter", "a folder can be watched")],
)
def test_a_filter_that_does_not_hold_stops_the_run(monkeypatch: pytest.MonkeyPatch, missing: str, said: str) -> None:
    """Each wall is tried before each run; the twin is every other test here."""
    monkeypatch.setattr(landlock_sandbox, missing, lambda *_, **__: ALLOW_ALL)

    with pytest.raises(SandboxUnavailable, match=said):
        LandlockSandbox().run(_job("print('ran')"))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule("/", READ), "root folder of the host can be listed"),
        # As root the program is another user: the mode of the one folder keeps it out, then the canary tells.
        (Rule(tempfile.gettempdir(), WRITE), "a file can be made outside|files outside can be read"),
    ],
    ids=["read", "write"],
)
def test_a_rule_that_allows_too_much_stops_the_run(monkeypatch: pytest.MonkeyPatch, rule: Rule, said: str) -> None:
    """The effective state counts, not what was asked for."""
    rules = contained_command._rules
    monkeypatch.setattr(contained_command, "_rules", lambda job, laid: (*rules(job, laid), rule))

    with pytest.raises(SandboxUnavailable, match=said):
        LandlockSandbox().run(_job("print('ran')"))


def test_a_kernel_with_too_little_of_landlock_is_refused() -> None:
    """Version 2 cannot keep a file from being emptied. The twin is version 3."""
    with pytest.raises(SandboxUnavailable, match="version 3 is needed") as error:
        LandlockSandbox(2).run(_job("pass"))

    assert "kernel" in error.value.hint
    assert [check.ok for check in LandlockSandbox(2).checks()] == [False]
    assert LandlockSandbox(3).run(_job("pass")).succeeded


# ---- what is said of it ---------------------------------------------------------------------------------------


def test_every_result_names_the_tier_and_doctor_warns_of_it(sandbox: LandlockSandbox) -> None:
    """Whoever reads a result or a proof must see which walls held."""
    assert sandbox.run(_job("pass")).tier == sandbox.tier == "contained"
    assert any("weaker tier" in check.detail for check in sandbox.checks())


def test_a_network_grant_is_refused(sandbox: LandlockSandbox) -> None:
    """There is no namespace to bridge out of. The twin is the same job without the grant."""
    grant = NetworkGrant((Endpoint("files.example.org", 443),))

    with pytest.raises(JobRefused, match="isolated tier"):
        sandbox.run(replace(_job("pass"), network=grant))
    assert sandbox.run(_job("pass")).succeeded


def test_provenance_is_what_came_back(sandbox: LandlockSandbox) -> None:
    """Tracing is for the isolated tier; files are the floor. Unasked, there is none."""
    program = "open('made','w').write('x')"
    files = (MountedFile("/out/kept", b"k", writable=True),)

    found = sandbox.run(replace(_job(program, files=files), traced=True)).provenance

    assert found is not None
    assert (found.touched, found.seen_by) == ((Touched("write", "/out/made"),), ("files",))
    assert sandbox.run(_job(program)).provenance is None


def test_macos_walls_are_refused_elsewhere() -> None:
    """Fail closed, with the way out; where macOS is, the suites of every Sandbox run."""
    if sys.platform == "darwin":
        pytest.skip("this is macOS")
    with pytest.raises(SandboxUnavailable, match="macOS") as error:
        SeatbeltSandbox().run(_job("pass"))

    assert error.value.hint
    assert [check.ok for check in SeatbeltSandbox().checks()] == [False]


# ---- files ----------------------------------------------------------------------------------------------------


def test_a_read_only_input_keeps_its_content_and_never_comes_back(sandbox: LandlockSandbox) -> None:
    """Its place can be taken by an ordinary user's program; what stands there then is refused. The twin changes."""
    program = (
        "import os\ntry:\n    open('ro','w').write('x')\nexcept OSError: print('no')\nprint(open('ro').read())\n"
        "os.chmod('ro', 0o777); print(oct(os.stat('ro').st_mode & 0o777))\n"
        "try:\n    os.rename('ro','moved'); open('ro','w').write('other')\nexcept OSError: pass\n"
        "open('rw','w').write('new')\n"
    )
    files = (MountedFile("/out/ro", b"fixed"), MountedFile("/out/rw", b"old", writable=True))

    result = sandbox.run(_job(program, files=files))

    assert result.stdout == b"no\nfixed\n0o444\n"
    assert [(file.path, file.data) for file in result.files] == [("/out/rw", b"new")]


def test_paths_of_the_job_are_found_through_words_and_given_back_in_what_is_said(sandbox: LandlockSandbox) -> None:
    """Without mounts they lie elsewhere: words and variables are rewritten, both streams are written back."""
    program = (
        "import os,sys\nprint(open(sys.argv[1]).read(), open(os.environ['IN']).read(), os.getcwd(), *sys.argv[1:])\n"
        "open(sys.argv[2][2:], 'w').write('made'); print(sys.stdin.read())"
    )
    files = (MountedFile("/in/a b.txt", b"text"),)

    job = _job(program, "/in/a b.txt", "-o/out/x", files=files)
    result = sandbox.run(replace(job, env=(("IN", "/in/a b.txt"),), stdin=b"/in/a b.txt"))

    assert result.stdout == b"text text /out /in/a b.txt -o/out/x\n/in/a b.txt\n"
    assert [(file.path, file.data) for file in result.files] == [("/out/x", b"made")]


def test_a_path_in_a_programs_own_text_is_not_found(sandbox: LandlockSandbox) -> None:
    """The documented limit of this tier. The twin takes the same path as a word."""
    files = (
        MountedFile("/in/x", b"text"),
        MountedFile("/strata/main.py", b"import sys; print(open(sys.argv[1] if sys.argv[1:] else '/in/x').read())"),
    )
    argv = (PYTHON, "-I", "/strata/main.py")

    assert sandbox.run(SandboxJob(argv, files=files, limits=QUICK)).exit_code == 1
    assert sandbox.run(SandboxJob((*argv, "/in/x"), files=files, limits=QUICK)).stdout == b"text\n"


def test_nothing_is_left_whatever_was_made(
    sandbox: LandlockSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tree too deep to walk, folders closed to their own maker: all of it goes."""
    # A folder of its own for what is temporary: other programs of this machine may run in theirs.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    program = (
        "import os\nos.mkdir('closed', 0); os.mkdir('half', 0o300); open('half/f','w').close()\n"
        "for _ in range(90): os.mkdir('d' * 100); os.chdir('d' * 100)\n"
        "os.symlink('/usr', 'link'); os.mkfifo('fifo')\n"
    )
    result = sandbox.run(_job(program))

    assert (result.exit_code, result.stderr) == (0, b"")
    assert list(tmp_path.glob(f"{PREFIX}*")) == []


def test_the_folder_of_a_killed_run_is_swept_and_one_in_use_is_not(sandbox: LandlockSandbox) -> None:
    """Its lock went with its holder."""
    stale, fresh = (Path(tempfile.mkdtemp(prefix=PREFIX)) for _ in range(2))
    os.utime(stale, (1, 1))
    try:
        sandbox.run(_job("pass"))

        assert (stale.exists(), fresh.exists()) == (False, True)
    finally:
        fresh.rmdir()


# ---- limits ---------------------------------------------------------------------------------------------------


def test_bytes_without_a_name_count_as_disk(sandbox: LandlockSandbox) -> None:
    """A file that is open but removed takes space that no walk finds. Within the limit it is let be."""
    program = (
        "import os,sys,time\nkept = []\nfor n in range(int(sys.argv[1])):\n    kept.append(open('f','wb'))\n"
        "    kept[-1].write(b'x' * 1_000_000); kept[-1].flush(); os.unlink('f')\ntime.sleep(float(sys.argv[2]))\n"
    )
    limits = Limits(output_bytes=5_000_000, wall_s=15.0)

    assert sandbox.run(_job(program, "20", "15", limits=limits)).limit == "disk"
    assert sandbox.run(_job(program, "3", "0.5", limits=limits)).limit == ""


def test_processor_time_counts_over_all_processes(sandbox: LandlockSandbox) -> None:
    """Each of three has its own second; together they may not have three, even where their parent looks away."""
    program = (
        "import os,signal,time\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "for _ in range(3):\n    if os.fork() == 0:\n        end = time.process_time() + float(SPENT)\n"
        "        while time.process_time() < end: pass\n        os._exit(0)\ntime.sleep(8)\n"
    )
    limits = Limits(cpu_s=1, wall_s=15.0)

    assert sandbox.run(_job(program.replace("SPENT", "0.8"), limits=limits)).limit == "cpu"
    assert sandbox.run(_job(program.replace("SPENT", "0.05").replace("(8)", "(0.5)"), limits=limits)).limit == ""


# ---- what programs need ---------------------------------------------------------------------------------------


def test_what_ordinary_programs_are_made_of_works(sandbox: LandlockSandbox) -> None:
    """The twin of the filters: threads, processes, event loops, databases, temporary files, copies with their mode."""
    program = (
        "import asyncio,threading,subprocess,sqlite3,tempfile,shutil,signal,os,sys,zipfile\n"
        "async def hi():\n    child = await asyncio.create_subprocess_exec('/bin/echo','hi',stdout=-1)\n"
        "    return (await child.communicate())[0]\n"
        "print(asyncio.run(hi()))\n"
        "t = threading.Thread(target=print, args=('thread',)); t.start(); t.join()\n"
        "sqlite3.connect('a.db').execute('pragma journal_mode=wal')\n"
        "with tempfile.TemporaryDirectory() as t: open(t + '/x','w').write('x'); shutil.copy2(t + '/x', 'x')\n"
        "child = subprocess.Popen(['/bin/sleep', '9']); child.kill(); print(child.wait())\n"
        "print(open('/dev/stdin').read(), open('/dev/null').read(), len(os.urandom(4)))\n"
        "print(subprocess.run(['/bin/bash', '-c', 'cat <(echo sub) | tr a-z A-Z'], capture_output=True).stdout)\n"
    )

    result = sandbox.run(replace(_job(program), stdin=b"in"))

    assert (result.exit_code, result.stderr) == (0, b"")
    assert result.stdout == b"b'hi\\n'\nthread\n-9\nin  4\nb'SUB\\n'\n"
