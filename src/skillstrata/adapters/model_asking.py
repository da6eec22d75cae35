"""One question to a model's API: any provider that pydantic-ai knows, named as PROVIDER:MODEL.

In     a message and what the model is told to do with it; the provider's own environment variables for keys
Out    the response
Never  is imported before a model is asked: the library is an extra (`pip install skillstrata[judge]`)
Why    the library loads a provider when it first names a model: that time is ours, and no part of the model's
"""

import asyncio
import importlib
from dataclasses import dataclass
from typing import Protocol, cast


class Usage(Protocol):
    """What was spent."""

    input_tokens: int
    output_tokens: int


class Response(Protocol):
    """What we read of a response."""

    @property
    def text(self) -> str | None:
        """Give the text, None where there is none."""
        ...

    @property
    def usage(self) -> Usage:
        """Give what was spent."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A model, what it is told, and how much and how long it may write."""

    model: str
    instructions: str
    max_tokens: int
    timeout_s: float


class _Model(Protocol):
    """A model of the library's; we only hand it on."""


class _Request(Protocol):
    """A request of the library's; we only hand it on."""


class _Requests(Protocol):
    """What we call of the library: a request by its text."""

    def user_text_prompt(self, text: str, *, instructions: str) -> _Request: ...


class _Messages(Protocol):
    """Where requests are made."""

    @property
    def ModelRequest(self) -> _Requests: ...


class _Models(Protocol):
    """What we call of the library: a model by its name."""

    def infer_model(self, model: str) -> _Model: ...


class _Direct(Protocol):
    """What we call of the library: one request, one response."""

    async def model_request(
        self, model: _Model, messages: list[_Request], *, model_settings: dict[str, int | float]
    ) -> Response: ...


async def response_to(message: str, asked: Asked) -> Response:
    """Ask once.

    Raises:
        ImportError: The library, or what it needs for this provider, is not installed.
        TimeoutError: There is no answer in time.
        Exception: Whatever else the library ends with.
    """
    direct = cast("_Direct", importlib.import_module("pydantic_ai.direct"))
    messages = cast("_Messages", importlib.import_module("pydantic_ai.messages"))
    model = cast("_Models", importlib.import_module("pydantic_ai.models")).infer_model(asked.model)
    request = messages.ModelRequest.user_text_prompt(message, instructions=asked.instructions)
    settings = {"max_tokens": asked.max_tokens, "timeout": asked.timeout_s}
    # The library tries again on its own; all tries together must not take longer than one may.
    return await asyncio.wait_for(direct.model_request(model, [request], model_settings=settings), asked.timeout_s)
