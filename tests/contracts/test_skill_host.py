"""What every SkillHost promises: each part fulfils its own port."""

from pathlib import Path

import pytest

from skillstrata.adapters.local_skill_host import LocalSkillHost
from skillstrata.ports.skill_host import PlaceQuestion, SkillHost
from skillstrata.records.loader_settings import LoaderSettings
from skillstrata.records.remote_skills import RemoteApproval
from skillstrata.records.skill_metrics import Tally
from tests.skill_sources import put


@pytest.fixture
def host(tmp_path: Path) -> SkillHost:
    """This machine, with a home and a data directory of its own."""
    return LocalSkillHost(tmp_path, tmp_path / "data", (("SET", "1"),))


def test_its_places_and_files_find_a_users_skill(host: SkillHost, tmp_path: Path) -> None:
    """The parts know of the same home."""
    put(tmp_path / ".claude" / "skills", "a")
    sources, _ = host.places(PlaceQuestion(tmp_path)).sources()
    found = [stamp.slug for one in sources if one.kind == "user" for stamp in host.files.stamps(one)[0]]

    assert found == ["a"]


def test_each_place_for_texts_is_a_new_one(host: SkillHost) -> None:
    """Two sessions forget their own texts only."""
    one, other = host.kept_texts(), host.kept_texts()
    one.put("x", b"1")

    assert (one.get("x"), other.get("x")) == (b"1", None)


def test_its_facts_are_those_of_its_environment(host: SkillHost, tmp_path: Path) -> None:
    """Not of the process that tests it."""
    assert host.facts(tmp_path).has_variable("SET")
    assert not host.facts(tmp_path).has_variable("HOME")


def test_its_watch_sees_what_is_put_and_taken_away_below_a_folder(host: SkillHost, tmp_path: Path) -> None:
    """Skills lie in folders of their own; one that is removed is a change too."""
    file = put(tmp_path / "root", "a")
    watch = host.watch((tmp_path / "root",), look_s=2.0)
    file.write_text("new", encoding="utf-8")
    assert watch.wait(30.0, lambda: False) is True
    while watch.wait(0.3, lambda: False):
        pass
    file.unlink()
    assert watch.wait(30.0, lambda: False) is True
    watch.close()


def test_its_loader_reads_a_configuration(host: SkillHost, tmp_path: Path) -> None:
    """By the adapter's own test; here, that it is that one."""
    (tmp_path / "loader.yaml").write_text("loader: {}\n", encoding="utf-8")

    assert host.loader(tmp_path / "loader.yaml") == LoaderSettings()


def test_its_servers_are_those_that_were_named(host: SkillHost) -> None:
    """By the adapter's own suite; without any there is nothing to ask, and nothing is started."""
    assert host.servers((), wait_s=0.0) is None
    named = host.servers((("docs", "no-such-program"),), wait_s=0.0)

    assert named is not None
    assert named.skills() == ()
    named.close()


def test_its_approvals_are_those_of_its_data_directory(host: SkillHost, tmp_path: Path) -> None:
    """By the adapter's own suite; here, that they are kept there."""
    host.approvals().allow(RemoteApproval("docs", "skill://team/tides/SKILL.md", "ab"))

    assert [one.server for one in host.approvals().held()] == ["docs"]
    assert any((tmp_path / "data").iterdir())


def test_its_vectors_are_those_of_the_kind_that_is_asked_for(host: SkillHost) -> None:
    """By their own suite; none where none are wanted."""
    vectors = host.vectors("hashed")

    assert host.vectors("none") is None
    assert vectors is not None
    vectors.put("a", "compute the tides of a port")
    vectors.put("b", "write reports of sales")
    assert [skill_id for skill_id, _ in vectors.nearest("tide computing", limit=1)] == ["a"]


def test_its_ledgers_are_one_for_a_data_directory(host: SkillHost, tmp_path: Path) -> None:
    """By their own suite; here, that one reads what another wrote."""
    (tmp_path / "data").mkdir()
    host.ledger().counted(Tally(calls=3))

    assert host.ledger().total().calls == 3
