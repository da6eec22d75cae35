"""The library that the page shows after 300 sessions is the one that its commands show."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from demo.history import main as history_main
from skillstrata.surfaces.cli.main import main
from tests.histories_of_tools import DAYS, LEARNED_DAY, SESSIONS, UNUSED_DAYS, tool_history
from tests.histories_of_work import PLANTED
from tests.lived_library import lived_library

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
SECTION = PAGE.read_text(encoding="utf-8").partition("\n## A library after 300 sessions\n")[2]
# Moments and the names of changes are another run's; all other figures must be as they are printed.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:  [0-9a-f]{12}(?=  ))?")


def _commands() -> list[tuple[str, list[str]]]:
    """Give each command of the section with the lines that it is said to print."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```", SECTION, re.M | re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def _printed(command: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Run a command where we are; the program itself without a process of its own, for there are many."""
    words = shlex.split(command)
    if words[0] == "skillstrata":
        capsys.readouterr()
        assert main(words[1:]) == 0, command
        return [_plain(line) for line in capsys.readouterr().out.splitlines()]
    done = subprocess.run(["bash", "-euc", command], capture_output=True, text=True, check=True, timeout=60)
    return [_plain(line) for line in done.stdout.splitlines()]


def _plain(line: str) -> str:
    return re.sub(r"\s+", " ", _MOMENT.sub("AT", line)).strip()


@pytest.mark.sandbox
def test_each_command_prints_what_the_page_shows_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the page's order, in the shop's folder; lines of a listing may be cut behind their first words."""
    (made, _), *others = _commands()
    assert made == "python -m demo.history lived"
    lived = lived_library(tmp_path)
    monkeypatch.chdir(lived.project("shop"))
    monkeypatch.setenv("HOME", str(lived.home))
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(lived.data_dir))
    for command, shown in others:
        printed = _printed(command, capsys)
        for line in shown:
            assert any(one == _plain(line) or one.startswith(f"{_plain(line)} ") for one in printed), (command, line)

    assert len(others) > 12


def test_the_page_says_how_the_history_is_made() -> None:
    """Its figures are those of the generator."""
    sessions = tool_history("/home/ann/work")
    payloads = sum(len(session.payloads) for session in sessions)

    assert f"makes {SESSIONS} sessions of three projects: {payloads:,} payloads" in SECTION
    assert f"over\n{DAYS:.0f} days" in SECTION
    assert f"on day {LEARNED_DAY:.0f}" in SECTION
    assert f"`reuse.unused_days` is {UNUSED_DAYS} there" in SECTION
    assert f"Of the {len(PLANTED)} that were learned here" in SECTION


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second history in one folder would be no history at all; the twin is the fixture of the other tests."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")

    assert history_main([str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
