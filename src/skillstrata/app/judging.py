"""Judge purposes: the fixed rules, and where those stay silent a model, within a budget and with a memory.

In     two sketches
Out    PurposeOpinion; with `model` None, or on any failure of it, that of the fixed rules
Never  asks a model what a rule decides, what was answered before, or what reads the same on both sides; spends more
       than the settings allow in a day
"""

from dataclasses import dataclass

from skillstrata.distill import opinion_of
from skillstrata.ports.catalog import Catalog
from skillstrata.ports.clock import Clock
from skillstrata.ports.judge import Judge
from skillstrata.records.failures import JudgeUnavailable
from skillstrata.records.purposes import JudgeCall, PurposeOpinion, PurposeSketch

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Budget:
    """What a model may cost in any 24 hours: questions, and tokens of questions and answers together."""

    calls: int
    tokens: int


class PurposeJudge:
    """Says whether two tools are for the same."""

    def __init__(self, model: Judge | None, catalog: Catalog, clock: Clock, budget: Budget) -> None:
        """Take what it asks (None: nobody), and where it keeps what was asked."""
        self._model = model
        self._catalog = catalog
        self._clock = clock
        self._budget = budget

    def opinion(self, one: PurposeSketch, other: PurposeSketch) -> PurposeOpinion:
        """Give an opinion; the same for the same two in either order."""
        ruled = opinion_of(one, other)
        if self._model is None or ruled.verdict != "ambiguous" or one == other:
            return ruled
        call = self._known(self._model.question(one, other)) or self._asked(self._model, one, other)
        if call is None or call.verdict in ("", "ambiguous"):
            return ruled
        return PurposeOpinion(call.verdict, call.why, by=call.model)

    def _known(self, question: str) -> JudgeCall | None:
        answered = [call for call in self._catalog.judge_calls(question=question) if call.verdict]
        return answered[-1] if answered else None

    def _asked(self, model: Judge, one: PurposeSketch, other: PurposeSketch) -> JudgeCall | None:
        now = self._clock.now_s()
        spent = self._catalog.judge_calls(since_s=now - _DAY_S)
        tokens = sum(call.input_tokens + call.output_tokens for call in spent)
        if len(spent) >= self._budget.calls or tokens >= self._budget.tokens:
            return None
        try:
            call = model.ask(one, other, at_s=now)
        except JudgeUnavailable as failed:
            question = model.question(one, other)
            call = JudgeCall(question, now, model.model, "", failed.message, failed.input_tokens, failed.output_tokens)
        self._catalog.add_judge_call(call)
        return call
