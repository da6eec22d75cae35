"""The JSON of the command contract: every report as plain objects, the same for the command line and the MCP server.

In     records and reports
Out    dict, list, str, numbers: what a JSON writer takes
Never  drops a documented field; may add fields
"""

from skillstrata.app.reports import (
    CallReport,
    DistillReport,
    Explanation,
    InstallReport,
    SearchReport,
    StatusReport,
    ToolRow,
    ToolView,
    VerifyReport,
)
from skillstrata.ports.agent_config import ConfigChange
from skillstrata.records.candidates import Accounting, Candidate
from skillstrata.records.contracts import Param
from skillstrata.records.environments import Collection, EnvironmentStock, KeptEnvironment
from skillstrata.records.errors import StrataError
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.proofs import Proof, ReplayRun
from skillstrata.records.sandbox_runs import Check, Limits
from skillstrata.records.tools import Branch, LineageEntry, Quality, Tool


def error_json(error: StrataError) -> JsonObject:
    """Give an error with its code, next step and retry word."""
    return {
        "error": {"code": error.code, "message": error.message, "hint": error.hint, "retry": error.retry.value},
    }


def install_json(report: InstallReport) -> JsonObject:
    """Give what `init` and `uninstall` print: places changed and unchanged."""
    return {
        "data_dir": report.data_dir,
        "installed": [_change(c) for c in report.changes if c.changed],
        "unchanged": [_change(c) for c in report.changes if not c.changed],
    }


def _change(change: ConfigChange) -> JsonObject:
    found: JsonObject = {"what": change.what, "path": change.path}
    if change.instructions:
        found["instructions"] = change.instructions
    if change.preview:
        found["preview"] = change.preview
    return found


def checks_json(checks: tuple[Check, ...]) -> JsonObject:
    """Give the lines of `doctor`."""
    return {"checks": [{"name": c.name, "ok": c.ok, "detail": c.detail, "fix": c.fix} for c in checks]}


def environments_json(stock: EnvironmentStock) -> JsonObject:
    """Give what is kept of environments."""
    return {
        "environments": [_kept(kept) for kept in stock.environments],
        "layers": stock.layers,
        "disk_bytes": stock.disk_bytes,
    }


def collection_json(done: Collection) -> JsonObject:
    """Give what a collection removed, or would remove."""
    return {
        "removed": [_kept(kept) for kept in done.environments],
        "layers": done.layers,
        "leftovers": done.leftovers,
        "freed_bytes": done.freed_bytes,
        "dry_run": done.dry_run,
    }


def _kept(kept: KeptEnvironment) -> JsonObject:
    return {
        "key": kept.key,
        "requirements": list(kept.requirements),
        "bytes": kept.size_bytes,
        "last_used_s": kept.last_used_s,
        "complete": kept.complete,
    }


def accounting_json(accounting: Accounting) -> JsonObject:
    """Give the sums."""
    ends = accounting.executions
    return {
        "events": accounting.events,
        "noise_events": accounting.noise_events,
        "execution_events": accounting.execution_events,
        "open_events": accounting.open_events,
        "executions": {
            "noise": ends.noise,
            "shelved": ends.shelved,
            "rejected": ends.rejected,
            "pending": ends.pending,
            "duplicate": ends.duplicate,
            "placed": ends.placed,
            "open": ends.open,
            "total": ends.total,
        },
        "balanced": accounting.balanced,
    }


def candidate_json(candidate: Candidate) -> JsonObject:
    """Give one candidate."""
    return {
        "id": candidate.id,
        "state": candidate.state.value,
        "reason": candidate.reason,
        "unshelve": candidate.unshelve,
        "tool": candidate.tool,
        "branch": candidate.branch,
        "placement": candidate.placement or None,
        "language": candidate.language,
        "purpose": candidate.purpose,
        "source": {
            "agent": candidate.source.agent,
            "session": candidate.source.session,
            "tool_use_id": candidate.source.tool_use_id,
        },
        "detail": candidate.stages[-1].detail if candidate.stages else "",
    }


