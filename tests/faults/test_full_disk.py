"""A disk with no room, with no file names left, and a limit on the size of files: refusals, and nothing lost."""

from pathlib import Path

import pytest

from tests.faults.disk_scenarios import SCENARIOS, Refusals
from tests.faults.private_mount import in_folder, on_small_disk

STORES = ["Blobs", "Traces", "Library", "Versions", "Catalog", "UserFile", "Installed"]
FULL = "size=2m"
NO_NAMES = "size=8m,nr_inodes=300"


def _nothing_lost(found: Refusals) -> None:
    """What every refusal promises: the next step, old values as they were, no rests, and work that goes on."""
    assert set(found.codes) == {"store.cannot_write"}
    assert (found.unexplained, found.lost, found.rests) == ([], [], [])
    assert found.went_on


@pytest.mark.parametrize("store", STORES)
def test_a_full_disk_is_a_refusal_and_old_values_stay(store: str, tmp_path: Path) -> None:
    """With more or less room left, so that each step of a write meets the end of it; then with room again."""
    found = on_small_disk(tmp_path, FULL, "store", "full", store)

    _nothing_lost(found)
    assert found.read_when_refused == len(SCENARIOS["full"][1])


@pytest.mark.parametrize("store", ["Blobs", "Library", "Versions", "UserFile"])
def test_a_disk_without_file_names_is_a_refusal_and_old_values_stay(store: str, tmp_path: Path) -> None:
    """`df` shows room; `df -i` shows why nothing can be made."""
    found = on_small_disk(tmp_path, NO_NAMES, "store", "no names", store)

    _nothing_lost(found)
    assert found.read_when_refused == len(SCENARIOS["no names"][1])


@pytest.mark.parametrize(("scenario", "options"), [("full", FULL), ("no names", NO_NAMES)])
def test_events_wait_in_the_spool_until_there_is_room(scenario: str, options: str, tmp_path: Path) -> None:
    """Ingest stops where it is, and the next one takes each event in once; the bad one is set aside once."""
    found = on_small_disk(tmp_path, options, "capture", scenario, "-")

    _nothing_lost(found)
    assert found.marks == 0


@pytest.mark.parametrize(("scenario", "options", "marks"), [("full", FULL, 1), ("no names", NO_NAMES, 0)])
def test_the_hook_is_silent_and_hands_over_whole_events_only(
    scenario: str, options: str, marks: int, tmp_path: Path
) -> None:
    """The agent must not notice; that events were lost is marked where there is room for the mark."""
    found = on_small_disk(tmp_path, options, "hook", scenario, "-")

    assert set(found.codes) == {"0"}
    assert found.said == ""
    assert found.went_on
    assert found.marks >= marks


@pytest.mark.parametrize("store", ["Blobs", "Traces", "Library", "Versions", "Catalog", "UserFile"])
def test_a_limit_on_the_size_of_files_is_a_refusal_and_old_values_stay(store: str, tmp_path: Path) -> None:
    """Needs no root and no mount: what an ordinary user can see of a full disk."""
    _nothing_lost(in_folder(tmp_path, "store", "small files", store))


@pytest.mark.parametrize("what", ["capture", "hook"])
def test_a_limit_on_the_size_of_files_loses_no_event_that_was_handed_over(what: str, tmp_path: Path) -> None:
    """The same for the chain from the hook to the catalog."""
    found = in_folder(tmp_path, what, "small files", "-")

    assert set(found.codes) == ({"0"} if what == "hook" else {"store.cannot_write"})
    assert (found.said, found.lost, found.went_on) == ("", [], True)
