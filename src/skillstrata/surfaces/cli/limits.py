"""`--limit NAME=AMOUNT`: more or less of one resource for one call.

In     words like memory=2G, cpu=120, files=5000
Out    fields of Limits with their values; a usage error that names what is allowed
"""

import re
from typing import cast

import click

_SECONDS = {"cpu": "cpu_s", "wall": "wall_s"}
_BYTES = {"memory": "memory_bytes", "disk": "output_bytes", "stdout": "stdout_bytes"}
_COUNTS = {"files": "output_files", "processes": "processes"}
_FIELDS = _SECONDS | _BYTES | _COUNTS
_AMOUNT = re.compile(r"([0-9]{1,12})(?:([KMG])(?:i?B)?)?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_META = "skillstrata.limits"


def limit_of(word: str) -> tuple[str, int]:
    """Read one word.

    Raises:
        ValueError: It is not NAME=AMOUNT with a name and a unit that go together.
    """
    name, _, amount = word.partition("=")
    found = _AMOUNT.fullmatch(amount)
    if name not in _FIELDS or found is None or (found[2] and name not in _BYTES) or not int(found[1]):
        raise ValueError(f"{word!r} is not one of {', '.join(_FIELDS)} with an amount, like memory=2G or cpu=120")
    return _FIELDS[name], int(found[1]) * _UNITS[(found[2] or "").lower()]


def keep_limits(ctx: click.Context, param: click.Parameter, words: tuple[str, ...]) -> None:
    """Check what was asked for and keep it with the context; for an option's `callback`."""
    try:
        ctx.meta[_META] = tuple(limit_of(word) for word in words)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx=ctx, param=param) from None


def asked_limits() -> tuple[tuple[str, int], ...]:
    """Give what this command was asked for."""
    return cast("tuple[tuple[str, int], ...]", click.get_current_context().meta[_META])
