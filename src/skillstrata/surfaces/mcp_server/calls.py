"""What each tool does: check the arguments, call one use case, give its report.

In     arguments as they came over the wire
Out    JSON-ready values; errors of ours
Never  runs a program on the loop: finding is in memory, calling happens in worker threads
"""

import datetime
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

import anyio
import anyio.to_thread
import jsonschema_rs
import orjson

from skillstrata.app import json_views
from skillstrata.app.reports import CallReport, CallRequest, SearchReport
from skillstrata.app.use_cases import running
from skillstrata.app.use_cases.finding import ToolFinder
from skillstrata.app.wiring import App
from skillstrata.records.contracts import Param
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.surfaces.mcp_server.answers import ArgumentsInvalid

Arguments = Mapping[str, Json]
Texts = tuple[tuple[str, str], ...]
Report = Callable[[int, int, str], Awaitable[None]]

STEPS = 3
_SHOWN_FAULTS = 10
_SHOWN_CHARS = 300
_DEFAULT_LIMIT = 5


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
    """The library at the counter: one per process."""

    def __init__(self, app: App, *, project: Path, outputs: Path) -> None:
        """Open nothing yet. `project` is what relative paths start from, `outputs` where fresh folders are made."""
        self._app = app
        self._project = project
        self._outputs = outputs
        self._finder = ToolFinder(app)
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
        name = str(arguments["name"])

        def work() -> JsonObject:
            return json_views.describe_json(self._finder.describe(name), orjson.loads(self._finder.schema(name)))

        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def call(self, arguments: Arguments, tell: Report) -> CallReport:
        """Run one tool; the loop stays free meanwhile."""
        name, given = str(arguments["name"]), arguments["arguments"]
        out_dir = self._out_dir(arguments.get("out_dir"))
        await tell(0, STEPS, f"start {name}")

        def prepared() -> Texts:
            return self._prepared(name, given if isinstance(given, dict) else {})

        fitting = await anyio.to_thread.run_sync(prepared, limiter=self._limiter)
        await tell(1, STEPS, "arguments fit; environment and sandbox")

        def work() -> CallReport:
            return running.run(self._app, CallRequest(name, fitting, str(out_dir), surface="mcp"))

        # A client that gives up gets its answer at once; the program in the sandbox ends by its own limits.
        report = await anyio.to_thread.run_sync(work, limiter=self._limiter, abandon_on_cancel=True)
        await tell(STEPS, STEPS, "done" if report.ok else "failed")
        return report

    def _prepared(self, name: str, given: Arguments) -> Texts:
        checked(self._check_for(name), given, name, f"call skills_describe with {name!r} and follow its schema")
        return self._absolute(self._finder.describe(name).tool.contract.inputs, given)

    def _check_for(self, name: str) -> jsonschema_rs.Validator:
        text = self._finder.schema(name)
        kept = self._checks.get(name)
        if kept is None or kept[0] != text:
            kept = self._checks[name] = (text, jsonschema_rs.validator_for(orjson.loads(text)))
        return kept[1]

    def _absolute(self, params: Iterable[Param], given: Arguments) -> Texts:
        files = {param.name for param in params if param.kind in {"file", "path"}}
        texts = {
            name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in given.items()
        }
        return tuple(
            (name, str(self._project / Path(text).expanduser()) if name in files else text)
            for name, text in texts.items()
        )

    def _out_dir(self, given: Json) -> Path:
        if isinstance(given, str):
            return self._project / Path(given).expanduser()
        today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        return self._outputs / f"{today}-{secrets.token_hex(4)}"
