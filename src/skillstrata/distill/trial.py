"""One draft set up for its proof: how it is started, what it gave first, and how outputs are compared.

In     Draft, interpreter, sandbox, the demonstrated inputs
Out    Output of each start
Never  decides whether a proof holds (that is replay.py)
"""

import hashlib
import posixpath
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from skillstrata.distill.cases import Case, text_of_all
from skillstrata.distill.media import media_type_of
from skillstrata.distill.packing import packed
from skillstrata.distill.program_words import program_words
from skillstrata.distill.roles import Roles
from skillstrata.distill.typed_content import TypedContent, typed_content
from skillstrata.distill.views import document_view
from skillstrata.distill.views.media_types import TEXT
from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.drafts import Draft
from skillstrata.records.programs import (
    KEEP,
    WORK_DIR,
    GivenFile,
    Invocation,
    Program,
    default_output_name,
    draft_program,
    input_places,
    invocation_job,
)
from skillstrata.records.proofs import TypedBytes
from skillstrata.records.runtimes import Interpreter
from skillstrata.records.sandbox_runs import Limits, PythonEnvironment, SandboxResult

HERE = (("PYTHONHASHSEED", "1"),)
_MIN_STEM = 3
_AT_ONCE = 2

Parts = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Start:
    """One start of the program: on which inputs, and what differs from an ordinary call."""

    case: Case
    output_name: str = ""
    env: tuple[tuple[str, str], ...] = HERE
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """What one start gave: the declared output's bytes (None: there is none), stray files, and the run itself.

    Of a folder, `data` is all of its files in one, and `parts` the files.
    """

    data: bytes | None
    result: SandboxResult
    stray: tuple[str, ...]
    names: tuple[tuple[bytes, bytes], ...]
    parts: tuple[tuple[str, bytes], ...] = ()

    def gives_as(self, data: bytes | None, names: tuple[tuple[bytes, bytes], ...]) -> bool:
        """Say whether this is what another run gave: byte for byte, or but for the names of the two runs' files."""
        if self.data is None or data is None:
            return False
        return self.data == data or without_names(self.data, self.names) == without_names(data, names)

    def same_as(self, other: "Output") -> bool:
        """Say whether two runs gave the same; two runs without an output do not."""
        return self.gives_as(other.data, other.names)


@dataclass(frozen=True, slots=True)
class Trial:
    """A draft under proof. `shown` is what the original gave on `given`, and `shown_paths` the files it did it with.

    `today` are the spellings of this day, for a program that reads the clock: they must not be in its output. `turns`
    are values that options had in other recorded runs.
    """

    program: Program
    interpreter: PythonEnvironment | Interpreter
    sandbox: Sandbox
    given: Case
    shown: bytes
    shown_paths: tuple[str, ...]
    labels: frozenset[str]
    typed_in: TypedContent = field(default_factory=TypedContent)
    today: tuple[str, ...] = ()
    limits: Limits | None = None
    turns: tuple[tuple[str, str], ...] = ()

    def gives_as_shown(self, output: Output) -> bool:
        """Say whether a run gave what the original gave."""
        names = tuple(pair for path in self.shown_paths for pair in file_names(path))
        return output.gives_as(self.shown, names)

    def run(self, start: Start) -> Output:
        """Start the program once."""
        case, program = start.case, self.program
        names = case.names or tuple(spec.example_name for spec in program.inputs)
        wanted = start.output_name or default_output_name(program, names[0])
        files = tuple(
            GivenFile(spec.name, name, content.data if content else None)
            for spec, name, content in zip(program.inputs, names, case.contents, strict=True)
        )
        invocation = Invocation(files, wanted, start.env, self.limits, start.options)
        result = self.sandbox.run(invocation_job(program, invocation, self.interpreter))
        parts, stray = _declared(program, result, wanted)
        places = (*(path for _, path in input_places(invocation)), f"{WORK_DIR}/{wanted}")
        return Output(
            data=_as_bytes(program, parts),
            result=result,
            stray=stray,
            names=tuple(pair for place in places for pair in file_names(place)),
            parts=parts,
        )

    def run_all(self, starts: Iterable[Start]) -> tuple[Output, ...]:
        """Start the program several times, two at once; outputs in the order of the starts."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return tuple(pool.map(self.run, starts))

    def typed(self, output: Output) -> TypedBytes:
        """Give an output with the type the draft declares; of a folder, the text of its files."""
        spec = self.program.output
        if spec.kind != "dir":
            return TypedBytes(spec.media_type, output.data or b"")
        files = tuple(TypedBytes(media_type_of(data, path), data) for path, data in output.parts)
        if self.given.as_one.media_type in _ARCHIVES or any(document_view(file) is None for file in files):
            return packed(output.parts)
        return TypedBytes(TEXT, text_of_all(files))


_ARCHIVES = frozenset({"application/zip", "application/x-tar", "application/gzip"})


def trial_of(
    draft: Draft,
    roles: Roles,
    stdout: bytes,
    *,
    interpreter: PythonEnvironment | Interpreter,
    sandbox: Sandbox,
    today: tuple[str, ...] = (),
) -> Trial:
    """Set a draft up against what its original was seen to do.

    Args:
        draft: Of an observed run.
        roles: The files of that run.
        stdout: What it printed.
        interpreter: What runs the program.
        sandbox: Where.
        today: Spellings of this day.
    """
    program = draft_program(draft)
    given = [file for _, file in roles.inputs]
    return Trial(
        program=program,
        interpreter=interpreter,
        sandbox=sandbox,
        given=Case(
            tuple(TypedBytes(spec.media_type, file.data) for spec, file in zip(draft.inputs, given, strict=True)),
            tuple(posixpath.basename(file.path) for file in given),
        ),
        shown=_shown(program, roles, stdout),
        shown_paths=(*(file.path for file in given), *(file.path for file in roles.made)),
        labels=program_words(draft.language, draft.main),
        typed_in=typed_content(draft.language, draft.main),
        today=today,
    )


def trial_for(program: Program, *, interpreter: PythonEnvironment | Interpreter, sandbox: Sandbox) -> Trial:
    """Set a deposited program up, without a demonstration."""
    nothing = Case(tuple(TypedBytes(spec.media_type, b"") for spec in program.inputs))
    return Trial(program, interpreter, sandbox, nothing, b"", (), frozenset())


def _shown(program: Program, roles: Roles, stdout: bytes) -> bytes:
    if program.output.kind == "text":
        return stdout
    if program.output.kind == "file":
        return roles.made[0].data
    parts = sorted((posixpath.relpath(file.path, roles.folder), file.data) for file in roles.made)
    return _as_bytes(program, tuple(parts)) or b""


def _as_bytes(program: Program, parts: tuple[tuple[str, bytes], ...]) -> bytes | None:
    """Give an output's bytes; of a folder all its files with their paths, None where none holds anything."""
    if not any(data.strip() for _, data in parts):
        return None
    if program.output.kind != "dir":
        return parts[0][1]
    return b"".join(path.encode() + b"\0" + data + b"\0\0" for path, data in parts)


