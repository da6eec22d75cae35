"""Stage 2, distill: events in, proven drafts out, each with its place.

    Event --reconstruct--> Execution --nominate, probe--> Candidate --observe, generalise--> Draft
    Draft --replay, oracles--> Proof --contract, signature--> Contract --place--> Placement

Front door: `reconstruct` and `variants` for a session, `judge_execution` for one execution, `in_order` and `place` for
proven drafts, with `opinion_of` for purposes, `compare` for behaviour and `merged` for what comes of it,
`verify_version` for a deposited version. The rest of the folder is private to the stage. May import records and
ports, nothing else of ours (contract "strata").
"""

from skillstrata.distill.contract import tool_name_of
from skillstrata.distill.differing import skeleton
from skillstrata.distill.dominance import UNCOMPARED, Comparison, Contender, NamedInputs, compare
from skillstrata.distill.pipeline import Judged, ProvenDraft, Workshop, dependencies_met, judge_execution
from skillstrata.distill.place import Measured, in_order, place
from skillstrata.distill.purpose import merged, opinion_of
from skillstrata.distill.reconstruct import reconstruct
from skillstrata.distill.signature import program_digest
from skillstrata.distill.variants import variants
from skillstrata.distill.verification import FIXTURE_LOST, Asked, verify_version

__all__ = [
    "FIXTURE_LOST",
    "UNCOMPARED",
    "Asked",
    "Comparison",
    "Contender",
    "Judged",
    "Measured",
    "NamedInputs",
    "ProvenDraft",
    "Workshop",
    "compare",
    "dependencies_met",
    "in_order",
    "judge_execution",
    "merged",
    "opinion_of",
    "place",
    "program_digest",
    "reconstruct",
    "skeleton",
    "tool_name_of",
    "variants",
    "verify_version",
]
