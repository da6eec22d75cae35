"""Say of a call what can be seen without judging it: where its program stands, and which files it touched.

In     a redacted event with the snapshots of its files
Out    the event with its signals, in a fixed order
Never  looks at the disk or at another event: the same event gives the same signals for ever
"""

import re
from dataclasses import replace

from skillstrata.capture.named_files import changed_path
from skillstrata.records.events import Event, FileSnapshot, Outcome, changes_of

HEREDOC, INLINE = "heredoc", "inline"
WROTE, READ, OUTSIDE, VANISHED, FAILED = "wrote_file", "read_file", "outside_folder", "input_vanished", "failed"
_HEREDOC = re.compile(r"<<-?\s*[\"']?[A-Za-z_]")
_INLINE = re.compile(r"(?:\A|[;&|(\n])\s*(?:\S*/)?(?:python[\d.]*|node|ruby|perl|sh|bash|zsh)(?:\s+-\w+)*\s+-(?:c|e)\b")


def enriched(event: Event) -> Event:
    """Give the event with its signals."""
    if not event.tool:
        return event
    command = event.shell.command if event.shell is not None else ""
    changed = {changed_path(event), *(change.path for change in changes_of(event))} - {""}
    read = [f for f in event.files if f.path not in changed]
    seen = (
        (HEREDOC, _HEREDOC.search(command) is not None),
        (INLINE, _INLINE.search(command) is not None),
        (WROTE, bool(changed)),
        (READ, any(f.digest is not None for f in read)),
        (OUTSIDE, any(_is_outside(f, event) for f in event.files)),
        (VANISHED, any(f.reason in {"missing", "vanished"} for f in read)),
        (FAILED, event.outcome is Outcome.FAILED),
    )
    return replace(event, signals=tuple(name for name, holds in seen if holds))


def _is_outside(file: FileSnapshot, event: Event) -> bool:
    folders = [folder.rstrip("/") for folder in (event.cwd_before, event.cwd) if folder]
    is_there = file.digest is not None
    return is_there and bool(folders) and not any(file.path.startswith(f"{folder}/") for folder in folders)
