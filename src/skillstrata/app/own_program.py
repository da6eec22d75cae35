"""How this program is started again, by itself or by others."""

import sys
from pathlib import Path


def own_program() -> tuple[str, ...]:
    """Give the command that starts this program again, by absolute paths."""
    beside = Path(sys.executable).parent / "skillstrata"
    return (str(beside),) if beside.exists() else (sys.executable, "-m", "skillstrata")
