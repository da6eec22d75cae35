"""A person's leave for a composed tool: how many runs it is good for, and how long."""

import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.synchronize import Barrier as SharedBarrier
from pathlib import Path

import pytest

from skillstrata.app.capability_reports import CallOutcome, CallWish
from skillstrata.app.use_cases.serving_tools import ServedTools
from skillstrata.policy.grants import new_id
from skillstrata.records.json_values import JsonObject
from tests.composition_home import NOTE, CompositionHome

# The argument is only known when it runs, so the run waits once more before its second step.
PAUSED = """---
name: paused
description: Write, then say it.
tool_schema:
  input: {type: object, properties: {text: {type: string}}, required: [text]}
  steps:
    - {id: write, tool: write_file, input: {path: "p.md", content: "{{input.text}}"}}
    - {tool: bash, input: {argv: ["echo", "--", "{{steps.write.output.path}}"]}}
---
Write.
"""


@pytest.fixture
def home(tmp_path: Path) -> CompositionHome:
    """Make a home with a skill that writes and one that waits in the middle, compiled."""
    made = CompositionHome(tmp_path).make()
    (tmp_path / ".claude.json").write_text("{}", encoding="utf-8")
    made.put("note", NOTE)
    made.put("paused", PAUSED)
    report = made.compile()
    assert not report.errors, report.errors
    return made


class Later:
    """A clock that is as many seconds ahead as it is told."""

    def __init__(self, real: Callable[[], float]) -> None:
        self._real = real
        self.by_s = 0.0

    def now_s(self) -> float:
        return self._real() + self.by_s


def _served(home: CompositionHome) -> ServedTools:
    return ServedTools(home.app(), home.project)


def _call(served: ServedTools, text: str = "x", tool: str = "skill_note") -> CallOutcome:
    arguments: JsonObject = {"text": text}
    return served.call(CallWish(tool, arguments, str(served.tools.project)))


def _approved(served: ServedTools, text: str, count: int) -> None:
    """Ask for leave for one call, and give it as many times."""
    grant = _call(served, text).approval
    assert grant is not None
    served.decide(grant.id, approved=True, by="ann")
    for _ in range(count - 1):
        again = served.app.grant_store.ask(replace(grant, id=new_id()))
        served.decide(again.id, approved=True, by="ann")


def _runs(served: ServedTools, text: str) -> int:
    return sum(run.head.arguments == {"text": text} for run in served.runs(most=1_000))


def _all_at_once(calls: list[Callable[[], CallOutcome]]) -> list[CallOutcome]:
    start, outcomes = threading.Barrier(len(calls)), list[CallOutcome]()

    def go(call: Callable[[], CallOutcome]) -> None:
        start.wait(60)
        outcomes.append(call())

    threads = [threading.Thread(target=go, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(outcomes) == len(calls)
    return outcomes


@pytest.mark.parametrize("consents", [1, 3])
def test_as_many_runs_as_consents_however_many_call_at_once(home: CompositionHome, consents: int) -> None:
    """A consent with one use must not pass for several; the same and other calls stand in each other's way."""
    served = _served(home)
    for turn in range(4):
        texts = [f"{turn}a", f"{turn}b"]
        for text in texts:
            _approved(served, text, consents)
        outcomes = _all_at_once([lambda text=text: _call(served, text) for text in texts * 6])

        assert [_runs(served, text) for text in texts] == [consents, consents]
        assert {one.status for one in outcomes} <= {"ok", "needs_approval", "failed"}
        done = {one.run_id for one in outcomes if one.status == "ok"}
        assert len(done) == 2 * consents
    served.close()


def _elsewhere(root: str, start: SharedBarrier, calls: int) -> None:
    served = _served(CompositionHome(Path(root)))
    _ = served.tools.gate
    start.wait(60)
    for _ in range(calls):
        _call(served, "shared")
    served.close()


def test_two_processes_share_one_consent(home: CompositionHome) -> None:
    """The consents and runs lie in files that both use."""
    served = _served(home)
    _approved(served, "shared", 2)
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(2)
    processes = [spawn.Process(target=_elsewhere, args=(str(home.root), start, 4)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(90)

    assert [process.exitcode for process in processes] == [0, 0]
    assert _runs(served, "shared") == 2
    served.close()


def test_a_run_that_waits_goes_on_under_the_consent_it_was_begun_with(home: CompositionHome) -> None:
    """What is done is neither asked about nor done again."""
    served = _served(home)
    grant = _call(served, tool="skill_paused").approval
    assert grant is not None
    served.decide(grant.id, approved=True, by="ann")
    first, second = _call(served, tool="skill_paused"), _call(served, tool="skill_paused")

    assert (first.approval and first.approval.path) == (second.approval and second.approval.path) == "native/bash"
    assert first.run_id == second.run_id
    assert served.run_status(first.run_id).head.grant == grant.id
    assert len(served.runs(most=10)) == 1
    served.close()


def test_a_consent_whose_time_is_over_lets_no_run_go_on(home: CompositionHome) -> None:
    """The twin of the above: leave is asked for again, and the same run goes on under it."""
    app = home.app()
    later = Later(app.clock.now_s)
    app.clock = later
    served = ServedTools(app, home.project)
    grant = _call(served, tool="skill_paused").approval
    assert grant is not None
    served.decide(grant.id, approved=True, by="ann")
    first = _call(served, tool="skill_paused")
    later.by_s = 4_000.0
    late = _call(served, tool="skill_paused")

    assert late.approval is not None
    assert (late.approval.path, late.approval.run_id) == ("composed/skill_paused", first.run_id)
    served.decide(late.approval.id, approved=True, by="ann")
    after = _call(served, tool="skill_paused")
    assert after.run_id == first.run_id
    assert [step.status for step in after.steps] == ["done", "waiting_approval"]
    served.close()


def test_a_consent_that_was_used_begins_no_run_where_its_own_has_ended(home: CompositionHome) -> None:
    """Between the look at a run that waits and going on with it, another call may have ended it."""
    served = _served(home)
    _approved(served, "x", 1)
    done = _call(served)
    gate = served.tools.gate
    ended = gate._parts.goes_on  # the twin: as it is
    used = next(one for one in served.app.grant_store.grants(served.app.clock.now_s()) if one.state == "used")
    object.__setattr__(gate, "_parts", replace(gate._parts, goes_on=lambda _call: (done.run_id, used)))
    again = _call(served)
    object.__setattr__(gate, "_parts", replace(gate._parts, goes_on=ended))

    assert (again.status, again.run_id) == ("ok", done.run_id)
    assert _runs(served, "x") == 1
    assert _call(served).status == "needs_approval"
    served.close()
