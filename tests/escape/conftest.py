"""Identities for the suite: a copy of the code that every user can read, and an interpreter that he can run."""

import os
from collections.abc import Generator
from typing import NoReturn

import pytest

from tests.escape.attack import ORDINARY, ROOT
from tests.escape.users import CannotRunAs, Identity, acting_as


def _give_up(reason: str) -> NoReturn:
    # Nobody can make himself root, so that half is left out, visibly; the other half must run where it is required.
    if os.environ.get("REQUIRE_SANDBOX") == "1" and not reason.startswith("only root"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def as_root() -> Generator[Identity]:
    """Give root's identity."""
    yield from _identity(ROOT)


@pytest.fixture(scope="session")
def as_ordinary_user() -> Generator[Identity]:
    """Give an identity without any right."""
    yield from _identity(ORDINARY)


def _identity(name: str) -> Generator[Identity]:
    try:
        with acting_as(name) as identity:
            yield identity
    except CannotRunAs as reason:
        _give_up(str(reason))
