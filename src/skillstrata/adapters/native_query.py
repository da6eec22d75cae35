"""json_query: JMESPath over a JSON value.

In     a value and an expression
Out    what the expression gives
Never  computes longer or grows larger than its bounds
Why    an expression of a few hundred characters can double a list at every step; so the size of each value in between
       is counted as it would be written out, shared parts as often as they occur
"""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from jmespath.exceptions import JMESPathError
from jmespath.parser import Parser
from jmespath.visitor import TreeInterpreter

from skillstrata.adapters.native_tools import (
    MOST_TEXT_BYTES,
    NativeFault,
    NativeTool,
    capability,
    closed_object,
    text_argument,
)
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Effects
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.tool_calls import ToolCall

_MOST_CHARACTERS = 1_000
_MOST_SIZE = 4_000_000
_MOST_S = 5.0


def json_query() -> NativeTool:
    """Make the tool."""
    taken = closed_object(
        {"data": {}, "query": {"type": "string", "minLength": 1, "maxLength": _MOST_CHARACTERS}}, ("data", "query")
    )
    given = closed_object({"result": {}}, ("result",))
    about = "Select and reshape parts of a JSON value with a JMESPath expression; null where nothing fits."
    effects = Effects(read_only=True, destructive=False, idempotent=True, open_world=False)
    described = capability("json_query", about, (taken, given), Approval.NONE, effects)

    def act(call: ToolCall, until: float, cancel: Cancellation) -> JsonObject:
        query = text_argument(call, "query")
        bounded = _Bounded(min(until, time.monotonic() + _MOST_S), cancel)
        try:
            tree = cast("dict[str, Any]", Parser().parse(query).parsed)
            found = cast("Json", bounded.visit(tree, call.arguments["data"]))
        except JMESPathError as error:
            raise NativeFault("tool_error", f"{query!r}: {error}", hint="mend the JMESPath expression") from error
        except RecursionError as error:
            raise NativeFault("limit", f"{query[:80]!r} is nested too deep") from error
        if len(json.dumps(found)) > MOST_TEXT_BYTES:
            raise NativeFault("limit", f"the result has more than {MOST_TEXT_BYTES:,} bytes", hint="select less")
        return {"result": found}

    return NativeTool(replace(described), act)


class _Bounded(TreeInterpreter):
    """Looks at the time and at the size of every value on the way."""

    def __init__(self, until: float, cancel: Cancellation) -> None:
        super().__init__()
        self._until = until
        self._cancel = cancel
        # The values are kept beside their sizes: a freed one's identity would be given to another.
        self._sizes: dict[int, tuple[int, object]] = {}

    def visit(self, node: Mapping[str, object], *args: object, **kwargs: object) -> object:
        """Evaluate one node.

        Raises:
            NativeFault: It takes too long or gives too much.
        """
        if self._cancel.is_set():
            raise NativeFault("cancelled", "cancelled while it was computed")
        if time.monotonic() > self._until:
            raise NativeFault("timeout", "the expression takes too long", hint="select less at once")
        found = super().visit(cast("Any", node), *args, **kwargs)
        if self._size(found) > _MOST_SIZE:
            raise NativeFault("limit", f"a value on the way grows beyond {_MOST_SIZE:,} characters", hint="select less")
        return found

    def _size(self, value: object) -> int:
        if isinstance(value, str):
            return len(value)
        if not isinstance(value, list | dict):
            return 1
        known = self._sizes.get(id(cast("object", value)))
        if known is not None:
            return known[0]
        inner = cast("list[object] | dict[str, object]", value)
        parts = inner if isinstance(inner, list) else [*inner, *inner.values()]
        size = 2 + sum(self._size(part) + 1 for part in parts)
        self._sizes[id(inner)] = (size, inner)
        return size
