"""What every Catalog promises of events that come from histories."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.ports.catalog import Catalog, KnownCall
from skillstrata.records.events import Event, EventKind
from skillstrata.records.executions import NoiseEvent
from skillstrata.records.imports import ReadMark
from tests.fakes.memory_catalog import MemoryCatalog


@pytest.fixture(params=["sqlite", "memory"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    """Give each implementation, empty."""
    if request.param == "memory":
        yield MemoryCatalog()
        return
    stored = SqliteCatalog(tmp_path / "catalog.db")
    yield stored
    stored.close()


def _event(id_: str, *, session: str = "s1", call: str = "", ended: bool = True) -> Event:
    return Event(id_, "claude-code", session, EventKind.CALL, 1.0, call=call, ended=ended)


def test_a_call_that_had_not_ended_is_known_as_such_only(catalog: Catalog) -> None:
    """Its result may come with the next import: whoever asks for what is known must bring it again."""
    catalog.add_events((_event("e1", ended=False), _event("e2")))

    assert catalog.known_events(("e1", "e2", "e3")) == {"e2"}
    assert catalog.unended_events(("e1", "e2", "e3")) == {"e1"}


def test_a_call_that_has_ended_takes_the_place_of_itself_and_is_read_again(catalog: Catalog) -> None:
    """The session was judged without the result; with it, it has to be read anew."""
    catalog.add_events((_event("e1", ended=False),))
    catalog.save_reconstruction("s1", (), (NoiseEvent("e1", "cut off"),))
    quiet = catalog.open_sessions()
    catalog.add_events((_event("e1"),))

    assert quiet == ()
    assert catalog.open_sessions() == ("s1",)
    assert (catalog.known_events(("e1",)), catalog.unended_events(("e1",))) == ({"e1"}, frozenset())
    assert catalog.accounting().events == 1


def test_a_call_that_has_ended_is_never_taken_back(catalog: Catalog) -> None:
    """The other way round: an old copy of a history, cut off earlier, must not undo what is known."""
    catalog.add_events((_event("e1"),))
    catalog.save_reconstruction("s1", (), (NoiseEvent("e1", "read"),))
    catalog.add_events((_event("e1", ended=False),))

    assert catalog.known_events(("e1",)) == {"e1"}
    assert catalog.accounting().noise_events == 1


def test_a_call_is_found_by_its_name_whatever_session_holds_it(catalog: Catalog) -> None:
    """A fork copies calls; each is one piece of evidence. What has no name is nobody's copy."""
    catalog.add_events((_event("e1", call="k1"), _event("e2", session="s2", call="k2"), _event("e3"), _event("e4")))
    catalog.add_events((_event("e5", call="k5", ended=False),))

    assert catalog.known_calls(("k2", "k1", "k5", "k9", "")) == (
        KnownCall("k1", "e1", "s1"),
        KnownCall("k2", "e2", "s2"),
        KnownCall("k5", "e5", "s1", ended=False),
    )
    assert catalog.known_calls(()) == ()


def test_a_session_that_is_set_aside_waits_for_nobody_until_it_goes_on(catalog: Catalog) -> None:
    """Nobody can put it together; its events stay counted, another session's wait on, and a new event opens it."""
    catalog.add_events((_event("e1"), _event("e2"), _event("e3", session="s2")))
    done = catalog.set_aside("s1", "fault: it is odd")
    quiet = (catalog.open_sessions(), catalog.accounting().noise_events, catalog.accounting().balanced)
    again = catalog.set_aside("s1", "fault: it is odd")
    catalog.add_events((_event("e4"),))

    assert (done, again) == (2, 0)
    assert quiet == (("s2",), 2, True)
    assert set(catalog.open_sessions()) == {"s1", "s2"}


def test_of_several_holders_of_a_call_one_that_has_ended_is_given(catalog: Catalog) -> None:
    """The call's result stands there; among equals the choice is the same each time."""
    catalog.add_events((_event("e1", call="k", ended=False), _event("e3", session="s3", call="k")))
    catalog.add_events((_event("e2", session="s2", call="k"),))

    assert catalog.known_calls(("k",)) == (KnownCall("k", "e2", "s2"),)


def test_copies_name_the_events_that_are_stored(catalog: Catalog) -> None:
    """A session that runs what another one wrote is read together with it."""
    catalog.add_events((_event("e1"), _event("e2", session="s2")))
    catalog.add_copies((("s3", "e2"), ("s3", "e1"), ("s4", "e1"), ("s3", "gone")))
    catalog.add_copies((("s3", "e1"),))

    assert catalog.copies("s3") == (("e1", "s1"), ("e2", "s2"))
    assert catalog.copies("s1") == ()


def test_a_read_mark_is_replaced_by_the_next_one_of_its_file(catalog: Catalog) -> None:
    """What counts is how far a file was read last."""
    old, other = ReadMark("/h/a", 10, 1, "r/1"), ReadMark("/h/b", 7, 2**62, "r/1")
    new = replace(old, size_bytes=20, mtime_ns=2)
    catalog.add_read_marks((old, other))
    catalog.add_read_marks((new,))
    catalog.add_read_marks(())

    assert catalog.read_marks() == (new, other)


def test_a_forgotten_session_stays_forgotten(catalog: Catalog) -> None:
    """An import of the same history must not bring back what the user removed; other sessions are untouched."""
    catalog.add_events((_event("e1", call="k1"), _event("e2", session="s2")))
    catalog.add_copies((("s2", "e1"), ("s1", "e2")))
    gone = catalog.forget_session("s1")

    assert (gone.events, gone.executions) == (1, 0)
    assert catalog.forgotten_sessions() == {"s1"}
    assert catalog.known_events(("e1", "e2")) == {"e2"}
    assert (catalog.known_calls(("k1",)), catalog.copies("s2"), catalog.copies("s1")) == ((), (), ())
    assert catalog.accounting().balanced
