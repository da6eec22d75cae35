"""What a traced run says it did, in real runs: each thing with its line, and no harm from whoever tries to lie."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters import bubblewrap_tracing
from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.adapters.strace_lines import MAX_TOUCHED
from skillstrata.records.sandbox_runs import Limits, MountedFile, Provenance, SandboxJob, SandboxResult, Touched

pytestmark = pytest.mark.sandbox

PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else "/usr/local/bin/python3"
QUICK = Limits(wall_s=30.0)
FILES = tuple(MountedFile(f"/in/{name}", data=name.encode()) for name in "abcd")
NEEDS_STRACE = "strace is not installed, or may not trace here: only the arms without it are tried"
WORK = """\
import mmap, os, pathlib, socket, subprocess
open("/in/a").read()
pathlib.Path("/in/b").read_bytes()
with open("/in/c", "rb") as file:
    mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
subprocess.run(["cat", "/in/d"], stdout=subprocess.DEVNULL)
os.mkdir("sub")
pathlib.Path("sub/t").write_text("made")
os.rename("sub/t", "u")
subprocess.run(["sh", "-c", "cat u > v"])
os.listdir("/in"); os.path.exists("/in/d")
for step in (lambda: open("/in/absent"),
             lambda: socket.create_connection(("host.invalid", 80)),
             lambda: socket.socket()):
    try:
        step()
    except OSError:
        pass
