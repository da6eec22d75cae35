"""The one way to call a tool: what it looks at, in which order, and what it never lets through."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from skillstrata.adapters.shell_commands import ShellGrammar
from skillstrata.app.open_tools import OpenTools
from skillstrata.app.settings import load_settings
from skillstrata.app.tool_gate import Gate, GateParts
from skillstrata.app.tree_building import ToolTree
from skillstrata.app.use_cases import running
from skillstrata.app.wiring import open_app
from skillstrata.policy.grant_keys import plan_key
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.approvals import Approval
from skillstrata.records.audits import AuditEntry, AuditRecord, AuditVerdict
from skillstrata.records.capabilities import Capability, Effects
from skillstrata.records.composed_runs import Plan
from skillstrata.records.failures import StoreFull
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.loader_settings import SkillPermissions
from skillstrata.records.policies import Grant, Policy, PolicyLayer, PolicyRule, ShellText, Verdict
from skillstrata.records.sandbox_runs import Limits
from skillstrata.records.tool_calls import CallBounds, Caller, ToolCall, ToolResult
from tests.fakes.memory_audit import MemoryAudit
from tests.fakes.memory_grants import MemoryGrants

TAKES = '{"type":"object","properties":{"text":{"type":"string"}},"required":["text"],"additionalProperties":false}'
PLAN = Plan("skill_x", "d", {}, (), Approval.NONE, "plan", "/work")
GIVES = '{"type":"object","properties":{"said":{"type":"string"}},"required":["said"]}'


@dataclass
class Echo:
    """A backend that writes down what it was asked."""

    nodes: tuple[Capability, ...]
    gives: Json = field(default_factory=lambda: {"said": "yes"})
    came: list[ToolCall] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def capabilities(self) -> tuple[Capability, ...]:
        return self.nodes

    def call(self, call: ToolCall, cancel: Cancellation) -> ToolResult:
        self.before()
        self.came.append(call)
        return ToolResult(self.gives, "said")

    def close(self) -> None:
        pass


class FullAudit:
    """A log on a disk without room."""

    def append(self, entry: AuditEntry) -> AuditRecord:
        raise StoreFull("no room", hint="free some")

    def records(self, *, most: int = 1_000) -> tuple[AuditRecord, ...]:
        return ()

    def verify(self) -> AuditVerdict:
        return AuditVerdict(True, 0)


@dataclass
class Scene:
    """A gate over one backend."""

    gate: Gate
    echo: Echo
    audit: MemoryAudit
    grants: MemoryGrants
    layers: list[PolicyLayer]

    def call(self, path: str = "mcp/s/free", **changes: object) -> ToolResult:
        call = ToolCall(path, {"text": "hello"}, Caller("cli", "/work"))
        return self.gate.call(replace(call, **changes), threading.Event())  # type: ignore[arg-type]

    @property
    def told(self) -> list[str]:
        return [f"{record.entry.what} {record.entry.status}".strip() for record in self.audit.records()]


def node(name: str, approval: Approval = Approval.NONE, **more: object) -> Capability:
    """Make a tool that says something."""
    plain = Capability(f"mcp/s/{name}", f"mcp:s/{name}", name, "mcp:s", "mcp", "Says it.", TAKES, GIVES, approval)
    return replace(plain, definition="d", effects=Effects(open_world=False), **more)  # type: ignore[arg-type]


NODES = (
    node("away", available=False, reason="the server is down"),
    node("confirmed", Approval.PLAN_CONFIRM),
    node("export", Approval.DATA_EXPORT),
    node("free"),
    replace(node("knotty", needs=("exec",)), input_schema="{}"),
    node("reaching", needs=("net",)),
    node("mighty", Approval.EXEC_ESCALATION),
    replace(node("x", Approval.EXEC_ESCALATION), path="composed/skill_x", name="skill_x", kind="composed"),
)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Make a gate with a policy of no layers, and a clock that stands."""
    environ = {"HOME": str(tmp_path), "PATH": ""}
    app = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ=environ))
    tree, echo, layers = ToolTree(app, tmp_path, running.run), Echo(NODES), list[PolicyLayer]()
    tree.put("mcp", echo, "mcp:s")
    tree.put("composed", echo, "mcp:s")
    audit, grants = MemoryAudit(), MemoryGrants(lambda: 1_000.0)
    gate = Gate(
        GateParts(
            tree=tree,
            policy=lambda: Policy(tuple(layers), f"v{len(layers)}"),
            parser=ShellGrammar(),
            grants=grants,
            audit=audit,
            now_s=lambda: 1_000.0,
            redactor=app.redactor,
            shown=lambda call, _node, _decision: f"the plan of {call.path}",
            goes_on=lambda _call: ("", None),
            skills=lambda _stack: (),
        )
    )
    return Scene(gate, echo, audit, grants, layers)


