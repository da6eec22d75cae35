"""What the verbs on tools of the capability tree give."""

from dataclasses import dataclass

from skillstrata.records.capabilities import Blueprint, Capability
from skillstrata.records.composed_runs import Plan, StepRecord
from skillstrata.records.composed_tools import ComposedTool, FailedSource
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.policies import Grant
from skillstrata.records.tool_calls import ToolFault


@dataclass(frozen=True, slots=True)
class CallWish:
    """A wish to call a tool of the tree. `name` is any name of it; `run_id` is that of a run to go on with.

    `blueprints` bound it: that of the agent that asks last, each after that of the agent that started it. `out_dir` is
    the folder for what a tool of the library makes, "" for a fresh one.
    """

    name: str
    arguments: JsonObject
    cwd: str
    surface: str = "cli"
    session: str = ""
    run_id: str = ""
    blueprints: tuple[Blueprint, ...] = ()
    out_dir: str = ""


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What became of a call.

    `status` is ok, failed, needs_approval, denied, cancelled, unknown or planned. `approval` is what waits for an
    answer, and `arising` says that it came up in the run: the plan could not show it. `plan` is what would be done, of
    a dry run. `run_id` and `steps` are of composed tools only.
    """

    tool: str
    status: str
    output: Json = None
    content: str = ""
    run_id: str = ""
    steps: tuple[StepRecord, ...] = ()
    fault: ToolFault | None = None
    approval: Grant | None = None
    plan: Plan | None = None
    ms: float = 0.0
    arising: bool = False


@dataclass(frozen=True, slots=True)
class ShownTool:
    """One tool whole; `composed` where it is made of steps."""

    node: Capability
    composed: ComposedTool | None = None


@dataclass(frozen=True, slots=True)
class CompileStatus:
    """All that is compiled, what did not compile, and names that a person removed."""

    tools: tuple[ComposedTool, ...]
    failed: tuple[FailedSource, ...]
    tombstones: tuple[str, ...]
    compiler: str = ""
    told: str = ""