"""


@pytest.fixture(scope="module")
def traced() -> BubblewrapSandbox:
    """Give a sandbox that traces with strace, or skip in plain sight."""
    sandbox = BubblewrapSandbox()
    result = sandbox.run(_python("pass"))
    if "strace" not in _provenance(result).seen_by:
        if os.environ.get("REQUIRE_STRACE") == "1":
            pytest.fail(NEEDS_STRACE, pytrace=False)
        pytest.skip(NEEDS_STRACE)
    return sandbox


@pytest.fixture(scope="module")
def untraced() -> BubblewrapSandbox:
    """Give a sandbox that does without strace."""
    return BubblewrapSandbox(strace=None)


def _python(program: str, *words: str, limits: Limits = QUICK) -> SandboxJob:
    return SandboxJob((PYTHON, "-I", "-c", program, *words), FILES, limits=limits, traced=True)


def _bash(script: str) -> SandboxJob:
    return SandboxJob(("/bin/bash", "-c", script), FILES, limits=QUICK, traced=True)


def _provenance(result: SandboxResult) -> Provenance:
    assert result.provenance is not None
    return result.provenance


def _processes() -> set[int]:
    """Name every process of this machine that descends from this one, dead ones that nobody waited for included."""
    found, waiting = set[int](), [os.getpid()]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            born = [int(pid) for pid in task.read_text().split()]
            found.update(born)
            waiting += born
    return found


# ---- what is seen ---------------------------------------------------------------------------------------------


def test_a_python_program_is_seen_with_the_line_of_each_thing(traced: BubblewrapSandbox) -> None:
    """Every way to read, also in another process; writes, moves, starts, and places that were refused."""
    result = traced.run(_python(WORK))
    seen = _provenance(result)

    assert (result.exit_code, result.stderr, seen.seen_by) == (0, b"", ("strace", "audit", "files"))
    assert set(seen.touched) == {
        Touched("read", "/in/a", 2),
        Touched("read", "/in/b", 3),
        Touched("read", "/in/c", 4),
        Touched("spawn", "cat /in/d", 6),
        Touched("read", "/in/d", 0),
        Touched("write", "/out/sub", 7),
        Touched("write", "/out/sub/t", 8),
        Touched("write", "/out/u", 9),
        Touched("spawn", "sh -c 'cat u > v'", 10),
        Touched("write", "/out/v", 0),
        Touched("spawn", "cat u", 0),
        Touched("read", "/out/u", 0),
        Touched("reach", "host.invalid:80", 13),
        Touched("reach", "AF_INET", 14),
    }


def test_any_other_program_is_seen_by_its_calls(traced: BubblewrapSandbox) -> None:
    """A pipeline of the shell has no line, but reads, writes, starts and a refused socket all the same."""
    seen = _provenance(traced.run(_bash("cd /in; cat a | sort > /out/o; mv /out/o /out/p; : 3<>/dev/tcp/127.0.0.1/9")))

    assert seen.seen_by == ("strace", "files")
    assert set(seen.of("read")) == {"/in/a"}
    assert set(seen.of("write")) == {"/out/o", "/out/p"}
    assert set(seen.of("spawn")) == {"cat a", "sort", "mv /out/o /out/p"}
    assert seen.of("reach") == ("AF_INET",)


def test_without_strace_python_tells_for_itself(untraced: BubblewrapSandbox) -> None:
    """The twin: what other processes read is not seen, and the record says who looked."""
    seen = _provenance(untraced.run(_python(WORK)))

    assert seen.seen_by == ("audit", "files")
    assert {
        ("read", "/in/a", 2),
        ("spawn", "cat /in/d", 6),
        ("write", "/out/u", 9),
        ("reach", "host.invalid:80", 13),
    } <= {(t.what, t.target, t.line) for t in seen.touched}
    assert "/in/d" not in seen.of("read")
    assert "/in/absent" not in seen.of("read")


def test_without_strace_another_program_leaves_the_files(untraced: BubblewrapSandbox) -> None:
    """The floor: what came back written was written."""
    seen = _provenance(untraced.run(_bash("cat /in/a > o")))

    assert seen == Provenance((Touched("write", "/out/o"),), ("files",))


def test_a_run_that_is_not_traced_has_no_provenance(traced: BubblewrapSandbox) -> None:
    """It costs time: only who asks pays."""
    assert traced.run(replace(_python("pass"), traced=False)).provenance is None


# ---- a look changes nothing -----------------------------------------------------------------------------------

SAME = {
    "names": "import sys; print(sys.argv, sys.orig_argv, sys.path, __name__, sys.stdin.read(), __builtins__.__name__)",
    "globals": "print(sorted(k for k in globals() if k not in ('__annotations__',)))",
    "traceback": "def f():\n    return 1 / 0\ntry:\n    {}[1]\nexcept KeyError:\n    f()",
    "syntax": "x = = 1",
    "exit word": "import sys; sys.exit('a word')",
    "exit code": "import atexit, sys; atexit.register(print, 'bye'); sys.exit(41)",
    "own hook": "import sys; sys.excepthook = lambda *a: print('mine', a[0].__name__); raise ValueError",
    "thread": "import threading; threading.Thread(target=print, args=('late',)).start(); raise SystemExit(3)",
    "main": "import sys; class_ = type('C', (), {}); print(sys.modules['__main__'].class_ is class_)",
    "fork": "import os; os.fork() or os._exit(0); print(os.wait()[1])",
    "pool": "import concurrent.futures as c\nwith c.ThreadPoolExecutor() as p: print(list(p.map(abs, [-1])))",
    "killed": "import os; os.kill(os.getpid(), 15)",
}


@pytest.mark.parametrize("kind", ["script", "inline"])
@pytest.mark.parametrize("program", SAME.values(), ids=list(SAME))
def test_a_program_cannot_tell_by_its_own_ending_that_it_was_looked_at(
    traced: BubblewrapSandbox, program: str, kind: str
) -> None:
    """Streams and status are compared with those of a recorded run, so a look must not change them."""
    argv = (PYTHON, "-I", "/in/run.py", "a b") if kind == "script" else (PYTHON, "-I", "-c", program, "a b")
    files = (MountedFile("/in/run.py", data=program.encode()),)
    job = SandboxJob(argv, files, limits=QUICK, stdin=b"given")

    plain, looked = traced.run(job), traced.run(replace(job, traced=True))

    assert (looked.exit_code, looked.stdout, looked.stderr) == (plain.exit_code, plain.stdout, plain.stderr)


@pytest.mark.parametrize("argv", [(PYTHON, "-I", "/in/absent.py"), (PYTHON, "-I", "/in"), (PYTHON, "-I", "-")])
def test_what_is_no_script_ends_as_without_a_look(traced: BubblewrapSandbox, argv: tuple[str, ...]) -> None:
    """A missing script, a folder, a program from standard input."""
    job = SandboxJob(argv, FILES, limits=QUICK, stdin=b"print('piped')")
    plain, looked = traced.run(job), traced.run(replace(job, traced=True))

    assert (looked.exit_code, looked.stdout, looked.stderr) == (plain.exit_code, plain.stdout, plain.stderr)


def test_a_limit_has_its_name_under_a_look(traced: BubblewrapSandbox) -> None:
    """The tracer's own time and memory are not the program's."""
    burn = traced.run(_python("while True: pass", limits=Limits(cpu_s=1, wall_s=20.0)))
    wait = traced.run(_python("import time; time.sleep(60)", limits=Limits(wall_s=1.5)))

    assert (burn.limit, wait.limit) == ("cpu", "wall")


# ---- whoever cannot trace ------------------------------------------------------------------------------------


@contextlib.contextmanager
def _stub(script: str) -> Generator[str]:
    # Where the unprivileged user that runs it can go.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        stub = Path(folder, "strace")
        stub.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
        stub.chmod(0o755)
        yield str(stub)


REFUSES = "echo 'strace: PTRACE_TRACEME: Operation not permitted' >&2; exit 1"
REFUSES_LATER = f'case "$*" in *" -o "*) {REFUSES};; *) echo "execve(" >&2;; esac'


@pytest.mark.parametrize("script", [REFUSES, REFUSES_LATER], ids=["in its trial", "in the run"])
def test_a_strace_that_may_not_trace_fails_no_run(script: str) -> None:
    """Containers and hardened kernels forbid ptrace; the program must run all the same, and once."""
    with _stub(script) as strace:
        sandbox = BubblewrapSandbox(strace=strace)
        result = sandbox.run(_python("open('/in/a').read(); print('ran')"))
        check = next(check for check in sandbox.checks() if check.name == "provenance")

    assert (result.exit_code, result.stdout, result.stderr) == (0, b"ran\n", b"")
    assert _provenance(result) == Provenance((Touched("read", "/in/a", 1),), ("audit", "files"))
    assert check.ok
    assert "Operation not permitted" in check.detail


def test_doctor_says_who_looks(traced: BubblewrapSandbox, untraced: BubblewrapSandbox) -> None:
    """Runs are safe either way, so neither is a fault."""
    checks = [check for sandbox in (traced, untraced) for check in sandbox.checks() if check.name == "provenance"]

    assert [check.ok for check in checks] == [True, True]
    assert "every process" in checks[0].detail
    assert "not installed" in checks[1].detail


# ---- hostile programs -----------------------------------------------------------------------------------------


def test_forged_notes_change_nothing_but_the_programs_own_word(traced: BubblewrapSandbox) -> None:
    """It can write into the descriptor of its notes; a file it did not open is still not read, and output is clean."""
    forge = (
        "import os\nfor fd in range(3, 256):\n    try: os.write(fd, b'r1 /in/forged\\nw1 /out/forged\\ns1 rm\\n' * 3)\n"
        "    except OSError: pass\nopen('/in/a').read(); open('/out/x', 'w').write('mine')"
    )
    result = traced.run(_python(forge))

    assert set(_provenance(result).touched) == {Touched("read", "/in/a", 5), Touched("write", "/out/x", 5)}
    assert [(file.path, file.data) for file in result.files] == [("/out/x", b"mine")]


def test_a_program_that_takes_over_the_descriptor_of_the_notes_keeps_its_own_files_clean(
    traced: BubblewrapSandbox,
) -> None:
    """A number that was closed is given out again: notes must not land in somebody's file."""
    program = (
        "import os\nos.closerange(3, 256)\nfds = [os.open(f'/out/f{n}', os.O_CREAT | os.O_WRONLY) for n in range(20)]\n"
        "open('/in/a').read(); os.mkdir('/out/d')"
    )
    result = traced.run(_python(program))

    assert {file.data for file in result.files} == {b""}
    assert "/in/a" in _provenance(result).of("read")


