"""Seam: folders for what calls make, where nobody names one."""

from typing import Protocol


class CallOutputs(Protocol):
    """Names folders, and finds them again by the session that called.

    Promises, checked by tests/contracts/test_call_outputs.py:
      - a folder is new at each call, and its name does not hold the session's;
      - `remove` takes all of one session, and nothing else: no folder of another session, none of no session, no file
        that a link leads to.
    """

    def fresh(self, session: str) -> str:
        """Name a folder that is not there yet; "" is a session that nobody named."""
        ...

    def of_session(self, session: str) -> int:
        """Count the files that calls of a session made."""
        ...

    def of_none(self) -> int:
        """Count the folders that nothing ties to a session."""
        ...

    def remove(self, session: str) -> int:
        """Remove the folders of a session; gives how many files went.

        Raises:
            StoreFull: They cannot be removed.
        """
        ...
