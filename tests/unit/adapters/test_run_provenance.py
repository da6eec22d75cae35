"""Three witnesses make one record: strace for what happened, notes for lines and names, files for what is sure."""

from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters.run_provenance import Heard, provenance_of
from skillstrata.adapters.strace_lines import MAX_TOUCHED
from skillstrata.records.sandbox_runs import (
    CollectedFile,
    MountedFile,
    Provenance,
    PythonEnvironment,
    SandboxJob,
    SandboxResult,
    Touched,
)

SHIM = "/.strata/shim.py"
START = f'1 execve("/p", ["/p", "-I", "-S", "{SHIM}"], 0x1) = 0\n2 execve("/x", ["/x"], 0x2) = 0\n'
JOB = SandboxJob(
    ("/env/bin/python", "-I", "/project/run.py"), environment=PythonEnvironment("k", "/env/bin/python", ("/env",))
)


def _merged(
    calls: str | None, notes: bytes | None = None, *files: CollectedFile, cut: bool = False, job: SandboxJob = JOB
) -> Provenance:
    trace = None if calls is None else (START + calls).encode()
    result = SandboxResult(0, b"", b"", files=files)
    return provenance_of(Heard(trace, notes, cut), job, result, shim=SHIM, script="/project/run.py")


def _opened(path: str, flags: str = "O_RDONLY") -> str:
    return f'2 open("{path}", {flags}) = 3\n'


def test_one_thing_seen_by_all_is_told_once_with_its_line() -> None:
    """A reader of the record must not count witnesses."""
    merged = _merged(
        _opened("/in/a") + _opened("/out/b", "O_WRONLY"),
        b"r3 /in/a\nr9 /in/a\nw4 /out/b\n",
        CollectedFile("/out/b", b""),
    )

    assert merged == Provenance(
        (Touched("read", "/in/a", 3), Touched("write", "/out/b", 4)), ("strace", "audit", "files")
    )


def test_a_refused_place_is_known_by_the_notes_alone() -> None:
    """The kernel refuses the socket before strace sees it, and before it has an address."""
    assert _merged("", b"n7 example.org:443\n").touched == (Touched("reach", "example.org:443", 7),)


def test_a_note_about_a_file_does_not_stand_against_a_whole_trace() -> None:
    """The notes are the program's word: it could say that it read what it never opened."""
    assert _merged("", b"r3 /in/forged\ns4 rm\n").touched == ()


def test_without_a_trace_or_with_a_cut_one_the_notes_stand() -> None:
    """The twin: then there is nobody better."""
    assert _merged(None, b"r3 /in/a\n").of("read") == ("/in/a",)
    assert _merged("", b"r3 /in/a\n", cut=True).of("read") == ("/in/a",)


def test_the_floor_is_what_came_back_written() -> None:
    """No strace, no Python: the files still tell; what was mounted and left alone was not written."""
    merged = _merged(None, None, CollectedFile("/out/a", b"1"), CollectedFile("/out/b", b"2", written=False))

    assert merged == Provenance((Touched("write", "/out/a"),), ("files",))


def test_a_file_opened_for_writing_that_came_back_untouched_was_not_written() -> None:
    """A database is opened for both even when it is only asked."""
    merged = _merged(_opened("/out/a.db", "O_RDWR"), None, CollectedFile("/out/a.db", b"", written=False))

    assert [(t.what, t.target) for t in merged.touched] == [("read", "/out/a.db")]


def test_what_systems_and_interpreters_read_for_themselves_is_left_out() -> None:
    """Otherwise every record would be the start of an interpreter."""
    noise = ("/usr/lib/x.so", "/lib/x", "/etc/ld.so.cache", "/proc/self/maps", "/env/lib/m.py", SHIM, "/strata/main.py")
    calls = "".join(map(_opened, (*noise, "/project/run.py", "/in/a"))) + _opened("/dev/null", "O_WRONLY")

    assert _merged(calls).touched == (Touched("read", "/in/a"),)


def test_a_mounted_file_is_the_users_also_among_the_systems() -> None:
    """The twin: the job itself put it there."""
    job = SandboxJob(("/bin/cat",), files=(MountedFile("/etc/hosts", data=b"x"),))

    assert _merged(_opened("/etc/hosts"), job=job).of("read") == ("/etc/hosts",)


def test_a_line_break_in_a_name_is_part_of_the_name() -> None:
    """Notes are lines; a name must not forge a second one."""
    assert _merged(None, b"w1 /out/a\\nn9 x\\\\n\n").touched == (Touched("write", "/out/a\nn9 x\\n", 1),)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_bytes_from_both_make_a_bounded_record(trace: bytes, notes: bytes) -> None:
    """Both are shaped by the program."""
    heard = Heard(START.encode() + b"2 " + trace, b"r1 " + notes)
    merged = provenance_of(heard, JOB, SandboxResult(0, b"", b""), shim=SHIM)

    assert len(merged.touched) <= MAX_TOUCHED
    assert {t.what for t in merged.touched} <= {"read", "write", "spawn", "reach"}
