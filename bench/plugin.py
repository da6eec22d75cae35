"""What capture costs through the plugin: its hook as the client runs it, guard and search for the spool included.

In     nothing; builds the plugin into a temporary folder
Out    the hook rows of bench.capture; the first event makes the data directory
"""

import json
import os
import tempfile
from pathlib import Path

from bench.capture import Row, hook_rows
from skillstrata.adapters.plugin_folder import ClaudeCodePlugin


def measure() -> list[Row]:
    """Measure everything; about ten seconds."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="bench-plugin-") as folder:
        root = Path(folder)
        ClaudeCodePlugin().build(root / "plugin", version="0", program="skillstrata", marketplace=False)
        hooks = json.loads((root / "plugin" / "hooks" / "hooks.json").read_bytes())["hooks"]
        (handler,) = hooks["PostToolUse"][0]["hooks"]
        words = [word.replace("${CLAUDE_PLUGIN_ROOT}", str(root / "plugin")) for word in handler["args"]]
        try:
            os.environ["SKILLSTRATA_DATA_DIR"] = str(root / "data")
            return [
                row
                for size in (1_000, 64_000)
                for row in hook_rows("plugin hook", ["/bin/sh", *words], root / "data" / "spool", size)
            ]
        finally:
            os.environ.clear()
            os.environ.update(before)
