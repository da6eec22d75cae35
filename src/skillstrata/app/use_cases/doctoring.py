"""Check everything that must work, by trying it, and say the next step for what does not."""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from skillstrata.app.daemon_views import SHORT_OF
from skillstrata.app.own_program import own_program
from skillstrata.app.settings import MB
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import warm_starts
from skillstrata.ports.agent_config import ConfigChange, Scope
from skillstrata.records.errors import StrataError
from skillstrata.records.sandbox_runs import Check

_SCRIPT, _HOOKS, _SERVER = "hook script", "hooks", "MCP server"
_INIT = "run `skillstrata init`"
_WARM, _RENEW = "warm-start.sh", "skillstrata warm-start --renew"
# What the hook may take of the start of an agent.
_SLOW_MS = 150


@dataclass(frozen=True, slots=True)
class _Installed:
    """What a dry run of `init` would still change, for the user and for the current folder, by the place's name."""

    user: dict[str, ConfigChange]
    project: dict[str, ConfigChange]

    def has(self, what: str) -> bool:
        """Say whether a place is as `init` leaves it, for the user or for the folder."""
        return any(not changes[what].changed for changes in (self.user, self.project))


def doctor(app: App) -> tuple[Check, ...]:
    """Give one line a part: where data lies, what runs programs, the library, and the agent's configuration."""
    return (
        _data_dir(app),
        _settings(app),
        _database(app),
        *_sandboxes(app),
        *app.environments.checks(),
        *app.runtimes.checks(),
        *_library(app),
        *_agent(app),
        _spool(app),
        _room(app),
        _claude(app),
    )


def _sandboxes(app: App) -> tuple[Check, ...]:
    """Check the tier that was chosen for tools, and the one that distilling needs in any case."""
    chosen = app.sandbox.checks()
    if app.sandbox.tier == app.proving_sandbox.tier:
        return chosen
    proving = (replace(check, name=f"{check.name} for distilling") for check in app.proving_sandbox.checks())
    return (*chosen, *proving)


def _data_dir(app: App) -> Check:
    try:
        app.prepare()
    except StrataError as error:
        return Check("data directory", ok=False, detail=error.message, fix=error.hint)
    if not os.access(app.data_dir, os.W_OK):
        detail = f"{app.data_dir} is not writable: tools can be listed and run, nothing is captured or recorded"
        return Check("data directory", ok=False, detail=detail, fix="make it writable, or choose another --data-dir")
    return Check("data directory", ok=True, detail=str(app.data_dir))


def _settings(app: App) -> Check:
    """Tell of keys that nothing reads: not a fault, yet hardly what their writer meant."""
    settings = app.settings
    said = sum(origin.source != "default" for origin in settings.origins)
    detail = f"{said} of {len(settings.origins)} set; `skillstrata config show` says where"
    return Check("settings", ok=True, detail="; ".join((*settings.warnings, detail)))


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


def _library(app: App) -> tuple[Check, Check]:
    """Check that every tool can be read, and that the programs they need are where the sandbox sees them."""
    tools, damaged = app.library.contents()
    library = Check("library", ok=True, detail=f"{len(tools)} tools")
    if damaged:
        reasons = "; ".join(f"{Path(folder).name}: {reason}" for folder, reason in damaged)
        fix = f"put a backup in place of each, or move it out of {Path(damaged[0][0]).parent} and distil it anew"
        library = Check("library", ok=False, detail=f"{len(tools)} tools, {len(damaged)} damaged: {reasons}", fix=fix)
    needed = sorted({(name, tool.name) for tool in tools for b in tool.branches for name in b.current.binaries})
    missing = [(name, tool) for name, tool in needed if not app.binaries_on_path(name)]
    if not missing:
        found = ", ".join(sorted({name for name, _ in needed})) or "none needed"
        return library, Check("tool binaries", ok=True, detail=found)
    detail = "missing: " + ", ".join(f"{name} (for {tool})" for name, tool in missing)
    fix = f"install {', '.join(sorted({name for name, _ in missing}))} into /usr/bin or /bin"
    return library, Check("tool binaries", ok=False, detail=detail, fix=fix)


