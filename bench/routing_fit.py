"""Fit the two chances of the routing index on the tuning half of the labelled requests; prints the weights.

In     `python -m bench.routing_fit DIR`, DIR as for bench/routing.py
Out    the weights for runtime/routing_confidence.py, and how well they separate what they were fitted on
Never  looks at the held-out half or at requests that no skill fits
Why    a request has three uses: as it is; with its own skill taken out, so that only near misses are left; and
       against a library of other things. The last two are requests that nothing fits, made without asking anybody
"""

import math
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.routing_sets import Dataset, catalog, metatool
from skillstrata.runtime.routing_confidence import Evidence
from skillstrata.runtime.routing_index import RoutingIndex

_ROUNDS = 400


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of a first candidate, whether anything fitted, and whether it was the right one."""

    evidence: Evidence
    fits: bool
    correct: bool
    weight: float


def index_of(dataset: Dataset, *, bodies: bool = True) -> RoutingIndex:
    """Index every skill of a set."""
    index = RoutingIndex()
    for skill in dataset.skills:
        index.add(skill, dataset.bodies[skill.id] if bodies else "")
    return index


def samples(dataset: Dataset, index: RoutingIndex, strangers: Dataset, *, weight: float) -> list[Sample]:
    """Use every request of the tuning half three times; `strangers` are the requests of another set."""
    found: list[Sample] = []
    by_id = {skill.id: skill for skill in dataset.skills}
    for request in dataset.tuning:
        known = index.evidence(request.text)
        if known is not None:
            first = index.route(request.text, limit=1).candidates[0].skill_id
            found.append(Sample(known, True, first in request.right, weight))
        taken = [by_id[key] for key in request.right if key in by_id]
        for skill in taken:
            index.remove(skill.id)
        near = index.evidence(request.text)
        if near is not None:
            found.append(Sample(near, False, False, weight / 4))
        for skill in taken:
            index.add(skill, dataset.bodies[skill.id])
    share = 1.5 * weight * len(dataset.tuning) / max(len(strangers.tuning), 1)
    for request in strangers.tuning:
        known = index.evidence(request.text)
        if known is not None:
            found.append(Sample(known, False, False, share))
    return found


def fitted(rows: list[tuple[tuple[float, ...], bool, float]]) -> tuple[float, ...]:
    """Fit a logistic function by Newton's method with a little ridge; rows are features, label, weight."""
    size = len(rows[0][0])
    weights = [0.0] * size
    for _ in range(25):
        slope = [-0.05 * w for w in weights]
        bend = [[0.05 * (i == j) for j in range(size)] for i in range(size)]
        for x, label, mass in rows:
            chance = 1 / (1 + math.exp(-sum(w * v for w, v in zip(weights, x, strict=True))))
            for i in range(size):
                slope[i] += mass * (label - chance) * x[i]
                for j in range(size):
                    bend[i][j] += mass * chance * (1 - chance) * x[i] * x[j]
        weights = [w + step for w, step in zip(weights, _solved(bend, slope), strict=True)]
    return tuple(round(w, 3) for w in weights)


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for at in range(len(rows)):
        pivot = max(range(at, len(rows)), key=lambda r: abs(rows[r][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [value / rows[at][at] for value in rows[at]]
        for other in range(len(rows)):
            if other != at:
                factor = rows[other][at]
                rows[other] = [v - factor * p for v, p in zip(rows[other], rows[at], strict=True)]
    return [row[-1] for row in rows]


def main(folder: Path) -> None:
    """Fit and print."""
    tools, skills = metatool(folder), catalog(folder)
    # The small set has a forty times smaller number of requests; together they weigh a third of the large one.
    even = len(tools.tuning) / len(skills.tuning) / 3
    rows = [
        *samples(tools, index_of(tools), skills, weight=1.0),
        *samples(skills, index_of(skills), tools, weight=even),
    ]
    for name, label in (("_FITS", "fits"), ("_CORRECT", "correct")):
        data = [(s.evidence.features(), getattr(s, label), s.weight) for s in rows if label == "fits" or s.fits]
        weights = fitted(data)
        print(f"{name} = {weights}")
        _print_separation(weights, data)


def _print_separation(weights: tuple[float, ...], data: list[tuple[tuple[float, ...], bool, float]]) -> None:
    chances = [
        (1 / (1 + math.exp(-sum(w * v for w, v in zip(weights, x, strict=True)))), label, mass)
        for x, label, mass in data
    ]
    for floor in (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8):
        above = [(label, mass) for chance, label, mass in chances if chance >= floor]
        kept = sum(m for label, m in above if label) / sum(m for _, label, m in chances if label)
        right = sum(m for label, m in above if label) / (sum(m for _, m in above) or 1.0)
        print(f"  from {floor}: {kept:.2f} of the true ones, {right:.2f} of those above are true")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
