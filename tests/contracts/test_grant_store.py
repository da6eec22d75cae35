"""What every GrantStore promises."""

import json
import multiprocessing
import stat
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from skillstrata.adapters.grant_file import GrantFile, GrantsUnreadable
from skillstrata.ports.grant_store import GrantStore
from skillstrata.records.approvals import Approval
from skillstrata.records.failures import GrantNotPending, GrantUnknown, StoreFull
from skillstrata.records.policies import Grant
from tests.fakes.memory_grants import MemoryGrants

WISH = Grant("g1", "k1", "native/bash", "bash: ls", "pending", 100.0, 1000.0, Approval.EXEC_ESCALATION, why="asked")


@dataclass
class Time:
    now_s: float = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def time() -> Time:
    """Give a clock that stands still."""
    return Time()


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path, time: Time) -> GrantStore:
    """Make a store without grants."""
    if request.param == "memory":
        return MemoryGrants(time)
    return GrantFile(tmp_path / "policy" / "grants.json", time)


def _approve(store: GrantStore, uses: int = 1, until_s: float = 500.0) -> Grant:
    return store.decide("g1", approved=True, by="ann", uses=uses, until_s=until_s)


def test_a_store_that_nobody_asked_is_empty(store: GrantStore) -> None:
    """Reading makes nothing."""
    assert store.grants(0.0) == ()
    assert store.use("k1", 0.0) is None


def test_a_wish_is_kept_and_answered_and_used_once(store: GrantStore) -> None:
    """The whole way, with every field as it was."""
    assert store.ask(WISH) == WISH
    assert store.use("k1", 100.0) is None
    given = _approve(store)
    used = store.use("k1", 101.0)

    assert given == replace(WISH, state="approved", by="ann", until_s=500.0)
    assert used == replace(given, state="used", uses=0)
    assert store.use("k1", 102.0) is None
    assert store.grants(103.0) == (used,)


def test_the_same_wish_twice_is_one(store: GrantStore) -> None:
    """A client that asks again must not fill the list of questions."""
    store.ask(WISH)

    assert store.ask(replace(WISH, id="g2")).id == "g1"
    assert store.ask(replace(WISH, id="g3", key="k3")).id == "g3"
    assert [one.id for one in store.grants(100.0)] == ["g1", "g3"]


def test_a_denied_wish_is_never_used_and_may_be_asked_anew(store: GrantStore) -> None:
    """No is an answer, not a fault; a later call is another question."""
    store.ask(WISH)
    denied = store.decide("g1", approved=False, by="ann", uses=1, until_s=500.0)

    assert (denied.state, denied.uses) == ("denied", 0)
    assert store.use("k1", 101.0) is None
    assert store.ask(replace(WISH, id="g2")).id == "g2"


def test_an_expired_grant_is_never_used(store: GrantStore) -> None:
    """Expiry is the moment itself, not the one after."""
    store.ask(WISH)
    _approve(store, uses=-1)

    assert store.use("k1", 499.0) is not None
    assert store.use("k1", 500.0) is None
    assert store.grants(500.0)[0].state == "expired"


def test_a_wish_that_waited_too_long_can_no_longer_be_answered(store: GrantStore, time: Time) -> None:
    """What was true when it was asked may no longer be."""
    store.ask(WISH)
    time.now_s = 1000.0

    with pytest.raises(GrantNotPending):
        _approve(store)
    assert store.ask(replace(WISH, id="g2", asked_at_s=1000.0, until_s=2000.0)).id == "g2"


def test_only_a_pending_wish_can_be_answered(store: GrantStore) -> None:
    """A second answer changes nothing."""
    store.ask(WISH)
    given = _approve(store)

    with pytest.raises(GrantNotPending):
        store.decide("g1", approved=False, by="eve", uses=0, until_s=9999.0)
    with pytest.raises(GrantUnknown):
        store.decide("g9", approved=True, by="eve", uses=1, until_s=9999.0)
    assert store.grants(100.0) == (given,)


def test_a_no_becomes_a_yes_only_where_somebody_says_so(store: GrantStore) -> None:
    """A person may think again; a program that answers a second time may not. What was used stays used."""
    store.ask(WISH)
    store.decide("g1", approved=False, by="ann", uses=0, until_s=500.0)
    with pytest.raises(GrantNotPending):
        _approve(store)
    with pytest.raises(GrantNotPending):
        store.decide("g1", approved=False, by="ann", uses=0, until_s=900.0, overturn=True)
    given = store.decide("g1", approved=True, by="ann", uses=1, until_s=500.0, overturn=True)

    assert (given.state, given.uses) == ("approved", 1)
    assert store.use("k1", 101.0) is not None
    with pytest.raises(GrantNotPending):
        store.decide("g1", approved=True, by="ann", uses=1, until_s=500.0, overturn=True)


