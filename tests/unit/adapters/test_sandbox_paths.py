"""What a job may mount where, and which names may come back."""

from dataclasses import replace

import pytest

from skillstrata.adapters.sandbox_paths import JobRefused, check_job, name_fault
from skillstrata.records.sandbox_runs import MountedFile, PythonEnvironment, SandboxJob

JOB = SandboxJob(argv=("/usr/bin/true",))
ENVIRONMENT = PythonEnvironment("k", "/srv/envs/k/bin/python", ("/srv/envs/k",))


@pytest.mark.parametrize(
    "root",
    ["/", "/usr", "/usr/share/x", "/proc", "/dev/shm", "/etc/x", "/bin", "/lib64", "/sys/x", "/.strata", "out",
     "/a/../b", "//out", "/out/", "/a\0b"],
)  # fmt: skip
def test_a_root_over_the_system_is_refused(root: str) -> None:
    """A writable folder there would hide, or be hidden by, what the walls are made of."""
    with pytest.raises(JobRefused):
        check_job(replace(JOB, roots=(root,)))


@pytest.mark.parametrize("root", ["/out", "/home/me/project", "/tmp", "/tmp/x/y", "/srv/x", "/usrlocal"])
def test_a_root_anywhere_else_is_accepted(root: str) -> None:
    """The twin: recorded programs name absolute paths of their own machine."""
    check_job(replace(JOB, roots=(root,)))


@pytest.mark.parametrize(
    "file",
    [
        MountedFile("/usr/bin/python3", b""),
        MountedFile("/out", b""),
        MountedFile("/elsewhere/x", b"", writable=True),
        MountedFile("/in/../x", b""),
        MountedFile("/in/x"),
        MountedFile("/in/x", b"", source="/y"),
        MountedFile("/srv/envs/k/lib/x.py", b""),
    ],
    ids=lambda file: f"{file.path}-{file.writable}",
)
def test_a_file_that_cannot_be_mounted_is_refused(file: MountedFile) -> None:
    """Each would end in a message of bubblewrap that names none of it."""
    with pytest.raises(JobRefused):
        check_job(replace(JOB, files=(file,), environment=ENVIRONMENT))


def test_files_beside_and_inside_roots_are_accepted() -> None:
    """The twin."""
    files = (MountedFile("/in/a", b""), MountedFile("/out/a", b""), MountedFile("/out/b/c", b"", writable=True))

    check_job(replace(JOB, files=files, environment=ENVIRONMENT))


def test_a_path_inside_a_mounted_file_or_mounted_twice_is_refused() -> None:
    """Neither can be made."""
    for paths in (("/in/a", "/in/a/b"), ("/in/a", "/in/a")):
        with pytest.raises(JobRefused):
            check_job(replace(JOB, files=tuple(MountedFile(path, b"") for path in paths)))


@pytest.mark.parametrize("argv", [(), ("python",), ("/usr/bin/env", "a\0b")])
def test_a_program_that_is_not_an_absolute_path_is_refused(argv: tuple[str, ...]) -> None:
    """A first word like `--bind` would be read as an option."""
    with pytest.raises(JobRefused):
        check_job(replace(JOB, argv=argv))


@pytest.mark.parametrize("name", ["", "A=B", "A\0"])
def test_a_variable_name_that_cannot_be_is_refused(name: str) -> None:
    """It would set another variable than the one named."""
    with pytest.raises(JobRefused):
        check_job(replace(JOB, env=((name, "x"),)))


@pytest.mark.parametrize(
    "name",
    [b"/out/a\nb", b"/out/\x1b[2J", "/out/a\u202eb".encode(), b"/out/\xff", b"/out/-rf", b"/out/ a", b"/out/a ",
     b"/out/a.", b"/out/..", b"/out//a", b"/out/" + b"x" * 201, "/out/\u200b".encode(), b"/out/-d/a"],
)  # fmt: skip
def test_a_name_that_lies_or_breaks_tools_is_refused(name: bytes) -> None:
    """Each of these was copied to the host by tools that did not look."""
    assert name_fault(name)


@pytest.mark.parametrize(
    "name", ["/out/a.md", "/out/.hidden", "/out/Größe 2.txt", "/out/a-b_c(1).tar.gz", "/out/日本/語"]
)
def test_an_ordinary_name_is_taken(name: str) -> None:
    """The twin."""
    assert name_fault(name.encode()) == ""


@pytest.mark.parametrize("folder", ["/", "/usr", "/usr/lib", "/etc", "/proc/1", "/tmp", "relative", "/a/../b"])
def test_a_folder_that_would_lay_the_host_over_the_walls_is_refused(folder: str) -> None:
    """Folders are shown as they are on the host."""
    with pytest.raises(JobRefused):
        check_job(SandboxJob(("/bin/true",), folders=(folder,)))


@pytest.mark.parametrize("folder", ["/opt/node", "/home/user/.nvm/versions/v1", "/tmp/of/a/test"])
def test_the_folder_of_one_program_may_be_shown(folder: str) -> None:
    """The twin."""
    check_job(SandboxJob(("/bin/true",), folders=(folder,)))
