"""A stored catalog of any version loads, for ever; a newer one is refused unharmed."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from skillstrata.adapters.catalog_faults import HEAD, REVISIONS, CatalogDamaged
from skillstrata.adapters.catalog_migrations import configuration
from skillstrata.adapters.catalog_tables import metadata
from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.ports.catalog import KnownCall, Pass
from skillstrata.records.candidates import StageNote, State
from skillstrata.records.failures import StoreNewer
from skillstrata.records.imports import ReadMark
from skillstrata.records.tools import Quality

FROZEN = Path(__file__).parents[2] / "fixtures" / "catalog"


def _asked(path: Path, statement: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def _changed(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_a_catalog_of_the_first_format_loads(tmp_path: Path) -> None:
    """Frozen: written by format 0001, never to be written again."""
    path = Path(shutil.copy(FROZEN / "v1.db", tmp_path / "catalog.db"))
    catalog = SqliteCatalog(path)
    sums = catalog.accounting()
    judged = catalog.candidate("x1")
    proof = catalog.proof("x1")

    assert (sums.events, sums.noise_events, sums.execution_events, sums.open_events) == (4, 1, 2, 1)
    assert (sums.executions.placed, sums.executions.open, sums.balanced) == (1, 1, True)
    assert (judged.state, judged.tool, judged.stages[0]) == (State.PLACED, "html-to-markdown", StageNote("a", "b", "c"))
    assert catalog.execution("x1").body == "print('ü')\n"
    assert proof is not None
    assert proof.runs[0].oracle is not None
    assert proof.runs[0].oracle.measures[0].name == "recall"
    assert catalog.qualities() == (("html-to-markdown", Quality(2, 1, 1, 0.5)),)
    assert catalog.last_pass() == Pass(1.0, 2.0, 3)
    catalog.close()


def test_a_catalog_of_the_second_format_loads(tmp_path: Path) -> None:
    """Frozen like the first: calls, copies, marks and forgotten sessions are kept by every later format."""
    path = Path(shutil.copy(FROZEN / "v2.db", tmp_path / "catalog.db"))
    catalog = SqliteCatalog(path)
    sums = catalog.accounting()

    assert (sums.events, sums.noise_events, sums.execution_events, sums.open_events) == (6, 1, 2, 3)
    assert (sums.executions.placed, sums.executions.open, sums.balanced) == (1, 1, True)
    assert catalog.known_events(("e1", "e5", "e6", "e7")) == {"e1", "e5"}
    assert catalog.unended_events(("e5", "e6")) == {"e6"}
    assert catalog.known_calls(("k5", "k6", "k7")) == (
        KnownCall("k5", "e5", "s3"),
        KnownCall("k6", "e6", "s3", ended=False),
    )
    assert catalog.copies("s4") == (("e5", "s3"), ("e6", "s3"))
    assert catalog.read_marks() == (ReadMark("/home/dev/h/a.jsonl", 10, 2**60, "claude-code/1"),)
    assert catalog.forgotten_sessions() == {"s5"}
    assert catalog.qualities() == (("html-to-markdown", Quality(2, 1, 1, 0.5)),)
    assert _asked(path, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    catalog.close()


def test_a_catalog_of_the_third_format_loads(tmp_path: Path) -> None:
    """Frozen like the others: misses of versions and questions to a model stay; old uses have no person."""
    path = Path(shutil.copy(FROZEN / "v3.db", tmp_path / "catalog.db"))
    catalog = SqliteCatalog(path)

    assert [(m.tool, m.version, m.rescued_by, m.settled) for m in catalog.misses()] == [
        ("html-to-markdown", 2, 1, False)
    ]
    assert [call.verdict for call in catalog.judge_calls()] == ["same"]
    assert [(u.tool, u.ok, u.person) for u in catalog.usages()] == [
        ("html-to-markdown", True, ""),
        ("html-to-markdown", False, ""),
    ]
    assert catalog.qualities() == (("html-to-markdown", Quality(2, 1, 1, 0.5)),)
    assert catalog.reuse_misses() == catalog.decisions() == catalog.changes() == catalog.healths() == ()
    assert _asked(path, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    catalog.close()


def test_the_revisions_named_in_the_program_are_the_ones_installed() -> None:
    """Start-up trusts the names and reads no revision file."""
    script = ScriptDirectory.from_config(configuration())

    assert tuple(r.revision for r in reversed(list(script.walk_revisions()))) == REVISIONS
    assert script.get_current_head() == HEAD


def test_the_revisions_make_exactly_the_tables_of_the_program(tmp_path: Path) -> None:
    """A column that only one of the two has fails at some user's first insert."""
    catalog = SqliteCatalog(tmp_path / "catalog.db")
    catalog.accounting()
    catalog.close()
    engine = create_engine(f"sqlite:///{tmp_path / 'catalog.db'}")
    with engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()

    assert difference == []


