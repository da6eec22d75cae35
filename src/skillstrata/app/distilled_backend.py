"""The library's tools as nodes of the capability tree: proven programs that a step can call.

In     the App; calls with arguments that fit the contract
Out    the object of `run --json`; files in a fresh folder below the data directory
Never  raises; writes over a file; lets a call reach more of the network than the user granted
"""

import hashlib
import json
import logging
import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson

from skillstrata.app import json_views
from skillstrata.app.json_call_schema import CALL_OUTPUT
from skillstrata.app.outputs import OutputPlanted, refuse_closed
from skillstrata.app.reports import CallReport, CallRequest
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import call_outputs
from skillstrata.library import call_schema
from skillstrata.library.told_text import told_contract
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import LIBRARY_OWNER, Capability, Effects
from skillstrata.records.errors import StrataError
from skillstrata.records.failures import SandboxUnavailable
from skillstrata.records.json_values import JsonObject
from skillstrata.records.qualities import Visibility, visibility_of
from skillstrata.records.tool_calls import ToolCall, ToolFault, ToolResult
from skillstrata.records.tools import Tool

FOLDER = "distilled"
Run = Callable[[App, CallRequest], CallReport]
OUTPUT_SCHEMA = json.dumps(CALL_OUTPUT, sort_keys=True, separators=(",", ":"))
_LOOK_S = 0.05
_SPARE_S = 0.5
_FILES = frozenset({"file", "path"})
_FAULTS = {
    "library.tool_unknown": "unavailable",
    "library.tool_damaged": "unavailable",
    "library.not_offered": "unavailable",
    "call.arguments_invalid": "invalid_arguments",
    "call.wrong_input_type": "invalid_arguments",
    "disk.file_unreadable": "invalid_arguments",
}
_logger = logging.getLogger("skillstrata.tools")


class DistilledTools:
    """Fulfils ToolBackend over the library. Its methods may be called from any thread."""

    def __init__(self, app: App, run: Run) -> None:
        """Read nothing yet. `run` is the use case that calls a tool."""
        self._app = app
        self._run = run
        self._reading = threading.Lock()
        self._stamp = ""
        self._nodes: tuple[Capability, ...] = ()
        self._listed: tuple[Tool, ...] = ()

    def capabilities(self) -> tuple[Capability, ...]:
        """List the tools of the library; it is read again where it changed."""
        with self._reading:
            try:
                stamp = self._app.library.stamp()
                if stamp != self._stamp:
                    tools = self._app.library.tools()
                    self._nodes = tuple(sorted(map(self._node, tools), key=lambda one: one.path))
                    self._listed = tuple(t for t in tools if visibility_of(t.visibility) >= Visibility.LISTED)
                    self._stamp = stamp
            except (StrataError, OSError):
                self._nodes, self._listed, self._stamp = (), (), ""
            return self._nodes

    def listed(self) -> tuple[str, tuple[Tool, ...]]:
        """Give the tools that use has proven, and the stamp of the library they are of; "" where there is none."""
        self.capabilities()
        with self._reading:
            return self._stamp, self._listed

    def call(self, call: ToolCall, cancel: Cancellation) -> ToolResult:
        """Run one tool in the sandbox."""
        name = call.path.removeprefix(f"{FOLDER}/")
        if not call.path.startswith(f"{FOLDER}/"):
            return _failed("unavailable", f"there is no tool at {call.path}", sent=False)
        try:
            tool = self._app.library.tool(name)
        except StrataError as error:
            return _refused(error, "unavailable")
        if cancel.is_set():
            return _failed("cancelled", "cancelled before it began", sent=False)
        refused = _outside(self._app, tool, call)
        if refused is not None:
            return refused
        request = CallRequest(
            name,
            _texts(tool, call),
            call.out_dir or call_outputs(self._app).fresh(call.caller.session),
            surface=call.caller.surface,
            limits=_limits(tool, call),
        )
        return _waited(self._app, lambda: self._run(self._app, request), call.timeout_s, cancel)

    def close(self) -> None:
        """Nothing is kept open."""

    def _node(self, tool: Tool) -> Capability:
        networked = bool(dict(self._app.settings.network).get(tool.name))
        schema = call_schema(tool.contract)
        bodies = [[b.name, b.active, [v.body_digest for v in b.versions]] for b in tool.branches]
        told = [tool.name, tool.contract.purpose, schema, OUTPUT_SCHEMA, networked, bodies]
        return Capability(
            path=f"{FOLDER}/{tool.name}",
            name=tool.name,
            title=tool.name,
            owner=LIBRARY_OWNER,
            kind="distilled",
            description=told_contract(tool.contract).purpose,
            input_schema=schema,
            output_schema=OUTPUT_SCHEMA,
            # What it may reach was granted by the user, and what it reads is named in the call.
            approval=Approval.DATA_EXPORT if networked else Approval.NONE,
            effects=Effects(read_only=False, destructive=False, idempotent=not networked, open_world=networked),
            definition=hashlib.sha256(orjson.dumps(told)).hexdigest(),
            needs=("fs.read", "net") if networked else ("fs.read",),
            aliases=tool.aliases,
        )


