"""How fast skills are compiled into tools: all, none and one of them.

In     a thousand skills of five steps made here, over a tree of twenty tools; every schema and text differs
Out    rows for `python -m bench`: seconds, best of some runs, and a ratio to reading the same YAML and hashing it
Never  reads skills of others; counts imports
"""

import gc
import hashlib
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import yaml

from skillstrata.adapters.composed_tools_file import ComposedToolsFile
from skillstrata.compose.compiling import compile_all
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import NATIVE_OWNER, Capability, CapabilityTree
from skillstrata.records.composed_tools import ComposedLibrary, ComposedSource

_SKILLS, _STEPS, _TOOLS = 1_000, 5, 20
_FULL_S, _NOTHING_S, _EDIT_S, _LOAD_S = 1.5, 0.060, 0.150, 0.100


class Row(TypedDict):
    """One measurement."""

    name: str
    value: float
    unit: str
    bound: str
    ok: bool
    detail: str


def measure() -> list[Row]:
    """Measure everything; some seconds."""
    sources = tuple(skill(number) for number in range(_SKILLS))
    tree = tools()
    full, physical = min((_full(turn, tree) for turn in range(2)), key=lambda pair: pair[0])
    library, report = compile_all(sources, tree, ComposedLibrary(), now_s=1.0)
    if report.errors or len(library.tools) != _SKILLS:
        raise RuntimeError(f"the skills made here do not compile: {report.errors[:1]}")
    with tempfile.TemporaryDirectory() as folder:
        store = ComposedToolsFile(Path(folder) / "composed_tools.json")
        saved = _timed(lambda: store.update(lambda _: library))
        loaded = min(_timed(ComposedToolsFile(Path(folder) / "composed_tools.json").load) for _ in range(3))
        nothing = min(_timed(lambda: _pass(store, sources, tree)) for _ in range(5))
        edits = [_timed(lambda n=n: _pass(store, _edited(sources, n), tree)) for n in range(5)]
    return [
        _row("compile 1,000 skills x 5 steps", full, _FULL_S, f"{full / physical:.2f} x YAML by libyaml and sha256"),
        _row("compile, nothing changed", nothing, _NOTHING_S, f"{nothing / physical:.3f} x the same; file included"),
        _row("compile, one skill edited", min(edits), _EDIT_S, f"save included; save of all alone {saved:.3f} s"),
        _row("load 1,000 compiled tools", loaded, _LOAD_S, "a process's first read"),
    ]


def _full(turn: int, tree: CapabilityTree) -> tuple[float, float]:
    """Time a compilation of skills that no cache has seen, and beside it the work that nobody can leave out."""
    sources = tuple(skill(number) for number in range(10_000 * (turn + 1), 10_000 * (turn + 1) + _SKILLS))
    took = _timed(lambda: compile_all(sources, tree, ComposedLibrary(), now_s=1.0))
    return took, _timed(lambda: _plain_work(sources))


def _pass(store: ComposedToolsFile, sources: tuple[ComposedSource, ...], tree: CapabilityTree) -> None:
    store.update(lambda library: compile_all(sources, tree, library, now_s=2.0)[0])


def _edited(sources: tuple[ComposedSource, ...], turn: int) -> tuple[ComposedSource, ...]:
    first = sources[turn]
    text = first.text.replace("The text of skill", f"In turn {turn}, the text of skill")
    return (*sources[:turn], ComposedSource(first.skill, first.path, text), *sources[turn + 1 :])


def _plain_work(sources: tuple[ComposedSource, ...]) -> None:
    """Do what nobody can leave out: read the YAML as PyYAML does, hash the bytes."""
    for source in sources:
        hashlib.sha256(source.text.encode()).hexdigest()
        yaml.load(source.text.split("---\n")[1], Loader=yaml.CSafeLoader)


def _timed(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _row(name: str, value: float, bound: float, detail: str) -> Row:
    return {
        "name": name,
        "value": value,
        "unit": "s",
        "bound": f"< {bound:g}",
        "ok": value < bound,
        "detail": detail,
    }


def tools() -> CapabilityTree:
    """Make a tree of tools that each take three values and give three."""
    taken = {"text": {"type": "string"}, "count": {"type": "integer"}, "tags": _STRINGS}
    sink = {"type": "object", "properties": taken, "required": ["text"], "additionalProperties": False}
    given = {"text": {"type": "string"}, "count": {"type": "integer"}, "items": _STRINGS}
    output = {"type": "object", "properties": given, "required": list(given)}
    nodes = (
        Capability(
            f"native/tool_{n:02}",
            f"tool_{n:02}",
            f"Tool {n}",
            NATIVE_OWNER,
            "native",
            "Does something.",
            json.dumps(sink),
            json.dumps(output),
            Approval.NONE,
            definition=hashlib.sha256(str(n).encode()).hexdigest(),
        )
        for n in range(_TOOLS)
    )
    return CapabilityTree(1, tuple(nodes))


_STRINGS = {"type": "array", "items": {"type": "string"}}


def skill(number: int) -> ComposedSource:
    """Write a skill of five steps, each of which uses the input and the step before it."""
    steps = "".join(
        f"""    - id: step_{n}
      tool: tool_{(number + n) % _TOOLS:02}
      input:
        text: "{{{{{f"steps.step_{n - 1}.output.text" if n else "input.topic"}}}}}"
        count: {number + n}
        tags: ["{{{{input.topic}}}}", part-{number}]
"""
        for n in range(_STEPS)
    )
    text = f"""---
name: Skill {number}
description: The text of skill {number} says what it does and when it is used.
tool_schema:
  input:
    type: object
    properties:
      topic: {{type: string, minLength: 1, maxLength: {number + 10}}}
      depth: {{type: string, enum: [shallow, deep], default: shallow}}
    required: [topic]
  output:
    type: object
    properties:
      text: {{type: string}}
      number_{number}: {{type: integer}}
  steps:
{steps}---
# Skill {number}
"""
    return ComposedSource(f"skill-{number}", f"/skills/skill-{number}/SKILL.md", text)
