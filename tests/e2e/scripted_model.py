"""A Messages API on loopback that answers from a script, so that a real client works without network and key.

In     scripts: a tag to look for in the first user text -> the steps of that conversation
Out    streamed or plain answers; every request body in `requests`, in order of arrival
Never  chooses by time or chance: the step is the number of tool-using answers the conversation already holds
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Json = dict[str, Any]
_USAGE = {"input_tokens": 10, "output_tokens": 10}


@dataclass(frozen=True, slots=True)
class Say:
    """A text block of an answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tool_use block of an answer; the server gives it an id nobody else has."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came back for one call: the text the model sees, and whether it was marked as an error."""

    text: str
    is_error: bool


Answer = Sequence[Say | Call]
Step = Answer | Callable[[Sequence[ToolResult]], Answer]


def tool_results(request: Json) -> list[ToolResult]:
    """Read the results a request shows the model, oldest first."""
    return [
        ToolResult(_text_of(block.get("content")), bool(block.get("is_error")))
        for block in _blocks(request, role="user")
        if block.get("type") == "tool_result"
    ]


class ScriptedModel:
    """The server as a context manager: `url` for the client, `requests` and `faults` for who started it."""

    def __init__(self, scripts: Mapping[str, Sequence[Step]]) -> None:
        self.scripts = scripts
        self.requests: list[Json] = []
        self.faults: list[Exception] = []
        self._ids = iter(range(1, 1_000_000))
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """Give the address for ANTHROPIC_BASE_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def answer(self, request: Json) -> list[Json]:
        """Choose the blocks for one request; a step that raises is kept in `faults` and ends the conversation."""
        with self._lock:
            self.requests.append(request)
        try:
            blocks = self._scripted(request)
        except Exception as fault:  # noqa: BLE001 - whatever a script does, the client gets an answer and the test the fault
            self.faults.append(fault)
            blocks = [Say(f"the script failed: {fault!r}")]
        return [self._as_json(block) for block in blocks]

    def _scripted(self, request: Json) -> Answer:
        steps = self._script_for(request) if request.get("tools") else ()
        done = sum(
            message.get("role") == "assistant" and any(block.get("type") == "tool_use" for block in _content(message))
            for message in request.get("messages", [])
        )
        if done >= len(steps):
            return [Say("done")]
        step = steps[done]
        return step(tool_results(request)) if callable(step) else step

    def _script_for(self, request: Json) -> Sequence[Step]:
        first = next((m for m in request.get("messages", []) if m.get("role") == "user"), {})
        opening = _text_of(first.get("content"))
        return next((steps for tag, steps in self.scripts.items() if tag in opening), ())

    def _as_json(self, block: Say | Call) -> Json:
        if isinstance(block, Say):
            return {"type": "text", "text": block.text}
        with self._lock:
            number = next(self._ids)
        return {"type": "tool_use", "id": f"toolu_{number:06d}", "name": block.tool, "input": dict(block.arguments)}


def _content(message: Json) -> list[Json]:
    content = message.get("content")
    return content if isinstance(content, list) else []


def _blocks(request: Json, *, role: str) -> Iterator[Json]:
    for message in request.get("messages", []):
        if message.get("role") == role:
            yield from _content(message)


def _text_of(content: object) -> str:
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(block["text"] for block in blocks if isinstance(block, dict) and block.get("type") == "text")


def _stop_reason(blocks: list[Json]) -> str:
    return "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"


def _stream(message: Json, blocks: list[Json]) -> Iterator[bytes]:
    def event(kind: str, **fields: object) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()

    yield event("message_start", message=message)
    for index, block in enumerate(blocks):
        if block["type"] == "text":
            opened, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            opened = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        yield event("content_block_start", index=index, content_block=opened)
        yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    yield event("message_delta", delta={"stop_reason": _stop_reason(blocks), "stop_sequence": None}, usage=_USAGE)
    yield event("message_stop")


def _handler_for(model: ScriptedModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Stay silent: the test's output is the test's."""

        def do_HEAD(self) -> None:
            self._send(b"")

        def do_GET(self) -> None:
            self._send(b"{}")

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
            if "count_tokens" in self.path:
                self._send(json.dumps({"input_tokens": 10}).encode())
                return
            blocks = model.answer(request)
            message: Json = {
                "id": f"msg_{len(model.requests):06d}",
                "type": "message",
                "role": "assistant",
                "model": request.get("model", "scripted"),
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": _USAGE,
            }
            if not request.get("stream"):
                self._send(json.dumps({**message, "content": blocks, "stop_reason": _stop_reason(blocks)}).encode())
                return
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            for part in _stream(message, blocks):
                self.wfile.write(part)
            self.close_connection = True

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Handler
