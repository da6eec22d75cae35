"""The real client for every end-to-end test, and a loud word where it cannot be had."""

from pathlib import Path

import pytest

from tests.e2e.claude_client import ClientUnavailable, bring_client, cache_folder
from tests.e2e.mcp_programs import Programs, bring_programs, programs_folder

_MISSING = pytest.StashKey[str]()
_UNJUDGED = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def claude(request: pytest.FixtureRequest) -> Path:
    """Bring the pinned client, or skip and remember why. Session scope: the cache lies in the real home."""
    try:
        return bring_client(cache_folder())
    except ClientUnavailable as missing:
        request.config.stash[_MISSING] = str(missing)
        pytest.skip(f"E2E SKIPPED: {missing}")


@pytest.fixture(scope="session")
def mcp_programs(request: pytest.FixtureRequest) -> Programs:
    """Bring the pinned conformance suite and Inspector, or skip and remember why."""
    try:
        return bring_programs(programs_folder())
    except ClientUnavailable as missing:
        request.config.stash[_UNJUDGED] = str(missing)
        pytest.skip(f"CONFORMANCE SKIPPED: {missing}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say it where nobody overlooks it: no end-to-end test has run."""
    reason = config.stash.get(_MISSING, None)
    if reason is not None:
        terminalreporter.section(f"E2E SKIPPED: {reason}", sep="!", red=True, bold=True)
        terminalreporter.write_line(
            "The real client was not run: nothing here shows that an agent can use the program."
        )
    unjudged = config.stash.get(_UNJUDGED, None)
    if unjudged is not None:
        terminalreporter.section(f"CONFORMANCE SKIPPED: {unjudged}", sep="!", red=True, bold=True)
        terminalreporter.write_line("The official suite was not run: nothing here shows that we speak the protocol.")
