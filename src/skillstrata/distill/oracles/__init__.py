"""Oracles: does this output carry what this input says? Decided without the program and without a gold answer.

    (given, produced) --choose_profile--> "document-1"      --judge--> OracleResult

Each profile is a set of floors with a version; all of them stand in `registry`. No oracle looks at a length ratio.
"""

from skillstrata.distill.oracles.registry import PROFILES, choose_profile, judge

__all__ = ["PROFILES", "choose_profile", "judge"]
