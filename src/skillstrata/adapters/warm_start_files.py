"""Prepared texts for agents that start, as files that a shell script finds and reads.

    warm/by-folder/<absolute folder>/.start   line 1: KEY NAME,NAME,…   line 2: what the hook prints
    warm/any.start                            the same, for a folder that has none
    warm/sessions.json                        what is known of sessions         warm/shown   SESSION KEY NAME,NAME,…

In     SessionTrace, WarmStart
Out    files of which each is whole or not there
Never  follows a link; waits for a pipe; looks at more than a bounded number of names
Why    the hook runs at every start of an agent: a path is its own index, and two lines need no parser
"""

import contextlib
import json
import os
import secrets
import shutil
import stat
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, write_atomic
from skillstrata.adapters.warm_start_trial import Told, tried
from skillstrata.records.exchanges import HookTrial, SessionTrace, Shown, WarmStart

_LEAF = ".start"
_MOST_NAMES = 3_000
_MOST_DEPTH = 3
_MOST_ENDING = 8
_MOST_SHOWN = 5_000
_MOST_SHOWN_BYTES = 4_000_000
# As the hook reads it.
_MOST_START_BYTES = 65_536
_MOST_SESSIONS = 2_000
_FIELDS = 3
_SKIPPED = frozenset({"node_modules", "venv", "__pycache__", "target", "dist", "build", "site-packages"})


_TRACES = TypeAdapter(tuple[SessionTrace, ...])


class WarmStartFiles:
    """Fulfils the WarmStartStore port."""

    def __init__(self, root: Path) -> None:
        """Remember where the files lie; nothing is made before something is prepared."""
        self._root = root

    def sessions(self) -> tuple[SessionTrace, ...]:
        """Give what was noted of sessions, the oldest first; nothing where the file is damaged."""
        try:
            return _TRACES.validate_json((self._root / "sessions.json").read_bytes())
        except (OSError, ValidationError):
            return ()

    def note(self, traces: tuple[SessionTrace, ...], *, known: frozenset[str]) -> None:
        """Note sessions; what is not among `known` goes.

        Raises:
            StoreFull: It cannot be written.
        """
        by_name = {trace.session: trace for trace in (*self.sessions(), *traces) if trace.session in known}
        kept = sorted(by_name.values(), key=lambda trace: (trace.at_s, trace.session))[-_MOST_SESSIONS:]
        self._write("sessions.json", json.dumps([asdict(trace) for trace in kept]).encode())

    def put(self, starts: tuple[tuple[str, WarmStart], ...]) -> None:
        """Prepare these texts; all others go.

        Raises:
            StoreFull: They cannot be written.
        """
        wanted = {self._place(folder): start for folder, start in starts if start.text}
        there = {path: _read(path) for path in self._leaves()}
        for path, start in wanted.items():
            data = _data(start)
            if there.get(path) != data:
                self._write(str(path.relative_to(self._root)), data)
        with storing(self._root):
            for path in set(there) - set(wanted):
                path.unlink(missing_ok=True)
                _drop_empty(path.parent, self._root)
            self._trim()

    def prepared(self, folder: str) -> WarmStart | None:
        """Give the text that a session in this folder is told."""
        place = Path(os.path.realpath(folder))
        for above in (place, *place.parents):
            start = _start(_read(self._place(str(above))), str(above))
            if start is not None:
                return start
            if (above / ".git").exists():
                break
        return _start(_read(self._place("")), "")

    def endings(self, folder: str) -> tuple[str, ...]:
        """Give the endings of files in a folder and a little below it, the most frequent first."""
        counted: Counter[str] = Counter()
        ring, seen = [folder], 0
        for _ in range(_MOST_DEPTH):
            following: list[str] = []
            for one in ring:
                for entry in _entries(one):
                    seen += 1
                    if seen > _MOST_NAMES:
                        return _by_count(counted)
                    if entry.is_dir(follow_symlinks=False):
                        following.append(entry.path)
                    else:
                        counted[_ending(entry.name)] += 1
            ring = following
        return _by_count(counted)

    def shown(self) -> tuple[Shown, ...]:
        """Give which session was shown what, the oldest first."""
        found = (line.split(" ", 2) for line in self._shown_lines())
        return tuple(Shown(f[0], f[1], tuple(f[2].split(","))) for f in found if len(f) == _FIELDS)

    def forget(self, session: str) -> None:
        """Take a session out of everything.

        Raises:
            StoreFull: It cannot be written.
        """
        traces = self.sessions()
        if any(trace.session == session for trace in traces):
            self.note((), known=frozenset(trace.session for trace in traces) - {session})
            self._drop_unnamed()
        lines = self._shown_lines()
        kept = [line for line in lines if line.split(" ", 1)[0] != session]
        if kept != lines:
            self._write("shown", _joined(kept))

    def tried(self, script: str, folder: str) -> HookTrial:
        """Start the hook in a folder, as a client would, and leave no trace of that."""
        session = f"trial-{secrets.token_hex(6)}"
        found = tried(script, folder, session)
        self.forget(session)
        return found

    def clear(self) -> None:
        """Remove the texts.

        Raises:
            StoreFull: They cannot be removed.
        """
        with storing(self._root):
            self._place("").unlink(missing_ok=True)
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(self._root / "by-folder")

    def _place(self, folder: str) -> Path:
        # Joined as text: an absolute folder would take the place of ours.
        return Path(f"{self._root}/by-folder{os.path.normpath(folder)}/{_LEAF}") if folder else self._root / "any.start"

    def _leaves(self) -> list[Path]:
        found = [Path(folder) / _LEAF for folder, _, names in os.walk(self._root / "by-folder") if _LEAF in names]
        return [*found, *(path for path in (self._place(""),) if path.is_file())]

    def _drop_unnamed(self) -> None:
        """Remove the texts of folders that no session is known to have worked in."""
        named = {self._place(folder) for trace in self.sessions() for folder in (trace.project, trace.folder)}
        with storing(self._root):
            for path in set(self._leaves()) - named - {self._place("")}:
                path.unlink(missing_ok=True)
                _drop_empty(path.parent, self._root)

    def _shown_lines(self) -> list[str]:
        try:
            text = _plain_file(self._root / "shown", _MOST_SHOWN_BYTES).decode("utf-8", "replace")
        except OSError:
            return []
        return text.splitlines()

    def _trim(self) -> None:
        lines = self._shown_lines()
        # A line that a hook adds between this look and the write is lost; that is one session of thousands.
        if len(lines) > 2 * _MOST_SHOWN:
            write_atomic(self._root / "shown", _joined(lines[-_MOST_SHOWN:]))

    def _write(self, name: str, data: bytes) -> None:
        path = self._root / name
        with storing(path):
            make_folder(path.parent)
            write_atomic(path, data)


