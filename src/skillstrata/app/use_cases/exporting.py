"""Write recorded events to a file that may be shown to others.

    {"skillstrata_trace": 1, "sessions": n, "events": n}
    {"v": 1, "event": {…}}                                   one line an event, sessions one after the other

In     the App, sessions (none: all), a path
Out    ExportReport; the file, whole or not at all
Never  holds a copied file, a digest of one, or the name of a session; overwrites a file unasked
Why    events were redacted when they came in; rules may be newer than that, so every text is searched once more
"""

import hashlib
import platform
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

import orjson

from skillstrata.app.wiring import App
from skillstrata.capture import without_persons
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.events import Event
from skillstrata.records.failures import OutputExists, SessionUnknown

FORMAT = 1
_Json = str | float | bool | None | list["_Json"] | dict[str, "_Json"]
_HOME_OF = re.compile(r"(?:/home|/Users|[A-Za-z]:\\{1,2}Users)[/\\]{1,2}([A-Za-z0-9_][\w.-]{1,63})")
_MAIL = re.compile(r"[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_MIN_NAME = 3
# Ids of the agent join events of one session and say nothing; each is replaced like the session's own.
_IDS = ("tool_use_id", "prompt_id", "sub_agent", "content_digest")


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote: `secrets` were found by the second search, `lifted` are texts that named somebody."""

    path: str
    sessions: int
    events: int
    secrets: int
    lifted: int


class ExportFolderMissing(StrataError):
    """A file to be written into a folder that is not there: more likely a wrong name than a wish for a folder."""

    code: ClassVar[str] = "export.no_folder"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


class ExportInside(StrataError):
    """A file to be written among our own, where it could take the place of one."""

    code: ClassVar[str] = "export.inside_data_dir"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


def export_trace(app: App, sessions: tuple[str, ...], *, target: Path, force: bool) -> ExportReport:
    """Write the events of these sessions, or of all.

    Raises:
        ExportInside: The file would lie in the data directory.
        ExportFolderMissing: The folder it should lie in is not there.
        SessionUnknown: One of them is not stored.
        OutputExists: A file lies at the path, and `force` is False.
        StoreFull: The file cannot be written.
    """
    app.prepare()
    path = str(target.absolute())
    if target.absolute().resolve().is_relative_to(app.data_dir.resolve()):
        raise ExportInside(f"{path} lies in the data directory", hint="name a file somewhere else")
    if not target.absolute().parent.is_dir():
        folder = str(target.absolute().parent)
        blocked = app.disk.blocked_by(folder)
        hint = f"{blocked} is no folder" if blocked else f"make it first: mkdir -p {shlex.quote(folder)}"
        raise ExportFolderMissing(f"there is no folder {folder}", hint=hint)
    if app.disk.exists(path) and not force:
        raise OutputExists(f"{path} is there already", hint="choose another name, or replace it with --force")
    known = app.catalog.sessions()
    missing = [name for name in sessions if name not in known and not app.traces.holds(name)]
    if missing:
        raise SessionUnknown(f"no session has the name {missing[0]!r}", hint="give none to export all of them")
    chosen = tuple(dict.fromkeys(sessions)) or known
    events = {name: app.traces.session(name) for name in chosen}
    held = {name: found for name, found in events.items() if found}
    veil = _Veil(app, tuple(held), _people(app, held.values()))
    lines = [orjson.dumps({"v": FORMAT, "event": veil.event(event)}) for found in held.values() for event in found]
    if lines:
        head = {"skillstrata_trace": FORMAT, "sessions": len(held), "events": len(lines)}
        app.disk.write(path, b"\n".join((orjson.dumps(head), *lines, b"")), replace=force, private=True)
    return ExportReport(path, len(held), len(lines), veil.secrets, veil.lifted)


def pseudonym(name: str) -> str:
    """Give the name that stands for a session or a call: the same one whenever it is exported."""
    digest = hashlib.sha256(f"skillstrata export\0{name}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"x-{digest[:20]}"


def _people(app: App, sessions: Iterable[tuple[Event, ...]]) -> tuple[str, ...]:
    """Name everybody whose home folder stands anywhere in these events."""
    names = {dict(app.settings.environ).get("USER", ""), app.settings.home.name}
    for events in sessions:
        for event in events:
            names.update(_HOME_OF.findall(orjson.dumps(event).decode().replace("\\\\", "\\")))
    return tuple(sorted((name for name in names if len(name) >= _MIN_NAME), key=lambda name: (-len(name), name)))


class _Veil:
    """Replaces, in every text of an event, what says whose it is; counts what it did."""

    def __init__(self, app: App, sessions: tuple[str, ...], people: tuple[str, ...]) -> None:
        self._redactor = app.redactor
        self._home = str(app.settings.home)
        self._people = people or ("",)
        longest_first = sorted(sessions, key=lambda name: (-len(name), name))
        any_session = "|".join(re.escape(name) for name in longest_first) or r"(?!)"
        self._sessions = re.compile(rf"(?<![A-Za-z0-9])(?:{any_session})(?![A-Za-z0-9])")
        host = platform.node()
        self._host = re.compile(rf"(?<![\w.-]){re.escape(host)}(?![\w-])" if len(host) >= _MIN_NAME else r"(?!)")
        self.secrets = 0
        self.lifted = 0

    def event(self, event: Event) -> dict[str, _Json]:
        """Give an event as it may be shown."""
        fields = cast("dict[str, _Json]", orjson.loads(orjson.dumps(event)))
        shown = {name: self._value(value) for name, value in fields.items()}
        shown |= {name: pseudonym(str(fields[name])) for name in _IDS if fields.get(name)}
        shown["session"] = pseudonym(event.session)
        shown["id"] = f"{event.agent}:{pseudonym(event.session)}:{pseudonym(event.id)}"
        shown["call"] = ""
        shown["files"] = [
            {"path": self._text(file.path), "digest": None, "size_bytes": file.size_bytes, "reason": "not_exported"}
            for file in event.files
        ]
        return shown

    def _value(self, value: _Json) -> _Json:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self._value(one) for one in value]
        if isinstance(value, dict):
            return {name: self._value(one) for name, one in value.items()}
        return value

    def _text(self, text: str) -> str:
        if not text:
            return text
        redacted = self._redactor.redact(text)
        self.secrets += redacted.hits
        shown = redacted.text
        for person in self._people:
            shown = without_persons(shown, home=self._home, user=person)
        shown = _MAIL.sub("user@mail.invalid", shown)
        shown = self._host.sub("host", shown)
        shown = self._sessions.sub(lambda found: pseudonym(found[0]), shown)
        self.lifted += shown != redacted.text
        return shown
