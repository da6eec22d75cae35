"""A parameterised program and the one way it is started, in a proof and in a call alike.

In     a program, the user's file, a name for the output
Out    the SandboxJob that runs it: work folder /out, the program read-only in /strata, the input read-only in /out
Never  reads or writes a file; decides what a result means
Why    a tool must run in use exactly as it ran when it was proved
"""

from dataclasses import dataclass

from skillstrata.records.drafts import Draft, InputSpec, OutputSpec, Word
from skillstrata.records.runtimes import MAIN_NAMES, Interpreter, Runtime, command_words, default_limits
from skillstrata.records.sandbox_runs import Limits, MountedFile, PythonEnvironment, SandboxJob
from skillstrata.records.tools import Version

WORK_DIR = "/out"
_MAIN_FOLDER = "/strata"


@dataclass(frozen=True, slots=True)
class Program:
    """A body and how it is started: the words after the script, its input and output, and what is piped in."""

    main: str
    words: tuple[Word, ...]
    input: InputSpec
    output: OutputSpec
    stdin_param: str = ""
    runtime: Runtime = Runtime.PYTHON


@dataclass(frozen=True, slots=True)
class Invocation:
    """One start of a program: the input's file name and bytes (None: the file is absent), and the output's name."""

    input_name: str
    input_data: bytes | None
    output_name: str
    env: tuple[tuple[str, str], ...] = ()
    limits: Limits | None = None


def invocation_job(
    program: Program, invocation: Invocation, interpreter: PythonEnvironment | Interpreter
) -> SandboxJob:
    """Build the job of one start.

    Shapes:
        The input lies at /out/<input_name>, read-only, unless it is piped in. A word that stands for the output becomes
        /out/<output_name>.

    Args:
        program: What to run.
        invocation: On what. Names are file names without a folder, already checked by the caller.
        interpreter: What runs it: the built environment of a Python program, else a program of this machine.
    """
    main = f"{_MAIN_FOLDER}/{MAIN_NAMES[program.runtime]}"
    values = {program.input.name: f"{WORK_DIR}/{invocation.input_name}"}
    values[program.output.name] = f"{WORK_DIR}/{invocation.output_name}"
    words = tuple(word.text + values[word.param] if word.param else word.text for word in program.words)
    piped = program.stdin_param == program.input.name
    files = [MountedFile(main, data=program.main.encode())]
    if invocation.input_data is not None and not piped:
        files.append(MountedFile(values[program.input.name], data=invocation.input_data))
    environment = interpreter if isinstance(interpreter, PythonEnvironment) else None
    command = interpreter.program if isinstance(interpreter, Interpreter) else interpreter.python
    return SandboxJob(
        argv=(*command_words(program.runtime, command), main, *words),
        files=tuple(files),
        roots=(WORK_DIR,),
        work_dir=WORK_DIR,
        environment=environment,
        env=invocation.env,
        stdin=(invocation.input_data or b"") if piped else b"",
        limits=invocation.limits or default_limits(program.runtime),
        folders=interpreter.folders if isinstance(interpreter, Interpreter) else (),
    )


def default_output_name(program: Program, input_name: str) -> str:
    """Name the output after the input: its stem and the ending the demonstration used; never the input's own name."""
    stem = input_name.rpartition(".")[0] or input_name
    name = stem + program.output.suffix
    return name if name != input_name else f"{stem}-output{program.output.suffix}"


def draft_program(draft: Draft) -> Program:
    """Give the program of a draft."""
    return Program(draft.main, draft.words, draft.input, draft.output, draft.stdin_param)


def version_program(version: Version) -> Program:
    """Give the program of a deposited version."""
    return Program(version.main, version.words, version.input, version.output, version.stdin_param)
