"""What the engine of composed tools costs by itself: tools in memory that do nothing, runs kept in files.

In     `python -m bench composed_runs`; `--profile` prints where the time goes
Out    runs a second of a tool of five steps, the engine's own time for a step
"""

import argparse
import cProfile
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from skillstrata.adapters.run_files import RunFiles
from skillstrata.compose.running import Engine
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Capability, Effects
from skillstrata.records.composed_runs import RunLimits
from skillstrata.records.composed_tools import ComposedStep, ComposedTool
from skillstrata.records.tool_calls import Caller, ToolCall, ToolResult

_STEPS = 5
_RUNS = 400
_ROUNDS = 7
_LIMIT_STEP_US, _LEAST_RUNS = 100.0, 1_000.0
_SCHEMA = '{"type":"object","properties":{"q":{"type":"string"},"n":{"type":"integer","default":3}},"required":["q"]}'
_OUTPUT: dict[str, str] = {"url": "https://example.org/a", "text": "some text of a page"}


class _InMemory:
    """A gate whose tool gives the same output at once."""

    def __init__(self) -> None:
        effects = Effects(read_only=True, destructive=False, idempotent=True, open_world=True)
        self._node = Capability(
            "t/x", "x", "x", "bench", "native", "x", _SCHEMA, '{"type":"object"}', Approval.NONE, effects, "d"
        )
        self._result = ToolResult(dict(_OUTPUT), json.dumps(_OUTPUT))

    def capability(self, path: str) -> Capability | None:
        return self._node if path == "t/x" else None

    def call(self, call: ToolCall, cancel: Cancellation) -> ToolResult:
        return ToolResult(sent=False) if cancel.is_set() or not call.arguments else self._result


def _tool() -> ComposedTool:
    first = ComposedStep("s0", "x", "t/x", '{"q":"{{input.q}} news","n":"{{input.n}}"}')
    others = tuple(
        ComposedStep(
            f"s{n}", "x", "t/x", f'{{"q":"{{{{steps.{n - 1}.output.url}}}} and {{{{input.q}}}}"}}', after=(n - 1,)
        )
        for n in range(1, _STEPS)
    )
    result = '{"report":"{{steps.4.output.text}}","from":"{{input.q}}"}'
    return ComposedTool("skill_b", "b", "b", "b", "b", _SCHEMA, '{"type":"object"}', (first, *others), result)


def _runs_per_s(engine: Engine, runs: int) -> float:
    tool, caller = _tool(), Caller("bench", "/")
    began = time.perf_counter()
    for _ in range(runs):
        run = engine.start(tool, {"q": "rivals"}, caller)
        if run.status != "done":
            sys.exit(f"a run of the bench is {run.status}: {run.message}")
    return runs / (time.perf_counter() - began)


def measure() -> list[dict[str, object]]:
    """Give one row per measured number: name, value, unit, bound, ok, detail."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(_InMemory(), RunFiles(Path(folder) / "runs"), RunLimits(), time.time)
        _runs_per_s(engine, 50)
        rates = [_runs_per_s(engine, _RUNS) for _ in range(_ROUNDS)]
    rate = statistics.median(rates)
    step_us = 1e6 / rate / _STEPS
    told = f"median of {_ROUNDS} x {_RUNS} runs, plan, checks and a file a run included; {min(rates):,.0f} at the least"
    return [
        _row("five-step runs", rate, "1/s", f">= {_LEAST_RUNS:,.0f}", rate >= _LEAST_RUNS, told),
        _row("own time of a step", step_us, "us", f"<= {_LIMIT_STEP_US:.0f}", step_us <= _LIMIT_STEP_US, told),
    ]


def _row(name: str, value: float, unit: str, bound: str, ok: bool, detail: str) -> dict[str, object]:
    return {"name": name, "value": round(value, 2), "unit": unit, "bound": bound, "ok": ok, "detail": detail}


def main() -> None:
    """Profile the engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", action="store_true")
    if not parser.parse_args().profile:
        print(json.dumps(measure(), indent=2))
        return
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(_InMemory(), RunFiles(Path(folder) / "runs"), RunLimits(), time.time)
        _runs_per_s(engine, 50)
        with cProfile.Profile() as profile:
            _runs_per_s(engine, 1_000)
        profile.print_stats("tottime")


if __name__ == "__main__":
    main()
