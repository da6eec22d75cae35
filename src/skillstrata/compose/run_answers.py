"""A run as the answer to a call: what whoever called the composed tool gets.

In     ComposedRun, or the error that kept it from being begun
Out    ToolResult
"""

from skillstrata.compose.planning import canonical
from skillstrata.records.composed_runs import ComposedRun
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.tool_calls import ToolFault, ToolResult

_OF_A_STEP = frozenset({"timeout", "transport"})


def answer_of(run: ComposedRun) -> ToolResult:
    """Give a run's output, or its fault with one line for each step that failed and the id to ask about it."""
    if run.status == "done":
        return ToolResult(run.output, canonical(run.output).decode("utf-8", "replace"))
    fault = run.fault or ToolFault("tool_error", run.message or f"the run is {run.status}")
    # Where the run itself ended there is nothing unknown: its record says which step gave nothing in time.
    kind = "tool_error" if run.status == "failed" and fault.type in _OF_A_STEP else fault.type
    named = f" (run {run.head.run_id})" if run.head.run_id else ""
    told = ToolFault(kind, f"{run.message or fault.message}{named}", fault.hint, fault.approval_id)
    return ToolResult(content=told.message, fault=told, sent=bool(run.steps))


def error_answer(error: StrataError) -> ToolResult:
    """Give the result of a run that could not be begun or gone on with."""
    kind = "transport" if error.retry is Retry.SAME else "unavailable"
    return ToolResult(content=error.message, fault=ToolFault(kind, error.message, error.hint), sent=False)


def run_json(run: ComposedRun) -> JsonObject:
    """Give a run in the form that errors carry: its id, status, each step in short, the message."""
    steps: list[Json] = [
        {
            "id": step.id,
            "status": step.status,
            "attempts": step.attempts,
            "ms": round(step.ms, 3),
            "error": {"type": step.error_type, "message": step.error} if step.error_type else None,
        }
        for step in run.steps
    ]
    return {
        "run_id": run.head.run_id,
        "tool": run.head.tool,
        "status": run.status,
        "steps": steps,
        "message": run.message,
        "approval_id": run.approval_id,
    }
