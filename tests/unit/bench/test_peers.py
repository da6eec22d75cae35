"""The bench beside other loaders says whom it could not have, and fetches nobody unasked."""

import sys
from pathlib import Path

import pytest

from bench import peers
from bench.peers import CACHE, OURS, PEERS, CannotBeHad, Peer
from bench.runtime import lay_out

COUNTS = Peer("counts", "counts==1", "import os", "len(os.listdir(folder))")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder with nobody in it."""
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_without_being_asked_nobody_is_fetched_and_everybody_is_named(cache: Path) -> None:
    """Each with what would fetch it."""
    there, missing = peers._there(install=False)

    assert there == {}
    assert set(missing) == {peer.name for peer in PEERS}
    assert all("--install" in why for why in missing.values())
    assert not cache.exists()


def test_one_that_is_there_whole_is_taken(cache: Path) -> None:
    """Twin: one whose installation was cut short is not."""
    place = cache / PEERS[0].requirement.replace("==", "-")
    place.mkdir(parents=True)
    assert PEERS[0] not in peers._there(install=False)[0]

    (place / "whole").touch()
    assert peers._there(install=False)[0] == {PEERS[0]: place / "bin" / "python"}


def test_the_ratio_is_of_the_same_skills_in_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a peer that does not run costs its own row only."""
    monkeypatch.setattr(peers, "ROUNDS", 1)
    lay_out(tmp_path / "skills", 20)
    broken = Peer("broken", "broken==1", "import no_such_module", "0")
    missing: dict[str, str] = {}
    python = Path(sys.executable)
    rows = peers._compared("20 skills", tmp_path / "skills", {COUNTS: python, broken: python}, missing)
    names = [str(row["name"]) for row in rows]

    assert [name.rpartition(": ")[2] for name in names] == ["counts over ours", "fastest that reads YAML over ours"]
    assert all("20 skills" in str(row["detail"]) for row in rows)
    assert "no_such_module" in missing["broken"]


def test_where_no_peer_could_be_had_the_bound_does_not_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison with nobody is no success."""
    monkeypatch.setattr(peers, "ROUNDS", 1)
    lay_out(tmp_path / "skills", 5)
    [row] = peers._compared("5 skills", tmp_path / "skills", {}, {})

    assert (row["value"], row["ok"]) == (0.0, False)
    assert "no peer" in str(row["detail"])


def test_ours_that_does_not_run_is_a_fault(tmp_path: Path) -> None:
    """Without it there is nothing to compare with; with it there is."""
    lay_out(tmp_path / "skills", 3)
    with pytest.raises(CannotBeHad):
        peers._scan(Peer("x", "", "import no_such_module", "0"), Path(sys.executable), tmp_path / "skills")

    assert peers._scan(OURS, Path(sys.executable), tmp_path / "skills")[1] == 3