def distill_json(report: DistillReport) -> JsonObject:
    """Give one pass."""
    events = report.events
    return {
        "events": {
            "read": events.read,
            "new": events.new,
            "duplicate": events.duplicate,
            "quarantined": events.quarantined,
        },
        "executions": report.executions,
        "candidates": [candidate_json(c) for c in report.candidates],
        "accounting": accounting_json(report.accounting),
    }


def status_json(report: StatusReport) -> JsonObject:
    """Give the whole state."""
    last = report.last_pass
    return {
        "accounting": accounting_json(report.accounting),
        "daemon": {
            "running": report.daemon is not None,
            "pid": report.daemon.pid if report.daemon is not None else None,
            "last_pass": None
            if last is None
            else {"started_at_s": last.started_at_s, "ended_at_s": last.ended_at_s, "judged": last.judged},
        },
        "shelf": [{"reason": s.reason, "count": s.count, "unshelve": s.unshelve} for s in report.shelf],
        "spool": {
            "waiting": report.waiting,
            "quarantined": report.quarantined,
            "lost": report.lost_events,
            "full": report.spool_full,
        },
        "snapshots": {"shortage": report.shortage or None},
        "sessions": list(report.sessions),
        "r_miss": dict(report.r_miss),
    }


def explanation_json(report: Explanation) -> JsonObject:
    """Give a candidate with its stages and proof."""
    return {
        "candidate": candidate_json(report.candidate),
        "stages": [{"stage": s.stage, "verdict": s.verdict, "detail": s.detail} for s in report.candidate.stages],
        "proof": proof_json(report.proof),
    }


def proof_json(proof: Proof | None) -> Json:
    """Give a proof, None where there is none."""
    if proof is None:
        return None
    return {
        "proven": proof.proven,
        "reason": proof.reason,
        "detail": proof.detail,
        "profile": proof.profile,
        "tier": proof.tier,
        "loss": proof.loss,
        "pipeline_version": proof.pipeline_version,
        "runs": [run_json(r) for r in proof.runs],
    }


def run_json(run: ReplayRun) -> JsonObject:
    """Give one run of a proof with what its oracle measured."""
    oracle = run.oracle
    return {
        "relation": run.relation,
        "ok": run.ok,
        "gate": run.gate,
        "detail": run.detail,
        "exit_code": run.exit_code,
        "ms": run.wall_ms,
        "input_digest": run.input_digest,
        "output_digest": run.output_digest,
        "oracle": None
        if oracle is None
        else {
            "profile": oracle.profile,
            "ok": oracle.ok,
            "detail": oracle.detail,
            "measures": [
                {"name": m.name, "value": m.value, "bound": m.bound, "ok": m.ok, "gate": m.gate}
                for m in oracle.measures
            ],
        },
    }


def param_json(param: Param) -> JsonObject:
    """Give one argument of a tool."""
    return {
        "name": param.name,
        "kind": param.kind,
        "media_types": list(param.media_types),
        "required": param.required,
        "default": param.default,
        "description": param.description,
    }


def tool_row_json(row: ToolRow) -> JsonObject:
    """Give one tool of `ls`."""
    return tool_json(row.tool, row.quality)


def tool_json(tool: Tool, quality: Quality) -> JsonObject:
    """Give a tool with its quality."""
    return {
        "name": tool.name,
        "kind": tool.kind,
        "purpose": tool.contract.purpose,
        "aliases": list(tool.aliases),
        "visibility": tool.visibility,
        "inputs": [param_json(p) for p in tool.contract.inputs],
        "outputs": [
            {"name": o.name, "kind": o.kind, "media_types": list(o.media_types)} for o in tool.contract.outputs
        ],
        "branches": [_branch(b) for b in tool.branches],
        "limits": _limits(tool.contract.limits),
        "quality": quality_json(quality),
    }


def _limits(limits: Limits) -> JsonObject:
    return {
        "cpu_s": limits.cpu_s,
        "wall_s": limits.wall_s,
        "memory_bytes": limits.memory_bytes,
        "output_bytes": limits.output_bytes,
        "output_files": limits.output_files,
        "stdout_bytes": limits.stdout_bytes,
        "processes": limits.processes,
    }


