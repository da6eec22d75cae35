import json
import threading

import pytest

from skillstrata.compose.running import Manner
from skillstrata.records.composed_runs import RunLimits
from skillstrata.records.composed_tools import RetryRule
from skillstrata.records.json_values import Json
from skillstrata.records.tool_calls import ToolCall, ToolResult
from tests.composed_runs import ME, WRITES, Tools, composed, engine_of, fault, step
from tests.fakes.memory_run_store import MemoryRunStore


def _doubles(call: ToolCall, _cancel: object) -> "ToolResult | Json":
    number = call.arguments["n"]
    if not isinstance(number, int) or number < 0:
        return fault("tool_error", f"bad {number}")
    return {"twice": number * 2}


@pytest.fixture
def tools() -> Tools:
    """A tool that doubles what is not below zero."""
    made = Tools()
    made.add("twice", _doubles)
    made.add("last", lambda call, _: {"got": dict(call.arguments)})
    return made


LOOP = step("l", "twice", {"n": "{{item}}"}, for_each="{{input.n}}")


def test_a_loop_gives_its_outputs_in_the_order_of_the_items(tools: Tools) -> None:
    """With the number of each turn at hand."""
    tool = composed([step("l", "twice", {"n": "{{item.v}}", "i": "{{index}}"}, for_each="{{input.n}}")])
    run = engine_of(tools, MemoryRunStore()).start(tool, {"n": [{"v": 5}, {"v": 6}]}, ME)

    assert run.output == [{"twice": 10}, {"twice": 12}]
    assert [call.arguments["i"] for call in tools.calls] == [0, 1]
    assert [(item.index, item.status) for item in run.steps[0].items] == [(0, "done"), (1, "done")]


def test_a_turn_that_fails_stops_the_run_and_its_part_stands_in_the_record_alone(tools: Tools) -> None:
    """Fault h: a port stored the partial list, called the step done, and went on."""
    store = MemoryRunStore()
    run = engine_of(tools, store).start(composed([LOOP, step("last", after=(0,))]), {"n": [1, -1, 3]}, ME)
    record = run.steps[0]

    assert (run.status, run.output, tools.called("last")) == ("failed", None, 0)
    assert (record.status, record.output) == ("failed", None)
    assert [(item.index, item.status, item.output) for item in record.items] == [
        (0, "done", {"twice": 2}),
        (1, "failed", None),
    ]
    assert "l[1]: bad -1" in run.message


def test_a_turn_that_may_fail_keeps_its_place(tools: Tools) -> None:
    """Its default stands where its output would; nothing is dropped."""
    loop = step("l", "twice", {"n": "{{item}}"}, for_each="{{input.n}}", on_error="skip", default_output='{"twice":0}')
    last = step("last", given={"all": "{{steps.l.output}}", "why": "{{steps.l.items[1].error}}"}, after=(0,))
    run = engine_of(tools, MemoryRunStore()).start(composed([loop, last]), {"n": [1, -1, 3]}, ME)

    assert run.output == {"got": {"all": [{"twice": 2}, {"twice": 0}, {"twice": 6}], "why": "bad -1"}}


@pytest.mark.parametrize(("when", "calls"), [("item > 1", 2), ("input.go", 0), ("index == 0", 1)])
def test_a_condition_is_asked_at_each_turn_if_it_speaks_of_it(tools: Tools, when: str, calls: int) -> None:
    """Else once for the whole loop; positions stay."""
    loop = step("l", "twice", {"n": "{{item}}"}, for_each="{{input.n}}", when=when, default_output="[]")
    run = engine_of(tools, MemoryRunStore()).start(composed([loop]), {"n": [1, 2, 3], "go": False}, ME)

    assert tools.called("twice") == calls
    assert run.steps[0].status == ("done" if calls else "skipped")
    assert isinstance(run.output, list)
    assert len(run.output) == (3 if calls else 0)


def test_each_turn_is_tried_again_by_itself(tools: Tools) -> None:
    """A port ignored retries inside loops."""
    answers = iter([fault("transport"), ToolResult({"a": 1}), fault("transport"), fault("transport"), ToolResult({})])
    tools.add("shaky", lambda _call, _: next(answers))
    loop = step("l", "shaky", for_each="{{input.n}}", retry=RetryRule(most=2, delay_s=0.0))
    run = engine_of(tools, MemoryRunStore()).start(composed([loop]), {"n": [1, 2]}, ME)

    assert [item.attempts for item in run.steps[0].items] == [2, 3]
    assert (run.status, run.steps[0].attempts) == ("done", 5)


def test_a_cancelled_loop_is_no_success(tools: Tools) -> None:
    """A port gave its partial list as the result."""
    cancel = threading.Event()
    tools.add("stops", lambda _call, _: cancel.set() or {})
    tool = composed([step("l", "stops", for_each="{{input.n}}", on_error="skip")])
    run = engine_of(tools, MemoryRunStore()).start(tool, {"n": [1, 2, 3]}, ME, Manner(cancel=cancel))

    assert (run.status, run.output) == ("cancelled", None)
    assert [item.status for item in run.steps[0].items] == ["done", "cancelled"]


@pytest.mark.parametrize(("items", "kind"), [([1, 2], ""), ([1, 2, 3], "limit"), ("12", "invalid_arguments"), ([], "")])
def test_a_loop_takes_a_list_of_bounded_length(tools: Tools, items: Json, kind: str) -> None:
    """Text has letters, and is no list; a list of nothing is one."""
    engine = engine_of(tools, MemoryRunStore(), limits=RunLimits(loop_items=2))
    run = engine.start(composed([LOOP]), {"n": items}, ME)

    assert (run.fault.type if run.fault else "") == kind
    assert run.status == ("failed" if kind else "done")
    assert tools.called("twice") == (0 if kind else len(items) if isinstance(items, list) else 0)


def test_turns_run_side_by_side_where_the_skill_says_so(tools: Tools) -> None:
    """All three must be under way before any ends; their outputs stand in the order of the items."""
    together = threading.Barrier(3, timeout=20)

    def meets(call: ToolCall, _cancel: object) -> Json:
        together.wait()
        return {"n": call.arguments["n"]}

    tools.add("meets", meets, WRITES)
    tool = composed([step("l", "meets", {"n": "{{item}}"}, for_each="{{input.n}}", parallel=True)])
    run = engine_of(tools, MemoryRunStore()).start(tool, {"n": [1, 2, 3]}, ME)

    assert run.output == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_no_more_turns_run_at_once_than_the_limit(tools: Tools) -> None:
    """A list of a thousand is not a thousand connections."""
    lock, now, most = threading.Lock(), [0], [0]

    def counts(_call: ToolCall, _cancel: object) -> Json:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        with lock:
            now[0] -= 1
        return {}

    tools.add("counts", counts)
    tool = composed([step("l", "counts", for_each="{{input.n}}", parallel=True)])
    run = engine_of(tools, MemoryRunStore(), limits=RunLimits(parallel=2)).start(tool, {"n": list(range(50))}, ME)

    assert run.status == "done"
    assert most[0] <= 2


def test_a_loop_of_a_thousand_is_run_and_recorded(tools: Tools) -> None:
    """The record of each turn is its own, so it does not grow with the square."""
    store = MemoryRunStore()
    engine = engine_of(tools, store, limits=RunLimits(calls=1_000))
    run = engine.start(composed([LOOP]), {"n": list(range(1_000))}, ME)

    assert run.status == "done"
    assert len(json.dumps(run.output)) > 10_000
    assert len(store.log) == 1_001
