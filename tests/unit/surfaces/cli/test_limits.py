"""`--limit NAME=AMOUNT` reads what a person writes, and refuses the rest with what is allowed."""

import pytest

from skillstrata.surfaces.cli.limits import limit_of


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("cpu=120", ("cpu_s", 120)),
        ("wall=300", ("wall_s", 300)),
        ("memory=2G", ("memory_bytes", 2 << 30)),
        ("memory=1536MiB", ("memory_bytes", 1536 << 20)),
        ("disk=5m", ("output_bytes", 5 << 20)),
        ("stdout=100", ("stdout_bytes", 100)),
        ("files=10", ("output_files", 10)),
        ("processes=9", ("processes", 9)),
    ],
)
def test_an_amount_is_read_with_its_unit(word: str, found: tuple[str, int]) -> None:
    """Bytes by the thousand are hard to write."""
    assert limit_of(word) == found


@pytest.mark.parametrize(
    "word", ["", "cpu", "cpu=", "cpu=x", "cpu=2G", "gpu=1", "memory=-1", "memory=0", "memory=1T", "=1"]
)
def test_anything_else_is_refused_with_what_is_allowed(word: str) -> None:
    """A limit that is silently taken for another would be found out too late."""
    with pytest.raises(ValueError, match="memory=2G"):
        limit_of(word)
