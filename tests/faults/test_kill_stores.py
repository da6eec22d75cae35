"""kill -9 at random moments: the catalog, the library, and ingest from the spool into log and catalog."""

from pathlib import Path

import pytest

from tests.faults.kill_rounds import kill_rounds


@pytest.mark.parametrize(("store", "rounds"), [("Catalog", 30), ("Library", 25), ("Versions", 20), ("Ingested", 35)])
def test_what_was_acknowledged_is_whole_after_any_kill_and_rests_are_swept(
    store: str, rounds: int, tmp_path: Path
) -> None:
    """No half tool is served, every event parses and is there once in log and catalog, and the next run works."""
    found = kill_rounds(store, tmp_path, rounds=rounds, longest_s=0.04)

    assert (found.torn, found.lost, found.crashed) == ([], [], []), found
    assert found.acknowledged > 0, found
    assert (found.rounds, found.rests_after_sweep) == (rounds, 0), found
