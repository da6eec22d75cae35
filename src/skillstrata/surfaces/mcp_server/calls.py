"""The library at the counter: find, describe and call its tools, and list those that have a name of their own there.

In     arguments as they came over the wire
Out    JSON-ready values, definitions; errors of ours
Never  runs a program on the loop: finding is in memory, calling happens in worker threads; calls past the gate
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

import anyio
import anyio.to_thread
import jsonschema_rs
import mcp_types
import orjson

from skillstrata.app import json_views
from skillstrata.app.capability_reports import CallOutcome, CallWish
from skillstrata.app.distilled_backend import FOLDER
from skillstrata.app.exposure import ToolNotOffered, refuse_call
from skillstrata.app.reports import SearchReport
from skillstrata.app.use_cases.finding import ToolFinder
from skillstrata.app.use_cases.serving_tools import ServedTools
from skillstrata.app.wiring import App
from skillstrata.records.contracts import Param
from skillstrata.records.failures import ToolDamaged, ToolUnknown
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.qualities import ListedTool, Visibility, visibility_of
from skillstrata.records.tools import Tool
from skillstrata.surfaces.mcp_server.answers import ArgumentsInvalid
from skillstrata.surfaces.mcp_server.listed_tools import PREFIX, Definitions

Arguments = Mapping[str, Json]
Report = Callable[[int, int, str], Awaitable[None]]
Made = CallOutcome | mcp_types.InputRequiredResult
Make = Callable[[CallWish], Awaitable[Made]]

STEPS = 3
_SHOWN_FAULTS = 10
_SHOWN_CHARS = 300
_MOST_PATH = 4_095
_DEFAULT_LIMIT = 5
_SURFACE = "mcp"


def checked(check: jsonschema_rs.Validator, arguments: Arguments, whose: str, hint: str) -> None:
    """Hold arguments against a schema.

    Raises:
        ArgumentsInvalid: They do not fit; every fault is named with its place.
    """
    if check.is_valid(arguments):
        return
    faults = [
        f"/{'/'.join(map(str, e.instance_path))}: {e.message[:_SHOWN_CHARS]}" for e in check.iter_errors(arguments)
    ]
    raise ArgumentsInvalid(f"arguments of {whose} do not fit: {'; '.join(faults[:_SHOWN_FAULTS])}", hint=hint)


class Desk:
    """The library's tools: one per process, for all connections."""

    def __init__(self, app: App, served: ServedTools, *, project: Path) -> None:
        """Open nothing yet. `project` is what relative paths start from."""
        self._app = app
        self._served = served
        self._project = project
        self._finder = ToolFinder(app)
        self._networked = frozenset(tool for tool, hosts in app.settings.network if hosts)
        self._made: tuple[tuple[ListedTool, ...], frozenset[str], Definitions] | None = None
        self._checks: dict[str, tuple[str, jsonschema_rs.Validator]] = {}
        self._limiter = anyio.CapacityLimiter(app.settings.calls_parallel)

    def search(self, arguments: Arguments) -> SearchReport:
        """Find tools for a few words."""
        kind, limit = arguments.get("kind"), arguments.get("limit")
        return self._finder.search(
            str(arguments["query"]),
            limit=int(limit) if isinstance(limit, int | float) else _DEFAULT_LIMIT,
            kind=None if kind is None else str(kind),
        )

    async def describe(self, arguments: Arguments) -> JsonObject:
        """Give one tool whole."""
        name = self.own_name(str(arguments["name"]))

        def work() -> JsonObject:
            found = self._finder.describe(name)
            return _told(found.tool, json_views.describe_json(found, orjson.loads(self._finder.schema(name))))

        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def listed(self, taken: frozenset[str]) -> list[mcp_types.Tool]:
        """Give the definitions of the tools that use has proven; `taken` are names that mean another tool."""
        made = await anyio.to_thread.run_sync(lambda: self._definitions(taken), limiter=self._limiter)
        return made.listed

    async def meant(self, name: str) -> str | None:
        """Give the library's tool that is called by a name in the list, as that is now; None where there is none.

        Raises:
            ToolNotOffered: It has no place in the list any more.
            ToolDamaged: Its folder cannot be read.
        """
        return await anyio.to_thread.run_sync(lambda: self._meant(name), limiter=self._limiter)

    def own_name(self, name: str) -> str:
        """Give a tool's own name for the one it has in the list; any other name as it is."""
        return name if self._made is None else self._made[2].names.get(name, name)

    def schema(self, name: str) -> "JsonObject | None":
        """Give the schema of the arguments of a listed tool, for whoever checks headers."""
        listed = () if self._made is None else self._made[2].listed
        return next((tool.input_schema for tool in listed if tool.name == name), None)

    async def call(self, wish: CallWish, tell: Report, make: Make) -> Made:
        """Call one tool by its own name; the loop stays free meanwhile. `make` takes the wish to the gate."""
        await tell(0, STEPS, f"start {wish.name}")
        ready = await anyio.to_thread.run_sync(lambda: self._ready(wish), limiter=self._limiter)
        await tell(1, STEPS, "arguments fit; environment and sandbox")
        outcome = await make(ready)
        if isinstance(outcome, CallOutcome):
            await tell(STEPS, STEPS, "done" if outcome.fault is None else "failed")
        return outcome

    def _definitions(self, taken: frozenset[str]) -> Definitions:
        tools, made = self._served.of_library(), self._made
        if made is None or made[0] is not tools or made[1] != taken:
            made = self._made = (tools, taken, Definitions(tools, taken, self._networked))
        return made[2]

    def _meant(self, name: str) -> str | None:
        try:
            tool = self._app.library.tool(self.own_name(name).removeprefix(PREFIX))
        except ToolDamaged:
            raise
        except ToolUnknown:
            return None
        refuse_call(tool, _SURFACE)
        level = visibility_of(tool.visibility)
        if level < Visibility.LISTED:
            raise ToolNotOffered(
                f"the tool {tool.name!r} is {level.word}: it has no name of its own in the list",
                hint=f'call skills_call with {{"name": "{tool.name}", "arguments": …}}; the arguments are the same',
            )
        return tool.name

    def _ready(self, wish: CallWish) -> CallWish:
        """Check a wish, and give it as the gate takes it."""
        tool = self._app.library.tool(wish.name)
        # Before its arguments: who may not call it is not told how.
        refuse_call(tool, _SURFACE)
        checked(
            self._check_for(tool.name),
            wish.arguments,
            wish.name,
            f"call skills_describe with {tool.name!r} and follow its schema",
        )
        return CallWish(
            f"{FOLDER}/{tool.name}",
            self._absolute(tool.contract.inputs, wish.arguments),
            wish.cwd,
            surface=_SURFACE,
            session=wish.session,
            out_dir=self._place("out_dir", wish.out_dir) if wish.out_dir else "",
        )

    def _check_for(self, name: str) -> jsonschema_rs.Validator:
        text = self._finder.schema(name)
        kept = self._checks.get(name)
        if kept is None or kept[0] != text:
            kept = self._checks[name] = (text, jsonschema_rs.validator_for(orjson.loads(text)))
        return kept[1]

    def _absolute(self, params: Iterable[Param], given: Arguments) -> JsonObject:
        files = {param.name for param in params if param.kind in {"file", "path"}}
        return {
            name: self._place(name, value) if name in files and isinstance(value, str) else value
            for name, value in given.items()
        }

    def _place(self, name: str, given: str) -> str:
        """Give a path as the gate takes it, absolute; raises ArgumentsInvalid for what is none."""
        try:
            path = self._project / Path(given).expanduser()
        except RuntimeError:
            # `~` of somebody who has no home here.
            path = Path("\0")
        if "\0" in str(path) or len(str(path)) > _MOST_PATH:
            raise ArgumentsInvalid(
                f"/{name}: {given[:_SHOWN_CHARS]!r} is no path here",
                hint="give an absolute path, or one relative to the project folder",
            )
        return str(path)


def _told(tool: Tool, told: JsonObject) -> JsonObject:
    """Add why a tool that is found may not be called."""
    try:
        refuse_call(tool, _SURFACE)
    except ToolNotOffered as why:
        return {**told, "note": f"not callable yet: {why.message}; {why.hint}"}
    return told
