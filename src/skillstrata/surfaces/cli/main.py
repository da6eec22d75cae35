"""The program: find the verb, run it, turn every end into an exit code.

In     argv
Out    the verb's output; 0, or the exit code of the contract
Never  imports a verb that was not asked for
Why    the whole process of a read verb has 0.3 s
"""

import signal
import sys
from collections.abc import Sequence
from types import FrameType

import click

from skillstrata import __version__
from skillstrata.surfaces.cli.exits import ended
from skillstrata.surfaces.cli.lazy_verbs import LazyVerbs
from skillstrata.surfaces.cli.verbs import VERBS

TERMINATED = 128 + signal.SIGTERM


cli = LazyVerbs(
    "skillstrata",
    VERBS,
    summary="Turn the programs agents write into proven tools, and serve them back.",
    epilog="Start with `skillstrata init`, work with your agent, then `skillstrata distill` and `skillstrata ls`.",
)
cli = click.version_option(version=__version__, prog_name="skillstrata")(cli)


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(TERMINATED)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program on `argv` (default: the command line's words) and give the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if argv is None:
        # Asked to end, it tidies up as for Ctrl-C: control groups and temporary folders of runs would stay.
        signal.signal(signal.SIGTERM, _end)
    # Names of files need not be UTF-8: what cannot be encoded is shown escaped instead of ending the program.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    return ended(lambda: cli.main(words, prog_name="skillstrata", standalone_mode=False), words)