def test_a_newer_catalog_is_refused_with_both_versions_and_left_alone(tmp_path: Path) -> None:
    """An old program that writes into a new format destroys what it does not know."""
    path = Path(shutil.copy(FROZEN / "v1.db", tmp_path / "catalog.db"))
    _changed(path, "UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    catalog = SqliteCatalog(path)

    for ask in (catalog.accounting, catalog.qualities, lambda: catalog.add_pass(Pass(1.0, 2.0, 3))):
        with pytest.raises(StoreNewer) as caught:
            ask()
        assert "'9999'" in caught.value.message
        assert f"'{HEAD}'" in caught.value.message
        assert caught.value.hint
    assert path.read_bytes() == before


def test_a_database_of_something_else_is_not_taken_over(tmp_path: Path) -> None:
    """A wrong --data-dir must not mix our tables into somebody's file."""
    path = tmp_path / "catalog.db"
    _changed(path, "CREATE TABLE songs (id INTEGER PRIMARY KEY)")

    with pytest.raises(CatalogDamaged, match="something else"):
        SqliteCatalog(path).accounting()
    assert _asked(path, "SELECT name FROM sqlite_master") == [("songs",)]


def test_a_migration_that_is_cut_off_leaves_nothing(tmp_path: Path) -> None:
    """All tables or none: half a schema would be taken for a damaged catalog."""
    path = tmp_path / "catalog.db"
    script = f"""
import os, sqlalchemy
from skillstrata.adapters import catalog_migrations, sqlite_catalog
def die(conn, cursor, statement, *rest):
    if "CREATE TABLE passes" in statement:
        os._exit(9)
sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", die)
sqlite_catalog.SqliteCatalog(__import__("pathlib").Path({str(path)!r})).accounting()
"""
    died = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    left = _asked(path, "SELECT name FROM sqlite_master")
    catalog = SqliteCatalog(path)

    assert died.returncode == 9
    assert left == []
    assert catalog.accounting().balanced
    catalog.close()


def test_many_processes_that_start_at_once_make_one_catalog(tmp_path: Path) -> None:
    """The hook's ingest, the MCP server and the CLI may all meet a fresh data directory."""
    script = f"""
from pathlib import Path
from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.ports.catalog import Pass
catalog = SqliteCatalog(Path({str(tmp_path / "catalog.db")!r}))
catalog.add_pass(Pass(1.0, 2.0, 3))
"""
    started = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(4)]

    assert [process.wait(timeout=60) for process in started] == [0] * 4
    assert _asked(tmp_path / "catalog.db", "SELECT version_num FROM alembic_version") == [(HEAD,)]


@pytest.mark.parametrize(("call", "loaded"), [("qualities", False), ("accounting", True)])
def test_a_listing_does_not_load_the_sql_toolkit(tmp_path: Path, call: str, loaded: bool) -> None:
    """Start-up of `ls`: more than half of its time would go into the import; nor is alembic loaded at HEAD."""
    path = Path(shutil.copy(FROZEN / "v1.db", tmp_path / "catalog.db"))
    stored = SqliteCatalog(path)
    stored.accounting()
    stored.close()
    script = f"""
import sys
from pathlib import Path
from skillstrata.adapters.sqlite_catalog import SqliteCatalog
SqliteCatalog(Path({str(path)!r})).{call}()
print("sqlalchemy" in sys.modules, "alembic" in sys.modules)
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)

    assert said.stdout.split() == [str(loaded), "False"]
