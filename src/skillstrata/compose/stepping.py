"""One step of a run, and all of them in their order.

In     a leg of a run, the order of its steps
Out    the leg, each step that was reached recorded in it
Never  begins a step before all it waits for are over; begins another once one has stopped the run or it was cancelled
Why    steps run in this very thread; a pool is only made where two may run at once
"""

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context

from skillstrata.compose.conditions import holds
from skillstrata.compose.loops import looped
from skillstrata.compose.prepared_tools import PreparedStep
from skillstrata.compose.run_leg import Ended, Leg
from skillstrata.compose.run_order import Order
from skillstrata.compose.step_results import recalled, skipped
from skillstrata.compose.template_faults import TemplateFailed
from skillstrata.compose.turning import OPEN, faulty, recorded, turned


def run_steps(leg: Leg, order: Order) -> None:
    """Run the steps until all are over or one stops the run."""
    if order.linear:
        for number in order.line:
            if leg.means.cancel.is_set():
                return
            if not _took(leg, leg.ready.steps[number], _stepped(leg, leg.ready.steps[number])):
                return
    else:
        _beside(leg, order)


def _took(leg: Leg, step: PreparedStep, ended: Ended) -> bool:
    leg.ended[step.id] = ended
    leg.values[step.id] = ended.value
    leg.tell(0.0, f"{step.id}: {ended.record.status}")
    return ended.halt is None


def _beside(leg: Leg, order: Order) -> None:
    waiting = list(order.line)
    over: set[int] = set()
    running: dict[Future[Ended], int] = {}
    with ThreadPoolExecutor(leg.means.limits.parallel) as pool:
        while running or waiting:
            ready = [number for number in waiting if order.before[number] <= over]
            for number in ready[: leg.means.limits.parallel - len(running)]:
                if leg.means.cancel.is_set():
                    break
                waiting.remove(number)
                running[pool.submit(copy_context().run, _stepped, leg, leg.ready.steps[number])] = number
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                number = running.pop(future)
                if _took(leg, leg.ready.steps[number], future.result()):
                    over.add(number)
                else:
                    waiting.clear()


def _stepped(leg: Leg, step: PreparedStep) -> Ended:
    earlier = leg.earlier.get(step.id)
    if earlier is not None and earlier.status not in OPEN:
        return recalled(earlier)
    if not step.step.for_each:
        return turned(leg, step, step.id, leg.scope(), asks=True)
    try:
        if step.condition is not None and not step.each and not holds(step.condition, leg.scope()):
            return recorded(leg, skipped(step, step.id))
    except TemplateFailed as error:
        return recorded(leg, faulty(leg, step, step.id, error, leg.scope()))
    return looped(leg, step)
