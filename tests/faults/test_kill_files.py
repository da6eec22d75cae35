"""kill -9 at random moments: files, blobs, the log, the hook and its spool, the user's settings."""

from pathlib import Path

import pytest

from tests.faults.kill_rounds import KillReport, kill_rounds

ROUNDS = 30


def _holds(found: KillReport) -> None:
    """Nothing torn, nothing acknowledged lost, no writer that ended by itself; the report names the seed."""
    assert (found.torn, found.lost, found.crashed) == ([], [], []), found
    assert found.acknowledged > 0, found


@pytest.mark.parametrize("store", ["Blobs", "Traces", "Hooked"])
def test_what_was_acknowledged_is_whole_after_any_kill_and_rests_are_swept(store: str, tmp_path: Path) -> None:
    """Each round goes on where the killed writer was; after the last, the rests are aged and swept."""
    found = kill_rounds(store, tmp_path, rounds=ROUNDS, longest_s=0.02)

    _holds(found)
    assert (found.rounds, found.rests_after_sweep) == (ROUNDS, 0), found


def test_a_file_of_the_user_is_the_old_one_or_the_new_one_after_any_kill(tmp_path: Path) -> None:
    """Outputs are written over with --force while somebody may read them."""
    found = kill_rounds("UserFile", tmp_path, rounds=ROUNDS, longest_s=0.02)

    _holds(found)
    assert found.rounds == ROUNDS


def test_settings_keep_the_users_keys_after_any_kill(tmp_path: Path) -> None:
    """The settings are not ours; a torn file there stops the agent, and rests in its folder are swept too."""
    found = kill_rounds("Installed", tmp_path, rounds=ROUNDS, longest_s=0.03)

    _holds(found)
    assert (found.rounds, found.rests_after_sweep) == (ROUNDS, 0), found


def test_the_kills_tear_a_file_that_is_rewritten_in_place(tmp_path: Path) -> None:
    """Control: the same rounds see a writer that is not ours tear its file."""
    found = kill_rounds("RewrittenInPlace", tmp_path, rounds=10, longest_s=0.02)

    assert len(found.torn) > 0
