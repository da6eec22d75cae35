"""What every Sandbox promises. Each refusal is looked at from outside, and has a twin in which the same thing works."""

import os
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.failures import FileUnreadable, SandboxUnavailable
from skillstrata.records.sandbox_runs import MIB, Limits, MountedFile, SandboxJob
from tests.contracts.sandboxes import EVERY, ISOLATED

PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else "/usr/local/bin/python3"
SECRET = "the-canary-must-not-sing"
QUICK = Limits(wall_s=20.0)


@pytest.fixture(params=EVERY)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Give each implementation."""
    return request.param()


@pytest.fixture(params=ISOLATED)
def isolated(request: pytest.FixtureRequest) -> Sandbox:
    """Give each implementation whose walls are mounts and namespaces."""
    return request.param()


def _job(program: str, *words: str, limits: Limits = QUICK, **more: tuple[MountedFile, ...]) -> SandboxJob:
    return replace(SandboxJob(argv=(PYTHON, "-I", "-c", program, *words), limits=limits), **more)


def _outside(program: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the same program without walls."""
    command = [sys.executable, "-I", "-c", program, *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False, timeout=20)


def _children() -> set[str]:
    """Name every process that descends from this one."""
    found: set[str] = set()
    waiting = [str(os.getpid())]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            born = task.read_text().split()
            found.update(born)
            waiting += born
    return found


# ---- started or not -------------------------------------------------------------------------------------------


@pytest.mark.sandbox
def test_a_sandbox_that_cannot_start_is_an_error_that_names_the_package() -> None:
    """Fail closed: what never ran must not look like a program that failed."""
    with pytest.raises(SandboxUnavailable) as error:
        BubblewrapSandbox("/nowhere/bwrap").run(_job("pass"))

    assert "apt-get install bubblewrap" in error.value.hint


@pytest.mark.sandbox
@pytest.mark.parametrize("broken", ["/usr/bin/false", "/usr/bin/true"])
def test_a_sandbox_that_ends_before_the_program_began_is_an_error(broken: str) -> None:
    """Its exit status alone could be the program's."""
    with pytest.raises(SandboxUnavailable) as error:
        BubblewrapSandbox(broken).run(_job("pass"))

    assert error.value.hint


@pytest.mark.sandbox
def test_what_forbids_the_walls_is_named() -> None:
    """Installing again would not help where the kernel or a container forbids user namespaces."""
    said = "bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)"
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        stub = Path(folder, "bwrap")
        stub.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n", encoding="ascii")
        stub.chmod(0o755)
        with pytest.raises(SandboxUnavailable, match="ENOSPC") as error:
            BubblewrapSandbox(str(stub)).run(_job("pass"))

    assert "user namespaces are forbidden here" in error.value.hint


def test_a_program_that_fails_is_a_result(sandbox: Sandbox) -> None:
    """The twin of the two above."""
    result = sandbox.run(_job("import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"))

    assert (result.exit_code, result.stdout, result.stderr, result.limit) == (7, b"out\n", b"err\n", "")
    assert not result.succeeded


def test_a_program_that_is_not_there_ends_like_in_a_shell(sandbox: Sandbox) -> None:
    """A missing binary is the program's fault, not the sandbox's."""
    result = sandbox.run(SandboxJob(argv=("/usr/bin/no-such-program",), limits=QUICK))

    assert result.exit_code == 127
    assert b"no-such-program" in result.stderr


def test_the_check_of_a_working_sandbox_is_ok_and_of_a_missing_one_names_the_fix(sandbox: Sandbox) -> None:
    """`doctor` shows exactly this."""
    assert all(check.ok for check in sandbox.checks())
    assert [check.ok for check in BubblewrapSandbox("/nowhere/bwrap").checks()] == [False]
    assert "bubblewrap" in BubblewrapSandbox("/nowhere/bwrap").checks()[0].fix


# ---- what goes in and what comes out --------------------------------------------------------------------------


