"""The background process as a user has it: real processes, the real hook, real signals."""

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.daemons import Daemon, Soak, payload, soak, wait_for
from tests.sessions import Session

SLOW = """import csv, json, sys, time
time.sleep(20)
rows = list(csv.DictReader(open('in.csv')))
json.dump(rows, open('out.json', 'w'))
"""


def test_events_under_kill_9_are_each_there_exactly_once(tmp_path: Path) -> None:
    """The soak in small: six hundred events, eight writers, a kill every second or so."""
    found, kills = soak(tmp_path / "data", Soak(600, writers=8, kill_every_s=(0.4, 0.9), bound_s=60))

    assert kills >= 1
    assert set(found.calls) == {f"toolu_{n:06}" for n in range(600)}
    assert set(found.calls.values()) == {1}
    assert (found.indexed, found.balanced, found.rests, found.lost) == (600, True, (), 0)


def test_of_two_daemons_one_runs_and_the_other_says_so(tmp_path: Path) -> None:
    """Two agents that start at once would else distil everything twice."""
    with Daemon(tmp_path / "data") as daemon:
        daemon.wait_until_ready()
        second = daemon.ask("daemon", "run", "--json")
        again = daemon.ask("daemon", "start", "--json")
        state = json.loads(daemon.ask("daemon", "status", "--json").stdout)

        assert second.returncode == 75
        assert json.loads(second.stdout)["error"]["code"] == "daemon.running"
        assert (again.returncode, json.loads(again.stdout)["changed"]) == (0, False)
        assert (state["running"], state["pid"]) == (True, daemon.pid)


def test_what_a_killed_daemon_left_is_no_obstacle(tmp_path: Path) -> None:
    """A stale pid file keeps nobody from starting; nobody is told that it runs."""
    daemon = Daemon(tmp_path / "data")
    daemon.start()
    daemon.wait_until_ready()
    daemon.kill()
    assert (daemon.data_dir / "daemon" / "pid").exists()
    assert json.loads(daemon.ask("daemon", "status", "--json").stdout)["running"] is False

    started = json.loads(daemon.ask("daemon", "start", "--json").stdout)
    try:
        assert (started["changed"], started["running"]) == (True, True)
        assert started["pid"] != daemon.pid
    finally:
        ended = daemon.ask("daemon", "stop", "--json")
    assert (ended.returncode, json.loads(ended.stdout)["running"]) == (0, False)
    assert daemon.ask("daemon", "stop").returncode == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_as_stop_does(tmp_path: Path, number: int) -> None:
    """Service managers and terminals end it this way."""
    with Daemon(tmp_path / "data") as daemon:
        daemon.wait_until_ready()
        os.kill(daemon.pid, number)
        assert daemon.process is not None
        assert daemon.process.wait(20) == 0


def test_it_ends_when_its_data_directory_is_gone(tmp_path: Path) -> None:
    """Nobody could stop it any more."""
    with Daemon(tmp_path / "data") as daemon:
        daemon.wait_until_ready()
        shutil.rmtree(daemon.data_dir, ignore_errors=True)
        assert daemon.process is not None
        assert daemon.process.wait(20) == 0


def test_one_that_started_by_itself_ends_by_itself(tmp_path: Path) -> None:
    """Nobody asked for a process that stays."""
    daemon = Daemon(tmp_path / "data")
    daemon.hand_over(payload(1))
    options = ("--daemon", "--daemon-linger-s", "1", "--idle-s", "0")
    assert json.loads(daemon.ask(*options, "daemon", "start", "--if-wanted", "--json").stdout)["started"]
    daemon.wait_for_empty_spool()
    wait_for(lambda: daemon.app.daemon_post.state() is None, "the daemon to end by itself")


def test_it_is_not_started_by_itself_where_the_settings_say_no_or_nothing_is_captured(tmp_path: Path) -> None:
    """`daemon = false` is a promise; a folder without a hook has nothing to drain."""
    daemon = Daemon(tmp_path / "data")
    refused = daemon.ask("--no-daemon", "daemon", "start", "--if-wanted", "--json")
    shutil.rmtree(daemon.data_dir / "spool")
    idle = daemon.ask("--daemon", "daemon", "start", "--if-wanted", "--json")

    assert [json.loads(done.stdout)["started"] for done in (refused, idle)] == [False, False]
    assert daemon.app.daemon_post.state() is None


@pytest.mark.sandbox
@pytest.mark.parametrize("how", ["stop", "event", "kill"])
def test_a_stop_during_a_proof_leaves_the_candidate_open(tmp_path: Path, how: str) -> None:
    """Whoever comes back to the machine gets it at once; the candidate is judged from its beginning another time."""
    daemon = Daemon(tmp_path / "data", "--idle-s", "0")
    work = Session(tmp_path / "project", daemon.data_dir / "spool")
    (work.project / "in.csv").write_text("a,b\n1,2\n")
    (work.project / "slow.py").write_text(SLOW)
    work.claim(f"python3 {work.project}/slow.py")
    with daemon:
        daemon.wait_until_ready()
        wait_for(lambda: _runs(tmp_path / "data"), "a program under proof")
        if how == "stop":
            assert daemon.ask("daemon", "stop").returncode == 0
        elif how == "kill":
            daemon.kill()
        else:
            daemon.options = ("--idle-s", "86400")
            daemon.hand_over(payload(1))
        wait_for(lambda: not _runs(tmp_path / "data"), "the program under proof to end", bound_s=15)
        if how == "event":
            daemon.wait_for_empty_spool()

    counts = daemon.app.catalog.accounting()
    assert (counts.executions.open, counts.balanced) == (1, True)


def _runs(data_dir: Path) -> bool:
    """Say whether a program of a batch of this data directory runs in a sandbox."""
    del data_dir
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if b"slow.py" in words or b"in.csv" in words:
            return True
    return False


def test_a_daemon_that_came_first_leaves_a_spool_that_the_hook_can_fill(tmp_path: Path) -> None:
    """Half a spool would lose every event in silence: the hook needs all of its folders."""
    with Daemon(tmp_path / "data") as daemon:
        daemon.wait_until_ready()

        assert {p.name for p in (daemon.data_dir / "spool").iterdir() if p.is_dir()} >= {"tmp", "new", "quarantine"}


def test_install_print_shows_the_unit_and_changes_nothing(tmp_path: Path) -> None:
    """Programs get the text too, and no word that something was changed; twin: what the sentence form prints."""
    daemon = Daemon(tmp_path / "data")
    shown = json.loads(daemon.ask("daemon", "install", "--print", "--json").stdout)
    plain = daemon.ask("daemon", "install", "--print")

    assert (shown["changed"], shown["would_change"]) == (False, True)
    assert shown["text"].strip() == plain.stdout.strip()
    assert "daemon run" in shown["text"] or "<string>daemon</string>" in shown["text"]
    assert not Path(shown["path"]).exists()
