import json
import threading

import pytest

from skillstrata.compose.run_answers import answer_of, run_json
from skillstrata.compose.running import Manner
from skillstrata.records.composed_runs import RunLimits
from skillstrata.records.composed_tools import ComposedTool
from skillstrata.records.failures import StoreFull
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.tool_calls import Caller, ToolCall
from tests.composed_runs import ME, OPEN, WRITES, Tools, arguments_of, composed, engine_of, fault, step
from tests.fakes.memory_run_store import MemoryRunStore

INPUT = json.dumps(
    {
        "type": "object",
        "properties": {"q": {"type": "string"}, "n": {"type": "integer", "default": 3}},
        "required": ["q"],
    }
)


@pytest.fixture
def tools() -> Tools:
    """Tools that give back what they are given."""
    made = Tools()
    made.add("a", lambda call, _: {"got": arguments_of(call)})
    made.add("b", lambda call, _: {"got": arguments_of(call)})
    return made


@pytest.fixture
def store() -> MemoryRunStore:
    """Runs in memory."""
    return MemoryRunStore()


def test_values_go_from_step_to_step_with_their_types(tools: Tools, store: MemoryRunStore) -> None:
    """Peers pass everything as text."""
    tool = composed(
        [
            step("a", given={"n": "{{input.n}}", "list": ["{{input.q}}", {"deep": "{{input.q}}!"}]}),
            step("b", given={"all": "{{steps.0.output.got}}", "first": "{{steps.a.output.got.list[0]}}"}, after=(0,)),
        ],
        input_schema=INPUT,
    )
    run = engine_of(tools, store).start(tool, {"q": "x"}, ME)

    whole: Json = {"n": 3, "list": ["x", {"deep": "x!"}]}
    assert run.status == "done"
    assert run.output == {"got": {"all": whole, "first": "x"}}
    assert run.head.arguments == {"q": "x", "n": 3}
    assert store.run(run.head.run_id) == run


def test_a_required_argument_that_is_missing_is_refused_before_any_step(tools: Tools, store: MemoryRunStore) -> None:
    """Fault e: a port ran without it."""
    tool = composed([step("a", given={})], input_schema=INPUT)
    engine = engine_of(tools, store)
    run = engine.start(tool, {"n": 2}, ME)

    assert run.fault is not None
    assert (run.status, run.fault.type, run.head.run_id) == ("failed", "invalid_arguments", "")
    assert "q" in run.message
    assert (tools.calls, store.heads) == ([], {})
    assert engine.start(tool, {"q": "x"}, ME).status == "done"


@pytest.mark.parametrize(("given", "status"), [("text", "failed"), (4, "done")])
def test_an_output_that_does_not_fit_is_refused_after_the_last_step(
    tools: Tools, store: MemoryRunStore, given: Json, status: str
) -> None:
    """Fault e: an output schema that is never used promises nothing."""
    schema = '{"type":"object","properties":{"count":{"type":"integer"}},"required":["count"]}'
    tool = composed(
        [step("a", given={"v": given})], output_schema=schema, result='{"count":"{{steps.a.output.got.v}}"}'
    )
    run = engine_of(tools, store).start(tool, {}, ME)

    assert run.status == status
    assert (run.output is None) == (status == "failed")
    assert (run.fault.type if run.fault else "") == ("" if status == "done" else "invalid_output")
    assert [record.status for record in run.steps] == ["done"]


def test_structured_output_is_addressable(tools: Tools, store: MemoryRunStore) -> None:
    """Fault f: JSON text cannot be indexed into; said so, it is read."""
    tools.add("text", lambda _call, _: {"text": '{"count": 7, "rows": [[1, 2]]}'})
    steps = [step("text", parse_json=True), step("a", given={"v": "{{steps.text.output.rows[0][1]}}"}, after=(0,))]
    good = engine_of(tools, store).start(composed(steps), {}, ME)
    bad = engine_of(tools, store).start(composed([step("text"), steps[1]]), {}, ME)

    assert good.output == {"got": {"v": 2}}
    assert bad.status == "failed"
    assert "rows" in bad.message


def test_text_that_is_not_json_is_said_to_be(tools: Tools, store: MemoryRunStore) -> None:
    """`parse: json` is a promise about the tool."""
    tools.add("text", lambda _call, _: {"text": "no json"})
    run = engine_of(tools, store).start(composed([step("text", parse_json=True)]), {}, ME)

    assert run.steps[0].error_type == "invalid_output"


