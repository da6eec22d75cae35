"""A model's API on this machine, scripted by the test: real HTTP on loopback, in the form of the Messages API."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Service:
    """What the service answers, and what came: bodies of requests as text."""

    text: str = '{"verdict": "same", "reason": "both make Markdown"}'
    status: int = 200
    body: bytes | None = None
    answers: threading.Event = field(default_factory=threading.Event)
    came: list[str] = field(default_factory=list)
    port: int = 0

    def answer(self) -> bytes:
        """Give the body of the next response."""
        if self.body is not None:
            return self.body
        message = {
            "id": "msg_01",
            "type": "message",
            "role": "assistant",
            "model": "claude-haiku-4-5",
            "content": [{"type": "text", "text": self.text}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 211, "output_tokens": 17},
        }
        return json.dumps(message).encode()


class _Server(ThreadingHTTPServer):
    service: Service


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        """Answer one request once the service answers at all."""
        service = self.server.service
        service.came.append(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())
        service.answers.wait(10)
        body = service.answer()
        self.send_response(service.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Generator[Service]:
    """Give a service that answers at once; clear `answers` to make it wait."""
    service = Service()
    service.answers.set()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.service = service
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        service.answers.set()
        server.shutdown()
        thread.join(10)
        server.server_close()
