"""What reading an agent's history gives besides its records: faults, what was left out, how far each file was read."""

from dataclasses import dataclass

from skillstrata.records.events import AgentRecord


@dataclass(frozen=True, slots=True)
class ImportFault:
    """A piece of a history that cannot be read: where, and why. `line` begins at 1; 0 stands for the whole file."""

    path: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is no tool call, prompt or session mark, by the name its agent gives it: counted, not kept."""

    what: str


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One thing read from a history: exactly one of `record`, `fault` and `left_out` is set.

    `line` is where it stands (for a call: where it was asked for). `calls` counts the tool calls that this item
    accounts for: 1 for a record of a call, 0 otherwise, so that the sum over a file is the number of calls in it.
    """

    line: int
    record: AgentRecord | None = None
    fault: ImportFault | None = None
    left_out: LeftOut | None = None

    @property
    def calls(self) -> int:
        """Say how many tool calls this accounts for."""
        return int(self.record is not None and bool(self.record.tool))


@dataclass(frozen=True, slots=True)
class ReadMark:
    """How far a file was read: an unchanged file (size and time) is not opened again.

    `reader` names the adapter with its version: a newer one reads everything anew.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    reader: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """One import. Every tool call found is new, known already, or stands in a fault: `calls` is their sum."""

    files: int = 0
    unchanged: int = 0
    calls: int = 0
    new: int = 0
    duplicate: int = 0
    quarantined: int = 0
    left_out: tuple[tuple[str, int], ...] = ()
    faults: tuple[ImportFault, ...] = ()
    faults_more: int = 0
