"""Copies of calls whose end is not known: one call, whichever copy has its result and however they come in."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import pytest

from skillstrata.adapters.jsonl_trace_log import JsonlTraceLog
from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.capture.history_batch import Batch
from skillstrata.capture.normalise import normalise
from skillstrata.records.events import AgentRecord, Event, EventKind, Outcome, ShellCall

ID = "call_AbCdEfGh01234567890001"


def _call(session: str, *, ended: bool, id_: str = ID, at_s: float | None = 1_7e8) -> Event:
    shell = ShellCall("make report", "done" if ended else "")
    record = AgentRecord(
        "lines",
        EventKind.CALL,
        "PostToolUse",
        session,
        tool_use_id=id_,
        tool="Bash",
        shell=shell,
        at_s=at_s,
        ended=ended,
    )
    return normalise(record, at_s=1_7e8, imported=True)


@dataclass
class Stores:
    """What batches are written to."""

    traces: JsonlTraceLog
    catalog: SqliteCatalog

    def take(self, events: list[Event], *, at_once: bool) -> tuple[int, int, int]:
        """Take events in as one import or as one each; gives new calls, known ones and completed ones."""
        batches = [events] if at_once else [[event] for event in events]
        sums = (0, 0, 0)
        for held in batches:
            batch = Batch(self.traces, self.catalog)
            for event in held:
                batch.add(event, is_call=True)
            batch.flush()
            calls = batch.stored.calls
            sums = (sums[0] + calls.new, sums[1] + calls.duplicate, sums[2] + calls.completed)
        return sums

    def logged(self) -> list[Event]:
        """Give what is in the log."""
        return [event for session in ("s1", "s2", "s3") for event in self.traces.session(session)]


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    """Give empty ones."""
    made = Stores(JsonlTraceLog(tmp_path / "traces"), SqliteCatalog(tmp_path / "catalog.db"))
    yield made
    made.catalog.close()


@pytest.mark.parametrize("at_once", [True, False], ids=["one import", "an import each"])
@pytest.mark.parametrize("ended", [*sorted(set(permutations((False, False, True)))), (False,) * 3, (True,) * 3])
def test_a_call_in_three_sessions_is_one_call_with_the_result_that_one_of_them_has(
    stores: Stores, ended: tuple[bool, ...], at_once: bool
) -> None:
    """Counted by copy it would be three pieces of evidence; kept by its first copy alone it would have no outcome."""
    copies = [_call(f"s{number}", ended=one) for number, one in enumerate(ended, start=1)]
    new, known, completed = stores.take(copies, at_once=at_once)
    again = stores.take(copies, at_once=at_once)
    (event,) = stores.logged()

    assert (new, known, completed) == (1, 2, int(any(ended) and not ended[0]))
    assert again == (0, 3, 0)
    assert event.outcome is (Outcome.OK if any(ended) else Outcome.UNKNOWN)
    assert stores.catalog.accounting().events == 1
    assert [stores.catalog.copies(session) for session in ("s1", "s2", "s3")] == [(), *[((event.id, "s1"),)] * 2]


def test_numbered_calls_without_time_or_end_are_strangers(stores: Stores) -> None:
    """Twin: nothing but the number is known of them, and any session has a first call."""
    calls = [_call(session, ended=False, id_="bash:0", at_s=None) for session in ("s1", "s2")]

    assert stores.take(calls, at_once=True) == (2, 0, 0)
    assert stores.catalog.copies("s2") == ()


def test_other_calls_of_a_session_are_not_copies_of_each_other(stores: Stores) -> None:
    """Twin: the same command asked for twice has two ids."""
    calls = [_call("s1", ended=False), _call("s1", ended=False, id_=ID.replace("1", "2"))]

    assert stores.take(calls, at_once=False) == (2, 0, 0)