def test_a_failed_step_stops_the_run(tools: Tools, store: MemoryRunStore) -> None:
    """`abort` is the default; the message names step, kind and reason."""
    tools.add("bad", lambda _call, _: fault("tool_error", "it broke"))
    run = engine_of(tools, store).start(composed([step("bad"), step("a", after=(0,))]), {}, ME)
    answer = answer_of(run)

    assert (run.status, tools.called("a")) == ("failed", 0)
    assert run.message == "step bad: tool_error: it broke"
    assert answer.fault is not None
    assert run.head.run_id in answer.fault.message
    assert run_json(run)["steps"] == [
        {
            "id": "bad",
            "status": "failed",
            "attempts": 1,
            "ms": run_json(run)["steps"][0]["ms"],  # type: ignore[index]
            "error": {"type": "tool_error", "message": "it broke"},
        }
    ]


def test_a_step_that_may_fail_leaves_its_default(tools: Tools, store: MemoryRunStore) -> None:
    """Fault g: a later step reads it."""
    tools.add("bad", lambda _call, _: fault("tool_error"))
    steps = [
        step("bad", on_error="skip", default_output='{"url": null}'),
        step("a", given={"u": "{{steps.bad.output.url}}", "s": "{{steps.bad.status}}"}, after=(0,)),
    ]
    run = engine_of(tools, store).start(composed(steps), {}, ME)

    assert [record.status for record in run.steps] == ["defaulted", "done"]
    assert run.output == {"got": {"u": None, "s": "defaulted"}}


@pytest.mark.parametrize(("q", "status"), [("go", "done"), ("no", "skipped")])
def test_a_condition_decides_whether_a_step_runs(tools: Tools, store: MemoryRunStore, q: str, status: str) -> None:
    """One that does not hold leaves the default, and calls nothing."""
    tool = composed([step("a", when="input.q == 'go'", default_output='{"got": 0}')], input_schema=INPUT)
    run = engine_of(tools, store).start(tool, {"q": q}, ME)

    assert run.steps[0].status == status
    assert tools.called("a") == (status == "done")
    assert run.output == ({"got": {}} if status == "done" else {"got": 0})


def test_a_template_that_cannot_be_filled_fails_its_step(tools: Tools, store: MemoryRunStore) -> None:
    """The message names the keys that are there."""
    run = engine_of(tools, store).start(composed([step("a", given={"v": "{{input.nothing}}"})]), {"q": "x"}, ME)

    assert (run.status, tools.calls) == ("failed", [])
    assert run.steps[0].error_type == "invalid_arguments"
    assert "has the keys q" in run.message


def test_a_call_says_on_whose_behalf_it_is_made(tools: Tools, store: MemoryRunStore) -> None:
    """The gate decides by it, the audit log keeps it."""
    plan = engine_of(tools, store).plan(composed([step("a")]), {}, "/work")
    run = engine_of(tools, store).start(composed([step("a")]), {}, Caller("mcp", "/work", allowed=frozenset({"t/a"})))
    call = tools.calls[0]

    assert (call.caller.surface, call.caller.skill, call.caller.step) == ("mcp", "sk", "a")
    assert (call.caller.run_id, call.caller.stack) == (run.head.run_id, ("composed/skill_x",))
    assert call.caller.allowed == frozenset({"t/a"})
    assert (call.plan_digest, call.planned, call.timeout_s) == (plan.digest, True, 60.0)


def test_what_came_from_outside_is_told_wherever_it_goes(tools: Tools, store: MemoryRunStore) -> None:
    """Through templates, through the outputs of tools that were given it, through loops; and no further."""
    tools.add("web", lambda _call, _: {"text": "from outside", "list": [1]}, OPEN)
    steps = [
        step("web"),
        step("a", given={"t": "see {{steps.web.output.text}}", "own": "{{input.q}}"}, after=(0,)),
        step("b", given={"again": {"deep": "{{steps.a.output.got.own}}"}}, after=(1,)),
        step("loop", "b", {"i": "{{item}}"}, for_each="{{steps.web.output.list}}", after=(0,)),
        step("clean", "b", {"own": "{{input.q}}"}),
    ]
    engine_of(tools, store).start(composed(steps), {"q": "x"}, ME)
    tainted = {call.caller.step: call.tainted for call in tools.calls}

    assert tainted == {"web": (), "a": ("/t",), "b": ("/again/deep",), "loop[0]": ("/i",), "clean": ()}