def test_the_trace_is_out_of_the_programs_reach(traced: BubblewrapSandbox) -> None:
    """Nothing inside can write a line of strace's, see the tracer or end it."""
    program = """\
import os, signal
print([line for line in open("/proc/self/status") if line.startswith("TracerPid")])
line = b'7 open("/in/forged", O_RDONLY) = 3\\n' * 3
for pid in os.listdir("/proc"):
    if not pid.isdigit(): continue
    for fd in range(256):
        try: taken = os.open(f"/proc/{pid}/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK)
        except OSError: continue
        try: os.write(taken, line)
        except OSError: pass
        os.close(taken)
    if int(pid) not in (os.getpid(), os.getppid()):
        try: os.kill(int(pid), signal.SIGKILL)
        except OSError: pass
for fd in range(3, 256):
    try: os.write(fd, line)
    except OSError: pass
open("/in/b").read()
"""
    result = traced.run(_python(program))

    assert result.stdout.startswith(b"['TracerPid:\\t0\\n']\n")
    assert "/in/b" in _provenance(result).of("read")
    assert "/in/forged" not in _provenance(result).of("read")


def test_endless_opens_end_at_the_clock_with_a_bounded_record(traced: BubblewrapSandbox) -> None:
    """Each open makes a line outside: it must fill neither memory nor the pipe."""
    program = "n = 0\nwhile True:\n    n += 1\n    open(f'/tmp/{n % 5000}', 'w').close()"
    result = traced.run(_python(program, limits=Limits(wall_s=3.0)))

    assert result.limit == "wall"
    assert 0 < len(_provenance(result).touched) <= MAX_TOUCHED


