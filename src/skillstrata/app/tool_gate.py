"""The one way to call a tool: look up, check, ask policy, write it down, call, check again, write that down.

In     ToolCall, from a surface or from a step of a composed tool
Out    ToolResult; a pending consent where policy asks
Never  calls what policy denies or still asks about; calls what the audit log could not be told of; raises
Why    docs/adr/0011
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from skillstrata.app.json_texts import unwritable
from skillstrata.app.plan_leaves import LEAVE, Leave
from skillstrata.app.tree_building import ToolTree
from skillstrata.compose.schemas import validator_for
from skillstrata.policy.audit_entries import call_entry, grant_entry, result_entry
from skillstrata.policy.deciding import decide
from skillstrata.policy.grant_keys import plan_key
from skillstrata.policy.grants import cut, plan_wish, wish
from skillstrata.policy.masking import masked
from skillstrata.policy.questions import CallQuestion, question_of
from skillstrata.policy.skill_limits import bounds_for
from skillstrata.policy.taint import carried_out
from skillstrata.ports.audit_log import AuditLog
from skillstrata.ports.command_parser import CommandParser
from skillstrata.ports.grant_store import GrantStore
from skillstrata.ports.text_redactor import TextRedactor
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.approvals import Approval
from skillstrata.records.audits import AuditEntry
from skillstrata.records.capabilities import Capability
from skillstrata.records.composed_runs import Plan
from skillstrata.records.errors import StrataError
from skillstrata.records.policies import Decision, Grant, Policy, Verdict
from skillstrata.records.tool_calls import ToolCall, ToolFault, ToolResult

_MOST_SHOWN_FAULTS = 5


@dataclass(frozen=True, slots=True)
class GateParts:
    """What the gate works with. `shown` is what a person is told of a whole plan.

    `goes_on` gives a run of a composed tool's plan that waits, "" for none, and the consent that was used for it, None
    where that must be asked for; `skills` gives those of running tools.
    """

    tree: ToolTree
    policy: Callable[[], Policy]
    parser: CommandParser
    grants: GrantStore
    audit: AuditLog
    now_s: Callable[[], float]
    redactor: TextRedactor
    shown: Callable[[ToolCall, Capability, Decision], str]
    goes_on: Callable[[ToolCall], tuple[str, Grant | None]]
    skills: Callable[[tuple[str, ...]], tuple[str, ...]]


class _Unreadable(Exception):
    """The arguments of a call fit their schema, and yet policy cannot look at them."""


@dataclass(slots=True)
class _Case:
    """One call on its way."""

    call: ToolCall
    node: Capability
    question: CallQuestion
    decision: Decision
    by: str = ""
    level: Approval = Approval.NONE
    above: Leave | None = None
    began: float = field(default_factory=time.monotonic)


class Gate:
    """Fulfils ports.ToolGate; threads may share it."""

    def __init__(self, parts: GateParts) -> None:
        """Keep what it works with."""
        self._parts = parts

    def vouch(self, plan: Plan) -> None:
        """Let the steps of a plan be called as far as the call that began it, in this thread, was approved."""
        leave = LEAVE.get()
        if leave is not None and leave.gate == id(self):
            LEAVE.set(leave.running(plan))

    def capability(self, path: str) -> Capability | None:
        """Give the node at a path as it is now."""
        return self._parts.tree.at(path)

    def call(self, call: ToolCall, cancel: Cancellation) -> ToolResult:
        """Call a tool."""
        try:
            return self._called(call, cancel)
        except StrataError as error:
            # A policy, consent or log that cannot be read or written: nothing may be done that it should tell of.
            return _fault("unavailable", error.message, error.hint)
        except _Unreadable as error:
            return self._unreadable(call, self._clean(str(error), call))

    def would(self, call: ToolCall) -> ToolFault | None:
        """Say why a call would not be made whoever gave leave; None where it would, perhaps after a question."""
        try:
            node = self._parts.tree.at(call.path)
            if node is None:
                return ToolFault("unavailable", f"there is no tool at {call.path!r}", "see `skillstrata tools list`")
            problem = self._unfit(call, node)
            if problem is not None:
                return problem.fault
            case = self._case(call, node)
        except StrataError as error:
            return ToolFault("unavailable", error.message, error.hint)
        except _Unreadable as error:
            return ToolFault("invalid_arguments", self._clean(str(error), call))
        if case.decision.verdict is not Verdict.DENY:
            return None
        return ToolFault("denied", f"policy does not allow {node.name}: {self._clean(case.decision.why, call)}")

    def _case(self, call: ToolCall, node: Capability) -> _Case:
        outer = self._parts.skills(call.caller.stack)
        policy = self._parts.policy()
        try:
            question = question_of(node, call, self._parts.parser, skills=outer, real=os.path.realpath)
            decision = decide(question, policy)
        except ValueError as error:
            raise _Unreadable(f"arguments of {node.name} cannot be read: {error}") from error
        bound = replace(call, bounds=bounds_for(question.skills, policy), grant_id="", run_id="")
        return _Case(bound, node, question, decision)

    def _called(self, call: ToolCall, cancel: Cancellation) -> ToolResult:
        node = self._parts.tree.at(call.path)
        if node is None:
            return _fault("unavailable", f"there is no tool at {call.path!r}", "see `skillstrata tools list`")
        problem = self._unfit(call, node)
        if problem is not None:
            return problem
        case = self._case(call, node)
        refused = self._refused(case)
        if refused is not None:
            return refused
        return self._made(case, cancel)

    def _made(self, case: _Case, cancel: Cancellation) -> ToolResult:
        node, call = case.node, case.call
        backend = self._parts.tree.backend_of(node)
        if backend is None:
            return _fault("unavailable", f"nobody can call {node.name} now")
        if cancel.is_set():
            return _fault("cancelled", "cancelled before it began")
        intent = self._write(case, "intent")
        token = LEAVE.set(Leave(id(self), case.level, case.above))
        try:
            result = self._checked(backend.call(call, cancel), node, call)
        finally:
            LEAVE.reset(token)
        took = replace(result, ms=result.ms or (time.monotonic() - case.began) * 1000)
        entry = result_entry(intent, call, took)
        self._parts.audit.append(replace(entry, detail=self._parts.redactor.redact(entry.detail).text))
        return took

    def _unreadable(self, call: ToolCall, said: str) -> ToolResult:
        """Refuse, and write down, a call whose arguments policy cannot look at."""
        by = call.caller
        entry = AuditEntry("decision", path=call.path, run_id=by.run_id, step=by.step, skill=by.skill, detail=said)
        entry = replace(entry, surface=by.surface, session=by.session, verdict="deny", status="invalid_arguments")
        try:
            self._parts.audit.append(entry)
        except StrataError as error:
            return _fault("unavailable", error.message, error.hint)
        return _fault("invalid_arguments", said)

    def _unfit(self, call: ToolCall, node: Capability) -> ToolResult | None:
        if not node.available:
            return _fault("unavailable", node.reason or f"{node.name} is not available now")
        odd = unwritable(call.arguments)
        if odd:
            return _fault("invalid_arguments", f"arguments of {node.name} hold {odd}, which JSON does not have")
        try:
            validator = validator_for(node.input_schema or "{}")
        except ValueError as error:
            return _fault("unavailable", f"the schema of {node.name} cannot be used: {error}")
        if validator.is_valid(call.arguments):
            return None
        faults = [
            f"/{'/'.join(map(str, one.instance_path))}: {one.message}" for one in validator.iter_errors(call.arguments)
        ]
        said = self._clean("; ".join(faults[:_MOST_SHOWN_FAULTS]), call)
        hint = f"`skillstrata tools show {node.name}` tells what it takes"
        return _fault("invalid_arguments", f"arguments of {node.name} do not fit: {said}", hint)

    def _refused(self, case: _Case) -> ToolResult | None:
        """Give the fault of a call that may not be made now; None where it may."""
        decision, node = case.decision, case.node
        if decision.verdict is Verdict.DENY:
            self._write(case, "escalation" if decision.escalation else "decision", "denied")
            said = f"policy does not allow {node.name}: {self._clean(decision.why, case.call)}"
            hint = f"the rule is {decision.rule!r}" + (f" of the layer {decision.layer}" if decision.layer else "")
            return _fault("denied", said, hint)
        if decision.verdict is Verdict.ALLOW:
            return None
        if self._is_planned(case):
            return None
        waiting = ""
        if self._has_plan(case):
            waiting, given = self._parts.goes_on(case.call)
            if given is not None:
                case.by, case.level = given.by, given.approval
                case.call = replace(case.call, run_id=waiting)
                return None
        used = self._parts.grants.use(self._key(case), self._parts.now_s())
        if used is None:
            return self._asked(case, waiting)
        case.by, case.level = used.by, used.approval
        if self._has_plan(case):
            case.call = replace(case.call, grant_id=used.id, run_id=used.run_id)
        return None

    def _is_planned(self, case: _Case) -> bool:
        """Say whether a person approved the plan this step belongs to, and saw all that the step would do."""
        call, needed, leave = case.call, case.decision.approval, LEAVE.get()
        if not call.plan_digest or not call.caller.run_id or leave is None or leave.gate != id(self):
            return False
        if not leave.covers(call.plan_digest, needed):
            return False
        if not (call.planned and leave.shown):
            # What came from outside is shown before it goes where it may do harm: nobody could know it beforehand.
            careful = call.tainted or not leave.shown or carried_out(case.question)
            if needed >= (Approval.DATA_EXPORT if careful else Approval.EXEC_ESCALATION):
                return False
        case.by, case.level, case.above = "plan", leave.level, leave
        return True

    def _has_plan(self, case: _Case) -> bool:
        """Say whether this is a composed tool that somebody calls: one that is a step belongs to another one's plan."""
        return case.node.kind == "composed" and bool(case.call.plan_digest) and not case.call.caller.run_id

    def _key(self, case: _Case) -> str:
        """Give what a consent is bound to: of a composed tool its whole plan, of any other one its arguments."""
        if self._has_plan(case):
            return plan_key(case.call.plan_digest, self._parts.policy().version)
        return case.decision.key

    def _asked(self, case: _Case, waiting: str) -> ToolResult:
        parts, call, decision = self._parts, case.call, case.decision
        now, run_id = parts.now_s(), call.caller.run_id or waiting
        refusal = self._refusal(self._key(case), now)
        if refusal is not None:
            self._write(case, "decision", "denied")
            said = f"{refusal.by or 'a person'} said no to {case.node.name} ({refusal.id})"
            hint = f"do something else; `skillstrata policy approve {refusal.id}` is how a person takes the no back"
            return _fault("denied", said, hint)
        if self._has_plan(case):
            said = parts.shown(call, case.node, decision)
            made = plan_wish(self._key(case), call.path, said, decision.approval, now, run_id=run_id)
        else:
            made = wish(case.question, decision, now, run_id=run_id, secret_values=call.secrets)
            if case.node.kind == "composed":
                # The leave for it covers its steps, so they are shown.
                made = replace(made, shown=cut(parts.shown(call, case.node, decision)))
        clean = replace(made, shown=self._clean(made.shown, call), why=self._clean(decision.why, call))
        clean = replace(clean, session=call.caller.session)
        grant = parts.grants.ask(clean)
        parts.audit.append(grant_entry(grant))
        hint = f"`skillstrata policy approve {grant.id}`, then the same call again"
        said = f"{case.node.name} waits for leave ({grant.approval.word}): {grant.why}"
        return ToolResult(fault=ToolFault("needs_approval", said, hint, grant.id), sent=False)

    def _refusal(self, key: str, now_s: float) -> Grant | None:
        """Give a no that was said to just this call and still holds."""
        found = (one for one in self._parts.grants.grants(now_s) if one.key == key and one.state == "denied")
        return next((one for one in found if now_s < one.until_s), None)

    def _clean(self, text: str, call: ToolCall) -> str:
        return self._parts.redactor.redact(str(masked(text, call.secrets))).text

    def _checked(self, result: ToolResult, node: Capability, call: ToolCall) -> ToolResult:
        """Hold an output against the tool's own schema."""
        if not result.ok or not node.output_schema:
            return result
        try:
            validator = validator_for(node.output_schema)
        except ValueError as error:
            return replace(result, fault=ToolFault("invalid_output", f"the output schema of {node.name}: {error}"))
        fault = next(iter(validator.iter_errors(result.output)), None)
        if fault is None:
            return result
        said = self._clean(fault.message, call)
        place = "/".join(map(str, fault.instance_path))
        return replace(
            result,
            fault=ToolFault("invalid_output", f"{node.name} gave what its schema does not allow at /{place}: {said}"),
        )

    def _write(self, case: _Case, what: str, status: str = "") -> AuditEntry:
        entry = call_entry(what, case.call, case.node, case.decision, by=case.by)
        redact = self._parts.redactor.redact
        entry = replace(entry, arguments=redact(entry.arguments).text, detail=redact(entry.detail).text, status=status)
        self._parts.audit.append(entry)
        return entry


def _fault(kind: str, message: str, hint: str = "") -> ToolResult:
    return ToolResult(fault=ToolFault(kind, message, hint), sent=False)
