"""Counts and oddities of skills in files: one of counts for each process, one of oddities.

In     a folder of the data directory
Out    tally-PID-NUMBER.json, diagnostics.json, each replaced as a whole
Never  waits for the disk: what a crash of the machine loses is a count; makes the data directory, which who only looks
       at skills need not have
Why    a process may open and close thousands of runtimes, and numbers of processes are given again after a restart
"""

import os
import secrets
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from skillstrata.adapters.atomic_files import make_folder
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skill_metrics import Tally, joined, since

_KEPT_S = 86_400.0
_MOST_ENDED = 500
_MOST_FILES = 1_000
_MOST_BYTES = 64 * 1024 * 1024
_BOOT = Path("/proc/sys/kernel/random/boot_id")
# Field 22 of /proc/PID/stat, counted from the one behind the name.
_STARTED = 19
_ODD = TypeAdapter(tuple[Diagnostic, ...])


@dataclass(frozen=True, slots=True)
class _Writer:
    process: str = ""


_TALLY = TypeAdapter(Tally)
_WRITER = TypeAdapter(_Writer)


class SkillLedgerFiles:
    """Fulfils the SkillLedger port. Every method may be called from any thread."""

    def __init__(self, folder: Path, *, now_s: Callable[[], float] = time.time) -> None:
        """Write nothing yet."""
        self._folder = folder
        self._now_s = now_s
        self._book = _book_of(folder)
        self._number = next(_NUMBERS)
        # Who is dropped without being closed counts as closed.
        weakref.finalize(self, self._book.gone.append, self._number).atexit = False

    def counted(self, tally: Tally) -> None:
        """Put this writer's counts in place of its last ones."""
        with self._book.lock:
            if not self._book.begun:
                self._book.begun = True
                self._sweep()
            self._write(self._book.file, self._book.counted(self._number, tally))

    def closed(self) -> None:
        """Let only the counts stay; who counts again afterwards counts on."""
        with self._book.lock:
            if self._book.close(self._number):
                self._write(self._book.file, self._book.data())

    def total(self) -> Tally:
        """Add up the counts of all writers."""
        total, oldest = Tally(), self._now_s() - _KEPT_S
        for _, file in _aged(self._folder)[-_MOST_FILES:]:
            found = _read(file)
            with suppress(ValidationError, OSError):
                runs = found is not None and _runs(file.name, found)
                if found is not None and (runs or file.stat().st_mtime >= oldest):
                    total = joined(total, _TALLY.validate_json(found), runs=runs)
        return total

    def keep(self, odd: tuple[Diagnostic, ...]) -> None:
        """Put what is odd in place of what was."""
        self._write(self._folder / "diagnostics.json", orjson.dumps([asdict(one) for one in odd]))

    def kept(self) -> tuple[Diagnostic, ...]:
        """Give what was odd at the last look."""
        found = _read(self._folder / "diagnostics.json")
        with suppress(ValidationError):
            return _ODD.validate_json(found or b"[]")
        return ()

    def _sweep(self) -> None:
        """Remove what ended long ago, and the oldest of very many."""
        oldest, ended = self._now_s() - _KEPT_S, list[tuple[float, Path]]()
        aged = _aged(self._folder)
        for at, file in aged:
            if not _runs(file.name, _read(file) or b""):
                ended.append((at, file))
        many = [file for _, file in (*ended[:-_MOST_ENDED], *aged[:-_MOST_FILES])]
        for file in {*many, *(file for at, file in ended if at < oldest)}:
            with suppress(OSError):
                file.unlink()

    def _write(self, file: Path, data: bytes) -> None:
        tmp = file.parent / f".{secrets.token_hex(12)}.tmp"
        # Counts and oddities must not keep anybody from the skills.
        try:
            if not self._folder.parent.is_dir():
                return
            make_folder(self._folder)
            tmp.write_bytes(data)
            tmp.replace(file)
        except (OSError, UnicodeEncodeError):
            with suppress(OSError):
                tmp.unlink(missing_ok=True)


class _Book:
    """What all writers of this process counted in one folder. Whoever calls holds the lock."""

    def __init__(self, folder: Path) -> None:
        self.lock = threading.RLock()
        self.file = folder / f"tally-{os.getpid()}-{secrets.token_hex(4)}.json"
        self.begun = False
        self.gone: deque[int] = deque()
        self._process = _started(os.getpid())
        self._open: dict[int, Tally] = {}
        # What those that closed had counted then: they may open again.
        self._folded: dict[int, Tally] = {}
        self._ended = Tally()

    def counted(self, number: int, tally: Tally) -> bytes:
        self._open[number] = since(tally, self._folded[number]) if number in self._folded else tally
        return self.data()

    def close(self, number: int) -> bool:
        found = self._open.pop(number, None)
        if found is None:
            return False
        self._ended = joined(self._ended, found, runs=False)
        self._folded[number] = joined(self._folded.get(number, Tally()), found, runs=False)
        return True

    def data(self) -> bytes:
        while self.gone:
            number = self.gone.popleft()
            self.close(number)
            self._folded.pop(number, None)
        total = self._ended
        for tally in self._open.values():
            total = joined(total, tally)
        return orjson.dumps({**asdict(total), "process": self._process})


_NUMBERS = count()
_BOOKS: dict[tuple[Path, int], _Book] = {}
_OPENING = threading.Lock()


def _book_of(folder: Path) -> _Book:
    with _OPENING:
        return _BOOKS.setdefault((folder.absolute(), os.getpid()), _Book(folder))


def _aged(folder: Path) -> list[tuple[float, Path]]:
    """Give every file of counts with its time, the oldest first."""
    found: list[tuple[float, Path]] = []
    for file in folder.glob("tally-*.json"):
        with suppress(OSError):
            found.append((file.stat().st_mtime, file))
    return sorted(found)


def _runs(name: str, data: bytes) -> bool:
    """Say whether the process that wrote a file runs: this one, and not another that was given its number later."""
    pid = name.split("-")[1]
    if not pid.isascii() or not pid.isdigit() or not 0 < int(pid) < 2**31:
        return False
    with suppress(OSError, ValidationError):
        # One that belongs to somebody else is there too.
        with suppress(PermissionError):
            os.kill(int(pid), 0)
        return _WRITER.validate_json(data).process == _started(int(pid))
    return False


def _started(pid: int) -> str:
    """Give what tells a process from others of its number; "" where the system does not tell."""
    try:
        words = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return f"{words[_STARTED].decode()} {_BOOT.read_text(encoding='ascii').strip()}"
    except (OSError, ValueError, IndexError):
        return ""


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes() if file.is_file() and file.stat().st_size <= _MOST_BYTES else None
    except OSError:
        return None