def _texts(tool: Tool, call: ToolCall) -> tuple[tuple[str, str], ...]:
    files = {param.name for param in tool.contract.inputs if param.kind in _FILES}
    found: list[tuple[str, str]] = []
    for name, value in call.arguments.items():
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        found.append((name, str(Path(call.caller.cwd) / text) if name in files else text))
    return tuple(found)


def _limits(tool: Tool, call: ToolCall) -> tuple[tuple[str, int], ...]:
    """Give the contract's limits, lowered to the time the call has and to what policy leaves it."""
    asked, most = tool.contract.limits, call.bounds.limits
    wall = ("wall_s", max(1, min(math.ceil(asked.wall_s), math.ceil(call.timeout_s))))
    if most is None:
        return (wall,)
    left = asked.within(most)
    named = (("cpu_s", left.cpu_s), ("memory_bytes", left.memory_bytes), ("output_bytes", left.output_bytes))
    return (wall, *named)


def _outside(app: App, tool: Tool, call: ToolCall) -> ToolResult | None:
    """Refuse files outside the folders that a layer of policy leaves, and outputs among what this program keeps."""
    outside = _out_of_roots(tool, call)
    if outside:
        return _failed("denied", outside, "policy `roots` leave no other", sent=False)
    try:
        if call.out_dir:
            refuse_closed(app, Path(call.out_dir))
    except OutputPlanted as error:
        return _refused(error, "denied")
    return None


def _out_of_roots(tool: Tool, call: ToolCall) -> str:
    """Say which file lies outside the folders that a layer of policy leaves; "" where none does."""
    given = dict(_texts(tool, call))
    named = [given[p.name] for p in tool.contract.inputs if p.kind in _FILES and p.name in given]
    for path in (*named, call.out_dir) if call.bounds.roots else ():
        real = Path(os.path.realpath(path))
        for layer in call.bounds.roots if path else ():
            if not any(real.is_relative_to(os.path.realpath(root)) for root in layer):
                return f"{path} lies outside {', '.join(layer)}"
    return ""


def _waited(app: App, work: Callable[[], CallReport], timeout_s: float, cancel: Cancellation) -> ToolResult:
    """Wait for a run in a thread of its own; where nobody waits any more, the sandbox is told to end it."""
    begun = time.monotonic()
    done, stop = threading.Event(), threading.Event()
    answer: list[ToolResult] = []
    broken: list[Exception] = []

    def run() -> None:
        try:
            with app.stoppable(stop):
                answer.append(_answered(work))
        except Exception as error:
            # It is raised where somebody waits for the answer, and told there.
            _logger.debug("a call of a tool broke", exc_info=True)
            broken.append(error)
        finally:
            done.set()

    threading.Thread(target=run, name="library-tool", daemon=True).start()
    # The program is stopped at the sandbox's own limit, and saying so takes a moment.
    until = begun + timeout_s + _SPARE_S
    gave_up: ToolResult | None = None
    while gave_up is None and not done.wait(_LOOK_S):
        if cancel.is_set():
            gave_up = _failed("cancelled", "the call was cancelled")
        elif time.monotonic() >= until:
            gave_up = _failed("timeout", f"no answer within {timeout_s:g} s", "give the step a longer timeout")
    stop.set()
    if gave_up is not None:
        done.wait(_SPARE_S)
    if gave_up is None and broken:
        raise broken[0]
    return replace(gave_up or answer[0], ms=(time.monotonic() - begun) * 1000)


def _answered(work: Callable[[], CallReport]) -> ToolResult:
    try:
        report = work()
    except SandboxUnavailable as error:
        return _refused(error, "unavailable")
    except StrataError as error:
        return _refused(error, "tool_error")
    except OSError as error:
        return _failed("tool_error", f"the tool could not be run: {error.strerror}", sent=False)
    value: JsonObject = json_views.call_json(report)
    text = orjson.dumps(value).decode()
    if report.unrecorded:
        _logger.warning("a use of %s was not recorded: %s", report.tool, report.unrecorded)
    if report.error is None:
        return ToolResult(value, text)
    kind = "timeout" if report.error.code == "call.limit" and "wall" in report.error.message else "tool_error"
    told = report.error
    return ToolResult(None, text, ToolFault(kind, told.message, told.hint, code=told.code, retry=told.retry))


def _refused(error: StrataError, otherwise: str) -> ToolResult:
    """Give an error of ours, before which nothing was run; `otherwise` is the kind of those that have none here."""
    kind = _FAULTS.get(error.code, otherwise)
    fault = ToolFault(kind, error.message, error.hint, code=error.code, retry=error.retry.value)
    return ToolResult(fault=fault, sent=False)


def _failed(kind: str, message: str, hint: str = "", *, sent: bool = True) -> ToolResult:
    return ToolResult(fault=ToolFault(kind, message, hint), sent=sent)