def _declared(
    program: Program, result: SandboxResult, wanted: str
) -> tuple[tuple[tuple[str, bytes], ...], tuple[str, ...]]:
    """Take the declared output out of a result, as (path, bytes); whatever else lies there is stray."""
    written = [f for f in result.files if f.written and posixpath.basename(f.path) != KEEP]
    if program.output.kind == "text":
        parts = (("", result.stdout),) if result.succeeded else ()
        return parts, tuple(f.path for f in written)
    passed_in = program.output.naming == "parameter"
    root = f"{WORK_DIR}/{wanted}"
    if program.output.kind == "dir":
        match = [f for f in written if not passed_in or f.path.startswith(f"{root}/")]
        folder = root if passed_in else _common_folder([f.path for f in match])
        parts = tuple(sorted((posixpath.relpath(f.path, folder), f.data) for f in match))
    else:
        match = [f for f in written if not passed_in or f.path == root][:1]
        parts = tuple((f.path.removeprefix(f"{WORK_DIR}/"), f.data) for f in match)
    stray = tuple(f.path for f in written if f not in match)
    return (parts if result.succeeded else ()), stray


def _common_folder(paths: list[str]) -> str:
    return posixpath.commonpath([posixpath.dirname(path) for path in paths]) if paths else WORK_DIR


def file_names(path: str) -> tuple[tuple[bytes, bytes], ...]:
    """Give the spellings of a file that a program may print: its path, folder, name and stem, longest first."""
    name = posixpath.basename(path)
    stem = posixpath.splitext(name)[0]
    pairs = [(path.encode(), b"{file}"), (name.encode(), b"{file}")]
    if len(stem) >= _MIN_STEM:
        pairs.append((stem.encode(), b"{stem}"))
    return tuple(pairs)


def without_names(data: bytes, names: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """Take file names out of an output, longest first."""
    for name, instead in sorted(set(names), key=lambda pair: (-len(pair[0]), pair)):
        data = data.replace(name, instead)
    return data


def text_of(content: TypedBytes) -> str:
    """Give an output's text for looking up single words: the decoded bytes, or the view of a packed format."""
    if content.data.startswith((b"PK\x03\x04", b"%PDF-")):
        view = document_view(content)
        return " ".join(view.tokens) if view is not None else ""
    return content.data.decode("utf-8", "replace").casefold()


def sha256(data: bytes | None) -> str:
    """Give the digest of an output; "" for none."""
    return "" if data is None else hashlib.sha256(data).hexdigest()
