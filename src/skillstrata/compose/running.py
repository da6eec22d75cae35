"""Runs of composed tools: begun, gone on with after a wait or a crash, ended with an answer or a reason.

In     ComposedTool, arguments, the one way to call tools
Out    ComposedRun
Never  repeats a step that is done; goes on with a run whose tool, tools, folder or policy are not as they were planned;
       gives an output that does not fit the tool's schema
Why    a run is a record first: what is not written down before an effect and after it cannot be gone on with
"""

import hashlib
import secrets as randomness
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from skillstrata.compose.input_values import fault_of
from skillstrata.compose.planning import plan_of
from skillstrata.compose.prepared_tools import PreparedTool, prepared
from skillstrata.compose.run_leg import Budget, Leg, Means, NamedSecrets, Progress, Secrets
from skillstrata.compose.run_order import order_of
from skillstrata.compose.run_refusals import foreign_plan, refusal
from skillstrata.compose.step_results import SETTLED, size_of
from skillstrata.compose.stepping import run_steps
from skillstrata.compose.template_faults import TemplateFailed
from skillstrata.compose.template_values import Scope, rendered
from skillstrata.ports.run_store import RunStore
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.ports.tool_gate import ToolGate
from skillstrata.records.composed_runs import ComposedRun, Plan, RunHead, RunLimits
from skillstrata.records.composed_tools import ComposedTool
from skillstrata.records.errors import StrataError
from skillstrata.records.failures import RunRefused, RunUnknown
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.tool_calls import Caller, ToolFault

_OPEN = frozenset({"running", "waiting_approval"})
_HALTS = ("unknown", "failed", "cancelled", "waiting_approval")


@dataclass(frozen=True, slots=True)
class Manner:
    """How one leg is to be gone; all of it may be left out.

    `plan` is the one that was consented to. `cancel` ends the run, and the call that is being made. `progress` is
    called with steps done, steps in all and a line; steps side by side call it from their threads. `tainted` are JSON
    pointers of arguments that came from outside. `timeout_s` bounds this leg below the limits. `grant` is the id of the
    consent that a new run is begun with.
    """

    plan: Plan | None = None
    cancel: Cancellation = field(default_factory=threading.Event)
    progress: Progress | None = None
    tainted: tuple[str, ...] = ()
    timeout_s: float | None = None
    grant: str = ""


_PLAIN = Manner()


