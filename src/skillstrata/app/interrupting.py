"""A sandbox that starts nothing more once the pass should stop.

In     jobs
Out    their results, or PassStopped in place of the next start
Never  interrupts a program that runs: its limits end it, or the end of the whole process
"""

from collections.abc import Callable
from typing import ClassVar

from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.sandbox_runs import Check, SandboxJob, SandboxResult


class PassStopped(StrataError):
    """A pass was asked to stop; what it had not judged stays open."""

    code: ClassVar[str] = "distill.stopped"
    retry: ClassVar[Retry] = Retry.SAME
    exit_code: ClassVar[int] = 75


class StoppableSandbox:
    """Fulfils the Sandbox port through another one, until it should stop."""

    def __init__(self, inner: Sandbox, should_stop: Callable[[], bool]) -> None:
        """Remember both."""
        self._inner = inner
        self._should_stop = should_stop
        self.tier = inner.tier

    def run(self, job: SandboxJob) -> SandboxResult:
        """Run one job.

        Raises:
            PassStopped: It should stop; nothing was started.
        """
        self.refuse_if_stopped()
        return self._inner.run(job)

    def refuse_if_stopped(self) -> None:
        """Raise PassStopped if it should stop: before other work that takes its time."""
        if self._should_stop():
            raise PassStopped("the pass was stopped", hint="the next pass judges what is open from its beginning")

    def checks(self) -> tuple[Check, ...]:
        """Pass the question on."""
        return self._inner.checks()
