"""What does a script say that it needs?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.inline_metadata import inline_metadata, satisfies

HERE = (3, 11, 7)


def _block(*lines: str, kind: str = "script") -> str:
    return "\n".join(["#!/usr/bin/env python3", f"# /// {kind}", *(f"# {line}" for line in lines), "# ///", "x = 1\n"])


def test_a_block_gives_its_dependencies_as_written() -> None:
    """PEP 723: the program's own word."""
    found = inline_metadata(
        _block('requires-python = ">=3.9"', "dependencies = [", '  "pypdf>=4,<9",', '  "rich",', "]"), python=HERE
    )

    assert found is not None
    assert (found.dependencies, found.requires_python, found.problem) == (("pypdf>=4,<9", "rich"), ">=3.9", "")


@pytest.mark.parametrize(
    "source", ["x = 1\n", _block("dependencies = []", kind="other"), "# /// script\n# never closed\n", ""]
)
def test_a_program_without_a_block_says_nothing(source: str) -> None:
    """Its imports are asked then."""
    assert inline_metadata(source, python=HERE) is None


def test_a_block_with_line_ends_of_windows_is_read() -> None:
    """Agents write on every system."""
    found = inline_metadata(_block('dependencies = ["rich"]').replace("\n", "\r\n"), python=HERE)

    assert found is not None
    assert found.dependencies == ("rich",)


@pytest.mark.parametrize(
    "lines",
    [
        ("dependencies = [",),
        ('dependencies = "rich"',),
        ("dependencies = [1]",),
        ("requires-python = 3",),
        ('requires-python = ">=3.9; rm"',),
    ],
)
def test_a_block_that_cannot_be_read_is_a_problem(lines: tuple[str, ...]) -> None:
    """Nothing is guessed from a part of it."""
    found = inline_metadata(_block(*lines), python=HERE)

    assert found is not None
    assert found.problem


def test_two_blocks_are_a_problem() -> None:
    """The specification forbids them."""
    found = inline_metadata(_block('dependencies = ["a"]') + _block('dependencies = ["b"]'), python=HERE)

    assert found is not None
    assert "twice" in found.problem


@pytest.mark.parametrize(
    ("clauses", "fits"),
    [
        ("", True),
        (">=3.9", True),
        (">=3.12", False),
        (">=3.9,<3.11", False),
        (">=3.9, <4", True),
        ("==3.11.*", True),
        ("==3.1.*", False),
        ("==3.11", False),
        ("==3.11.7", True),
        ("!=3.11.*", False),
        ("~=3.9", True),
        ("~=3.12", False),
        ("~=3.11.0", True),
        ("~=3.10.0", False),
        (">3.11.7", False),
        ("<=3.11.7", True),
        ("3.11", None),
        (">=3.11rc1", None),
        ("~=3", None),
        (">=3.*", None),
    ],
)
def test_versions_are_compared_as_numbers(clauses: str, fits: bool | None) -> None:
    """PEP 440 on releases; what is more than that is not answered."""
    assert satisfies(HERE, clauses) is fits


@given(st.text(alphabet=' #/\nscript="[]dependencies,', max_size=300))
def test_any_text_is_read_or_not_but_never_fails(text: str) -> None:
    """The text is a program of somebody else."""
    found = inline_metadata(text, python=HERE)

    assert found is None or found.problem or found.dependencies is not None