class Engine:
    """Runs composed tools; several threads may use one."""

    def __init__(
        self,
        gate: ToolGate,
        runs: RunStore,
        limits: RunLimits,
        now: Callable[[], float],
        *,
        secrets: Secrets | None = None,
        policy_version: Callable[[], str] | None = None,
    ) -> None:
        """Take what runs work with.

        Args:
            gate: The one way to call a tool.
            runs: Where runs are kept.
            limits: Of every run.
            now: Seconds since the epoch.
            secrets: Gives the value of a secret, None for one that nobody set.
            policy_version: Gives the version of the policy as it is now.
        """
        self._gate = gate
        self._runs = runs
        self._limits = limits
        self._now = now
        self._secrets = NamedSecrets(secrets or _no_secret)
        self._policy_version = policy_version or _no_version
        self._budgets: dict[str, Budget] = {}

    def plan(self, tool: ComposedTool, arguments: JsonObject, cwd: str) -> Plan:
        """Lay out what a run would do now; nothing is called."""
        return plan_of(tool, arguments, self._gate.capability, cwd, self._policy_version())

    def start(self, tool: ComposedTool, arguments: JsonObject, caller: Caller, manner: Manner = _PLAIN) -> ComposedRun:
        """Begin a run and take it as far as it goes.

        A call from a step of another run has one run of its own for each try of that step: where that was begun
        before, it is gone on with, and where it is over, its end is given again.

        Args:
            tool: Compiled.
            arguments: The caller's, without the defaults.
            caller: On whose behalf.
            manner: Plan, cancellation, progress, taint, time.

        Returns:
            The run: done with an output, waiting for an approval, or ended with a fault. Where it was refused before
            its first step, nothing of it was kept and its id is "".

        Raises:
            RunHeld: It was begun before, and another process is at work on it.
            RunDamaged: It was begun before, and its record cannot be read.
            RunRefused: It was begun before, and something is not as it was planned with.
            StoreFull: It could not be recorded; nothing was called.
        """
        if caller.run_id:
            earlier = self._earlier(tool, caller)
            if earlier is not None:
                return self._again(earlier, tool, caller, manner)
        plan = manner.plan or self.plan(tool, arguments, caller.cwd)
        head = self._head(tool, plan, caller, manner)
        fault = refusal(tool, plan, caller, self._limits)
        if fault is None and manner.plan is not None:
            fault = foreign_plan(tool, plan, arguments, caller)
        if fault is not None:
            return ComposedRun(replace(head, run_id=""), "failed", message=fault.message, fault=fault)
        self._runs.begin(head)
        return self._go(self._leg(tool, head, plan, caller, manner))

    def resume(
        self, run_id: str, tool: ComposedTool, manner: Manner = _PLAIN, *, caller: Caller | None = None
    ) -> ComposedRun:
        """Go on with a run that waits, or whose process has ended; one that is done is given as it is.

        Args:
            run_id: The run.
            tool: As it is compiled now.
            manner: Of this leg; plan and taint are those of the start.
            caller: Who goes on with it, who may have less than who began it and never gets more; None for the same.

        Raises:
            RunUnknown: There is none.
            RunHeld: Another process is at work on it.
            RunDamaged: Its record cannot be read.
            RunRefused: It has ended, or the tool, a tool it uses, or the policy is not as it was planned with.
        """
        found = self._runs.run(run_id)
        if found.status == "done":
            return found
        if found.status not in _OPEN:
            raise RunRefused(f"run {run_id!r} has ended: {found.status}", hint="begin a new run")
        return self._again(found, tool, caller or _caller_of(found.head, tool), manner)

    def _earlier(self, tool: ComposedTool, caller: Caller) -> ComposedRun | None:
        with suppress(RunUnknown):
            return self._runs.run(_inner_id(tool, caller))
        return None

    def _again(self, found: ComposedRun, tool: ComposedTool, caller: Caller, manner: Manner) -> ComposedRun:
        if found.status not in _OPEN:
            return found
        held = self._runs.hold(found.head.run_id)
        try:
            if held.status not in _OPEN:
                return self._let_go(held, held)
            if self._now() > held.head.deadline_s:
                fault = ToolFault("timeout", "its time to wait is over", "begin a new run")
                return self._let_go(held, replace(held, status="expired", message=fault.message, fault=fault))
            plan = self.plan(tool, held.head.arguments, held.head.cwd)
            self._require_same(held, plan)
        except StrataError:
            with suppress(StrataError):
                self._runs.finish(held)
            raise
        allowed = _narrower(held.head.allowed, caller.allowed)
        leg = self._leg(tool, held.head, plan, replace(caller, cwd=held.head.cwd, allowed=allowed), manner)
        leg.earlier = {step.id: step for step in held.steps}
        leg.bytes_left -= sum(size_of(step.output) for step in held.steps if step.status in SETTLED)
        return self._go(leg)

    def _let_go(self, held: ComposedRun, run: ComposedRun) -> ComposedRun:
        self._runs.finish(replace(run, head=held.head))
        return run

    def _require_same(self, held: ComposedRun, plan: Plan) -> None:
        head = held.head
        if plan.digest == head.digest:
            return
        what = "a tool it uses is not as it was"
        if plan.tool != head.tool:
            what = f"it is a run of {head.tool!r}, not of {plan.tool!r}"
        elif plan.definition != head.definition:
            what = f"{head.tool!r} was compiled anew since"
        elif plan.policy != head.policy:
            what = "the policy is not as it was"
        raise RunRefused(
            f"run {head.run_id!r} cannot go on: {what}", hint="begin a new run; what is done stands in the record"
        )

    def _head(self, tool: ComposedTool, plan: Plan, caller: Caller, manner: Manner) -> RunHead:
        now = self._now()
        return RunHead(
            run_id=_inner_id(tool, caller) if caller.run_id else f"{plan.digest[:12]}{randomness.token_hex(10)}",
            tool=tool.name,
            definition=tool.digest,
            digest=plan.digest,
            arguments=plan.arguments,
            cwd=caller.cwd,
            started_at_s=now,
            deadline_s=now + self._limits.wait_s,
            policy=plan.policy,
            surface=caller.surface,
            session=caller.session,
            parent=caller.run_id,
            tainted=bool(manner.tainted),
            stack=caller.stack,
            allowed=None if caller.allowed is None else tuple(sorted(caller.allowed)),
            grant=manner.grant,
        )

    def _leg(self, tool: ComposedTool, head: RunHead, plan: Plan, caller: Caller, manner: Manner) -> Leg:
        shared = self._budgets.get(caller.run_id) if caller.run_id else None
        means = Means(
            gate=self._gate,
            store=self._runs,
            limits=self._limits,
            now=self._now,
            cancel=manner.cancel,
            progress=manner.progress,
            secrets=self._secrets,
            budget=shared or Budget(self._limits.calls),
        )
        most_s = self._limits.run_s if manner.timeout_s is None else min(self._limits.run_s, manner.timeout_s)
        ready = prepared(tool)
        leg = Leg(ready, head, plan, caller, means, self._now() + most_s, bytes_left=self._limits.run_bytes)
        leg.run = {"id": head.run_id, "tool": tool.name, "started_at_s": head.started_at_s}
        # Before the first step: an earlier one may print what a later one is to be given.
        known = (self._secrets.get(name) for name in ready.secrets)
        leg.mask.learn(tuple(secret for secret in known if secret))
        return leg

    def _go(self, leg: Leg) -> ComposedRun:
        """Run the steps of a run that is held, and let it go."""
        run_id = leg.head.run_id
        self._budgets[run_id] = leg.means.budget
        try:
            run_steps(leg, order_of(leg.ready.tool.steps, self._beside(leg.ready)))
            run = _ending(leg)
        except Exception:
            # A store without room, or a fault of ours: let go as it stands, so that it can be gone on with.
            with suppress(StrataError):
                self._runs.finish(leg.standing("running"))
            raise
        finally:
            del self._budgets[run_id]
        self._runs.finish(run)
        return run

    def _beside(self, ready: PreparedTool) -> tuple[bool, ...]:
        found: list[bool] = []
        for step in ready.steps:
            node = self._gate.capability(step.step.path)
            found.append(step.step.parallel or (node is not None and node.effects.read_only))
        return tuple(found)


