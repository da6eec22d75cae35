"""Oracles: does this output carry what this input says? Decided without the program and without a gold answer.

    (given, produced) --choose_profile--> "document-1"      --judge--> OracleResult
    (given, profile)  --relations-------> made inputs, and what must hold between their outputs

Each profile is a set of floors with a version; all of them stand in `registry`. No oracle looks at a length ratio.
Other distributions bring oracles of their own: `ports/oracle.py`.
"""

from skillstrata.distill.oracles.metamorphic import relations
from skillstrata.distill.oracles.registry import PROFILES, choose_profile, is_lossy, judge, plug_in_faults

__all__ = ["PROFILES", "choose_profile", "is_lossy", "judge", "plug_in_faults", "relations"]
