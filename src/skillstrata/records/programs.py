"""A parameterised program and the one way it is started, in a proof and in a call alike.

In     a program, the user's files, values for its options, a name for the output
Out    the SandboxJob that runs it: work folder /out, the program read-only in /strata, the inputs read-only in /out
Never  reads or writes a file; decides what a result means
Why    a tool must run in use exactly as it ran when it was proved
"""

from dataclasses import dataclass

from skillstrata.records.drafts import BundledFile, Draft, InputSpec, OptionSpec, OutputSpec, Word
from skillstrata.records.runtimes import MAIN_NAMES, Interpreter, Runtime, command_words, default_limits
from skillstrata.records.sandbox_runs import Limits, MountedFile, PythonEnvironment, SandboxJob
from skillstrata.records.tools import Version

WORK_DIR = "/out"
_MAIN_FOLDER = "/strata"
# An empty file that makes a folder be there; it is no output.
KEEP = ".strata-keep"


@dataclass(frozen=True, slots=True)
class Program:
    """A body and how it is started: the words after the script, its inputs and output, and what is piped in."""

    main: str
    words: tuple[Word, ...]
    inputs: tuple[InputSpec, ...]
    output: OutputSpec
    stdin_param: str = ""
    runtime: Runtime = Runtime.PYTHON
    options: tuple[OptionSpec, ...] = ()
    bundled: tuple[BundledFile, ...] = ()

    @property
    def input(self) -> InputSpec:
        """Give the first input."""
        return self.inputs[0]


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file for one parameter of a program: its name without a folder, and its bytes (None: the file is absent)."""

    param: str
    name: str
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Invocation:
    """One start of a program: a file for each input, the output's name, and values for options (else the default)."""

    files: tuple[GivenFile, ...]
    output_name: str
    env: tuple[tuple[str, str], ...] = ()
    limits: Limits | None = None
    options: tuple[tuple[str, str], ...] = ()


def invocation_job(
    program: Program, invocation: Invocation, interpreter: PythonEnvironment | Interpreter
) -> SandboxJob:
    """Build the job of one start.

    Shapes:
        An input lies at /out/<its name>, read-only, unless it is piped in; of two with one name the later one lies in a
        folder of its parameter's name, or of that and "_" where a file has it. A word that stands for the output
        becomes /out/<output_name>.

    Args:
        program: What to run.
        invocation: On what. Names are file names without a folder, already checked by the caller.
        interpreter: What runs it: the built environment of a Python program, else a program of this machine.
    """
    main = f"{_MAIN_FOLDER}/{MAIN_NAMES[program.runtime]}"
    places = dict(input_places(invocation))
    values = {
        **{option.name: option.default for option in program.options},
        **dict(invocation.options),
        **places,
        program.output.name: f"{WORK_DIR}/{invocation.output_name}",
    }
    words = tuple(word.text + values[word.param] if word.param else word.text for word in program.words)
    piped = {g.param: g.data or b"" for g in invocation.files if g.param == program.stdin_param}
    environment = interpreter if isinstance(interpreter, PythonEnvironment) else None
    command = interpreter.program if isinstance(interpreter, Interpreter) else interpreter.python
    return SandboxJob(
        argv=(*command_words(program.runtime, command), main, *words),
        files=(
            MountedFile(main, data=program.main.encode()),
            *(MountedFile(f"{_MAIN_FOLDER}/{file.path}", data=file.text.encode()) for file in program.bundled),
            *(
                MountedFile(places[given.param], data=given.data)
                for given in invocation.files
                if given.data is not None and given.param not in piped
            ),
            *_output_folder(program, invocation),
        ),
        roots=(WORK_DIR,),
        work_dir=WORK_DIR,
        environment=environment,
        env=invocation.env,
        stdin=piped.get(program.stdin_param, b""),
        limits=invocation.limits or default_limits(program.runtime),
        folders=interpreter.folders if isinstance(interpreter, Interpreter) else (),
    )


def _output_folder(program: Program, invocation: Invocation) -> tuple[MountedFile, ...]:
    if program.output.kind != "dir" or program.output.naming != "parameter":
        return ()
    return (MountedFile(f"{WORK_DIR}/{invocation.output_name}/{KEEP}", data=b"", writable=True),)


def input_places(invocation: Invocation) -> tuple[tuple[str, str], ...]:
    """Give the path of each input inside the sandbox, as (parameter, path)."""
    places: list[tuple[str, str]] = []
    seen: set[str] = set()
    names = {invocation.output_name, *(given.name for given in invocation.files)}
    for given in invocation.files:
        folder = given.param
        while folder in names:
            folder += "_"
        if given.name in seen:
            # No further file and no output may need the folder's name.
            names.add(folder)
            places.append((given.param, f"{WORK_DIR}/{folder}/{given.name}"))
        else:
            places.append((given.param, f"{WORK_DIR}/{given.name}"))
        seen.add(given.name)
    return tuple(places)


def main_name(language: str) -> str:
    """Give the file name of a body of this language."""
    return MAIN_NAMES[Runtime(language)]


def default_output_name(program: Program, input_name: str) -> str:
    """Name the output after the input: its stem and the ending the demonstration used; never the input's own name."""
    # A name that begins with a dash is an option to whatever is run on it next.
    input_name = input_name.lstrip("-") or "output"
    stem = input_name.rpartition(".")[0] or input_name
    if program.output.kind == "dir":
        return f"{stem}-files"
    name = stem + program.output.suffix
    return name if name != input_name else f"{stem}-output{program.output.suffix}"


def draft_program(draft: Draft) -> Program:
    """Give the program of a draft."""
    return Program(
        draft.main,
        draft.words,
        draft.inputs,
        draft.output,
        draft.stdin_param,
        Runtime(draft.language),
        draft.options,
        draft.bundled,
    )


def version_program(version: Version) -> Program:
    """Give the program of a deposited version."""
    return Program(
        version.main,
        version.words,
        version.inputs,
        version.output,
        version.stdin_param,
        Runtime(version.language),
        version.options,
        version.bundled,
    )
