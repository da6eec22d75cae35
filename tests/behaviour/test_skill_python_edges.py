"""The Python API at its edges: looks within a watch, arguments that are no text, one folder for a list."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from skillstrata import SkillRuntime
from skillstrata.surfaces.python_api import ArgumentInvalid
from tests.skill_sources import page, put


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of three skills."""
    for name in ("tides", "report", "charts"):
        put(tmp_path / "skills", name, page(f"Does {name}.", body=f"{name} of $ARGUMENTS\n"))
    return tmp_path / "skills"


@pytest.fixture
def runtime(root: Path) -> Iterator[SkillRuntime]:
    """The runtime over it, watched."""
    with SkillRuntime([root], data_dir=root.parent / "data", settings={"skills.watch_interval_s": "0.2"}) as made:
        yield made


def test_a_look_within_the_watch_looks(root: Path) -> None:
    """It said that it had looked, and had not; a program that just wrote a skill asks for it."""
    with SkillRuntime([root], data_dir=root.parent / "data", settings={"skills.watch_interval_s": "3600"}) as runtime:
        assert len(runtime.registry.skills) == 3
        file = put(root, "later")
        os.utime(file, (1_000_000_000, 1_000_000_000))
        runtime.look()

        assert "later" in {skill.name for skill in runtime.registry.skills}


@pytest.mark.parametrize("odd", ["\ud800", None, 3, b"good"])
def test_what_is_no_text_is_refused_by_its_name(runtime: SkillRuntime, odd: str) -> None:
    """A half of a character, or nothing: it came back as an error of some module within."""
    for ask in (
        lambda: runtime.call("tides", odd),
        lambda: runtime.call(odd),
        lambda: runtime.route(odd),
        lambda: runtime.catalogue(request=odd),
        lambda: runtime.read("tides", odd),
    ):
        with pytest.raises(ArgumentInvalid, match=r"name|args|request|path"):
            ask()
    assert runtime.call("tides", "\U0001f30a ok").text


def test_one_folder_need_not_be_in_a_list(root: Path) -> None:
    """A path that was taken for a list of letters found nothing, without a word."""
    for one in (str(root), root):
        runtime = SkillRuntime(one, data_dir=root.parent / "data")
        assert len(runtime.registry.skills) == 3
