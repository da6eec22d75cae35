"""Look at what a server changed in a tool since it was approved, and accept the new definition.

In     a tool's name
Out    ToolDifference, field by field
Never  accepts anything but what was shown: a server that changes its tool again is refused again
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from skillstrata.app.wiring import App
from skillstrata.records.audits import AuditEntry
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.failures import ToolUnknown
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.tool_servers import PinnedTool

_FIELDS = ("name", "description", "inputSchema", "outputSchema", "annotations")
_DIGITS = 12


class ToolNotOffered(StrataError):
    """The tool's server is not there now, or offers no such tool any more: there is nothing to accept."""

    code: ClassVar[str] = "servers.tool_not_offered"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 69


@dataclass(frozen=True, slots=True)
class ToolDifference:
    """How a tool differs from what was approved: each field with both values as JSON text, "" for one there is not."""

    name: str
    path: str
    server: str
    fields: tuple[tuple[str, str, str], ...]
    before: str
    offered: PinnedTool


def compared(app: App, name: str, *, project: Path) -> ToolDifference:
    """Compare a tool of a server, as it is offered now, with what was approved.

    Raises:
        ToolUnknown: No server's tool is called that.
        ToolNotOffered: Its server is not there, or does not offer it any more.
    """
    app.prepare()
    backend = app.server_tools(project)
    try:
        nodes = backend.capabilities()
        node = next((one for one in nodes if name in (one.name, one.path)), None)
        node = node or next((one for one in nodes if name in one.aliases), None)
        if node is None:
            raise ToolUnknown(f"no tool of a server is called {name!r}", hint="see `skillstrata tools list --kind mcp`")
        both = backend.definitions(node.path)
    finally:
        backend.close()
    if both.offered is None:
        raise ToolNotOffered(
            f"{node.name} is not offered now: {node.reason}", hint="start the server, or compile without the tool"
        )
    before, after = _read(both.held), _read(both.offered)
    names = [key for key in (*_FIELDS, *sorted({*before, *after} - {*_FIELDS})) if before.get(key) != after.get(key)]
    fields = tuple((key, _text(before, key), _text(after, key)) for key in names)
    return ToolDifference(
        node.name, node.path, node.server, fields, both.held.digest if both.held else "", both.offered
    )


def accept(app: App, difference: ToolDifference, *, by: str) -> None:
    """Let the definition that was shown hold from now on; that is written down first.

    Raises:
        StoreFull, StoreLocked: It could not be kept.
    """
    if not difference.fields:
        return
    now, names = difference.offered, ", ".join(name for name, _, _ in difference.fields)
    told = f"definition {difference.before[:_DIGITS]} replaced by {now.digest[:_DIGITS]}: {names}"
    app.audit_log.append(
        AuditEntry("grant", difference.path, definition=now.digest, by=by, status="accepted", detail=told)
    )
    app.tool_pins.repin(now)


def _read(pin: PinnedTool | None) -> JsonObject:
    return {} if pin is None else cast("JsonObject", json.loads(pin.definition))


def _text(said: JsonObject, key: str) -> str:
    # ASCII alone: a sign that nobody sees is a change that nobody sees.
    value: Json = said.get(key)
    return json.dumps(value, ensure_ascii=True, sort_keys=True) if key in said else ""
