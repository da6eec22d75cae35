"""Runs that wait, crash and go on: nothing that took effect is done twice."""

import multiprocessing
import os
import signal
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.adapters.run_files import RunFiles
from skillstrata.compose.run_answers import answer_of
from skillstrata.compose.running import Engine
from skillstrata.ports.run_store import RunStore
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.capabilities import Capability
from skillstrata.records.composed_runs import ComposedRun, RunLimits
from skillstrata.records.composed_tools import ComposedTool
from skillstrata.records.failures import RunHeld, RunRefused, RunUnknown
from skillstrata.records.json_values import Json
from skillstrata.records.tool_calls import Caller, ToolCall, ToolResult
from tests.composed_runs import ME, READS, REPEATS, WRITES, Nest, Tools, composed, engine_of, fault, step
from tests.fakes.memory_run_store import Crash, MemoryRunStore


class Consents:
    """A gate in which calls of some steps wait for consent; each effect is counted when it happens."""

    def __init__(self, tools: Tools, asks: frozenset[str]) -> None:
        self.tools = tools
        self.given: set[str] = set()
        self._asks = asks

    def capability(self, path: str) -> Capability | None:
        return self.tools.capability(path)

    def call(self, call: ToolCall, cancel: Cancellation) -> ToolResult:
        if call.caller.step in self._asks - self.given:
            return fault("needs_approval", "may it?", approval_id=f"g-{call.caller.step}", sent=False)
        return self.tools.call(call, cancel)


@pytest.fixture
def tools() -> Tools:
    """A tool that reads and one that writes."""
    made = Tools()
    made.add("reads", lambda _call, _: {"r": 1})
    made.add("writes", lambda call, _: {"w": call.caller.step}, WRITES)
    return made


def waits_then_goes_on(tools: Tools, asks: frozenset[str], store: RunStore) -> tuple[Consents, Engine]:
    """Make an engine whose gate asks."""
    gate = Consents(tools, asks)
    return gate, Engine(gate, store, RunLimits(), lambda: 1_000.0)  # type: ignore[arg-type]


def test_a_step_that_needs_consent_makes_the_run_wait_and_go_on(tools: Tools) -> None:
    """With the id of the question; what was done before stays done."""
    store = MemoryRunStore()
    gate, engine = waits_then_goes_on(tools, frozenset({"two"}), store)
    tool = composed([step("one", "writes"), step("two", "writes"), step("three", "reads")])
    run = engine.start(tool, {}, ME)
    answer = answer_of(run)

    assert (run.status, run.approval_id) == ("waiting_approval", "g-two")
    assert answer.fault is not None
    assert (answer.fault.type, answer.fault.approval_id) == ("needs_approval", "g-two")
    again = engine.resume(run.head.run_id, tool)
    assert (again.status, tools.called("writes")) == ("waiting_approval", 1)
    gate.given.add("two")
    done = engine.resume(run.head.run_id, tool)

    assert done.status == "done"
    assert [call.caller.step for call in tools.calls] == ["one", "two", "three"]
    assert [record.status for record in done.steps] == ["done"] * 3
    assert engine.resume(run.head.run_id, tool) == done
    assert len(tools.calls) == 3


def test_consent_is_not_skipped_over(tools: Tools) -> None:
    """`on_error: skip` is for errors; a question is none."""
    _, engine = waits_then_goes_on(tools, frozenset({"one"}), MemoryRunStore())
    run = engine.start(composed([step("one", "writes", on_error="skip", default_output="{}")]), {}, ME)

    assert run.status == "waiting_approval"


def test_a_loop_waits_in_the_middle_and_keeps_what_it_did(tools: Tools) -> None:
    """Turn by turn; the turns before are not taken again."""
    store = MemoryRunStore()
    gate, engine = waits_then_goes_on(tools, frozenset({"l[1]", "l[2]"}), store)
    tool = composed([step("l", "writes", for_each="{{input.n}}")])
    run = engine.start(tool, {"n": [1, 2, 3]}, ME)
    for name in ("l[1]", "l[2]"):
        assert (run.status, run.approval_id) == ("waiting_approval", f"g-{name}")
        gate.given.add(name)
        run = engine.resume(run.head.run_id, tool)

    assert run.status == "done"
    assert run.output == [{"w": f"l[{n}]"} for n in range(3)]
    assert [call.caller.step for call in tools.calls] == ["l[0]", "l[1]", "l[2]"]


