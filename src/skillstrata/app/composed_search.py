"""Composed tools found by words, in the way that the library's tools are.

In     compiled tools, a query
Out    hits with the same fields as every other search
"""

from typing import cast

import orjson

from skillstrata.app.reports import SearchHit, SearchReport
from skillstrata.library import ToolSearch
from skillstrata.records.composed_tools import ComposedTool
from skillstrata.records.contracts import Contract, Param, ToolOutput
from skillstrata.records.json_values import Json
from skillstrata.records.tools import Quality, Tool

KIND = "composed"
_PLAIN = frozenset({"string", "integer", "number", "boolean"})


class ComposedSearch:
    """An index over compiled tools, made again where they changed."""

    def __init__(self) -> None:
        """Index nothing yet."""
        self._made: tuple[tuple[ComposedTool, ...], ToolSearch] | None = None

    def search(self, tools: tuple[ComposedTool, ...], query: str, *, limit: int) -> SearchReport:
        """Give the tools that fit, best first."""
        if self._made is None or self._made[0] is not tools:
            self._made = (tools, ToolSearch(tuple(map(_as_tool, tools))))
        notes = {tool.name: _note(tool) for tool in tools}
        found = self._made[1].search(query, limit=limit, kind=KIND)
        hits = tuple(SearchHit(tool, Quality(), score, notes[tool.name]) for tool, score in found)
        return SearchReport(hits, abstained=not hits)


def _note(tool: ComposedTool) -> str:
    return f"{tool.title}: {', '.join(step.tool for step in tool.steps)}; needs {tool.approval.word}"


def _as_tool(tool: ComposedTool) -> Tool:
    words = " ".join((tool.title, *tool.aliases))
    contract = Contract(
        purpose=f"{tool.description} ({words})",
        verb="",
        inputs=_params(tool.input_schema),
        outputs=(ToolOutput("output", "json", ("application/json",)),),
    )
    return Tool(tool.name, KIND, contract, (), aliases=tool.aliases)


def _params(schema: str) -> tuple[Param, ...]:
    found = cast("Json", orjson.loads(schema))
    properties = found.get("properties") if isinstance(found, dict) else None
    needed = found.get("required") if isinstance(found, dict) else None
    required = set(map(str, needed)) if isinstance(needed, list) else set[str]()
    if not isinstance(properties, dict):
        return ()
    return tuple(Param(name, _kind(one), required=name in required) for name, one in properties.items())


def _kind(schema: Json) -> str:
    kind = schema.get("type") if isinstance(schema, dict) else None
    return kind if isinstance(kind, str) and kind in _PLAIN else "json"
