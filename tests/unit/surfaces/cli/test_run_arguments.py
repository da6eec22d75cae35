from pathlib import Path

import click
import pytest

from skillstrata.records.contracts import Param
from skillstrata.surfaces.cli.running import arguments, typed

PARAMS = (Param("input", "file"), Param("depth", "integer"), Param("title", "string"))


@pytest.mark.parametrize(
    ("kind", "word", "value"),
    [
        ("string", "3", "3"),
        ("integer", "3", 3),
        ("number", "2.5", 2.5),
        ("boolean", "yes", True),
        ("boolean", "FALSE", False),
        ("json", '{"a": [1]}', {"a": [1]}),
    ],
)
def test_a_value_is_read_as_its_parameter_says(kind: str, word: str, value: str | float | dict[str, list[int]]) -> None:
    """Contract: --set k=v, v is parsed by the parameter's type."""
    assert typed(kind, word) == value


def test_a_file_is_relative_to_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user types the path as the shell shows it."""
    monkeypatch.chdir(tmp_path)

    assert typed("file", "docs/../a.html") == str(tmp_path / "a.html")


def test_the_value_is_everything_after_the_first_equals_sign() -> None:
    """Values hold equals signs: queries, formulas."""
    assert arguments(("title=a=b", "depth=2"), PARAMS) == {"title": "a=b", "depth": 2}


def test_a_name_the_tool_does_not_know_is_left_for_the_tools_own_check() -> None:
    """One place says which arguments a tool has."""
    assert arguments(("other=1",), PARAMS) == {"other": "1"}


@pytest.mark.parametrize("given", [("input",), ("=x",), ("depth=deep",), ("title=a", "title=b")])
def test_a_set_that_cannot_be_read_is_a_usage_error(given: tuple[str, ...]) -> None:
    """Exit 2 and the word itself, before anything runs."""
    with pytest.raises(click.BadParameter) as refused:
        arguments(given, PARAMS)

    assert given[-1].partition("=")[0] in str(refused.value)
