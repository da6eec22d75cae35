"""One leg of a run, from its start or resumption to its end or the next wait: what its steps share.

In     what the run was begun with, what earlier legs recorded
Out    scopes for templates, calls to the gate, records in the store
Never  writes down or tells a secret; calls more often or for longer than the run may
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from skillstrata.compose.filters import MISSING, Found
from skillstrata.compose.masking import Mask
from skillstrata.compose.prepared_tools import PreparedTool
from skillstrata.compose.template_values import Scope, StepValue
from skillstrata.ports.run_store import RunStore
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.ports.tool_gate import ToolGate
from skillstrata.records.composed_runs import ComposedRun, Plan, RunHead, RunLimits, StepRecord
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.tool_calls import Caller, ToolFault

Progress = Callable[[float, float, str], None]
Secrets = Callable[[str], "str | None"]


class Budget:
    """How many calls are left; a run and the runs inside it share one."""

    def __init__(self, calls: int) -> None:
        """Begin with so many."""
        self._left = calls
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take one; False where none is left."""
        with self._lock:
            self._left -= 1
            return self._left >= 0


class NamedSecrets(Mapping[str, str]):
    """Asks for each secret when a template names it."""

    def __init__(self, ask: Secrets) -> None:
        """Take whoever knows them."""
        self._ask = ask

    def __getitem__(self, name: str) -> str:
        found = self._ask(name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Ended:
    """A step that is over for now: its record, its value, and the fault that stops the run, None for going on."""

    record: StepRecord
    value: StepValue
    halt: ToolFault | None = None


@dataclass(frozen=True, slots=True)
class Means:
    """What a leg works with."""

    gate: ToolGate
    store: RunStore
    limits: RunLimits
    now: Callable[[], float]
    cancel: Cancellation
    progress: Progress | None
    secrets: Mapping[str, str]
    budget: Budget


@dataclass(slots=True)
class Leg:
    """The state of one leg. `earlier` are the records of legs before; `until_s` is when this one must be over."""

    ready: PreparedTool
    head: RunHead
    plan: Plan
    caller: Caller
    means: Means
    until_s: float
    earlier: dict[str, StepRecord] = field(default_factory=dict[str, StepRecord])
    values: dict[str, StepValue] = field(default_factory=dict[str, StepValue])
    ended: dict[str, Ended] = field(default_factory=dict[str, Ended])
    mask: Mask = field(default_factory=Mask)
    bytes_left: int = 0
    run: JsonObject = field(default_factory=dict[str, Json])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def scope(
        self,
        item: Found = MISSING,
        index: int | None = None,
        *,
        item_tainted: bool = False,
        item_derived: bool = False,
    ) -> Scope:
        """Give what a template of a step may name now."""
        return Scope(
            input=self.head.arguments,
            steps=self.values,
            item=item,
            index=index,
            run=self.run,
            secrets=self.means.secrets,
            names=self.ready.names,
            item_tainted=item_tainted,
            input_tainted=self.head.tainted,
            item_derived=item_derived,
            # What a step of another tool hands in may be made of any step before it.
            input_derived=bool(self.caller.run_id),
        )

    def left_s(self) -> float:
        """Give the seconds that are left."""
        return self.until_s - self.means.now()

    def record(self, step: StepRecord, *, durable: bool) -> None:
        """Write a step down."""
        self.means.store.record(self.head.run_id, step, durable=durable)

    def spend(self, size: int) -> bool:
        """Count bytes of outputs; False where the run has given more than it may."""
        with self._lock:
            self.bytes_left -= size
            return self.bytes_left >= 0

    def tell(self, part: float, message: str) -> None:
        """Tell how far the run is: steps that are over, and the part of one that is not."""
        if self.means.progress is not None:
            self.means.progress(len(self.ended) + part, len(self.ready.steps), message)

    def standing(self, status: str, *, fault: ToolFault | None = None, output: Json = None) -> ComposedRun:
        """Give the run as it stands, its steps as they were declared."""
        records = tuple(self.ended[step.id].record for step in self.ready.steps if step.id in self.ended)
        lines = [f"step {record.id}: {record.error_type}: {record.error}" for record in records if record.error_type]
        if fault is not None and not lines:
            lines = [f"{fault.type}: {fault.message}"]
        return ComposedRun(
            head=self.head,
            status=status,
            steps=records,
            output=output,
            message="\n".join(lines),
            approval_id=fault.approval_id if fault else "",
            fault=fault,
        )