def test_arguments_input_and_environment_arrive(sandbox: Sandbox) -> None:
    """Everything a demonstration was called with."""
    program = (
        "import sys,os; sys.stdout.buffer.write(sys.stdin.buffer.read())\n"
        "print(sys.argv[1:], os.environ['TZ'], os.environ['X'])"
    )
    job = replace(_job(program, "a b", "--", "ü"), stdin=b"in\0put\n", env=(("TZ", "Asia/Tokyo"), ("X", "1")))

    assert sandbox.run(job).stdout == "in\0put\n['a b', '--', 'ü'] Asia/Tokyo 1\n".encode()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=5000), name=st.from_regex(r"[a-zA-Z0-9_äß][a-zA-Z0-9_äß ]{0,20}[a-z]", fullmatch=True)
)
def test_any_bytes_make_the_round_trip(sandbox: Sandbox, content: bytes, name: str) -> None:
    """An input mounted at any path comes back from a root byte for byte."""
    program = "import shutil,sys; shutil.copyfile(sys.argv[1], sys.argv[2])"
    job = _job(program, f"/home/me/in/{name}", f"/out/{name}", files=(MountedFile(f"/home/me/in/{name}", content),))

    result = sandbox.run(job)

    assert [(file.path, file.data, file.written) for file in result.files] == [(f"/out/{name}", content, True)]


def test_a_large_input_comes_from_the_host_file_and_a_large_output_comes_back(sandbox: Sandbox, tmp_path: Path) -> None:
    """More than a pipe holds, in both directions; the host file itself is not touched."""
    source = tmp_path / "big"
    source.write_bytes(os.urandom(5 * MIB))
    source.chmod(0o600)
    job = _job("import shutil; shutil.copyfile('/in/big', 'copy')", files=(MountedFile("/in/big", source=str(source)),))

    assert [file.data for file in sandbox.run(job).files] == [source.read_bytes()]


def test_a_source_that_is_a_link_is_refused_and_the_file_itself_is_not(sandbox: Sandbox, tmp_path: Path) -> None:
    """A link could be turned to another file between the check and the mount."""
    (tmp_path / "file").write_text("x", encoding="ascii")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    read = "print(open('/in/x').read())"

    with pytest.raises(FileUnreadable):
        sandbox.run(_job(read, files=(MountedFile("/in/x", source=str(tmp_path / "link")),)))
    assert sandbox.run(_job(read, files=(MountedFile("/in/x", source=str(tmp_path / "file")),))).stdout == b"x\n"


def test_a_writable_file_tells_whether_it_was_written(sandbox: Sandbox) -> None:
    """A rewrite with equal bytes is a write; a file nobody touched is none."""
    names = ("kept", "same", "changed", "disguised")
    files = tuple(MountedFile(f"/home/me/{name}", b"text", writable=True) for name in names)
    program = (
        "import os\nopen('same','w').write('text')\nopen('changed','w').write('else')\n"
        "open('disguised','w').write('else')\nos.utime('disguised', ns=(0, 0))\n"
    )
    result = sandbox.run(replace(_job(program, files=files), roots=("/home/me",), work_dir="/home/me"))

    written = {file.path.rpartition("/")[2]: file.written for file in result.files}
    assert written == {"kept": False, "same": True, "changed": True, "disguised": True}


def test_a_read_only_input_inside_a_root_can_be_read_only_and_is_not_collected(isolated: Sandbox) -> None:
    """In-place programs show themselves by failing here; the twin is the writable file that changes.

    Isolated alone: a file that is no mount can be renamed in a folder that can be written.
    """
    program = (
        "import os,sys\n"
        "for step, *words in ((open,'ro','w'), (os.rename,'ro','x'), (os.remove,'ro'), (os.chmod,'ro',7)):\n"
        "    try:\n        step(*words); print('done')\n    except OSError: print('no')\n"
        "print(open('ro').read()); open('rw','w').write('new')\n"
    )
    files = (MountedFile("/out/ro", b"fixed"), MountedFile("/out/rw", b"old", writable=True))

    result = isolated.run(_job(program, files=files))

    assert result.stdout == b"no\nno\nno\nno\nfixed\n"
    assert [(file.path, file.data) for file in result.files] == [("/out/rw", b"new")]