def _agent(app: App) -> tuple[Check, Check, Check]:
    try:
        installed = _Installed(_changes(app, "user"), _changes(app, "project"))
        started = _warm_start(app, Path(installed.user[_SCRIPT].path).with_name(_WARM))
    except StrataError as error:
        return (
            Check("hook", ok=False, detail=error.message, fix=error.hint),
            Check("warm start", ok=False, detail=error.message, fix=error.hint),
            Check("MCP entry", ok=False, detail=error.message, fix=error.hint),
        )
    return _hook(installed), started, _mcp_entry(installed)


def _warm_start(app: App, script: Path) -> Check:
    """Start the hook that tells an agent which tools fit, and compare that with what is prepared."""
    if not app.settings.warm_start_enabled:
        return Check("warm start", ok=True, detail="switched off: warm_start.enabled is false")
    if not script.is_file():
        return Check("warm start", ok=False, detail=f"{script} is not installed", fix=_INIT)
    store, here = warm_starts(app), str(Path.cwd())
    found = store.tried(str(script), here)
    if not found.ok:
        return Check("warm start", ok=False, detail=f"{script}: {found.why}", fix=f"{_INIT}, then `{_RENEW}`")
    prepared = store.prepared(here)
    took = f"{script}, {found.ms:.0f} ms" + (f", more than {_SLOW_MS} ms" if found.ms > _SLOW_MS else "")
    if found.told != (prepared.text if prepared is not None else ""):
        detail = f"{took}: what is prepared for {here} cannot be read"
        return Check("warm start", ok=False, detail=detail, fix=f"run `{_RENEW}`")
    said = f"{len(found.told)} characters are told here" if found.told else "nothing is prepared for this folder yet"
    return Check("warm start", ok=True, detail=f"{took}: {said}")


def _changes(app: App, scope: Scope) -> dict[str, ConfigChange]:
    program = (*own_program(), "--data-dir", str(app.data_dir), "mcp")
    config = app.agent_config(
        scope=scope, project=Path.cwd() if scope == "project" else app.settings.home, program=program
    )
    return {change.what: change for change in config.install(dry_run=True)}


def _hook(installed: _Installed) -> Check:
    script = installed.user[_SCRIPT]
    if not Path(script.path).is_file():
        return Check("hook", ok=False, detail="no hook script is installed", fix=_INIT)
    if script.changed:
        return Check("hook", ok=False, detail=f"{script.path} is not of this version", fix=_INIT)
    if not installed.has(_HOOKS):
        places = " nor ".join(changes[_HOOKS].path for changes in (installed.user, installed.project))
        return Check("hook", ok=False, detail=f"neither {places} starts {script.path}", fix=_INIT)
    return Check("hook", ok=True, detail=script.path)


def _mcp_entry(installed: _Installed) -> Check:
    for changes in (installed.project, installed.user):
        if not changes[_SERVER].changed:
            return Check("MCP entry", ok=True, detail=changes[_SERVER].path)
    command = installed.user[_SERVER].preview
    advice = f"run `{command}`, or `skillstrata init --scope project` for this folder alone"
    if not installed.user[_HOOKS].changed:
        # Capturing works; that tools are not offered yet is the user's to choose, not a fault.
        return Check("MCP entry", ok=True, detail=f"not registered yet, so agents are not offered the tools: {advice}")
    detail = "no MCP entry of this library for this folder or this user"
    fix = _INIT if installed.project[_HOOKS].changed else advice
    return Check("MCP entry", ok=False, detail=detail, fix=fix)


def _room(app: App) -> Check:
    """Check that copies of files can be kept."""
    shortage = app.blob_stock.shortage()
    used = f"{app.blob_stock.used_bytes() / MB:.1f} MB of copies of files"
    if not shortage:
        return Check("room", ok=True, detail=used)
    fix = "free disk space" if shortage == "disk" else "raise the setting snapshots.max_mb"
    return Check("room", ok=False, detail=f"{used}; no more are kept: {SHORT_OF[shortage]}", fix=fix)


def _spool(app: App) -> Check:
    if app.spool.is_full():
        detail = "it is over its cap, and the hook writes nothing more"
        return Check("spool", ok=False, detail=detail, fix="run `skillstrata distill`, or raise spool_max_mb")
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
