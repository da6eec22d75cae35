"""The Python API at its edges: looks within a watch, arguments that are no text, one folder for a list."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import orjson
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


def test_names_and_files_that_are_none_are_refused_by_every_method(runtime: SkillRuntime) -> None:
    """They came back as an error of some module within."""
    none = cast("str", None)
    for ask in (
        lambda: runtime.refused("tides", "Bash", none),
        lambda: runtime.refused("tides", none, "ls"),
        lambda: runtime.holds("tides", "Bash", none),
        lambda: runtime.unload(none),
        lambda: runtime.used(none),
        lambda: runtime.limit_hit(none),
        lambda: runtime.rollback(none),
        lambda: runtime.ended(none, ok=True),
        lambda: runtime.catalogue(touched=["\0"]),
        lambda: runtime.catalogue(touched=[cast("str", 5)]),
    ):
        with pytest.raises(ArgumentInvalid, match=r"name|tool|operation|touched"):
            ask()
    runtime.used("tides")
    assert runtime.refused("tides", "Bash", "ls").action == "refused"


def test_one_touched_file_need_not_be_in_a_list(root: Path) -> None:
    """It was taken letter by letter."""
    put(root, "styles", page("Keeps style sheets tidy.", paths='["*.css"]'))
    for touched, listed in (("main.css", True), (Path("main.css"), True), ("main.py", False)):
        runtime = SkillRuntime([root], data_dir=root.parent / "data")
        assert ("styles" in runtime.catalogue(touched=touched).text) is listed


def test_a_runtime_that_is_closed_has_no_active_skill_and_leaves_one_file(root: Path) -> None:
    """Each conversation left a file, and its skills counted as active until the process ended."""
    data = root.parent / "data"
    data.mkdir()
    for number in range(5):
        with SkillRuntime([root], data_dir=data, session=f"s{number}") as made:
            made.call("tides")
            made.used("tides")
    (file,) = (data / "skill-runtime").glob("tally-*.json")
    counted = orjson.loads(file.read_bytes())

    assert (counted["calls"], counted["active"], counted["budget_use"]) == (5, 0, 0.0)
