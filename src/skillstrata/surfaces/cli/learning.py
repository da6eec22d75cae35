"""`learn`: the verbs on what was learned from work, each imported only when it is called.

In     a verb's name
Out    its command
Never  imports a verb that was not asked for
"""

import importlib

import click

from skillstrata.surfaces.cli.invocation import global_options, write_options
from skillstrata.surfaces.cli.verbs import CLI, VerbEntry

# One row a verb, in the order of `--help`: name, "module:command", the use cases it calls, its line of help.
LEARN_VERBS: tuple[VerbEntry, ...] = (
    VerbEntry(
        "draft",
        f"{CLI}.learning_drafts:draft",
        ("learning.draft",),
        "Make drafts of skills, commands and agents from what was done.",
    ),
    VerbEntry(
        "compare",
        f"{CLI}.learning_lifecycle:compare",
        ("learning_lifecycle.compare",),
        "Show what says something like a draft, and how much.",
    ),
    VerbEntry(
        "decide",
        f"{CLI}.learning_lifecycle:decide",
        ("learning_lifecycle.decide",),
        "Say what would be done with a draft, and why.",
    ),
    VerbEntry(
        "apply",
        f"{CLI}.learning_lifecycle:apply",
        ("learning_lifecycle.apply",),
        "Do it: write, patch, replace; what is replaced is archived first.",
    ),
    VerbEntry(
        "archive",
        f"{CLI}.learning_lifecycle:archive",
        ("learning_lifecycle.archive",),
        "Take a learned skill, command or agent out of use.",
    ),
    VerbEntry(
        "delete",
        f"{CLI}.learning_lifecycle:delete",
        ("learning_lifecycle.delete",),
        "Delete one, where that is permitted; a tombstone keeps its content.",
    ),
    VerbEntry(
        "restore",
        f"{CLI}.learning_lifecycle:restore",
        ("learning_lifecycle.restore",),
        "Bring back what was archived or deleted; without a name, list it.",
    ),
)


class LazyLearnVerbs(click.Group):
    """A group that imports a verb's module when, and only when, the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the verbs in the order of the table."""
        return [entry.name for entry in LEARN_VERBS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb that was asked for."""
        entry = next((entry for entry in LEARN_VERBS if entry.name == cmd_name), None)
        if entry is None:
            return None
        module, _, name = entry.target.partition(":")
        return getattr(importlib.import_module(module), name)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options and the verbs, without importing any of them."""
        write_options(self, ctx, formatter)
        with formatter.section("Verbs"):
            formatter.write_dl([(entry.name, entry.summary) for entry in LEARN_VERBS])


learn = LazyLearnVerbs(
    "learn",
    params=global_options(),
    help="Learn from work: compare drafts with what exists, apply them, take them back.",
    epilog="`skillstrata learn VERB --help` tells more about one.",
)
