"""What strace wrote becomes what the program did; the lines are shaped by a hostile program and must do no harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters.strace_lines import MAX_TARGET, MAX_TOUCHED, TraceReader
from skillstrata.records.sandbox_runs import Touched

SHIM = "/.strata/shim.py"
# The sandbox on its way in, the shim, and the program's own start in its child.
BEFORE = f"""\
10 execve("/usr/bin/bwrap", ["/usr/bin/bwrap", "--", "/usr/bin/python3", "-I", "-S", "{SHIM}", "5"], 0x1) = 0
10 openat(AT_FDCWD</>, "/etc/hostname", O_RDONLY) = 3</etc/hostname>
10 clone(child_stack=NULL, flags=CLONE_NEWPID|SIGCHLD) = 11
12 execve("/usr/bin/python3", ["/usr/bin/python3", "-I", "-S", "{SHIM}", "5"], 0x2 /* 1 var */) = 0
12 openat(AT_FDCWD</>, "{SHIM}", O_RDONLY|O_CLOEXEC) = 3</.strata/shim.py>
12 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = -1 EPERM (Operation not permitted)
12 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>
13 mkdir("/out", 0777) = -1 EEXIST (File exists)
12 <... clone resumed>) = 3 /* 13 in strace's PID NS */
13 chdir("/out/work") = 0
13 execve("/usr/bin/prog", ["/usr/bin/prog", "a b"], 0x3 /* 2 vars */) = 0
"""

_LIKE_LINES = st.text(alphabet='0123 opena(t)"<>\\,=-\n[]{}.@', max_size=400).map(str.encode)


def _touched(lines: str) -> list[tuple[str, str]]:
    reader = TraceReader(SHIM, "/out").read((BEFORE + lines + "\n").encode())
    assert reader.started
    return [(t.what, t.target) for t in reader.touched]


def test_what_the_sandbox_does_before_the_program_is_not_the_programs() -> None:
    """The walls, the shim and the program's own start are ours; without a start nothing can be told apart."""
    assert _touched("") == []
    assert TraceReader(SHIM).read(BEFORE.splitlines()[1].encode() + b"\n").touched == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('open("/in/a", O_RDONLY) = 3</in/a>', [("read", "/in/a")]),
        ('openat(AT_FDCWD</out>, "b", O_RDONLY|O_CLOEXEC) = 3</out/b>', [("read", "/out/b")]),
        ('openat(4</in/d>, "../b", O_RDONLY) = 3', [("read", "/in/b")]),
        ('openat2(AT_FDCWD</>, "in/a", {flags=O_RDONLY, resolve=0}, 24) = 3', [("read", "/in/a")]),
        ('openat(AT_FDCWD</>, "/o", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3', [("write", "/o")]),
        ('openat(AT_FDCWD</>, "/o", O_RDWR|O_CREAT, 0666) = 3', [("read", "/o"), ("write", "/o")]),
        ('openat(AT_FDCWD</>, "/o", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3', [("write", "/o")]),
        ('creat("/o", 0666) = 3', [("write", "/o")]),
        ('rename("/a", "b") = 0', [("write", "/a"), ("write", "/out/work/b")]),
        ('renameat2(AT_FDCWD</x>, "a", 4</y>, "b", RENAME_NOREPLACE) = 0', [("write", "/x/a"), ("write", "/y/b")]),
        ('unlink("x")    = 0', [("write", "/out/work/x")]),
        ('mkdirat(AT_FDCWD</z>, "d", 0777) = 0', [("write", "/z/d")]),
        ('symlink("/secret", "l") = 0', [("write", "/out/work/l")]),
        ('execve("/usr/bin/cat", ["cat", "a b"], 0x5 /* 1 var */) = 0', [("spawn", "cat 'a b'")]),
        ("socket(AF_INET6, SOCK_DGRAM, IPPROTO_IP) = -1 EPERM (Operation not permitted)", [("reach", "AF_INET6")]),
        (
            'connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.7")}, 16)'
            " = -1 ENETUNREACH (Network is unreachable)",
            [("reach", "192.0.2.7:80")],
        ),
        (
            'sendto(4, "x)=, {", 1, 0, {sa_family=AF_INET6, sin6_port=htons(53), sin6_flowinfo=htonl(0),'
            ' inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = 1',
            [("reach", "[2001:db8::1]:53")],
        ),
        ('connect(3, {sa_family=AF_UNIX, sun_path=@"ab"}, 5) = -1 ECONNREFUSED (no)', [("reach", "unix:@ab")]),
        ("bind(3, {sa_family=AF_VSOCK, svm_cid=0x2, svm_port=0x9}, 16) = -1 EPERM (no)", [("reach", "AF_VSOCK")]),
    ],
)
def test_each_call_is_what_it_did(line: str, expected: list[tuple[str, str]]) -> None:
    """Read and write by the flags, folders by the decoration, a refused place all the same."""
    assert _touched(f"13 {line}") == expected


