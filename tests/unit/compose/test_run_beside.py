import threading

import pytest

from skillstrata.records.json_values import Json
from skillstrata.records.tool_calls import ToolCall
from tests.composed_runs import ME, READS, WRITES, Tools, composed, engine_of, fault, step
from tests.fakes.memory_run_store import MemoryRunStore


@pytest.fixture
def tools() -> Tools:
    """A tool that reads."""
    made = Tools()
    made.add("a", lambda _call, _: {})
    return made


@pytest.fixture
def store() -> MemoryRunStore:
    """Runs in memory."""
    return MemoryRunStore()


def test_steps_that_only_read_run_side_by_side(tools: Tools, store: MemoryRunStore) -> None:
    """Both must be under way before either ends; the records stand as they were declared."""
    both = threading.Barrier(2, timeout=20)
    tools.add("meet", lambda _call, _: {"n": both.wait() * 0})
    run = engine_of(tools, store).start(composed([step("one", "meet"), step("two", "meet"), step("a")]), {}, ME)

    assert run.status == "done"
    assert [record.id for record in run.steps] == ["one", "two", "a"]


def test_steps_with_effects_keep_their_order_and_run_alone(tools: Tools, store: MemoryRunStore) -> None:
    """Without any reference between them, and readers around them wait."""
    under_way: list[str] = []
    most: list[int] = []

    def act(call: ToolCall, _cancel: object) -> Json:
        under_way.append(call.caller.step)
        most.append(len(under_way))
        under_way.remove(call.caller.step)
        return {}

    tools.add("writes", act, WRITES)
    tools.add("reads", act, READS)
    steps = [step("r1", "reads"), step("w1", "writes"), step("r2", "reads"), step("w2", "writes")]
    engine_of(tools, store).start(composed(steps), {}, ME)

    assert [call.caller.step for call in tools.calls] == ["r1", "w1", "r2", "w2"]
    assert max(most) == 1


@pytest.mark.parametrize("kinds", [("needs_approval", "tool_error"), ("tool_error", "needs_approval")])
def test_of_two_that_stop_the_run_the_graver_is_told(
    tools: Tools, store: MemoryRunStore, kinds: tuple[str, str]
) -> None:
    """A run that failed does not wait for an answer that would change nothing."""
    both = threading.Barrier(2, timeout=20)

    def stops(call: ToolCall, _cancel: object) -> Json:
        both.wait()
        return fault(kinds[int(str(call.arguments["n"]))], approval_id="g")  # type: ignore[return-value]

    tools.add("stops", stops)
    run = engine_of(tools, store).start(
        composed([step("x", "stops", {"n": "0"}), step("y", "stops", {"n": "1"})]), {}, ME
    )

    assert run.status == "failed"
    assert {record.status for record in run.steps} == {"failed", "waiting_approval"}
