"""Seam: run a program where it can do no harm."""

from typing import Protocol

from skillstrata.records.sandbox_runs import Check, SandboxJob, SandboxResult


class Sandbox(Protocol):
    """Runs one job and brings its files back.

    Promises, checked for every implementation by tests/contracts/test_sandbox.py:
      - a job that never started raises SandboxUnavailable (with what to install); it is never a result;
      - the program sees only the job's files, its environment and the system's programs; no network, no host
        environment;
      - nothing outside is changed; no process, mount or temporary file is left, whatever the program does;
      - each limit kills the whole tree and is named in the result;
      - only regular files with sane names come back, with their bytes as they were when the program ended.
    """

    tier: str

    def run(self, job: SandboxJob) -> SandboxResult:
        """Run one job to its end or its limit."""
        ...

    def checks(self) -> tuple[Check, ...]:
        """Say whether the sandbox works here, by trying it; for `doctor`."""
        ...