def _approve(scene: Scene, result: ToolResult, *, approved: bool = True) -> Grant:
    assert result.fault is not None
    return scene.grants.decide(result.fault.approval_id, approved=approved, by="ann", uses=1, until_s=2_000.0)


def test_a_call_that_needs_nothing_is_written_down_before_and_after(scene: Scene) -> None:
    """The twin of every refusal below."""
    seen: list[list[str]] = []
    scene.echo.before = lambda: seen.append(scene.told)
    result = scene.call()

    assert (result.ok, result.output) == (True, {"said": "yes"})
    assert seen == [["intent"]]
    assert scene.told == ["intent", "result ok"]


@pytest.mark.parametrize("arguments", [{}, {"text": 3}, {"text": "x", "more": 1}])
def test_arguments_that_do_not_fit_are_a_fault_and_nothing_is_called(scene: Scene, arguments: JsonObject) -> None:
    """No backend checks them."""
    result = scene.call(arguments=arguments)

    assert result.fault is not None
    assert (result.fault.type, scene.echo.came) == ("invalid_arguments", [])


def test_a_secret_is_in_no_fault_and_no_line_of_the_log(scene: Scene) -> None:
    """Whoever reads an error or the log must not learn it."""
    secret = "swordfish-123"
    bad = scene.call(arguments={"text": 3, secret: 1}, secrets=(secret,))
    scene.call(arguments={"text": secret}, secrets=(secret,))

    assert bad.fault is not None
    assert secret not in bad.fault.message
    assert all(secret not in repr(record) for record in scene.audit.records())


@pytest.mark.parametrize("path", ["mcp/s/nothing", "mcp/s/away"])
def test_a_tool_that_is_not_there_is_unavailable(scene: Scene, path: str) -> None:
    """With the reason where one is known."""
    result = scene.call(path)

    assert result.fault is not None
    assert (result.fault.type, result.sent, scene.echo.came) == ("unavailable", False, [])


def test_an_output_that_does_not_fit_is_a_fault(scene: Scene) -> None:
    """What a tool promised is what the next step was checked against."""
    scene.echo.gives = {"said": 3}
    result = scene.call()

    assert result.fault is not None
    assert (result.fault.type, result.sent) == ("invalid_output", True)
    assert scene.told[-1] == "result invalid_output"


def test_what_needs_leave_waits_and_is_called_once_for_one_yes(scene: Scene) -> None:
    """The same question is asked once; the yes is used up."""
    first, again = scene.call("mcp/s/confirmed"), scene.call("mcp/s/confirmed")
    before = list(scene.echo.came)
    _approve(scene, first)
    done, after = scene.call("mcp/s/confirmed"), scene.call("mcp/s/confirmed")

    assert first.fault is not None
    assert again.fault is not None
    assert (first.fault.type, first.fault.approval_id) == ("needs_approval", again.fault.approval_id)
    assert (before, done.ok, after.ok, len(scene.echo.came)) == ([], True, False, 1)


def test_a_yes_for_other_arguments_is_none_for_these(scene: Scene) -> None:
    """A consent is bound to what was shown."""
    _approve(scene, scene.call("mcp/s/confirmed"))

    assert not scene.call("mcp/s/confirmed", arguments={"text": "other"}).ok
    assert scene.echo.came == []


def test_a_no_is_denied_and_not_asked_again(scene: Scene) -> None:
    """An agent must not wear its user down."""
    _approve(scene, scene.call("mcp/s/confirmed"), approved=False)
    result = scene.call("mcp/s/confirmed")

    assert result.fault is not None
    assert (result.fault.type, scene.echo.came) == ("denied", [])
    assert len(scene.grants.grants(1_000.0)) == 1


