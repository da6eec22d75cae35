"""All tools of one folder worked in, open: the tree, the gate before it, the compiled tools, the engine that runs them.

In     the App, the folder worked in
Out    OpenTools
Never  opens anything before it is asked; starts servers for whoever does not need one
Why    the one place where tree, policy, grants, audit and engine are joined, for the command line and for servers
"""

import threading
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from skillstrata.app.composed_backend import ComposedTools, Composing
from skillstrata.app.distilled_backend import Run
from skillstrata.app.plan_texts import plan_lines
from skillstrata.app.tool_gate import Gate, GateParts
from skillstrata.app.tree_building import SERVERS, ToolTree
from skillstrata.app.wiring import App
from skillstrata.compose.composed_nodes import COMPOSED_KIND, capability_of, composed_path
from skillstrata.compose.freshness import as_now
from skillstrata.compose.running import Engine
from skillstrata.policy.grant_keys import plan_key
from skillstrata.policy.layers import policy_of
from skillstrata.policy.tree import TreeIndex
from skillstrata.ports.policy_source import PolicySource
from skillstrata.records.capabilities import COMPOSED_OWNER, Capability, CapabilityTree
from skillstrata.records.composed_runs import Plan, PlannedStep
from skillstrata.records.composed_tools import ComposedLibrary, ComposedTool
from skillstrata.records.policies import Decision, Grant, Policy
from skillstrata.records.tool_calls import ToolCall

_FOREIGN = f"{SERVERS}/"
_GIVEN = frozenset({"approved", "used"})


