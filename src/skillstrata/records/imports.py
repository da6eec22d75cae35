"""What reading an agent's history gives besides its records: faults, what was left out, how far each file was read."""

from dataclasses import dataclass, field

from skillstrata.records.events import AgentRecord


@dataclass(frozen=True, slots=True)
class ImportFault:
    """A piece of a history that cannot be read: where, and why. `line` begins at 1; 0 stands for the whole file."""

    path: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is no tool call, prompt or session mark, by the name its agent gives it: counted, not kept.

    `of_a_call` marks the result of a call that the file does not hold: where lines of it are damaged, one of those did.
    """

    what: str
    of_a_call: bool = False


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
class CallCount:
    """Where the tool calls of an import ended: `found` is the sum of the others.

    `duplicate` calls were known, or stand twice; `completed` of them were known without their result and got it now.
    `quarantined` calls cannot be stored: what asked for them stood in a damaged line, and only their result is left.
    `forgotten` ones belong to sessions that the user had removed.
    """

    found: int = 0
    new: int = 0
    duplicate: int = 0
    quarantined: int = 0
    forgotten: int = 0
    completed: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """One import. `new`, `duplicate` and `quarantined` count records of every kind; `by_call` the tool calls alone.

    Every tool call found is new, known already, or stands in a fault: `calls` is their sum. `files` were read now,
    `unchanged` ones were read by an earlier import, `unrecognised` ones are of no agent. `agents` says how many files
    each agent has. `refused` are paths the user named that could not be imported: of no agent, or not to be read.
    `stopped` is set where the user ended it early: what is counted is stored.
    """

    files: int = 0
    unchanged: int = 0
    calls: int = 0
    new: int = 0
    duplicate: int = 0
    quarantined: int = 0
    left_out: tuple[tuple[str, int], ...] = ()
    faults: tuple[ImportFault, ...] = ()
    faults_more: int = 0
    unrecognised: int = 0
    agents: tuple[tuple[str, int], ...] = ()
    by_call: CallCount = field(default_factory=CallCount)
    refused: tuple[str, ...] = ()
    size_bytes: int = 0
    stopped: bool = False
