"""Where packages come from is the user's configuration: any mirror, and afterwards none."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from skillstrata.adapters.uv_environments import UvEnvironments
from skillstrata.ports.environments import Environments
from skillstrata.records.failures import EnvironmentNeedsNetwork
from skillstrata.records.sandbox_runs import Lock
from tests.wheels import put_wheel

NAME = "strata-sample"
VARIABLES = ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture(autouse=True)
def _no_index_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "PIP_EXTRA_INDEX_URL", "UV_FIND_LINKS", "PIP_FIND_LINKS", "UV_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """Serve one distribution on a port of this machine; give its address, with a password in it."""
    packages = tmp_path / "mirror" / "simple" / NAME
    packages.mkdir(parents=True)
    wheel = put_wheel(packages, NAME, "1.2", {"strata_sample.py": "WORD = 'found'\n"})
    (packages / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>', encoding="utf-8")
    handler = functools.partial(_Silent, directory=str(tmp_path / "mirror"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield f"http://ann:pass-word@127.0.0.1:{server.server_port}/simple/"
        server.shutdown()
        serving.join()


def _environments(tmp_path: Path, *, allow_network: bool, root: str = "envs") -> Environments:
    return UvEnvironments(tmp_path / root, tmp_path / "cache", allow_network=allow_network)


@pytest.mark.parametrize("variable", VARIABLES[:3])
def test_a_mirror_is_used_with_consent_and_left_out_of_the_lock(
    tmp_path: Path, mirror: str, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """A lock goes into a tool and to other people: no host, no password, no path; pip's variable counts too."""
    monkeypatch.setenv(variable, mirror)
    with pytest.raises(EnvironmentNeedsNetwork, match=NAME) as refused:
        _environments(tmp_path, allow_network=False).lock((NAME,))
    lock = _environments(tmp_path, allow_network=True).lock((NAME,))

    assert "127.0.0.1" not in str(refused.value) + lock.text
    assert "pass-word" not in str(refused.value) + lock.text
    assert lock.text.startswith(f"{NAME}==1.2 \\\n")


def test_what_a_mirror_gave_once_is_built_offline_from_the_cache(
    tmp_path: Path, mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Consent is asked once; the folder of environments is another one, so nothing is left but the cache."""
    monkeypatch.setenv("UV_INDEX_URL", mirror)
    online = _environments(tmp_path, allow_network=True)
    lock = online.lock((NAME,))
    online.build(lock)
    offline = _environments(tmp_path, allow_network=False, root="others")

    assert offline.lock((NAME,)) == lock
    assert Path(offline.build(lock).python).exists()


def test_a_lock_of_one_mirror_is_built_where_no_mirror_is_configured_any_more(
    tmp_path: Path, mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kept distribution has the pinned digest, wherever it came from; the twin was never installed."""
    monkeypatch.setenv("UV_INDEX_URL", mirror)
    online = _environments(tmp_path, allow_network=True)
    lock = online.lock((NAME,))
    online.build(lock)
    monkeypatch.delenv("UV_INDEX_URL")
    offline = _environments(tmp_path, allow_network=False)
    other = Lock(lock.text.replace("==1.2", "==1.3"), lock.requirements)

    assert Path(offline.build(Lock(lock.text + "\n", lock.requirements)).python).exists()
    with pytest.raises(EnvironmentNeedsNetwork, match=NAME):
        offline.build(other)