def quality_json(quality: Quality) -> JsonObject:
    """Give what use shows."""
    return {
        "runs": quality.runs,
        "successes": quality.successes,
        "projects": quality.projects,
        "score": quality.score,
    }


def _branch(branch: Branch) -> JsonObject:
    version = branch.current
    return {
        "name": branch.name,
        "version": version.number,
        "active": True,
        "fallbacks": [fallback.number for fallback in branch.fallbacks],
        "media_types": list(version.given),
        "requires": {"python": list(version.requirements), "binaries": list(version.binaries)},
    }


def tool_view_json(view: ToolView) -> JsonObject:
    """Give one tool whole."""
    return {
        **tool_json(view.tool, view.quality),
        "lineage": [_lineage(entry) for entry in view.lineage],
        "proof": proof_json(view.proof),
        "unproved": list(view.unproved),
        "folder": view.folder,
        "created_because": view.tool.created_because,
    }


def _lineage(entry: LineageEntry) -> JsonObject:
    return {
        "at_s": entry.at_s,
        "what": entry.what,
        "branch": entry.branch,
        "version": entry.version,
        "candidate": entry.candidate_id,
        "agent": entry.agent,
        "session": entry.session,
        "detail": entry.detail,
    }


def call_json(report: CallReport) -> JsonObject:
    """Give one call of a tool."""
    error = report.error
    return {
        "status": "ok" if report.ok else "failed",
        "branch": report.branch,
        "version": report.version,
        "fallback_from": report.fallback_from,
        "fallback_why": report.fallback_why or None,
        "note": report.note or None,
        "outputs": [
            {"name": o.name, "path": o.path, "sha256": o.sha256, "bytes": o.size_bytes} for o in report.outputs
        ],
        "text": report.text,
        "ms": report.ms,
        "tier": report.tier,
        "network": [{"target": a.target, "refused": a.refused} for a in report.network],
        "error": None
        if error is None
        else {"code": error.code, "message": error.message, "hint": error.hint, "retry": error.retry},
    }


def verify_json(report: VerifyReport) -> JsonObject:
    """Give a proof that was run again."""
    return {"ok": report.ok, "tier": report.tier, "runs": [run_json(r) for r in report.runs]}


def search_json(report: SearchReport) -> JsonObject:
    """Give what fits a query: metadata only."""
    return {
        "results": [
            {
                "name": hit.tool.name,
                "kind": hit.tool.kind,
                "purpose": hit.tool.contract.purpose,
                "signature": signature_text(hit.tool),
                "quality": quality_json(hit.quality),
                "score": round(hit.score, 4),
                "note": hit.note,
            }
            for hit in report.hits
        ],
        "abstained": report.abstained,
    }


def signature_text(tool: Tool) -> str:
    """Give a tool's arguments and results in one line."""
    ins = ", ".join(_param_text(p) for p in tool.contract.inputs)
    outs = ", ".join(f"{o.kind}[{', '.join(o.media_types)}]" for o in tool.contract.outputs)
    return f"({ins}) -> {outs}"


def _param_text(param: Param) -> str:
    types = f"[{', '.join(param.media_types)}]" if param.media_types else ""
    return f"{param.name}{'' if param.required else '?'}: {param.kind}{types}"


def describe_json(view: ToolView, schema: JsonObject) -> JsonObject:
    """Give a tool's contract with the JSON Schema of its arguments and an example call."""
    example: JsonObject = {
        p.name: f"path/to/{view.tool.branches[0].current.input.example_name}"
        for p in view.tool.contract.inputs
        if p.required
    }
    return {
        **tool_json(view.tool, view.quality),
        "signature": signature_text(view.tool),
        "input_schema": schema,
        "loss": view.tool.contract.loss,
        "proof": None if view.proof is None else {"profile": view.proof.profile, "runs": len(view.proof.runs)},
        "example": {"name": view.tool.name, "arguments": example},
    }
