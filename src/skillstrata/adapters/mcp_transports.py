"""Connections to MCP servers: a program on its pipes, or an address; both with an end to what one message may weigh.

In     a configured server
Out    a transport for the official client
Never  reads a message over the limit into memory; takes noise on a program's stdout for an answer; lets one outlive us
Why    the client's own stdio transport keeps a line of any length, and copies it for each piece that arrives
"""

import asyncio
import os
import re
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import anyio
import httpx2
import mcp_types
from anyio.abc import Process
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client._transport import TransportStreams
from mcp.client.sse import sse_client
from mcp.client.stdio import get_default_environment
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage

from skillstrata.adapters.foreign_text import shown
from skillstrata.adapters.mcp_answers import TOO_LARGE
from skillstrata.records.tool_servers import ToolServer

MOST_MESSAGE_BYTES = 16 * 1024 * 1024
DEPTH = "SKILLSTRATA_SERVER_DEPTH"
_INHERITED = tuple(
    "LANG LC_ALL TZ TMPDIR SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS CLAUDE_PROJECT_DIR"
    " HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy".split()
)
_ID = re.compile(rb'"id"\s*:\s*(\d{1,18})')
_HEAD = 4096
_TAIL = 2000
_ASKED_S, _KILLED_S, _POLL_S = 0.5, 1.0, 0.01
_HTTP_S, _STREAM_S = 30.0, 3600.0
Incoming = MemoryObjectSendStream[SessionMessage | Exception]
Streams = tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]


class Signs:
    """What is known of a running connection besides its messages: the end of it, the last words on stderr."""

    def __init__(self) -> None:
        """Nothing has ended and nothing was said."""
        self.ended = anyio.Event()
        self.said = b""

    def last_words(self) -> str:
        """Give the last line of stderr, made harmless."""
        lines = [line for line in self.said.decode("utf-8", "replace").splitlines() if line.strip()]
        return shown(lines[-1].strip(), 200) if lines else ""


@asynccontextmanager
async def program(server: ToolServer, environ: Mapping[str, str], signs: Signs) -> AsyncGenerator[Streams]:
    """Start a server's program and speak with it in lines; it is ended, with all it started, when the block is left.

    Raises:
        OSError: It cannot be started.
    """
    process = await anyio.open_process(
        [server.command, *server.args],
        env=_environment(server, environ),
        cwd=server.cwd or None,
        start_new_session=True,
    )
    incoming, received = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    sent, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_hear, process, incoming, signs)
            tasks.start_soon(_speak, process, outgoing)
            tasks.start_soon(_remember, process, signs)
            try:
                yield received, sent
            finally:
                tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            for stream in (incoming, received, sent, outgoing):
                stream.close()
            await _end(process)


def _environment(server: ToolServer, environ: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: environ[name] for name in _INHERITED if name in environ}
    depth = {DEPTH: str(depth_of(environ) + 1)}
    return get_default_environment() | inherited | dict(server.env) | depth


def depth_of(environ: Mapping[str, str]) -> int:
    """Say how many of us stand above this process, each having started the next as a server's part."""
    said = environ.get(DEPTH, "0")
    return int(said) if re.fullmatch(r"[0-9]{1,3}", said) else 0


async def _hear(process: Process, incoming: Incoming, signs: Signs) -> None:
    try:
        if process.stdout is not None:
            async for message in messages(process.stdout):
                await incoming.send(message)
    except (anyio.ClosedResourceError, anyio.BrokenResourceError, OSError):
        pass
    finally:
        signs.ended.set()
        incoming.close()


async def messages(pieces: AsyncIterator[bytes]) -> AsyncGenerator[SessionMessage]:
    """Cut bytes into messages; one over the limit becomes an error under its id, what is no message is left out."""
    parts: list[bytes] = []
    size = 0
    async for piece in pieces:
        *lines, rest = piece.split(b"\n")
        for line in lines:
            whole = _message(parts, line, size)
            parts, size = [], 0
            if whole is not None:
                yield whole
        size += len(rest)
        # Of a message that is over the limit only its head is kept: the id stands there.
        if size <= MOST_MESSAGE_BYTES:
            parts.append(rest)
        else:
            parts = [b"".join(parts)[:_HEAD]]


