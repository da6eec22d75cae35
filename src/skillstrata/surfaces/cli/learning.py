"""`learn`: the verbs on what was learned from work, each imported only when it is called.

In     a verb's name
Out    its command
Never  imports a verb that was not asked for
"""

from skillstrata.surfaces.cli.lazy_verbs import LazyVerbs
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


learn = LazyVerbs(
    "learn",
    LEARN_VERBS,
    summary="Learn from work: compare drafts with what exists, apply them, take them back.",
    epilog="`skillstrata learn VERB --help` tells more about one.",
)
