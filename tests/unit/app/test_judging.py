"""A model is asked only where rules stay silent, once, and within its budget; whatever it does, there is an opinion."""

from dataclasses import dataclass, field, replace

import pytest

from skillstrata.app.interrupting import PassStopped
from skillstrata.app.judging import Budget, PurposeJudge
from skillstrata.capture.redact import Redactor
from skillstrata.distill.purpose import opinion_of
from skillstrata.records.failures import JudgeUnavailable
from skillstrata.records.purposes import JudgeCall, PurposeSketch
from tests.fakes.memory_catalog import MemoryCatalog

ONE = PurposeSketch("extract", "Extract links from HTML as JSON", ("text/html",), ("application/json",), ("file",))
OTHER = replace(ONE, purpose="Extract links from DOCX as JSON", given=("application/x-docx",))
CLEAR = replace(ONE, verb="convert")
DAY_S = 86_400.0


@dataclass
class Model:
    """Answers as it was told, and counts."""

    verdict: str = "same"
    fails: bool = False
    says: str = "it said so"
    asked: list[tuple[PurposeSketch, PurposeSketch]] = field(default_factory=list)
    model: str = "m"

    def question(self, one: PurposeSketch, other: PurposeSketch) -> str:
        return "".join(sorted((one.purpose, other.purpose)))

    def ask(self, one: PurposeSketch, other: PurposeSketch, *, at_s: float) -> JudgeCall:
        self.asked.append((one, other))
        if self.fails:
            raise JudgeUnavailable(self.says, input_tokens=40, output_tokens=2)
        question = self.question(one, other)
        return JudgeCall(question, at_s, "m", self.verdict, self.says, 50, 5)  # type: ignore[arg-type]


@dataclass
class Clock:
    """Stands still until it is set."""

    at_s: float = 1_000_000.0

    def now_s(self) -> float:
        return self.at_s


def _judge(model: Model | None, *, calls: int = 10, tokens: int = 10_000) -> tuple[PurposeJudge, MemoryCatalog, Clock]:
    catalog, clock = MemoryCatalog(), Clock()
    return PurposeJudge(model, catalog, clock, Budget(calls, tokens), redactor=Redactor()), catalog, clock


@pytest.mark.parametrize("verdict", ["same", "different"])
def test_a_model_settles_what_rules_leave_open(verdict: str) -> None:
    """And its name stands beside what it said."""
    judge, catalog, _ = _judge(Model(verdict))
    found = judge.opinion(ONE, OTHER)

    assert (found.verdict, found.why, found.by) == (verdict, "it said so", "m")
    assert [(c.verdict, c.input_tokens) for c in catalog.judge_calls()] == [(verdict, 50)]


def test_without_a_model_the_rules_decide_alone() -> None:
    """The default: nothing is sent anywhere."""
    judge, catalog, _ = _judge(None)

    assert judge.opinion(ONE, OTHER) == opinion_of(ONE, OTHER)
    assert catalog.judge_calls() == ()


@pytest.mark.parametrize(("one", "other"), [(CLEAR, ONE), (CLEAR, replace(CLEAR, given=("b",))), (ONE, ONE)])
def test_what_a_rule_decides_or_what_reads_the_same_is_not_asked(one: PurposeSketch, other: PurposeSketch) -> None:
    """It would cost something and could only be wrong."""
    model = Model("different")
    judge, _, _ = _judge(model)

    assert judge.opinion(one, other) == opinion_of(one, other)
    assert model.asked == []


def test_an_answer_is_kept_and_a_failure_for_the_pass_alone() -> None:
    """The same question again costs nothing; after a failure the next pass asks it again."""
    model = Model(fails=True)
    judge, catalog, clock = _judge(model)
    assert [judge.opinion(ONE, OTHER).by, judge.opinion(OTHER, ONE).by] == ["offline"] * 2
    assert len(model.asked) == 1
    model.fails = False
    later = PurposeJudge(model, catalog, clock, Budget(10, 10_000), redactor=Redactor())
    assert [later.opinion(ONE, OTHER).by, later.opinion(OTHER, ONE).by] == ["m", "m"]

    assert len(model.asked) == 2
    assert [(c.verdict, c.input_tokens, c.output_tokens) for c in catalog.judge_calls()] == [
        ("", 40, 2),
        ("same", 50, 5),
    ]


