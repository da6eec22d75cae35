"""What every Services promises, for systemd and launchd, with service managers that note what they are told."""

import plistlib
import shlex
from pathlib import Path

import pytest

from skillstrata.adapters.service_units import UserServices, suffix_of

PROGRAM = ("/opt/py thon/bin/skillstrata", "--data-dir", '/home/ann/100% "mine" $HOME;x', "daemon", "run")
MANAGER = """#!/bin/sh
echo "$(basename "$0") $*" >>"$HOME/told"
[ -e "$HOME/refuses" ] && { echo "no bus" >&2; exit 1; }
exit 0
"""


def services(home: Path, system: str, *, manager: bool = True, suffix: str = "") -> UserServices:
    """Make the services of a home, with or without a service manager on PATH."""
    (home / "bin").mkdir(exist_ok=True)
    for name in ("systemctl", "launchctl") if manager else ():
        (home / "bin" / name).write_text(MANAGER)
        (home / "bin" / name).chmod(0o755)
    environ = {"PATH": f"{home / 'bin'}:/usr/bin:/bin" if manager else str(home / "bin")}
    return UserServices(PROGRAM, home, suffix, system, environ)


def told(home: Path) -> list[str]:
    """Give what the managers were told."""
    return (home / "told").read_text().splitlines() if (home / "told").exists() else []


by_system = pytest.mark.parametrize("system", ["Linux", "Darwin"])


@by_system
def test_install_writes_the_unit_once_and_uninstall_takes_it_away(tmp_path: Path, system: str) -> None:
    """A second install after an update of nothing must not start anything anew."""
    unit = services(tmp_path, system)
    first, said = unit.install(), told(tmp_path)
    second = unit.install()

    assert (first.changed, second.changed, first.instructions) == (True, False, "")
    assert Path(first.path).read_text() == first.text
    assert said == told(tmp_path) != []
    gone = unit.uninstall()
    assert (gone.changed, Path(first.path).exists(), unit.uninstall().changed) == (True, False, False)
    assert any("disable --now" in line or "bootout" in line for line in told(tmp_path))


@by_system
def test_a_dry_run_shows_the_unit_and_touches_nothing(tmp_path: Path, system: str) -> None:
    """`daemon install --print`."""
    shown = services(tmp_path, system).install(dry_run=True)

    assert shown.changed
    assert "daemon" in shown.text
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@by_system
def test_a_missing_or_refusing_manager_costs_a_line_and_not_the_file(tmp_path: Path, system: str) -> None:
    """Containers and remote shells have no user bus; the unit is there at the next login."""
    (tmp_path / "refuses").touch()
    for manager, why in ((False, "not on PATH"), (True, "no bus")):
        change = services(tmp_path, system, manager=manager).install()
        assert Path(change.path).is_file()
        assert why in change.instructions
        assert "run: " in change.instructions
        Path(change.path).unlink()


@by_system
def test_a_unit_of_somebody_else_stays(tmp_path: Path, system: str) -> None:
    """A file under our name that is not ours."""
    unit = services(tmp_path, system)
    path = Path(unit.install().path)
    path.write_text("[Unit]\nDescription=mine\n")
    assert unit.uninstall().changed is False
    assert path.exists()

    unit.install()
    assert unit.uninstall().changed is True


def test_odd_words_reach_the_program_as_they_are(tmp_path: Path) -> None:
    """A data directory may have any name."""
    text = services(tmp_path, "Linux").install(dry_run=True).text
    (line,) = [line for line in text.splitlines() if line.startswith("ExecStart=")]
    read = [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line.removeprefix("ExecStart="))]
    agent = plistlib.loads(services(tmp_path, "Darwin").install(dry_run=True).text.encode())

    assert read == list(PROGRAM)
    assert agent["ProgramArguments"] == list(PROGRAM)


def test_two_data_directories_have_two_units(tmp_path: Path) -> None:
    """One background process each."""
    usual, other = tmp_path / "usual", tmp_path / "other"
    suffixes = [suffix_of(folder, usual) for folder in (usual, other)]
    paths = {services(tmp_path, "Linux", suffix=suffix).install(dry_run=True).path for suffix in suffixes}

    assert suffixes[0] == ""
    assert len(paths) == 2
