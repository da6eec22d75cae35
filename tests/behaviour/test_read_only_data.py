"""A library on a read-only mount: what can be read is read, and what cannot be recorded is said."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from skillstrata.adapters.catalog_readonly import connect_readonly, is_unwritable
from tests.behaviour.made_library import UNSEEN, Made, distilled

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Distil the recorded session once."""
    return distilled(tmp_path_factory.mktemp("made"))


def _mounted(made: Made, *words: str, cwd: Path, mount: str = "--ro-bind") -> subprocess.CompletedProcess[str]:
    """Run the program with the data directory mounted read-only: also root cannot write there."""
    bwrap = shutil.which("bwrap")
    assert bwrap is not None
    folder = str(made.data_dir)
    program = (sys.executable, "-m", "skillstrata", "--data-dir", folder, *words)
    return subprocess.run(
        [bwrap, "--dev-bind", "/", "/", mount, folder, folder, *program],
        cwd=cwd,
        env={"HOME": str(cwd), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    "words", [("ls",), ("status",), ("candidates",), ("shelved",), ("show", "TOOL"), ("explain", "CANDIDATE")]
)
def test_read_verbs_show_the_same_on_a_read_only_mount(made: Made, tmp_path: Path, words: tuple[str, ...]) -> None:
    """A library shared by a team is often mounted like this."""
    words = tuple({"TOOL": made.tool, "CANDIDATE": made.candidate}.get(word, word) for word in words)
    mounted = _mounted(made, *words, "--json", cwd=tmp_path)
    writable = _mounted(made, *words, "--json", cwd=tmp_path, mount="--bind")

    assert (mounted.returncode, writable.returncode) == (0, 0), mounted.stdout + mounted.stderr
    assert json.loads(mounted.stdout) == json.loads(writable.stdout)


def test_a_run_from_a_read_only_mount_works_and_says_that_it_is_not_counted(made: Made, tmp_path: Path) -> None:
    """The user's file is what was asked for; the twin is counted and says nothing."""
    (tmp_path / "a.html").write_text(UNSEEN, encoding="utf-8")
    ask = ("run", made.tool, "--set", "input=a.html", "--json")
    mounted = _mounted(made, *ask, "--out", "one", cwd=tmp_path)
    writable = _mounted(made, *ask, "--out", "two", cwd=tmp_path, mount="--bind")

    assert (mounted.returncode, writable.returncode) == (0, 0), mounted.stdout + mounted.stderr
    assert Path(json.loads(mounted.stdout)["outputs"][0]["path"]).is_file()
    assert "not recorded" in mounted.stderr
    assert "not recorded" not in writable.stderr


def test_what_writes_is_refused_and_doctor_says_why(made: Made, tmp_path: Path) -> None:
    """Nothing may look as if it had been kept."""
    refused = json.loads(_mounted(made, "distill", "--json", cwd=tmp_path).stdout)
    checks = {c["name"]: c for c in json.loads(_mounted(made, "doctor", "--json", cwd=tmp_path).stdout)["checks"]}
    well = json.loads(_mounted(made, "doctor", "--json", cwd=tmp_path, mount="--bind").stdout)["checks"]

    assert refused["error"]["code"] == "store.cannot_write"
    assert checks["data directory"]["ok"] is False
    assert "not writable" in checks["data directory"]["detail"]
    assert checks["data directory"]["fix"]
    assert checks["database"]["ok"] is True
    assert [c["ok"] for c in well if c["name"] == "data directory"] == [True]


def test_a_catalog_that_can_be_written_is_not_taken_for_one_that_cannot(tmp_path: Path) -> None:
    """Else nothing would ever be recorded; and a reader never writes."""
    path = tmp_path / "a ?#%.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (x)")
    with closing(connect_readonly(path, busy_s=1.0)) as reader:
        assert reader.execute("SELECT name FROM sqlite_master").fetchall() == [("t",)]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("INSERT INTO t VALUES (1)")

    assert not is_unwritable(path)
    assert not is_unwritable(tmp_path / "none.db")
