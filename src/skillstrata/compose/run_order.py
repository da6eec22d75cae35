"""Which steps wait for which, and which may run side by side.

In     steps, and for each whether it may run beside others
Out    Order: for each step those that must be over before it
Never  lets a step with effects overtake, or be overtaken by, a step that is declared on its other side
Why    steps without a path between them may touch the same thing all the same: only reading is known not to matter
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from skillstrata.records.composed_tools import ComposedStep


class OrderCyclic(ValueError):
    """Steps that wait for each other in a circle; the compiler refuses them before."""


@dataclass(frozen=True, slots=True)
class Order:
    """Numbers of steps. `line` is an order in which every step comes after all it waits for.

    `before` holds for each step, by its number, those that must be over. `linear` says that no two may run at once.
    """

    line: tuple[int, ...]
    before: tuple[frozenset[int], ...]
    linear: bool


def order_of(steps: tuple[ComposedStep, ...], beside: tuple[bool, ...]) -> Order:
    """Lay steps out.

    Args:
        steps: As they were declared.
        beside: For each, whether it may run beside others: it only reads, or it says `parallel`.

    Raises:
        OrderCyclic: Steps wait for each other.
    """
    return _order(tuple(step.after for step in steps), beside)


@lru_cache(maxsize=4096)
def _order(after: tuple[tuple[int, ...], ...], beside: tuple[bool, ...]) -> Order:
    line = _line(after)
    before: list[frozenset[int]] = [frozenset()] * len(after)
    barrier: int | None = None
    since: list[int] = []
    for number in line:
        waits = set(after[number])
        if not beside[number]:
            waits.update(since)
        if barrier is not None:
            waits.add(barrier)
        before[number] = frozenset(waits)
        if beside[number]:
            since.append(number)
        else:
            barrier, since = number, []
    chained = all(first in before[second] for first, second in pairwise(line))
    return Order(tuple(line), tuple(before), chained)


def _line(after: Sequence[Sequence[int]]) -> list[int]:
    """Take, again and again, the first declared step that waits for nothing more."""
    left = dict.fromkeys(range(len(after)))
    done: set[int] = set()
    line: list[int] = []
    while left:
        ready = next((number for number in left if done.issuperset(after[number])), None)
        if ready is None:
            raise OrderCyclic(f"steps {', '.join(map(str, left))} wait for each other")
        del left[ready]
        done.add(ready)
        line.append(ready)
    return line
