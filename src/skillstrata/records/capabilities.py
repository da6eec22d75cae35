"""The capability tree: every tool there is, who owns it, what it may do and how much consent it needs.

Shapes  a node's `path` is its place in the tree: `native/read_file`, `distilled/<tool>`, `composed/skill_<name>`,
        `mcp/<server>/<tool>`; names of servers and tools may hold any character, so a path is never split to find them
"""

from dataclasses import dataclass

from skillstrata.records.approvals import Approval

COMPOSED_OWNER = "composed_subsystem"
NATIVE_OWNER = "native_subsystem"
LIBRARY_OWNER = "library_subsystem"


@dataclass(frozen=True, slots=True)
class Effects:
    """What a call may do; the defaults are those that nobody has to trust."""

    read_only: bool = False
    destructive: bool = True
    idempotent: bool = False
    open_world: bool = True


@dataclass(frozen=True, slots=True)
class Capability:
    """One tool of the tree.

    `name` is what a step or a person writes: `read_file`, the name of a library tool, `skill_…`, `mcp:<server>/<tool>`;
    `aliases` are further names. `owner` is a subsystem or `mcp:<server>`; `kind` is native, distilled, composed or mcp.
    `input_schema` and `output_schema` are JSON texts, "" for no output schema. `definition` is the sha256 of all that
    describes the tool; it changes whenever the tool does. `needs` are the rights it uses: fs.read, fs.write, net,
    exec, mcp. Where `available` is False, `reason` says why and what would make it so, and `state` is "down" where only
    whoever offers it is not there now, "changed" or "gone" where it is not what was approved any more, "stale" or
    "failed" where what it is made of is not; "" else.
    """

    path: str
    name: str
    title: str
    owner: str
    kind: str
    description: str
    input_schema: str
    output_schema: str = ""
    approval: Approval = Approval.EXEC_ESCALATION
    effects: Effects = Effects()
    definition: str = ""
    needs: tuple[str, ...] = ()
    available: bool = True
    reason: str = ""
    aliases: tuple[str, ...] = ()
    server: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class CapabilityTree:
    """An immutable snapshot of the tree, its nodes sorted by path; `generation` grows with each change."""

    generation: int = 0
    nodes: tuple[Capability, ...] = ()


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A sub-agent's wish: what it may use, by name or pattern, and how deep it may hand that on.

    `depth` is how many generations of sub-agents may follow; each hands on less.
    """

    name: str
    allow: tuple[str, ...]
    deny: tuple[str, ...] = ()
    depth: int = 1
    most_approval: Approval = Approval.EXEC_ESCALATION


@dataclass(frozen=True, slots=True)
class ResolvedSet:
    """Exactly what a blueprint gives: paths of nodes; `unknown` are names that no tool has, `refused` those cut off."""

    paths: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    depth: int = 0