def test_tainted_arguments_taint_what_they_reach(tools: Tools, store: MemoryRunStore) -> None:
    """A composed tool must not launder what its caller was given from outside."""
    tool = composed([step("a", given={"v": "{{input.q}}"})])
    engine_of(tools, store).start(tool, {"q": "x"}, ME, Manner(tainted=("/q",)))
    engine_of(tools, store).start(tool, {"q": "x"}, ME)

    assert [call.tainted for call in tools.calls] == [("/v",), ()]


def test_progress_is_told_step_by_step(tools: Tools, store: MemoryRunStore) -> None:
    """It only grows, and ends at the number of steps."""
    told: list[tuple[float, float, str]] = []
    tool = composed([step("a"), step("loop", "b", for_each="{{input.l}}", after=(0,))])
    engine_of(tools, store).start(tool, {"l": [1, 2]}, ME, Manner(progress=lambda *one: told.append(one)))

    assert [one[0] for one in told] == sorted(one[0] for one in told)
    assert told[-1] == (2.0, 2.0, "loop: done")
    assert told[0][2] == "a: done"


def test_a_cancelled_run_calls_nothing_more(tools: Tools, store: MemoryRunStore) -> None:
    """And says so."""
    cancel = threading.Event()
    tools.add("stops", lambda _call, _: cancel.set() or {})
    tool = composed([step("stops"), step("a", after=(0,))])
    run = engine_of(tools, store).start(tool, {}, ME, Manner(cancel=cancel))

    assert (run.status, tools.called("a")) == ("cancelled", 0)
    assert engine_of(tools, store).start(composed([step("a")]), {}, ME).status == "done"


def test_a_call_that_was_cancelled_ends_the_run_whatever_the_step_says(tools: Tools, store: MemoryRunStore) -> None:
    """A default would go on with what nobody waits for."""
    tools.add("stops", lambda _call, _: fault("cancelled"))
    run = engine_of(tools, store).start(composed([step("stops", on_error="skip"), step("a", after=(0,))]), {}, ME)

    assert (run.status, run.steps[0].status, tools.called("a")) == ("cancelled", "cancelled", 0)


def test_a_run_ends_when_its_time_is_over(tools: Tools, store: MemoryRunStore) -> None:
    """Each call gets what is left, none more than its own bound."""
    clock = [0.0]

    def slow(call: ToolCall, _cancel: object) -> Json:
        clock[0] += 4.0
        return {"left": call.timeout_s}

    tools.add("slow", slow)
    steps = [step("one", "slow", timeout_s=30.0), step("two", "slow", after=(0,)), step("three", "slow", after=(1,))]
    limits = RunLimits(run_s=7.0, step_s=6.0)
    run = engine_of(tools, store, limits=limits, now=lambda: clock[0]).start(composed(steps), {}, ME)

    assert [call.timeout_s for call in tools.calls] == [6.0, 3.0]
    assert (run.status, run.steps[-1].error_type) == ("failed", "timeout")


@pytest.mark.parametrize(
    ("limits", "kind"),
    [
        (RunLimits(steps=1), "limit"),
        (RunLimits(calls=1), "limit"),
        (RunLimits(step_bytes=20), "limit"),
        (RunLimits(run_bytes=40), "limit"),
        (RunLimits(), ""),
    ],
)
def test_each_limit_holds(tools: Tools, store: MemoryRunStore, limits: RunLimits, kind: str) -> None:
    """An output is never cut: it is refused."""
    tools.add("big", lambda _call, _: {"x": "12345678901234567890"})
    tool = composed([step("one", "big"), step("two", "big", after=(0,))])
    run = engine_of(tools, store, limits=limits).start(tool, {}, ME)

    assert run.status == ("failed" if kind else "done")
    assert (run.fault.type if run.fault else "") == kind


def test_a_tool_that_changed_since_it_was_compiled_is_not_called(tools: Tools, store: MemoryRunStore) -> None:
    """Also where it changes in the middle of a run; fault j."""
    pins = (("t/a", "def-a"), ("t/b", "def-b"))
    tool = composed([step("a"), step("b", after=(0,))], pins=pins)
    assert engine_of(tools, store).start(tool, {}, ME).status == "done"
    tools.calls.clear()
    tools.add("a", lambda _call, _: tools.change("t/b") or {})
    run = engine_of(tools, store).start(tool, {}, ME)

    assert (run.status, run.steps[1].error_type, tools.called("b")) == ("failed", "unavailable", 0)
    assert "compiled" in run.message


