"""Two programs are compared by what they do on each input, and nothing is weighed against anything else."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from skillstrata.distill.dominance import UNCOMPARED, Contender, NamedInputs, Order, alike, compare
from skillstrata.records.drafts import InputSpec, OutputSpec, Word
from skillstrata.records.programs import Program
from skillstrata.records.proofs import TypedBytes
from skillstrata.records.sandbox_runs import Check, PythonEnvironment, SandboxJob, SandboxResult

HTML, MD = "text/html", "text/markdown"
PAGE = (
    b"<!DOCTYPE html><html><body><h1>Quay report</h1><p>The quay at Norrvik handled 4821 boxes in March.</p>"
    b"<h2>Vessels</h2><p>Marten carried timber and Otter carried grain to the north.</p></body></html>"
)
WHOLE = (
    b"# Quay report\n\nThe quay at Norrvik handled 4821 boxes in March.\n\n## Vessels\n\n"
    b"Marten carried timber and Otter carried grain to the north.\n"
)
FLAT = WHOLE.replace(b"#", b"").replace(b"\n ", b"\n").lstrip()
OTHER_FORM = WHOLE.replace(b"# Quay report\n", b"Quay report\n===========\n")
PART = WHOLE.partition(b"##")[0]
ENVIRONMENT = PythonEnvironment("k", "/usr/bin/python3", ())

Does = Callable[[bytes], bytes | None]


@dataclass
class Outputs:
    """A sandbox for programs that are named instead of written: each name stands for a function of its input."""

    does: dict[str, Does]
    tier: str = "isolated"
    runs: int = 0

    def run(self, job: SandboxJob) -> SandboxResult:
        """Give what the named program prints, or a failure."""
        self.runs += 1
        main = next(f.data for f in job.files if f.path.endswith("/main.py"))
        given = next(f.data for f in job.files if f.path.startswith("/out/"))
        made = self.does[(main or b"").decode()](given or b"")
        return SandboxResult(1, b"", b"no") if made is None else SandboxResult(0, made, b"")

    def checks(self) -> tuple[Check, ...]:
        """Say nothing."""
        return ()


def _contender(name: str) -> Contender:
    program = Program(
        name, (Word(param="input"),), (InputSpec("input", HTML, "x.html"),), OutputSpec("output", "text", MD)
    )
    return Contender(program, ENVIRONMENT)


def _inputs(*pages: bytes) -> tuple[NamedInputs, ...]:
    return tuple(((f"p{n}.html", TypedBytes(HTML, page)),) for n, page in enumerate(pages))


def _order(ours: Does, theirs: Does, *pages: bytes) -> Order:
    sandbox = Outputs({"ours": ours, "theirs": theirs})
    inputs = _inputs(*(pages or (PAGE,)))
    there = compare(_contender("ours"), _contender("theirs"), inputs, sandbox=sandbox, profile="document-1")
    back = compare(_contender("theirs"), _contender("ours"), inputs, sandbox=sandbox, profile="document-1")
    assert sandbox.runs == 4 * len(inputs)
    mirror = {Order.BETTER: Order.WORSE, Order.WORSE: Order.BETTER}
    assert back.order is mirror.get(there.order, there.order)
    assert there.likeness == back.likeness
    return there.order


def _always(made: bytes | None) -> Does:
    return lambda _given: made


@pytest.mark.parametrize(
    ("ours", "theirs", "order"),
    [
        (WHOLE, WHOLE, Order.IDENTICAL),
        (WHOLE, OTHER_FORM, Order.EQUAL),
        (WHOLE, FLAT, Order.BETTER),
        (FLAT, WHOLE, Order.WORSE),
        (WHOLE, PART, Order.BETTER),
        (WHOLE, None, Order.BETTER),
        (None, WHOLE, Order.WORSE),
        (None, b"nonsense of another kind", Order.EQUAL),
    ],
)
def test_one_input_is_enough_to_be_better_and_form_alone_is_not(
    ours: bytes | None, theirs: bytes | None, order: Order
) -> None:
    """What counts is what the oracle measures; an output that it refuses is no gain over a clear failure."""
    assert _order(_always(ours), _always(theirs)) is order


def test_better_here_and_worse_there_is_neither() -> None:
    """A sum would let a gain in one place pay for a loss in another."""
    other = PAGE.replace(b"Norrvik", b"Halsa")
    flat, whole = FLAT.replace(b"Norrvik", b"Halsa"), WHOLE.replace(b"Norrvik", b"Halsa")

    def first(given: bytes) -> bytes:
        return WHOLE if b"Norrvik" in given else flat

    def second(given: bytes) -> bytes:
        return FLAT if b"Norrvik" in given else whole

    assert _order(first, second, PAGE, other) is Order.INCOMPARABLE
    assert _order(first, first, PAGE, other) is Order.IDENTICAL


def test_a_program_that_breaks_one_older_input_does_not_dominate() -> None:
    """However much better it is elsewhere."""
    other = PAGE.replace(b"Norrvik", b"Halsa")

    def breaks(given: bytes) -> bytes | None:
        return WHOLE if b"Norrvik" in given else None

    def flat(given: bytes) -> bytes:
        return FLAT if b"Norrvik" in given else FLAT.replace(b"Norrvik", b"Halsa")

    assert _order(breaks, flat, PAGE) is Order.BETTER
    assert _order(breaks, flat, PAGE, other) is Order.INCOMPARABLE


def test_without_inputs_nothing_is_run_or_claimed() -> None:
    """Then a person decides."""
    sandbox = Outputs({})

    assert compare(_contender("a"), _contender("b"), (), sandbox=sandbox, profile="document-1") is UNCOMPARED
    assert sandbox.runs == 0


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        (b"a b c d", b"a b c d", 1.0, 1.0),
        (b"", b"", 1.0, 1.0),
        (b"a b c d", b"w x y z", 0.0, 0.0),
        (b"a b c d e f g h i j", b"a b c d e f g h i k", 0.85, 0.99),
        (b"a b c d", b"d c b a", 0.0, 0.3),
    ],
)
def test_likeness_is_of_neighbouring_words(one: bytes, other: bytes, least: float, most: float) -> None:
    """The same words in another order are another output."""
    found = alike(TypedBytes("text/plain", one), TypedBytes("text/plain", other))

    assert least <= found <= most
