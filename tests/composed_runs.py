"""Composed tools written by hand, and a gate over tools that are functions, for tests of runs."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from skillstrata.compose.run_answers import answer_of, error_answer
from skillstrata.compose.run_leg import Secrets
from skillstrata.compose.running import Engine, Manner
from skillstrata.ports.run_store import RunStore
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Capability, Effects
from skillstrata.records.composed_runs import RunLimits
from skillstrata.records.composed_tools import ComposedStep, ComposedTool
from skillstrata.records.errors import StrataError
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.tool_calls import Caller, ToolCall, ToolFault, ToolResult

READS = Effects(read_only=True, destructive=False, idempotent=True, open_world=False)
REPEATS = Effects(read_only=False, destructive=True, idempotent=True, open_world=False)
WRITES = Effects(read_only=False, destructive=True, idempotent=False, open_world=False)
OPEN = Effects(read_only=True, destructive=False, idempotent=True, open_world=True)
OBJECT = '{"type":"object"}'
ME = Caller("cli", "/work", "s1")

Act = Callable[[ToolCall, Cancellation], "ToolResult | Json"]


def fault(kind: str, message: str = "no", *, approval_id: str = "", sent: bool = True) -> ToolResult:
    """Make a result without an output."""
    return ToolResult(fault=ToolFault(kind, message, "", approval_id), sent=sent)


class Tools:
    """A ToolGate over functions; keeps the calls that came."""

    def __init__(self) -> None:
        self.nodes: dict[str, Capability] = {}
        self.calls: list[ToolCall] = []
        self._acts: dict[str, Act] = {}
        self._lock = threading.Lock()

    def add(self, name: str, act: Act, effects: Effects = READS, *, kind: str = "native", output: str = "") -> None:
        """Add a tool at the path `t/<name>`; a composed one at `composed/<name>`."""
        path = f"composed/{name}" if kind == "composed" else f"t/{name}"
        node = Capability(path, name, name, "test", kind, name, OBJECT, output, Approval.NONE, effects, f"def-{name}")
        self.nodes[path] = node
        self._acts[path] = act

    def change(self, path: str) -> None:
        """Let a tool be another one from now on."""
        self.nodes[path] = replace(self.nodes[path], definition="changed")

    def capability(self, path: str) -> Capability | None:
        return self.nodes.get(path)

    def call(self, call: ToolCall, cancel: Cancellation) -> ToolResult:
        with self._lock:
            self.calls.append(call)
        given = self._acts[call.path](call, cancel)
        return given if isinstance(given, ToolResult) else ToolResult(given, json.dumps(given, ensure_ascii=True))

    def called(self, name: str) -> int:
        """Count the calls of a tool."""
        return sum(call.path.endswith(f"/{name}") for call in self.calls)


def step(name: str, tool: str = "", given: Json = None, **more: object) -> ComposedStep:
    """Make a step; it calls `t/<tool>`, or a composed tool if that is what `tool` names."""
    tool = tool or name
    path = f"composed/{tool}" if tool.startswith("skill_") else f"t/{tool}"
    made = ComposedStep(name, tool, path, json.dumps({} if given is None else given))
    return replace(made, **more)  # type: ignore[arg-type]


def composed(steps: Sequence[ComposedStep], name: str = "skill_x", **more: object) -> ComposedTool:
    """Make a compiled tool of steps."""
    made = ComposedTool(name, name, "sk", "SKILL.md", "x", OBJECT, "", tuple(steps), digest=f"d-{name}")
    return replace(made, **more)  # type: ignore[arg-type]


def engine_of(
    tools: Tools,
    store: RunStore,
    *,
    secrets: Secrets | None = None,
    version: Callable[[], str] | None = None,
    limits: RunLimits | None = None,
    now: Callable[[], float] = lambda: 1_000.0,
) -> Engine:
    """Make an engine at a fixed time."""
    return Engine(tools, store, limits or RunLimits(), now, secrets=secrets, policy_version=version)


def arguments_of(call: ToolCall) -> JsonObject:
    """Give back the arguments."""
    return dict(call.arguments)


class Nest:
    """A gate whose composed tools are run by the same engine, as the product's own backend does it."""

    def __init__(self, tools: Tools, store: RunStore, inner: dict[str, ComposedTool], **more: RunLimits) -> None:
        self.tools = tools
        self.engine = Engine(self, store, more.get("limits", RunLimits()), lambda: 1_000.0)
        self._inner = inner
        for tool in inner.values():
            tools.add(tool.name, lambda _call, _: {}, tool.effects, kind="composed")

    def capability(self, path: str) -> Capability | None:
        return self.tools.capability(path)

    def call(self, call: ToolCall, cancel: Cancellation) -> ToolResult:
        tool = self._inner.get(call.path)
        if tool is None:
            return self.tools.call(call, cancel)
        try:
            manner = Manner(cancel=cancel, tainted=call.tainted, timeout_s=call.timeout_s)
            return answer_of(self.engine.start(tool, call.arguments, call.caller, manner))
        except StrataError as error:
            return error_answer(error)


def nested(tools: Tools, store: RunStore, steps: list[ComposedStep], **more: RunLimits) -> Nest:
    """Make a gate with one composed tool `skill_in`."""
    inner = composed(steps, "skill_in", effects=WRITES)
    return Nest(tools, store, {"composed/skill_in": inner}, **more)
