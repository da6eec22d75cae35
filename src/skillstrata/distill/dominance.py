"""Compare two programs by what they do: a partial order over measured behaviour, never a score.

In     two programs of one purpose, the inputs that either was proved on
Out    Comparison: the newcomer is better, worse, equal, the same byte for byte, or neither
Never  looks at program text; weighs one measure against another: who is better here and worse there is neither
Why    a weighted sum lets a gain in one place pay for a loss in another, and a user meets the loss
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from skillstrata.distill.cases import Case
from skillstrata.distill.oracles import judge
from skillstrata.distill.program_words import program_words
from skillstrata.distill.trial import Start, text_of, trial_for
from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.programs import Program
from skillstrata.records.proofs import Measure, OracleResult, TypedBytes
from skillstrata.records.runtimes import Interpreter
from skillstrata.records.sandbox_runs import PythonEnvironment

# One word in two hundred: what an oracle itself may get wrong.
_TOLERANCE = 0.005
_WORD = re.compile(r"\w+|[^\w\s]")
_SHOWN = 3

NamedInputs = tuple[tuple[str, TypedBytes], ...]
"""One content per input of a program, with the file name to give it."""


class Order(Enum):
    """How a newcomer stands to the one that is there."""

    IDENTICAL = "identical"
    EQUAL = "equal"
    BETTER = "better"
    WORSE = "worse"
    INCOMPARABLE = "incomparable"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a newcomer stands to the active version, how alike their outputs are (0.0 to 1.0), and why in words.

    `likeness` is the mean over the inputs that both gave an output for; 0.0 where there is none. `unchanged` is the
    share of inputs with the same output, byte for byte. `measured` is False where nothing could be run.
    """

    order: Order
    likeness: float
    why: str
    unchanged: float = 0.0
    measured: bool = True


@dataclass(frozen=True, slots=True)
class Contender:
    """A program and what runs it."""

    program: Program
    interpreter: PythonEnvironment | Interpreter


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one program gave for one input, with its declared type, and what the oracle said of it."""

    data: bytes | None
    given_as: TypedBytes
    found: OracleResult | None

    @property
    def gave(self) -> bool:
        return self.data is not None


UNCOMPARED = Comparison(Order.INCOMPARABLE, 0.0, "there is no input that both could be run on", measured=False)


def compare(
    newcomer: Contender, incumbent: Contender, inputs: tuple[NamedInputs, ...], *, sandbox: Sandbox, profile: str
) -> Comparison:
    """Run both on every input and compare output, verdict and every measure of the oracle.

    Shapes:
        Two runs for each of the inputs; `compare(a, b)` is the mirror of `compare(b, a)`.

    Args:
        newcomer: The program that wants its place.
        incumbent: The program that has it.
        inputs: The fixtures of both, those of older versions included.
        sandbox: Where they run.
        profile: What outputs are judged by: the profile that the incumbent was proved with.

    Raises:
        SandboxUnavailable: Nothing was run.
    """
    if not inputs:
        return UNCOMPARED
    cases = tuple(Case(tuple(c for _, c in files), tuple(name for name, _ in files)) for files in inputs)
    ours, theirs = (_seen(contender, cases, sandbox, profile) for contender in (newcomer, incumbent))
    better: list[str] = []
    worse: list[str] = []
    for case, a, b in zip(cases, ours, theirs, strict=True):
        if a.data != b.data:
            better += [f"{case.names[0]}: {gain}" for gain in _gains(a, b)]
            worse += [f"{case.names[0]}: {loss}" for loss in _gains(b, a)]
    if all(a.data == b.data for a, b in zip(ours, theirs, strict=True)):
        return Comparison(Order.IDENTICAL, 1.0, f"the same outputs on {len(cases)} inputs", unchanged=1.0)
    both = [alike(a.given_as, b.given_as) for a, b in zip(ours, theirs, strict=True) if a.gave and b.gave]
    likeness = sum(both) / len(both) if both else 0.0
    unchanged = sum(a.gave and a.data == b.data for a, b in zip(ours, theirs, strict=True)) / len(cases)
    return Comparison(_order(better, worse), likeness, _why(better, worse, len(cases)), unchanged)


def alike(one: TypedBytes, other: TypedBytes) -> float:
    """Say how alike two outputs are: the share of neighbouring pairs of words that both have, 0.0 to 1.0."""
    a, b = _pairs(text_of(one)), _pairs(text_of(other))
    total = a.total() + b.total()
    return 2 * (a & b).total() / total if total else 1.0


def _pairs(text: str) -> Counter[tuple[str, str]]:
    words = ["", *_WORD.findall(text.casefold())]
    return Counter(itertools.pairwise(words))


def _seen(contender: Contender, cases: tuple[Case, ...], sandbox: Sandbox, profile: str) -> tuple[_Seen, ...]:
    trial = trial_for(contender.program, interpreter=contender.interpreter, sandbox=sandbox)
    labels = program_words(contender.program.runtime.value, contender.program.main)
    seen: list[_Seen] = []
    for case, output in zip(
        cases, trial.run_all(Start(_fitted(case, contender.program)) for case in cases), strict=True
    ):
        made = trial.typed(output)
        found = judge(case.as_one, made, profile=profile, labels=labels) if output.data is not None else None
        seen.append(_Seen(output.data, made, found))
    return tuple(seen)


def _fitted(case: Case, program: Program) -> Case:
    """Give a case in the order of a program's inputs: two programs may take the same files the other way round."""
    left = list(zip(case.contents, case.names, strict=True))
    ordered: list[tuple[TypedBytes | None, str]] = []
    for spec in program.inputs:
        at = next((n for n, (content, _) in enumerate(left) if content and content.media_type == spec.media_type), 0)
        ordered.append(left.pop(at))
    return Case(tuple(content for content, _ in ordered), tuple(name for _, name in ordered))


def _gains(one: _Seen, other: _Seen) -> Iterable[str]:
    """Name in what one is better than the other on an input."""
    if not one.gave or one.found is None:
        return
    if other.found is None:
        # An output that its oracle refuses is no gain over a clear failure.
        if one.found.ok:
            yield "the only one with a sound output"
        return
    if one.found.ok and not other.found.ok:
        yield "the only one that its oracle takes"
    theirs = {measure.name: measure for measure in other.found.measures}
    for measure in one.found.measures:
        rival = theirs.get(measure.name)
        if rival is not None and _is_better(measure, rival):
            yield f"{measure.name} {measure.value:g} over {rival.value:g}"


def _is_better(one: Measure, other: Measure) -> bool:
    if one.bound.startswith(">"):
        # Beyond 1.0 a measure counts what is there: more of it is not better.
        return min(one.value, 1.0) > min(other.value, 1.0) + _TOLERANCE
    if one.bound.startswith("<"):
        return one.value < other.value - _TOLERANCE
    return one.ok and not other.ok


def _order(better: list[str], worse: list[str]) -> Order:
    match bool(better), bool(worse):
        case True, True:
            return Order.INCOMPARABLE
        case True, False:
            return Order.BETTER
        case False, True:
            return Order.WORSE
        case _:
            return Order.EQUAL


def _why(better: list[str], worse: list[str], count: int) -> str:
    if not better and not worse:
        return f"equally good on {count} inputs, with other outputs"
    parts = (("better", better), ("worse", worse))
    said = "; ".join(f"{word} on {'; '.join(which[:_SHOWN])}" for word, which in parts if which)
    return f"on {count} inputs: {said}"
