"""A skill that was refused a tool: who may allow it more for a while, and where that is written down.

In     the requests of `runtime.rollback`
Out    a grant with an end where a person approved one, else a question that waits, and no
Never  grants by itself; lets an answer stand that the audit log was not told of
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from skillstrata.app.callers import session_of
from skillstrata.app.wiring import App
from skillstrata.policy.audit_entries import elevation_entry
from skillstrata.policy.grant_keys import elevation_key
from skillstrata.policy.grants import ASKED_FOR_S, cut, new_id
from skillstrata.policy.layers import version_of
from skillstrata.ports.elevation import Elevation, ElevationAudit
from skillstrata.records.approvals import Approval
from skillstrata.records.errors import StrataError
from skillstrata.records.policies import Grant
from skillstrata.records.skill_faults import ElevationGrant, ElevationRecord, ElevationRequest


def elevation_in(app: App, project: Path) -> tuple[Elevation, ElevationAudit]:
    """Give policy's answer to refused skills in one folder worked in, under the policy as it is at each question."""
    return elevation(app, lambda: version_of(app.policy_source(project).layers()))


def elevation(app: App, policy_version: Callable[[], str]) -> tuple[Elevation, ElevationAudit]:
    """Give policy's answer to refused skills, backed by consents, and the writer of the audit log."""

    def elevate(request: ElevationRequest) -> ElevationGrant | None:
        try:
            return consent(request)
        except StrataError:
            # A policy or a store of consents that cannot be read allows nothing.
            return None

    def consent(request: ElevationRequest) -> ElevationGrant | None:
        now = app.clock.now_s()
        key = elevation_key(request.skill_id, request.tool, request.operation, policy_version())
        used = app.grant_store.use(key, now)
        if used is None:
            app.grant_store.ask(replace(_wish(request, key, now), session=session_of(app)))
            return None
        # Whoever asked counts from when it asked, a moment ago.
        ends = min(now + max(request.seconds - 1.0, request.seconds / 2), used.until_s)
        rule = f"consent {used.id} of {used.by}"
        return ElevationGrant(request.skill_id, request.tool, now, ends, rule, request.operation)

    def audit(record: ElevationRecord) -> None:
        app.audit_log.append(replace(elevation_entry(record), session=session_of(app)))

    return elevate, audit


def _wish(request: ElevationRequest, key: str, now_s: float) -> Grant:
    shown = f"The skill {request.skill_id} was refused {request.tool} and asks for it for {request.seconds:g} s."
    shown = cut(f"{shown}\nIt wants to: {request.operation}")
    why = "a skill was refused a tool"
    level = Approval.EXEC_ESCALATION
    return Grant(new_id(), key, request.tool, shown, "pending", now_s, now_s + ASKED_FOR_S, level, why=why)
