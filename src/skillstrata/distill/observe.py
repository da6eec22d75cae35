"""Run the original program, byte for byte, where its files were, and see what it reads and writes.

In     Execution, the bytes its files had, a built environment
Out    Observation: the role of each file, and all that was seen of the run
Never  guesses a role: what was opened is an input, what was created or changed is an output
Why    a path's role in the text is a hint; what a run does is a fact. Reads are in the provenance of the
       run, whichever of its processes read; writes are the files that come back
"""

import posixpath
from dataclasses import replace

from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.drafts import Observation, ObservedFile
from skillstrata.records.executions import BodyKind, Execution
from skillstrata.records.sandbox_runs import CollectedFile, MountedFile, PythonEnvironment, SandboxJob, SandboxResult

_RUNNER = "/strata/runner.py"
_BODY = "/strata/body.py"
_KEEP = ".strata-keep"
# A program cannot be given a fresh folder over the system's own; files there are the system's, not the user's.
_SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc", "/proc", "/sys", "/dev", "/strata")

# Runs the body under the name it had, also where the name is no file: lines and tracebacks speak of the original.
_RUNNER_TEXT = f"""\
import sys

name, sys.argv = sys.argv[1], sys.argv[2:]
with open({_BODY!r}, "rb") as body:
    code = compile(body.read(), name, "exec")
main = type(sys)("__main__")
main.__builtins__ = __builtins__
if not name.startswith("<"):
    main.__file__ = name
sys.modules["__main__"] = main
exec(code, main.__dict__)
"""


def observe(
    execution: Execution, files: tuple[ObservedFile, ...], *, environment: PythonEnvironment, sandbox: Sandbox
) -> Observation:
    """Replay the original body among the files its events name, and read off their roles.

    Args:
        execution: The run; its body is not None.
        files: What the named files held, by absolute path. Files that only the program writes may be left out.
        environment: The interpreter and packages it runs with.
        sandbox: Where it runs.

    Raises:
        SandboxUnavailable: Nothing was run.
    """
    placed = tuple(f for f in files if _is_users(f.path))
    roots = _roots(tuple(f.path for f in placed) + _named_folders(execution), execution.cwd)
    result = sandbox.run(
        SandboxJob(
            argv=_argv(execution, environment),
            files=_mounts(execution, placed, roots),
            roots=roots,
            work_dir=execution.cwd if _is_users(execution.cwd) else roots[0],
            environment=environment,
            env=execution.env,
            stdin=_stdin(execution, files),
            traced=True,
        )
    )
    return replace(
        _roles(execution, placed, result.files, opened=_opened(result)),
        succeeded=result.succeeded,
        stdout=result.stdout,
        stderr=result.stderr,
        exit_code=result.exit_code,
        limit=result.limit,
        provenance=result.provenance,
    )


def _is_users(path: str) -> bool:
    return path.startswith("/") and path != "/" and not any(path == s or path.startswith(s + "/") for s in _SYSTEM)


def _named_folders(execution: Execution) -> tuple[str, ...]:
    """Give the paths whose folders must exist: every named file, there or not, the redirect, the script."""
    named = tuple(s.path for s in execution.snapshots)
    return tuple(p for p in (*named, execution.script_path, execution.stdout_path) if p and _is_users(p))


def _roots(paths: tuple[str, ...], cwd: str) -> tuple[str, ...]:
    """Give the topmost of all folders that hold a named path, so that no root lies inside another."""
    folders = {f for f in (cwd, *(posixpath.dirname(p) for p in paths)) if _is_users(f)}
    top = {f for f in folders if not any(f != g and f.startswith(g + "/") for g in folders)}
    return tuple(sorted(top)) or ("/out",)


def _argv(execution: Execution, environment: PythonEnvironment) -> tuple[str, ...]:
    shown = {BodyKind.SCRIPT: execution.script_path, BodyKind.HEREDOC: "<stdin>", BodyKind.INLINE: "<string>"}
    first = {BodyKind.SCRIPT: execution.script_path, BodyKind.HEREDOC: "-", BodyKind.INLINE: "-c"}
    kind = execution.body_kind
    return (environment.python, "-I", _RUNNER, shown[kind], first[kind], *execution.argv)


def _mounts(execution: Execution, placed: tuple[ObservedFile, ...], roots: tuple[str, ...]) -> tuple[MountedFile, ...]:
    wanted = {posixpath.dirname(p) for p in _named_folders(execution)}
    keeps = tuple(MountedFile(f"{f}/{_KEEP}", data=b"", writable=True) for f in sorted(wanted) if _under(f, roots))
    return (
        MountedFile(_RUNNER, data=_RUNNER_TEXT.encode()),
        MountedFile(_BODY, data=(execution.body or "").encode("utf-8", "surrogatepass")),
        *(
            MountedFile(f.path, data=f.data, writable=_under(posixpath.dirname(f.path), roots))
            for f in placed
            if f.path != execution.stdout_path
        ),
        *keeps,
    )


def _under(folder: str, roots: tuple[str, ...]) -> bool:
    return any(folder == r or folder.startswith(r + "/") for r in roots)


def _stdin(execution: Execution, files: tuple[ObservedFile, ...]) -> bytes:
    return next((f.data for f in files if f.path == execution.stdin_path), b"")


def _opened(result: SandboxResult) -> frozenset[str]:
    return frozenset(result.provenance.of("read") if result.provenance else ())


def _roles(
    execution: Execution,
    placed: tuple[ObservedFile, ...],
    collected: tuple[CollectedFile, ...],
    *,
    opened: frozenset[str],
) -> Observation:
    before = {f.path: f.data for f in placed}
    written = {f.path: f.data for f in collected if f.written and posixpath.basename(f.path) != _KEEP}
    read = {p for p in before if p in opened and p != execution.script_path}
    if execution.stdin_path in before:
        read.add(execution.stdin_path)
    changed = {p for p in written if before.get(p) != written[p]}
    in_place = sorted(read & changed)
    return Observation(
        succeeded=False,
        reads=tuple(ObservedFile(p, before[p]) for p in sorted(read - set(written))),
        writes=tuple(ObservedFile(p, written[p]) for p in sorted(written) if p not in in_place),
        in_place=tuple(in_place),
    )
