"""Hours of work in minutes: thousands of events, many writers, and a daemon that is killed all the time."""

from pathlib import Path

from tests.daemons import Soak, soak

EVENTS = 10_000


def test_ten_thousand_events_under_kill_9_are_each_there_exactly_once(tmp_path: Path) -> None:
    """Nothing between the hook and the catalog may depend on a process that lives."""
    found, kills = soak(tmp_path / "data", Soak(EVENTS, writers=8, kill_every_s=(2.0, 5.0), bound_s=300))

    assert kills >= 3
    assert set(found.calls) == {f"toolu_{n:06}" for n in range(EVENTS)}
    assert set(found.calls.values()) == {1}
    assert (found.indexed, found.balanced, found.rests, found.lost) == (EVENTS, True, (), 0)
