"""What killed processes left half written in the stores of a data directory.

In     the data directory and the time now
Out    how many temporary files of blobs, traces, hooks and quarantine were removed
Never  removes a file younger than an hour, which may be one being written; stops a pass because one cannot be removed
"""

import contextlib
from pathlib import Path

from skillstrata.adapters.atomic_files import sweep_stale


def sweep_stores(data_dir: Path, now_s: float) -> int:
    """Remove stale temporary files of every store but the library, which sweeps its own; give how many."""
    removed = 0
    for name in ("blobs", "traces", "hooks", "spool/quarantine", "warm", "exchange", "keys"):
        with contextlib.suppress(OSError):
            removed += sweep_stale(data_dir / name, now_s)
    return removed
