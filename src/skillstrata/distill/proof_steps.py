"""What every relation of a proof gives: a run, whether what had to happen did, and the reason that ends the proof.

In     a Start, its Output, what was found
Out    Step
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from skillstrata.distill.cases import Case
from skillstrata.distill.media import extension_of, media_type_of
from skillstrata.distill.oracles.registry import is_lossy, judge
from skillstrata.distill.trial import Output, Trial, sha256, text_of
from skillstrata.records.proofs import OracleResult, ReplayRun, TypedBytes

SEED = 20_260_101
UNSEEN = 3
FRESH = 2
# The two that one demonstration cannot always tell apart.
LOSSY = ("extract-1", "summary-1")
NO_PROFILE = "none"


@dataclass(frozen=True, slots=True)
class Step:
    """One run of the proof, and the reason code that ends the proof if it is a gate and did not hold."""

    run: ReplayRun
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """What one run showed: the problem in a sentence ("" for none), its reason code, and whether it is a gate."""

    problem: str
    reason: str = ""
    oracle: OracleResult | None = None
    gate: bool = True


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the draft gave on the demonstrated inputs, and the profile its outputs are judged by."""

    output: Output
    profile: str

    @property
    def lossy(self) -> bool:
        """Say whether outputs leave things out on purpose."""
        return is_lossy(self.profile)

    @property
    def general(self) -> bool:
        """Say whether outputs keep everything."""
        return self.profile != NO_PROFILE and not self.lossy


Relation = Callable[[Trial, Baseline], Iterator[Step]]


def step(relation: str, case: Case, output: Output, found: Found) -> Step:
    """Put one run down."""
    run = ReplayRun(
        relation=relation,
        ok=not found.problem,
        input_digest=case.digest,
        output_digest=sha256(output.data),
        exit_code=output.result.exit_code,
        wall_ms=round(output.result.wall_ms, 1),
        detail=found.problem,
        oracle=found.oracle,
        gate=found.gate,
    )
    return Step(run, found.reason)


def why_nothing(output: Output) -> str:
    """Say in a sentence why a run has no output."""
    result = output.result
    if result.limit:
        return f"killed by the limit on {result.limit}"
    if result.exit_code != 0:
        last = result.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return f"exit status {result.exit_code}: {last[:200]}"
    return "it ended well but gave nothing"


def judged(trial: Trial, case: Case, output: Output, baseline: Baseline) -> OracleResult:
    """Judge one output by the profile of the demonstration.

    Whether a count also stands in the input is an accident of one input: an extract may hold as a summary, and the
    other way round.
    """
    given, made = case.as_one, trial.typed(output)
    result = judge(given, made, profile=baseline.profile, labels=trial.labels)
    if result.ok or baseline.profile not in LOSSY:
        return result
    others = [judge(given, made, profile=name, labels=trial.labels) for name in LOSSY]
    return next((other for other in others if other.ok), result)


def text_out(trial: Trial, output: Output) -> str:
    """Give an output's text for looking up single words; of a folder, that of all its files and their names."""
    if trial.program.output.kind != "dir":
        return text_of(trial.typed(output)).casefold()
    texts = (f"{path} {text_of(TypedBytes(media_type_of(data, path), data))}" for path, data in output.parts)
    return "\n".join(texts).casefold()


def fixture_name(relation: str, number: int, media_type: str) -> str:
    """Name a synthesised input: the same name for every draft, so that outputs which show the name compare."""
    return f"{relation}-{number}{extension_of(media_type)}"


def fixture_names(relation: str, number: int, case: Case) -> tuple[str, ...]:
    """Name the inputs of a synthesised case."""
    types = [content.media_type if content else "" for content in case.contents]
    if len(types) == 1:
        return (fixture_name(relation, number, types[0]),)
    return tuple(f"{relation}-{number}-{at}{extension_of(kind)}" for at, kind in enumerate(types, start=1))


def typed_bytes(trial: Trial, output: Output) -> TypedBytes | None:
    """Give an output with its type, None for none."""
    return trial.typed(output) if output.data is not None else None
