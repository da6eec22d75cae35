"""Every store of a data directory as the fault tests see it: numbered writes, and which of them read back whole.

In     a folder, and numbers to write
Out    the numbers whose writes can be read; Torn where something readable is not what was written
Why    one form for all stores, so that each fault is tried on each of them
"""

import hashlib
import json
import os
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Protocol

from skillstrata.adapters.claude_code_settings import ClaudeCodeSettings
from skillstrata.adapters.file_blob_store import FileBlobStore
from skillstrata.adapters.jsonl_trace_log import JsonlTraceLog
from skillstrata.adapters.spool_folder import SpoolFolder
from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.adapters.stale_files import sweep_stores
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import App, open_app
from skillstrata.capture import IngestPorts, ingest
from skillstrata.records.events import Event, EventKind
from skillstrata.records.failures import BlobDamaged
from skillstrata.records.tools import Usage

MARCH_S = 1_772_400_000.0
# More numbers than any test writes.
MANY = 4000
SESSIONS = ("s0", "s1", "s2")


class Torn(AssertionError):
    """Something can be read that nobody wrote like that."""


class Store(Protocol):
    """Numbered writes on one real adapter."""

    def put(self, n: int) -> None:
        """Write number n; what returned is acknowledged."""
        ...

    def held(self) -> frozenset[int]:
        """Give the numbers that read back whole; raises Torn."""
        ...

    def sweep(self) -> None:
        """Do what the product does about the rests of killed processes."""
        ...


Maker = Callable[[Path], Store]


def numbered(n: int) -> bytes:
    """Give bytes that say which they are and whether they are whole: 100 bytes to 60 KB."""
    inside = b"%08d" % n + bytes([n % 251]) * (n * 7919 % 60_000)
    return hashlib.sha256(inside).hexdigest().encode() + inside


def number_of(held: bytes) -> int:
    """Give the number of whole bytes; raises Torn."""
    if hashlib.sha256(held[64:]).hexdigest().encode() != held[:64]:
        raise Torn(f"{len(held)} bytes that begin with {held[:80]!r}")
    return int(held[64:72])


def event(n: int) -> Event:
    """Give the event of a number, with a text of its own length."""
    text = f"{n}:" + "x" * (n * 7919 % 20_000)
    return Event(f"e{n}", "claude-code", SESSIONS[n % 3], EventKind.PROMPT, MARCH_S + n, prompt=text)


def payload(n: int) -> bytes:
    """Give what a client hands the hook, for the prompt of a number."""
    text = f"{n}:" + "x" * (n * 7919 % 20_000)
    fields = {"session_id": SESSIONS[n % 3], "hook_event_name": "UserPromptSubmit", "prompt": text, "cwd": "/nowhere"}
    return json.dumps(fields).encode()


def number_of_prompt(prompt: str) -> int:
    """Give the number of a whole prompt; raises Torn."""
    n = int(prompt.partition(":")[0])
    if json.loads(payload(n))["prompt"] != prompt:
        raise Torn(f"the prompt of {n} has {len(prompt)} characters")
    return n


class Blobs:
    """The blob store."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._store = FileBlobStore(root / "blobs")

    def put(self, n: int) -> None:
        self._store.put(numbered(n))

    def held(self) -> frozenset[int]:
        files = (p for p in (self._root / "blobs").rglob("*") if p.is_file() and not p.name.startswith("."))
        try:
            return frozenset(number_of(self._store.get(p.parent.name + p.name)) for p in files)
        except BlobDamaged as error:
            raise Torn(str(error)) from error

    def sweep(self) -> None:
        sweep_stores(self._root, time.time())


class Traces:
    """The trace log, three sessions in one month."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._log = JsonlTraceLog(root / "traces")

    def put(self, n: int) -> None:
        self._log.append((event(n),))

    def held(self) -> frozenset[int]:
        found = [e for session in SESSIONS for e in self._log.session(session)]
        for one in found:
            if one != event(int(one.id[1:])):
                raise Torn(one.id)
        return frozenset(int(one.id[1:]) for one in found)

    def sweep(self) -> None:
        sweep_stores(self._root, time.time())


def hook_script(root: Path) -> str:
    """Install the hook script and its spool below a data directory; give the script's path."""
    return ClaudeCodeSettings(root, root, root, "project", ("skillstrata",), {}).put_hook()


