"""Check everything that must work, by trying it, and say the next step for what does not."""

import shutil
from pathlib import Path

from skillstrata.app.wiring import App
from skillstrata.records.errors import StrataError
from skillstrata.records.sandbox_runs import Check


def doctor(app: App) -> tuple[Check, ...]:
    """Give one line a part: data directory, database, sandbox, environments, hook, MCP entry, agent."""
    return (
        _data_dir(app),
        _database(app),
        *app.sandbox.checks(),
        *app.environments.checks(),
        _hook(app),
        _mcp_entry(app),
        _spool(app),
        _claude(app),
    )


def _data_dir(app: App) -> Check:
    try:
        app.prepare()
    except StrataError as error:
        return Check("data directory", ok=False, detail=error.message, fix=error.hint)
    return Check("data directory", ok=True, detail=str(app.data_dir))


def _database(app: App) -> Check:
    try:
        accounting = app.catalog.accounting()
    except StrataError as error:
        return Check("database", ok=False, detail=error.message, fix=error.hint)
    sums = f"{accounting.events} events, {accounting.executions.total} executions"
    if not accounting.balanced:
        detail = f"the sums do not add up: {sums}"
        return Check("database", ok=False, detail=detail, fix="report this with `skillstrata status --json`")
    return Check("database", ok=True, detail=f"{sums}, balanced")


def _hook(app: App) -> Check:
    path = Path(app.agent_config(scope="user", project=app.settings.home, program=()).hook_path())
    if path.is_file():
        return Check("hook", ok=True, detail=str(path))
    return Check("hook", ok=False, detail="no hook script is installed", fix="run `skillstrata init`")


def _mcp_entry(app: App) -> Check:
    places = (Path.cwd() / ".mcp.json", app.settings.home / ".claude.json")
    for place in places:
        try:
            if '"skillstrata"' in place.read_text(encoding="utf-8"):
                return Check("MCP entry", ok=True, detail=str(place))
        except (OSError, UnicodeDecodeError):
            continue
    detail = "no MCP entry for this folder or this user"
    return Check("MCP entry", ok=False, detail=detail, fix="run `skillstrata init --scope project`")


def _spool(app: App) -> Check:
    lost = app.spool.lost()
    if lost:
        detail = f"the hook could not write {lost} events"
        return Check("spool", ok=False, detail=detail, fix="free disk space for the data directory")
    return Check("spool", ok=True, detail="nothing lost")


def _claude(app: App) -> Check:
    found = shutil.which("claude", path=dict(app.settings.environ).get("PATH"))
    if found:
        return Check("claude program", ok=True, detail=found)
    return Check(
        "claude program",
        ok=True,
        detail="not on PATH: only needed to register the MCP server for the user by itself",
    )
