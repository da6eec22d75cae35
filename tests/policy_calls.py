"""Nodes, calls and layers for tests of policy."""

from dataclasses import replace

from skillstrata.adapters.shell_commands import ShellGrammar
from skillstrata.policy.deciding import decide
from skillstrata.policy.layers import version_of
from skillstrata.policy.questions import question_of
from skillstrata.policy.tree import build_tree
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Capability
from skillstrata.records.json_values import JsonObject
from skillstrata.records.policies import Decision, Policy, PolicyLayer, PolicyRule, Verdict
from skillstrata.records.tool_calls import Caller, ToolCall

GRAMMAR = ShellGrammar()
CWD = "/home/ann/harbour"


def node(
    path: str, approval: Approval = Approval.PLAN_CONFIRM, *needs: str, aliases: tuple[str, ...] = ()
) -> Capability:
    """Make a node as its subsystem would."""
    kind, _, name = path.partition("/")
    server = name.partition("/")[0] if kind == "mcp" else ""
    said = f"mcp:{name}" if kind == "mcp" else name
    owner = f"mcp:{server}" if kind == "mcp" else f"{kind}_subsystem"
    schema = '{"type":"object"}'
    return Capability(
        path, said, said, owner, kind, "", schema, "", approval, definition=f"d-{path}", needs=needs, aliases=aliases,
        server=server,
    )  # fmt: skip


BASH = node("native/bash", Approval.EXEC_ESCALATION, "exec")
READ = node("native/read_file", Approval.NONE, "fs.read")
WRITE = node("native/write_file", Approval.PLAN_CONFIRM, "fs.write")
FETCH = node("native/web_fetch", Approval.NONE, "net")
MAIL = node("mcp/mail/send", Approval.DATA_EXPORT, "mcp")
SEARCH = node("mcp/web/search", Approval.PLAN_CONFIRM, "mcp", aliases=("search", "bash"))
SKILL = node("composed/skill_9f3a", Approval.PLAN_CONFIRM, aliases=("skill_竞品监控",))
TREE = build_tree((BASH, READ, WRITE, FETCH, MAIL, SEARCH, SKILL))


def layer(name: str, *rules: PolicyRule, **rest: object) -> PolicyLayer:
    """Make a layer of rules."""
    return replace(PolicyLayer(name, rules=rules), **rest)  # type: ignore[arg-type]


def policy(*layers: PolicyLayer) -> Policy:
    """Put layers together without a tree."""
    return Policy(layers, version_of(layers))


def rule(tool: str, verdict: Verdict, *command: str, arguments: str = "") -> PolicyRule:
    """Make a rule named for what it says."""
    return PolicyRule(f"{verdict.word}-{tool}-{'-'.join(command)}", tool, verdict, arguments, command)


def decided(  # noqa: PLR0913 - every side of a call that a test may vary
    tool: Capability | None,
    arguments: JsonObject,
    rules: Policy | None = None,
    *,
    skill: str = "",
    allowed: frozenset[str] | None = None,
    tainted: tuple[str, ...] = (),
    least: Approval = Approval.NONE,
) -> Decision:
    """Decide one call."""
    call = ToolCall("?" if tool is None else tool.path, arguments, Caller("cli", CWD, skill=skill, allowed=allowed))
    call = replace(call, tainted=tainted)
    return decide(question_of(tool, call, GRAMMAR, least=least), rules or policy())
