"""Which paths a job may name, and which names may come back from it.

In     paths of a job, absolute inside the sandbox; raw names that a program gave its files
Out    the path or name itself, or the reason against it
Never  looks at the host's files
Why    a mount over the system or over another mount hides what the walls are made of, and a name with control or
       right-to-left characters lies to whoever reads it
"""

import posixpath
import unicodedata
from typing import ClassVar

from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.sandbox_runs import MountedFile, SandboxJob

PRIVATE = "/.strata"
# Mounts inside the sandbox, not folders of this machine.
TEMP = posixpath.join("/", "tmp")
SHARED_MEMORY = posixpath.join("/dev", "shm")
# What bwrap mounts for every job; /tmp is mounted too, but a job may have it.
_SYSTEM = (*"/usr /bin /sbin /lib /lib32 /lib64 /libx32 /proc /sys /dev /boot /etc /nix".split(), PRIVATE)
_MAX_COMPONENT_BYTES = 200
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class JobRefused(StrataError):
    """A job that names a path, variable or argument no sandbox can give it."""

    code: ClassVar[str] = "sandbox.job_refused"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


def under(path: str, folder: str) -> bool:
    """Say whether `path` is `folder` or lies in it; both are absolute and normal."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def check_job(job: SandboxJob) -> None:
    """Look at everything a job names before anything is mounted.

    Raises:
        JobRefused: With the offending value.
    """
    if not job.argv or not job.argv[0].startswith("/"):
        raise JobRefused(f"the program {job.argv[:1]!r} is not an absolute path", hint="give the program's full path")
    for word in (*job.argv, *(part for pair in job.env for part in pair)):
        if "\0" in word:
            raise JobRefused(f"the word {word!r} holds a zero byte", hint="take the zero byte out")
    for name, _ in job.env:
        if not name or "=" in name:
            raise JobRefused(f"{name!r} cannot be an environment variable", hint="name it without '='")
    for folder in job.folders:
        _check_folder(folder)
    for root in job.roots:
        _check_root(root, job)
    for file in job.files:
        _check_file(file, job)
    _check_apart(job)
    _check_normal(job.work_dir)


def _check_normal(path: str) -> None:
    if not path.startswith("/") or path.startswith("//") or posixpath.normpath(path) != path or "\0" in path:
        raise JobRefused(f"{path!r} is not an absolute path in its plain form", hint="resolve it before the run")


def _check_root(root: str, job: SandboxJob) -> None:
    _check_normal(root)
    if root == "/" or any(under(root, system) for system in _SYSTEM):
        raise JobRefused(f"{root!r} cannot be writable in the sandbox", hint="choose a folder outside the system's")
    for bind in _binds(job):
        if under(root, bind):
            raise JobRefused(f"{root!r} lies in the environment", hint="choose a folder outside the environment")


def _binds(job: SandboxJob) -> tuple[str, ...]:
    return (*(job.environment.binds if job.environment else ()), *job.folders)


def _check_folder(folder: str) -> None:
    _check_normal(folder)
    # A folder that holds one of the system's would lay the host's over it.
    above = any(under(system, folder) for system in (*_SYSTEM, TEMP))
    if above or any(under(folder, system) for system in _SYSTEM):
        raise JobRefused(f"{folder!r} cannot be shown in the sandbox", hint="name the folder of one program")


def _check_file(file: MountedFile, job: SandboxJob) -> None:
    _check_normal(file.path)
    if file.path == "/" or file.path in job.roots or file.path == TEMP:
        raise JobRefused(f"{file.path!r} is a folder of the job", hint="give the file a name of its own")
    system = (place for place in _SYSTEM if place != "/etc")
    if any(under(file.path, place) for place in (*system, *_binds(job))):
        raise JobRefused(f"{file.path!r} lies where the system is mounted", hint="mount it somewhere else")
    if file.writable and not any(under(file.path, root) for root in job.roots):
        raise JobRefused(f"{file.path!r} is writable but lies under no root", hint="add its folder to the roots")
    if (file.data is None) == (not file.source):
        raise JobRefused(f"{file.path!r} needs either data or a source", hint="give exactly one of them")


def _check_apart(job: SandboxJob) -> None:
    paths = sorted(file.path for file in job.files)
    taken = set(paths)
    if len(taken) < len(paths) or len(set(job.roots)) < len(job.roots):
        raise JobRefused("a path is mounted twice", hint="name each file and root once")
    for path in (*paths, *job.roots, job.work_dir):
        parent = posixpath.dirname(path)
        while parent != "/":
            if parent in taken:
                raise JobRefused(f"{path!r} lies in the file {parent!r}", hint="mount them apart")
            parent = posixpath.dirname(parent)


def name_fault(path: bytes) -> str:
    """Say why a path that a program made up may not be used on the host; empty when it may.

    Source:
        The names that broke `cp`, `open` and terminals when planted in a run's output.
    """
    try:
        text = path.decode()
    except UnicodeDecodeError:
        return "its name is not UTF-8"
    for part in text.removeprefix("/").split("/"):
        fault = _component_fault(part)
        if fault:
            return fault
    return ""


def _component_fault(part: str) -> str:
    if part in ("", ".", ".."):
        return "its name is not a plain one"
    if any(unicodedata.category(char) in _UNPRINTABLE for char in part):
        return "its name has control, format or unassigned characters"
    if part.startswith("-"):
        return "its name starts with a dash"
    if part != part.strip() or part.endswith("."):
        return "its name starts or ends with a space, or ends in a dot"
    if len(part.encode()) > _MAX_COMPONENT_BYTES:
        return "its name is too long"
    return ""
