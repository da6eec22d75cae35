"""Which files of the spool belong to a session, and what lies in quarantine for too long.

In     the spool's folder
Out    paths; fewer files
Never  follows a link; goes by a session's name that stands in somebody's text: only by the payload's own field
"""

import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from skillstrata.adapters.atomic_files import storing

_FOLDERS = ("new", "tmp", "quarantine")
_MAX_BYTES = 1_000_000_000


def files_of(root: Path, session: str) -> Iterator[Path]:
    """Give the files whose payload names this session; one that was cut off or damaged as well.

    Inside a payload's texts every quote is escaped, so a bare quote before the name of the field is the field's.
    """
    spellings = {json.dumps(session), json.dumps(session, ensure_ascii=False)}
    said = b"|".join(re.escape(spelling.encode("utf-8", "surrogatepass")) for spelling in spellings)
    of_session = re.compile(rb'(?<!\\)"(?:session_id|sessionId)"\s*:\s*(?:' + said + rb")")
    for path in _regular(root):
        try:
            data = path.read_bytes() if path.lstat().st_size <= _MAX_BYTES else b""
        except OSError:
            continue
        if of_session.search(data):
            yield path


def remove_older(folder: Path, before_s: float) -> int:
    """Remove files of an earlier time and the reasons beside them; gives how many files."""
    removed = 0
    for path in _regular(folder.parent, (folder.name,)):
        reason = path.with_name(f"{path.name}.reason")
        with storing(path):
            try:
                # Set aside keeps the time of the event; the reason has the time it was set aside at.
                at_s = (reason if reason.exists() else path).lstat().st_mtime
            except FileNotFoundError:
                continue
            if at_s < before_s:
                path.unlink(missing_ok=True)
                reason.unlink(missing_ok=True)
                removed += 1
    return removed


def _regular(root: Path, folders: tuple[str, ...] = _FOLDERS) -> Iterator[Path]:
    for name in folders:
        try:
            entries = sorted(os.scandir(root / name), key=lambda entry: entry.name)
        except FileNotFoundError:
            continue
        for entry in entries:
            try:
                if stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode) and not entry.name.endswith(".reason"):
                    yield Path(entry.path)
            except FileNotFoundError:
                continue
