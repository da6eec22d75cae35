"""`plugin build`: the folder that an agent's client loads.

In     where to, whether with a marketplace entry, how the program is started
Out    the files, and what to do with the folder
"""

import shlex
from pathlib import Path

import click

from skillstrata.app.use_cases import plugin_building
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb


@click.group("plugin", short_help="The plugin for an agent's client.")
def plugin() -> None:
    """Build the plugin for Claude Code: capture hooks, MCP server, skill and commands in one folder."""


@verb(
    "build",
    examples=(
        "skillstrata plugin build --to ./skillstrata-plugin",
        "skillstrata plugin build --to ./skillstrata-plugin --marketplace",
    ),
    exits=(4, 75),
)
@click.option(
    "--to", "to", required=True, type=click.Path(file_okay=False, path_type=Path), help="The plugin's folder."
)
@click.option("--marketplace", is_flag=True, help="Make the folder a marketplace too, with this one plugin.")
@click.option(
    "--program",
    default="skillstrata",
    show_default=True,
    help="What the client starts as MCP server: a word on its PATH, or an absolute path.",
)
@pass_invocation
def build(inv: Invocation, *, to: Path, marketplace: bool, program: str) -> int:
    """Write the plugin's folder; a folder with anything else in it is left alone."""
    if "/" in program and not Path(program).is_absolute():
        raise click.UsageError(f"--program {program}: give a word that is on the PATH, or an absolute path")
    out = inv.out()
    made = plugin_building.build(inv.app(), to=to, program=program, marketplace=marketplace)
    if out.as_json:
        out.json(
            {
                "path": made.folder,
                "name": "skillstrata",
                "version": made.version,
                "program": made.program,
                "marketplace": made.marketplace,
                "files": list(made.files),
                "changed": list(made.changed),
                "removed": list(made.removed),
            }
        )
        return 0
    out.line(f"plugin skillstrata {made.version}: {made.folder}")
    for path in made.files:
        out.line(f"  {'written' if path in made.changed else 'unchanged':<10} {path}")
    for path in made.removed:
        out.line(f"  {'removed':<10} {path}")
    folder = shlex.quote(made.folder)
    if marketplace:
        out.note(f"Next: claude plugin marketplace add {folder} && claude plugin install skillstrata@skillstrata")
    else:
        out.note(f"Next: claude --plugin-dir {folder}")
    return 0


plugin.add_command(build)
