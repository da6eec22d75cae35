"""Read the histories that agents have written, from named places or from where each agent keeps them.

In     the App, paths, an agent's name or none
Out    ImportReport
Never  writes to a history; opens a file that was read before and has not changed
"""

import os.path
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from skillstrata.app.wiring import App
from skillstrata.capture import HistoryPorts
from skillstrata.capture import import_histories as read_all
from skillstrata.ports.history_reader import HistoryReader
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.imports import ImportReport

Progress = Callable[[str, int, int], None]
AUTO = "auto"


class AgentUnknown(StrataError):
    """An agent whose histories cannot be read."""

    code: ClassVar[str] = "import.agent_unknown"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder where an agent keeps its histories."""

    agent: str
    path: str


def default_places(app: App) -> tuple[Place, ...]:
    """Name the places of every agent that are there, by the variables that agents themselves go by."""
    environ = dict(app.settings.environ)
    home = app.settings.home

    def folder(variable: str, usual: Path) -> Path:
        return Path(environ.get(variable) or usual)

    codex = folder("CODEX_HOME", home / ".codex")
    opencode = folder("XDG_DATA_HOME", home / ".local" / "share") / "opencode"
    places = (
        ("claude-code", folder("CLAUDE_CONFIG_DIR", home / ".claude") / "projects"),
        ("codex", codex / "sessions"),
        ("codex", codex / "archived_sessions"),
        ("gemini-cli", home / ".gemini" / "tmp"),
        ("copilot-cli", home / ".copilot" / "session-state"),
        ("opencode", opencode / "opencode.db"),
        ("opencode", opencode / "storage"),
    )
    return tuple(Place(agent, str(path)) for agent, path in places if path.exists())


def import_histories(app: App, paths: tuple[str, ...], *, agent: str, progress: Progress) -> ImportReport:
    """Read everything at and below these paths that was not read before.

    Args:
        app: The App.
        paths: Files and folders.
        agent: Whose histories these are, or "auto" for whatever each file is.
        progress: Told (stage, files done, files in all).

    Raises:
        AgentUnknown: No agent has this name.
        StoreFull: The disk is full; nothing is lost.
    """
    readers = _readers(app.history_readers, agent)
    app.prepare()
    ports = HistoryPorts(app.history_files, readers, app.redactor, app.traces, app.catalog)
    absolute = tuple(dict.fromkeys(os.path.abspath(path) for path in paths))
    return read_all(ports, absolute, now_s=app.clock.now_s(), progress=progress)


def _readers(readers: tuple[HistoryReader, ...], agent: str) -> tuple[HistoryReader, ...]:
    if agent == AUTO:
        return readers
    found = tuple(reader for reader in readers if reader.agent == agent)
    if not found:
        names = ", ".join(sorted({reader.agent for reader in readers}))
        raise AgentUnknown(f"no history of an agent called {agent!r} can be read", hint=f"--agent is auto or {names}")
    return found
