"""The page on the library is true: every command on it works, in its order, in a fresh home."""

import os
import re
import subprocess
import sys
from pathlib import Path

from skillstrata.library.lifecycle_deciding import DEFAULT_LIMITS

PAGE = Path(__file__).parents[2] / "docs" / "library.md"


def test_the_commands_of_the_page_work_in_order(tmp_path: Path) -> None:
    """Documentation that is not run drifts; what each command must print, the page itself looks for."""
    (tmp_path / "project").mkdir()
    program = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S))
    environ = {
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SKILLSTRATA_DATA_DIR": str(tmp_path / "data"),
        "SKILLSTRATA_DAEMON": "0",
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", re.sub(r"^! (.*)$", r"if \1; then exit 9; fi", program, flags=re.M)],
        cwd=tmp_path / "project",
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"


def test_the_figures_of_the_page_are_those_of_the_program() -> None:
    """They are what a user reckons with."""
    text, limits = PAGE.read_text(encoding="utf-8"), DEFAULT_LIMITS

    for figure in (f"≥ {limits.merge}", f"≥ {limits.replace}", f"confidence ≥ {limits.confidence}"):
        assert figure in text
    for figure in (f"from {limits.related} on", f"{limits.confidence_gap} surer", f"{limits.more_chars} characters"):
        assert figure in text.replace("\n", " ")
