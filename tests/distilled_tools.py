"""Library tools behind the capability tree, with a use case that only says or only waits, for tests of the backend.

In     a folder
Out    an App with two tools, `say` and `wait`; the wishes that came
"""

from dataclasses import dataclass, field
from pathlib import Path

from skillstrata.app.distilled_backend import DistilledTools
from skillstrata.app.reports import CallError, CallReport, CallRequest
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import App, open_app
from skillstrata.records.contracts import Contract, Param, ToolOutput
from skillstrata.records.failures import ToolUnknown
from skillstrata.records.sandbox_runs import Limits, SandboxJob
from skillstrata.records.tools import Tool

LIMITS = Limits(cpu_s=20, wall_s=40.0, memory_bytes=800_000_000)


def _tool(name: str, *inputs: Param) -> Tool:
    outputs = (ToolOutput("output", "text", ("text/plain",)),)
    return Tool(name, "distilled", Contract(f"Say {name}.", "convert", inputs, outputs, limits=LIMITS), ())


@dataclass
class Library:
    """What the backend asks of a library."""

    held: tuple[Tool, ...] = (
        _tool("say", Param("input", "file", ("text/plain",))),
        _tool("wait"),
    )

    def stamp(self) -> str:
        return str(len(self.held))

    def tools(self) -> tuple[Tool, ...]:
        return self.held

    def tool(self, name: str) -> Tool:
        found = next((one for one in self.held if one.name == name), None)
        if found is None:
            raise ToolUnknown(f"no tool is called {name!r}", hint="see `skillstrata ls`")
        return found


@dataclass
class Calls:
    """The use case: a program that says something at once, or one in the sandbox that has no end."""

    came: list[CallRequest] = field(default_factory=list)

    def run(self, app: App, request: CallRequest) -> CallReport:
        self.came.append(request)
        if request.name == "say":
            return CallReport(True, "say", "main", 1, text="said")
        limits = Limits(wall_s=float(dict(request.limits)["wall_s"]))
        done = app.sandbox.run(SandboxJob(argv=("/bin/sh", "-c", "while :; do sleep 0.1; done"), limits=limits))
        why = CallError("call.limit", f"it broke the limit {done.limit!r}", "", "never")
        return CallReport(False, "wait", "main", 1, error=why)


def distilled_tools(folder: Path) -> tuple[DistilledTools, Calls]:
    """Make the backend over a data directory in a folder."""
    app = open_app(load_settings(data_dir=folder / "data", config=None, environ={"HOME": str(folder)}))
    app.__dict__["library"] = Library()
    calls = Calls()
    return DistilledTools(app, calls.run), calls
