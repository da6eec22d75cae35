"""One turn: a step without a loop has one, a loop one for each item.

In     a step, the scope of the turn
Out    Ended, recorded
Never  calls a tool that is not the one that was compiled; repeats what an earlier leg of the run may have done
"""

from skillstrata.compose.conditions import holds
from skillstrata.compose.prepared_tools import PreparedStep
from skillstrata.compose.retrying import Turn, not_sent, repeatable, tried
from skillstrata.compose.run_leg import Ended, Leg
from skillstrata.compose.step_results import recalled, settled, skipped
from skillstrata.compose.template_faults import TemplateFailed
from skillstrata.compose.template_values import Rendered, Scope, rendered
from skillstrata.records.capabilities import Capability
from skillstrata.records.composed_runs import StepRecord
from skillstrata.records.tool_calls import ToolFault

# These an earlier leg left unfinished: to be gone on with, if that may be.
OPEN = frozenset({"started", "waiting_approval", "pending"})


def turned(leg: Leg, step: PreparedStep, label: str, scope: Scope, *, asks: bool) -> Ended:
    """Run one turn and record it; `asks` says that its condition is to be asked here."""
    earlier = leg.earlier.get(label)
    if earlier is not None and earlier.status not in OPEN:
        return recalled(earlier)
    try:
        if asks and step.condition is not None and not holds(step.condition, scope):
            return recorded(leg, skipped(step, label))
        filled = rendered(step.input, scope)
    except TemplateFailed as error:
        return recorded(leg, faulty(leg, step, label, error, scope))
    if filled.secrets:
        leg.mask.learn(filled.secrets)
    turn = _turn_of(leg, step, label, filled, earlier)
    if isinstance(turn, ToolFault):
        return recorded(leg, settled(leg, step, label, not_sent(turn), tainted=False))
    tainted = turn.node.effects.open_world or bool(filled.tainted)
    ended = settled(leg, step, label, tried(leg, turn), tainted=tainted)
    return recorded(leg, ended, durable=turn.effects)


def _turn_of(
    leg: Leg, step: PreparedStep, label: str, filled: Rendered, earlier: StepRecord | None
) -> Turn | ToolFault:
    node = leg.means.gate.capability(step.step.path)
    fault = _lost_fault(earlier, node, step) or _standing_fault(leg, step, node)
    if fault is not None:
        return fault
    if node is None or not isinstance(filled.value, dict):
        return ToolFault("invalid_arguments", f"the input of step {step.id!r} is not an object")
    first = max(1, earlier.attempts) if earlier is not None else 1
    return Turn(step, node, label, filled.value, filled, first)


def recorded(leg: Leg, ended: Ended, *, durable: bool = False) -> Ended:
    """Write down what became of a turn."""
    leg.record(ended.record, durable=durable or ended.halt is not None)
    return ended


def faulty(leg: Leg, step: PreparedStep, label: str, error: TemplateFailed, scope: Scope) -> Ended:
    """Give a step whose templates cannot be filled; the message names keys and values of what they name."""
    fault = ToolFault("limit" if error.type == "limit" else "invalid_arguments", error.message, error.hint)
    return settled(leg, step, label, not_sent(fault), tainted=_from_outside(scope))


def _from_outside(scope: Scope) -> bool:
    return scope.input_tainted or scope.item_tainted or any(step.tainted for step in tuple(scope.steps.values()))


def _lost_fault(earlier: StepRecord | None, node: Capability | None, step: PreparedStep) -> ToolFault | None:
    if earlier is None or earlier.status != "started":
        return None
    # A composed tool knows its own run again and goes on with it by the same rules.
    if repeatable(node, step.step.retry) or (node is not None and node.kind == "composed"):
        return None
    return ToolFault(
        "unknown_outcome",
        f"step {step.id!r} was begun by a process that ended before the answer; whether it took effect is not known",
        "look whether it did, then begin a new run; it is not repeated",
    )


def _standing_fault(leg: Leg, step: PreparedStep, node: Capability | None) -> ToolFault | None:
    tool = step.step.tool
    if node is None:
        return ToolFault("unavailable", f"there is no tool {tool!r} any more", "compile the skill again")
    if not node.available:
        return ToolFault("unavailable", f"{tool!r} is not available: {node.reason}")
    pin = leg.ready.pins.get(node.path)
    if pin is not None and pin != node.definition:
        return ToolFault(
            "unavailable", f"{tool!r} is not the tool any more that this was compiled with", "compile the skill again"
        )
    return None
