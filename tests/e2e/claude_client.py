"""The real Claude Code client, pinned: brought from npm into a cache folder once, run in an environment of its own.

In     a project folder, a prompt, the address of a Messages API on loopback
Out    the finished run: exit code, the client's JSON result, its stderr
Never  reads the settings, keys or history of whoever runs it; talks to anything but the given address
"""

import json
import os
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VERSION = "2.1.197"
PACKAGE = "@anthropic-ai/claude-code"
_SESSION_LIMIT_S = 120
# Where the session finds sh and python3: no folder of the caller's, so that nothing it prints names one.
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


class ClientUnavailable(Exception):
    """The client cannot be had on this machine; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class ClientRun:
    """One `claude -p` from start to end."""

    exit_code: int
    result: dict[str, Any]
    stdout: str
    stderr: str


def cache_folder() -> Path:
    """Name the folder of the pinned client; ask before a test changes HOME."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "skillstrata" / f"claude-code-{VERSION}"


def bring_client(folder: Path) -> Path:
    """Give the client's program, installing it where it is not there yet.

    Raises:
        ClientUnavailable: npm or node is missing, or the package could not be fetched or does not start.
    """
    program = _program(folder)
    if program.exists() and _starts(program):
        return program
    _install(folder)
    if not _starts(program):
        raise ClientUnavailable(f"{PACKAGE}@{VERSION} was installed into {folder} but does not start")
    return program


def run_client(
    program: Path, prompt: str, *, project: Path, home: Path, api_url: str, plugin: tuple[Path, Path] | None = None
) -> ClientRun:
    """Run one session to its end: no terminal, no stdin, every tool permitted, all state under `home`.

    `plugin` is the folder of a plugin to load, and the data directory its parts are to find.
    """
    home.mkdir(parents=True, exist_ok=True)
    arguments = ["-p", prompt, "--permission-mode", "bypassPermissions", "--output-format", "json"]
    environ = clean_environment(home, api_url)
    if plugin is not None:
        arguments += ["--plugin-dir", str(plugin[0])]
        # The background process stays out: the test reads the spool itself.
        environ |= {"SKILLSTRATA_DATA_DIR": str(plugin[1]), "SKILLSTRATA_DAEMON": "0"}
    done = subprocess.run(
        [str(program), *arguments],
        cwd=project,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SESSION_LIMIT_S,
    )
    return ClientRun(done.returncode, _result(done.stdout), done.stdout, done.stderr)


def clean_environment(home: Path, api_url: str) -> dict[str, str]:
    """Make the environment of a session: nothing of the caller's."""
    return {
        "HOME": str(home),
        "PATH": _SYSTEM_PATH,
        "LANG": "C.UTF-8",
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
        "ANTHROPIC_BASE_URL": api_url,
        "ANTHROPIC_API_KEY": "scripted",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_AUTOUPDATER": "1",
        "IS_SANDBOX": "1",
        # On a busy machine a server takes longer to start than the client waits before its first turn.
        "MCP_CONNECT_TIMEOUT_MS": "60000",
        "MCP_TIMEOUT": "60000",
        "SKILLSTRATA_DAEMON": "0",
    }


def _program(folder: Path) -> Path:
    return folder / "node_modules" / ".bin" / "claude"


def _starts(program: Path) -> bool:
    try:
        asked = subprocess.run(
            [str(program), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0 and VERSION in asked.stdout


def _install(folder: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise ClientUnavailable("npm is missing (Node.js 18 or newer brings it)")
    making = folder.with_name(f"{folder.name}.{uuid.uuid4().hex[:8]}")
    try:
        making.mkdir(parents=True)
        # Some npm set-ups refuse a package's install script; running it ourselves is the same on all of them.
        _must([npm, "install", "--prefix", str(making), "--ignore-scripts", "--include=optional", "--no-audit",
               "--no-fund", "--loglevel=error", f"{PACKAGE}@{VERSION}"])  # fmt: skip
        _must([node, str(making / "node_modules" / PACKAGE / "install.cjs")])
        shutil.rmtree(folder, ignore_errors=True)
        making.rename(folder)
    except OSError as fault:
        raise ClientUnavailable(f"{PACKAGE}@{VERSION} could not be put into {folder}: {fault}") from fault
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _must(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300
        )
    except subprocess.TimeoutExpired as late:
        raise ClientUnavailable(f"`{Path(command[0]).name} {command[1]}` took longer than 300 s") from late
    if done.returncode != 0:
        # npm ends with where its log lies; what went wrong is at the beginning.
        first = (done.stderr.strip() or done.stdout.strip()).splitlines()[:2]
        raise ClientUnavailable(f"`{Path(command[0]).name} {command[1]}` failed: {'; '.join(first)}")


def _result(stdout: str) -> dict[str, Any]:
    try:
        found = json.loads(stdout)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
