"""Seam: bytes of one agent record -> AgentRecord."""

from typing import Protocol

from skillstrata.records.events import AgentRecord


class AgentRecordReader(Protocol):
    """Reads what one agent writes.

    Promises, checked for every implementation by tests/contracts/test_agent_record_reader.py:
      - returns an AgentRecord or raises RecordUnreadable with the reason; nothing else escapes, whatever the bytes;
      - unknown fields change nothing; unknown events come back with kind OTHER;
      - reads no file and changes nothing.
    """

    def read(self, data: bytes) -> AgentRecord:
        """Validate one record."""
        ...
