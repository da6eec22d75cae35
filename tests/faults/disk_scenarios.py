"""Stores on a disk that takes no more: full, out of file names, out of file size, read-only, or not ours.

In     a scenario's name, a store's name, a folder that may be filled and mounted anew
Out    one JSON object, a Refusals; an exception that no caller is told of ends the program with its traceback
Why    a program of its own: mounts, limits and user ids are of a process, and must end with it
"""

import contextlib
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from skillstrata.adapters.spool_folder import SpoolFolder
from skillstrata.records.errors import StrataError
from tests.faults.all_stores import STORES
from tests.faults.stores import Catalog, Ingested, Maker, Store, drop, hook_script, payload, rests

_PAGE = 4096
# How many pages are left free, so that each step of a write is the one that finds none.
_ROOM = (0, 1, 2, 3, 5, 8, 13)
_NAMES = (0, 1, 2, 3, 5, 8)
_NOBODY = 65534
_TRIES = 15


@dataclass
class Refusals:
    """What the writes met; `codes` are of the errors of ours, `unexplained` are those without a next step."""

    codes: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    rests: list[str] = field(default_factory=list)
    went_on: bool = True
    read_when_refused: int = 0
    marks: int = 0
    said: str = ""


@contextlib.contextmanager
def _full(root: Path, pages: int) -> Generator[None]:
    """Fill the disk but for some pages; the room is there again afterwards."""
    ballast, spare = root / "ballast", root / "spare"
    spare.write_bytes(b"x" * _PAGE * pages)
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * _PAGE)
    spare.unlink()
    try:
        yield
    finally:
        ballast.unlink()


@contextlib.contextmanager
def _no_names(root: Path, names: int) -> Generator[None]:
    """Use up the disk's file names but for some."""
    made: list[Path] = []
    with contextlib.suppress(OSError):
        while True:
            (path := root / f"name{len(made)}").touch()
            made.append(path)
    for path in made[len(made) - names :]:
        path.unlink()
    try:
        yield
    finally:
        for path in made:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _small_files(_root: Path, room: int) -> Generator[None]:
    """Let no file grow beyond some pages, which any user may ask for."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_PAGE * room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


@contextlib.contextmanager
def _mounted_read_only(root: Path, _room: int) -> Generator[None]:
    """Take writing away from the whole mount: from root too."""
    subprocess.run(["mount", "-o", "remount,bind,ro", str(root)], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,bind,rw", str(root)], check=True)


@contextlib.contextmanager
def _not_ours(root: Path, _room: int) -> Generator[None]:
    """Take writing away from every folder, and be an ordinary user."""
    everything = [root, *root.rglob("*")]
    modes = {path: path.stat().st_mode & 0o777 for path in everything}
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    was_root = os.geteuid() == 0
    if was_root:
        for path in everything:
            os.chown(path, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, 0)
    try:
        yield
    finally:
        if was_root:
            os.setresuid(0, 0, 0)
        for path, mode in modes.items():
            path.chmod(mode)


SCENARIOS: dict[str, tuple[Callable[[Path, int], contextlib.AbstractContextManager[None]], tuple[int, ...]]] = {
    "full": (_full, _ROOM),
    "no names": (_no_names, _NAMES),
    "small files": (_small_files, (0, 1, 2)),
    "mounted read-only": (_mounted_read_only, (0,)),
    "not ours": (_not_ours, (0,)),
}


def _refused_write(one: Store, start: int, found: Refusals) -> int:
    """Write until a write is refused; give the number that was."""
    for n in range(start, start + _TRIES):
        try:
            one.put(n)
        except StrataError as error:
            found.codes.append(error.code)
            if not error.hint:
                found.unexplained.append(str(error))
            return n
    return start + _TRIES


def _read_meanwhile(make: Maker, root: Path, wanted: frozenset[int], found: Refusals) -> None:
    """Read with a store that was opened before and one that is opened now."""
    try:
        found.lost += sorted(wanted - make(root).held())
        found.read_when_refused += 1
    except StrataError as error:
        found.codes.append(f"reading: {error.code}")


def refused(make: Maker, root: Path, scenario: str) -> Refusals:
    """Write, take the means away, write until it is refused, read, give them back, go on."""
    found, start = Refusals(), 0
    take_away, rooms = SCENARIOS[scenario]
    for room in rooms:
        one = make(root)
        # Twice, so that everything a write imports is there before the means to import are gone.
        one.put(start)
        one.put(start + 1)
        if isinstance(one, Catalog):
            # A database that is open for writing keeps its disk from being mounted anew, and its own right to write.
            one.close()
        with take_away(root, room):
            stopped = _refused_write(one, start + 2, found)
            _read_meanwhile(make, root, frozenset(range(start, stopped)), found)
        found.rests += [path.name for path in rests(root)]
        after = make(root)
        after.put(stopped)
        held = after.held()
        found.lost += sorted(set(range(stopped + 1)) - held)
        found.went_on = found.went_on and stopped in held
        start = stopped + 1
    return found


def hook(root: Path, scenario: str) -> Refusals:
    """Run the hook script where nothing can be written; `codes` are its exit statuses, `marks` are of lost events."""
    found, sent = Refusals(), list[bytes]()
    take_away, rooms = SCENARIOS[scenario]
    script, spool = hook_script(root), SpoolFolder(root / "spool")
    for n, room in enumerate(rooms):
        data = payload(n + 40) * 3
        with take_away(root, room):
            before = spool.waiting()
            done = subprocess.run(["sh", script], input=data, capture_output=True, check=False)
            found.codes.append(str(done.returncode))
            found.said += (done.stdout + done.stderr).decode()
            if spool.waiting() > before:
                sent.append(data)
        subprocess.run(["sh", script], input=data, check=True)
        sent.append(data)
    found.went_on = sorted(item.data for item in spool.items()) == sorted(sent)
    found.marks = spool.lost()
    return found


def capture(root: Path, scenario: str) -> Refusals:
    """Take events in where nothing can be written; they stay in the spool until there is room."""
    found, start = Refusals(), 0
    take_away, rooms = SCENARIOS[scenario]
    chain = Ingested(root)
    for room in rooms:
        drop(root / "spool", start)
        chain.drain()
        chain.close()
        for n in range(start + 1, start + 9):
            drop(root / "spool", n)
        # A bad event among them: setting it aside needs room too.
        (root / "spool" / "new" / f"bad{start}").write_bytes(b"{")
        with take_away(root, room):
            try:
                chain.drain()
            except StrataError as error:
                found.codes.append(error.code)
                found.unexplained += [] if error.hint else [str(error)]
            chain.close()
        start += 9
        chain.drain()
        numbers = chain.logged()
        found.lost += sorted(set(range(start)) - set(numbers))
        found.went_on = found.went_on and len(numbers) == start == chain.indexed()
        found.rests += [path.name for path in rests(root)]
    found.marks = SpoolFolder(root / "spool").quarantined() - len(rooms)
    return found


def main() -> None:
    """Run as a program."""
    what, scenario, name, folder = sys.argv[1:]
    root = Path(folder)
    if what == "store":
        found = refused(STORES[name], root, scenario)
    else:
        found = {"hook": hook, "capture": capture}[what](root, scenario)
    json.dump(asdict(found), sys.stdout)


if __name__ == "__main__":
    main()
