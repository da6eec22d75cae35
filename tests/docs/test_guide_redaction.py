"""What the page on secrets shows is what happens."""

import os
import re
import subprocess
import sys
from pathlib import Path

from skillstrata.capture.redact import Redactor
from skillstrata.capture.redaction_rules import custom_rules

PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "redaction.md").read_text(encoding="utf-8")


def test_the_rules_of_the_page_are_rules() -> None:
    """Somebody will copy them."""
    (block,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.M | re.S)
    redactor = Redactor(custom=custom_rules(block, "rules.toml"))
    key = "x8k2q0pz1m4n7b9c3v5d"

    assert redactor.redact(f"acme_{key}").text == "acme_REDACTED_SECRET_ACME"
    assert redactor.redact(f"acme_{key[:-4]}doc1").hits == 1


def test_the_commands_of_the_page_work(tmp_path: Path) -> None:
    """In an empty home, beside a README without secrets."""
    (block,) = re.findall(r"^```sh\n(.*?)^```", PAGE, re.M | re.S)
    (tmp_path / "README.md").write_text("Nothing here.\n", encoding="utf-8")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", block],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stdout) == (0, "export SHOP_PASSWORD=REDACTED_SECRET\n"), done.stderr