@pytest.mark.parametrize(("status", "runs"), [("stale", False), ("error", False), ("unverified", True), ("ok", True)])
def test_only_a_tool_that_is_as_it_was_compiled_runs(
    tools: Tools, store: MemoryRunStore, status: str, runs: bool
) -> None:
    """Fault j: a tool of which a part has gone is refused."""
    run = engine_of(tools, store).start(composed([step("a")], status=status), {}, ME)

    assert (run.status == "done") == runs
    assert tools.called("a") == runs


def test_a_tool_that_is_gone_is_named(tools: Tools, store: MemoryRunStore) -> None:
    """It may have gone since the skill was compiled."""
    run = engine_of(tools, store).start(composed([step("gone")]), {}, ME)

    assert (run.steps[0].error_type, "gone" in run.message) == ("unavailable", True)


def test_a_plan_for_another_call_is_refused(tools: Tools, store: MemoryRunStore) -> None:
    """What was consented to is what runs."""
    tool, engine = composed([step("a", given={"v": "{{input.q}}"})]), engine_of(tools, store)
    plan = engine.plan(tool, {"q": "x"}, "/work")
    others: tuple[tuple[JsonObject, Caller, ComposedTool], ...] = (
        ({"q": "y"}, ME, tool),
        ({"q": "x"}, Caller("cli", "/else"), tool),
        ({"q": "x"}, ME, composed([], "skill_y")),
    )
    for arguments, caller, which in others:
        run = engine.start(which, arguments, caller, Manner(plan=plan))
        assert run.fault is not None
        assert run.fault.type == "denied"

    assert tools.calls == []
    assert engine.start(tool, {"q": "x"}, ME, Manner(plan=plan)).status == "done"


def test_an_effect_is_announced_before_and_recorded_after(tools: Tools, store: MemoryRunStore) -> None:
    """Both durably; a tool that only reads needs neither."""
    tools.add("writes", lambda _call, _: {}, WRITES)
    engine_of(tools, store).start(composed([step("a"), step("writes")]), {}, ME)

    assert [(name, status, durable) for _, name, status, durable in store.log] == [
        ("a", "done", False),
        ("writes", "started", True),
        ("writes", "done", True),
    ]


def test_nothing_is_called_that_could_not_be_announced(tools: Tools) -> None:
    """A full disk: the error is raised, the run is let go; once there is room it goes on."""

    class Full(MemoryRunStore):
        full = False

        def record(self, run_id: str, step: object, *, durable: bool) -> None:
            if self.full:
                raise StoreFull("no room", hint="make room")
            super().record(run_id, step, durable=durable)  # type: ignore[arg-type]

    store = Full()
    tools.add("writes", lambda _call, _: {}, WRITES)
    tool = composed([step("writes")])
    assert engine_of(tools, store).start(tool, {}, ME).status == "done"
    tools.calls.clear()
    store.full = True
    with pytest.raises(StoreFull):
        engine_of(tools, store).start(tool, {}, ME)

    assert tools.calls == []
    assert store.held == set()
    waiting = next(run for run in store.runs() if run.status == "running")
    store.full = False
    assert engine_of(tools, store).resume(waiting.head.run_id, tool).status == "done"


def test_data_is_not_read_for_templates(tools: Tools, store: MemoryRunStore) -> None:
    """A page that says {{secret.KEY}} is a text."""
    tools.add("web", lambda _call, _: {"text": "{{secret.KEY}} {{input.q}}"}, OPEN)
    steps = [step("web"), step("a", given={"v": "{{steps.web.output.text}}"}, after=(0,))]
    run = engine_of(tools, store, secrets=lambda _name: "s3cr3t").start(composed(steps), {"q": "x"}, ME)

    assert run.output == {"got": {"v": "{{secret.KEY}} {{input.q}}"}}


def test_a_step_cannot_change_the_record_of_another(tools: Tools, store: MemoryRunStore) -> None:
    """Values are copied on their way."""

    def spoils(call: ToolCall, _cancel: object) -> Json:
        inner = call.arguments["v"]
        assert isinstance(inner, dict)
        inner["got"] = "spoilt"
        return {}

    tools.add("spoils", spoils)
    steps = [step("a", given={"k": 1}), step("spoils", given={"v": "{{steps.a.output}}"}, after=(0,))]
    run = engine_of(tools, store).start(composed(steps, result='"{{steps.a.output.got.k}}"'), {}, ME)

    assert run.output == 1
