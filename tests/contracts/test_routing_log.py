"""What every RoutingLog promises."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillstrata.adapters.jsonl_routing_log import JsonlRoutingLog
from skillstrata.ports.routing_log import RoutingLog
from skillstrata.records.failures import StoreFull
from skillstrata.records.routes import Route, RouteCandidate, RouteOutcome, RouteRecord, RouteState
from tests.fakes.memory_routing_log import MemoryRoutingLog

MakeLog = Callable[[], RoutingLog]


@pytest.fixture(params=["file", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> MakeLog:
    """Make a log that is empty at its first use."""
    if request.param == "memory":
        log = MemoryRoutingLog()
        return lambda: log
    return lambda: JsonlRoutingLog(tmp_path / "state" / "routes.jsonl")


def _record(name: str, *, at_s: float = 1.0, session: str = "s1", query: str = "roll back") -> RouteRecord:
    route = Route((RouteCandidate("user/helm", "helm", 0.75),), "user/helm", 0.5, 0.9, False, ("user/other",))
    return RouteRecord(name, at_s, session, "ab" * 32, query, route, RouteState(3, 20, 4, 1, 5_900, 6_000))


def test_a_log_that_nobody_wrote_to_is_empty(make: MakeLog) -> None:
    """Reading makes nothing; forgetting what is not there is no fault."""
    assert make().records() == ()
    assert make().forget_session("s1") == 0
    assert make().forget_before(9.0) == 0


def test_records_come_back_as_they_were_in_order_of_time(make: MakeLog) -> None:
    """Once per id, whoever adds it twice."""
    late, early = _record("a", at_s=5.0, query='line\nend "quoted" 整理 \u2028'), _record("b", at_s=2.0)
    log = make()
    for record in (late, early, late):
        log.add(record)

    assert make().records() == (early, late)
    assert make().records(since_s=3.0) == (late,)


def test_what_is_told_later_is_in_the_record(make: MakeLog) -> None:
    """A choice is known after the proposal, its outcome later still."""
    log = make()
    log.add(_record("a"))
    log.add(_record("b", at_s=2.0))
    log.tell("a", chosen="user/other", outcome=RouteOutcome.UNKNOWN)
    log.tell("a", chosen="user/other", outcome=RouteOutcome.FAILED)
    log.tell("nobody", chosen="user/other", outcome=RouteOutcome.FAILED)
    told, untold = make().records()

    assert (told.chosen, told.told, told.outcome) == ("user/other", True, RouteOutcome.FAILED)
    assert (untold.chosen, untold.told) == ("", False)


def test_forgetting_a_session_removes_it_and_no_other(make: MakeLog) -> None:
    """What was told of the others stays too."""
    log = make()
    for name, session in (("a", "s1"), ("b", "s2"), ("c", "s1")):
        log.add(_record(name, session=session))
    log.tell("b", chosen="user/helm", outcome=RouteOutcome.SUCCEEDED)

    assert make().forget_session("s1") == 2
    (left,) = make().records()
    assert (left.id, left.chosen, left.outcome) == ("b", "user/helm", RouteOutcome.SUCCEEDED)
    make().add(_record("d"))
    assert [record.id for record in make().records()] == ["b", "d"]


def test_forgetting_what_is_old(make: MakeLog) -> None:
    """The log must not grow for ever."""
    log = make()
    for at in range(4):
        log.add(_record(str(at), at_s=float(at)))

    assert make().forget_before(2.0) == 2
    assert [record.id for record in make().records()] == ["2", "3"]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_any_text_comes_back(tmp_path: Path, query: str) -> None:
    """Requests hold anything."""
    path = tmp_path / "routes.jsonl"
    path.unlink(missing_ok=True)
    JsonlRoutingLog(path).add(_record("a", query=query))

    assert JsonlRoutingLog(path).records()[0].query == query


def test_a_line_that_was_torn_costs_only_itself(tmp_path: Path) -> None:
    """The machine went down in the middle of one."""
    path = tmp_path / "routes.jsonl"
    log = JsonlRoutingLog(path)
    log.add(_record("a"))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    log.add(_record("b"))

    assert [record.id for record in log.records()] == ["a", "b"]


def test_several_writers_lose_nothing(tmp_path: Path) -> None:
    """Every server of a machine writes to one log."""
    path = tmp_path / "routes.jsonl"

    def write(writer: int) -> None:
        for number in range(25):
            JsonlRoutingLog(path).add(_record(f"{writer}-{number}"))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(JsonlRoutingLog(path).records()) == 100


def test_a_log_is_the_owners_alone(tmp_path: Path) -> None:
    """Even a digest tells whether somebody asked for something."""
    path = tmp_path / "made" / "routes.jsonl"
    JsonlRoutingLog(path).add(_record("a"))

    assert path.stat().st_mode & 0o077 == 0


def test_a_log_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A file stands where the folder should be; with the folder there, the same is kept."""
    (tmp_path / "state").write_text("", encoding="utf-8")
    with pytest.raises(StoreFull):
        JsonlRoutingLog(tmp_path / "state" / "routes.jsonl").add(_record("a"))

    JsonlRoutingLog(tmp_path / "other" / "routes.jsonl").add(_record("a"))
    assert len(JsonlRoutingLog(tmp_path / "other" / "routes.jsonl").records()) == 1


