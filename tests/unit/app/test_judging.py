"""A model is asked only where rules stay silent, once, and within its budget; whatever it does, there is an opinion."""

from dataclasses import dataclass, field, replace

import pytest

from skillstrata.app.judging import Budget, PurposeJudge
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
    asked: list[tuple[PurposeSketch, PurposeSketch]] = field(default_factory=list)
    model: str = "m"

    def question(self, one: PurposeSketch, other: PurposeSketch) -> str:
        return "".join(sorted((one.purpose, other.purpose)))

    def ask(self, one: PurposeSketch, other: PurposeSketch, *, at_s: float) -> JudgeCall:
        self.asked.append((one, other))
        if self.fails:
            raise JudgeUnavailable("no", input_tokens=40, output_tokens=2)
        question = self.question(one, other)
        return JudgeCall(question, at_s, "m", self.verdict, "it said so", 50, 5)  # type: ignore[arg-type]


@dataclass
class Clock:
    """Stands still until it is set."""

    at_s: float = 1_000_000.0

    def now_s(self) -> float:
        return self.at_s


def _judge(model: Model | None, *, calls: int = 10, tokens: int = 10_000) -> tuple[PurposeJudge, MemoryCatalog, Clock]:
    catalog, clock = MemoryCatalog(), Clock()
    return PurposeJudge(model, catalog, clock, Budget(calls, tokens)), catalog, clock


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


def test_an_answer_is_kept_and_a_failure_is_not() -> None:
    """The same question again costs nothing; after a failure it is asked again."""
    model = Model(fails=True)
    judge, catalog, _ = _judge(model)
    assert judge.opinion(ONE, OTHER).by == "offline"
    model.fails = False
    assert [judge.opinion(ONE, OTHER).by, judge.opinion(OTHER, ONE).by] == ["m", "m"]

    assert len(model.asked) == 2
    assert [(c.verdict, c.input_tokens, c.output_tokens) for c in catalog.judge_calls()] == [
        ("", 40, 2),
        ("same", 50, 5),
    ]


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
    judge, _, clock = _judge(model, calls=calls, tokens=tokens)
    for number in range(5):
        clock.at_s += 1
        judge.opinion(ONE, replace(OTHER, purpose=f"purpose {number}"))
    assert len(model.asked) == asked
    clock.at_s += DAY_S
    judge.opinion(ONE, replace(OTHER, purpose="tomorrow"))

    assert len(model.asked) == asked + (1 if calls and tokens else 0)
