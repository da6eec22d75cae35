"""What failed while skills were looked for, until it works again.

In     a step of looking
Out    alerts; one word to whoever listens
Never  lets one step's fault end the watch: the skills before stay in use, and the next step is done
"""

from collections.abc import Callable
from typing import ClassVar

from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.skill_metrics import Alert
from skillstrata.runtime.swapping import SwapRefused

Hear = Callable[[StrataError], None]


class LookFailed(StrataError):
    """A look at skills that failed as a whole, for a reason that nobody foresaw."""

    code: ClassVar[str] = "runtime.look_failed"
    retry: ClassVar[Retry] = Retry.SAME
    exit_code: ClassVar[int] = 4


class LookFaults:
    """The faults of now, one a step."""

    def __init__(self) -> None:
        """Start with none."""
        self._faults: dict[str, LookFailed] = {}

    def guard(self, step: str, do: Callable[[], object], hear: Hear | None = None) -> bool:
        """Do a step, whatever comes of it.

        Args:
            step: Its name, for the alert.
            do: The step.
            hear: Told each refused swap, and each fault once.

        Returns:
            False where it failed.
        """
        try:
            do()
        except SwapRefused as error:
            if hear is not None:
                hear(error)
        except Exception as error:  # noqa: BLE001 - the edge of the thread that looks
            self._failed(step, error, hear)
            return False
        self._faults.pop(step, None)
        return True

    def alerts(self) -> tuple[Alert, ...]:
        """Give an alert for every step that does not work now."""
        return tuple(Alert(step, "error", fault.message, 1.0) for step, fault in list(self._faults.items()))

    def _failed(self, step: str, error: Exception, hear: Hear | None) -> None:
        said = f"{step} failed, the skills before stay in use: {type(error).__name__}: {str(error)[:500]}"
        known = self._faults.get(step)
        self._faults[step] = fault = LookFailed(said, hint="it is tried again; tell us if it stays")
        if hear is not None and (known is None or known.message != said):
            hear(fault)
