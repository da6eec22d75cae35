"""Seam: the layers of policy as somebody wrote them."""

from typing import Protocol

from skillstrata.records.policies import PolicyLayer


class PolicySource(Protocol):
    """Reads policy files.

    Promises, checked by tests/contracts/test_policy_source.py:
      - the layers come in the order managed, user, project;
      - a file that cannot be read or understood raises PolicyInvalid with its path and line: never an empty layer;
      - a missing file is no layer.
    """

    def layers(self) -> tuple[PolicyLayer, ...]:
        """Read every layer there is now."""
        ...