def _joined(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _data(start: WarmStart) -> bytes:
    names = ",".join(offered.name for offered in (*start.tools, *start.skills))
    told = {"hookSpecificOutput": {"hookEventName": "SessionStart", "additionalContext": start.text}}
    # ASCII: a shell reads bytes, and a line break within a text would be another line.
    return f"{start.key} {names}\n{json.dumps(told)}\n".encode()


def _start(data: bytes, folder: str) -> WarmStart | None:
    head, _, body = data.partition(b"\n")
    try:
        told = Told.model_validate_json(body)
    except ValidationError:
        return None
    key = head.decode("utf-8", "replace").partition(" ")[0]
    return WarmStart(folder, told.hookSpecificOutput.additionalContext, key=key, cached=True)


def _read(path: Path) -> bytes:
    try:
        return _plain_file(path, _MOST_START_BYTES)
    except OSError:
        return b""


def _plain_file(path: Path, most: int) -> bytes:
    """Read a file that is one: nobody waits for a pipe, and no link leads elsewhere."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
        return stream.read(most) if stat.S_ISREG(os.fstat(stream.fileno()).st_mode) else b""


def _drop_empty(folder: Path, root: Path) -> None:
    while folder != root and folder.is_relative_to(root) and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as scan:
            return [e for _, e in zip(range(_MOST_NAMES), scan, strict=False) if _is_looked_at(e.name)]
    except OSError:
        return []


def _is_looked_at(name: str) -> bool:
    return not name.startswith(".") and name not in _SKIPPED


def _ending(name: str) -> str:
    _, dot, ending = name.rpartition(".")
    return ending.lower() if dot and ending.isascii() and ending.isalnum() and len(ending) <= _MOST_ENDING else ""


def _by_count(counted: Counter[str]) -> tuple[str, ...]:
    counted.pop("", None)
    return tuple(sorted(counted, key=lambda ending: (-counted[ending], ending)))
