"""What this machine has: programs on the path, variables, servers that the agent is configured with.

In     the environment of the process, the home folder, the project
Out    yes or no
Never  starts anything, tells the value of a variable
"""

import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import cast

import orjson

_MOST_BYTES = 16 * 1024 * 1024


class LocalHostFacts:
    """Fulfils the HostFacts port, for one project."""

    def __init__(self, environ: Mapping[str, str], home: Path, project: Path) -> None:
        """Remember where to look; programs are looked up once each."""
        self._environ = environ
        self._files = (home / ".claude.json", home / ".claude" / "settings.json", project / ".mcp.json")
        self._project = project
        self._binaries: dict[str, bool] = {}

    def has_binary(self, name: str) -> bool:
        """Say whether a program is on the user's path."""
        if name not in self._binaries:
            plain = bool(name) and "/" not in name and "\0" not in name
            path = self._environ.get("PATH", "")
            self._binaries[name] = plain and shutil.which(name, path=path) is not None
        return self._binaries[name]

    def has_variable(self, name: str) -> bool:
        """Say whether an environment variable has a value."""
        return bool(self._environ.get(name))

    def has_mcp_server(self, name: str) -> bool:
        """Say whether a server of this name is configured."""
        return name.casefold() in self._servers

    @cached_property
    def _servers(self) -> frozenset[str]:
        found: set[str] = set()
        for path in self._files:
            table = read_object(path)
            found |= _server_names(table)
            projects = table.get("projects")
            if isinstance(projects, dict):
                ours = cast("dict[str, object]", projects).get(str(self._project))
                found |= _server_names(cast("dict[str, object]", ours)) if isinstance(ours, dict) else set[str]()
        return frozenset(found)


def _server_names(table: Mapping[str, object]) -> set[str]:
    servers = table.get("mcpServers")
    return {name.casefold() for name in cast("dict[str, object]", servers)} if isinstance(servers, dict) else set()


def read_object(path: Path) -> dict[str, object]:
    """Read a JSON object; what is missing, too large or none of it is an empty one."""
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return {}
        found: object = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}
