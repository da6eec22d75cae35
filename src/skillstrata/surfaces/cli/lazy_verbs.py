"""A group of verbs, each imported only when it is called.

In     a table of verbs, a verb's name
Out    its command
Never  imports a verb that was not asked for
"""

import importlib

import click

from skillstrata.surfaces.cli.invocation import global_options, write_options
from skillstrata.surfaces.cli.verbs import VerbEntry


class LazyVerbs(click.Group):
    """A group that imports a verb's module when, and only when, the verb is called."""

    def __init__(self, name: str, entries: tuple[VerbEntry, ...], *, summary: str, epilog: str) -> None:
        """Take the table of verbs, in the order of `--help`."""
        super().__init__(name, params=global_options(), help=summary, epilog=epilog)
        self._entries = {entry.name: entry for entry in entries}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the verbs in the order of the table."""
        return list(self._entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb that was asked for."""
        entry = self._entries.get(cmd_name)
        if entry is None:
            return None
        module, _, name = entry.target.partition(":")
        return getattr(importlib.import_module(module), name)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options and the verbs, without importing any of them."""
        write_options(self, ctx, formatter)
        with formatter.section("Verbs"):
            formatter.write_dl([(entry.name, entry.summary) for entry in self._entries.values()])
