"""Servers that answer badly, late or never: each costs its own skills, is told, and leaves nothing behind."""

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from skillstrata.adapters.mcp_skill_servers import McpSkillServers
from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.use_cases.serving_skills import ServedSkills
from skillstrata.records.failures import FileUnreadable
from tests.skill_clients import Home
from tests.skill_sources import page

SERVER = Path(__file__).parents[1] / "skill_server.py"
PAGE = "skill://team/tides/SKILL.md"
LONG_S = 60.0


def _command(*words: str) -> str:
    return shlex.join((sys.executable, str(SERVER), *words))


def _of(mode: str, *, answer_s: float = LONG_S) -> tuple[list[str], list[tuple[str, str]], bytes]:
    servers = McpSkillServers((("docs", _command(mode)),), wait_s=LONG_S, answer_s=answer_s)
    found = [one.uri for one in servers.skills()]
    told = [(one.code, one.message) for one in servers.problems()]
    text = servers.page("docs", PAGE) if found else b""
    with pytest.raises(FileUnreadable):
        servers.page("docs", "skill://team/other/SKILL.md")
    servers.close()
    return found, told, text


@pytest.mark.parametrize(
    ("mode", "code", "word"),
    [("mute", "server_unreachable", "1 skills and then no answer"), ("bad-entry", "remote_refused", ".0.size")],
)
def test_a_bad_skill_costs_itself_and_is_told(mode: str, code: str, word: str) -> None:
    """One entry with a negative size, or one file that never comes, cost every skill of the server without a word."""
    found, told, text = _of(mode, answer_s=4.0 if mode == "mute" else LONG_S)

    assert found == [PAGE]
    assert b"Look at the moon." in text
    assert [one for one, _ in told] == [code]
    assert word in told[0][1]


def test_a_server_that_does_nothing_wrong_is_told_nothing_of() -> None:
    """The other side."""
    assert _of("honest")[:2] == ([PAGE], [])


@pytest.mark.parametrize("where", [_command("dies"), "no-such-program --at-all"])
def test_why_a_server_offers_nothing_is_told(where: str) -> None:
    """Its last word was swallowed."""
    servers = McpSkillServers((("docs", where),), wait_s=LONG_S)
    assert servers.skills() == ()
    (problem,) = servers.problems()
    servers.close()

    assert (problem.code, problem.severity) == ("server_unreachable", "warning")
    assert problem.message.startswith("docs: ")
    assert len(problem.message) > len("docs: has not answered yet")


def test_a_server_that_does_not_answer_reads_keeps_no_edit_waiting(tmp_path: Path) -> None:
    """The thread that looks at folders read every page of every server, each for twenty seconds."""
    home = Home(tmp_path)
    home.put("a", page(body="0\n"))
    servers = McpSkillServers((("docs", _command("mute")),), wait_s=0.0, answer_s=LONG_S)
    served = ServedSkills(home.app(), SkillQuery(project=tmp_path), remote=servers)
    seen = threading.Event()
    served.subscribe(lambda change: seen.set() if "user/b" in change.added else None)
    began = time.monotonic()
    served.watch()
    home.put("b")

    assert seen.wait(LONG_S / 2)
    assert time.monotonic() - began < LONG_S / 2
    assert "server_unreachable" in {odd.code for odd in served.session.registry.diagnostics}
    served.close()


def test_a_silent_server_keeps_the_first_answer_of_a_watch_waiting_for_moments_only(tmp_path: Path) -> None:
    """A call waited for twenty seconds; who does not watch still waits for all."""
    home = Home(tmp_path)
    home.put("a")
    servers = McpSkillServers((("docs", _command("silent")),), wait_s=LONG_S)
    served = ServedSkills(home.app(), SkillQuery(project=tmp_path), remote=servers)
    began = time.monotonic()
    served.watch()
    found = served.session.finder.get("a")
    waited = time.monotonic() - began
    served.close()

    assert found is not None
    assert waited < LONG_S / 2


def test_what_a_server_offers_after_the_wait_is_taken_over_by_the_watch(tmp_path: Path) -> None:
    """Nobody need ask again for a server that is slow."""
    servers = McpSkillServers((("docs", _command("honest")),), wait_s=LONG_S)
    servers.hurry(0.0)
    served = ServedSkills(Home(tmp_path).app(), SkillQuery(project=tmp_path), remote=servers)
    came = threading.Event()
    served.subscribe(lambda change: came.set() if "mcp:docs/tides" in change.added else None)
    served.watch()

    assert came.wait(LONG_S)
    served.close()


def test_servers_are_waited_for_together(tmp_path: Path) -> None:
    """Each one was waited for after the other."""
    mute = tuple((f"s{number}", _command("silent")) for number in range(4))
    servers = McpSkillServers(mute, wait_s=2.0)
    began = time.monotonic()
    made = open_skills(Home(tmp_path).app(), SkillQuery(project=tmp_path), remote=servers)
    waited = time.monotonic() - began
    servers.close()

    assert waited < 4 * 2.0
    told = [odd.path for odd in made.registry.diagnostics if odd.code == "server_unreachable"]
    assert told == ["mcp:s0", "mcp:s1", "mcp:s2", "mcp:s3"]


_USER = """
import os, signal, sys, threading
from pathlib import Path
from skillstrata.adapters.mcp_skill_servers import McpSkillServers
servers = McpSkillServers((("docs", sys.argv[1]),), wait_s=0.0)
servers.skills()
while not Path(sys.argv[2]).exists() or not Path(sys.argv[2]).read_text():
    threading.Event().wait(0.05)
if sys.argv[3] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("end", ["ended", "killed"])
def test_a_server_that_hangs_goes_with_its_user(tmp_path: Path, end: str) -> None:
    """It ignores the end of its input and SIGTERM; what it says on stderr is not for the user's terminal."""
    if end == "killed" and sys.platform != "linux":
        pytest.skip("the system tells no program that its user was killed")
    note = tmp_path / "number"
    words = [sys.executable, "-c", _USER, _command("stays", str(note)), str(note), end]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=LONG_S)

    assert done.returncode == (-signal.SIGKILL if end == "killed" else 0)
    assert done.stderr == ""
    number = int(note.read_text(encoding="utf-8"))
    assert _is_gone(number)


def _is_gone(number: int) -> bool:
    """Wait for a process to go: a signal takes a moment."""
    until, pause = time.monotonic() + LONG_S, threading.Event()
    while time.monotonic() < until:
        try:
            os.kill(number, 0)
            if Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        pause.wait(0.05)
    return False
