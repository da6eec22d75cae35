"""Judge purposes: the fixed rules, and where those stay silent a model, within a budget and with a memory.

In     two sketches
Out    PurposeOpinion; with `model` None, or on any failure of it, that of the fixed rules
Never  asks a model what a rule decides, what was answered before, or what reads the same on both sides; spends more
       than the settings allow in a day; asks what failed before, or anything after two failures in a row; stores what
       a model or its provider wrote with a secret in it
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from skillstrata.distill import opinion_of
from skillstrata.ports.catalog import Catalog
from skillstrata.ports.clock import Clock
from skillstrata.ports.judge import Judge
from skillstrata.ports.text_redactor import TextRedactor
from skillstrata.records.failures import JudgeUnavailable
from skillstrata.records.purposes import JudgeCall, PurposeOpinion, PurposeSketch

_DAY_S = 86_400.0
_MAX_WHY = 200
# Each may take the whole time limit of an answer; a service that is not there stays away for the pass.
_MOST_FAILURES = 2


@dataclass(frozen=True, slots=True)
class Budget:
    """What a model may cost in any 24 hours: questions, and tokens of questions and answers together."""

    calls: int
    tokens: int


class PurposeJudge:
    """Says whether two tools are for the same, for one round of placing."""

    def __init__(
        self,
        model: Judge | None,
        catalog: Catalog,
        clock: Clock,
        budget: Budget,
        *,
        redactor: TextRedactor,
        before_asking: Callable[[], None] | None = None,
    ) -> None:
        """Take what it asks, and where it keeps what was asked.

        Args:
            model: What it asks; None for nobody.
            catalog: Where answers and spending are kept.
            clock: Tells the day.
            budget: What may be spent in it.
            redactor: Takes secrets out of what models and providers write.
            before_asking: Raises if the pass should stop.
        """
        self._model = model
        self._catalog = catalog
        self._clock = clock
        self._budget = budget
        self._redactor = redactor
        self._before_asking = before_asking
        self._failed: set[str] = set()
        self._failures = 0

    def opinion(self, one: PurposeSketch, other: PurposeSketch) -> PurposeOpinion:
        """Give an opinion; the same for the same two in either order."""
        ruled = opinion_of(one, other)
        if self._model is None or ruled.verdict != "ambiguous" or one == other:
            return ruled
        question = self._model.question(one, other)
        call = self._known(question) or self._asked(self._model, question, one, other)
        if call is None or call.verdict in ("", "ambiguous"):
            return ruled
        return PurposeOpinion(call.verdict, call.why, by=call.model)

    def _known(self, question: str) -> JudgeCall | None:
        answered = [call for call in self._catalog.judge_calls(question=question) if call.verdict]
        return answered[-1] if answered else None

    def _asked(self, model: Judge, question: str, one: PurposeSketch, other: PurposeSketch) -> JudgeCall | None:
        if question in self._failed or self._failures >= _MOST_FAILURES:
            return None
        if self._before_asking is not None:
            self._before_asking()
        now = self._clock.now_s()
        spent = self._catalog.judge_calls(since_s=now - _DAY_S)
        tokens = sum(call.input_tokens + call.output_tokens for call in spent)
        if len(spent) >= self._budget.calls or tokens >= self._budget.tokens:
            return None
        try:
            call = model.ask(one, other, at_s=now)
            self._failures = 0
        except JudgeUnavailable as failed:
            self._failed.add(question)
            self._failures += 1
            call = JudgeCall(question, now, model.model, "", failed.message, failed.input_tokens, failed.output_tokens)
        # What is cut before it is searched may hold the half of a secret.
        call = replace(call, why=self._redactor.redact(call.why).text[:_MAX_WHY])
        self._catalog.add_judge_call(call)
        return call
