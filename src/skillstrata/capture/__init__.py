"""Stage 1 of 5, capture: agent records in, events out.

    spool file --read--> AgentRecord --normalise--> Event --redact--> Event --named files--> stored once, or quarantined
    history --read--> AgentRecord .. --normalise--> Event --redact--> Event --known?--> stored once, in batches

Front doors: `ingest` and `import_histories`. The rest of the folder is private to the stage, but for `Redactor`,
`custom_rules` and `without_persons`, which deposit needs as well.
May import records and ports, nothing else of ours (contract "strata").
"""

from skillstrata.capture.histories import HistoryPorts, import_histories
from skillstrata.capture.ingest import IngestPorts, ingest
from skillstrata.capture.personal_words import without_persons
from skillstrata.capture.redact import Redactor
from skillstrata.capture.redaction_rules import custom_rules

__all__ = [
    "HistoryPorts",
    "IngestPorts",
    "Redactor",
    "custom_rules",
    "import_histories",
    "ingest",
    "without_persons",
]
