"""One draft set up for its proof: how it is started, what it gave first, and how outputs are compared.

In     Draft, environment, sandbox, the demonstrated input
Out    Output of each start
Never  decides whether a proof holds (that is replay.py)
"""

import hashlib
import posixpath
from dataclasses import dataclass, field

from skillstrata.distill.typed_content import TypedContent, typed_content
from skillstrata.distill.views import document_view, program_labels
from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.drafts import Draft, Observation
from skillstrata.records.programs import (
    GivenFile,
    Invocation,
    Program,
    default_output_name,
    draft_program,
    invocation_job,
)
from skillstrata.records.proofs import TypedBytes
from skillstrata.records.sandbox_runs import Limits, PythonEnvironment, SandboxResult

_HERE = (("PYTHONHASHSEED", "1"),)
_MIN_STEM = 3


@dataclass(frozen=True, slots=True)
class Output:
    """What one start gave: the declared output's bytes (None: there is none), stray files, and the run itself."""

    data: bytes | None
    result: SandboxResult
    stray: tuple[str, ...]
    names: tuple[tuple[bytes, bytes], ...]

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

    `today` are the spellings of this day, for a program that reads the clock: they must not be in its output.
    """

    program: Program
    environment: PythonEnvironment
    sandbox: Sandbox
    given: TypedBytes
    shown: bytes
    shown_paths: tuple[str, ...]
    labels: frozenset[str]
    typed_in: TypedContent = field(default_factory=TypedContent)
    today: tuple[str, ...] = ()
    limits: Limits | None = None

    def gives_as_shown(self, output: Output) -> bool:
        """Say whether a run gave what the original gave."""
        names = tuple(pair for path in self.shown_paths for pair in file_names(path))
        return output.gives_as(self.shown, names)

    def run(
        self,
        data: bytes | None,
        *,
        input_name: str = "",
        output_name: str = "",
        env: tuple[tuple[str, str], ...] = _HERE,
    ) -> Output:
        """Start the program once on these bytes (None: on a file that is not there)."""
        name = input_name or self.program.input.example_name
        wanted = output_name or default_output_name(self.program, name)
        job = invocation_job(
            self.program,
            Invocation((GivenFile(self.program.input.name, name, data),), wanted, env, self.limits),
            self.environment,
        )
        result = self.sandbox.run(job)
        declared, stray = _declared(self.program, result, wanted)
        return Output(declared, result, stray, file_names(f"/out/{name}") + file_names(f"/out/{wanted}"))

    def typed(self, output: Output) -> TypedBytes:
        """Give an output with the type the draft declares."""
        return TypedBytes(self.program.output.media_type, output.data or b"")


def trial_of(
    draft: Draft,
    observation: Observation,
    *,
    environment: PythonEnvironment,
    sandbox: Sandbox,
    today: tuple[str, ...] = (),
) -> Trial:
    """Set a draft up against what its original was seen to do: one input, one file or text."""
    given = observation.reads[0]
    made = observation.writes[0] if observation.writes else None
    return Trial(
        program=draft_program(draft),
        environment=environment,
        sandbox=sandbox,
        given=TypedBytes(draft.input.media_type, given.data),
        shown=made.data if made else observation.stdout,
        shown_paths=(given.path, made.path) if made else (given.path,),
        labels=program_labels(draft.main),
        typed_in=typed_content(draft.main),
        today=today,
    )


def trial_for(program: Program, *, environment: PythonEnvironment, sandbox: Sandbox) -> Trial:
    """Set a deposited program up, without a demonstration."""
    return Trial(program, environment, sandbox, TypedBytes(program.input.media_type, b""), b"", (), frozenset())


def _declared(program: Program, result: SandboxResult, wanted: str) -> tuple[bytes | None, tuple[str, ...]]:
    """Take the declared output out of a result; whatever else lies there is stray."""
    if program.output.kind == "text":
        data = result.stdout if result.succeeded and result.stdout.strip() else None
        return data, tuple(f.path for f in result.files)
    passed_in = program.output.naming == "parameter"
    match = [f for f in result.files if not passed_in or f.path == f"/out/{wanted}"][:1]
    stray = tuple(f.path for f in result.files if f not in match)
    good = bool(match) and result.succeeded and bool(match[0].data.strip())
    return (match[0].data if good else None), stray


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
    if content.data.startswith(b"PK\x03\x04"):
        view = document_view(content)
        return " ".join(view.tokens) if view is not None else ""
    return content.data.decode("utf-8", "replace").casefold()


def sha256(data: bytes | None) -> str:
    """Give the digest of an output; "" for none."""
    return "" if data is None else hashlib.sha256(data).hexdigest()
