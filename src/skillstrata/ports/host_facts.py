"""Seam: what this machine has, as far as skills ask for it before they can be used."""

from typing import Protocol


class HostFacts(Protocol):
    """Answers what is there now.

    Promises, checked by tests/contracts/test_host_facts.py:
      - nothing is started to find out;
      - an environment variable that is set to nothing is not there.
    """

    def has_binary(self, name: str) -> bool:
        """Say whether a program is on the user's path."""
        ...

    def has_variable(self, name: str) -> bool:
        """Say whether an environment variable has a value."""
        ...

    def has_mcp_server(self, name: str) -> bool:
        """Say whether a server of this name is configured."""
        ...
