"""Stage 1 of 5, capture: agent records in, events out.

    spool file --read--> AgentRecord --normalise--> Event --redact--> Event --named files--> stored once, or quarantined

Front door: `ingest`. The rest of the folder is private to the stage, but for `Redactor`, which deposit needs as well.
May import records and ports, nothing else of ours (contract "strata").
"""

from skillstrata.capture.ingest import IngestPorts, ingest
from skillstrata.capture.redact import Redactor

__all__ = ["IngestPorts", "Redactor", "ingest"]
