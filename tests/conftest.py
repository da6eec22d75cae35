"""What every test shares: the rule for machines without a sandbox, and a home nobody lives in."""

import functools
import gc
import itertools
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no fault of what is tested: no claim here is about the time of one example.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# Taken before any test moves HOME: packages that were fetched once are not fetched again for every test.
_CACHES = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
_PROBE = ["--unshare-user", "--unshare-net", "--ro-bind", "/", "/", "true"]
_FIX = (
    "install bubblewrap (make setup does it as root; else: sudo apt-get install bubblewrap) and allow user namespaces"
)
# A numbered folder of pytest's own is found by reading the names of all there are; there is one for each test here.
_HOMES = itertools.count()


@functools.cache
def _sandbox_fault() -> str | None:
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return f"bubblewrap is missing: {_FIX}"
    probe = subprocess.run([bwrap, *_PROBE], capture_output=True, text=True, check=False, timeout=30)
    return None if probe.returncode == 0 else f"bubblewrap does not work here ({probe.stderr.strip()}): {_FIX}"


def pytest_collection_finish() -> None:
    """Keep the collector from walking through ten thousand tests again and again: they all stay to the end."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Never pass a sandbox test by not running it, unless the caller asked for that."""
    if item.get_closest_marker("sandbox") is None:
        return
    fault = _sandbox_fault()
    if fault is None:
        return
    if os.environ.get("REQUIRE_SANDBOX") == "1":
        pytest.fail(fault, pytrace=False)
    pytest.skip(fault)


@pytest.fixture(autouse=True)
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from the data, settings and library of whoever runs it."""
    home = tmp_path_factory.getbasetemp() / "homes" / str(next(_HOMES))
    home.mkdir(parents=True)
    for name in [n for n in os.environ if n.startswith(("SKILLSTRATA_", "DISTILLER_", "XDG_", "CLAUDE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    # A server or hook under test must not leave a process behind; tests of that process ask for it.
    monkeypatch.setenv("SKILLSTRATA_DAEMON", "0")
    # No test asks a model of whoever runs it.
    monkeypatch.setenv("SKILLSTRATA_JUDGE", "offline")
    monkeypatch.setenv("UV_CACHE_DIR", os.environ.get("UV_CACHE_DIR") or str(_CACHES / "uv"))
    return home
