"""Lay a recorded session out again: its files in a project folder, its hook payloads in a spool.

In     a recording (NNN-<event>.json, files/), a project folder, the spool's new/ folder
Out    the project as it was after the session; the payload files, oldest first, that name this project
Never  changes a payload but for where the project lies
"""

import json
import os
import shutil
import time
from pathlib import Path

RECORDED_PROJECT = "/tmp/strata-demo/project"  # noqa: S108 - where the sessions ran; text in payloads, not a file of ours
_SPACING_NS = 1_000_000_000


def payloads(recording: Path) -> list[Path]:
    """Give the payload files of a recording in the order of arrival."""
    return sorted(recording.glob("[0-9]*-*.json"))


def lay_out(recording: Path, project: Path, spool: Path) -> tuple[Path, ...]:
    """Put a recording in place, one second between its events, the last one now.

    Args:
        recording: A recording's folder. Not changed.
        project: Where the project is to lie; made if it is not there.
        spool: The folder the hook hands its files over in (`DATA_DIR/spool/new`); made if it is not there.

    Returns:
        The files that were put into `spool`, oldest first.
    """
    spool.mkdir(parents=True, exist_ok=True)
    shutil.copytree(recording / "files", project, dirs_exist_ok=True)
    recorded = payloads(recording)
    started_ns = time.time_ns() - len(recorded) * _SPACING_NS
    return tuple(
        _hand_over(payload, project, spool / payload.name, started_ns + number * _SPACING_NS)
        for number, payload in enumerate(recorded, 1)
    )


def _hand_over(payload: Path, project: Path, target: Path, at_ns: int) -> Path:
    # Inside JSON text the new path is written as JSON writes it, without the quotes.
    place = json.dumps(str(project), ensure_ascii=False)[1:-1]
    target.write_bytes(payload.read_bytes().replace(RECORDED_PROJECT.encode(), place.encode()))
    os.utime(target, ns=(at_ns, at_ns))
    return target
