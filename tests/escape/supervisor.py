"""`python -m tests.escape.supervisor [TERMINAL]`: a process of its own that runs one job, so that it can be killed.

In     standard input, pickled by drives.py: a SandboxJob, or the words of a plain command
Out    standard output, pickled: SandboxResult
"""

import os
import pickle
import subprocess
import sys

from skillstrata.records.sandbox_runs import SandboxJob, SandboxResult
from tests.escape.drive import sandbox_under_test


def run(asked: SandboxJob | list[str]) -> SandboxResult:
    """Run it to its end."""
    if isinstance(asked, SandboxJob):
        return sandbox_under_test().run(asked)
    done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return SandboxResult(done.returncode, done.stdout, done.stderr)


if __name__ == "__main__":
    for terminal in sys.argv[1:]:
        # The first terminal that the leader of a session opens becomes the session's own.
        os.open(terminal, os.O_RDWR)
    pickle.dump(run(pickle.load(sys.stdin.buffer)), sys.stdout.buffer)  # noqa: S301 written by the parent
