"""What every RunStore promises."""

import multiprocessing
import os
import signal
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillstrata.adapters.run_files import RunFiles
from skillstrata.ports.run_store import RunStore
from skillstrata.records.composed_runs import ComposedRun, RunHead, StepItem, StepRecord
from skillstrata.records.failures import RunDamaged, RunHeld, RunUnknown, StoreFull
from skillstrata.records.json_values import Json
from skillstrata.records.tool_calls import ToolFault
from tests.fakes.memory_run_store import MemoryRunStore

MakeStore = Callable[[], RunStore]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(params=["file", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> MakeStore:
    """Make a store; all of one test have the same runs."""
    if request.param == "memory":
        store = MemoryRunStore()
        return lambda: store
    return lambda: RunFiles(tmp_path / "data" / "runs")


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    """The store on files alone."""
    return RunFiles(tmp_path / "runs")


def a_head(run_id: str = "r1", *, at_s: float = 5.0) -> RunHead:
    """Make a head."""
    return RunHead(
        run_id, "skill_x", "d" * 64, "p" * 64, {"a": [1, None, "整"]}, "/work", at_s, at_s + 9.0, "v1", "cli"
    )


def a_step(name: str = "fetch", status: str = "done", output: Json = None) -> StepRecord:
    """Make a step."""
    return StepRecord(name, "web_fetch", status, output, "text", 2, 1.5, "timeout", "late", tainted=True)


def test_what_was_recorded_comes_back_equal(make: MakeStore) -> None:
    """Resuming and showing both read it."""
    store, head = make(), a_head()
    items = (StepItem(0, "done", {"k": 2**70}, "", 1), StepItem(1, "failed", None, "no", 2))
    step = replace(a_step(output=["x", 1.5, {"y": None}]), items=items)
    fault = ToolFault("tool_error", "why", "hint", "")
    store.begin(head)
    store.record("r1", step, durable=True)
    store.finish(ComposedRun(head, "failed", (step,), {"o": 1}, "said", "", fault))

    assert make().run("r1") == ComposedRun(head, "failed", (step,), {"o": 1}, "said", "", fault)


def test_a_step_comes_back_as_it_was_told_last(make: MakeStore) -> None:
    """`started` before a call and `done` after it are one step."""
    store = make()
    store.begin(a_head())
    for status in ("started", "waiting_approval", "started", "done"):
        store.record("r1", a_step(status=status), durable=False)
    store.record("r1", a_step("other", "started"), durable=False)

    assert [(s.id, s.status) for s in store.run("r1").steps] == [("fetch", "done"), ("other", "started")]
    assert store.run("r1").status == "running"


def test_whether_somebody_is_at_work_on_a_run_can_be_asked(make: MakeStore) -> None:
    """A call beside it begins a run of its own; one that was let go can be gone on with."""
    store, head = make(), a_head()
    store.begin(head)
    at_work = (store.is_held("r1"), make().is_held("r1"))
    store.finish(ComposedRun(head, "waiting_approval"))

    assert at_work == (True, True)
    assert not make().is_held("r1")


def test_a_closed_run_shows_its_steps_as_they_were_declared(make: MakeStore) -> None:
    """Parallel steps end in any order; turns of a loop stand in their step then."""
    store, head = make(), a_head()
    store.begin(head)
    for name in ("b", "loop[0]", "a"):
        store.record("r1", a_step(name), durable=False)
    store.finish(ComposedRun(head, "done", (a_step("a"), a_step("b"))))

    assert [step.id for step in store.run("r1").steps] == ["a", "b"]


def test_a_run_that_waits_keeps_the_turns_of_its_loops(make: MakeStore) -> None:
    """They are what must not be done again."""
    store, head = make(), a_head()
    store.begin(head)
    store.record("r1", a_step("loop[0]"), durable=True)
    store.record("r1", a_step("loop", "waiting_approval"), durable=True)
    store.finish(ComposedRun(head, "waiting_approval", (a_step("loop", "waiting_approval"),), approval_id="g1"))
    held = store.hold("r1")

    assert {step.id for step in held.steps} == {"loop", "loop[0]"}
    assert (held.status, held.approval_id) == ("waiting_approval", "g1")


def test_only_one_at_a_time_holds_a_run(make: MakeStore) -> None:
    """Two that go on with one run would do everything twice."""
    store, head = make(), a_head()
    store.begin(head)
    with pytest.raises(RunHeld):
        make().hold("r1")
    with pytest.raises(RunHeld):
        store.begin(head)
    store.finish(ComposedRun(head, "waiting_approval"))

    assert make().hold("r1").head == head
    with pytest.raises(RunHeld):
        make().hold("r1")


@pytest.mark.parametrize("run_id", ["nobody", "", "../r1", "a/b", "a\0b", ".", "x" * 65, "r1\n"])
def test_a_run_nobody_began_is_unknown(make: MakeStore, run_id: str) -> None:
    """An id comes from outside: it must not become a path."""
    store = make()
    store.begin(a_head())
    step = a_step()
    for attempt in (
        lambda: store.run(run_id),
        lambda: store.hold(run_id),
        lambda: store.record(run_id, step, durable=False),
        lambda: store.finish(ComposedRun(a_head(run_id), "done")),
    ):
        with pytest.raises(RunUnknown):
            attempt()
    assert store.run("r1").head == a_head()


def test_the_newest_runs_come_first(make: MakeStore) -> None:
    """A list is read from its top."""
    store = make()
    for number in (1, 3, 2):
        store.begin(a_head(f"r{number}", at_s=float(number)))
        store.finish(ComposedRun(a_head(f"r{number}", at_s=float(number)), "done"))

    assert [run.head.run_id for run in store.runs()] == ["r3", "r2", "r1"]
    assert len(store.runs(most=2)) == 2


def test_runs_are_found_by_their_plan(make: MakeStore) -> None:
    """A call again goes on with the run that waits; it must not read all there are."""
    store = make()
    plans = {"a1": "ab" * 32, "a2": "ab" * 32, "b1": "cd" * 32}
    for name, plan in plans.items():
        head = replace(a_head(f"{plan[:12]}{name}"), digest=plan)
        store.begin(head)
        store.finish(ComposedRun(head, "waiting_approval"))

    assert {run.head.run_id[12:] for run in store.runs(plan="ab" * 32)} == {"a1", "a2"}
    assert store.runs(plan="ab" * 6 + "ff" * 26) == ()
    assert len(store.runs(plan="ab" * 32, most=1)) == 1
    assert len(store.runs()) == 3


def test_no_run_no_list(make: MakeStore) -> None:
    """Reading makes nothing."""
    assert make().runs() == ()


@given(JSON)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_value_comes_back(tmp_path: Path, value: Json) -> None:
    """Outputs are a tool's, arguments a client's: any number, any text."""
    store = RunFiles(tmp_path / "any")
    run_id = f"r{len(list((tmp_path / 'any').glob('*'))) if (tmp_path / 'any').exists() else 0}"
    head = replace(a_head(run_id), arguments={"v": value})
    store.begin(head)
    store.record(run_id, a_step(output=value), durable=False)
    store.finish(ComposedRun(head, "done", (a_step(output=value),), value))
    found = store.run(run_id)

    assert repr((found.output, found.steps[0].output, found.head.arguments)) == repr((value, value, {"v": value}))


@given(cut=st.integers(0, 400))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_torn_anywhere_gives_the_whole_lines_before(tmp_path: Path, cut: int) -> None:
    """A kill or a full disk ends a write wherever it likes."""
    folder = tmp_path / "torn"
    store = RunFiles(folder)
    (folder / "r1.jsonl").unlink(missing_ok=True)
    store.begin(a_head())
    store.record("r1", a_step(status="started"), durable=True)
    path = folder / "r1.jsonl"
    whole = path.read_bytes()
    store.finish(ComposedRun(a_head(), "waiting_approval"))
    path.write_bytes(whole[: len(whole) - min(cut, len(whole))])
    lines = path.read_bytes().count(b"\n")
    if lines == 0:
        with pytest.raises(RunUnknown):
            RunFiles(folder).hold("r1")
        return
    resumed = RunFiles(folder)

    assert len(resumed.hold("r1").steps) == lines - 1
    resumed.record("r1", a_step("next"), durable=False)
    assert resumed.run("r1").steps[-1] == a_step("next")
    resumed.finish(ComposedRun(a_head(), "done"))


@pytest.mark.parametrize(
    "line",
    [
        b"no json",
        b'{"v":2,"step":{}}',
        b'{"v":1}',
        b'{"v":1,"step":{"id":1,"tool":"x","status":"done"}}',
        b'{"v":1,"step":{"id":"x","tool":"x","status":"done","more":1}}',
        b'{"v":1,"step":[]}',
        b'{"v":1,"end":{"status":"done"}}',
        b"[]",
        b"[" * 20_000,
    ],
)
def test_a_line_that_is_not_ours_stops_the_run(files: RunFiles, tmp_path: Path, line: bytes) -> None:
    """Leaving it out could repeat what it told of; the other runs are still listed."""
    for name in ("r1", "r2"):
        files.begin(a_head(name))
        files.finish(ComposedRun(a_head(name), "waiting_approval"))
    path = tmp_path / "runs" / "r1.jsonl"
    path.write_bytes(path.read_bytes() + line + b"\n")

    with pytest.raises(RunDamaged):
        files.run("r1")
    with pytest.raises(RunDamaged):
        files.hold("r1")
    assert [run.head.run_id for run in files.runs()] == ["r2"]
    assert files.hold("r2").status == "waiting_approval"


def test_runs_are_for_their_owner_alone(files: RunFiles, tmp_path: Path) -> None:
    """Outputs of tools may be private."""
    files.begin(a_head())

    assert stat.S_IMODE((tmp_path / "runs" / "r1.jsonl").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "runs").stat().st_mode) == 0o700


def test_a_link_is_not_gone_on_with(files: RunFiles, tmp_path: Path) -> None:
    """It would append to whatever it leads to."""
    files.begin(a_head())
    files.finish(ComposedRun(a_head(), "waiting_approval"))
    (tmp_path / "runs" / "r2.jsonl").symlink_to("r1.jsonl")

    with pytest.raises(RunUnknown):
        files.hold("r2")
    assert files.hold("r1").head.run_id == "r1"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file where the folder should be; nothing is begun that could not be recorded."""
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreFull):
        RunFiles(tmp_path / "data" / "runs").begin(a_head())
    RunFiles(tmp_path / "free" / "runs").begin(a_head())


def _ended(store: RunStore, head: RunHead, status: str = "done") -> None:
    store.begin(head)
    store.finish(ComposedRun(head, status))


def test_old_runs_are_forgotten_once_nobody_can_go_on_with_them(make: MakeStore) -> None:
    """What waits for an answer is still somebody's, until its time is over; so is what is at work."""
    store = make()
    _ended(store, a_head("old", at_s=1.0))
    _ended(store, a_head("young", at_s=30.0))
    _ended(store, a_head("waits", at_s=2.0), "waiting_approval")
    store.begin(a_head("at_work", at_s=1.0))

    assert make().forget_before(5.0) == 1
    assert {run.head.run_id for run in store.runs()} == {"young", "waits", "at_work"}
    assert make().forget_before(20.0) == 1
    assert {run.head.run_id for run in store.runs()} == {"young", "at_work"}
    with pytest.raises(RunUnknown):
        store.run("waits")
    assert store.forget_before(1_000.0) == 1


def test_runs_of_a_session_are_forgotten_with_it(make: MakeStore) -> None:
    """Those that wait too; none that is at work, and none of another session."""
    store = make()
    for name, session, status in (("a", "s1", "done"), ("b", "s1", "waiting_approval"), ("c", "s2", "done")):
        _ended(store, replace(a_head(name), session=session), status)
    store.begin(replace(a_head("d"), session="s1"))

    assert store.of_session("s1") == ("a", "b", "d")
    assert make().forget_session("s1") == 2
    assert {run.head.run_id for run in store.runs()} == {"c", "d"}
    assert make().forget_session("nobody") == 0


def test_without_runs_there_is_nothing_to_forget(make: MakeStore) -> None:
    """And nothing is made."""
    store = make()

    assert (store.forget_before(9.0), store.of_session(""), store.forget_session("")) == (0, (), 0)


def test_a_run_that_cannot_be_read_goes_by_its_files_time(files: RunFiles, tmp_path: Path) -> None:
    """Nobody can go on with it, and what is in it is as private as any."""
    _ended(files, a_head("r1"))
    path = tmp_path / "runs" / "r1.jsonl"
    path.write_bytes(b"damaged\n")
    os.utime(path, (50.0, 50.0))

    assert files.forget_before(40.0) == 0
    assert files.forget_before(60.0) == 1
    assert not path.exists()


def _work(folder: str, told: int) -> None:
    store = RunFiles(Path(folder))
    store.begin(a_head())
    number = 0
    while True:
        number += 1
        store.record("r1", a_step(f"s{number}"), durable=True)
        os.write(told, b"x")


def test_what_was_durable_is_there_after_a_kill(tmp_path: Path) -> None:
    """Every record whose call returned; and the run can be gone on with."""
    folder = tmp_path / "runs"
    reading, writing = os.pipe()
    child = multiprocessing.get_context("fork").Process(target=_work, args=(str(folder), writing))
    child.start()
    os.close(writing)
    came = 0
    while came < 20:
        came += len(os.read(reading, 1))
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join(10)
    while more := os.read(reading, 4096):
        came += len(more)
    os.close(reading)

    assert RunFiles(folder).run("r1").message.startswith("the process that ran it has ended")
    found = RunFiles(folder).hold("r1")
    assert found.status == "running"
    assert len(found.steps) >= came
