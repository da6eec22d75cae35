"""A composed tool's plan as a person is shown it before it runs: every step with its arguments.

In     Plan, the node, the decision that asks
Out    lines of text
Never  cuts without saying so
"""

import json

from skillstrata.records.capabilities import Capability
from skillstrata.records.composed_runs import Plan
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
    for number, step in enumerate(plan.steps, start=1):
        told = f"{number}. {step.tool} ({step.approval.word}): {_json(step.arguments)}"
        for title, words in (("hosts", step.hosts), ("files", step.files), ("known only when it runs", step.unknown)):
            told += f"\n   {title}: {', '.join(words)}" if words else ""
        told += f"\n   only when {step.when}" if step.when else ""
        told += f"\n   for each of {step.for_each}" if step.for_each else ""
        lines.append(told)
    return "\n".join(lines)


def _json(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    left = len(text) - _MOST_SHOWN
    return text if left <= 0 else f"{text[:_MOST_SHOWN]}… ({left:,} characters more)"
