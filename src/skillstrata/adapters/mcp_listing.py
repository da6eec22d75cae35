"""The tools of a server, as it lists them and as they stand in the capability tree.

In     tools of a `tools/list`; pinned definitions
Out    PinnedTool of each; its Capability
Never  lets what a server says lower an approval; shows what a server wrote without making it harmless
Why    composition.md, "Approvals" and "Names"
"""

from typing import cast

import jsonschema_rs
import mcp_types
import orjson

from skillstrata.adapters.canonical_json import canonical, digest_of
from skillstrata.adapters.foreign_text import is_plain, shown
from skillstrata.records.approvals import Approval, strictest
from skillstrata.records.capabilities import Capability, Effects
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.tool_servers import PinnedTool, ToolServer

MOST_TOOLS = 2_000
_MOST_NAME = 256
_MOST_TITLE = 200
_MOST_DESCRIPTION = 2_000
_MOST_SCHEMA_BYTES = 64 * 1024
_MOST_SCHEMA_DEPTH = 64
_MOST_DEFINITION_BYTES = 256 * 1024
_TEXT_KEYS = frozenset({"title", "description", "$comment"})
_MOST_WORDS = 1_000


def pinnable(label: str, tools: list[mcp_types.Tool], now_s: float) -> tuple[tuple[PinnedTool, ...], int]:
    """Give the definition of every tool with a usable name, and how many had none or were too many."""
    found: dict[str, PinnedTool] = {}
    for tool in tools[:MOST_TOOLS]:
        if is_plain(tool.name, _MOST_NAME) and tool.name not in found:
            pin = _pin(label, tool, now_s)
            if pin is not None:
                found[tool.name] = pin
    return tuple(found.values()), len(tools) - len(found)


def _pin(label: str, tool: mcp_types.Tool, now_s: float) -> PinnedTool | None:
    whole = cast("JsonObject", tool.model_dump(mode="json", by_alias=True, exclude_none=True))
    kept: JsonObject = {
        key: whole[key] for key in ("name", "description", "inputSchema", "outputSchema", "annotations") if key in whole
    }
    try:
        text = canonical(kept)
    except ValueError:
        return None
    if len(text) > _MOST_DEFINITION_BYTES:
        # The digest still tells it apart; the definition is one that says itself that it cannot be used.
        kept = {"name": tool.name, "inputSchema": {"type": "object"}, "tooLarge": digest_of(kept)}
        text = canonical(kept)
    return PinnedTool(label, tool.name, digest_of(kept), text.decode(), now_s)


def path_of(label: str, tool: str) -> str:
    """Give a tool's place in the tree."""
    return f"mcp/{_escaped(label)}/{tool}"


def name_of(label: str, tool: str) -> str:
    """Give the name that a step writes."""
    return f"mcp:{_escaped(label)}/{tool}"


def _escaped(label: str) -> str:
    # Otherwise the servers `a` and `a/b` could have tools of one path.
    return label.replace("%", "%25").replace("/", "%2F")


def capability_of(pin: PinnedTool, server: ToolServer) -> Capability:
    """Make the node of a tool from its pinned definition; one that cannot be used is not available, with the reason."""
    said = cast("JsonObject", orjson.loads(pin.definition))
    hints = cast("JsonObject", said.get("annotations") or {})
    schema, output = said.get("inputSchema"), said.get("outputSchema")
    reason = _unusable(said)
    title = hints.get("title")
    return Capability(
        path=path_of(pin.server, pin.tool),
        name=name_of(pin.server, pin.tool),
        title=shown(title if isinstance(title, str) and title else pin.tool, _MOST_TITLE),
        owner=f"mcp:{pin.server}",
        kind="mcp",
        description=shown(str(said.get("description") or f"{pin.tool} of {pin.server}"), _MOST_DESCRIPTION),
        input_schema='{"type":"object"}' if reason else orjson.dumps(_harmless(schema)).decode(),
        output_schema="" if reason or output is None else orjson.dumps(_harmless(output)).decode(),
        approval=_approval(hints),
        effects=_effects(hints) if server.annotations_trusted else Effects(),
        definition=pin.digest,
        needs=("mcp",),
        available=not reason,
        reason=reason,
        server=pin.server,
    )


def _approval(hints: JsonObject) -> Approval:
    """Give the level: what a server says may raise it, never lower it."""
    opens = Approval.DATA_EXPORT if hints.get("openWorldHint") is True else Approval.NONE
    destroys = Approval.EXEC_ESCALATION if hints.get("destructiveHint") is True else Approval.NONE
    return strictest(Approval.PLAN_CONFIRM, opens, destroys)


def _effects(hints: JsonObject) -> Effects:
    read_only = hints.get("readOnlyHint") is True
    return Effects(
        read_only=read_only,
        destructive=not read_only and hints.get("destructiveHint") is not False,
        idempotent=hints.get("idempotentHint") is True,
        open_world=hints.get("openWorldHint") is not False,
    )


def _unusable(said: JsonObject) -> str:
    if "tooLarge" in said:
        return f"its definition has more than {_MOST_DEFINITION_BYTES:,} bytes; the server has to shorten it"
    for key in ("inputSchema", "outputSchema"):
        if key in said:
            problem = _schema_problem(said[key])
            if problem:
                return f"the server's {key} {problem}"
    return ""


def _schema_problem(schema: Json) -> str:
    if not isinstance(schema, dict):
        return "is not an object"
    if len(orjson.dumps(schema)) > _MOST_SCHEMA_BYTES:
        return f"has more than {_MOST_SCHEMA_BYTES:,} bytes"
    if _deeper(schema, _MOST_SCHEMA_DEPTH):
        return f"is nested deeper than {_MOST_SCHEMA_DEPTH}"
    try:
        jsonschema_rs.validator_for(schema, offline=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        return f"is not a JSON Schema: {shown(' '.join(str(error).split()), 200)}"
    return ""


def _deeper(value: Json, than: int) -> bool:
    level: list[Json] = [value]
    for _ in range(than):
        children = [c for v in level if isinstance(v, dict | list) for c in (v.values() if isinstance(v, dict) else v)]
        if not children:
            return False
        level = children
    return True


def _harmless(value: Json) -> Json:
    """Make the words in a schema harmless; values that it compares with stay as they are."""
    match value:
        case dict():
            return {
                key: shown(item, _MOST_WORDS) if key in _TEXT_KEYS and isinstance(item, str) else _harmless(item)
                for key, item in value.items()
            }
        case list():
            return [_harmless(item) for item in value]
        case _:
            return value
