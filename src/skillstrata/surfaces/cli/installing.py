"""`init`, `uninstall`, `doctor`, `hook-path`: our entries in an agent's configuration, and whether all is well.

In     agent, scope, the current folder
Out    what was installed where, what was there already, and the next step
"""

from pathlib import Path

import click

from skillstrata.app import json_views
from skillstrata.app.own_program import own_program
from skillstrata.app.reports import InstallReport
from skillstrata.app.use_cases import doctoring, installing
from skillstrata.ports.agent_config import ConfigChange, Scope
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out

NOTHING, MISSING = 3, 69
_agent = click.option(
    "--agent", type=click.Choice(["claude-code"]), default="claude-code", show_default=True, help="Which agent."
)
_scope = click.option(
    "--scope",
    type=click.Choice(["user", "project"]),
    default="user",
    show_default=True,
    help="For all your projects, or for the current folder only.",
)


_one_scope = click.option(
    "--scope",
    type=click.Choice(["user", "project"]),
    default=None,
    help="Only for you as a user, or only for the current folder; without it every place `init` was run for.",
)


def _said(change: ConfigChange, verb_done: str) -> str:
    if change.changed:
        return verb_done
    return "by hand" if change.instructions else "unchanged"


def _print_changes(report: InstallReport, out: Out, *, verb_done: str, only_shown: bool) -> None:
    out.line(f"data directory: {report.data_dir}")
    for change in report.changes:
        out.line(f"  {_said(change, verb_done):<15} {change.what}: {change.path}")
        if only_shown and change.preview:
            out.line("\n".join(f"      {line}" for line in change.preview.splitlines()))
        if change.instructions:
            out.line("\n".join(f"      {line}" for line in change.instructions.splitlines()))


@verb(
    "init",
    examples=("skillstrata init", "skillstrata init --scope project", "skillstrata init --print"),
    exits=(65, 69, 75),
)
@_agent
@_scope
@click.option("--print", "print_only", is_flag=True, help="Only show what would change.")
@pass_invocation
def init(inv: Invocation, *, agent: str, scope: Scope, print_only: bool) -> int:
    """Make the data directory and install the hooks and the MCP entry; what is there stays, with a backup."""
    out = inv.out()
    report = installing.init(
        inv.app(), agent=agent, scope=scope, project=Path.cwd(), print_only=print_only, program=own_program()
    )
    if out.as_json:
        out.json(json_views.install_json(report))
    else:
        _print_changes(report, out, verb_done="would install" if print_only else "installed", only_shown=print_only)
    if not print_only:
        out.note("Next: restart Claude Code sessions, so that they load the hooks; `skillstrata doctor` checks it all.")
    return 0


@verb("uninstall", examples=("skillstrata uninstall", "skillstrata uninstall --scope project"), exits=(3, 65, 75))
@_agent
@_one_scope
@pass_invocation
def uninstall(inv: Invocation, *, agent: str, scope: Scope | None) -> int:
    """Take exactly our entries out of the agent's configuration, for the user and every project; data stays."""
    out = inv.out()
    report = installing.uninstall(inv.app(), agent=agent, scope=scope, project=Path.cwd(), program=own_program())
    if out.as_json:
        out.json(json_views.install_json(report))
    else:
        _print_changes(report, out, verb_done="removed", only_shown=False)
    if not any(change.changed or change.instructions for change in report.changes):
        where = "here" if scope else "in any place it was installed in"
        out.note(f"Nothing found to take out {where}; name a place with --scope, or another --data-dir.")
        return NOTHING
    out.note(f"The data stays in {report.data_dir}; delete that folder to forget everything.")
    return 0


@verb("hook-path", examples=("skillstrata hook-path",), exits=(65, 75))
@pass_invocation
def hook_path(inv: Invocation) -> int:
    """Print the hook script's path, for agents that are set up by hand; write the script if it is not there."""
    out = inv.out()
    path = installing.hook_path(inv.app())
    if out.as_json:
        out.json({"path": path})
    else:
        out.exact(path + "\n")
    return 0


@verb("doctor", examples=("skillstrata doctor", "skillstrata doctor --json"), exits=(69,))
@pass_invocation
def doctor(inv: Invocation) -> int:
    """Check sandbox, uv, hook, MCP entry, database and binaries; say the next step for each failure."""
    out = inv.out()
    checks = doctoring.doctor(inv.app())
    if out.as_json:
        out.json(json_views.checks_json(checks))
    else:
        width = max((len(check.name) for check in checks), default=0)
        for check in checks:
            out.line(f"{'ok  ' if check.ok else 'FAIL'}  {check.name:<{width}}  {check.detail}")
            if not check.ok and check.fix:
                out.line(f"{'':<{width + 8}}fix: {check.fix}")
    return 0 if all(check.ok for check in checks) else MISSING
