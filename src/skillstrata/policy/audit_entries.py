"""Lines of the audit log made from what was asked, decided and done.

In     ToolCall, the node, the Decision, the ToolResult
Out    AuditEntry: arguments as JSON with secrets masked and cut, their digest, and who allowed it by which rule
Never  holds an output: its size and its fault are enough
"""

import hashlib
import json
from dataclasses import replace

from skillstrata.policy.masking import masked
from skillstrata.records.approvals import Approval
from skillstrata.records.audits import AuditEntry
from skillstrata.records.capabilities import Capability
from skillstrata.records.policies import Decision, Grant
from skillstrata.records.skill_faults import ElevationRecord
from skillstrata.records.tool_calls import ToolCall, ToolResult

MOST_CHARS = 4_000


def call_entry(what: str, call: ToolCall, node: Capability | None, decision: Decision, *, by: str = "") -> AuditEntry:
    """Make the line of a call: `what` is intent, decision or escalation; `by` is who gave a consent."""
    text = json.dumps(masked(call.arguments, call.secrets), ensure_ascii=False, sort_keys=True)
    caller = call.caller
    return AuditEntry(
        what,
        path=call.path,
        run_id=caller.run_id,
        step=caller.step,
        skill=caller.skill,
        surface=caller.surface,
        session=caller.session,
        definition="" if node is None else node.definition,
        arguments=text[:MOST_CHARS],
        digest=hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest(),
        verdict=decision.verdict.word,
        approval=decision.approval.word,
        rule=decision.rule,
        layer=decision.layer,
        by=by,
        detail=str(masked(decision.why, call.secrets))[:MOST_CHARS],
    )


def result_entry(intent: AuditEntry, call: ToolCall, result: ToolResult) -> AuditEntry:
    """Make the line after a call; it has all of the intent's but the arguments, whose digest binds the two."""
    fault = result.fault
    return replace(
        intent,
        what="result",
        arguments="",
        status="ok" if fault is None else fault.type,
        detail="" if fault is None else str(masked(fault.message, call.secrets))[:MOST_CHARS],
        ms=round(result.ms, 3),
        size=len(result.content),
    )


def grant_entry(grant: Grant) -> AuditEntry:
    """Make the line of a consent that was asked for, given, refused or used."""
    return AuditEntry(
        "grant",
        path=grant.path,
        run_id=grant.run_id,
        session=grant.session,
        digest=grant.key,
        approval=grant.approval.word,
        by=grant.by,
        status=grant.state,
        detail=f"{grant.id}: {grant.why}"[:MOST_CHARS],
    )


def elevation_entry(record: ElevationRecord) -> AuditEntry:
    """Make the line of a skill that wanted a tool it may not have."""
    request = record.request
    return AuditEntry(
        "escalation",
        path=request.tool,
        skill=request.skill_id,
        arguments=request.operation[:MOST_CHARS],
        verdict="allow" if record.granted else "deny",
        approval=Approval.EXEC_ESCALATION.word,
        status="granted" if record.granted else "refused",
        detail=record.why[:MOST_CHARS],
    )
