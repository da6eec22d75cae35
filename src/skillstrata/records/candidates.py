"""An execution nominated as reusable, its state, and the story of how it got there."""

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How an execution ends. Each is in exactly one; `OPEN` means not judged yet."""

    NOISE = "noise"
    SHELVED = "shelved"
    REJECTED = "rejected"
    PENDING = "pending"
    DUPLICATE = "duplicate"
    PLACED = "placed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class StageNote:
    """What one stage said about a candidate: the stage's name, its verdict in a word, the evidence in a sentence."""

    stage: str
    verdict: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An end state: its reason code, the sentence behind it, and the exact command that would free a shelved one."""

    state: State
    reason: str
    detail: str = ""
    unshelve: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a candidate was seen: agent, session, and the call that ran it."""

    agent: str
    session: str
    tool_use_id: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One execution on its way through the pipeline; `id` is the execution's id."""

    id: str
    state: State
    source: Source
    reason: str = ""
    unshelve: str = ""
    tool: str = ""
    branch: str = ""
    placement: str = ""
    language: str = ""
    purpose: str = ""
    body_digest: str = ""
    at_s: float = 0.0
    stages: tuple[StageNote, ...] = ()


@dataclass(frozen=True, slots=True)
class Nomination:
    """Whether an execution is a transform worth proving, with the evidence for and against."""

    nominated: bool
    verdict: Verdict | None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What a program needs and touches, found in its syntax tree; comments and strings do not count.

    `requirements` are distributions (`beautifulsoup4`), `unknown_imports` import names that no table maps,
    `binaries` programs it starts, `missing_binaries` those absent here, `evidence` where the requirements come from.
    `verdict` is set when it must be set aside.
    """

    imports: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    unknown_imports: tuple[str, ...] = ()
    local_modules: tuple[str, ...] = ()
    binaries: tuple[str, ...] = ()
    missing_binaries: tuple[str, ...] = ()
    network: tuple[str, ...] = ()
    clock: tuple[str, ...] = ()
    randomness: tuple[str, ...] = ()
    destructive: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class ExecutionCounts:
    """Executions by end state; `total` is counted on its own, so that the sum can be checked against it."""

    noise: int = 0
    shelved: int = 0
    rejected: int = 0
    pending: int = 0
    duplicate: int = 0
    placed: int = 0
    open: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Accounting:
    """The sums of the whole library. Every event is noise, in an execution, or not yet read (`open_events`)."""

    events: int
    noise_events: int
    execution_events: int
    open_events: int
    executions: ExecutionCounts
    balanced: bool
