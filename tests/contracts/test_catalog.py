"""What every Catalog promises: the stored one and the one in memory."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.ports.catalog import Catalog, Pass
from skillstrata.records.candidates import Candidate, ProbeReport, Source, StageNote, State, Verdict
from skillstrata.records.contracts import Signature
from skillstrata.records.events import Event, EventKind, FileSnapshot, Outcome
from skillstrata.records.executions import BodyKind, Execution, NoiseEvent
from skillstrata.records.failures import CandidateUnknown
from skillstrata.records.proofs import Measure, OracleResult, Proof, ReplayRun
from skillstrata.records.purposes import JudgeCall
from skillstrata.records.tools import Fixture, FixtureFile, Miss, Quality, Usage
from skillstrata.records.waiting import WaitingDraft
from tests.fakes.memory_catalog import MemoryCatalog
from tests.fakes.sample_tools import a_contract, a_draft


@pytest.fixture(params=["sqlite", "memory"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    """Give each implementation, empty."""
    if request.param == "memory":
        yield MemoryCatalog()
        return
    stored = SqliteCatalog(tmp_path / "d" / "catalog.db")
    yield stored
    stored.close()


def _event(id_: str, *, session: str = "s1", at_s: float = 1.0) -> Event:
    return Event(id=id_, agent="claude-code", session=session, kind=EventKind.CALL, at_s=at_s)


def _execution(id_: str, *event_ids: str, session: str = "s1", at_s: float = 1.0) -> Execution:
    return Execution(
        id=id_,
        agent="claude-code",
        session=session,
        tool_use_id=f"use-{id_}",
        at_s=at_s,
        language="python",
        body_kind=BodyKind.HEREDOC,
        body="print('ü \U0001f642 \\x00')\n",
        argv=("a.html", "b"),
        cwd="/home/dev",
        outcome=Outcome.OK,
        event_ids=event_ids,
        env=(("A", "1"),),
        snapshots=(FileSnapshot("/home/dev/a.html", "0" * 64, 10), FileSnapshot("/x", None, reason="missing")),
    )


def _judged(id_: str, state: State = State.PLACED, **more: str) -> Candidate:
    source = Source("claude-code", "s1", f"use-{id_}")
    story = (StageNote("nominate", "nominated", "reads a file"), StageNote("place", "new_tool"))
    return Candidate(id_, state, source, language="python", body_digest="b" * 64, at_s=1.0, stages=story, **more)


def _proof() -> Proof:
    said = OracleResult("html-markdown/1", ok=True, measures=(Measure("ratio", float("inf"), ">= 1", ok=True),))
    run = ReplayRun("original", ok=True, input_digest="a", output_digest="b", exit_code=0, wall_ms=1.5, oracle=said)
    return Proof(True, "", "", (run, replace(run, relation="moved", exit_code=None, oracle=None)), "html-markdown/1")


def _read(catalog: Catalog, *executions: Execution, noise: tuple[str, ...] = (), session: str = "s1") -> None:
    catalog.save_reconstruction(session, executions, tuple(NoiseEvent(id_, "read only") for id_ in noise))


def test_an_event_is_open_until_its_session_was_read(catalog: Catalog) -> None:
    """Accounting is an invariant: every event is noise, in an execution, or waiting."""
    catalog.add_events((_event("e1"), _event("e2"), _event("e3", session="s0", at_s=0.5)))
    waiting = catalog.open_sessions()
    _read(catalog, _execution("x1", "e1"), noise=("e2",))
    sums = catalog.accounting()

    assert waiting == ("s0", "s1")
    assert catalog.open_sessions() == ("s0",)
    assert (sums.events, sums.execution_events, sums.noise_events, sums.open_events) == (3, 1, 1, 1)
    assert (sums.executions.open, sums.executions.total, sums.balanced) == (1, 1, True)


def test_an_event_given_twice_is_stored_once_and_keeps_its_bucket(catalog: Catalog) -> None:
    """Ingest is at least once: a crash between log and catalog repeats the batch."""
    catalog.add_events((_event("e1"),))
    _read(catalog, noise=("e1",))
    catalog.add_events((_event("e1"), _event("e1")))

    assert catalog.accounting().noise_events == catalog.accounting().events == 1


def test_only_stored_events_are_known(catalog: Catalog) -> None:
    """What is not known is taken in again; what is known is not."""
    catalog.add_events((_event("e1"), _event("e'2")))

    assert catalog.known_events(("e'2", "e3", "e1", "e1")) == {"e1", "e'2"}
    assert catalog.known_events(()) == frozenset()


def test_more_ids_than_a_statement_takes_values_are_asked_at_once(catalog: Catalog) -> None:
    """An import of a whole history asks for tens of thousands of ids."""
    catalog.add_events((_event("e7"),))

    assert catalog.known_events(tuple(f"e{n}" for n in range(40_000))) == {"e7"}


def test_an_execution_comes_back_as_it_was_given(catalog: Catalog) -> None:
    """The body that is replayed must be the body that ran, byte for byte."""
    given = _execution("x1", "e1", "e2")
    _read(catalog, given)

    assert catalog.execution("x1") == given
    assert catalog.open_executions() == (given,)


def test_open_executions_come_oldest_first(catalog: Catalog) -> None:
    """The first of two equal programs is the tool, the second its duplicate."""
    _read(catalog, _execution("b", "e1", at_s=2.0), _execution("c", "e2", at_s=1.0), _execution("a", at_s=2.0))

    assert [e.id for e in catalog.open_executions()] == ["c", "a", "b"]


def test_a_judged_execution_stays_judged_when_its_session_is_read_again(catalog: Catalog) -> None:
    """Else every pass would prove everything anew and place it again."""
    _read(catalog, _execution("x1", "e1"))
    catalog.save_candidate(_judged("x1"), _proof())
    _read(catalog, _execution("x1", "e1"), _execution("x2", "e2"))

    assert [e.id for e in catalog.open_executions()] == ["x2"]
    assert catalog.candidate("x1") == _judged("x1")
    assert catalog.proof("x1") == _proof()


@pytest.mark.parametrize(("state", "stays"), [(State.OPEN, False), (State.NOISE, False), (State.PLACED, True)])
def test_a_reading_that_later_events_changed_leaves_only_what_was_decided(
    catalog: Catalog, state: State, stays: bool
) -> None:
    """A tool keeps its origin; a reading that was never more than a reading goes."""
    catalog.add_events((_event("e1"),))
    _read(catalog, _execution("x1", "e1"))
    catalog.save_candidate(_judged("x1", state))
    _read(catalog, noise=("e1",))
    sums = catalog.accounting()

    assert [c.id for c in catalog.candidates()] == (["x1"] if stays else [])
    assert (sums.execution_events, sums.noise_events) == ((1, 0) if stays else (0, 1))
    assert sums.balanced


def test_an_event_no_reading_mentions_any_more_waits_again(catalog: Catalog) -> None:
    """It arrived while the session was read; dropping it silently is the one thing that must not happen."""
    catalog.add_events((_event("e1"), _event("e2")))
    _read(catalog, _execution("x1", "e1"), noise=("e2",))
    _read(catalog, noise=("e2",))

    assert catalog.accounting().open_events == 1
    assert catalog.open_sessions() == ("s1",)


def test_an_event_that_arrives_after_the_reading_that_names_it_is_counted_when_read_again(catalog: Catalog) -> None:
    """The log is written before the index: a reading may be ahead of it."""
    _read(catalog, _execution("x1", "e1"))
    catalog.add_events((_event("e1"),))
    before = catalog.accounting()
    _read(catalog, _execution("x1", "e1"))

    assert (before.open_events, before.execution_events, before.balanced) == (1, 0, True)
    assert catalog.accounting().execution_events == 1


def test_a_judgement_replaces_state_story_and_proof(catalog: Catalog) -> None:
    """A proof of an earlier attempt beside a later verdict would be a lie."""
    _read(catalog, _execution("x1", "e1"))
    catalog.save_candidate(_judged("x1", State.SHELVED, reason="dependency", unshelve="uv pip install x"), _proof())
    catalog.save_candidate(_judged("x1", State.REJECTED, reason="ignores_input"))

    assert catalog.candidate("x1") == _judged("x1", State.REJECTED, reason="ignores_input")
    assert catalog.proof("x1") is None
    assert catalog.candidates(State.SHELVED) == ()
    assert [c.id for c in catalog.candidates(State.REJECTED)] == ["x1"]


def test_who_ran_it_and_when_stay_the_executions(catalog: Catalog) -> None:
    """A verdict is about a run, it does not change which run."""
    _read(catalog, _execution("x1", "e1", at_s=7.0))
    catalog.save_candidate(replace(_judged("x1"), source=Source("other", "s9", "u9"), at_s=0.0))

    assert catalog.candidate("x1").source == Source("claude-code", "s1", "use-x1")
    assert catalog.candidate("x1").at_s == 7.0


def test_only_shelved_candidates_are_opened_again(catalog: Catalog) -> None:
    """`unshelve --all` must not throw away what was placed."""
    _read(catalog, _execution("x1", "e1"), _execution("x2", "e2"))
    catalog.save_candidate(_judged("x1", State.SHELVED, reason="dependency", unshelve="uv pip install x"))
    catalog.save_candidate(_judged("x2"))
    changed = catalog.reopen(("x1", "x2", "nobody", "x1"))

    assert changed == 1
    assert catalog.candidate("x1") == _judged("x1", State.OPEN)
    assert catalog.candidate("x2").state is State.PLACED
    assert catalog.reopen(("x1",)) == 0


def test_an_unambiguous_beginning_of_an_id_is_enough(catalog: Catalog) -> None:
    """Ids are long; `explain toolu_01A` is what people type."""
    _read(catalog, _execution("abc1"), _execution("abd"), _execution("ab"), _execution("aB%c"))

    assert catalog.candidate("abc").id == "abc1"
    assert catalog.candidate("ab").id == "ab"
    assert catalog.candidate("aB%").id == "aB%c"


@pytest.mark.parametrize("asked", ["", "a", "z", "ab_", "ABC1", "a%"])
def test_an_ambiguous_or_unknown_id_is_refused(catalog: Catalog, asked: str) -> None:
    """Guessing would explain, or free, the wrong candidate."""
    _read(catalog, _execution("abc1"), _execution("abd"))

    with pytest.raises(CandidateUnknown):
        catalog.candidate(asked)


def test_what_nobody_ran_cannot_be_read_or_judged(catalog: Catalog) -> None:
    """A candidate without an execution would not be in the sums."""
    with pytest.raises(CandidateUnknown):
        catalog.execution("x1")
    with pytest.raises(CandidateUnknown):
        catalog.save_candidate(_judged("x1"))
    assert catalog.proof("x1") is None
    assert catalog.accounting().executions.total == 0


def _call(tool: str = "t", *, at_s: float, ok: bool = True, project: str = "") -> Usage:
    return Usage(tool, "html", 1, at_s, ok, 3.5, "cli", project)


def test_quality_counts_calls_successes_and_projects(catalog: Catalog) -> None:
    """What reuse shows is worth only what it counts; an unknown project is no project."""
    for usage in (
        _call(at_s=1.0, project="p"),
        _call(at_s=2.0, project="q"),
        _call(at_s=3.0, project="q", ok=False),
        _call(at_s=4.0),
        _call("a", at_s=5.0, ok=False),
    ):
        catalog.add_usage(usage)

    assert catalog.quality("t") == Quality(4, 3, 2, 0.75)
    assert catalog.quality("never") == Quality()
    assert catalog.qualities() == (("a", Quality(1, 0, 0, 0.0)), ("t", Quality(4, 3, 2, 0.75)))


def test_the_same_call_recorded_twice_counts_once(catalog: Catalog) -> None:
    """A record that is retried after CatalogBusy must not make a tool look better used than it is."""
    catalog.add_usage(_call(at_s=1.0))
    catalog.add_usage(_call(at_s=1.0))
    catalog.add_usage(_call(at_s=1.5))

    assert catalog.quality("t").runs == 2


def test_the_last_pass_is_the_one_that_ended_last(catalog: Catalog) -> None:
    """`status` shows it; a pass that was recorded twice is one pass."""
    assert catalog.last_pass() is None
    catalog.add_pass(Pass(5.0, 9.0, 3))
    catalog.add_pass(Pass(1.0, 2.0, 7))
    catalog.add_pass(Pass(5.0, 9.0, 3))

    assert catalog.last_pass() == Pass(5.0, 9.0, 3)


def _waiting(id_: str, *, of: str = "d1", fixture: bytes = b"\x00\xff") -> WaitingDraft:
    odd = replace(a_draft(), candidate_id=id_, original="x = '\udcff'\r\n")
    return WaitingDraft(
        candidate=_judged(id_, State.OPEN),
        of=of,
        draft=odd,
        proof=_proof(),
        probe=ProbeReport(imports=("re",), verdict=Verdict(State.SHELVED, "x")),
        contract=a_contract(),
        signature=Signature((("a", "b"),), "5" * 64),
        fixtures=((Fixture("f.html", "text/html", "a" * 64, "b" * 64, (FixtureFile("g", "x/y", "c"),)), fixture),),
        further_files=(("g", b"\xfe"),),
    )


def test_a_draft_that_waits_comes_back_as_it_was_until_its_candidate_has_an_end(catalog: Catalog) -> None:
    """Nothing is proved twice; pending is no end."""
    _read(catalog, _execution("x1"), _execution("x2"))
    catalog.save_waiting(_waiting("x2"))
    catalog.save_waiting(_waiting("x1"))
    catalog.save_waiting(_waiting("x1", of="d2"))
    assert catalog.waiting_drafts() == (_waiting("x1", of="d2"), _waiting("x2"))
    catalog.save_candidate(_judged("x1", State.PENDING))
    catalog.save_candidate(_judged("x2", State.PLACED))

    assert [draft.candidate.id for draft in catalog.waiting_drafts()] == ["x1"]


def test_a_draft_waits_for_a_candidate_and_goes_with_its_session(catalog: Catalog) -> None:
    """It holds the program of the session that is to be forgotten."""
    with pytest.raises(CandidateUnknown):
        catalog.save_waiting(_waiting("x1"))
    _read(catalog, _execution("x1"))
    catalog.save_waiting(_waiting("x1"))
    catalog.forget_session("s1")

    assert catalog.waiting_drafts() == ()


def _miss(at_s: float, *, tool: str = "t", version: int = 2, environment: str = "e") -> Miss:
    return Miss(tool, "html", version, "text/html", environment, "call.limit", at_s, rescued_by=1)


def test_misses_are_kept_by_place_and_settled_by_place(catalog: Catalog) -> None:
    """A success in one environment says nothing about another."""
    for miss in (_miss(2.0), _miss(1.0), _miss(3.0, environment="f"), _miss(4.0, tool="u"), _miss(2.0)):
        catalog.add_miss(miss)
    assert [m.at_s for m in catalog.misses("t")] == [1.0, 2.0, 3.0]
    assert len(catalog.misses()) == 4

    assert (catalog.settle_misses(_miss(9.0)), catalog.settle_misses(_miss(9.0))) == (2, 0)
    assert [(m.at_s, m.settled) for m in catalog.misses("t")] == [(1.0, True), (2.0, True), (3.0, False)]
    catalog.add_miss(_miss(1.0))
    assert [m.at_s for m in catalog.misses("t")] == [1.0, 2.0, 3.0]


def test_the_misses_of_a_tool_go_with_its_uses(catalog: Catalog) -> None:
    """What is forgotten leaves no trace."""
    catalog.add_miss(_miss(1.0))
    catalog.add_miss(_miss(1.0, tool="u"))
    catalog.forget_uses("s1", ("t",))

    assert [m.tool for m in catalog.misses()] == ["u"]


def test_questions_to_a_model_are_kept_in_order(catalog: Catalog) -> None:
    """The log of spending, and the memory of answers."""
    calls = (JudgeCall("q", 2.0, "m", "same", "why", 5, 6), JudgeCall("r", 1.0, "m", "", "failed"))
    for call in (*calls, calls[0]):
        catalog.add_judge_call(call)

    assert catalog.judge_calls() == (calls[1], calls[0])
    assert catalog.judge_calls(since_s=2.0) == catalog.judge_calls(question="q") == (calls[0],)


def test_what_waits_is_named_and_given_one_by_one(catalog: Catalog) -> None:
    """A list of very many reads none of their programs."""
    _read(catalog, _execution("x1"), _execution("x2"))
    catalog.save_waiting(_waiting("x1"))
    catalog.save_candidate(_judged("x1", State.PENDING))

    assert catalog.waiting_ids() == {"x1"}
    assert catalog.waiting_draft("x1") == _waiting("x1")
    assert catalog.waiting_draft("x2") is None