def test_another_key_uses_nothing(store: GrantStore) -> None:
    """Changed arguments are another call."""
    store.ask(WISH)
    _approve(store)

    assert store.use("k2", 101.0) is None
    assert store.use("k1", 101.0) is not None


def test_of_many_who_ask_at_once_only_so_many_get_it(store: GrantStore) -> None:
    """Eight threads, five uses: five times yes."""
    store.ask(WISH)
    _approve(store, uses=5)
    got: list[Grant] = []

    def use() -> None:
        for _ in range(3):
            found = store.use("k1", 101.0)
            if found is not None:
                got.append(found)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(one.uses for one in got) == [0, 1, 2, 3, 4]


def _use_all(path: str, count: int) -> int:
    store = GrantFile(Path(path), Time())
    return sum(store.use("k1", 101.0) is not None for _ in range(count))


def test_several_processes_use_one_file(tmp_path: Path) -> None:
    """Four processes, ten uses."""
    path = tmp_path / "grants.json"
    store = GrantFile(path, Time())
    store.ask(WISH)
    _approve(store, uses=10)
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        got = pool.starmap(_use_all, [(str(path), 5)] * 4)

    assert sum(got) == 10


def test_all_that_one_session_asked_for_goes_and_nothing_else(store: GrantStore) -> None:
    """Whatever its answer was: the text that a person was shown has the arguments of a call."""
    store.ask(replace(WISH, session="one"))
    store.ask(replace(WISH, id="g2", key="k2", session="two"))
    store.ask(replace(WISH, id="g3", key="k3"))
    store.ask(replace(WISH, id="g4", key="k4", session="one"))
    _approve(store)

    assert store.forget("one") == 2
    assert {one.id for one in store.grants(100.0)} == {"g2", "g3"}
    assert store.use("k1", 101.0) is None
    assert (store.forget("one"), store.forget("")) == (0, 0)
    assert len(store.grants(100.0)) == 2
    assert store.ask(replace(WISH, session="one")).id == "g1"


def test_a_forgotten_wish_leaves_no_byte_in_the_file(tmp_path: Path) -> None:
    """Nor does a copy of the file stay beside it."""
    store = GrantFile(tmp_path / "grants.json", Time())
    store.ask(replace(WISH, shown="with quokka", session="one"))
    assert b"quokka" in (tmp_path / "grants.json").read_bytes()

    store.forget("one")
    assert [path.name for path in tmp_path.iterdir() if b"quokka" in path.read_bytes()] == []


def test_a_file_of_consents_without_sessions_is_read(tmp_path: Path) -> None:
    """One that was written before consents had a session holds as it did."""
    path = tmp_path / "grants.json"
    GrantFile(path, Time()).ask(WISH)
    written = json.loads(path.read_text(encoding="utf-8"))
    del written["grants"][0]["session"]
    path.write_text(json.dumps(written), encoding="utf-8")
    store = GrantFile(path, Time())

    assert store.grants(100.0) == (WISH,)
    _approve(store)
    assert store.use("k1", 101.0) is not None


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Who may write it may consent to anything."""
    path = tmp_path / "policy" / "grants.json"
    GrantFile(path, Time()).ask(WISH)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2, "grants": []}', '{"version": 1, "grants": [{}]}'])
def test_a_file_that_is_not_as_we_wrote_it_is_an_error_not_an_empty_one(tmp_path: Path, text: str) -> None:
    """Fail closed, and leave the file for whoever mends it."""
    path = tmp_path / "grants.json"
    path.write_text(text, encoding="utf-8")
    store = GrantFile(path, Time())

    for act in (lambda: store.use("k1", 0.0), lambda: store.grants(0.0), lambda: store.ask(WISH)):
        with pytest.raises(GrantsUnreadable):
            act()
    assert path.read_text(encoding="utf-8") == text


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A consent that is not kept must not count as used or asked."""
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(StoreFull):
        GrantFile(tmp_path / "file" / "grants.json", Time()).ask(WISH)


def test_what_ended_long_ago_is_swept(tmp_path: Path) -> None:
    """The file does not grow for ever."""
    time = Time()
    store = GrantFile(tmp_path / "grants.json", time)
    store.ask(WISH)
    time.now_s = 40 * 86_400.0
    store.ask(replace(WISH, id="g2", key="k2", asked_at_s=time.now_s, until_s=time.now_s + 9))

    kept = json.loads((tmp_path / "grants.json").read_text(encoding="utf-8"))["grants"]
    assert [one["id"] for one in kept] == ["g2"]
