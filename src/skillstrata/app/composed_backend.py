"""Composed tools as nodes of the capability tree: a call is a run, and a call again goes on with a run that waits.

In     compiled tools, the engine, the store of runs
Out    nodes; the output of a run, or why there is none
Never  begins a run anew where one with the same plan waits; calls a tool that has changed since it was compiled
"""

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from skillstrata.compose.composed_nodes import COMPOSED_KIND, capability_of
from skillstrata.compose.planning import plan_of
from skillstrata.compose.run_answers import answer_of, error_answer
from skillstrata.compose.running import Engine, Manner
from skillstrata.ports.run_store import RunStore
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.capabilities import Capability
from skillstrata.records.composed_runs import ComposedRun, Plan
from skillstrata.records.composed_tools import ComposedLibrary, ComposedTool
from skillstrata.records.errors import StrataError
from skillstrata.records.failures import RunRefused, RunUnknown
from skillstrata.records.tool_calls import ToolCall, ToolFault, ToolResult

_GOES_ON = frozenset({"waiting_approval", "running"})
_MOST_LOOKED_AT = 1_000
Progress = Callable[[float, float, str], None]


@dataclass(slots=True)
class Follower:
    """Somebody who follows the outermost run of a call: is told its progress, and finds it here when it is over."""

    tell: Progress | None = None
    run: ComposedRun | None = None


_FOLLOWER: ContextVar[Follower | None] = ContextVar("follower", default=None)


@contextmanager
def followed(follower: Follower) -> Generator[None]:
    """Let a call that this thread makes be followed."""
    token = _FOLLOWER.set(follower)
    try:
        yield
    finally:
        _FOLLOWER.reset(token)


def _nothing(_plan: Plan) -> None:
    return None


@dataclass(slots=True)
class Composing:
    """What composed tools work with; `engine` and `vouch` come with the gate, which calls composed tools in turn."""

    library: Callable[[], ComposedLibrary]
    lookup: Callable[[str], Capability | None]
    runs: RunStore
    policy_version: Callable[[], str]
    vouch: Callable[[Plan], None] = _nothing
    engine: Engine | None = None


class ComposedTools:
    """Fulfils ToolBackend over the compiled tools."""

    def __init__(self, parts: Composing) -> None:
        """Read nothing yet."""
        self._parts = parts
        self._lock = threading.Lock()
        self._made: tuple[ComposedLibrary, tuple[Capability, ...]] | None = None

    def capabilities(self) -> tuple[Capability, ...]:
        """List the compiled tools; one that is stale is listed, with why it cannot be called."""
        library = self._parts.library()
        with self._lock:
            if self._made is None or self._made[0] is not library:
                self._made = (library, tuple(sorted(map(capability_of, library.tools), key=lambda node: node.path)))
            return self._made[1]

    def tool_at(self, path: str) -> ComposedTool | None:
        """Give the compiled tool at a path."""
        name = path.removeprefix(f"{COMPOSED_KIND}/")
        return next((tool for tool in self._parts.library().tools if tool.name == name), None)

    def skills_of(self, stack: tuple[str, ...]) -> tuple[str, ...]:
        """Give the skills whose tools are running, the outermost first."""
        return tuple(tool.skill for path in stack if (tool := self.tool_at(path)) is not None)

    def plan(self, call: ToolCall) -> Plan | None:
        """Give what a call would do; None where no composed tool is at its path."""
        tool = self.tool_at(call.path)
        if tool is None:
            return None
        return self._plan(tool, call)

    def _plan(self, tool: ComposedTool, call: ToolCall) -> Plan:
        parts, cwd = self._parts, call.caller.cwd
        return plan_of(tool, call.arguments, parts.lookup, cwd, parts.policy_version(), inner=self.tool_at)

    def waiting(self, digest: str) -> ComposedRun | None:
        """Give the newest run with this plan that can be gone on with."""
        return next(iter(self.all_waiting(digest)), None)

    def all_waiting(self, digest: str) -> Iterator[ComposedRun]:
        """Give the runs with this plan that can be gone on with, newest first: they wait, or their process has ended.

        One that somebody is at work on is theirs: the same call beside it is a run of its own, with leave of its own.
        """
        store = self._parts.runs
        runs = (run for run in store.runs(most=_MOST_LOOKED_AT, plan=digest) if run.status in _GOES_ON)
        return (run for run in runs if not store.is_held(run.head.run_id))

    def call(self, call: ToolCall, cancel: Cancellation) -> ToolResult:
        """Run a composed tool, or go on with the run that waits."""
        engine, tool = self._parts.engine, self.tool_at(call.path)
        if tool is None or engine is None:
            return ToolResult(fault=ToolFault("unavailable", f"no tool is compiled at {call.path}"), sent=False)
        follower = None if call.caller.run_id else _FOLLOWER.get()
        tell = None if follower is None else follower.tell
        try:
            run = self._run(engine, tool, call, Manner(cancel=cancel, progress=tell, tainted=call.tainted))
        except StrataError as error:
            return error_answer(error)
        if follower is not None:
            follower.run = run
        return answer_of(run)

    def _run(self, engine: Engine, tool: ComposedTool, call: ToolCall, manner: Manner) -> ComposedRun:
        caller, plan = call.caller, self._plan(tool, call)
        self._parts.vouch(plan)
        manner = replace(manner, plan=plan, timeout_s=call.timeout_s, grant=call.grant_id)
        if call.run_id and not caller.run_id:
            try:
                return engine.resume(call.run_id, tool, manner, caller=caller)
            except (RunRefused, RunUnknown):
                # It ended meanwhile: a leave that was used for it before does not begin another one.
                if not call.grant_id:
                    raise
        # A step's own run is known by the step; what somebody calls without having to ask is known by its plan.
        open_run = None if caller.run_id or call.grant_id else self.waiting(plan.digest)
        if open_run is None:
            return engine.start(tool, call.arguments, caller, manner)
        return engine.resume(open_run.head.run_id, tool, manner, caller=caller)

    def close(self) -> None:
        """Nothing is kept open: what steps call is closed by whoever has it."""