class Hooked:
    """The installed hook script, a process per event, and the spool behind it."""

    def __init__(self, root: Path) -> None:
        self._spool = SpoolFolder(root / "spool")
        self._script = hook_script(root)

    def put(self, n: int) -> None:
        subprocess.run(["sh", self._script], input=payload(n), check=True, env={"PATH": os.environ["PATH"]})

    def held(self) -> frozenset[int]:
        try:
            return frozenset(number_of_prompt(json.loads(item.data)["prompt"]) for item in self._spool.items())
        except ValueError as error:
            raise Torn(str(error)) from error

    def sweep(self) -> None:
        tuple(self._spool.items())


def ports_of(app: App) -> IngestPorts:
    """Give ingest the product's own parts."""
    return IngestPorts(app.spool, app.reader, app.redactor, app.disk, app.snapshots, app.traces, app.catalog)


def close_catalog(app: App) -> None:
    """Give back the file of an App's catalog."""
    if isinstance(app.catalog, SqliteCatalog):
        app.catalog.close()


def drop(spool: Path, n: int) -> None:
    """Put an event into the spool in the hook's way."""
    name = f"{n:08}-{os.getpid()}"
    (spool / "tmp" / name).write_bytes(payload(n))
    (spool / "tmp" / name).rename(spool / "new" / name)


class Ingested:
    """Spool, trace log and catalog, joined by ingest; an event counts from the moment it is in the spool."""

    def __init__(self, root: Path) -> None:
        self._root = root
        hook_script(root)
        self._app = open_app(load_settings(data_dir=root, config=None, environ={"HOME": str(root)}))

    def put(self, n: int) -> None:
        drop(self._root / "spool", n)
        if n % 3 == 2:
            self.drain()

    def drain(self) -> None:
        """Run the product's ingest."""
        ingest(ports_of(self._app), now_s=time.time())

    def held(self) -> frozenset[int]:
        """Give what is there after one more ingest: the same numbers in log and catalog, nothing set aside."""
        self.drain()
        numbers = self.logged()
        counted = self._app.catalog.accounting()
        self.close()
        if len(set(numbers)) != len(numbers) or counted.events != len(numbers) or not counted.balanced:
            raise Torn(f"{len(numbers)} logged, {len(set(numbers))} of them different, in the catalog: {counted}")
        aside = [path.read_text(encoding="utf-8") for path in (self._root / "spool/quarantine").glob("*.reason")]
        if self._app.spool.waiting() or not all("unfinished" in reason for reason in aside):
            raise Torn(f"{self._app.spool.waiting()} waiting, set aside: {aside}")
        return frozenset(numbers)

    def logged(self) -> list[int]:
        """Give the number of every event in the log."""
        return [number_of_prompt(e.prompt) for session in SESSIONS for e in self._app.traces.session(session)]

    def indexed(self) -> int:
        """Count the events in the catalog."""
        return self._app.catalog.accounting().events

    def close(self) -> None:
        """Give the catalog's file back."""
        close_catalog(self._app)

    def sweep(self) -> None:
        sweep_stores(self._root, time.time())


class Catalog:
    """The catalog: each number an event and a transaction."""

    def __init__(self, root: Path) -> None:
        self._path = root / "catalog.db"
        self._store = SqliteCatalog(self._path)

    def put(self, n: int) -> None:
        self._store.add_events((event(n),))
        self._store.add_usage(Usage("t", "b", 1, MARCH_S + n, ok=True, ms=1.0, surface="cli"))

    def held(self) -> frozenset[int]:
        runs = SqliteCatalog(self._path).quality("t").runs
        known = self._store.known_events(tuple(f"e{n}" for n in range(MANY)))
        counted = self._store.accounting()
        self._store.close()
        # A copy in memory: SQLite wants room on the disk even for reading. Bytes 18 and 19 say that it had a log.
        copy = bytearray(self._path.read_bytes())
        copy[18:20] = b"\1\1"
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(bytes(copy))
            said = connection.execute("PRAGMA integrity_check").fetchall()
        if said != [("ok",)] or not counted.balanced or counted.events != len(known) or runs > len(known):
            raise Torn(f"{said} {counted} {runs} runs")
        return frozenset(int(id_[1:]) for id_ in known)

    def close(self) -> None:
        """Give the file back."""
        self._store.close()

    def sweep(self) -> None:
        """SQLite clears its own journal."""


def rests(root: Path) -> list[Path]:
    """Give the temporary files and folders that writers left below a folder."""
    return sorted({*root.rglob(".*.tmp"), *root.rglob(".tmp-*"), *(p for p in root.glob("spool/tmp/*"))})
