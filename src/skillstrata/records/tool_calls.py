"""One call of a tool of the capability tree, and what came of it."""

from dataclasses import dataclass

from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.sandbox_runs import Limits


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a call is made.

    `surface` is cli, mcp or api; `skill` is the id of the skill whose step it is, "" for none. `stack` holds the paths
    of the composed tools that are running, the outermost first; `run_id` and `step` name the step (a
    turn of a loop: `<step>[<index>]`), `attempt` counts its tries from 1. `cwd` is the folder
    that relative paths start from. `allowed` are the paths that a blueprint or skill leaves, None for all.
    """

    surface: str
    cwd: str
    session: str = ""
    skill: str = ""
    run_id: str = ""
    step: str = ""
    stack: tuple[str, ...] = ()
    allowed: frozenset[str] | None = None
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class CallBounds:
    """What policy leaves a call that it allows: the gate writes it, whoever makes the call has no say in it.

    `limits` bound the programs that the call runs, None where no layer says. `hosts` and `roots` have one entry for
    each layer that names some: a host or a file must be among those of every entry.
    """

    limits: Limits | None = None
    hosts: tuple[tuple[str, ...], ...] = ()
    roots: tuple[tuple[str, ...], ...] = ()


UNBOUNDED = CallBounds()


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as it is about to be made.

    `tainted` are JSON pointers into the arguments whose values came from outside (an open-world tool's output).
    `derived` are pointers to those that any earlier step's output went into, `tails` those of them that begin with a
    literal address up to its host. `secrets` are values that must be masked wherever this call is written down.
    `timeout_s` bounds it. `plan_digest` is that of the approved plan it belongs to, "" for a call of its own; `planned`
    says that its arguments stood in it.
    `bounds` is what policy leaves it. Of a composed tool that had to be asked about, `grant_id` is the consent that
    this call uses up and `run_id` the one run that it may go on with. The gate writes these three. `out_dir` is the
    folder for what a tool of the library makes, "" for a fresh one.
    """

    path: str
    arguments: JsonObject
    caller: Caller
    timeout_s: float = 60.0
    tainted: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    plan_digest: str = ""
    planned: bool = False
    bounds: CallBounds = UNBOUNDED
    derived: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    grant_id: str = ""
    run_id: str = ""
    out_dir: str = ""


@dataclass(frozen=True, slots=True)
class ToolFault:
    """Why a call gave nothing.

    `type` is one of: invalid_arguments, invalid_output, unavailable, denied, needs_approval, tool_error, transport,
    timeout, cancelled, limit, unknown_outcome. For needs_approval `approval_id` names what waits for an answer.
    `code` and `retry` are those of the error behind it, "" where it has none of its own.
    """

    type: str
    message: str
    hint: str = ""
    approval_id: str = ""
    code: str = ""
    retry: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of a call: an output, or a fault.

    `output` is the structured result; where a tool gives none, the JSON of its single text block if that is an object
    or array and the tool has an output schema; else {"text": …}. `content` is the text as it was given. `sent` says
    that the call left this process (so that a lost answer means an unknown outcome, not nothing).
    """

    output: Json = None
    content: str = ""
    fault: ToolFault | None = None
    ms: float = 0.0
    sent: bool = True

    @property
    def ok(self) -> bool:
        """Say whether there is an output."""
        return self.fault is None