def test_what_policy_denies_is_denied_whatever_was_approved(scene: Scene) -> None:
    """A rule against it stands before every consent."""
    _approve(scene, scene.call("mcp/s/confirmed"))
    scene.layers.append(PolicyLayer("user", rules=(PolicyRule("no", "mcp:s/*", Verdict.DENY, why="not here"),)))
    result = scene.call("mcp/s/confirmed")

    assert result.fault is not None
    assert (result.fault.type, scene.echo.came) == ("denied", [])
    assert "not here" in result.fault.message


def test_what_cannot_be_written_down_is_not_done(scene: Scene) -> None:
    """A call that the log does not tell of would be one that nobody can find."""
    parts = replace(scene.gate._parts, audit=FullAudit())
    result = Gate(parts).call(ToolCall("mcp/s/free", {"text": "x"}, Caller("cli", "/work")), threading.Event())

    assert result.fault is not None
    assert (result.fault.type, scene.echo.came) == ("unavailable", [])


def _planned(
    scene: Scene, path: str, *, planned: bool, tainted: tuple[str, ...] = (), derived: tuple[str, ...] = ()
) -> ToolResult:
    """Let a composed tool be approved, and give what one of its steps gets."""
    step: list[ToolResult] = []
    caller = Caller("cli", "/work", run_id="r", step="s")

    def steps() -> None:
        scene.echo.before = lambda: None
        scene.gate.vouch(PLAN)
        given = {"plan_digest": "plan", "planned": planned, "tainted": tainted, "derived": derived}
        step.append(scene.call(path, caller=caller, **given))

    asked = scene.call("composed/skill_x", plan_digest="plan")
    _approve(scene, asked)
    assert scene.grants.grants(1_000.0)[0].key == plan_key("plan", "v0")
    scene.echo.before = steps
    assert scene.call("composed/skill_x", plan_digest="plan").ok
    return step[0]


@pytest.mark.parametrize("path", ["mcp/s/confirmed", "mcp/s/export", "mcp/s/mighty"])
def test_a_step_that_stood_in_an_approved_plan_is_not_asked_about(scene: Scene, path: str) -> None:
    """The person saw its arguments."""
    assert _planned(scene, path, planned=True).ok


@pytest.mark.parametrize(
    ("path", "tainted", "asked"),
    [
        ("mcp/s/confirmed", (), False),
        ("mcp/s/export", (), False),
        ("mcp/s/mighty", (), True),
        ("mcp/s/export", ("/text",), True),
    ],
)
def test_a_step_whose_arguments_nobody_could_see_is_asked_about_where_it_may_do_harm(
    scene: Scene, path: str, tainted: tuple[str, ...], asked: bool
) -> None:
    """What runs anything, and what carries text from outside to the outside, is shown first."""
    result = _planned(scene, path, planned=False, tainted=tainted)

    assert (result.fault is not None and result.fault.type == "needs_approval") is asked


@pytest.mark.parametrize(("derived", "asked"), [(("/text",), True), ((), False)])
def test_a_step_whose_address_is_made_of_a_steps_output_is_asked_about(
    scene: Scene, derived: tuple[str, ...], asked: bool
) -> None:
    """A file that was read must not leave in an address that nobody saw; the twin has nothing of a step in it."""
    result = _planned(scene, "mcp/s/reaching", planned=False, derived=derived)

    assert (result.fault is not None and result.fault.type == "needs_approval") is asked


def test_a_step_of_a_plan_that_nobody_approved_is_asked_about(scene: Scene) -> None:
    """A digest alone is no leave."""
    caller = Caller("cli", "/work", run_id="r", step="s")
    result = scene.call("mcp/s/confirmed", caller=caller, plan_digest="forged", planned=True)

    assert result.fault is not None
    assert result.fault.type == "needs_approval"