def test_a_cut_trace_leaves_the_program_alone(traced: BubblewrapSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is over the cap is read and dropped: a writer that waits for ever would be a stopped program."""
    monkeypatch.setattr(bubblewrap_tracing, "MAX_TRACE_BYTES", 20_000)
    program = "for n in range(3000):\n    open(f'/tmp/{n % 500}', 'w').close()\nopen('/in/c').read(); print('done')"
    result = traced.run(_python(program))

    assert (result.stdout, result.limit) == (b"done\n", "")
    assert "/in/c" in _provenance(result).of("read")


def test_a_fork_bomb_under_a_look_ends_by_its_limit_and_leaves_nothing(traced: BubblewrapSandbox) -> None:
    """Each child is traced too; all of them, the tracer and bwrap must be gone, and every descriptor with them."""
    traced.run(_python("pass"))
    before, open_before = _processes(), len(os.listdir("/proc/self/fd"))
    result = traced.run(_python("import os, time\nfor _ in range(3000):\n    os.fork() or time.sleep(60)"))

    assert result.limit == "processes"
    assert _processes() == before
    assert len(os.listdir("/proc/self/fd")) == open_before


def test_the_end_of_the_supervisor_is_the_end_of_the_run(traced: BubblewrapSandbox) -> None:
    """Between us and bwrap stands strace: killed without a word, nothing below may go on."""
    code = (
        "from skillstrata.adapters.bubblewrap import BubblewrapSandbox\n"
        "from skillstrata.records.sandbox_runs import SandboxJob\n"
        "BubblewrapSandbox().run(SandboxJob(('/usr/bin/sleep', '100.25'), traced=True))"
    )
    before = _processes()
    supervisor = subprocess.Popen([sys.executable, "-c", code])
    try:
        below = _wait_for_program(before)
    finally:
        supervisor.send_signal(signal.SIGKILL)
        supervisor.wait()
    for fd in below:
        ended, _, _ = select.select([fd], [], [], 10.0)
        os.close(fd)
        assert ended


def _wait_for_program(before: set[int]) -> list[int]:
    """Hold every process below once the program sleeps: no call of its own tells its tracer that we are gone."""
    poll = select.poll()
    for _ in range(600):
        below = _processes() - before
        if any(_asleep(pid) for pid in below):
            return [os.pidfd_open(pid) for pid in below]
        poll.poll(25)
    pytest.fail("the program did not start")


def _asleep(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return words == b"/usr/bin/sleep\x00100.25\x00" and state == b"S"
