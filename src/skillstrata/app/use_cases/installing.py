"""Put our hooks and MCP entry into an agent's configuration, and take them out again."""

from collections.abc import Iterable
from pathlib import Path

from skillstrata.app.reports import InstallReport
from skillstrata.app.wiring import App
from skillstrata.ports.agent_config import ConfigChange, Scope


def init(
    app: App, *, agent: str, scope: Scope, project: Path, print_only: bool, program: tuple[str, ...]
) -> InstallReport:
    """Make the data directory and install; a second time changes nothing.

    Args:
        app: Of the data directory that the hook will write to.
        agent: "claude-code" is the one agent there is an adapter for.
        scope: "user" or "project".
        project: The project's folder, for scope "project".
        print_only: Only show what would be written.
        program: The command that starts this program, for the MCP entry.

    Raises:
        ConfigUnreadable: The agent's configuration does not parse; nothing was changed.
    """
    del agent
    if not print_only:
        app.prepare()
    config = app.agent_config(scope=scope, project=project, program=_server(app, program))
    return InstallReport(str(app.data_dir), config.install(dry_run=print_only))


def uninstall(app: App, *, agent: str, scope: Scope | None, project: Path, program: tuple[str, ...]) -> InstallReport:
    """Take exactly our entries out; the library stays.

    Args:
        app: Of the data directory that the entries name.
        agent: "claude-code" is the one agent there is an adapter for.
        scope: "user" or "project" for that place alone; None for every place that `init` was run for.
        project: The project's folder, for scope "project".
        program: The command that starts this program, for the MCP entry.

    Raises:
        ConfigUnreadable: A place's configuration does not parse; nothing was changed.
    """
    del agent
    config = app.agent_config(scope=scope or "user", project=project, program=_server(app, program))
    places = (config,) if scope else config.installed()
    return InstallReport(str(app.data_dir), _merged(change for place in places for change in place.uninstall()))


def _merged(changes: Iterable[ConfigChange]) -> tuple[ConfigChange, ...]:
    """Name each file once: places share the hook script, and a project in the home folder its settings."""
    found: dict[tuple[str, str], ConfigChange] = {}
    for change in changes:
        name = (change.what, change.path)
        if name not in found or change.changed:
            found[name] = change
    return tuple(found.values())


def _server(app: App, program: tuple[str, ...]) -> tuple[str, ...]:
    """Give the command of the MCP server; it names the data directory, for an agent starts it somewhere else."""
    return (*program, "--data-dir", str(app.data_dir), "mcp")


def hook_path(app: App) -> str:
    """Give where the hook script is; where it is not there yet it is written, and nothing of the agent is touched.

    Raises:
        StoreNewer: A newer version of the program wrote the data directory.
        StoreFull: The script cannot be written.
    """
    app.prepare()
    return app.agent_config(scope="user", project=app.settings.home, program=()).put_hook()