class OpenTools:
    """The tools of one folder. Its methods may be called from any thread."""

    def __init__(self, app: App, project: Path, run: Run) -> None:
        """Open nothing yet. `run` calls a tool of the library."""
        self.app = app
        self.project = project
        self.tree = ToolTree(app, project, run)
        self._reading = threading.Lock()
        self._stored: ComposedLibrary | None = None
        self._now: tuple[tuple[int, bool], ComposedLibrary] | None = None
        self._policy: tuple[tuple[object, ...], Policy] | None = None

    @property
    def library(self) -> ComposedLibrary:
        """Give what is compiled, each tool with its status against the tools there are now."""
        index = self.tree.holder.index
        with self._reading:
            if self._stored is None:
                self._stored = self.app.composed_store.load()
            seen = (index.tree.generation, self.tree.has_servers)
            if self._now is None or self._now[0] != seen:
                tools = self._as_now(self._stored.tools, index)
                same = self._now is not None and self._now[1].tools == tools
                library = self._now[1] if same and self._now is not None else replace(self._stored, tools=tools)
                self._now = (seen, library)
            return self._now[1]

    def take(self, library: ComposedLibrary) -> None:
        """Take over what is compiled now."""
        with self._reading:
            self._stored, self._now = library, None
        self.tree.holder.replace(COMPOSED_OWNER, self.composed.capabilities())

    def reread(self) -> bool:
        """Read again what is compiled, as another process may have done that; say whether it changed."""
        library = self.app.composed_store.load()
        with self._reading:
            if library == self._stored:
                return False
        self.take(library)
        return True

    def freshen(self, node: Capability) -> None:
        """Look whether a compiled tool still stands for the tools it uses, those of servers too."""
        tool = self.composed.tool_at(node.path) if node.kind == COMPOSED_KIND else None
        if tool is not None:
            if _uses_servers(tool):
                self.tree.with_servers()
            self.tree.holder.replace(COMPOSED_OWNER, self.composed.capabilities())

    def with_all(self) -> CapabilityTree:
        """Give the tree with the tools of servers in it, and the compiled tools as they stand against those."""
        _ = self.gate
        self.tree.with_servers().replace(COMPOSED_OWNER, self.composed.capabilities())
        return self.tree.holder.tree

    def _as_now(self, tools: tuple[ComposedTool, ...], index: TreeIndex) -> tuple[ComposedTool, ...]:
        """Give the tools as they stand now, each after those that it calls."""
        by_path = {composed_path(tool.name): tool for tool in tools}
        done: dict[str, ComposedTool] = {}

        def find(path: str) -> Capability | None:
            if path not in by_path:
                return index.at(path)
            return capability_of(done.get(path) or look(path))

        def look(path: str) -> ComposedTool:
            tool = done[path] = by_path[path]
            # Before servers were asked nobody knows better than whoever compiled it.
            if self.tree.has_servers or not _uses_servers(tool):
                done[path] = as_now(tool, find)
            return done[path]

        return tuple(done.get(path) or look(path) for path in by_path)

    @cached_property
    def composed(self) -> ComposedTools:
        """Give the compiled tools as a backend."""
        return ComposedTools(self._composing)

    @cached_property
    def _composing(self) -> Composing:
        return Composing(lambda: self.library, self.tree.at, self.app.run_store, lambda: self.policy().version)

    @cached_property
    def gate(self) -> Gate:
        """Give the gate; from here on the compiled tools can be called through it."""
        app = self.app
        gate = Gate(
            GateParts(
                tree=self.tree,
                policy=self.policy,
                parser=app.command_parser,
                grants=app.grant_store,
                audit=app.audit_log,
                now_s=app.clock.now_s,
                redactor=app.redactor,
                shown=self._shown,
                goes_on=self._goes_on,
                skills=self.composed.skills_of,
            )
        )
        self._composing.vouch = gate.vouch
        self._composing.engine = Engine(
            gate,
            app.run_store,
            app.settings.compose.limits,
            app.clock.now_s,
            secrets=self._secret,
            policy_version=lambda: self.policy().version,
        )
        self.tree.put(COMPOSED_KIND, self.composed, COMPOSED_OWNER)
        return gate

    @cached_property
    def _source(self) -> PolicySource:
        return self.app.policy_source(self.project)

    def with_composed(self) -> ToolTree:
        """Give the tree with the compiled tools in it."""
        _ = self.gate
        return self.tree

    def policy(self) -> Policy:
        """Give the policy that holds now; it is made anew where a file or the tree changed.

        Raises:
            PolicyInvalid: A file cannot be read or understood.
        """
        layers = self._source.layers()
        tree = self.tree.holder.tree
        with self._reading:
            kept = self._policy
            if kept is None or kept[0] != (layers, tree.generation):
                made = policy_of(layers, tree, self.app.command_parser)
                kept = self._policy = ((layers, tree.generation), made)
            return kept[1]

    def with_plan(self, call: ToolCall) -> ToolCall:
        """Bind a composed tool's call to its plan; other calls stay as they are."""
        plan = self.composed.plan(call)
        return call if plan is None else replace(call, plan_digest=plan.digest)

    def single_plan(self, call: ToolCall, node: Capability) -> Plan:
        """Give the plan of a call that is one step."""
        step = PlannedStep(node.name, node.name, node.path, call.arguments, known=True, approval=node.approval)
        return Plan(node.name, node.definition, call.arguments, (step,), node.approval, "", call.caller.cwd)

    def close(self) -> None:
        """End connections and what was started."""
        self.tree.close()

    def _shown(self, call: ToolCall, node: Capability, decision: Decision) -> str:
        plan = self.composed.plan(call)
        return node.title if plan is None else plan_lines(plan, node, decision)

    def _goes_on(self, call: ToolCall) -> tuple[str, Grant | None]:
        """Give a run of this plan that waits, with the consent that was used for just that run and still holds.

        The run goes on under it and nobody is asked twice; without a consent, the run to ask for.
        """
        waiting = tuple(run.head for run in self.composed.all_waiting(call.plan_digest)) if call.plan_digest else ()
        if not waiting:
            return "", None
        key, now_s = plan_key(call.plan_digest, self.policy().version), self.app.clock.now_s()
        given = [
            one
            for one in self.app.grant_store.grants(now_s)
            if one.key == key and one.state in _GIVEN and now_s < one.until_s
        ]
        for head in waiting:
            for one in given:
                if head.grant == one.id or (one.state == "used" and one.run_id == head.run_id):
                    return head.run_id, one
        return waiting[0].run_id, None

    def _secret(self, name: str) -> str | None:
        if name not in self.app.settings.compose.secrets:
            return None
        return dict(self.app.settings.environ).get(name)


def _uses_servers(tool: ComposedTool) -> bool:
    """Say whether a tool uses one of a server, itself or by a tool that it calls."""
    return SERVERS in tool.needs or any(path.startswith(_FOREIGN) for path, _ in tool.pins)
