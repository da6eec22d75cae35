"""The lines of a run's file, read back.

In     the bytes of whole lines
Out    the run: its head, each step as it was told last, how it stands
Never  guesses: one line that is not as it was written makes the whole run unreadable
"""

import json
from dataclasses import dataclass
from typing import Any, cast

from skillstrata.records.composed_runs import ComposedRun, RunHead, StepItem, StepRecord
from skillstrata.records.failures import RunDamaged, RunUnknown
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.tool_calls import ToolFault

FORMAT = 1
# A run that ended thus says all there is to say. In any other state it may go on, and turns of its loops count as well.
CLOSED = frozenset({"done", "failed", "unknown", "cancelled", "expired"})


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run stands when it is let go; `order` are its steps as they were declared."""

    status: str
    output: Json
    message: str
    approval_id: str
    fault: ToolFault | None
    order: tuple[str, ...]


def run_from(run_id: str, data: bytes) -> ComposedRun:
    """Read a run.

    Raises:
        RunUnknown: There is no whole line: nothing was begun.
        RunDamaged: A line is not one of ours.
    """
    lines = data.splitlines()
    if not lines:
        raise RunUnknown(f"run {run_id!r} was never begun", hint="begin a new one")
    try:
        return _merged(lines)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RunDamaged(
            f"the record of run {run_id!r} cannot be read: {type(error).__name__} {error}",
            hint="it is left as it is and cannot go on; look at what its steps did, then begin a new run",
        ) from error


def _merged(lines: list[bytes]) -> ComposedRun:
    head: RunHead | None = None
    steps: dict[str, StepRecord] = {}
    end: RunEnd | None = None
    for line in lines:
        told = cast("JsonObject", json.loads(line))
        if told["v"] != FORMAT:
            raise ValueError(f"a line of format {told['v']!r}")
        if "head" in told:
            head = _head(told["head"])
        elif "step" in told:
            step = _step(told["step"])
            steps[step.id], end = step, None
        else:
            end = _end(told["end"])
    if head is None:
        raise ValueError("it has no head")
    if end is None:
        return ComposedRun(head, "running", tuple(steps.values()))
    names = [name for name in end.order if name in steps]
    if end.status not in CLOSED:
        names += [name for name in steps if name not in end.order]
    shown = tuple(steps[name] for name in names)
    return ComposedRun(head, end.status, shown, end.output, end.message, end.approval_id, end.fault)


def _head(told: Json) -> RunHead:
    fields = _fields(told, RunHead)
    allowed = fields.pop("allowed", None)
    stack = tuple(fields.pop("stack", ()))
    return RunHead(**fields, stack=stack, allowed=None if allowed is None else tuple(allowed))


def _step(told: Json) -> StepRecord:
    fields = _fields(told, StepRecord)
    items = tuple(StepItem(**_fields(item, StepItem)) for item in fields.pop("items", ()))
    return StepRecord(**fields, items=items)


def _end(told: Json) -> RunEnd:
    fields = _fields(told, RunEnd)
    fault, order = fields.pop("fault"), tuple(fields.pop("order"))
    why = None if fault is None else ToolFault(**_fields(fault, ToolFault))
    return RunEnd(**fields, fault=why, order=order)


def _fields(told: Json, kind: type) -> dict[str, Any]:
    """Give the fields of a record as they stand in a line, each checked for the simple types that it declares."""
    if not isinstance(told, dict):
        raise TypeError("not an object")
    for name, declared in kind.__annotations__.items():
        if name in told and not _fits(told[name], declared):
            raise TypeError(f"{name} is {told[name]!r:.40}")
    return dict(told)


def _fits(value: Json, declared: type) -> bool:
    if declared is float:
        return isinstance(value, int | float)
    return declared not in (str, int, bool) or isinstance(value, declared)
