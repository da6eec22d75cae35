"""Compile, look, remove and follow runs over MCP: as JSON-RPC methods, and as tools for clients that have no others.

    skills.codegen · skills.codegen.status · skills.codegen.remove · skills.run.status

In     params of a request, or arguments of a tool's call: the same ones
Out    the objects that the command line prints with --json
Never  gives leave for a call: that is a person's, by a question of the client or on the command line
"""

import logging
from collections.abc import Awaitable, Callable
from typing import cast

import jsonschema_rs
import mcp_types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from pydantic import ConfigDict

from skillstrata.app import json_tools
from skillstrata.app.use_cases.serving_tools import ServedTools
from skillstrata.records.errors import StrataError
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.surfaces.mcp_server.answers import error_body
from skillstrata.surfaces.mcp_server.calls import Arguments, checked
from skillstrata.surfaces.mcp_server.wires import Wire

CODEGEN, STATUS, REMOVE, RUN = "skills.codegen", "skills.codegen.status", "skills.codegen.remove", "skills.run.status"
Context = ServerRequestContext[Wire]
Ask = Callable[[Callable[[], JsonObject]], Awaitable[JsonObject]]
_logger = logging.getLogger("skillstrata.mcp")
_NAME: JsonObject = {"type": "string", "minLength": 1, "maxLength": 1024}
INPUTS: dict[str, JsonObject] = {
    CODEGEN: {
        "type": "object",
        "properties": {
            "skill": {**_NAME, "description": "A skill's id or name, or the path of its file; all skills without it."}
        },
        "additionalProperties": False,
    },
    STATUS: {"type": "object", "properties": {}, "additionalProperties": False},
    REMOVE: {
        "type": "object",
        "properties": {"name": {**_NAME, "description": "A compiled tool's name: skill_…"}},
        "required": ["name"],
        "additionalProperties": False,
    },
    RUN: {
        "type": "object",
        "properties": {"run_id": {**_NAME, "description": "A run, as the call of its tool named it."}},
        "required": ["run_id"],
        "additionalProperties": False,
    },
}
CHECKS = {name: jsonschema_rs.validator_for(schema) for name, schema in INPUTS.items()}
_TEXTS = {
    CODEGEN: ("Compile skills into tools", "Compile skills that declare a `tool_schema` into tools: one, or all."),
    STATUS: ("Compiled tools", "Say which tools are compiled from skills, which are stale, and what did not compile."),
    REMOVE: ("Remove a compiled tool", "Remove a tool that was compiled from a skill; the skill itself stays."),
    RUN: ("Status of a run", "Say how a run of a composed tool stands: its steps, what it waits for, its output."),
}
_READS = frozenset({STATUS, RUN})


def tools() -> list[mcp_types.Tool]:
    """Define the four tools."""
    return [
        mcp_types.Tool(
            name=name,
            title=title,
            description=about,
            input_schema=INPUTS[name],
            annotations=mcp_types.ToolAnnotations(
                read_only_hint=name in _READS,
                destructive_hint=name == REMOVE,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )
        for name, (title, about) in _TEXTS.items()
    ]


class _Params(mcp_types.RequestParams):
    """Whatever a method takes; held against the same schema as a tool's arguments."""

    model_config = ConfigDict(extra="allow")


class Codegen:
    """The methods and what the tools do."""

    def __init__(self, served: ServedTools, ask: Ask, changed: Callable[[], None]) -> None:
        """Keep whom to ask, how to do so beside the loop, and who is told of changes."""
        self._served = served
        self._ask = ask
        self._changed = changed

    async def answer(self, name: str, arguments: Arguments) -> JsonObject:
        """Do what a tool or method says.

        Raises:
            StrataError: Of the use case, or ArgumentsInvalid.
        """
        checked(CHECKS[name], arguments, name, "follow the tool's input schema")
        served = self._served
        if name == CODEGEN:
            return await self._ask(lambda: self._compiled(arguments.get("skill")))
        if name == STATUS:
            return await self._ask(lambda: json_tools.compile_status_json(served.status()))
        if name == REMOVE:
            return await self._ask(lambda: self._removed(str(arguments["name"])))
        return await self._ask(lambda: json_tools.run_json(served.run_status(str(arguments["run_id"]))))

    def _compiled(self, skill: Json) -> JsonObject:
        value = json_tools.compile_json(self._served.compile((skill,) if isinstance(skill, str) else ()))
        if value["compiled"] or value["removed"]:
            self._changed()
        return value

    def _removed(self, name: str) -> JsonObject:
        gone = self._served.remove(name)
        self._changed()
        return {"removed": [*gone]}

    def add_to(self, server: Server[Wire]) -> None:
        """Take the methods."""
        for name in INPUTS:
            server.add_request_handler(name, _Params, self._method(name))

    def _method(self, name: str) -> Callable[[Context, _Params], Awaitable[dict[str, object]]]:
        async def handle(_ctx: Context, params: _Params) -> dict[str, object]:
            given = cast("JsonObject", params.model_extra or {})
            arguments = {key: value for key, value in given.items() if not key.startswith("_")}
            try:
                return cast("dict[str, object]", await self.answer(name, arguments))
            except StrataError as error:
                body = error_body(error.code, error.message, error.hint, error.retry.value)
                raise MCPError(mcp_types.INVALID_PARAMS, error.message, body) from error
            except MCPError:
                raise
            except Exception as error:
                _logger.exception("%s", name)
                said = "the server failed inside; its log on stderr says where"
                raise MCPError(mcp_types.INTERNAL_ERROR, said) from error

        return handle
