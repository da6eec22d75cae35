"""The JSON of `policy` and `audit`: the same for the command line and for servers.

In     reports and records of policy
Out    dict, list, str, numbers
Never  drops a documented field; may add fields
"""

from dataclasses import asdict

from skillstrata.app.policy_reports import PolicyReport
from skillstrata.records.audits import AuditRecord, AuditVerdict
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.policies import Decision, Grant, PolicyLayer


def decision_json(decision: Decision) -> JsonObject:
    """Give what `policy check` prints."""
    return {
        "decision": decision.verdict.word,
        "approval": decision.approval.word,
        "rule": decision.rule,
        "layer": decision.layer,
        "why": decision.why,
        "escalation": decision.escalation,
    }


def policy_json(report: PolicyReport) -> JsonObject:
    """Give what `policy show` prints."""
    policy = report.policy
    layers: list[Json] = [_layer(layer) for layer in policy.layers]
    return {"version": policy.version, "layers": layers, "warnings": list(policy.faults)}


def grant_json(grant: Grant) -> JsonObject:
    """Give one consent as `policy grants` prints it."""
    return {
        "id": grant.id,
        "state": grant.state,
        "path": grant.path,
        "approval": grant.approval.word,
        "asked_at_s": grant.asked_at_s,
        "until_s": grant.until_s,
        "uses": grant.uses,
        "by": grant.by,
        "run_id": grant.run_id,
        "why": grant.why,
        "shown": grant.shown,
    }


def record_json(record: AuditRecord) -> JsonObject:
    """Give one line of the audit log; fields of it that say nothing are left out."""
    said: JsonObject = {name: value for name, value in asdict(record.entry).items() if value not in ("", 0)}
    return {"number": record.number, "at_s": record.at_s, **said, "digest": record.digest}


def verdict_json(verdict: AuditVerdict) -> JsonObject:
    """Give what `audit verify` prints."""
    return {
        "ok": verdict.ok,
        "records": verdict.records,
        "broken_at": verdict.broken_at or None,
        "why": verdict.why,
    }


def _layer(layer: PolicyLayer) -> JsonObject:
    rules: list[Json] = [
        {
            "id": rule.id,
            "tool": rule.tool,
            "decision": rule.verdict.word,
            "command": list(rule.command),
            "line": rule.line,
            "why": rule.why,
        }
        for rule in layer.rules
    ]
    skills: list[Json] = [
        {
            "skill": one.skill,
            "allowed_tools": list(one.allowed_tools),
            "forbidden_operations": list(one.forbidden_operations),
            "limits": {"cpu_s": one.cpu_s, "memory_bytes": one.memory_bytes, "disk_bytes": one.disk_bytes},
        }
        for one in layer.permissions
    ]
    return {
        "layer": layer.name,
        "path": layer.path,
        "trusted": layer.trusted,
        "rules": rules,
        "default_allow": list(layer.default_allow),
        "require_approval": list(layer.require_approval),
        "allowed_hosts": list(layer.allowed_hosts),
        "roots": list(layer.roots),
        "skills": skills,
    }
