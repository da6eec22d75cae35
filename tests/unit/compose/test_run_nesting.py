import pytest

from skillstrata.records.composed_runs import RunLimits
from skillstrata.records.tool_calls import Caller
from tests.composed_runs import ME, WRITES, Tools, composed, engine_of, nested, step
from tests.fakes.memory_run_store import MemoryRunStore


@pytest.fixture
def tools() -> Tools:
    """A tool that writes."""
    made = Tools()
    made.add("writes", lambda call, _: {"w": call.caller.step}, WRITES)
    return made


def test_a_composed_tool_is_a_step_of_another(tools: Tools) -> None:
    """With a run of its own, named after the step."""
    store = MemoryRunStore()
    nest = nested(tools, store, [step("w", "writes")])
    outer = composed([step("x", "skill_in")])
    run = nest.engine.start(outer, {}, ME)
    inner = next(head for head in store.heads.values() if head.parent)

    assert (run.status, run.output) == ("done", {"w": "w"})
    assert inner.parent == run.head.run_id
    assert tools.calls[-1].caller.stack == ("composed/skill_x", "composed/skill_in")


def test_a_tool_that_calls_itself_is_stopped(tools: Tools) -> None:
    """Also through our own server, where no compiler sees it; the circle is named."""
    nest = nested(tools, MemoryRunStore(), [step("x", "skill_in")])
    run = nest.engine.start(composed([step("x", "skill_in")]), {}, ME)

    assert run.status == "failed"
    assert "composed/skill_in -> composed/skill_in" in run.message


def test_nesting_has_a_floor(tools: Tools) -> None:
    """A chain of tools that is no circle ends too."""
    tool = composed([step("w", "writes")])
    engine = engine_of(tools, MemoryRunStore(), limits=RunLimits(nesting=2))
    deep = engine.start(tool, {}, Caller("cli", "/work", stack=("composed/a", "composed/b")))

    assert deep.fault is not None
    assert deep.fault.type == "limit"
    assert engine.start(tool, {}, Caller("cli", "/work", stack=("composed/a",))).status == "done"


def test_calls_are_counted_across_runs_inside_runs(tools: Tools) -> None:
    """Else a limit is undone by wrapping."""
    steps = [step("a", "writes"), step("b", "writes")]
    outer = composed([step("x", "skill_in"), step("y", "skill_in")])
    few = nested(tools, MemoryRunStore(), steps, limits=RunLimits(calls=5))
    enough = nested(tools, MemoryRunStore(), steps, limits=RunLimits(calls=6))

    assert few.engine.start(outer, {}, ME).status == "failed"
    assert enough.engine.start(outer, {}, ME).status == "done"
