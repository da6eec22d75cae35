"""Which words of a job are rewritten, and what comes back as it was."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters.contained_paths import Relocation
from skillstrata.records.sandbox_runs import MountedFile, PythonEnvironment, SandboxJob

TOP = "/tmp/strata-x"
JOB = SandboxJob(
    argv=("/usr/bin/true",),
    files=(MountedFile("/in/a b.txt", b""), MountedFile("/strata/main.py", b""), MountedFile("/etc/app.conf", b"")),
    roots=("/out", "/home/me/project"),
    environment=PythonEnvironment("key", "/home/me/.env/bin/python", ("/home/me/.env",)),
)
RELOCATION = Relocation(JOB, TOP)


@pytest.mark.parametrize(
    "word",
    [
        "/in/a b.txt",
        "/out",
        "/out/new/file.md",
        "/home/me/project/x",
        "/strata/main.py",
        "/etc/app.conf",
        "/tmp/scratch",
        "/in",
    ],
)
def test_a_path_of_the_job_is_moved(word: str) -> None:
    """Whatever lies in or above what the job laid out is not the host's."""
    assert RELOCATION.word(word) == TOP + word


@pytest.mark.parametrize(
    ("word", "moved"),
    [
        ("--to=/out/x", f"--to={TOP}/out/x"),
        ("-o/out/x", f"-o{TOP}/out/x"),
        ("/out/a:/in/a b.txt", f"{TOP}/out/a:{TOP}/in/a b.txt"),
        ("open('/out/x', \"/in/a b.txt\")", f"open('{TOP}/out/x', \"{TOP}/in/a b.txt\")"),
        ("cat /in/a b.txt > /out/x.", f"cat {TOP}/in/a b.txt > {TOP}/out/x."),
    ],
)
def test_a_word_that_holds_one_is_rewritten_at_the_path(word: str, moved: str) -> None:
    """Options, lists and little programs carry paths too."""
    assert RELOCATION.word(word) == moved


@pytest.mark.parametrize(
    "word",
    [
        "/usr/bin/python3",
        "/home/me/.env/bin/python",
        "/outside",
        "/out-of-the-way",
        "/out.old",
        "lib/out/x",
        "./out/x",
        "../in/a b.txt",
        "https://host/out/x",
        "/etc/localtime",
        "out",
        "",
        f"{TOP}/out/x",
    ],
)
def test_anything_else_stays(word: str) -> None:
    """The twin: a longer name, a relative path, the system's and the environment's own."""
    assert RELOCATION.word(word) == word


def test_a_work_dir_of_the_host_stays_and_another_is_moved() -> None:
    """A program may be started among its own files."""
    assert Relocation(replace(JOB, work_dir="/home/me/.env/lib"), TOP).work_dir == "/home/me/.env/lib"
    assert Relocation(replace(JOB, work_dir="/place/here"), TOP).work_dir == f"{TOP}/place/here"


@given(st.lists(st.sampled_from(["/out", "/in/a b.txt", " ", "=", "x", "/", ".", "-", "é"])).map("".join))
def test_what_was_rewritten_is_given_back(word: str) -> None:
    """Streams are put back by the same folder's name, so nothing may be lost on the way."""
    assert RELOCATION.restored(RELOCATION.word(word).encode()).decode() == word
