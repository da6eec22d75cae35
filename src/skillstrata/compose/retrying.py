"""One call of a step, and again where that does no harm.

In     a step's arguments, filled
Out    the last result, how often it was tried
Never  repeats what may have had an effect, unless the tool is idempotent or the skill's author vouches for it; more
       than twice; beyond the run's time
"""

import random
import time
from dataclasses import dataclass, replace

from skillstrata.compose.prepared_tools import PreparedStep
from skillstrata.compose.run_leg import Leg
from skillstrata.compose.template_values import Rendered
from skillstrata.records.capabilities import Capability
from skillstrata.records.composed_runs import StepRecord
from skillstrata.records.composed_tools import RetryRule
from skillstrata.records.errors import StrataError
from skillstrata.records.json_values import JsonObject
from skillstrata.records.tool_calls import Caller, ToolCall, ToolFault, ToolResult

MOST_RETRIES = 2
_MOST_PAUSE_S = 30.0
_RETRIABLE = frozenset({"timeout", "transport", "tool_error"})
_LOST = frozenset({"timeout", "transport"})


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be called: a step, or one turn of its loop. `label` is the id of its record."""

    step: PreparedStep
    node: Capability
    label: str
    arguments: JsonObject
    filled: Rendered
    first: int = 1

    @property
    def effects(self) -> bool:
        """Say whether it may change something."""
        return not self.node.effects.read_only


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it. `unknown` says that an effect may have happened or not."""

    result: ToolResult
    attempts: int
    ms: float
    unknown: bool = False


def repeatable(node: Capability | None, rule: RetryRule) -> bool:
    """Say whether a call may be made again although it may have been made before."""
    return node is not None and (node.effects.read_only or node.effects.idempotent or rule.safe)


def tried(leg: Leg, turn: Turn) -> Tried:
    """Call, and again where the step's rule says so and it is safe."""
    rule = turn.step.step.retry
    safe = repeatable(turn.node, rule)
    most = turn.first + (min(rule.most, MOST_RETRIES) if safe else 0)
    began = time.perf_counter()
    attempt = turn.first
    while True:
        result = _called(leg, turn, attempt)
        fault = result.fault
        if fault is None or attempt >= most or fault.type not in rule.on or fault.type not in _RETRIABLE:
            break
        pause = _pause_s(rule, attempt - turn.first)
        if pause >= leg.left_s() or leg.means.cancel.wait(pause):
            break
        attempt += 1
    ms = (time.perf_counter() - began) * 1000
    lost = fault is not None and result.sent and fault.type in _LOST and not safe
    unknown = lost or (fault is not None and fault.type == "unknown_outcome")
    return Tried(result, attempt, ms, unknown)


def _pause_s(rule: RetryRule, retries: int) -> float:
    pause = min(rule.delay_s * (2**retries if rule.backoff == "exp" else 1), _MOST_PAUSE_S)
    # Jitter keeps many clients from coming back at the same moment; nothing secret hangs on it.
    return pause * (0.5 + random.random() / 2) if rule.jitter else pause  # noqa: S311


def _called(leg: Leg, turn: Turn, attempt: int) -> ToolResult:
    left = leg.left_s()
    if left <= 0:
        return ToolResult(fault=ToolFault("timeout", "the time of the run is over"), sent=False)
    if not leg.means.budget.take():
        return ToolResult(fault=ToolFault("limit", f"more than {leg.means.limits.calls} calls in one run"), sent=False)
    if turn.effects:
        started = StepRecord(turn.label, turn.step.step.tool, "started", attempts=attempt)
        leg.record(started, durable=True)
    call = _call(leg, turn, attempt, min(turn.step.step.timeout_s, leg.means.limits.step_s, left))
    try:
        return leg.means.gate.call(call, leg.means.cancel)
    except StrataError as error:
        return ToolResult(fault=ToolFault("tool_error", error.message, error.hint))


def _call(leg: Leg, turn: Turn, attempt: int, timeout_s: float) -> ToolCall:
    above = leg.caller
    caller = Caller(
        surface=above.surface,
        cwd=above.cwd,
        session=above.session,
        skill=leg.ready.tool.skill,
        run_id=leg.head.run_id,
        step=turn.label,
        stack=(*above.stack, leg.ready.path),
        allowed=above.allowed,
        attempt=attempt,
    )
    return ToolCall(
        path=turn.step.step.path,
        arguments=turn.arguments,
        caller=caller,
        timeout_s=timeout_s,
        tainted=turn.filled.tainted,
        secrets=turn.filled.secrets,
        derived=turn.filled.derived,
        tails=turn.filled.tails,
        plan_digest=leg.plan.digest,
        planned=leg.plan.steps[turn.step.number].known,
    )


def not_sent(fault: ToolFault) -> Tried:
    """Give a fault that was found before anything was called."""
    return Tried(ToolResult(fault=fault, sent=False), 0, 0.0)


def as_unknown(fault: ToolFault) -> ToolFault:
    """Give the fault of a call whose effect may have happened or not."""
    if fault.type == "unknown_outcome":
        return fault
    return replace(
        fault,
        type="unknown_outcome",
        message=f"{fault.type}: {fault.message}; whether it took effect is not known",
        hint="look whether it did, then begin a new run; it is not repeated",
    )
