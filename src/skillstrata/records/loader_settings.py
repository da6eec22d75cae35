"""What a loader's configuration file says, with the units it has inside the program: seconds, characters, shares."""

from dataclasses import dataclass, field

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skill_metrics import Thresholds


@dataclass(frozen=True, slots=True)
class ScanPlace:
    """A folder of skills, or a pattern of them; `~` and relative paths as they were written."""

    path: str
    priority: int = 0
    watched: bool = True
    recursive: bool = False


@dataclass(frozen=True, slots=True)
class ContextShares:
    """How the context is shared out; what is left over goes to the system's own texts.

    With `own_system` these have that share, and what is left over goes to the buffer.
    """

    total_chars: int = 15_000
    metadata: float = 0.4
    active: float = 0.3
    buffer: float = 0.1
    own_system: float | None = None

    @property
    def system(self) -> float:
        """Give the share of the system's own texts."""
        if self.own_system is not None:
            return self.own_system
        return max(0.0, round(1.0 - self.metadata - self.active - self.buffer, 6))


@dataclass(frozen=True, slots=True)
class SkillPermissions:
    """What one skill may use; limits in seconds and bytes, 0 where none is set."""

    skill: str
    allowed_tools: tuple[str, ...] = ()
    forbidden_operations: tuple[str, ...] = ()
    cpu_s: float = 0.0
    memory_bytes: int = 0
    disk_bytes: int = 0


@dataclass(frozen=True, slots=True)
class LoaderSettings:
    """The whole file; `max_workers` 0 leaves that to the program, `odd` names keys that have no effect here."""

    places: tuple[ScanPlace, ...] = ()
    context: ContextShares = field(default_factory=ContextShares)
    resolution_timeout_s: float = 5.0
    on_cycle: str = "warn_and_sort"
    hot_swap: bool = True
    watch_interval_s: float = 2.0
    version_overlap_s: float = 300.0
    max_rollbacks: int = 3
    override_threshold: float = 0.8
    default_allow: tuple[str, ...] = ()
    require_approval: tuple[str, ...] = ()
    permissions: tuple[SkillPermissions, ...] = ()
    critical: tuple[str, ...] = ()
    metrics_interval_s: float = 30.0
    thresholds: Thresholds = field(default_factory=Thresholds)
    max_workers: int = 0
    odd: tuple[Diagnostic, ...] = ()
