"""MCP servers that somebody configured, and the definitions of their tools as they were when they were first seen."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ToolServer:
    """One configured server. `label` is its name in the file; `origin` is that file.

    `command` and `args` for stdio, or `url` for http; `env` and `headers` are pairs, with `${NAME}` already put in.
    `scope` is user, project, plugin or own; a project's servers are not `trusted` before somebody says so. `transport`
    is stdio, http or sse; `cwd` is where a program starts, "" for where we run. `annotations_trusted` says that the
    user vouches for what the server says of its tools' effects. An entry or file with a `problem` is never started.
    """

    label: str
    origin: str
    scope: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    url: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    timeout_s: float = 60.0
    trusted: bool = True
    problem: str = ""
    transport: str = "stdio"
    cwd: str = ""
    annotations_trusted: bool = False


@dataclass(frozen=True, slots=True)
class ServerState:
    """How one server is now: `state` is idle, starting, connected, down, untrusted or broken; `reason` says why.

    `tools` is how many it offers; `changed` names those whose definition is not the pinned one.
    """

    label: str
    origin: str
    scope: str
    state: str
    reason: str = ""
    tools: int = 0
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PinnedTool:
    """A server's tool as it was approved: its whole definition as JSON text, and the sha256 of its canonical form."""

    server: str
    tool: str
    digest: str
    definition: str
    pinned_at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ToolDefinitions:
    """A server's tool as it was approved, and as the server offers it now; None for one there is not."""

    held: PinnedTool | None
    offered: PinnedTool | None
