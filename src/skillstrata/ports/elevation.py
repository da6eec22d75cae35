"""Seam: who may allow a skill more for a while, and where that is written down."""

from collections.abc import Callable

from skillstrata.records.skill_faults import ElevationGrant, ElevationRecord, ElevationRequest

Elevation = Callable[[ElevationRequest], ElevationGrant | None]
"""Policy's answer to a request: a grant with its end, or None for no."""

ElevationAudit = Callable[[ElevationRecord], None]
"""Writes one answer down for good; an answer that cannot be written down is a refusal."""
