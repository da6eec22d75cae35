"""The page about what is kept: its commands work, in their order."""

import os
import re
import subprocess
import sys
from pathlib import Path

from skillstrata.app.draining import drain
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import open_app
from tests.sessions import Session

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "your-data.md"


def test_the_commands_of_the_page_work_in_order(tmp_path: Path) -> None:
    """One session is forgotten, the other exported."""
    app = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))
    app.prepare()
    for name, session in (("first", "5e55104a-01"), ("other", "77aa104b-02")):
        Session(tmp_path / "p", tmp_path / "data" / "spool", session=session).prompt(f"the {name} prompt")
        drain(app)
    environ = {
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SKILLSTRATA_DATA_DIR": str(tmp_path / "data"),
        "SESSION": "5e55104a-01",
        "OTHER": "77aa104b-02",
    }
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    for block in blocks:
        done = subprocess.run(
            ["bash", "-euc", block], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"

    assert len(blocks) == 2
    for name in ("trace.jsonl", "one-session.jsonl"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "the other prompt" in text
        assert "the first prompt" not in text