def _message(parts: list[bytes], last: bytes, size: int) -> SessionMessage | None:
    if size + len(last) > MOST_MESSAGE_BYTES:
        return _refused(b"".join(parts)[:_HEAD] or last[:_HEAD], TOO_LARGE, "too large")
    line = b"".join((*parts, last))
    # Anything may be printed on a stdout: what does not look like a message is not read as one.
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        return SessionMessage(mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError:
        head = line[:_HEAD]
        said = "its answer cannot be read as JSON, or is nested too deep"
        return _refused(head, mcp_types.PARSE_ERROR, said) if b'"jsonrpc"' in head else None


def _refused(head: bytes, code: int, said: str) -> SessionMessage | None:
    """Make the error that stands for an answer we do not take, so that nobody waits for it."""
    hit = _ID.search(head)
    if hit is None:
        return None
    error = mcp_types.ErrorData(code=code, message=said)
    return SessionMessage(mcp_types.JSONRPCError(jsonrpc="2.0", id=int(hit[1]), error=error))


async def _speak(process: Process, outgoing: MemoryObjectReceiveStream[SessionMessage]) -> None:
    with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError, OSError):
        async for message in outgoing:
            if process.stdin is not None:
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                await process.stdin.send(text.encode() + b"\n")


async def _remember(process: Process, signs: Signs) -> None:
    with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError, OSError):
        if process.stderr is not None:
            async for piece in process.stderr:
                signs.said = (signs.said + piece)[-_TAIL:]


async def _end(process: Process) -> None:
    """Close its stdin, wait a moment, then end everything in its session."""
    if process.stdin is not None:
        with suppress(OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            await process.stdin.aclose()
    if not await _has_ended(process, _ASKED_S):
        _signal(process, signal.SIGTERM)
        await _has_ended(process, _KILLED_S)
    # Also after a clean end: what it started may still run.
    _signal(process, signal.SIGKILL)
    await _has_ended(process, _KILLED_S)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
                await pipe.aclose()
    _close_transport(process)


async def _has_ended(process: Process, within_s: float) -> bool:
    # To wait for the process would wait for its pipes too, which a grandchild may hold.
    for _ in range(int(within_s / _POLL_S)):
        if process.returncode is not None:
            return True
        await anyio.sleep(_POLL_S)
    return process.returncode is not None


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _close_transport(process: Process) -> None:
    # Nothing public closes it while a grandchild holds a pipe; left open, it warns when it is collected.
    transport = getattr(getattr(process, "_process", None), "_transport", None)
    if isinstance(transport, asyncio.SubprocessTransport):
        with suppress(PermissionError, ProcessLookupError):
            transport.close()


@asynccontextmanager
async def address(server: ToolServer) -> AsyncGenerator[TransportStreams]:
    """Connect to a server's address, over streamable HTTP or the older SSE."""
    headers = {"Accept-Encoding": "identity", **dict(server.headers)}
    if server.transport == "sse":
        async with sse_client(server.url, headers, _HTTP_S, _STREAM_S, _capped_client) as streams:
            yield streams
        return
    async with (
        _capped_client(headers) as client,
        streamable_http_client(server.url, http_client=client, max_sse_event_size=MOST_MESSAGE_BYTES) as streams,
    ):
        yield streams


def _capped_client(
    headers: dict[str, str] | None = None, timeout: httpx2.Timeout | None = None, auth: httpx2.Auth | None = None
) -> httpx2.AsyncClient:
    limits = timeout or httpx2.Timeout(_HTTP_S, read=_STREAM_S)
    return httpx2.AsyncClient(headers=headers, timeout=limits, auth=auth, event_hooks={"response": [_cap]})


class _Capped(httpx2.AsyncByteStream):
    """A body; where it grows over the limit, an error under its id stands in its place."""

    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces: list[bytes] = []
        size = 0
        async for piece in self._inner:
            size += len(piece)
            if size > MOST_MESSAGE_BYTES:
                refused = _refused(b"".join((*pieces, piece))[:_HEAD], TOO_LARGE, "too large")
                if refused is None:
                    raise httpx2.ReadError(f"the body has more than {MOST_MESSAGE_BYTES:,} bytes")
                pieces = [refused.message.model_dump_json(by_alias=True, exclude_none=True).encode()]
                break
            pieces.append(piece)
        # Whoever asks for the body reads it whole before looking at it.
        for piece in pieces:
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _cap(response: httpx2.Response) -> None:
    packed = response.headers.get("content-encoding", "identity")
    if packed != "identity":
        raise httpx2.ReadError(f"the server packs its answers ({shown(packed, 40)}) though it was asked not to")
    # A stream of events lives long; the client bounds each event of it.
    is_stream = response.headers.get("content-type", "").startswith("text/event-stream")
    if not is_stream and isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Capped(response.stream)
