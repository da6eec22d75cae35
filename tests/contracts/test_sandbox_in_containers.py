"""Where user namespaces are nested or forbidden, as in containers: it works, or says exactly what is missing."""

import json
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.sandbox

# Prints what `doctor` would; in a process of its own, since a namespace is for a whole process.
_CHECKS = """
import json
from skillstrata.adapters.bubblewrap import BubblewrapSandbox
print(json.dumps([[c.name, c.ok, c.detail, c.fix] for c in BubblewrapSandbox().checks()]))
"""
_FORBID = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"'


def _in_namespace(*before: str) -> list[list]:
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("unshare is not installed, so no namespace to look from")
    words = [unshare, "--map-root-user", "--mount", *before, sys.executable, "-c", _CHECKS]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_in_a_namespace_of_one_user_who_is_called_root_there_the_sandbox_works() -> None:
    """There is nobody else to become there, and being that root gives no right over the real one's files."""
    [name, ok, detail, _], *_ = _in_namespace()

    assert (name, ok) == ("sandbox", True), detail


def test_where_namespaces_are_forbidden_nothing_runs_and_the_setting_is_named() -> None:
    """The twin: the same namespace with the kernel's limit at nothing, as some containers have it."""
    [name, ok, detail, fix], *_ = _in_namespace("--pid", "--fork", "--mount-proc", "sh", "-c", _FORBID, "sh")

    assert (name, ok) == ("sandbox", False)
    assert "Creating new namespace failed" in detail
    assert "user.max_user_namespaces" in fix
    assert "apt-get" not in fix
