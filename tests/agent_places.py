"""A home, a project and a data directory to install in, for the tests of agents' configurations."""

import json
from pathlib import Path
from typing import Literal

from hypothesis import strategies as st

from skillstrata.adapters.claude_code_settings import ClaudeCodeSettings

PROGRAM = ("/opt/py thon/bin/python", "-m", "skillstrata", "mcp")
EVENTS = ["PreToolUse", "PostToolUse", "PostToolUseFailure", "UserPromptSubmit", "SessionStart", "SessionEnd"]


class Place:
    """A home, a project and a data directory with an awkward name."""

    def __init__(self, root: Path, scope: Literal["user", "project"] = "project") -> None:
        self.home, self.project, self.data_dir = root / "home", root / "project", root / "it's data"
        self.home.mkdir()
        self.project.mkdir()
        self.scope: Literal["user", "project"] = scope
        self.environ = {"PATH": str(root / "bin")}
        owner = self.home if scope == "user" else self.project
        self.settings = owner / ".claude" / "settings.json"

    @property
    def config(self) -> ClaudeCodeSettings:
        return ClaudeCodeSettings(self.home, self.project, self.data_dir, self.scope, PROGRAM, self.environ)

    def write(self, text: str) -> None:
        self.settings.parent.mkdir(exist_ok=True)
        self.settings.write_bytes(text.encode())

    def hooks(self) -> dict[str, list[dict[str, object]]]:
        return json.loads(self.settings.read_text(encoding="utf-8-sig"))["hooks"]


def tree(root: Path) -> dict[str, bytes]:
    """Give every file below a folder with its bytes."""
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
values = st.recursive(
    scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=6), v, max_size=3), max_leaves=8
)