def test_a_run_that_waited_too_long_has_expired(tools: Tools) -> None:
    """A consent to something of last month is none."""
    clock = [0.0]
    gate = Consents(tools, frozenset({"one"}))
    engine = Engine(gate, MemoryRunStore(), RunLimits(wait_s=50.0), lambda: clock[0])  # type: ignore[arg-type]
    tool = composed([step("one", "writes")])
    run, other = engine.start(tool, {}, ME), engine.start(tool, {"other": 1}, ME)
    gate.given.add("one")
    clock[0] = 49.0
    assert engine.resume(other.head.run_id, tool).status == "done"
    clock[0] = 51.0

    assert engine.resume(run.head.run_id, tool).status == "expired"
    with pytest.raises(RunRefused):
        engine.resume(run.head.run_id, tool)


@pytest.mark.parametrize("change", ["definition", "policy", "tool", "other", "nothing"])
def test_a_run_does_not_go_on_with_what_has_changed(tools: Tools, change: str) -> None:
    """The consent was for something else; the reason is told, the run stays as it is."""
    version = ["v1"]
    store = MemoryRunStore()
    gate = Consents(tools, frozenset({"one"}))
    engine = Engine(gate, store, RunLimits(), lambda: 1.0, policy_version=lambda: version[0])  # type: ignore[arg-type]
    tool = composed([step("one", "writes")])
    run = engine.start(tool, {}, ME)
    gate.given.add("one")
    after = tool
    if change == "definition":
        after = replace(tool, digest="another")
    elif change == "policy":
        version[0] = "v2"
    elif change == "tool":
        tools.change("t/writes")
    elif change == "other":
        after = replace(tool, name="skill_other")
    if change == "nothing":
        assert engine.resume(run.head.run_id, after).status == "done"
        return
    with pytest.raises(RunRefused) as refused:
        engine.resume(run.head.run_id, after)

    word = {"definition": "compiled anew", "policy": "policy", "tool": "a tool it uses", "other": "skill_other"}[change]
    assert word in refused.value.message
    assert tools.calls == []
    assert store.held == set()
    assert store.run(run.head.run_id).status == "waiting_approval"


def test_only_runs_that_are_there_and_free_go_on(tools: Tools) -> None:
    """An id comes from outside; two processes may have it."""
    store = MemoryRunStore()
    gate, engine = waits_then_goes_on(tools, frozenset({"one"}), store)
    tool = composed([step("one", "writes")])
    run = engine.start(tool, {}, ME)
    gate.given.add("one")
    with pytest.raises(RunUnknown):
        engine.resume("nobody", tool)
    store.hold(run.head.run_id)
    with pytest.raises(RunHeld):
        engine.resume(run.head.run_id, tool)
    store.restart()

    assert engine.resume(run.head.run_id, tool).status == "done"


def test_whoever_goes_on_with_a_run_gets_no_more_than_who_began_it(tools: Tools) -> None:
    """Rights only shrink."""
    gate, engine = waits_then_goes_on(tools, frozenset({"one"}), MemoryRunStore())
    tool = composed([step("one", "writes")])
    for begun, goes_on, left in (
        (frozenset({"t/a", "t/b"}), None, frozenset({"t/a", "t/b"})),
        (frozenset({"t/a", "t/b"}), frozenset({"t/b", "t/c"}), frozenset({"t/b"})),
        (None, frozenset({"t/b"}), frozenset({"t/b"})),
        (None, None, None),
    ):
        gate.given.clear()
        run = engine.start(tool, {}, Caller("mcp", "/work", allowed=begun))
        gate.given.add("one")
        engine.resume(run.head.run_id, tool, caller=Caller("cli", "/elsewhere", allowed=goes_on))
        assert tools.calls[-1].caller.allowed == left
        assert tools.calls[-1].caller.cwd == "/work"


@pytest.mark.parametrize(
    ("effects", "calls", "status"), [(WRITES, 1, "unknown"), (REPEATS, 2, "done"), (READS, 2, "done")]
)
def test_a_step_whose_process_ended_before_the_answer_is_repeated_only_where_that_is_safe(
    tools: Tools, effects: object, calls: int, status: str
) -> None:
    """The record says `started` and nothing more."""
    store = MemoryRunStore()
    dies = [True]

    def act(_call: ToolCall, _cancel: object) -> Json:
        if dies[0]:
            raise Crash
        return {}

    tools.add("it", act, effects)  # type: ignore[arg-type]
    tool = composed([step("it")])
    with pytest.raises(Crash):
        engine_of(tools, store).start(tool, {}, ME)
    store.restart()
    dies[0] = False
    run = engine_of(tools, store).resume(next(iter(store.heads)), tool)

    assert (run.status, tools.called("it")) == (status, calls)


# ---- at most once --------------------------------------------------------------------------------------------------

STEPS = st.lists(st.sampled_from(["reads", "writes", "beside", "repeats", "loop", "skill_in"]), min_size=1, max_size=5)


