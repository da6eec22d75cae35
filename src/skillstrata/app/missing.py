"""Misses: which version of a branch is tried first, and what is written down when one fails.

In     the misses of a tool, the versions of a branch
Out    versions in the order they are tried; Miss records
Never  passes over a version for other types of input or another environment than it failed in; passes it over for good
Why    a version that fails on what its fallback can do fails again: R_miss by branch, types, version and environment
"""

from collections.abc import Callable

from skillstrata.records.tools import Branch, Miss, Version

# So many rescued calls without a success in between, and the next call does not wait for another failure. Two may be
# two odd files; after a week it is tried again, for what it failed in may be gone.
_ENOUGH = 3
_RECENT_S = 7 * 86_400.0


def slice_of(version: Version) -> str:
    """Name the slice of the contract that a version serves."""
    return "+".join(version.given)


def passed_over(
    branch: Branch, misses: tuple[Miss, ...], *, key_of: Callable[[Version], str], now_s: float
) -> tuple[Version, ...]:
    """Give the versions that are tried last, because they failed again and again where another one did not.

    Args:
        branch: With its versions.
        misses: Of the tool.
        key_of: Gives the key of the environment that a version would run in; asked only where there are misses enough.
        now_s: The time.
    """
    found: list[Version] = []
    for version in branch.versions:
        recent = [
            miss
            for miss in misses
            if (miss.branch, miss.version, miss.given) == (branch.name, version.number, slice_of(version))
            and miss.rescued_by
            and not miss.settled
            and now_s - miss.at_s <= _RECENT_S
        ]
        if len(recent) >= _ENOUGH and _same_place(recent, key_of(version)) >= _ENOUGH:
            found.append(version)
    return tuple(found)


def in_turn(branch: Branch, last: tuple[Version, ...]) -> tuple[Version, ...]:
    """Give the versions as they are tried: the active one, its fallbacks, newest first; `last` after all others."""
    versions = (branch.current, *branch.fallbacks)
    return tuple(sorted(versions, key=lambda version: version in last))


def _same_place(misses: list[Miss], environment: str) -> int:
    return sum(miss.environment == environment for miss in misses)
