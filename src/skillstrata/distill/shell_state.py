"""What the commands of a command line change for those after them: variables, the folder, what stops on errors.

In     ShellCommand
Out    ShellState, changed in place
Never  runs anything
"""

import re
from dataclasses import dataclass, field

from skillstrata.distill.shell_commands import ShellCommand
from skillstrata.distill.shell_words import Variables


@dataclass(slots=True)
class ShellState:
    """What commands change for those after them."""

    variables: Variables
    exported: dict[str, str | None] = field(default_factory=dict[str, str | None])
    folders: tuple[str | None, ...] = ()
    loop: str = ""
    read_from: set[int] = field(default_factory=set[int])
    stop_on_error: bool = False
    pipe_fails: bool = False

    def inside(self) -> "ShellState":
        """Copy the state for a subshell, whose changes do not come back."""
        return ShellState(
            dict(self.variables),
            dict(self.exported),
            self.folders,
            self.loop,
            self.read_from,
            self.stop_on_error,
            self.pipe_fails,
        )


def take_effect(command: ShellCommand, shell: ShellState) -> None:
    """Apply `cd`, `pushd`, `popd` and `set` to what comes after them."""
    if command.name in {"cd", "pushd", "popd"}:
        shell.variables["PWD"] = None
    if command.name in {"cd", "pushd"}:
        targets = [w for w in command.argv[1:] if w is None or not w.startswith("-") or w == "-"]
        target = targets[0] if targets else "~"
        shell.folders = (*shell.folders, None if target == "-" else target)
    elif command.name == "popd":
        shell.folders = (*shell.folders, None)
    elif command.name == "set":
        words = [w or "" for w in command.argv[1:]]
        if any(re.match(r"-[a-z]*e", w) for w in words) or "errexit" in words:
            shell.stop_on_error = True
        if "pipefail" in words:
            shell.pipe_fails = True
