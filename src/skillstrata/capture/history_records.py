"""One record of a history -> one redacted Event, with an id that is the same at every import and in every copy.

In     AgentRecord, and the file it was read from
Out    Event: its time the record's own, else the file's; nothing of it was looked up on the disk
Never  takes an id that a redactor, a control character or half a surrogate pair has spoilt
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from skillstrata.capture.normalise import normalise
from skillstrata.capture.redact import redact_event
from skillstrata.ports.history_files import FoundFile
from skillstrata.ports.text_redactor import TextRedactor
from skillstrata.records.events import AgentRecord, Event, FileChange, changes_of

_MAX_ID = 200
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_EARLIEST_S = 946_684_800.0  # the year 2000: before it there was no agent, and a time is no time

_NAMES = ("tool", "prompt_id", "sub_agent", "cwd", "cwd_before", "prompt")
_STREAMS = ("command", "stdout", "stderr", "error")


class Naming:
    """What names the events of one file: the file's own name and time, and how often a text came up in it."""

    def __init__(self, found: FoundFile, agent: str, now_s: float) -> None:
        """Begin a file."""
        self.named = found.named
        self._session = f"{agent}-{hashlib.sha256(found.path.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
        self._mtime_s = found.mtime_ns / 1e9
        self._now_s = now_s
        self._seen: Counter[bytes] = Counter()

    def session(self, record: AgentRecord) -> str:
        """Give the record's session, or one made of the file where it has none."""
        return record.session if _is_usable(record.session) else self._session

    def at_s(self, record: AgentRecord) -> float:
        """Give the record's time, or the file's; never one that is yet to come."""
        stated = record.at_s
        if stated is None or not math.isfinite(stated) or stated < _EARLIEST_S:
            stated = self._mtime_s
        return min(stated, self._now_s)

    def digest(self, record: AgentRecord) -> str:
        """Digest what happened, when it is stated, and how often the file said just that before.

        What came back has no part in it: a call that had not ended at one import has at the next.
        """
        said = "\0".join(_asked(record)).encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(said)
        key = digest.digest()[:16]
        digest.update(b"\0%d" % self._seen[key])
        self._seen[key] += 1
        return digest.hexdigest()


def _asked(record: AgentRecord) -> Iterator[str]:
    yield from (record.kind.value, record.name, record.tool, repr(record.at_s), record.cwd, record.sub_agent)
    yield record.prompt
    if record.shell is not None:
        yield record.shell.command
    for change in (record.change, *record.changes):
        if change is not None:
            yield from (change.path, change.content or "", *(text for e in change.edits for text in (e.old, e.new)))


def _is_usable(name: str) -> bool:
    return 0 < len(name) <= _MAX_ID and name.isprintable() and "redacted" not in name.lower()


def event_of(record: AgentRecord, naming: Naming, redactor: TextRedactor) -> Event:
    """Make the event of one record.

    Args:
        record: As a history's reader gave it.
        naming: Of the file it stands in.
        redactor: What takes secrets out.
    """
    if not _is_usable(record.tool_use_id):
        record = replace(record, tool_use_id="", content_digest=naming.digest(record))
    elif record.content_digest:
        # The live record of the same call is named by its id alone.
        record = replace(record, content_digest="")
    session = naming.session(record)
    if session != record.session:
        record = replace(record, session=session)
    event = normalise(record, at_s=naming.at_s(record), imported=True)
    return redact_event(event if _is_unicode(event) else _made_unicode(event), redactor)


def _is_unicode(event: Event) -> bool:
    """Say whether all text of an event can be stored; half a surrogate pair cannot."""
    try:
        for text in _texts(event):
            if not text.isascii():
                text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _texts(event: Event) -> Iterator[str]:
    yield from (event.tool, event.prompt_id, event.sub_agent, event.cwd, event.cwd_before, event.prompt)
    if event.shell is not None:
        yield from (event.shell.command, event.shell.stdout, event.shell.stderr, event.shell.error)
    for change in changes_of(event):
        yield from (change.path, change.moved_to, change.content or "", change.original or "")
        for edit in change.edits:
            yield from (edit.old, edit.new, edit.anchor)


def _made_unicode(event: Event) -> Event:
    names = {name: _whole(getattr(event, name)) for name in _NAMES}
    shell = event.shell and replace(event.shell, **{name: _whole(getattr(event.shell, name)) for name in _STREAMS})
    change = None if event.change is None else _whole_change(event.change)
    return replace(event, **names, shell=shell, change=change, changes=tuple(map(_whole_change, event.changes)))


def _whole_change(change: FileChange) -> FileChange:
    return replace(
        change,
        path=_whole(change.path),
        content=None if change.content is None else _whole(change.content),
        original=None if change.original is None else _whole(change.original),
        edits=tuple(replace(e, old=_whole(e.old), new=_whole(e.new), anchor=_whole(e.anchor)) for e in change.edits),
        moved_to=_whole(change.moved_to),
    )


def _whole(text: str) -> str:
    return _LONE_SURROGATE.sub("\ufffd", text)
