"""Run the original program, byte for byte, where its files were, and see what it reads and writes.

In     Execution, the bytes its files had, a built environment
Out    Observation: the role of each file, and all that was seen of the run
Never  guesses a role: what was opened is an input, what was created or changed is an output
Why    a path's role in the text is a hint; what a run does is a fact. Reads are in the provenance of the
       run, whichever of its processes read; writes are the files that come back
"""

import posixpath
from dataclasses import replace

from skillstrata.distill.lifted_text import LIFTINGS
from skillstrata.distill.places import absolute
from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.drafts import Observation, ObservedFile
from skillstrata.records.executions import BodyKind, Execution
from skillstrata.records.programs import KEEP
from skillstrata.records.runtimes import MAIN_NAMES, Interpreter, Runtime, command_words, default_limits
from skillstrata.records.sandbox_runs import CollectedFile, MountedFile, PythonEnvironment, SandboxJob, SandboxResult

_RUNNER = "/strata/runner.py"
_BODY = "/strata/body.py"
_FOLDER = "/strata"
# What one word of a command line can hold, with room to spare.
_MOST_WORD = 100_000
_OPEN = set("{}*?$")
# A program cannot be given a fresh folder over the system's own; files there are the system's, not the user's.
_SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc", "/proc", "/sys", "/dev", "/strata")

# Runs the body under the name it had, also where the name is no file: lines and tracebacks speak of the original.
_RUNNER_TEXT = f"""\
import sys

name, folder, sys.argv = sys.argv[1], sys.argv[2], sys.argv[3:]
if folder:
    sys.path.insert(0, folder)
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
    execution: Execution,
    files: tuple[ObservedFile, ...],
    *,
    interpreter: PythonEnvironment | Interpreter,
    sandbox: Sandbox,
) -> Observation:
    """Replay the original body among the files its events name, and read off their roles.

    Args:
        execution: The run; its body is not None.
        files: What the named files held, by absolute path. Files that only the program writes may be left out.
        interpreter: What runs it: the built environment of a Python program, else a program of this machine.
        sandbox: Where it runs.

    Raises:
        SandboxUnavailable: Nothing was run.
    """
    own = {execution.script_path, *(module.path for module in execution.modules)}
    placed = tuple(f for f in files if _is_users(f.path) and f.path not in own)
    runtime = Runtime(execution.language)
    roots = _roots(tuple(f.path for f in placed) + _named_folders(execution), execution.cwd)
    result = sandbox.run(
        SandboxJob(
            argv=_argv(execution, interpreter),
            files=_mounts(execution, placed, roots),
            roots=roots,
            work_dir=execution.cwd if _is_users(execution.cwd) else roots[0],
            environment=interpreter if isinstance(interpreter, PythonEnvironment) else None,
            env=execution.env,
            stdin=_stdin(execution, files),
            limits=default_limits(runtime),
            folders=interpreter.folders if isinstance(interpreter, Interpreter) else (),
            traced=True,
        )
    )
    return replace(
        _roles(execution, placed, result.files, opened=_opened(execution, result)),
        succeeded=result.succeeded,
        stdout=result.stdout,
        stderr=result.stderr,
        exit_code=result.exit_code,
        limit=result.limit,
        provenance=result.provenance,
        refused=tuple(one for one in result.refused if f"/{KEEP}: " not in one),
    )


def _is_users(path: str) -> bool:
    return path.startswith("/") and path != "/" and not any(path == s or path.startswith(s + "/") for s in _SYSTEM)


def _named_folders(execution: Execution) -> tuple[str, ...]:
    """Give the paths whose folders must exist: every named file, there or not, the redirect, the script."""
    named = (*(s.path for s in execution.snapshots), *(module.path for module in execution.modules))
    paths = (*named, execution.script_path, execution.stdout_path)
    # What an f-string or a pattern would have made of such a name is not on record.
    return tuple(p for p in paths if p and _is_users(p) and not _OPEN & set(p))


def _roots(paths: tuple[str, ...], cwd: str) -> tuple[str, ...]:
    """Give the topmost of all folders that hold a named path, so that no root lies inside another."""
    folders = {f for f in (cwd, *(posixpath.dirname(p) for p in paths)) if _is_users(f)}
    top = {f for f in folders if not any(f != g and f.startswith(g + "/") for g in folders)}
    return tuple(sorted(top)) or ("/out",)


def _argv(execution: Execution, interpreter: PythonEnvironment | Interpreter) -> tuple[str, ...]:
    if isinstance(interpreter, PythonEnvironment):
        return _python_argv(execution, interpreter)
    first = command_words(Runtime(execution.language), interpreter.program)
    if execution.language == "node" and execution.body_kind is BodyKind.INLINE:
        body = execution.body or ""
        if len(body.encode("utf-8", "surrogatepass")) <= _MOST_WORD:
            return (*first, "-e", body, "--", *execution.argv)
    return (*first, _place_of(execution), *execution.argv)


def _place_of(execution: Execution) -> str:
    """Give where the body lies in the sandbox: where it lay, so that it finds what lay beside it."""
    if execution.body_kind is BodyKind.SCRIPT and _is_users(execution.script_path):
        return execution.script_path
    return f"{_FOLDER}/{MAIN_NAMES[Runtime(execution.language)]}"


def _python_argv(execution: Execution, environment: PythonEnvironment) -> tuple[str, ...]:
    shown = {BodyKind.SCRIPT: execution.script_path, BodyKind.HEREDOC: "<stdin>", BodyKind.INLINE: "<string>"}
    first = {BodyKind.SCRIPT: execution.script_path, BodyKind.HEREDOC: "-", BodyKind.INLINE: "-c"}
    kind = execution.body_kind
    beside = posixpath.dirname(execution.script_path) or execution.cwd
    folder = beside if execution.modules else ""
    # Compiled modules would look like its outputs.
    return (environment.python, "-I", "-B", _RUNNER, shown[kind], folder, first[kind], *execution.argv)


def _mounts(execution: Execution, placed: tuple[ObservedFile, ...], roots: tuple[str, ...]) -> tuple[MountedFile, ...]:
    wanted = {posixpath.dirname(p) for p in _named_folders(execution)}
    keeps = tuple(MountedFile(f"{f}/{KEEP}", data=b"", writable=True) for f in sorted(wanted) if _under(f, roots))
    body = (execution.body or "").encode("utf-8", "surrogatepass")
    python = execution.language == "python"
    return (
        *((MountedFile(_RUNNER, data=_RUNNER_TEXT.encode()),) if python else ()),
        MountedFile(_BODY if python else _place_of(execution), data=body),
        *(MountedFile(module.path, data=module.text.encode()) for module in execution.modules),
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


def _opened(execution: Execution, result: SandboxResult) -> frozenset[str]:
    """Give what the run opened. Without a tracer only Python says so; of others, what their text names counts."""
    seen = frozenset(result.provenance.of("read") if result.provenance else ())
    if execution.language == "python" or (result.provenance and "strace" in result.provenance.seen_by):
        return seen
    words = (*(fold.value for fold in LIFTINGS[execution.language].folds(execution.body or "")), *execution.argv)
    return seen | {absolute(word, execution.cwd) for word in words if word}


def _roles(
    execution: Execution,
    placed: tuple[ObservedFile, ...],
    collected: tuple[CollectedFile, ...],
    *,
    opened: frozenset[str],
) -> Observation:
    before = {f.path: f.data for f in placed}
    written = {f.path: f.data for f in collected if f.written and posixpath.basename(f.path) != KEEP}
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
