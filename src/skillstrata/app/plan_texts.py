"""A composed tool's plan as a person is shown it before it runs: each step, and what is inside it, with arguments.

In     Plan, the node, the decision that asks
Out    lines of text
Never  cuts without saying so
"""

import json

from skillstrata.records.capabilities import Capability
from skillstrata.records.composed_runs import Plan, PlannedStep
from skillstrata.records.json_values import Json
from skillstrata.records.policies import Decision

_MOST_SHOWN = 2_000


def plan_lines(plan: Plan, node: Capability, decision: Decision) -> str:
    """Give the whole plan, step by step."""
    lines = [
        f"{node.title} ({node.name}) would run {len(plan.steps)} steps in {plan.cwd}",
        f"needs {max(plan.approval, decision.approval).word}: {decision.why}",
        f"arguments: {_json(plan.arguments)}",
    ]
    return "\n".join((*lines, *step_lines(plan)))


def step_lines(plan: Plan, number: str = "") -> list[str]:
    """Give a plan's steps; those of a composed tool stand below the step that calls it, set in."""
    lines: list[str] = []
    for count, step in enumerate(plan.steps, start=1):
        own = f"{number}{count}."
        lines.append(f"{own} {step.tool} ({step.approval.word}): {_json(step.arguments)}")
        for title, words in (("hosts", step.hosts), ("files", step.files), ("known only when it runs", step.unknown)):
            lines += [f"   {title}: {', '.join(words)}"] if words else []
        lines += [f"   only when {step.when}"] if step.when else []
        lines += [f"   for each of {step.for_each}"] if step.for_each else []
        lines += [f"   {line}" for line in _inner_lines(step, own)]
    return lines


def _inner_lines(step: PlannedStep, number: str) -> list[str]:
    turns = len(step.arguments) if isinstance(step.arguments, list) else 1
    lines: list[str] = []
    for turn, plan in enumerate(step.inner, start=1):
        lines += [f"turn {turn} of {turns}:"] if turns > 1 else []
        lines += step_lines(plan, number)
    if step.path.startswith("composed/") and len(step.inner) < turns:
        lines.append("what else it does is not shown; steps that may do harm are asked about when it runs")
    return lines


def _json(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    left = len(text) - _MOST_SHOWN
    return text if left <= 0 else f"{text[:_MOST_SHOWN]}… ({left:,} characters more)"
