"""The RunStore port on one file of JSON lines a run.

In     heads, steps and ends of runs, in the order they happened
Out    the same runs, each step as it was told last
Never  rewrites a line; reads past a line it does not understand; lets two processes go on with one run
Why    an append cannot damage what was written before it, so a kill costs at most the line that was being written
"""

import fcntl
import json
import os
import re
import threading
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

import orjson

from skillstrata.adapters.atomic_files import make_folder, storing, sync_folder, write_all
from skillstrata.adapters.run_lines import CLOSED, FORMAT, RunEnd, run_from
from skillstrata.records.composed_runs import ComposedRun, RunHead, StepRecord
from skillstrata.records.failures import RunDamaged, RunHeld, RunUnknown

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SUFFIX = ".jsonl"


class RunFiles:
    """Fulfils the RunStore port in one folder, which the first run makes."""

    def __init__(self, folder: Path) -> None:
        """Remember where runs lie; nothing is touched yet."""
        self._folder = folder
        self._held: dict[str, tuple[int, Path]] = {}
        self._durable: set[str] = set()
        self._lock = threading.Lock()
        self._made = False

    def begin(self, head: RunHead) -> None:
        """Make a run's file and hold it.

        Raises:
            RunHeld: There is a run of this id already.
            RunUnknown: The id is none that a file may have.
            StoreFull: It could not be written.
        """
        path = self._path(head.run_id)
        with storing(path):
            self._make_folder()
            try:
                fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            except FileExistsError:
                raise RunHeld(f"there is a run {head.run_id!r} already", hint="resume it, or begin another") from None
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with self._lock:
                self._held[head.run_id] = fd, path
            write_all(fd, _line("head", head))

    def hold(self, run_id: str) -> ComposedRun:
        """Take hold of a run to go on with it, without the half line that a killed process left.

        Raises:
            RunUnknown: There is none.
            RunHeld: Somebody is at work on it.
            RunDamaged: A line in it is not one of ours.
        """
        path = self._path(run_id)
        try:
            fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            raise _unknown(run_id) from None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            data = path.read_bytes()
            whole = data.rfind(b"\n") + 1
            if whole < len(data):
                with storing(path):
                    os.ftruncate(fd, whole)
            run = run_from(run_id, data[:whole])
        except BlockingIOError:
            os.close(fd)
            raise RunHeld(
                f"another process is at work on run {run_id!r}", hint="wait for it to end, or cancel it"
            ) from None
        except BaseException:
            os.close(fd)
            raise
        with self._lock:
            self._held[run_id] = fd, path
        return run

    def is_held(self, run_id: str) -> bool:
        """Say whether somebody is at work on a run now: this process or another one."""
        return _is_held(self._path(run_id))

    def record(self, run_id: str, step: StepRecord, *, durable: bool) -> None:
        """Append a step; with `durable` it is on the disk when the call returns.

        Raises:
            RunUnknown: This store does not hold the run.
            StoreFull: It could not be written; nothing may be done that it was to announce.
        """
        fd, path = self._file(run_id)
        with storing(path):
            self._append(fd, _line("step", step))
            if durable:
                os.fsync(fd)
                self._sync_name(run_id)

    def finish(self, run: ComposedRun) -> None:
        """Append how the run stands, and let it go.

        Raises:
            RunUnknown: This store does not hold the run.
            StoreFull: It could not be written; the run is let go all the same.
        """
        run_id = run.head.run_id
        fd, path = self._file(run_id)
        end = RunEnd(run.status, run.output, run.message, run.approval_id, run.fault, tuple(s.id for s in run.steps))
        try:
            with storing(path):
                self._append(fd, _line("end", end))
                if run.status not in CLOSED or run_id in self._durable:
                    os.fsync(fd)
                    self._sync_name(run_id)
        finally:
            with self._lock:
                self._held.pop(run_id, None)
                self._durable.discard(run_id)
            os.close(fd)

    def run(self, run_id: str) -> ComposedRun:
        """Give a run as it stands.

        Raises:
            RunUnknown: There is none.
            RunDamaged: A line in it is not one of ours.
        """
        path = self._path(run_id)
        try:
            data = path.read_bytes()
        except OSError:
            raise _unknown(run_id) from None
        found = run_from(run_id, data[: data.rfind(b"\n") + 1])
        if found.status == "running" and not _is_held(path):
            return replace(found, message="the process that ran it has ended; resume it to go on")
        return found

    def runs(self, *, most: int = 100, plan: str = "") -> tuple[ComposedRun, ...]:
        """Give the newest runs, newest first; those that cannot be read are left out."""
        try:
            names = [name for name in os.listdir(self._folder) if name.endswith(_SUFFIX) and name.startswith(plan[:12])]
        except OSError:
            return ()
        paths = [self._folder / name for name in names if _NAME.fullmatch(name.removesuffix(_SUFFIX))]
        found: list[ComposedRun] = []
        for path in sorted(paths, key=_changed_ns, reverse=True):
            with suppress(RunUnknown, RunDamaged):
                run = self.run(path.stem)
                if not plan or run.head.digest == plan:
                    found.append(run)
            if len(found) >= most:
                break
        return tuple(sorted(found, key=lambda run: run.head.started_at_s, reverse=True))

    def forget_before(self, at_s: float) -> int:
        """Remove runs begun before a moment that have ended, or whose time to go on was over then; give how many.

        One that cannot be read goes by its file's time: nobody can go on with it.
        """
        return sum(_removed(path) for path in self._files() if self._is_over(path, at_s))

    def of_session(self, session: str) -> tuple[str, ...]:
        """Give the ids of the runs that were begun in a session."""
        return tuple(sorted(path.stem for path in self._files() if self._session(path) == session))

    def forget_session(self, session: str) -> int:
        """Remove the runs of a session, those that wait too, but none that is held; give how many."""
        return sum(_removed(path) for path in self._files() if self._session(path) == session)

    def _files(self) -> list[Path]:
        try:
            names = os.listdir(self._folder)
        except OSError:
            return []
        ids = [name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)]
        return [self._path(run_id) for run_id in ids if _NAME.fullmatch(run_id)]

    def _is_over(self, path: Path, at_s: float) -> bool:
        try:
            run = self.run(path.stem)
        except (RunUnknown, RunDamaged):
            return _changed_ns(path) < at_s * 1e9
        return run.head.started_at_s < at_s and (run.status in CLOSED or run.head.deadline_s < at_s)

    def _session(self, path: Path) -> str | None:
        try:
            return self.run(path.stem).head.session
        except (RunUnknown, RunDamaged):
            return None

    def _path(self, run_id: str) -> Path:
        if not _NAME.fullmatch(run_id):
            raise _unknown(run_id)
        return self._folder / f"{run_id}{_SUFFIX}"

    def _make_folder(self) -> None:
        if not self._made or not self._folder.is_dir():
            make_folder(self._folder)
            self._made = True

    def _file(self, run_id: str) -> tuple[int, Path]:
        found = self._held.get(run_id)
        if found is None:
            raise _unknown(run_id)
        return found

    def _append(self, fd: int, line: bytes) -> None:
        with self._lock:
            size = os.fstat(fd).st_size
            try:
                write_all(fd, line)
            except OSError:
                # A half line in the middle would make the whole run unreadable.
                os.ftruncate(fd, size)
                raise

    def _sync_name(self, run_id: str) -> None:
        if run_id not in self._durable:
            sync_folder(self._folder)
            self._durable.add(run_id)


def _unknown(run_id: str) -> RunUnknown:
    return RunUnknown(f"there is no run {run_id!r}", hint="`skillstrata tools runs` lists the newest")


def _line(what: str, value: RunHead | StepRecord | RunEnd) -> bytes:
    try:
        return orjson.dumps({"v": FORMAT, what: value}) + b"\n"
    except TypeError:
        # It writes neither numbers beyond 64 bits nor half of a surrogate pair; the standard library does both.
        return json.dumps({"v": FORMAT, what: asdict(value)}, separators=(",", ":")).encode() + b"\n"


def _removed(path: Path) -> bool:
    """Remove a file whose lock we can have: its holder must not write on into what is gone."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _is_held(path: Path) -> bool:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