def _tool_of(kinds: list[str]) -> ComposedTool:
    tools = {"loop": "writes", "beside": "writes"}
    steps = [
        step(
            f"s{n}",
            tools.get(kind, kind),
            {"n": n},
            for_each="{{input.items}}" if kind == "loop" else "",
            parallel=kind == "beside",
        )
        for n, kind in enumerate(kinds)
    ]
    return composed(steps, effects=WRITES)


class Counting:
    """Counts the effects of each step of each run, whatever becomes of the process afterwards."""

    def __init__(self, asks: frozenset[int]) -> None:
        self.tools = Tools()
        self.done: dict[tuple[str, str], int] = {}
        self.approved: set[str] = set()
        self.asks = asks
        self.tools.add("reads", lambda _call, _: {"r": 1})
        self.tools.add("writes", self._act, WRITES)
        self.tools.add("repeats", self._act, REPEATS)

    def _act(self, call: ToolCall, _cancel: object) -> "ToolResult | Json":
        name = f"{call.caller.step} in {len(call.caller.stack)} of {call.arguments}"
        if zlib.crc32(name.encode()) % 3 in self.asks and name not in self.approved:
            self.approved.add(name)
            return fault("needs_approval", "?", approval_id="g", sent=False)
        key = (call.caller.run_id, call.caller.step)
        if call.path == "t/writes":
            self.done[key] = self.done.get(key, 0) + 1
        return {"w": 1}


@given(
    kinds=STEPS,
    crashes=st.lists(st.tuples(st.integers(1, 12), st.booleans()), max_size=4),
    asks=st.frozensets(st.integers(0, 2), max_size=2),
)
@settings(max_examples=150, deadline=None)
def test_each_effect_happens_at_most_once(
    kinds: list[str], crashes: list[tuple[int, bool]], asks: frozenset[int]
) -> None:
    """Over any number of approvals, crashes at any write and restarts; a run that is done did everything once."""
    counting, store = Counting(asks), MemoryRunStore()
    inner = composed([step("i1", "writes"), step("i2", "writes")], "skill_in", effects=WRITES)
    tool, run, left = _tool_of(kinds), None, list(crashes)
    for _ in range(40):
        at, late = left.pop() if left else (0, False)
        store.restart(crash_at=at, late=late)
        nest = Nest(counting.tools, store, {"composed/skill_in": inner})
        try:
            run = _one_leg(nest, tool, store)
        except Crash:
            continue
        if run is not None and run.status != "waiting_approval":
            break

    assert all(times == 1 for times in counting.done.values()), counting.done
    assert run is not None
    assert run.status in {"done", "unknown"}
    if run.status == "done":
        effects = {"writes": 1, "beside": 1, "loop": 2, "skill_in": 2, "reads": 0, "repeats": 0}
        assert len(counting.done) == sum(effects[kind] for kind in kinds)
    if not crashes:
        assert run.status == "done"


def _one_leg(nest: Nest, tool: ComposedTool, store: MemoryRunStore) -> ComposedRun | None:
    outer = [head.run_id for head in store.heads.values() if not head.parent]
    if not outer:
        return nest.engine.start(tool, {"items": [1, 2]}, ME)
    try:
        return nest.engine.resume(outer[0], tool)
    except RunRefused:
        return store.run(outer[0])


def _child(folder: str, effects: str) -> None:
    tools = Tools()

    def act(call: ToolCall, _cancel: object) -> Json:
        with Path(effects).open("a", encoding="utf-8") as log:
            log.write(f"{call.caller.step}\n")
        if call.caller.step == "s3":
            os.kill(os.getpid(), signal.SIGKILL)
        return {}

    tools.add("writes", act, WRITES)
    engine_of(tools, RunFiles(Path(folder))).start(_killed_tool(), {}, ME)


def _killed_tool() -> ComposedTool:
    return composed([step(f"s{n}", "writes") for n in range(6)])


def test_a_killed_process_leaves_a_run_that_repeats_nothing(tmp_path: Path) -> None:
    """Killed inside the fourth effect: three are done, one is unknown, none happens again."""
    folder, effects = tmp_path / "runs", tmp_path / "effects"
    child = multiprocessing.get_context("fork").Process(target=_child, args=(str(folder), str(effects)))
    child.start()
    child.join(30)
    assert child.exitcode == -signal.SIGKILL
    store, tools = RunFiles(folder), Tools()
    tools.add("writes", lambda _call, _: {}, WRITES)
    run = engine_of(tools, store).resume(store.runs()[0].head.run_id, _killed_tool())

    assert run.status == "unknown"
    assert [record.status for record in run.steps] == ["done", "done", "done", "unknown"]
    assert effects.read_text().split() == ["s0", "s1", "s2", "s3"]
    assert tools.calls == []
