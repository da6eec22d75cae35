"""A judge behind a model's API: any provider that pydantic-ai knows, named as PROVIDER:MODEL.

In     two sketches; the provider's own environment variables for keys and addresses
Out    JudgeCall, or JudgeUnavailable for any failure at all
Never  is imported before it is asked: the library is an extra (`pip install skillstrata[judge]`) and takes its time
"""

import asyncio

from skillstrata.adapters.judge_question import INSTRUCTIONS, MAX_ANSWER_TOKENS, answer_of, digest_of, message_of
from skillstrata.adapters.model_asking import Asked, response_to
from skillstrata.records.failures import JudgeUnavailable
from skillstrata.records.purposes import JudgeCall, PurposeSketch

# Who stores it takes secrets out first and cuts it then: half a key looks like none.
_MAX_SAID = 4000


class ModelJudge:
    """Fulfils the Judge port."""

    def __init__(self, model: str, *, timeout_s: float) -> None:
        """Remember the model ("anthropic:claude-haiku-4-5") and how long an answer may take."""
        self._model = model
        self._timeout_s = timeout_s

    @property
    def model(self) -> str:
        """Name the model, with its provider."""
        return self._model

    def question(self, one: PurposeSketch, other: PurposeSketch) -> str:
        """Give a digest of what would be asked."""
        return digest_of(self._model, one, other)

    def ask(self, one: PurposeSketch, other: PurposeSketch, *, at_s: float) -> JudgeCall:
        """Ask the model once.

        Raises:
            JudgeUnavailable: No answer, or none of the asked form.
        """
        try:
            asked = Asked(self._model, INSTRUCTIONS, MAX_ANSWER_TOKENS, self._timeout_s)
            response = asyncio.run(response_to(message_of(one, other), asked))
            text, usage = response.text or "", response.usage
            spent = (int(usage.input_tokens), int(usage.output_tokens))
        except ImportError as error:
            raise JudgeUnavailable(
                f"{self._model} cannot be asked: {error}", hint="install the extra: `pip install 'skillstrata[judge]'`"
            ) from error
        except TimeoutError as error:
            raise self._failed(f"no answer within {self._timeout_s:g} s") from error
        except Exception as error:
            raise self._failed(f"{type(error).__name__}: {error}"[:_MAX_SAID]) from error
        verdict, why = answer_of(text, input_tokens=spent[0], output_tokens=spent[1])
        return JudgeCall(self.question(one, other), at_s, self._model, verdict, why, *spent)

    def _failed(self, why: str) -> JudgeUnavailable:
        said = "".join(c if c.isprintable() else " " for c in why)
        return JudgeUnavailable(
            f"{self._model} gave no answer: {said}",
            hint="the fixed rules decide alone; check the key, or set judge.mode to offline",
        )