def test_a_log_that_reaches_its_cap_keeps_the_newer_half(tmp_path: Path) -> None:
    """Nobody looks at it for months; what was told of a record that stays, stays."""
    path = tmp_path / "routes.jsonl"
    log = JsonlRoutingLog(path, most_bytes=20_000)
    for number in range(200):
        log.add(_record(f"{number:03}", at_s=float(number)))
        log.tell(f"{number:03}", chosen="user/helm", outcome=RouteOutcome.SUCCEEDED)
        assert path.stat().st_size <= 20_000
    kept = [record.id for record in log.records()]

    assert kept == [f"{number:03}" for number in range(200 - len(kept), 200)]
    assert len(kept) > 10
    assert {record.chosen for record in log.records()} == {"user/helm"}
    roomy = JsonlRoutingLog(tmp_path / "roomy.jsonl")
    for number in range(200):
        roomy.add(_record(str(number)))
    assert len(roomy.records()) == 200


def test_a_rewrite_that_fails_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    """It was emptied first and then written: a full disk or a kill between the two lost every line."""
    path = tmp_path / "routes.jsonl"
    log = JsonlRoutingLog(path)
    for at in range(4):
        log.add(_record(str(at), at_s=float(at)))
    before = path.stat()
    with path.open("rb") as held:
        assert log.forget_before(2.0) == 2
        whole = held.read()

    assert len(whole) == before.st_size
    assert [record.id for record in log.records()] == ["2", "3"]
    assert path.stat().st_mode & 0o077 == 0
    assert [one.name for one in tmp_path.iterdir()] == ["routes.jsonl"]


def test_writers_lose_nothing_while_others_forget(tmp_path: Path) -> None:
    """A writer that waits for the lock must not write into the file that was replaced."""
    path = tmp_path / "routes.jsonl"
    JsonlRoutingLog(path).add(_record("old", at_s=0.5))

    def write(writer: int) -> None:
        for number in range(25):
            JsonlRoutingLog(path).add(_record(f"{writer}-{number}", at_s=9.0))

    def forget() -> None:
        for _ in range(25):
            JsonlRoutingLog(path).add(_record("gone", at_s=0.5, session="s9"))
            JsonlRoutingLog(path).forget_session("s9")

    threads = [
        *(threading.Thread(target=write, args=(writer,)) for writer in range(3)),
        threading.Thread(target=forget),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(JsonlRoutingLog(path).records()) == 76
