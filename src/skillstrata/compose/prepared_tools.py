"""A composed tool, read once for all its runs: its texts parsed, its names known.

In     ComposedTool
Out    PreparedTool, the same for every run of that very tool
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from skillstrata.compose.conditions import Condition, parse_condition
from skillstrata.compose.template_values import names_of
from skillstrata.compose.templates import references_in
from skillstrata.records.composed_tools import ComposedStep, ComposedTool
from skillstrata.records.json_values import Json

_OF_A_TURN = frozenset({"item", "index"})


@dataclass(frozen=True, slots=True)
class PreparedStep:
    """One step. `each` says that its condition is asked anew at each turn of its loop."""

    number: int
    step: ComposedStep
    input: Json
    condition: Condition | None
    each: bool
    default: Json

    @property
    def id(self) -> str:
        """Give the step's id."""
        return self.step.id


@dataclass(frozen=True, slots=True)
class PreparedTool:
    """A tool; nothing in it is ever changed.

    `pins` are the definitions it was compiled with, by path; `secrets` are the names of those its steps use.
    """

    tool: ComposedTool
    path: str
    steps: tuple[PreparedStep, ...]
    names: Mapping[str, str]
    pins: Mapping[str, str]
    result: Json
    secrets: tuple[str, ...]


@lru_cache(maxsize=2048)
def prepared(tool: ComposedTool) -> PreparedTool:
    """Read a tool.

    Raises:
        TemplateInvalid: A condition is not in the grammar, which the compiler would have refused.
    """
    found = [reference for step in tool.steps for reference in references_in(_read(step.input))]
    return PreparedTool(
        tool=tool,
        path=f"composed/{tool.name}",
        steps=tuple(_prepared(number, step) for number, step in enumerate(tool.steps)),
        names=names_of(tool.steps),
        pins=dict(tool.pins),
        result=_read(tool.result) if tool.result else None,
        secrets=tuple(sorted({str(r.parts[0]) for r in found if r.root == "secret" and r.parts})),
    )


def _prepared(number: int, step: ComposedStep) -> PreparedStep:
    condition = parse_condition(step.when) if step.when else None
    return PreparedStep(
        number=number,
        step=step,
        input=_read(step.input),
        condition=condition,
        each=bool(step.for_each and condition and any(r.root in _OF_A_TURN for r in condition.references)),
        default=None if step.default_output is None else _read(step.default_output),
    )


def _read(text: str) -> Json:
    return cast("Json", json.loads(text))