def _others(count: int) -> list[PurposeSketch]:
    return [replace(OTHER, purpose=f"purpose {number}") for number in range(count)]


def test_after_two_failures_in_a_row_nobody_is_asked_any_more() -> None:
    """Each may take the whole time limit, and a pass may have a hundred questions."""
    model = Model(fails=True)
    judge, _, _ = _judge(model)

    assert {judge.opinion(ONE, other).by for other in _others(6)} == {"offline"}
    assert len(model.asked) == 2


def test_failures_with_an_answer_in_between_do_not_end_the_asking() -> None:
    """The twin: a service that stumbles is there all the same."""
    model = Model()
    judge, _, _ = _judge(model)
    for number, other in enumerate(_others(6)):
        model.fails = number % 2 == 0
        judge.opinion(ONE, other)

    assert len(model.asked) == 6


def test_a_pass_that_should_stop_asks_nothing_more() -> None:
    """A question takes as long as a program may."""
    model, stops = Model(), [False, True]

    def refuse() -> None:
        if stops.pop(0):
            raise PassStopped("stopped")

    judge = PurposeJudge(model, MemoryCatalog(), Clock(), Budget(9, 9_000), redactor=Redactor(), before_asking=refuse)
    first, second = _others(2)
    assert judge.opinion(ONE, first).by == "m"
    with pytest.raises(PassStopped):
        judge.opinion(ONE, second)
    assert len(model.asked) == 1


@pytest.mark.parametrize("fails", [True, False])
def test_what_a_model_or_its_provider_writes_is_kept_without_secrets_and_short(*, fails: bool) -> None:
    """A provider may say the key back, and the catalog is kept for long; a plain sentence stays as it is."""
    key = "sk-ant-api03-" + "aB3dE5fG7h" * 9
    for says in (f"bad key {key}", "x" * 190 + f" {key}", "y " * 900, "both make JSON"):
        judge, catalog, _ = _judge(Model(fails=fails, says=says))
        judge.opinion(ONE, OTHER)
        (call,) = catalog.judge_calls()

        assert "sk-ant" not in call.why
        assert len(call.why) <= 200
        assert call.why.startswith(says[:8])
    assert call.why == "both make JSON"


def test_an_undecided_model_leaves_it_to_the_rules_and_is_not_asked_again() -> None:
    """Ambiguous is an answer."""
    model = Model("ambiguous")
    judge, _, _ = _judge(model)

    assert [judge.opinion(ONE, OTHER), judge.opinion(ONE, OTHER)] == [opinion_of(ONE, OTHER)] * 2
    assert len(model.asked) == 1


@pytest.mark.parametrize(("calls", "tokens", "asked"), [(2, 10_000, 2), (10, 60, 2), (0, 10_000, 0), (10, 0, 0)])
def test_the_budget_of_a_day_is_kept_failures_included(calls: int, tokens: int, asked: int) -> None:
    """A service that fails and charges must not be asked all night; the next day it is asked again."""
    model = Model(fails=True)
    judge, catalog, clock = _judge(model, calls=calls, tokens=tokens)
    for number in range(5):
        clock.at_s += 1
        judge = PurposeJudge(model, catalog, clock, Budget(calls, tokens), redactor=Redactor())
        judge.opinion(ONE, replace(OTHER, purpose=f"purpose {number}"))
    assert len(model.asked) == asked
    clock.at_s += DAY_S
    judge = PurposeJudge(model, catalog, clock, Budget(calls, tokens), redactor=Redactor())
    judge.opinion(ONE, replace(OTHER, purpose="tomorrow"))

    assert len(model.asked) == asked + (1 if calls and tokens else 0)
