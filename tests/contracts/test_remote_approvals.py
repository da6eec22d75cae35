"""What every RemoteApprovals promises."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillstrata.adapters.approval_file import ApprovalFile
from skillstrata.ports.remote_approvals import RemoteApprovals
from skillstrata.records.failures import StoreFull, StoreNewer
from skillstrata.records.remote_skills import RemoteApproval
from tests.fakes.memory_remote_approvals import MemoryRemoteApprovals

Make = Callable[[], RemoteApprovals]
ONE = RemoteApproval("docs", "skill://team/tides/SKILL.md", "ab" * 32, 1.5)
OTHER = RemoteApproval("team", ONE.uri, "cd" * 32, 2.0)


@pytest.fixture(params=["file", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Make a store that is empty at its first use; each call stands for another process."""
    if request.param == "memory":
        store = MemoryRemoteApprovals()
        return lambda: store
    return lambda: ApprovalFile(tmp_path / "data" / "approvals.json")


def test_without_a_yes_nothing_is_held(make: Make) -> None:
    """Nor does reading or revoking make one."""
    assert make().held() == ()
    assert make().revoke(ONE.server, ONE.uri) is False
    assert make().held() == ()


def test_what_was_allowed_is_held_and_another_digest_takes_its_place(make: Make) -> None:
    """One approval a skill of one server; the same address at another server is another skill."""
    make().allow(ONE)
    make().allow(OTHER)
    assert set(make().held()) == {ONE, OTHER}

    newer = RemoteApproval(ONE.server, ONE.uri, "ef" * 32, 3.0)
    make().allow(newer)
    assert set(make().held()) == {newer, OTHER}


def test_what_was_revoked_is_not_held(make: Make) -> None:
    """And says whether there was something to revoke; the others stay."""
    make().allow(ONE)
    make().allow(OTHER)

    assert make().revoke(ONE.server, ONE.uri) is True
    assert make().revoke(ONE.server, ONE.uri) is False
    assert make().held() == (OTHER,)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80) | st.sampled_from([b'{"v":1,"approvals":[{"server":"docs"}]}', b'{"v":0}', b"[]"]))
def test_a_damaged_file_approves_nothing(tmp_path: Path, data: bytes) -> None:
    """Twin: the next yes is kept over it."""
    path = tmp_path / "approvals.json"
    path.write_bytes(data)

    assert ApprovalFile(path).held() == ()
    ApprovalFile(path).allow(ONE)
    assert ApprovalFile(path).held() == (ONE,)


def test_what_a_newer_version_wrote_approves_nothing_and_is_not_changed(tmp_path: Path) -> None:
    """It may mean something else by the same words."""
    path = tmp_path / "approvals.json"
    ApprovalFile(path).allow(ONE)
    newer = path.read_bytes().replace(b'"v":1', b'"v":2')
    path.write_bytes(newer)

    assert ApprovalFile(path).held() == ()
    with pytest.raises(StoreNewer):
        ApprovalFile(path).allow(OTHER)
    with pytest.raises(StoreNewer):
        ApprovalFile(path).revoke(ONE.server, ONE.uri)
    assert path.read_bytes() == newer


def test_several_writers_lose_nothing(tmp_path: Path) -> None:
    """A lost write could bring a revoked approval back."""
    path = tmp_path / "approvals.json"

    def write(writer: int) -> None:
        for number in range(10):
            ApprovalFile(path).allow(RemoteApproval("docs", f"skill://{writer}-{number}/SKILL.md", "ab"))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ApprovalFile(path).held()) == 40


def test_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    """Who may write it may approve."""
    path = tmp_path / "made" / "approvals.json"
    ApprovalFile(path).allow(ONE)

    assert path.stat().st_mode & 0o077 == 0


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A file stands where the folder should be; with a folder there, the same is kept."""
    (tmp_path / "state").write_text("", encoding="utf-8")
    with pytest.raises(StoreFull):
        ApprovalFile(tmp_path / "state" / "approvals.json").allow(ONE)

    ApprovalFile(tmp_path / "other" / "approvals.json").allow(ONE)
    assert ApprovalFile(tmp_path / "other" / "approvals.json").held() == (ONE,)


def test_a_folder_in_the_place_of_the_file_is_told_and_changes_nothing(tmp_path: Path) -> None:
    """It came as a fault of the program. Twin: once it is away, the yes is kept."""
    path = tmp_path / "approvals.json"
    path.mkdir()
    assert [odd.code for odd in ApprovalFile(path).problems()] == ["approvals_unreadable"]
    with pytest.raises(StoreFull):
        ApprovalFile(path).allow(ONE)

    path.rmdir()
    ApprovalFile(path).allow(ONE)
    assert ApprovalFile(path).held() == (ONE,)


def test_a_damaged_file_is_told_and_kept_beside_the_new_one(tmp_path: Path) -> None:
    """Every approval was gone without a word. Twins: no file, and a whole one, are nothing to tell."""
    path = tmp_path / "approvals.json"
    assert ApprovalFile(path).problems() == ()
    path.write_bytes(b'{"v":1,"approvals":[{"server":"docs"')
    assert [odd.code for odd in ApprovalFile(path).problems()] == ["approvals_unreadable"]
    ApprovalFile(path).allow(ONE)

    assert ApprovalFile(path).problems() == ()
    assert (tmp_path / "approvals.json.damaged").read_bytes() == b'{"v":1,"approvals":[{"server":"docs"'
