"""kill -9 at random moments while skills are taken in and synced out: the old one or the new one, whole."""

from pathlib import Path

import pytest

from tests.faults.kill_rounds import kill_rounds


@pytest.mark.parametrize("store", ["Quarantined", "Synced"])
def test_after_any_kill_there_is_the_old_skill_or_the_new_one(store: str, tmp_path: Path) -> None:
    """Never none, never a mixture; the user's own skill stays, and the next run leaves no rests."""
    found = kill_rounds(store, tmp_path, rounds=25, longest_s=0.04)

    assert (found.torn, found.lost, found.crashed) == ([], [], []), found
    assert found.acknowledged > 0, found
    assert (found.rounds, found.rests_after_sweep) == (25, 0), found
