"""Draw what skills need of each other: as text, as DOT for Graphviz, as a picture.

In     a resolution
Out    text; DOT; SVG
Never  lets a name become markup
"""

import math
from html import escape
from itertools import pairwise

from skillstrata.runtime.dependency_graph import Edge, Resolution

_MOST_DRAWN = 400
_WIDE, _HIGH, _GAP_X, _GAP_Y, _EDGE = 190, 26, 70, 14, 20
_LONGEST = 26


def as_text(found: Resolution) -> str:
    """Write a line for every skill that needs or misses something, the circles, and how much is only hinted at."""
    needs: dict[str, list[str]] = {}
    for edge in found.edges:
        if edge.hard:
            needs.setdefault(edge.needs, []).append(edge.needed)
    lines = [f"{one} needs {', '.join(needs[one])}" for one in found.order if one in needs]
    lines += [f"{lack.skill_id} {lack.reason}{'' if lack.hard else ' (optional)'}" for lack in found.missing]
    lines += [f"circle: {' -> '.join(cycle)}" for cycle in found.cycles]
    soft = sum(not edge.hard for edge in found.edges)
    lines.append(
        f"{len(found.order)} skills, {len(found.edges) - soft} needs, {soft} hints, {len(found.cycles)} circles"
    )
    if found.timed_out:
        lines.append("out of time: needs are not resolved")
    return "\n".join(lines)


def as_dot(found: Resolution) -> str:
    """Write DOT; hints are dashed, circles red."""
    around = _in_circles(found)
    lines = ["digraph skills {", "  rankdir=LR;", "  node [shape=box];"]
    lines += [f"  {_quoted(one)};" for one in sorted(_drawn(found.edges))]
    for edge in found.edges:
        style = "" if edge.hard else " [style=dashed, constraint=false]"
        if edge.hard and (edge.needs, edge.needed) in around:
            style = " [color=red]"
        lines.append(f"  {_quoted(edge.needs)} -> {_quoted(edge.needed)}{style};")
    return "\n".join([*lines, "}"]) + "\n"


def as_svg(found: Resolution) -> str:
    """Draw a picture: what is needed stands left of what needs it; skills with hints only stand in a ring below."""
    edges = found.edges
    names = sorted(_drawn(edges))
    left_out = max(0, len(names) - _MOST_DRAWN)
    shown = set(names[:_MOST_DRAWN])
    hard = [edge for edge in edges if edge.hard and edge.needs in shown and edge.needed in shown]
    soft = [edge for edge in edges if not edge.hard and edge.needs in shown and edge.needed in shown]
    places = _columns(found.order, hard)
    below = max((y for _, y in places.values()), default=-_HIGH) + _HIGH + 3 * _GAP_Y
    places |= _ring([name for name in sorted(shown) if name not in places], below)
    wide = max((x for x, _ in places.values()), default=0) + _WIDE + _EDGE
    high = max((y for _, y in places.values()), default=0) + _HIGH + _EDGE + 20
    around = _in_circles(found)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{high:.0f}" font-family="sans-serif">',
        '<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>',
        '<rect width="100%" height="100%" fill="white"/>',
        *(_line(edge, places, around) for edge in (*soft, *hard)),
        *(_box(name, *places[name]) for name in sorted(places)),
    ]
    note = f"{left_out} more skills are not drawn" if left_out else f"{len(shown)} skills"
    parts.append(f'<text x="{_EDGE}" y="{high - 8:.0f}" font-size="11" fill="#555">{note}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _drawn(edges: tuple[Edge, ...]) -> set[str]:
    return {one for edge in edges for one in (edge.needs, edge.needed)}


def _in_circles(found: Resolution) -> set[tuple[str, str]]:
    return {pair for cycle in found.cycles for pair in pairwise(cycle)}


def _columns(order: tuple[str, ...], hard: list[Edge]) -> dict[str, tuple[float, float]]:
    """Place skills in columns: each right of all that it needs."""
    needs: dict[str, list[str]] = {}
    for edge in hard:
        needs.setdefault(edge.needs, []).append(edge.needed)
        needs.setdefault(edge.needed, [])
    column: dict[str, int] = {}
    for one in order:
        if one in needs:
            column[one] = max((column[needed] + 1 for needed in needs[one] if needed in column), default=0)
    rows: dict[int, int] = {}
    places: dict[str, tuple[float, float]] = {}
    for one in sorted(column, key=lambda name: (column[name], name)):
        row = rows[column[one]] = rows.get(column[one], -1) + 1
        places[one] = (_EDGE + column[one] * (_WIDE + _GAP_X), _EDGE + row * (_HIGH + _GAP_Y))
    return places


def _ring(names: list[str], top: float) -> dict[str, tuple[float, float]]:
    count = len(names)
    # Wide enough that neighbours on the ring's sides do not cover each other.
    radius = max(120.0, count * (_HIGH + 8) / 4)
    return {
        name: (
            _EDGE + radius * 1.4 + radius * 1.4 * math.cos(2 * math.pi * n / count),
            top + radius + radius * math.sin(2 * math.pi * n / count),
        )
        for n, name in enumerate(names)
    }


def _line(edge: Edge, places: dict[str, tuple[float, float]], around: set[tuple[str, str]]) -> str:
    (x1, y1), (x2, y2) = places[edge.needs], places[edge.needed]
    start = (x1 if x2 < x1 else x1 + _WIDE, y1 + _HIGH / 2)
    end = (x2 + _WIDE if x2 < x1 else x2, y2 + _HIGH / 2)
    color = "#c22" if (edge.needs, edge.needed) in around and edge.hard else "#555" if edge.hard else "#bbb"
    dashes = "" if edge.hard else ' stroke-dasharray="4 3"'
    return (
        f'<line x1="{start[0]:.0f}" y1="{start[1]:.0f}" x2="{end[0]:.0f}" y2="{end[1]:.0f}" '
        f'stroke="{color}"{dashes} marker-end="url(#end)"/>'
    )


def _box(name: str, x: float, y: float) -> str:
    short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    return (
        f'<g><title>{escape(name)}</title><rect x="{x:.0f}" y="{y:.0f}" width="{_WIDE}" height="{_HIGH}" rx="4" '
        f'fill="#eef4fb" stroke="#7a93ac"/><text x="{x + 8:.0f}" y="{y + 17:.0f}" font-size="12">'
        f"{escape(short)}</text></g>"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
