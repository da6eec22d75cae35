"""What every quarantine promises."""

from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.quarantine_folders import QuarantineFolders
from skillstrata.ports.quarantine import Quarantine
from skillstrata.records.exchange_faults import PackageUnknown
from skillstrata.records.exchanges import Provenance, ScanFinding, SignatureCheck, SkillPackage, content_digest
from skillstrata.records.failures import OutputExists
from skillstrata.records.tools import SkillFile

FILES = (
    SkillFile("SKILL.md", b"page"),
    SkillFile("deep/er/run.sh", b"#!/bin/sh\n"),
    SkillFile("x.bin", bytes(range(256))),
)


def a_package(name: str = "a-skill", files: tuple[SkillFile, ...] = FILES) -> SkillPackage:
    """Describe these files."""
    digest = content_digest(files)
    return SkillPackage(
        name=name,
        version="1",
        kind="instructions",
        digest=digest,
        files=len(files),
        bytes=sum(len(file.data) for file in files),
        provenance=Provenance("folder", "/x", 1.0),
        signature=SignatureCheck("none"),
        findings=(ScanFinding("script", "note", "deep/er/run.sh", "it is a program"),),
        content=digest,
    )


@pytest.fixture(params=[QuarantineFolders], ids=["folders"])
def quarantine(request: pytest.FixtureRequest, tmp_path: Path) -> Quarantine:
    """Each implementation in turn."""
    return request.param(tmp_path / "exchange")


def test_what_was_put_comes_back_until_it_is_dropped(quarantine: Quarantine) -> None:
    """Byte for byte, with its record; a second one of the name takes its place."""
    quarantine.put(a_package(), FILES)
    assert quarantine.held() == (a_package(),)
    assert sorted(quarantine.files("a-skill"), key=lambda f: f.path) == sorted(FILES, key=lambda f: f.path)

    quarantine.put(a_package(files=FILES[:1]), FILES[:1])
    assert quarantine.files("a-skill") == FILES[:1]
    quarantine.drop("a-skill")
    quarantine.drop("a-skill")
    assert quarantine.held() == ()


@pytest.mark.parametrize("name", ["missing", "", "../accepted", "a/b", "."])
def test_a_name_of_nothing_is_unknown(quarantine: Quarantine, name: str) -> None:
    """And leads nowhere else."""
    quarantine.put(a_package(), FILES)
    with pytest.raises(PackageUnknown):
        quarantine.package(name)
    quarantine.drop(name)
    assert quarantine.held() == (a_package(),)


def test_what_was_changed_there_is_not_taken_for_what_was_looked_at(quarantine: Quarantine, tmp_path: Path) -> None:
    """Between the look and the yes."""
    quarantine.put(a_package(), FILES)
    (page,) = (tmp_path / "exchange" / "quarantine").rglob("SKILL.md")
    page.write_bytes(b"other")
    with pytest.raises(PackageUnknown):
        quarantine.files("a-skill")
    page.write_bytes(b"page")
    assert quarantine.files("a-skill")


def test_nothing_in_it_can_be_started_and_nobody_else_reads_it(quarantine: Quarantine, tmp_path: Path) -> None:
    """No execute bit before it was accepted."""
    quarantine.put(a_package(), FILES)
    found = [path for path in (tmp_path / "exchange").rglob("*") if path.is_file()]

    assert found
    assert [path.stat().st_mode & 0o111 for path in found] == [0] * len(found)


def test_a_record_of_what_was_accepted_stays(quarantine: Quarantine) -> None:
    """Where a skill came from is asked long after."""
    quarantine.note_accepted(a_package())
    quarantine.note_accepted(replace(a_package(), version="2"))

    assert [one.version for one in quarantine.accepted()] == ["2"]


def test_a_new_folder_is_written_whole_and_never_over_another(quarantine: Quarantine, tmp_path: Path) -> None:
    """Programs can be started there, as they could where they came from."""
    quarantine.write_skill(str(tmp_path / "skills" / "a-skill"), FILES)
    folder = tmp_path / "skills" / "a-skill"
    assert {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == {
        file.path: file.data for file in FILES
    }
    assert (folder / "deep/er/run.sh").stat().st_mode & 0o100
    with pytest.raises(OutputExists):
        quarantine.write_skill(str(folder), FILES)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["a-skill"]


def test_a_damaged_record_costs_no_other(quarantine: Quarantine, tmp_path: Path) -> None:
    """And importing it again mends it."""
    quarantine.put(a_package("one"), FILES)
    quarantine.put(a_package("two"), FILES)
    (tmp_path / "exchange" / "quarantine" / "one" / "record.json").write_bytes(b"{")
    assert [one.name for one in quarantine.held()] == ["two"]
    quarantine.put(a_package("one"), FILES)
    assert [one.name for one in quarantine.held()] == ["one", "two"]