def test_files_come_back_as_they_were_when_the_program_ended(sandbox: Sandbox) -> None:
    """A daemon that a program leaves behind would go on writing while its files are read."""
    program = (
        "import os\nopen('f','w').write('end')\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        while True: open('f','a').write('more')\n    os._exit(0)\nos.wait()\n"
    )
    result = sandbox.run(_job(program))

    (file,) = result.files
    assert result.succeeded
    assert file.data == b"end" + b"more" * (len(file.data[3:]) // 4)


def test_only_plain_files_with_sane_names_come_back(sandbox: Sandbox) -> None:
    """Each of the others was followed, hung on or copied by tools that trust a folder."""
    program = (
        "import os\nos.symlink('/etc/passwd','link'); os.mkfifo('fifo'); os.mkdir('sub')\n"
        "for name in (b'-rf', b'a\\nb', b'\\xff', b'end.', ' \\u202e'.encode()):\n    open(name,'w').close()\n"
        "open('good.md','w').write('x'); open('sub/good','w').write('y'); os.chmod('good.md', 0o000)\n"
        "os.makedirs('/'.join('d'*30)); open('/'.join('d'*30)+'/deep','w').close()\n"
    )
    result = sandbox.run(_job(program))

    assert [file.path for file in result.files] == ["/out/good.md", "/out/sub/good"]
    assert len(result.refused) == 8
    assert all(line.isprintable() for line in result.refused)


def test_runs_at_the_same_time_do_not_mix(sandbox: Sandbox) -> None:
    """The daemon and a server call it from several threads; a thread that ends must not end another's run."""
    jobs = [_job("import sys; open('f','w').write(sys.argv[1]); print(sys.argv[1])", str(n)) for n in range(8)]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(sandbox.run, jobs))

    assert [(r.stdout, r.files[0].data) for r in results] == [(b"%d\n" % n, b"%d" % n) for n in range(8)]


# ---- walls ----------------------------------------------------------------------------------------------------


def test_a_file_of_the_host_cannot_be_read(sandbox: Sandbox, tmp_path: Path) -> None:
    """The root is empty but for the system's programs; outside, the same program reads it."""
    (tmp_path / "key").write_text(SECRET, encoding="ascii")
    program = "import sys; print(open(sys.argv[1]).read())"

    inside, outside = (
        sandbox.run(_job(program, str(tmp_path / "key"))),
        _outside(program, str(tmp_path / "key"), cwd=tmp_path),
    )

    assert SECRET in outside.stdout
    assert inside.exit_code == 1
    assert b"FileNotFoundError" in inside.stderr


def test_nothing_of_the_host_can_be_written(sandbox: Sandbox, tmp_path: Path) -> None:
    """Looked at from outside: the program's own word counts for nothing."""
    program = "import sys; open(sys.argv[1], 'w').write('was here')"
    target = tmp_path / "planted"

    inside = [
        sandbox.run(_job(program, path)).exit_code for path in (str(target), "/usr/planted", "/planted", "/dev/x")
    ]
    untouched = not target.exists()
    _outside(program, str(target), cwd=tmp_path)

    assert inside == [1, 1, 1, 1]
    assert untouched
    assert target.exists()
    assert not Path("/usr/planted").exists()


