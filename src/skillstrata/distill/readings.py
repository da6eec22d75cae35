"""Read what a program of any language says about its files.

In     Execution with a body
Out    ProgramText, None for what does not parse
Never  runs the program
"""

from skillstrata.distill.node_text import node_text
from skillstrata.distill.node_tree import node_tree
from skillstrata.distill.program_shape import ProgramText
from skillstrata.distill.program_text import program_text
from skillstrata.distill.shell_text import shell_text
from skillstrata.records.events import Outcome
from skillstrata.records.executions import Execution

# A program that an agent writes by hand has some thousand characters; what is larger carries its data.
MAX_BODY = 400_000
SYNTAX = {
    "python": "the program does not parse as Python 3",
    "node": "the program does not parse as JavaScript",
    "shell": "the text does not parse as shell commands",
}
_TYPED = (".ts", ".mts", ".cts", ".tsx")
_TYPED_RUNNERS = {"tsx", "ts-node", "bun", "deno"}


def is_typescript(execution: Execution) -> bool:
    """Say whether a node program may hold types, which plain node does not read."""
    runner = execution.interpreter.replace("\\", "/").rsplit("/", 1)[-1]
    return execution.script_path.endswith(_TYPED) or (runner in _TYPED_RUNNERS and not _plain(execution))


def _plain(execution: Execution) -> bool:
    tree = node_tree(execution.body or "")
    return tree is not None and tree.complete


def reading(execution: Execution) -> ProgramText | None:
    """Give what a program says of its files; a text that ran well counts as one that parses."""
    body, ran = execution.body or "", execution.outcome in {Outcome.OK, Outcome.BENIGN}
    if execution.language == "node":
        tree = node_tree(body)
        known = tree is not None and (tree.complete or ran or is_typescript(execution))
        return node_text(body, execution.argv) if known else None
    if execution.language == "shell":
        shell = shell_text(body, execution.argv)
        return shell.text if shell is not None and (shell.complete or ran) else None
    return program_text(body, execution.argv)
