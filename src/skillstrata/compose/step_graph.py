"""Which step waits for which: references are dependencies, `depends_on` adds to them."""

from collections.abc import Hashable, Iterator, Mapping
from typing import TypeVar

from skillstrata.compose.findings import Findings
from skillstrata.compose.tool_schema import DeclaredStep

_Node = TypeVar("_Node", bound=Hashable)


def order_of(
    steps: tuple[DeclaredStep, ...], needs: tuple[set[int], ...], findings: Findings
) -> tuple[tuple[int, ...], ...]:
    """Give, for each step, the numbers of those it waits for; tell of unknown ones and of circles."""
    ids = {step.id: step.number for step in steps} | {str(step.number): step.number for step in steps}
    after: dict[int, tuple[int, ...]] = {}
    for step, needed in zip(steps, needs, strict=True):
        named: set[int] = set()
        for word in step.depends_on:
            if word in ids:
                named.add(ids[word])
            else:
                message = f"depends_on: there is no step {word!r}"
                findings.error("reference", message, (*step.at, "depends_on"), f"the steps are: {', '.join(ids)}")
        after[step.number] = tuple(sorted(needed | named))
    for circle in circles(after):
        path = " -> ".join(f"steps.{steps[number].id}" for number in circle)
        findings.error("cycle", f"steps wait for each other: {path}", (*steps[circle[0]].at, "depends_on"), "cut one")
    return tuple(after[step.number] for step in steps)


def sorted_by_need(graph: "Mapping[_Node, tuple[_Node, ...]]") -> tuple[list[_Node], list[tuple[_Node, ...]]]:
    """Put nodes so that what each needs comes before it; give the circles beside, each closed by its first node.

    Walks without recursion, in the order of the mapping, so equal graphs give equal answers.
    """
    done: dict[_Node, bool] = {}
    order: list[_Node] = []
    found: list[tuple[_Node, ...]] = []
    for start in graph:
        if start in done:
            continue
        done[start] = False
        path: list[_Node] = [start]
        waiting: list[Iterator[_Node]] = [iter(graph[start])]
        while path:
            node = next(waiting[-1], None)
            if node is None:
                done[path[-1]] = True
                order.append(path.pop())
                waiting.pop()
            elif node not in done:
                done[node] = False
                path.append(node)
                waiting.append(iter(graph.get(node, ())))
            elif not done[node]:
                found.append((*path[path.index(node) :], node))
    return order, found


def circles(graph: "Mapping[_Node, tuple[_Node, ...]]") -> list[tuple[_Node, ...]]:
    """Give the circles alone."""
    return sorted_by_need(graph)[1]