@pytest.mark.parametrize(
    "line",
    [
        'openat(AT_FDCWD</>, "/in/a", O_RDONLY) = -1 ENOENT (No such file or directory)',
        'openat(AT_FDCWD</>, "/in", O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY) = 3</in>',
        'openat(AT_FDCWD</>, "/in/a", O_RDONLY|O_PATH) = 3</in/a>',
        'execve("/bin/no", ["no"], 0x5) = -1 ENOENT (No such file or directory)',
        'rename("/a", "/b") = -1 EROFS (Read-only file system)',
        "socket(AF_UNIX, SOCK_STREAM, 0) = -1 EPERM (Operation not permitted)",
        "socket(AF_INET, SOCK_STREAM, 0) = 3",
        "+++ exited with 0 +++",
        'openat(AT_FDCWD</>, "/in/a", O_RDONLY <unfinished ...>',
        "<... openat resumed>) = 3",
    ],
)
def test_what_failed_or_only_looked_is_nothing(line: str) -> None:
    """A name tried and not there is no input; a folder listed is no file read."""
    assert _touched(f"13 {line}") == []


def test_calls_that_another_process_interrupts_are_put_together() -> None:
    """With -f the lines of processes are mixed."""
    seen = _touched(
        '13 openat(AT_FDCWD</out>, "a", O_RDONLY <unfinished ...>\n'
        '14 openat(AT_FDCWD</out>, "b", O_RDONLY <unfinished ...>\n'
        "13 <... openat resumed>)             = 3</out/a>\n"
        "14 <... openat resumed>)             = -1 EACCES (Permission denied)"
    )

    assert seen == [("read", "/out/a")]


def test_a_child_stands_where_its_parent_stood() -> None:
    """Old calls name no folder: it follows chdir, fchdir and the birth of a process, in either order of lines."""
    seen = _touched(
        '13 chdir("sub") = 0\n'
        "13 vfork( <unfinished ...>\n"
        '14 unlink("a") = 0\n'
        "14 fchdir(5</else where>) = 0\n"
        '14 unlink("b") = 0\n'
        "13 <... vfork resumed>) = 9 /* 14 in strace's PID NS */\n"
        "13 clone(child_stack=NULL, flags=SIGCHLD) = 10 /* 15 in strace's PID NS */\n"
        '15 unlink("c") = 0\n'
        '13 unlink("d") = 0'
    )

    assert [target for _, target in seen] == [
        "/out/work/sub/a",
        "/else where/b",
        "/out/work/sub/c",
        "/out/work/sub/d",
    ]


def test_names_are_given_as_they_are_not_as_strace_spells_them() -> None:
    """Octal, letters, quotes, angle brackets, bytes that are no text, and names cut off."""
    seen = _touched(
        '13 open("/in/\\303\\274 \\"a\\" \\t<b>, c)", O_RDONLY) = 3</in/x>\n'
        '13 open("/in/\\377\\1", O_RDONLY) = 3\n'
        '13 execve("/bin/sh", ["sh", "-c", "aaa"..., "b"], 0x1) = 0'
    )

    assert seen == [("read", '/in/ü "a" \t<b>, c)'), ("read", "/in/\\xff\x01"), ("spawn", "sh -c 'aaa…' b")]


@given(
    st.one_of(st.binary(max_size=400), st.text(alphabet='0123 opena(t)"<>\\,=-\n[]{}.@', max_size=400).map(str.encode))
)
def test_any_bytes_are_read_without_an_error(noise: bytes) -> None:
    """The program chooses names; a cut trace ends anywhere."""
    reader = TraceReader(SHIM).read(BEFORE.encode() + b"13 " + noise + b"\n")

    assert all(isinstance(t, Touched) and len(t.target) <= MAX_TARGET for t in reader.touched)


@given(st.text(alphabet=st.characters(exclude_characters="\0/"), min_size=1, max_size=40))
def test_a_name_in_any_spelling_comes_through(name: str) -> None:
    """The promise of the unescaping: strace's way of writing bytes, undone."""
    spelled = "".join(f"\\{byte:03o}" for byte in f"/in/x{name}".encode("utf-8", "surrogatepass"))

    expected = f"/in/x{name}".encode("utf-8", "surrogatepass").decode("utf-8", "backslashreplace")
    assert _touched(f'13 open("{spelled}", O_RDONLY) = 3') == [("read", expected)]


def test_endless_calls_and_names_are_bounded_and_said_to_be() -> None:
    """A program may open a million files, with names as long as it likes."""
    lines = "\n".join(f'13 open("/in/{n}{"x" * 3000}", O_RDONLY) = 3' for n in range(MAX_TOUCHED + 5))
    reader = TraceReader(SHIM).read((BEFORE + lines + "\n").encode())

    assert len(reader.touched) == MAX_TOUCHED
    assert reader.full
    assert {len(t.target) for t in reader.touched} == {MAX_TARGET}