def _ending(leg: Leg) -> ComposedRun:
    """Give the run as its steps left it."""
    halts = [ended for ended in leg.ended.values() if ended.halt is not None]
    if halts:
        worst = min(halts, key=lambda ended: _HALTS.index(ended.record.status))
        return leg.standing(worst.record.status, fault=worst.halt)
    if len(leg.ended) < len(leg.ready.steps):
        return leg.standing("cancelled", fault=ToolFault("cancelled", "cancelled before its last step"))
    try:
        output = _output(leg)
    except TemplateFailed as error:
        fault = ToolFault("invalid_output", leg.mask.text(error.message), error.hint)
        return leg.standing("failed", fault=fault)
    wrong = fault_of(leg.ready.tool.output_schema, output, "output")
    if wrong:
        return leg.standing("failed", fault=ToolFault("invalid_output", leg.mask.text(wrong)))
    return leg.standing("done", output=output)


def _output(leg: Leg) -> Json:
    if not leg.ready.tool.result:
        return leg.values[leg.ready.steps[-1].id].output if leg.ready.steps else None
    scope = Scope(
        input=leg.head.arguments, steps=leg.values, run=leg.run, names=leg.ready.names, input_tainted=leg.head.tainted
    )
    return leg.mask.value(rendered(leg.ready.result, scope).value)


def _inner_id(tool: ComposedTool, caller: Caller) -> str:
    told = "\0".join((caller.run_id, caller.step, str(caller.attempt), tool.name))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _caller_of(head: RunHead, tool: ComposedTool) -> Caller:
    allowed = None if head.allowed is None else frozenset(head.allowed)
    return Caller(head.surface, head.cwd, head.session, tool.skill, stack=head.stack, allowed=allowed)


def _narrower(one: tuple[str, ...] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None:
        return other
    return frozenset(one) if other is None else frozenset(one) & other


def _no_secret(_name: str) -> str | None:
    return None


def _no_version() -> str:
    return ""
