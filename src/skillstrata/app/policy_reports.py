"""What the use cases of policy give back."""

from dataclasses import dataclass

from skillstrata.records.policies import Policy


@dataclass(frozen=True, slots=True)
class PolicyReport:
    """The policy that holds in a folder, and how many tools it was held against."""

    policy: Policy
    tools: int
