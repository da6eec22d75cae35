"""What is committed works on any machine: no path of one computer, no package registry."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Put together from halves, so that this file is not its own first finding.
HOSTS = [
    "py" + "pi.org",
    "pythonhosted" + ".org",
    "registry." + "npmjs",
    "deb." + "debian.org",
    "registry." + "yarnpkg",
]
HOMES = ["ro" + "ot", "wo" + "rk"]
FOREIGN = re.compile(rf"(?<![\w./~*-])/(?:{'|'.join(HOMES)})/|" + "|".join(re.escape(host) for host in HOSTS))


def _tracked() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("not a git work tree: nothing is committed from here")
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def _foreign(text: str) -> list[str]:
    lines = text.splitlines()
    return [f"{n}: {line.strip()[:100]}" for n, line in enumerate(lines, 1) if FOREIGN.search(line)]


def test_no_committed_file_names_a_machine_or_a_registry() -> None:
    """A lock, a fixture or a doc that names one works for its author only."""
    found = {
        str(path.relative_to(ROOT)): hits
        for path in _tracked()
        if (hits := _foreign(path.read_bytes().decode("utf-8", errors="replace")))
    }

    assert found == {}


@pytest.mark.parametrize("text", [f'"/{HOMES[0]}/x"', f"cd /{HOMES[1]}/main", f"--index-url https://{HOSTS[0]}/simple"])
def test_a_machine_path_or_registry_is_seen(text: str) -> None:
    """Canary: each kind is found."""
    assert _foreign(text) != []


@pytest.mark.parametrize("text", [f"/home/dev/{HOMES[1]}/a.html", f"bwrap --tmpfs /{HOMES[0]}", f"{HOMES[1]}/x"])
def test_a_path_that_only_looks_like_one_is_not(text: str) -> None:
    """The other side of the canary: folders inside a recorded home, mount points, relative paths."""
    assert _foreign(text) == []
