"""What became of a step, in the one form that is recorded, told and read by later steps.

In     the last result of its calls
Out    Ended: record, value, and whether the run stops
Never  keeps an output over its bound, or cuts one; keeps a secret
"""

import json
from dataclasses import replace
from typing import cast

import orjson

from skillstrata.compose.planning import canonical
from skillstrata.compose.prepared_tools import PreparedStep
from skillstrata.compose.retrying import Tried, as_unknown
from skillstrata.compose.run_leg import Ended, Leg
from skillstrata.compose.template_values import StepValue
from skillstrata.records.composed_runs import StepItem, StepRecord
from skillstrata.records.json_values import Json
from skillstrata.records.tool_calls import ToolFault, ToolResult

SETTLED = frozenset({"done", "skipped", "defaulted"})
_MOST_CONTENT = 65_536
_STATUS = {"needs_approval": "waiting_approval", "cancelled": "cancelled", "unknown_outcome": "unknown"}
# What stops a run whatever the step says of errors: nobody can go on from there by a default.
_STOPS = frozenset({"needs_approval", "cancelled", "unknown_outcome"})


def settled(leg: Leg, step: PreparedStep, label: str, tried: Tried, *, tainted: bool) -> Ended:
    """Give what became of a step, or of one turn of its loop."""
    result, fault = tried.result, tried.result.fault
    output: Json = None
    if fault is None:
        output, fault = _output(leg, step, result)
    if fault is not None:
        ended = _with_fault(leg, step, label, as_unknown(fault) if tried.unknown else fault, tried)
        # The message is the tool's: it may say whatever an output may.
        return _from_outside(ended) if tainted else ended
    output = leg.mask.value(output)
    content = leg.mask.text(result.content) if len(result.content) <= _MOST_CONTENT else ""
    record = StepRecord(
        id=label,
        tool=step.step.tool,
        status="done",
        output=output,
        content=content,
        attempts=tried.attempts,
        ms=tried.ms,
        tainted=tainted,
    )
    return Ended(record, StepValue(output, tainted, content=content))


def _with_fault(leg: Leg, step: PreparedStep, label: str, fault: ToolFault, tried: Tried) -> Ended:
    masked = ToolFault(fault.type, leg.mask.text(fault.message), leg.mask.text(fault.hint), fault.approval_id)
    goes_on = step.step.on_error == "skip" and fault.type not in _STOPS
    status = "defaulted" if goes_on else _STATUS.get(fault.type, "failed")
    output = step.default if goes_on else None
    record = StepRecord(
        id=label,
        tool=step.step.tool,
        status=status,
        output=output,
        attempts=tried.attempts,
        ms=tried.ms,
        error_type=masked.type,
        error=masked.message,
    )
    value = StepValue(output, status=status, error=masked.message)
    return Ended(record, value, None if goes_on else masked)


def _from_outside(ended: Ended) -> Ended:
    return replace(ended, record=replace(ended.record, tainted=True), value=replace(ended.value, tainted=True))


def skipped(step: PreparedStep, label: str) -> Ended:
    """Give a step whose condition does not hold."""
    record = StepRecord(label, step.step.tool, "skipped", step.default)
    return Ended(record, StepValue(step.default, status="skipped"))


def recalled(record: StepRecord) -> Ended:
    """Give a step as an earlier leg of the run recorded it."""
    value = StepValue(
        record.output, record.tainted, record.status, record.content, record.error, items_json(record.items)
    )
    if record.status in SETTLED:
        return Ended(record, value)
    return Ended(record, value, ToolFault(record.error_type or record.status, record.error))


def items_json(items: tuple[StepItem, ...]) -> Json:
    """Give the turns of a loop as templates read them; None for a step that is no loop."""
    if not items:
        return None
    return [{"index": item.index, "status": item.status, "output": item.output, "error": item.error} for item in items]


def size_of(value: Json) -> int:
    """Count the bytes of a value as JSON."""
    try:
        return len(orjson.dumps(value))
    except TypeError:
        return len(canonical(value))


def _output(leg: Leg, step: PreparedStep, result: ToolResult) -> tuple[Json, ToolFault | None]:
    output = result.output
    if step.step.parse_json:
        output, fault = _parsed(output, result.content)
        if fault is not None:
            return None, fault
    try:
        size = size_of(output)
    except (TypeError, ValueError, RecursionError) as error:
        return None, ToolFault("invalid_output", f"its output cannot be written as JSON: {error}")
    limits = leg.means.limits
    if size > limits.step_bytes:
        return None, ToolFault(
            "limit", f"its output has {size:,} bytes, more than {limits.step_bytes:,}", "let the step ask for less"
        )
    if not leg.spend(size):
        return None, ToolFault("limit", f"the outputs of this run have more than {limits.run_bytes:,} bytes")
    return output, None


def _parsed(output: Json, content: str) -> tuple[Json, ToolFault | None]:
    """Read JSON text that a tool without an output schema gave; what is structured already stays as it is."""
    if isinstance(output, dict) and output.keys() == {"text"} and isinstance(output["text"], str):
        content = output["text"]
    elif output is not None:
        return output, None
    try:
        return cast("Json", json.loads(content)), None
    except (ValueError, RecursionError) as error:
        return None, ToolFault("invalid_output", f"its text is not JSON: {error}", "leave `parse: json` out")
