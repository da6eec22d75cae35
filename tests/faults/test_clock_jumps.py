"""A clock that was wrong, is wrong, or jumps while something is being written."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.atomic_files import write_all
from skillstrata.adapters.jsonl_trace_log import JsonlTraceLog
from skillstrata.adapters.skill_folders import SkillFolders
from skillstrata.adapters.spool_folder import SpoolFolder
from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.adapters.stale_files import sweep_stores
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import open_app
from skillstrata.capture import ingest
from skillstrata.ports.catalog import Pass
from skillstrata.records.tools import Usage
from tests.fakes.sample_tools import a_tool, an_entry, rendered
from tests.faults.stores import (
    SESSIONS,
    Blobs,
    Maker,
    Traces,
    close_catalog,
    event,
    hook_script,
    number_of_prompt,
    payload,
    ports_of,
)

NOW_S = 1_790_000_000.0
YEAR_S = 365 * 86_400.0
# 1890, 1969, 1970, 2026, 2107, 2400, and a time no calendar has.
MOMENTS = (-2.5e9, -1.0, 0.0, NOW_S, 4.3e9, 1.36e10, 9e17)


@pytest.mark.parametrize("now_s", [0.0, NOW_S - 10 * YEAR_S, NOW_S + 10 * YEAR_S, 1e12])
@pytest.mark.parametrize("make", [Blobs, Traces])
def test_a_sweep_by_a_wrong_clock_takes_no_stored_value(make: Maker, now_s: float, tmp_path: Path) -> None:
    """Whatever the clock says: only temporary files ever go."""
    make(tmp_path).put(1)
    make(tmp_path).put(2)
    for path in tmp_path.rglob("*"):
        os.utime(path, (NOW_S, NOW_S))
    sweep_stores(tmp_path, now_s)

    assert make(tmp_path).held() == {1, 2}


def test_a_clock_that_was_set_back_sweeps_nothing(tmp_path: Path) -> None:
    """A file from the future may be one being written; it goes once the clock has caught up."""
    rest = tmp_path / "blobs" / f".{'0' * 24}.tmp"
    rest.parent.mkdir()
    rest.touch()
    os.utime(rest, (NOW_S, NOW_S))

    assert sweep_stores(tmp_path, NOW_S - 5 * YEAR_S) == 0
    assert sweep_stores(tmp_path, NOW_S + 10) == 0
    assert sweep_stores(tmp_path, NOW_S + 4000) == 1


def test_an_event_being_handed_over_while_the_clock_jumps_is_kept(tmp_path: Path) -> None:
    """The sweep takes the hook's file for an old one; every byte of it then lies in quarantine, none is deleted."""
    hook_script(tmp_path)
    root = tmp_path / "spool"
    fd = os.open(root / "tmp" / "e", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        write_all(fd, b"first half, ")
        os.utime(fd, (NOW_S - 10 * YEAR_S, NOW_S - 10 * YEAR_S))
        assert list(SpoolFolder(root).items()) == []
        write_all(fd, b"second half")
    finally:
        os.close(fd)

    assert (root / "quarantine" / "e").read_bytes() == b"first half, second half"
    assert "unfinished" in (root / "quarantine" / "e.reason").read_text(encoding="utf-8")


def test_a_file_that_a_sweep_took_is_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process's clock jumps while a blob is between its last byte and its name."""
    store, really, swept = Blobs(tmp_path), os.replace, list[int]()
    store.put(1)

    def replace_after_a_sweep(source: Path, target: Path) -> None:
        if not swept:
            swept.append(sweep_stores(tmp_path, 1e12))
        really(source, target)

    monkeypatch.setattr(os, "replace", replace_after_a_sweep)
    store.put(2)

    assert swept == [1]
    assert store.held() == {1, 2}


def test_events_of_any_time_are_taken_in_and_come_back(tmp_path: Path) -> None:
    """A file's time is what a clock, or a tool that unpacked it, said; one odd file must not stop the others."""
    hook_script(tmp_path)
    for n, moment in enumerate(MOMENTS):
        path = tmp_path / "spool" / "new" / f"{n}"
        path.write_bytes(payload(n))
        with_limit = min(moment, 2.0**62 / 1e9)
        os.utime(path, ns=(int(with_limit * 1e9), int(with_limit * 1e9)))
    app = open_app(load_settings(data_dir=tmp_path, config=None, environ={"HOME": str(tmp_path)}))
    report = ingest(ports_of(app), now_s=NOW_S)
    logged = [e for session in SESSIONS for e in app.traces.session(session)]
    again = ingest(ports_of(app), now_s=NOW_S - 20 * YEAR_S)
    close_catalog(app)

    assert (report.new, report.quarantined, again.read) == (len(MOMENTS), 0, 0)
    assert sorted(number_of_prompt(e.prompt) for e in logged) == list(range(len(MOMENTS)))
    assert max(e.at_s for e in logged) <= NOW_S


@pytest.mark.parametrize("at_s", MOMENTS)
def test_a_log_line_of_any_time_is_read_again(at_s: float, tmp_path: Path) -> None:
    """The folder is named for the month; a time without a month must not cost the event, nor those beside it."""
    log = JsonlTraceLog(tmp_path)
    odd = replace(event(3), id="odd", at_s=at_s)
    log.append((event(0), odd))

    assert set(log.session("s0")) == {event(0), odd}
    assert [e.at_s for e in log.session("s0")] == sorted([event(0).at_s, at_s])


def test_a_clock_set_back_breaks_no_order_and_no_sum(tmp_path: Path) -> None:
    """Calls and passes of a later clock stay; the newest pass is the one with the latest end."""
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    for n, at_s in enumerate(MOMENTS):
        catalog.add_events((replace(event(n), at_s=at_s),))
        catalog.add_usage(Usage("t", "b", 1, at_s, ok=n % 2 == 0, ms=1.0, surface="cli"))
    for started_s, ended_s in ((NOW_S, NOW_S + 5), (NOW_S + 1, NOW_S - YEAR_S), (0.0, -5.0)):
        catalog.add_pass(Pass(started_s, ended_s, 1))
    last, runs, sessions = catalog.last_pass(), catalog.quality("t").runs, catalog.open_sessions()
    balanced = catalog.accounting().balanced
    catalog.close()

    assert last == Pass(NOW_S, NOW_S + 5, 1)
    assert (runs, balanced, sessions[0]) == (len(MOMENTS), True, "s0")


@pytest.mark.parametrize("at_s", [0.0, NOW_S + 100 * YEAR_S])
def test_tools_with_times_from_elsewhere_are_served_and_take_versions(at_s: float, tmp_path: Path) -> None:
    """A library that was unpacked from an archive, or deposited by a wrong clock."""
    store = SkillFolders(tmp_path / "skills", look_every_s=0.0)
    store.deposit("html-to-markdown", rendered(a_tool()), an_entry())
    for path in (tmp_path / "skills", *(tmp_path / "skills").rglob("*")):
        os.utime(path, (at_s, at_s))
    before = store.stamp()
    store.deposit("b-to-c", rendered(a_tool("b-to-c")), replace(an_entry(), at_s=-1.0))

    assert [tool.name for tool in store.tools()] == ["b-to-c", "html-to-markdown"]
    assert store.damaged() == ()
    assert store.stamp() != before
