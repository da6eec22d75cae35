"""Stage 2, distill: events in, proven drafts out, each with its place.

    Event --reconstruct--> Execution --nominate, probe--> Candidate --observe, generalise--> Draft
    Draft --replay, oracles--> Proof --contract, signature--> Contract --place--> Placement

Front door: `reconstruct` and `variants` for a session, `judge_execution` for one execution, `place` for one proven
draft, `verify_version` for a deposited one. The rest of the folder is private to the stage. May import records and
ports, nothing else of ours (contract "strata").
"""

from skillstrata.distill.pipeline import Judged, ProvenDraft, Workshop, judge_execution
from skillstrata.distill.place import place
from skillstrata.distill.reconstruct import reconstruct
from skillstrata.distill.variants import variants
from skillstrata.distill.verification import Asked, verify_version

__all__ = [
    "Asked",
    "Judged",
    "ProvenDraft",
    "Workshop",
    "judge_execution",
    "place",
    "reconstruct",
    "variants",
    "verify_version",
]
