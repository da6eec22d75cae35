"""Tools of the library as a client sees them, made once for each state of the library.

In     the tools that use has proven
Out    definitions in the order of their names, and whose name in the list is whose
Never  takes a name that another tool of the list has, as clients write it; lists what would fill an agent's context
"""

import re
from collections.abc import Iterable

import mcp_types
import orjson

from skillstrata.records.qualities import ListedTool

# Some 1,000 tokens: with 24 tools, a list no longer than an agent's own. A tool above it is found by searching.
MOST_CHARS = 4_000
PREFIX = "library_"
_GIVES = " Gives the paths of the files it wrote to a fresh folder, or its text."
# What hosts accept. One refuses a whole request, with every tool in it, for one name that is not so.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ARGUMENT = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_ODD = re.compile(r"[^a-z0-9]")


class Definitions:
    """The definitions of one state; `names` leads from a name in the list to the tool's own."""

    def __init__(self, tools: Iterable[ListedTool], taken: Iterable[str], networked: frozenset[str]) -> None:
        """Make the definitions. `taken` are names that mean another tool; `networked` tools may reach the network."""
        by_name = {tool.name: tool for tool in tools if _fits(tool)}
        given = names_in_list(by_name, taken)
        self.names = {name: tool for name, tool in given.items() if _NAME.fullmatch(name)}
        self.listed = [_definition(by_name[tool], name, reaches=tool in networked) for name, tool in self.names.items()]


def names_in_list(tools: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Name tools in a list: by their own name, with `library_` before it where that is another tool's."""
    spoken = {_written(name) for name in taken}
    found: dict[str, str] = {}
    for tool in tools:
        name = tool
        while _written(name) in spoken:
            name = PREFIX + name
        spoken.add(_written(name))
        found[name] = tool
    return found


def _fits(tool: ListedTool) -> bool:
    if len(tool.name) + len(tool.description) + len(tool.schema) > MOST_CHARS:
        return False
    return all(_ARGUMENT.fullmatch(name) for name in orjson.loads(tool.schema)["properties"])


def _written(name: str) -> str:
    """Give what a name is to whoever reads it: signs between words and capitals tell no two tools apart."""
    return _ODD.sub("_", name.lower())


def _definition(tool: ListedTool, name: str, *, reaches: bool) -> mcp_types.Tool:
    return mcp_types.Tool(
        name=name,
        title=tool.name,
        description=tool.description + _GIVES,
        input_schema=orjson.loads(tool.schema),
        annotations=mcp_types.ToolAnnotations(
            read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=reaches
        ),
    )
