"""A catalog that is locked, full, unwritable or damaged says so, and loses nothing."""

import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from skillstrata.adapters.catalog_faults import CatalogDamaged, as_strata_error
from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.ports.catalog import Pass
from skillstrata.records.errors import Retry
from skillstrata.records.events import Event, EventKind
from skillstrata.records.failures import CatalogBusy, StoreFull

FROZEN = Path(__file__).parents[2] / "fixtures" / "catalog" / "v1.db"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a copy of a catalog with something in it."""
    return Path(shutil.copy(FROZEN, tmp_path / "catalog.db"))


@contextmanager
def _written_by_another(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def _files_no_larger_than(size_bytes: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def _many(count: int) -> tuple[Event, ...]:
    return tuple(Event(f"e{n}" + "x" * 100, "a", "s", EventKind.CALL, 1.0) for n in range(count))


def test_a_writer_that_waits_too_long_is_told_to_try_again(path: Path) -> None:
    """Two distillers, or one and a backup tool: the second waits, then says so."""
    catalog = SqliteCatalog(path, busy_s=0.05)
    catalog.accounting()
    with _written_by_another(path):
        with pytest.raises(CatalogBusy) as caught:
            catalog.add_pass(Pass(8.0, 9.0, 1))
        readable = catalog.last_pass()
    catalog.add_pass(Pass(8.0, 9.0, 1))

    assert caught.value.retry is Retry.SAME
    assert readable == Pass(1.0, 2.0, 3)
    assert catalog.last_pass() == Pass(8.0, 9.0, 1)
    catalog.close()


def test_a_full_disk_costs_the_call_and_nothing_else(path: Path) -> None:
    """What was acknowledged before stays; the call can be repeated when there is space."""
    catalog = SqliteCatalog(path)
    catalog.add_events(_many(1))
    with _files_no_larger_than(200_000), pytest.raises(StoreFull) as caught:
        catalog.add_events(_many(10_000))
    kept = catalog.accounting().events
    catalog.add_events(_many(10_000))

    assert caught.value.hint
    assert kept == 5
    assert catalog.accounting().events == 10_004
    catalog.close()


def test_a_file_that_may_only_be_read_is_named_as_such(path: Path) -> None:
    """A read-only mount: SQLite's own words, and the folder to make writable."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("DELETE FROM passes")
    error = as_strata_error(caught.value, path)

    assert isinstance(error, StoreFull)
    assert str(path.parent) in error.hint


def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path) -> None:
    """The data directory is a file, or the catalog a directory."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "catalog.db").mkdir()

    for path in (tmp_path / "file" / "catalog.db", tmp_path / "catalog.db"):
        with pytest.raises(StoreFull, match=r"catalog\.db"):
            SqliteCatalog(path).accounting()


@pytest.mark.parametrize("ask", ["accounting", "qualities"])
@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_is_kept_and_named(tmp_path: Path, content: bytes, ask: str) -> None:
    """Its next step keeps the file: somebody may yet read it."""
    path = tmp_path / "catalog.db"
    path.write_bytes(content)

    with pytest.raises(CatalogDamaged) as caught:
        getattr(SqliteCatalog(path), ask)()
    assert f"mv {path} " in caught.value.hint
    assert path.read_bytes() == content


def test_a_page_that_was_overwritten_is_noticed(path: Path) -> None:
    """Rot in the middle of the file, behind a sound header."""
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))

    with pytest.raises(CatalogDamaged):
        SqliteCatalog(path).candidates()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE executions SET record = '{\"id\": 1}'",
        "UPDATE executions SET record = 'x'",
        "UPDATE executions SET state = 'lost'",
        "UPDATE executions SET stages = '[{}]'",
    ],
)
def test_a_row_nobody_can_read_is_damage_not_a_crash(path: Path, change: str) -> None:
    """Every read ends in a record or in an error with a next step."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(change)
    catalog = SqliteCatalog(path)

    with pytest.raises(CatalogDamaged, match="x1"):
        _ = catalog.candidate("x1"), catalog.execution("x1")
    catalog.close()


def test_a_state_outside_the_known_ones_unbalances_the_sums(path: Path) -> None:
    """`balanced` can be false: it is checked against what is stored, not assumed."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE executions SET state = 'lost' WHERE id = 'x1'")
    catalog = SqliteCatalog(path)

    assert not catalog.accounting().balanced
    catalog.close()


def test_an_event_both_noise_and_in_an_execution_unbalances_the_sums(path: Path) -> None:
    """The other half of `balanced`."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE events SET bucket = 'noise'")
    catalog = SqliteCatalog(path)

    assert not catalog.accounting().balanced
    catalog.close()


def test_nobody_else_may_read_the_catalog(tmp_path: Path) -> None:
    """It holds program texts and commands; the journal files beside it too."""
    catalog = SqliteCatalog(tmp_path / "d" / "catalog.db")
    catalog.add_pass(Pass(1.0, 2.0, 3))
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "d").iterdir()}
    folder = stat.S_IMODE((tmp_path / "d").stat().st_mode)
    catalog.close()

    assert modes == {0o600}
    assert folder == 0o700


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    """The promise behind "stored durably": the spool file is removed right after."""
    script = f"""
import sys
from pathlib import Path
from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.ports.catalog import Pass
catalog = SqliteCatalog(Path({str(tmp_path / "catalog.db")!r}))
for n in range(100_000):
    catalog.add_pass(Pass(float(n), float(n), n))
    print(n, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        seen = [int(writer.stdout.readline()) for _ in range(40)]
        os.kill(writer.pid, signal.SIGKILL)
        seen += [int(line) for line in writer.stdout.read().split("\n")[:-1]]
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    last = catalog.last_pass()
    catalog.close()

    assert last is not None
    assert last.judged >= seen[-1]