def test_the_environment_of_the_host_is_absent(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also from the first process of the namespace, which keeps what it was started with."""
    monkeypatch.setenv("CANARY", SECRET)
    program = (
        "import glob,os\nfound = repr(dict(os.environ))\n"
        "for path in glob.glob('/proc/[0-9]*/environ'):\n"
        "    try: found += open(path).read()\n    except OSError: pass\nprint(found)\n"
    )
    given_ = replace(_job(program), env=(("CANARY", SECRET),))

    assert SECRET.encode() not in sandbox.run(_job(program)).stdout
    assert SECRET.encode() in sandbox.run(given_).stdout


def test_there_is_no_network(sandbox: Sandbox, tmp_path: Path) -> None:
    """Not even to this machine; the listener, not the program, says whether somebody came."""
    program = "import socket,sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5).send(b'hello')"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        port = str(server.getsockname()[1])
        outside = _outside(program, port, cwd=tmp_path)
        with server.accept()[0] as came:
            assert came.recv(5) == b"hello"
        inside = sandbox.run(_job(program, port))
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()

    assert outside.returncode == 0
    assert b"Operation not permitted" in inside.stderr


def test_own_event_loops_threads_and_processes_work(isolated: Sandbox) -> None:
    """The twin of the filter: what ordinary programs are made of must not be denied.

    Isolated alone: shared memory and user names of its own need mounts; tests of the other tier have the rest.
    """
    program = (
        "import asyncio,multiprocessing,threading,subprocess,sqlite3,tempfile,pwd,os\n"
        "async def hi():\n    child = await asyncio.create_subprocess_exec('/bin/echo','hi',stdout=-1)\n"
        "    return (await child.communicate())[0]\n"
        "print(asyncio.run(hi()), pwd.getpwuid(os.getuid()).pw_name)\n"
        "t = threading.Thread(target=print, args=('thread',)); t.start(); t.join()\n"
        "with multiprocessing.Pool(2) as pool: print(pool.map(abs, [-1, 2]))\n"
        "sqlite3.connect('a.db').execute('pragma journal_mode=wal')\n"
        "tempfile.NamedTemporaryFile(dir='/dev/shm').write(b'x')\n"
    )
    result = isolated.run(_job(program))

    assert (result.exit_code, result.stderr) == (0, b"")
    assert result.stdout == b"b'hi\\n' user\nthread\n[1, 2]\n"


def test_the_process_around_the_program_cannot_be_written(isolated: Sandbox) -> None:
    """It has the same user: with its memory or its pipe a program could send any file. The twin is its own memory.

    Isolated alone: a /proc with nothing but the run in it needs a namespace; without one all of it is closed.
    """
    program = (
        "import os,sys\nfor pid in (os.getppid(), os.getpid()):\n"
        "    try: open(f'/proc/{pid}/mem','r+b').close(); os.listdir(f'/proc/{pid}/fd'); print('open')\n"
        "    except OSError: print('closed')\n"
    )

    assert isolated.run(_job(program)).stdout == b"closed\nopen\n"


def test_no_user_namespace_and_no_kernel_setting_is_within_reach(isolated: Sandbox) -> None:
    """Both were ways out when root started the sandbox. Reading the same settings works.

    Isolated alone, for the same reason.
    """
    program = (
        "import os,ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "print(libc.unshare(0x10000000), ctypes.get_errno())\n"
        "writable = [p for p,_,names in os.walk('/proc/sys') for n in names if os.access(f'{p}/{n}', os.W_OK)]\n"
        "print(writable, open('/proc/sys/kernel/ostype').read().strip())\n"
        "print(len([p for p in os.listdir('/proc') if p.isdigit()]))\n"
    )

    assert isolated.run(_job(program)).stdout == b"-1 1\n[] Linux\n3\n"


def test_nothing_is_left_after_many_runs(sandbox: Sandbox) -> None:
    """No process, no descriptor, no mount: a daemon runs thousands of these."""
    sandbox.run(_job("pass"))
    before = (_children(), len(os.listdir("/proc/self/fd")), Path("/proc/self/mounts").read_text())

    for _ in range(20):
        assert sandbox.run(_job("import os\nif os.fork() == 0: os.setsid()\n")).succeeded

    assert (_children(), len(os.listdir("/proc/self/fd")), Path("/proc/self/mounts").read_text()) == before
