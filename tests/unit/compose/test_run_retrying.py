import threading

import pytest

from skillstrata.compose.running import Manner
from skillstrata.records.capabilities import Effects
from skillstrata.records.composed_tools import RetryRule
from skillstrata.records.tool_calls import ToolResult
from tests.composed_runs import ME, READS, WRITES, Tools, composed, engine_of, fault, step
from tests.fakes.memory_run_store import MemoryRunStore


@pytest.fixture
def tools() -> Tools:
    """No tool yet."""
    return Tools()


@pytest.fixture
def store() -> MemoryRunStore:
    """Runs in memory."""
    return MemoryRunStore()


@pytest.mark.parametrize("kind", ["denied", "unavailable", "invalid_arguments", "invalid_output", "limit", "cancelled"])
def test_what_a_repeat_cannot_mend_is_not_repeated(tools: Tools, store: MemoryRunStore, kind: str) -> None:
    """Whatever the skill lists in `on`."""
    tools.add("bad", lambda _call, _: fault(kind))
    rule = RetryRule(most=2, delay_s=0.0, on=(kind, "timeout"))
    engine_of(tools, store).start(composed([step("bad", retry=rule)]), {}, ME)

    assert tools.called("bad") == 1


@pytest.mark.parametrize(
    ("effects", "safe", "calls", "status"),
    [(READS, False, 3, "failed"), (WRITES, False, 1, "unknown"), (WRITES, True, 3, "failed")],
)
def test_a_lost_answer_is_asked_for_again_only_where_that_is_safe(
    tools: Tools, store: MemoryRunStore, effects: Effects, safe: bool, calls: int, status: str
) -> None:
    """Else nobody knows whether it took effect, and the run says just that, skip or not."""
    tools.add("slow", lambda _call, _: fault("timeout"), effects)
    rule = RetryRule(most=9, delay_s=0.0, safe=safe)
    for on_error in ("abort", "skip"):
        tools.calls.clear()
        run = engine_of(tools, store).start(composed([step("slow", retry=rule, on_error=on_error)]), {}, ME)

        assert tools.called("slow") == calls
        assert run.status == (status if status == "unknown" or on_error == "abort" else "done")
    assert [call.caller.attempt for call in tools.calls] == list(range(1, calls + 1))


def test_a_call_that_was_never_sent_has_no_unknown_outcome(tools: Tools, store: MemoryRunStore) -> None:
    """A server that could not be reached did nothing."""
    tools.add("far", lambda _call, _: fault("transport", sent=False), WRITES)

    assert engine_of(tools, store).start(composed([step("far")]), {}, ME).status == "failed"


def test_a_repeat_that_succeeds_is_a_success(tools: Tools, store: MemoryRunStore) -> None:
    """With the number of tries in the record; it waits twice as long the second time."""
    answers = [fault("transport"), fault("tool_error"), ToolResult({"ok": True}, "{}")]
    waits: list[float] = []

    class Never(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0.0)
            return False

    tools.add("shaky", lambda _call, _: answers.pop(0))
    rule = RetryRule(most=2, delay_s=1.0, jitter=False)
    run = engine_of(tools, store).start(composed([step("shaky", retry=rule)]), {}, ME, Manner(cancel=Never()))

    assert (run.status, run.steps[0].attempts, waits) == ("done", 3, [1.0, 2.0])
