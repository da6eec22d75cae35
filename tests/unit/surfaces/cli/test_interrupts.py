"""A Ctrl-C must end work also where the code it fell into makes something else of it."""

import signal
import subprocess
import sys

from skillstrata.surfaces.cli.interrupts import kept_interrupts

# In a process of its own: the signal goes to whoever runs the tests otherwise.
SWALLOWS = """
import contextlib, os, signal
from skillstrata.surfaces.cli.interrupts import kept_interrupts
with kept_interrupts() as check:
    with contextlib.suppress(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    try:
        check()
    except KeyboardInterrupt:
        print("again")
"""


def test_an_interrupt_that_was_swallowed_comes_again_at_the_next_call_back() -> None:
    """A callback of a C library turns it into an error of that library, and somebody handles that."""
    done = subprocess.run([sys.executable, "-c", SWALLOWS], capture_output=True, text=True, check=True, timeout=120)

    assert done.stdout == "again\n"


def test_work_that_nobody_interrupts_goes_on_and_the_handler_is_put_back() -> None:
    """Twin: without the signal nothing is raised, and what handled it before does so again."""
    before = signal.getsignal(signal.SIGINT)
    with kept_interrupts() as check:
        check()

    assert signal.getsignal(signal.SIGINT) is before
