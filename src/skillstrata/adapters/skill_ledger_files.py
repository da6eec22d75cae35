"""Counts and oddities of skills in files: one of counts for each writer, one of oddities.

In     a folder of the data directory
Out    tally-PID-NUMBER.json, diagnostics.json, each replaced as a whole
Never  waits for the disk: what a crash of the machine loses is a count; makes the data directory, which who only looks
       at skills need not have
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from skillstrata.adapters.atomic_files import make_folder
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skill_metrics import Tally, joined

_KEPT_S = 86_400.0
_MOST_ENDED = 500
_MOST_BYTES = 64 * 1024 * 1024
_TALLY = TypeAdapter(Tally)
_ODD = TypeAdapter(tuple[Diagnostic, ...])


class SkillLedgerFiles:
    """Fulfils the SkillLedger port."""

    def __init__(self, folder: Path, *, now_s: Callable[[], float] = time.time) -> None:
        """Write nothing yet."""
        self._folder = folder
        self._now_s = now_s
        self._file = folder / f"tally-{os.getpid()}-{secrets.token_hex(4)}.json"
        self._begun = False

    def counted(self, tally: Tally) -> None:
        """Put this writer's counts in place of its last ones."""
        if not self._begun:
            self._begun = True
            self._sweep()
        self._write(self._file, orjson.dumps(asdict(tally)))

    def total(self) -> Tally:
        """Add up the counts of all writers."""
        total = Tally()
        for file, runs in self._tallies():
            found = _read(file)
            if found is not None:
                with suppress(ValidationError):
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

    def _tallies(self) -> Iterator[tuple[Path, bool]]:
        """Give each file of counts that is not too old, and whether its writer runs."""
        since = self._now_s() - _KEPT_S
        for file in sorted(self._folder.glob("tally-*.json")):
            runs = _runs(file.name)
            with suppress(OSError):
                if runs or file.stat().st_mtime >= since:
                    yield file, runs

    def _sweep(self) -> None:
        """Remove what ended long ago, and the oldest of very many."""
        with suppress(OSError):
            ended = [file for file, runs in self._tallies() if not runs]
            ended.sort(key=lambda file: file.stat().st_mtime)
            gone = set(self._folder.glob("tally-*.json")) - {file for file, _ in self._tallies()}
            for file in (*gone, *ended[:-_MOST_ENDED]):
                file.unlink(missing_ok=True)

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


def _runs(name: str) -> bool:
    pid = name.split("-")[1]
    if not pid.isascii() or not pid.isdigit() or not 0 < int(pid) < 2**31:
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes() if file.is_file() and file.stat().st_size <= _MOST_BYTES else None
    except OSError:
        return None
