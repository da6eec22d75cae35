"""A proven draft that waits for its place: for the end of the pass that proved it, or for somebody's review."""

from dataclasses import dataclass

from skillstrata.records.candidates import Candidate, ProbeReport
from skillstrata.records.contracts import Contract, Signature
from skillstrata.records.drafts import Draft
from skillstrata.records.proofs import Proof
from skillstrata.records.tools import Fixture


@dataclass(frozen=True, slots=True)
class WaitingDraft:
    """All that a deposit needs, so that nothing is proved twice.

    `candidate` is as it was judged: open, or pending with the tool and branch it could not be told from. `of` is a
    digest of the execution it was judged from. `fixtures` come with the bytes of their first file; `further_files` are
    the others, as (name, bytes).
    """

    candidate: Candidate
    of: str
    draft: Draft
    proof: Proof
    probe: ProbeReport
    contract: Contract
    signature: Signature
    fixtures: tuple[tuple[Fixture, bytes], ...]
    further_files: tuple[tuple[str, bytes], ...] = ()
