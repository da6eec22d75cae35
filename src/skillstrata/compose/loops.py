"""A step with `for_each`: one turn for each item of a list.

In     a step, the values of those before
Out    Ended; its output is the list of the turns' outputs, in the order of the items
Never  moves a position: a turn that failed or was left out has its default where its output would be; gives a part of
       the list for the whole when a turn stopped the run: that part stands in the record alone
"""

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context

from skillstrata.compose.prepared_tools import PreparedStep
from skillstrata.compose.retrying import not_sent
from skillstrata.compose.run_leg import Ended, Leg
from skillstrata.compose.step_results import items_json, settled
from skillstrata.compose.template_faults import TemplateFailed
from skillstrata.compose.template_values import Rendered, StepValue, rendered
from skillstrata.compose.turning import faulty, recorded, turned
from skillstrata.records.composed_runs import StepItem, StepRecord
from skillstrata.records.json_values import Json
from skillstrata.records.tool_calls import ToolFault


def looped(leg: Leg, step: PreparedStep) -> Ended:
    """Run every turn and record the whole."""
    try:
        found = rendered(step.step.for_each, leg.scope())
    except TemplateFailed as error:
        return recorded(leg, faulty(leg, step, step.id, error, leg.scope()))
    if fault := _list_fault(leg, step, found.value):
        return recorded(leg, settled(leg, step, step.id, not_sent(fault), tainted=False))
    items = found.value if isinstance(found.value, list) else []
    turns = _Turns(leg, step, items, found)
    ended = turns.beside() if step.step.parallel and len(items) > 1 else turns.in_line()
    return recorded(leg, _joined(step, ended, tainted=bool(found.tainted)), durable=True)


def _list_fault(leg: Leg, step: PreparedStep, value: Json) -> ToolFault | None:
    if not isinstance(value, list):
        return ToolFault("invalid_arguments", f"for_each of step {step.id!r} is not a list")
    most = leg.means.limits.loop_items
    if len(value) > most:
        return ToolFault("limit", f"for_each of step {step.id!r} has {len(value):,} items, more than {most:,}")
    return None


class _Turns:
    def __init__(self, leg: Leg, step: PreparedStep, items: list[Json], found: Rendered) -> None:
        self._leg = leg
        self._step = step
        self._items = items
        self._tainted, self._derived = bool(found.tainted), bool(found.derived)
        self._ended: dict[int, Ended] = {}

    def in_line(self) -> dict[int, Ended]:
        for index in range(len(self._items)):
            self._take(index, self._turn(index))
            if self._ended[index].halt is not None:
                break
        return self._ended

    def beside(self) -> dict[int, Ended]:
        waiting = list(range(len(self._items)))[::-1]
        running: dict[Future[Ended], int] = {}
        with ThreadPoolExecutor(self._leg.means.limits.parallel) as pool:
            while running or waiting:
                while waiting and len(running) < self._leg.means.limits.parallel:
                    index = waiting.pop()
                    running[pool.submit(copy_context().run, self._turn, index)] = index
                over, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in over:
                    index = running.pop(future)
                    self._take(index, future.result())
                    if self._ended[index].halt is not None:
                        waiting.clear()
        return self._ended

    def _turn(self, index: int) -> Ended:
        leg, step = self._leg, self._step
        label = f"{step.id}[{index}]"
        if leg.means.cancel.is_set() and label not in leg.earlier:
            return settled(leg, step, label, not_sent(ToolFault("cancelled", "cancelled")), tainted=False)
        scope = leg.scope(self._items[index], index, item_tainted=self._tainted, item_derived=self._derived)
        return turned(leg, step, label, scope, asks=step.each)

    def _take(self, index: int, ended: Ended) -> None:
        self._ended[index] = ended
        message = f"{ended.record.id}: {ended.record.status}"
        self._leg.tell(len(self._ended) / (len(self._items) + 1), message)


def _joined(step: PreparedStep, ended: dict[int, Ended], *, tainted: bool) -> Ended:
    order = sorted(ended)
    items = tuple(_item(index, ended[index].record) for index in order)
    halted = [ended[index] for index in order if ended[index].halt is not None]
    attempts = sum(ended[index].record.attempts for index in order)
    ms = sum(ended[index].record.ms for index in order)
    tainted = tainted or any(ended[index].record.tainted for index in order)
    if halted:
        worst = min(halted, key=lambda one: _GRAVITY.index(one.record.status))
        record = worst.record
        stopped = StepRecord(
            id=step.id,
            tool=step.step.tool,
            status=record.status,
            attempts=attempts,
            ms=ms,
            error_type=record.error_type,
            error=f"{record.id}: {record.error}",
            items=items,
            tainted=tainted,
        )
        return Ended(stopped, StepValue(None, tainted, record.status, error=stopped.error), worst.halt)
    output: Json = [ended[index].record.output for index in order]
    record = StepRecord(
        id=step.id,
        tool=step.step.tool,
        status="done",
        output=output,
        attempts=attempts,
        ms=ms,
        items=items,
        tainted=tainted,
    )
    return Ended(record, StepValue(output, tainted, items=items_json(items) or []))


_GRAVITY = ("unknown", "failed", "cancelled", "waiting_approval")


def _item(index: int, record: StepRecord) -> StepItem:
    return StepItem(index, record.status, record.output, record.error, record.attempts)
