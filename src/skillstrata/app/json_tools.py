"""The JSON of compiling and calling: the same for the command line, the MCP server and its methods.

In     reports and records of tools
Out    dict, list, str, numbers: what a JSON writer takes
Never  drops a documented field; may add fields
"""

import json
from typing import cast

from skillstrata.app import json_policy
from skillstrata.app.capability_reports import CallOutcome, CompileStatus, ShownTool
from skillstrata.app.json_texts import sendable
from skillstrata.app.use_cases.accepting_tools import ToolDifference
from skillstrata.records.capabilities import Capability
from skillstrata.records.composed_runs import ComposedRun, Plan, StepItem, StepRecord
from skillstrata.records.composed_tools import CompileFinding, CompileReport, ComposedTool
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.policies import Grant


def compile_json(report: CompileReport) -> JsonObject:
    """Give what `compile` did."""
    return {
        "compiled": [tool_json(tool) for tool in report.compiled],
        "unchanged": [*report.unchanged],
        "removed": [*report.removed],
        "errors": [finding_json(one) for one in report.findings if one.severity == "error"],
        "warnings": [finding_json(one) for one in report.findings if one.severity != "error"],
    }


def compile_status_json(status: CompileStatus) -> JsonObject:
    """Give what is compiled, and how it stands."""
    return {
        "tools": [{**tool_json(tool), "findings": [finding_json(f) for f in tool.findings]} for tool in status.tools],
        "failed": [
            {"skill": one.skill, "file": one.path, "errors": [finding_json(f) for f in one.findings]}
            for one in status.failed
        ],
        "removed": [*status.tombstones],
        "compiler": status.compiler,
        "told": status.told,
    }


def tool_json(tool: ComposedTool) -> JsonObject:
    """Give one compiled tool."""
    return {
        "name": tool.title,
        "wire_name": tool.name,
        "aliases": [*tool.aliases],
        "skill": tool.skill,
        "source": tool.source,
        "approval": tool.approval.word,
        "status": tool.status,
        "steps": [{"id": step.id, "tool": step.tool, "approval": step.approval.word} for step in tool.steps],
        "compiled_at": tool.compiled_at_s,
    }


def finding_json(finding: CompileFinding) -> JsonObject:
    """Give one fault or warning of a compilation."""
    return {
        "file": finding.file,
        "line": finding.line,
        "field": finding.field,
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
    }


def difference_json(found: ToolDifference, *, accepted: bool) -> JsonObject:
    """Give how a server's tool differs from what was approved; both values of a field are JSON texts."""
    return {
        "name": found.name,
        "server": found.server,
        "path": found.path,
        "changed": bool(found.fields),
        "accepted": accepted,
        "differences": [{"field": name, "before": before, "after": after} for name, before, after in found.fields],
        "definition": {"before": found.before, "after": found.offered.digest},
        "next": "" if accepted or not found.fields else f"skillstrata tools accept {found.name} --yes",
    }


def capability_json(node: Capability) -> JsonObject:
    """Give one row of `tools list`."""
    return {
        "name": node.name,
        "title": node.title,
        "path": node.path,
        "owner": node.owner,
        "kind": node.kind,
        "approval": node.approval.word,
        "available": node.available,
        "reason": node.reason,
        "state": node.state,
    }


def shown_json(shown: ShownTool) -> JsonObject:
    """Give one tool whole."""
    node = shown.node
    found: JsonObject = {
        **capability_json(node),
        "aliases": [*node.aliases],
        "description": node.description,
        "input_schema": _schema(node.input_schema),
        "output_schema": _schema(node.output_schema),
        "effects": {
            "read_only": node.effects.read_only,
            "destructive": node.effects.destructive,
            "idempotent": node.effects.idempotent,
            "open_world": node.effects.open_world,
        },
        "needs": [*node.needs],
        "definition": node.definition,
    }
    if shown.composed is not None:
        found["composed"] = tool_json(shown.composed)
    return found


def outcome_json(outcome: CallOutcome) -> JsonObject:
    """Give what became of a call."""
    fault = outcome.fault
    found: JsonObject = {
        "tool": outcome.tool,
        "run_id": outcome.run_id,
        "status": outcome.status,
        "output": sendable(outcome.output),
        "steps": [step_json(step) for step in outcome.steps],
        "needs_approval": None if outcome.approval is None else _question(outcome.approval),
        "error": None if fault is None else {"type": fault.type, "message": fault.message, "hint": fault.hint},
        "ms": round(outcome.ms, 1),
    }
    if outcome.plan is not None:
        found["plan"] = plan_json(outcome.plan)
    return found


def _question(grant: Grant) -> JsonObject:
    """Give what waits for an answer, and the command that gives one."""
    found = json_policy.grant_json(grant)
    return {**found, "until": grant.until_s, "next": f"skillstrata policy approve {grant.id}"}


def run_json(run: ComposedRun) -> JsonObject:
    """Give a run as it stands."""
    return {
        "run_id": run.head.run_id,
        "tool": run.head.tool,
        "status": run.status,
        "started_at": run.head.started_at_s,
        "parent": run.head.parent,
        "steps": [step_json(step) for step in run.steps],
        "output": sendable(run.output),
        "message": run.message,
        "approval_id": run.approval_id,
    }


def step_json(step: StepRecord) -> JsonObject:
    """Give one step of a run, without its output."""
    found: JsonObject = {
        "id": step.id,
        "tool": step.tool,
        "status": step.status,
        "attempts": step.attempts,
        "ms": round(step.ms, 1),
        "error": step.error or None,
    }
    if step.items:
        found["items"] = [_item(item) for item in step.items]
    return found


def _item(item: StepItem) -> Json:
    return {"index": item.index, "status": item.status, "attempts": item.attempts, "error": item.error or None}


def plan_json(plan: Plan) -> JsonObject:
    """Give what a run would do."""
    return {
        "tool": plan.tool,
        "approval": plan.approval.word,
        "arguments": plan.arguments,
        "cwd": plan.cwd,
        "steps": [
            {
                "id": step.id,
                "tool": step.tool,
                "arguments": step.arguments,
                "approval": step.approval.word,
                "known": step.known,
                "unknown": [*step.unknown],
                "hosts": [*step.hosts],
                "files": [*step.files],
                "when": step.when,
                "for_each": step.for_each,
                "inner": [plan_json(inner) for inner in step.inner],
            }
            for step in plan.steps
        ],
    }


def _schema(text: str) -> Json:
    return cast("Json", json.loads(text)) if text else None