def test_a_blueprint_that_leaves_a_tool_out_denies_it(scene: Scene) -> None:
    """Nobody hands on more than they have."""
    only = Caller("cli", "/work", allowed=frozenset({"mcp/s/confirmed"}))
    result = scene.call(caller=only)

    assert result.fault is not None
    assert (result.fault.type, scene.told) == ("denied", ["escalation denied"])


def test_the_real_gate_is_the_same(tmp_path: Path) -> None:
    """What is opened for a folder has the native tools behind this gate."""
    environ = {"HOME": str(tmp_path), "PATH": ""}
    tools = OpenTools(
        open_app(load_settings(data_dir=tmp_path / "data", config=None, environ=environ)), tmp_path, running.run
    )
    call = ToolCall("native/json_query", {"query": "a", "data": {"a": 1}}, Caller("cli", str(tmp_path)))
    result = tools.gate.call(call, threading.Event())

    assert result.output == {"result": 1}
    assert [record.entry.what for record in tools.app.audit_log.records()] == ["intent", "result"]


def test_what_policy_leaves_a_call_reaches_who_makes_it(scene: Scene) -> None:
    """Limits of the skill and of those around it, hosts and folders; whoever makes the call has no say in it."""
    mine = SkillPermissions("report", cpu_s=2.0, memory_bytes=100_000_000)
    forged = CallBounds(Limits(cpu_s=3_000))
    assert scene.call(bounds=forged).ok
    scene.layers.append(PolicyLayer("user", permissions=(mine,), allowed_hosts=("Example.org",), roots=("/work",)))
    assert scene.call(caller=Caller("cli", "/work", skill="user/report"), bounds=forged).ok
    assert scene.call(caller=Caller("cli", "/work", skill="user/other")).ok
    free, bound, other = (call.bounds for call in scene.echo.came)

    assert free == CallBounds()
    assert bound.limits is not None
    assert (bound.limits.cpu_s, bound.limits.memory_bytes) == (2, 100_000_000)
    assert (bound.hosts, bound.roots) == ((("example.org",),), (("/work",),))
    assert (other.limits, other.roots) == (None, bound.roots)


class NoGrammar:
    """A parser that some text is too much for."""

    def parse(self, text: str) -> ShellText:
        raise ValueError(f"cannot read {text}")


def test_arguments_that_policy_cannot_look_at_are_a_fault_that_is_written_down(scene: Scene) -> None:
    """An exception would end the process with its run left open; the twin is the same call with a parser that can."""
    call = ToolCall("mcp/s/knotty", {"command": "ls swordfish-123"}, Caller("cli", "/work"), secrets=("swordfish-123",))
    parts = scene.gate._parts  # pyright: ignore[reportPrivateUsage]
    gate = Gate(replace(parts, parser=NoGrammar()))
    found, would = gate.call(call, threading.Event()), gate.would(call)

    assert found.fault is not None
    assert would is not None
    assert (found.fault.type, found.sent, would.type, scene.echo.came) == (
        "invalid_arguments",
        False,
        "invalid_arguments",
        [],
    )
    assert scene.told == ["decision invalid_arguments"]
    assert "swordfish-123" not in repr(scene.audit.records()) + found.fault.message
    assert scene.gate.call(call, threading.Event()).ok


@pytest.mark.parametrize("text", ["half \ud800", "whole \U0001f30a"])
def test_half_a_character_in_arguments_is_refused_at_the_door(scene: Scene, text: str) -> None:
    """Nothing behind it can write that down; twin: a whole one comes through."""
    result = scene.call(arguments={"text": text})

    assert result.ok == text.startswith("whole")
    assert result.fault is None or result.fault.type == "invalid_arguments"
    assert len(scene.echo.came) == int(result.ok)


def test_a_number_that_is_none_is_refused_at_the_door(scene: Scene) -> None:
    """It would be written as null and mean something else; twin: a large one comes through."""
    fits = replace(node("free"), input_schema="{}")
    scene.echo.nodes = tuple(fits if one.name == fits.name else one for one in NODES)
    scene.gate._parts.tree.put("mcp", scene.echo, "mcp:s")
    odd, large = scene.call(arguments={"text": float("nan")}), scene.call(arguments={"text": 2**70})

    assert odd.fault is not None
    assert (odd.fault.type, large.ok) == ("invalid_arguments", True)
