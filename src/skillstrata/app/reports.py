"""What use cases give back: one frozen report per verb, the same for the command line and the MCP server.

Out    plain records; `skillstrata.app.json_views` turns them into the JSON of the command contract
Never  formats for a terminal
"""

from dataclasses import dataclass

from skillstrata.ports.agent_config import ConfigChange
from skillstrata.ports.blob_stock import Shortage
from skillstrata.ports.catalog import Pass
from skillstrata.ports.daemon_post import DaemonState
from skillstrata.records.candidates import Accounting, Candidate
from skillstrata.records.events import IngestReport
from skillstrata.records.proofs import Proof, ReplayRun
from skillstrata.records.sandbox_runs import Attempt, Endpoint
from skillstrata.records.tools import LineageEntry, Quality, Tool


@dataclass(frozen=True, slots=True)
class InstallReport:
    """What `init` or `uninstall` did, place by place."""

    data_dir: str
    changes: tuple[ConfigChange, ...]


@dataclass(frozen=True, slots=True)
class DistillReport:
    """One pass: what was taken in, what was judged in this pass, and the sums afterwards."""

    events: IngestReport
    executions: int
    candidates: tuple[Candidate, ...]
    accounting: Accounting


@dataclass(frozen=True, slots=True)
class ShelfLine:
    """How many candidates wait for the same thing, and the command that frees them."""

    reason: str
    count: int
    unshelve: str


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The whole state in one view.

    `lost_events` counts what the hook could not write; `sessions` are their names; `r_miss` counts programs that agents
    wrote although a tool did the same, by cause.
    """

    accounting: Accounting
    shelf: tuple[ShelfLine, ...]
    last_pass: Pass | None
    waiting: int
    quarantined: int
    lost_events: int
    daemon: DaemonState | None = None
    spool_full: bool = False
    shortage: Shortage = ""
    sessions: tuple[str, ...] = ()
    r_miss: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class DaemonReport:
    """The background process (None: it does not run) and what it takes care of.

    `shortage` is what there is not enough of to keep copies of files. `changed` says that this call started or ended
    it.
    """

    state: DaemonState | None
    last_pass: Pass | None = None
    waiting: int = 0
    spool_full: bool = False
    shortage: Shortage = ""
    log: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a candidate ended as it did."""

    candidate: Candidate
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class ToolRow:
    """A tool and what its use shows."""

    tool: Tool
    quality: Quality


@dataclass(frozen=True, slots=True)
class DamagedFolder:
    """A tool's folder that cannot be read, and why."""

    name: str
    folder: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The library: the tools that can be called, and the folders that cannot be read."""

    rows: tuple[ToolRow, ...]
    damaged: tuple[DamagedFolder, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolView:
    """One tool whole; `unproved` names the folders of versions beside which there is no proof."""

    tool: Tool
    quality: Quality
    lineage: tuple[LineageEntry, ...]
    proof: Proof | None
    folder: str
    unproved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenOutput:
    """A file a call wrote for the user."""

    name: str
    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class CallError:
    """Why a call failed, in the form every surface shows."""

    code: str
    message: str
    hint: str
    retry: str


@dataclass(frozen=True, slots=True)
class CallRequest:
    """One wish to call a tool: its arguments as (name, value), where outputs go, and who asks ("cli" or "mcp").

    `input` is the path of a file; `branch` is "" for the one that fits; `force` overwrites outputs that are there and
    tries an input of another type. `allow_hosts` is what this one call may reach besides what the settings grant; only
    a person at the command line gives it, and so it is with `limits`: fields of Limits and their values in place of the
    contract's.
    """

    name: str
    arguments: tuple[tuple[str, str], ...]
    out_dir: str
    branch: str = ""
    force: bool = False
    surface: str = "cli"
    allow_hosts: tuple[Endpoint, ...] = ()
    limits: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class CallReport:
    """One call of a tool. `text` is set for tools that give text; `error` when `ok` is False.

    `unrecorded` says why the call is not counted as use, where the catalog could not be written. `network` is what the
    program tried to reach, each place once; `lacked_network` says that it failed for want of it. `tier` names the walls
    it ran in. `fallback_from` is the active version that gave nothing, where another one did, and `fallback_why` what
    was wrong with it; `ms` is then of both. `note` is what a user should know of the version that ran.
    """

    ok: bool
    tool: str
    branch: str
    version: int
    outputs: tuple[WrittenOutput, ...] = ()
    text: str | None = None
    ms: float = 0.0
    tier: str = "isolated"
    error: CallError | None = None
    unrecorded: str = ""
    network: tuple[Attempt, ...] = ()
    fallback_from: int | None = None
    fallback_why: str = ""
    note: str = ""
    lacked_network: bool = False


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """A proof that was run again: every run, whether all gates held, and the tier of the walls it ran in."""

    ok: bool
    runs: tuple[ReplayRun, ...]
    tier: str = "isolated"


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One tool that fits a query, with its score (0.0 to 1.0).

    `note` is how it came to be placed: what tells tools of one purpose apart.
    """

    tool: Tool
    quality: Quality
    score: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class SearchReport:
    """What fits a query, best first; `abstained` when nothing fits well enough."""

    hits: tuple[SearchHit, ...]
    abstained: bool
