"""A version that failed again and again where another one did not is tried last: there, and nowhere else."""

from dataclasses import replace

import pytest

from skillstrata.app.missing import in_turn, passed_over
from skillstrata.records.tools import Branch, Miss, Version
from tests.fakes.sample_tools import a_version

NOW = 10_000_000.0
MISS = Miss("t", "html", 2, "text/html", "env", "call.program_failed", NOW - 60, rescued_by=1)
VERSIONS = tuple(replace(a_version(), number=n) for n in (1, 2, 3))
BRANCH = Branch("html", 2, VERSIONS)


def _numbers(versions: tuple[Version, ...]) -> list[int]:
    return [v.number for v in versions]


def _over(*misses: Miss, environment: str = "env") -> list[int]:
    return _numbers(passed_over(BRANCH, misses, key_of=lambda _version: environment, now_s=NOW))


def test_the_active_version_is_tried_first_then_the_newest() -> None:
    """And what is passed over comes last, not never."""
    assert _numbers(in_turn(BRANCH, ())) == [2, 3, 1]
    assert _numbers(in_turn(BRANCH, (VERSIONS[1],))) == [3, 1, 2]


def test_three_misses_are_enough_and_two_are_not() -> None:
    """Two may be two odd files."""
    assert _over(MISS, MISS, MISS) == [2]
    assert _over(MISS, MISS) == []


@pytest.mark.parametrize(
    "change",
    [
        {"given": "text/csv"},
        {"environment": "another"},
        {"branch": "docx"},
        {"version": 1},
        {"settled": True},
        {"rescued_by": 0},
        {"at_s": NOW - 8 * 86_400},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_miss_counts_for_its_own_place_alone(change: dict[str, str]) -> None:
    """Of other types, another environment, another version; settled, old, or where nobody could do it."""
    assert _over(MISS, MISS, replace(MISS, **change)) == []  # type: ignore[arg-type]


def test_another_environment_of_the_same_version_is_tried() -> None:
    """What failed there may work here."""
    assert _over(MISS, MISS, MISS, environment="new") == []
