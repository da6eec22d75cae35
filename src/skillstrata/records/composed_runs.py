"""One durable run of a composed tool, step by step."""

from dataclasses import dataclass

from skillstrata.records.approvals import Approval
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.tool_calls import ToolFault


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Bounds of one run; seconds, bytes, counts. Policy may only lower them (loop_items: raise to 10,000).

    `wait_s` is how long a run may wait for an approval.
    """

    steps: int = 100
    nesting: int = 8
    parallel: int = 8
    loop_items: int = 1_000
    calls: int = 500
    step_bytes: int = 1_000_000
    run_bytes: int = 4_000_000
    run_s: float = 300.0
    step_s: float = 60.0
    wait_s: float = 604_800.0


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step as far as it is known before the run.

    `arguments` has a placeholder text for what only the run will tell; `known` says that there is none. `approval` is
    derived from the live tree; `unknown` are the JSON pointers of placeholders. `inner` are the plans of the composed
    tool that the step calls, one for each turn; none where they are not laid out.
    """

    id: str
    tool: str
    path: str
    arguments: Json
    known: bool
    approval: Approval
    unknown: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    when: str = ""
    for_each: str = ""
    inner: tuple["Plan", ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do. `digest` binds an approval to it: definition, arguments, steps, folder, policy version."""

    tool: str
    definition: str
    arguments: JsonObject
    steps: tuple[PlannedStep, ...]
    approval: Approval
    digest: str
    cwd: str
    policy: str = ""


@dataclass(frozen=True, slots=True)
class StepItem:
    """One turn of a loop: its number from 0, what became of it."""

    index: int
    status: str
    output: Json = None
    error: str = ""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of a run.

    A turn of a loop has a record of its own while the loop runs, with the id `<step>[<index>]`.
    `status` is pending, started, done, skipped (by `when`), failed, defaulted (failed, and the declared default was
    used), waiting_approval, unknown, cancelled. `error_type` is that of ToolFault.
    """

    id: str
    tool: str
    status: str
    output: Json = None
    content: str = ""
    attempts: int = 0
    ms: float = 0.0
    error_type: str = ""
    error: str = ""
    items: tuple[StepItem, ...] = ()
    tainted: bool = False


@dataclass(frozen=True, slots=True)
class RunHead:
    """What never changes of a run. `digest` is the plan's; after `deadline_s` it cannot go on any more.

    `tainted` says that its arguments came from outside; `stack` and `allowed` are those of its caller. `grant` is the
    id of the consent it was begun with, "" for none.
    """

    run_id: str
    tool: str
    definition: str
    digest: str
    arguments: JsonObject
    cwd: str
    started_at_s: float
    deadline_s: float
    policy: str = ""
    surface: str = ""
    session: str = ""
    parent: str = ""
    tainted: bool = False
    stack: tuple[str, ...] = ()
    allowed: tuple[str, ...] | None = None
    grant: str = ""


@dataclass(frozen=True, slots=True)
class ComposedRun:
    """A run as it stands. `status` is running, waiting_approval, done, failed, unknown, cancelled or expired.

    `fault` says in one word why there is no output, None where there is one or where it is still to come.
    """

    head: RunHead
    status: str
    steps: tuple[StepRecord, ...] = ()
    output: Json = None
    message: str = ""
    approval_id: str = ""
    fault: ToolFault | None = None
