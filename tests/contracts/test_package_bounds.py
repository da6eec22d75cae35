"""A skill that is over a bound is refused by its source with the bound that the scan has."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from skillstrata.adapters.package_sources import PackageSources
from skillstrata.library.package_scan import MAX_BYTES, MAX_FILES
from skillstrata.ports.package_source import PackageSource
from skillstrata.records.exchange_faults import PackageRefused

PAGE = b"---\nname: a-skill\ndescription: Does a thing.\n---\n"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not on this machine")


@pytest.fixture(params=[PackageSources], ids=["sources"])
def source(request: pytest.FixtureRequest) -> PackageSource:
    """Each implementation in turn."""
    return request.param(lambda: 7.0)


def _commit(folder: Path) -> None:
    """Make a repository of a folder, as its owner does, without anybody's settings."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.email=dev@example.com", "-c", "user.name=dev")
    for words in (("init", "-q", "."), ("add", "-A"), ("commit", "-q", "-m", "skills")):
        subprocess.run(["git", *who, *words], cwd=folder, env=environ, capture_output=True, check=True)


@needs_git
@pytest.mark.parametrize(
    ("place", "count", "size", "said"),
    [
        (".", 1, MAX_BYTES, f"its files have {MAX_BYTES + len(PAGE):,} bytes; {MAX_BYTES:,} are the most"),
        ("skills/big", 4_000, 1, f"it has 4,001 files; {MAX_FILES} are the most"),
        ("skills/big", 1, MAX_BYTES - len(PAGE), ""),
    ],
)
def test_a_skill_of_a_repository_that_is_over_a_bound_is_named_with_the_bound(
    source: PackageSource, tmp_path: Path, place: str, count: int, size: int, said: str
) -> None:
    """Which of the two, how much of it, and what the scan allows; the last one is within both and is fetched."""
    work = tmp_path / "work"
    (work / place).mkdir(parents=True)
    (work / place / "SKILL.md").write_bytes(PAGE)
    for number in range(count):
        (work / place / f"{number}.txt").write_bytes(bytes(size))
    _commit(work)
    if not said:
        (package,) = source.fetch(f"file://{work}").packages
        assert {file.path: len(file.data) for file in package.files} == {"SKILL.md": len(PAGE), "0.txt": size}
        return
    with pytest.raises(PackageRefused) as refused:
        source.fetch(f"file://{work}")

    where = f"file://{work}" if place == "." else f"{place} of file://{work}"
    assert refused.value.message == f"{where} is not taken in: {said}"


@pytest.mark.parametrize(
    ("count", "size", "said"),
    [
        (4_000, 1, f"it has more than 4,000 files; {MAX_FILES} are the most"),
        (1, MAX_BYTES, f"its files have more than {MAX_BYTES:,} bytes"),
    ],
)
def test_a_folder_that_is_over_a_bound_says_which(
    source: PackageSource, tmp_path: Path, count: int, size: int, said: str
) -> None:
    """As of a repository, and the same words."""
    folder = tmp_path / "a-skill"
    folder.mkdir()
    (folder / "SKILL.md").write_bytes(PAGE)
    for number in range(count):
        (folder / f"{number}.txt").write_bytes(bytes(size))
    with pytest.raises(PackageRefused) as refused:
        source.fetch(str(folder))

    assert refused.value.message == f"{folder} is not taken in: {said}"
