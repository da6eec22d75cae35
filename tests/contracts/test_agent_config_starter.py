"""The entry that starts the background process: beside the capturing ones, installed and taken out with them."""

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.claude_code_settings import ClaudeCodeSettings
from tests.agent_places import EVENTS, Place, tree
from tests.daemons import wait_for

NOTES = '#!/bin/sh\necho "$$ $*" >>"$(dirname "$0")/started"\ncat >>"$(dirname "$0")/started"\n'


@pytest.fixture(params=["project", "user"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Each scope in turn."""
    return Place(tmp_path, request.param)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that notes how it was started."""
    path = tmp_path / "my program's" / "skillstrata"
    path.parent.mkdir()
    path.write_text(NOTES)
    path.chmod(0o755)
    return path


def starting(place: Place, program: Path) -> ClaudeCodeSettings:
    """Give the configuration with the starter."""
    return replace(place.config, starter=(str(program), "--data-dir", str(place.data_dir)))


def _command(place: Place) -> str:
    """Give the starting entry's command."""
    *_, group = place.hooks()["SessionStart"]
    (handler,) = group["hooks"]  # pyright: ignore[reportGeneralTypeIssues]
    return handler["command"]


def test_it_is_one_entry_more_and_goes_with_the_others(place: Place, program: Path) -> None:
    """Idempotent; a second install changes nothing, an uninstall leaves nothing."""
    place.write('{\n  "model": "large"\n}\n')
    before = tree(place.home.parent)
    config = starting(place, program)
    assert [c.changed for c in config.install()][:2] == [True, True]
    assert {event: len(groups) for event, groups in place.hooks().items()} == dict.fromkeys(EVENTS, 1) | {
        "SessionStart": 3
    }
    assert [c.changed for c in config.install()] == [False, False, False]

    config.uninstall()
    assert tree(place.home.parent) == before


def test_an_older_installation_gets_it_and_an_older_program_takes_it_out(place: Place, program: Path) -> None:
    """Updates come in both directions."""
    place.config.install()
    config = starting(place, program)
    assert [c.changed for c in config.install()][:2] == [True, True]

    place.config.uninstall()
    assert not (place.data_dir / "hooks" / "start-daemon.sh").exists()
    assert not place.settings.exists()


def test_it_starts_the_program_without_making_anybody_wait(place: Place, program: Path) -> None:
    """Silent, with nothing on its standard input, in a session of its own; a second session finds it running."""
    starting(place, program).install()
    done = subprocess.run(["sh", "-c", _command(place)], input=b"{}", capture_output=True, check=False, timeout=20)
    started = program.with_name("started")
    wait_for(started.exists, "the program")

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert started.read_text().split(" ", 1)[1] == f"--data-dir {place.data_dir} daemon start --if-wanted --quiet\n"


@pytest.mark.parametrize("content", ["", "x\n", "-1\n", "999999999\n", "{}"])
def test_a_pid_file_that_names_no_process_is_no_obstacle(place: Place, program: Path, content: str) -> None:
    """What a killed daemon left."""
    starting(place, program).install()
    (place.data_dir / "daemon").mkdir()
    (place.data_dir / "daemon" / "pid").write_text(content)
    subprocess.run(["sh", "-c", _command(place)], check=True, timeout=20)

    wait_for(program.with_name("started").exists, "the program")


def test_where_one_runs_nothing_is_started(place: Place, program: Path) -> None:
    """The usual case costs one look at a file."""
    starting(place, program).install()
    (place.data_dir / "daemon").mkdir()
    (place.data_dir / "daemon" / "pid").write_text(f"{os.getpid()}\n")

    def told() -> str:
        argv = ["sh", "-xc", _command(place)]
        return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=20).stderr

    assert "if-wanted" not in told()
    (place.data_dir / "daemon" / "pid").unlink()
    assert "if-wanted" in told()


def test_a_program_or_a_data_directory_that_is_gone_disturbs_nobody(place: Place, program: Path) -> None:
    """A virtual environment may be deleted while its hooks stay."""
    starting(place, program).install()
    command = _command(place)
    program.unlink()
    for _ in range(2):
        done = subprocess.run(["sh", "-c", command], input=b"{}", capture_output=True, check=False, timeout=20)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        for path in sorted(place.data_dir.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    assert json.loads(place.settings.read_text())
