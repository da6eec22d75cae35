"""What speaks against a run before its first step.

In     the tool, the plan, the caller
Out    the fault, None where it may begin
Never  lets a composed tool run inside itself, or deeper than the limit
"""

from skillstrata.compose.input_values import fault_of, with_defaults
from skillstrata.records.composed_runs import Plan, RunLimits
from skillstrata.records.composed_tools import ComposedTool
from skillstrata.records.json_values import JsonObject
from skillstrata.records.tool_calls import Caller, ToolFault

_RUNNABLE = frozenset({"ok", "unverified"})


def refusal(tool: ComposedTool, plan: Plan, caller: Caller, limits: RunLimits) -> ToolFault | None:
    """Look at the tool, where it would run, and its arguments."""
    if tool.status not in _RUNNABLE:
        return ToolFault("unavailable", f"{tool.name!r} is {tool.status}", "compile the skill again")
    over = _limit_fault(tool, caller, limits)
    if over:
        return ToolFault("limit", over)
    wrong = fault_of(tool.input_schema, plan.arguments, "arguments")
    if wrong:
        return ToolFault("invalid_arguments", wrong, f"`skillstrata tools show {tool.name}` has the schema")
    return None


def _limit_fault(tool: ComposedTool, caller: Caller, limits: RunLimits) -> str:
    path = f"composed/{tool.name}"
    if path in caller.stack:
        return f"composed tools call each other in a circle: {' -> '.join((*caller.stack, path))}"
    if len(caller.stack) >= limits.nesting:
        return f"composed tools are nested deeper than {limits.nesting}: {' -> '.join((*caller.stack, path))}"
    if len(tool.steps) > limits.steps:
        return f"{tool.name!r} has {len(tool.steps)} steps, more than {limits.steps}"
    return ""


def foreign_plan(tool: ComposedTool, plan: Plan, arguments: JsonObject, caller: Caller) -> ToolFault | None:
    """Look whether a plan that was consented to is one of this very call."""
    if (plan.tool, plan.definition) != (tool.name, tool.digest):
        return ToolFault("denied", f"the plan is one of {plan.tool!r} as it was", "plan again")
    if plan.arguments != with_defaults(tool.input_schema, arguments) or plan.cwd != caller.cwd:
        return ToolFault("denied", "the plan is for other arguments or another folder", "plan again")
    return None
