"""Every error of the product is distinct, explained and shown to happen."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import skillstrata
from skillstrata.records.errors import StrataError

TESTS = Path(__file__).parents[1]


def _all_errors() -> list[type[StrataError]]:
    for module in pkgutil.walk_packages(skillstrata.__path__, "skillstrata."):
        # An alembic environment script runs inside alembic's context only; `__main__` runs the program.
        if module.name.rpartition(".")[2] not in {"env", "__main__"}:
            importlib.import_module(module.name)
    found: set[type[StrataError]] = set()
    waiting: list[type[StrataError]] = [StrataError]
    while waiting:
        children = [c for c in waiting.pop().__subclasses__() if c.__module__.startswith("skillstrata.")]
        found.update(children)
        waiting.extend(children)
    return sorted(found, key=lambda error: (error.__module__, error.__qualname__))


ERRORS = _all_errors()
RAISED = "\n".join(
    path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("test_*.py")) if path.parent.name != "architecture"
)


def test_no_two_errors_share_a_code() -> None:
    """`code` is API: a caller branches on it."""
    codes = [error.code for error in ERRORS]

    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: e.__qualname__)
def test_an_error_has_its_own_code_and_a_sentence_on_what_it_is(error: type[StrataError]) -> None:
    """An inherited code or an empty docstring leaves the reader of a log with nothing to look up."""
    assert "code" in error.__dict__
    assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", error.code)
    assert (error.__doc__ or "").strip()


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: e.__qualname__)
def test_an_error_is_raised_by_some_test(error: type[StrataError]) -> None:
    """House style, rot 6: a refusal nobody has seen happen is a refusal that may not work."""
    assert re.search(rf"\b({error.__name__}|{re.escape(error.code)})\b", RAISED), f"no test names {error.__name__}"
