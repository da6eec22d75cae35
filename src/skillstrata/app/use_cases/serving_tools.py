"""Tools of the capability tree for programs that stay, and behind each verb: compile, list, call, follow.

In     the App, the folder worked in, the skills where somebody watches them
Out    reports; changes to whoever subscribed
Never  gives leave by itself: `decide` writes down what a person said
Why    one class behind the command line, the MCP server and the Python API, so that all do the same
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from skillstrata.app.callers import session_of
from skillstrata.app.capability_reports import CallOutcome, CallWish, CompileStatus, ShownTool
from skillstrata.app.compiling_skills import SkillCompiler
from skillstrata.app.composed_backend import Follower, Progress, followed
from skillstrata.app.composed_search import ComposedSearch
from skillstrata.app.distilled_backend import FOLDER
from skillstrata.app.exposure import listed_tools
from skillstrata.app.open_tools import OpenTools
from skillstrata.app.reports import SearchReport
from skillstrata.app.runtime_session import RuntimeSession
from skillstrata.app.use_cases import running
from skillstrata.app.wiring import App
from skillstrata.compose.composed_nodes import COMPOSED_KIND, composed_path
from skillstrata.compose.freshness import removed
from skillstrata.policy.audit_entries import grant_entry
from skillstrata.policy.blueprints import resolve
from skillstrata.policy.grants import GIVEN_FOR_S
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.capabilities import Blueprint, Capability
from skillstrata.records.composed_runs import ComposedRun, Plan
from skillstrata.records.composed_tools import CompileReport, ComposedTool
from skillstrata.records.errors import StrataError
from skillstrata.records.failures import RunRefused, ToolUnknown
from skillstrata.records.policies import Grant
from skillstrata.records.qualities import ListedTool
from skillstrata.records.tool_calls import Caller, ToolCall, ToolResult

_WHOLE = frozenset({COMPOSED_KIND, FOLDER})
_STATES = {
    "denied": "denied",
    "cancelled": "cancelled",
    "unknown_outcome": "unknown",
    "needs_approval": "needs_approval",
}
_logger = logging.getLogger("skillstrata.tools")


class ServedTools:
    """The tools of one folder worked in. Every method may be called from any thread."""

    def __init__(self, app: App, project: Path, *, session: Callable[[], RuntimeSession] | None = None) -> None:
        """Open nothing yet. `session` gives the skills that somebody watches; without it they are looked at anew."""
        self.app = app
        self.tools = OpenTools(app, project, running.run)
        self._compiler = SkillCompiler(self.tools, session)
        self._search = ComposedSearch()
        self._stop = threading.Event()
        self._listing = threading.Lock()
        self._listed: tuple[str, tuple[ListedTool, ...]] = ("", ())
        self._seen = ""
        self._said = ""

    @property
    def composed(self) -> tuple[ComposedTool, ...]:
        """Give the compiled tools, each with its status as it is now."""
        return self.tools.library.tools

    def tool(self, name: str) -> ComposedTool | None:
        """Give a compiled tool by its wire name."""
        return next((tool for tool in self.composed if tool.name == name), None)

    def of_library(self) -> tuple[ListedTool, ...]:
        """Give the library's tools that have a place of their own in a client's list, sorted by name.

        They are read again where the library changed; while what use has shown cannot be read, they are those of
        before.
        """
        with self._listing:
            try:
                stamp, there = self.tools.tree.listed()
                if stamp != self._listed[0]:
                    tools = sorted(listed_tools(self.app, there), key=lambda tool: tool.name)
                    self._listed = (stamp, tuple(tools))
            except StrataError as error:
                if error.message != self._said:
                    _logger.warning("the library's tools in the list: %s", error.message)
                self._said = error.message
            return self._listed[1]

    def compile(self, which: tuple[str, ...] = (), tell: Callable[[int, int], None] | None = None) -> CompileReport:
        """Compile every skill, or those that are named by id, name, tool or path.

        Raises:
            SkillNotFound: Nothing is called that.
            StoreFull, StoreLocked: What was compiled could not be kept.
        """
        return self._compiler.compile(which, tell)

    def compile_changed(self) -> CompileReport:
        """Compile what the watched skills brought; where no skill declares a tool, nothing is done."""
        return self._compiler.compile_changed()

    def look(self) -> None:
        """Take over what other processes compiled, and what became of the library's and the servers' tools."""
        self.tools.reread()
        self.tools.tree.refresh()
        if self.tools.tree.has_servers:
            self.tools.tree.with_servers()

    def status(self) -> CompileStatus:
        """Give what is compiled, and how it stands against the tools there are now."""
        if any(path.startswith("mcp/") for tool in self.tools.library.tools for path, _ in tool.pins):
            self.tools.tree.with_servers()
        found = self.tools.library
        return CompileStatus(found.tools, found.failed, found.tombstones, found.compiler, found.told)

    def remove(self, name: str) -> tuple[str, ...]:
        """Remove a compiled tool by any of its names; give the names that went.

        Raises:
            ToolUnknown: No compiled tool is called that.
        """
        before = self.app.composed_store.load()
        known = {word for tool in before.tools for word in (tool.name, tool.title, *tool.aliases)}
        known |= {one.name for one in before.failed if one.name}
        if name not in known:
            raise ToolUnknown(f"no compiled tool is called {name!r}", hint="see `skillstrata compile status`")
        after = self.app.composed_store.update(lambda library: removed(library, name))
        self.tools.take(after)
        return tuple(sorted({*after.tombstones} - {*before.tombstones}))

    def listed(self, blueprints: tuple[Blueprint, ...] = ()) -> tuple[Capability, ...]:
        """Give every tool there is, those of servers too, sorted by path; with blueprints, those that these leave."""
        nodes, allowed = self.tools.with_all().nodes, self._allowed(blueprints)
        return nodes if allowed is None else tuple(node for node in nodes if node.path in allowed)

    def shown(self, name: str) -> ShownTool:
        """Give one tool whole.

        Raises:
            ToolUnknown: No tool is called that.
        """
        node = self._node(name)
        return ShownTool(node, self.tools.composed.tool_at(node.path))

    def search(self, query: str, *, limit: int) -> SearchReport:
        """Give the compiled tools that fit a query, best first."""
        return self._search.search(self.composed, query, limit=limit)

    def planned(self, wish: CallWish) -> CallOutcome:
        """Give what a call would do; nothing is called, nobody is asked.

        Raises:
            ToolUnknown: No tool is called that.
        """
        node = self._node(wish.name)
        call = self._call(wish, node)
        fault = self.tools.gate.would(call)
        plan = self.tools.composed.plan(call) or self.tools.single_plan(call, node)
        return CallOutcome(node.name, "planned" if fault is None else "failed", fault=fault, plan=plan)

    def call(self, wish: CallWish, *, cancel: Cancellation | None = None, tell: Progress | None = None) -> CallOutcome:
        """Call a tool; one that waits for leave says so, and the same call goes on once that is given.

        Raises:
            ToolUnknown: No tool is called that.
            RunUnknown: There is no such run.
            RunRefused: The run cannot go on as it was begun.
        """
        found = None
        if wish.run_id:
            found = self.app.run_store.run(wish.run_id)
            head = found.head
            wish = replace(wish, name=composed_path(head.tool), arguments=head.arguments, cwd=head.cwd)
        node = self._node(wish.name)
        call = self._call(wish, node)
        if found is not None:
            self._refuse_other(found, self.tools.composed.plan(call))
        follower = Follower(tell)
        with followed(follower):
            result = self.tools.gate.call(call, cancel or self._stop)
        return self._outcome(node, result, follower.run)

    def decide(self, grant_id: str, *, approved: bool, by: str) -> Grant:
        """Write down what a person said to a question.

        Raises:
            GrantUnknown: There is no such question.
            GrantNotPending: It has been answered.
        """
        until = self.app.clock.now_s() + GIVEN_FOR_S
        grant = self.app.grant_store.decide(grant_id, approved=approved, by=by, uses=1, until_s=until)
        self.app.audit_log.append(grant_entry(grant))
        return grant

    def runs(self, *, most: int) -> tuple[ComposedRun, ...]:
        """Give the newest runs."""
        return self.app.run_store.runs(most=most)

    def run_status(self, run_id: str) -> ComposedRun:
        """Give a run as it stands; raises RunUnknown."""
        return self.app.run_store.run(run_id)

    def close(self) -> None:
        """End what was begun: calls are cancelled, servers ended."""
        self._stop.set()
        self.tools.close()

    def _ready(self) -> None:
        _ = self.tools.gate

    def _follow_library(self) -> None:
        """Take what became of the library's tools into the tree; a call sees them as they are."""
        try:
            stamp = self.app.library.stamp()
        except OSError:
            stamp = ""
        if stamp != self._seen:
            self.tools.tree.refresh()
            self._seen = stamp

    def _node(self, name: str) -> Capability:
        self._ready()
        self._follow_library()
        node = self.tools.tree.find(name)
        if node is None:
            raise ToolUnknown(f"no tool is called {name!r}", hint="see `skillstrata tools list`")
        self.tools.freshen(node)
        return self.tools.tree.at(node.path) or node

    def _allowed(self, blueprints: tuple[Blueprint, ...]) -> frozenset[str] | None:
        """Give the paths that the innermost blueprint leaves, each bounded by the one around it; None for all."""
        if not blueprints:
            return None
        tree, given = self.tools.with_all(), None
        for blueprint in blueprints:
            given = resolve(blueprint, tree, given)
        return frozenset() if given is None else frozenset(given.paths)

    def _call(self, wish: CallWish, node: Capability) -> ToolCall:
        limits = self.app.settings.compose.limits
        tool = self.tools.composed.tool_at(node.path)
        skill = "" if tool is None else tool.skill
        allowed = self._allowed(wish.blueprints)
        call = ToolCall(
            node.path,
            wish.arguments,
            Caller(wish.surface, wish.cwd, wish.session or session_of(self.app), skill, allowed=allowed),
            # A program of the library has limits of its own, and its environment may have to be built first.
            timeout_s=limits.run_s if node.kind in _WHOLE else limits.step_s,
            out_dir=wish.out_dir,
        )
        return self.tools.with_plan(call)

    def _refuse_other(self, run: ComposedRun, plan: Plan | None) -> None:
        if run.status == "done":
            raise RunRefused(f"run {run.head.run_id} is done", hint=f"`skillstrata tools runs {run.head.run_id}`")
        if plan is None or plan.digest != run.head.digest or self.tools.composed.waiting(plan.digest) is None:
            raise RunRefused(
                f"run {run.head.run_id} ({run.status}) cannot go on: it has ended, or its tool, a tool it uses, or the "
                "policy is not as it was",
                hint="begin a new run; what is done stands in the record",
            )

    def _outcome(self, node: Capability, result: ToolResult, run: ComposedRun | None) -> CallOutcome:
        fault = result.fault
        grant = None
        if fault is not None and fault.approval_id:
            grants = self.app.grant_store.grants(self.app.clock.now_s())
            grant = next((one for one in grants if one.id == fault.approval_id), None)
        return CallOutcome(
            node.name,
            "ok" if fault is None else _STATES.get(fault.type, "failed"),
            result.output,
            result.content,
            "" if run is None else run.head.run_id,
            () if run is None else run.steps,
            fault,
            grant,
            ms=result.ms,
            arising=grant is not None and grant.path != node.path,
        )
