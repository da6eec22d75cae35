"""The tools we bring ourselves, behind the ToolBackend port: files, web pages, shell, queries.

In     ToolCall of a path `native/…`
Out    ToolResult
Never  asks for leave; raises
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import NATIVE_OWNER, Capability, Effects
from skillstrata.records.errors import StrataError
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.tool_calls import ToolCall, ToolFault, ToolResult

# One output of a step may have 1 MB; what is around a text in JSON must have room too.
MOST_TEXT_BYTES = 900_000


class NativeFault(Exception):
    """Why a tool gives nothing; it never leaves the backend but as the fault of a result."""

    def __init__(self, kind: str, message: str, *, hint: str = "", sent: bool = True) -> None:
        super().__init__(message)
        self.fault = ToolFault(kind, message, hint)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class NativeTool:
    """A capability and what it does, given the call, the moment (monotonic) it must be over by, the cancellation."""

    capability: Capability
    act: Callable[[ToolCall, float, Cancellation], JsonObject]


def capability(
    name: str, description: str, schemas: tuple[JsonObject, JsonObject], approval: Approval, effects: Effects
) -> Capability:
    """Describe a native tool; whoever calls adds what it needs."""
    texts = tuple(json.dumps(schema, sort_keys=True, separators=(",", ":")) for schema in schemas)
    whole = json.dumps([name, description, *texts, approval.word, repr(effects)])
    return Capability(
        path=f"native/{name}",
        name=name,
        title=name.replace("_", " "),
        owner=NATIVE_OWNER,
        kind="native",
        description=description,
        input_schema=texts[0],
        output_schema=texts[1],
        approval=approval,
        effects=effects,
        definition=hashlib.sha256(whole.encode()).hexdigest(),
    )


def closed_object(properties: dict[str, JsonObject], required: tuple[str, ...]) -> JsonObject:
    """Write the JSON Schema of an object without further keys."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


class NativeBackend:
    """Fulfils the ToolBackend port."""

    def __init__(self, tools: tuple[NativeTool, ...]) -> None:
        """Take the tools; nothing is started."""
        self._tools = {tool.capability.path: tool for tool in tools}
        self._capabilities = tuple(sorted((tool.capability for tool in tools), key=lambda found: found.path))

    def capabilities(self) -> tuple[Capability, ...]:
        """List the tools, sorted by path."""
        return self._capabilities

    def call(self, call: ToolCall, cancel: Cancellation) -> ToolResult:
        """Call one tool; whatever goes wrong is a fault of the result."""
        tool = self._tools.get(call.path)
        if tool is None:
            fault = ToolFault(
                "unavailable", f"there is no native tool at {call.path!r}", "see `skillstrata tools list`"
            )
            return ToolResult(fault=fault, sent=False)
        if cancel.is_set():
            return ToolResult(fault=ToolFault("cancelled", "cancelled before it began"), sent=False)
        began = time.monotonic()
        result = _result_of(tool, call, began + call.timeout_s, cancel)
        return replace(result, ms=(time.monotonic() - began) * 1000)

    def close(self) -> None:
        """Do nothing: no tool of ours keeps anything open between calls."""


def _result_of(tool: NativeTool, call: ToolCall, until: float, cancel: Cancellation) -> ToolResult:
    try:
        output = tool.act(call, until, cancel)
    except NativeFault as error:
        return ToolResult(content=error.fault.message, fault=error.fault, sent=error.sent)
    except StrataError as error:
        return ToolResult(content=error.message, fault=ToolFault("tool_error", error.message, error.hint))
    except OSError as error:
        said = error.strerror or str(error)
        return ToolResult(content=said, fault=ToolFault("tool_error", f"{call.path}: {said}"))
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, MemoryError) as error:
        # Arguments were checked against the schema; what is left is a value that no schema can tell.
        said = f"{call.path}: {type(error).__name__}: {error}"
        return ToolResult(content=said, fault=ToolFault("tool_error", said))
    return ToolResult(output=output, content=_content_of(output))


def _content_of(output: JsonObject) -> str:
    main: Json = output.get("content", output.get("stdout"))
    return main if isinstance(main, str) else json.dumps(output, ensure_ascii=False)


def text_argument(call: ToolCall, name: str, default: str = "") -> str:
    """Give an argument that the schema says is text."""
    value = call.arguments.get(name, default)
    if not isinstance(value, str):
        raise NativeFault("invalid_arguments", f"{name} is not text", sent=False)
    return value


def number_argument(call: ToolCall, name: str, default: int) -> int:
    """Give an argument that the schema says is a whole number."""
    value = call.arguments.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NativeFault("invalid_arguments", f"{name} is not a number", sent=False)
    return int(value)
