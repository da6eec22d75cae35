"""Programs that are Python functions: what a proof asks of a program, without starting one.

trial = pretended(lambda run: to_json(run.read("input")), given=CSV_TABLE)
steps = list(relation(trial, baseline_of(trial)))
"""

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from skillstrata.distill.cases import Case
from skillstrata.distill.oracles import choose_profile
from skillstrata.distill.proof_steps import Baseline, Relation, Step
from skillstrata.distill.trial import Start, Trial
from skillstrata.distill.typed_content import TypedContent, typed_content
from skillstrata.records.drafts import InputSpec, OptionSpec, OutputSpec, Word
from skillstrata.records.programs import Program
from skillstrata.records.proofs import TypedBytes
from skillstrata.records.sandbox_runs import Check, CollectedFile, PythonEnvironment, SandboxJob, SandboxResult

CSV, JSON = "text/csv", "application/json"
NOTHING = PythonEnvironment("none", "/usr/bin/python3", ())


class Failed(Exception):
    """The program ends with status 1."""


@dataclass(frozen=True)
class Run:
    """One start, as the program sees it: its words, the files in its folder, its environment."""

    words: tuple[str, ...]
    files: dict[str, bytes]
    env: dict[str, str]
    count: int

    def read(self, at: int = 0) -> bytes:
        """Open the input that a word names."""
        if self.words[at] not in self.files:
            raise Failed
        return self.files[self.words[at]]


Body = Callable[[Run], bytes]


@dataclass
class PretendedSandbox:
    """Runs a function in place of a program; its output goes to the last word, or to standard output."""

    body: Body
    prints: bool = False
    beside: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    tier: str = "isolated"
    runs: list[Run] = field(default_factory=list[Run])

    def run(self, job: SandboxJob) -> SandboxResult:
        """Start the function once."""
        at = job.argv.index("/strata/main.py")
        files = {f.path: f.data for f in job.files if f.path.startswith("/out/") and f.data is not None}
        run = Run(job.argv[at + 1 :], files, dict(job.env), len(self.runs))
        self.runs.append(run)
        try:
            data = self.body(run)
        except Failed:
            return SandboxResult(1, b"", b"Failed: the input cannot be read")
        except (ValueError, KeyError, IndexError, csv.Error) as error:
            return SandboxResult(1, b"", f"{type(error).__name__}".encode())
        beside = tuple(CollectedFile(path, b"?") for path in self.beside)
        if self.prints:
            return SandboxResult(0, data, b"", beside, self.refused)
        return SandboxResult(0, b"", b"", (CollectedFile(run.words[-1], data), *beside), self.refused)

    def checks(self) -> tuple[Check, ...]:
        """Nothing to check."""
        return ()


def pretended(
    body: Body,
    *,
    given: bytes,
    types: tuple[str, str] = (CSV, JSON),
    source: str = "",
    options: Iterable[OptionSpec] = (),
    labels: Iterable[str] = (),
) -> Trial:
    """Set a function up for its proof.

    Args:
        body: The program.
        given: The demonstrated input.
        types: Of the input and the output.
        source: The text the program is said to have; what it types in is read from it.
        options: Values it takes, as words between input and output.
        labels: Words of its own.
    """
    options = tuple(options)
    words = (Word(param="input"), *(Word(param=option.name) for option in options), Word(param="output"))
    program = Program(
        main=source,
        words=words,
        inputs=(InputSpec("input", types[0], "input.csv"),),
        output=OutputSpec("output", "file", types[1], "parameter", ".json"),
        options=options,
    )
    trial = Trial(
        program=program,
        interpreter=NOTHING,
        sandbox=PretendedSandbox(body),
        given=Case((TypedBytes(types[0], given),), ("ports.csv",)),
        shown=b"",
        shown_paths=("/home/ann/ports.csv", "/home/ann/ports.json"),
        labels=frozenset(labels),
        typed_in=typed_content("python", source) if source else TypedContent(),
    )
    first = trial.run(Start(trial.given))
    return replace(trial, shown=first.data or b"")


def baseline_of(trial: Trial, *, profile: str = "") -> Baseline:
    """Give what a trial gave first, with the profile of the pair."""
    first = trial.run(Start(trial.given))
    return Baseline(first, profile or choose_profile(trial.given.as_one, trial.typed(first), labels=trial.labels))


def steps_of(relation: Relation, trial: Trial, *, profile: str = "") -> list[Step]:
    """Ask one relation."""
    return list(relation(trial, baseline_of(trial, profile=profile)))


def faults(steps: Iterable[Step]) -> list[tuple[str, str]]:
    """Give the gates that did not hold, as (relation, reason)."""
    return [(step.run.relation, step.reason) for step in steps if step.run.gate and not step.run.ok]


def rows_of(data: bytes) -> list[dict[str, str]]:
    """Read a table as an honest program does."""
    return [dict(row) for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))]


def honest(run: Run) -> bytes:
    """Convert CSV to JSON."""
    return as_json(rows_of(run.read()))


def as_json(value: object) -> bytes:
    """Write JSON."""
    return json.dumps(value, ensure_ascii=False).encode()
