"""Files of the user that we write, as the fault tests see them; and a writer that is not ours, as their control."""

import json
import time
from pathlib import Path

from skillstrata.adapters.atomic_files import write_atomic
from skillstrata.adapters.claude_code_settings import ClaudeCodeSettings
from skillstrata.adapters.disk_files import DiskFiles
from skillstrata.adapters.stale_files import sweep_stores
from skillstrata.records.failures import ConfigUnreadable
from tests.faults.stores import Torn, number_of, numbered


class UserFile:
    """One file of the user, written anew each time; the last number stands for all before it."""

    def __init__(self, root: Path) -> None:
        self._path = root / "made" / "out.bin"

    def put(self, n: int) -> None:
        DiskFiles().write(str(self._path), numbered(n), replace=True)

    def held(self) -> frozenset[int]:
        return frozenset(range(number_of(self._path.read_bytes()) + 1)) if self._path.exists() else frozenset()

    def sweep(self) -> None:
        """The folder is the user's: we look for nothing in it."""


class Installed:
    """Hooks and MCP entry in somebody's settings; the MCP entry carries the number, the last stands for all."""

    THEIRS = '{\n  "model": "theirs",\n  "hooks": {}\n}\n'

    def __init__(self, root: Path) -> None:
        self.root = root
        self.settings = root / "project" / ".claude" / "settings.json"
        self.mcp = root / "project" / ".mcp.json"
        self.settings.parent.mkdir(parents=True, exist_ok=True)
        for path in (self.settings, self.mcp):
            if not path.exists():
                # Whole at once: what the user had is not what is tried here.
                write_atomic(path, self.THEIRS.encode())

    def config(self, n: int) -> ClaudeCodeSettings:
        """Give the installer whose MCP entry says n."""
        return ClaudeCodeSettings(self.root, self.root / "project", self.root / "d", "project", ("p", str(n)), {})

    def put(self, n: int) -> None:
        self.config(n).install()

    def held(self) -> frozenset[int]:
        try:
            tuple(self.config(0).installed())
            both = [json.loads(path.read_text(encoding="utf-8")) for path in (self.settings, self.mcp)]
        except (ValueError, ConfigUnreadable) as error:
            raise Torn(str(error)) from error
        if any(found["model"] != "theirs" for found in both):
            raise Torn("a key of the user is gone")
        entry = both[1].get("mcpServers", {}).get("skillstrata")
        return frozenset(range(int(entry["args"][0]) + 1)) if entry else frozenset()

    def sweep(self) -> None:
        """Notes are swept with the stores; beside the settings, the next change of them sweeps."""
        last = max(self.held(), default=0)
        self.config(0).uninstall()
        sweep_stores(self.root / "d", time.time())
        self.put(last)


class RewrittenInPlace:
    """No store of ours: the control, which must be seen to tear."""

    def __init__(self, root: Path) -> None:
        self._path = root / "naive"

    def put(self, n: int) -> None:
        with self._path.open("wb", buffering=0) as file:
            for start in range(0, 400_000, 4000):
                file.write((numbered(n) * 300)[start : start + 4000])

    def held(self) -> frozenset[int]:
        held = self._path.read_bytes() if self._path.exists() else numbered(0)
        whole = held[: len(numbered(int(held[64:72] or b"0")))]
        if len(held) not in {400_000, len(numbered(0))}:
            raise Torn(f"{len(held)} bytes")
        return frozenset(range(number_of(whole) + 1))

    def sweep(self) -> None:
        """Leaves nothing beside it."""
