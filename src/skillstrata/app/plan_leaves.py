"""How far a call was approved, for what it calls in turn: a composed tool's steps go as far as its plan was shown.

In     the level that was given, the plan of the composed tool that runs
Out    Leave, of the thread that makes the call
Never  lets a step pass for shown because the tool it belongs to was
"""

from contextvars import ContextVar
from dataclasses import dataclass, replace

from skillstrata.records.approvals import Approval
from skillstrata.records.composed_runs import Plan


@dataclass(frozen=True, slots=True)
class Leave:
    """How far one call was approved.

    `plan` is that of the composed tool that is running; `shown` says that a person was shown all of it. `above` is the
    leave of the run whose approved plan this call is a step of, None for a call with a leave of its own. `gate` is the
    identity of the gate that gave it.
    """

    gate: int
    level: Approval
    above: "Leave | None" = None
    plan: Plan | None = None
    shown: bool = False

    def running(self, plan: Plan) -> "Leave":
        """Give the leave of a composed tool's steps; one inside another must stand in what was shown of that one."""
        if self.above is None:
            return replace(self, plan=plan, shown=True)
        outer = self.above.plan if self.above.shown else None
        known = [step.inner for step in outer.steps if step.known] if outer is not None else []
        stood = next((one for inner in known for one in inner if one.digest == plan.digest), None)
        # What was laid out then holds: it may go less deep than what is laid out now.
        return replace(self, plan=stood or plan, shown=stood is not None)

    def covers(self, digest: str, needed: Approval) -> bool:
        """Say whether a step of the plan with this digest may need so much."""
        return self.plan is not None and self.plan.digest == digest and needed <= self.level


LEAVE: ContextVar[Leave | None] = ContextVar("leave", default=None)
