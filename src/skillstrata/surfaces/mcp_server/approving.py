"""Ask the user in the middle of a call, in the way of the connection's protocol era.

In     a call that may be repeated: what it finished it does not do again
Out    its outcome; a question to the client; or the outcome that says which command gives the answer
Never  takes silence, a closed window or a decline for a yes; trusts the state that comes back unless its seal holds
"""

import functools
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio
import mcp_types
from mcp.server.context import ServerRequestContext
from mcp.server.request_state import AESGCMRequestStateCodec, RequestStateBoundary, RequestStateSecurity
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from skillstrata.app.capability_reports import CallOutcome
from skillstrata.records.policies import Grant
from skillstrata.surfaces.mcp_server.wires import Wire

QUESTION = "approval"
_MOST_QUESTIONS = 20
# An agent's user may be away; after this the call ends, and the question stays open for the command line.
_ANSWERED_WITHIN_S = 600.0
_STATE_S = 3_600.0
_SCHEMA: mcp_types.ElicitRequestedSchema = {
    "type": "object",
    "properties": {"approve": {"type": "boolean", "title": "Allow this call", "default": False}},
    "required": ["approve"],
}
Context = ServerRequestContext[Wire]
Attempt = Callable[[], Awaitable[CallOutcome]]
Decide = Callable[[str, bool], Awaitable[None]]


class _StoredCodec:
    """Seals with the stored key, which is read or made at the first question and not before."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._codec = functools.cache(lambda: AESGCMRequestStateCodec([key()]))

    def seal(self, payload: bytes) -> str:
        return self._codec().seal(payload)

    def unseal(self, token: str) -> bytes:
        return self._codec().unseal(token)


def boundary(key: Callable[[], bytes]) -> RequestStateBoundary:
    """Make the middleware that seals what goes out with a question and checks what comes back."""
    security = RequestStateSecurity(codec=_StoredCodec(key), ttl=_STATE_S)
    return RequestStateBoundary(security, default_audience="skillstrata")


@dataclass(frozen=True, slots=True)
class Asking:
    """One call of a client: how to make it, and how an answer is written down."""

    ctx: Context
    params: mcp_types.CallToolRequestParams
    attempt: Attempt
    decide: Decide

    async def outcome(self) -> CallOutcome | mcp_types.InputRequiredResult:
        """Make the call, asking as often as it needs leave."""
        modern = self.ctx.protocol_version in MODERN_PROTOCOL_VERSIONS
        if modern and not await self._take_answer():
            return await self.attempt()
        for _ in range(_MOST_QUESTIONS):
            outcome = await self.attempt()
            if outcome.approval is None or not _can_ask(self.ctx):
                return outcome
            if modern:
                return _question(outcome.approval, outcome.run_id)
            if not await self._asked(outcome.approval):
                # A decline makes it a denied call; silence leaves it open, and the outcome says how to go on.
                return await self.attempt()
        return await self.attempt()

    async def _take_answer(self) -> bool:
        """Write down the answer that came with a repeated call; say whether more may be asked."""
        responses, sealed = self.params.input_responses, self.params.request_state
        if not responses or sealed is None:
            return True
        answer = responses.get(QUESTION)
        try:
            asked = str(json.loads(sealed)["approval"])
        except (ValueError, KeyError, TypeError):
            raise MCPError(mcp_types.INVALID_PARAMS, "Invalid or expired requestState") from None
        return isinstance(answer, mcp_types.ElicitResult) and await self._told(asked, answer)

    async def _asked(self, grant: Grant) -> bool:
        with anyio.move_on_after(_ANSWERED_WITHIN_S):
            answer = await self.ctx.session.elicit_form(_message(grant), _SCHEMA, self.ctx.request_id)
            return await self._told(grant.id, answer)
        return False

    async def _told(self, grant_id: str, answer: mcp_types.ElicitResult) -> bool:
        if answer.action == "cancel":
            return False
        approved = answer.action == "accept" and (answer.content or {}).get("approve") is True
        await self.decide(grant_id, approved)
        return approved


def _can_ask(ctx: Context) -> bool:
    able = ctx.session.client_capabilities
    asks = None if able is None else able.elicitation
    # A client that names no mode means forms: that is all there was when it was written.
    return asks is not None and (asks.form is not None or asks.url is None)


def _question(grant: Grant, run_id: str) -> mcp_types.InputRequiredResult:
    params = mcp_types.ElicitRequestFormParams(message=_message(grant), requested_schema=_SCHEMA)
    return mcp_types.InputRequiredResult(
        input_requests={QUESTION: mcp_types.ElicitRequest(params=params)},
        request_state=json.dumps({"run": run_id, "approval": grant.id}),
    )


def _message(grant: Grant) -> str:
    return f"{grant.shown}\n\nAllow this? ({grant.approval.word}; question {grant.id})"
