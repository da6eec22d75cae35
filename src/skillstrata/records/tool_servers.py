"""MCP servers that somebody configured, and the definitions of their tools as they were when they were first seen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToolServer:
    """One configured server. `label` is its name in the file; `origin` is that file.

    `command` and `args` for stdio, or `url` for http; `env` and `headers` are pairs, with `${NAME}` already put in.
    `scope` is user, project, plugin or own; a project's servers are not `trusted` before somebody says so.
    """

    label: str
    origin: str
    scope: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    url: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 60.0
    trusted: bool = True
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PinnedTool:
    """A server's tool as it was approved: its whole definition as JSON text, and the sha256 of its canonical form."""

    server: str
    tool: str
    digest: str
    definition: str
    pinned_at_s: float = 0.0
