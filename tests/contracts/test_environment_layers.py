"""Environments put together from kept distributions are those that an installation gives, or they are installed."""

import os
import subprocess
from pathlib import Path

import pytest

from skillstrata.adapters.uv_environments import UvEnvironments
from skillstrata.ports.environments import Environments
from skillstrata.records.failures import EnvironmentUnbuildable
from skillstrata.records.sandbox_runs import Lock
from tests.wheels import put_wheel

NAMES = ("first-part", "second-part")
OURS = ("COMPLETE", "requirements.lock")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Configure a folder of wheels: one with everything a wheel may hold, and one of the same namespace."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    put_wheel(
        folder,
        NAMES[0],
        "1.2",
        {
            "first_part.py": "def main():\n    print('from the command')\n",
            "spoken/one/__init__.py": "WORD = 'one'\n",
            "spoken/one/words.txt": "packed beside the module\n",
            "first_part.pth": "import sys; sys.first_part = 'by pth'\n",
            "{info}/entry_points.txt": "[console_scripts]\nfirst-part = first_part:main\n",
            "{data}/scripts/old-style": "#!python\nprint('from the script')\n",
            "{data}/data/share/first/note.txt": "a file of the prefix\n",
        },
    )
    put_wheel(folder, NAMES[1], "0.4.1", {"spoken/two.py": "WORD = 'two'\n", "broken_template.py": "{% no python %}\n"})
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_OFFLINE", "1")
    return folder


@pytest.fixture
def environments(tmp_path: Path) -> Environments:
    """Give one that installs."""
    return UvEnvironments(tmp_path / "envs", tmp_path / "cache", allow_network=False)


@pytest.fixture
def without_uv(tmp_path: Path) -> Environments:
    """Give one of the same folder that cannot install: what it builds is put together."""
    return UvEnvironments(tmp_path / "envs", tmp_path / "cache", allow_network=False, uv="/nowhere/uv")


def _again(lock: Lock) -> Lock:
    """Give a lock with the same pins that is another environment."""
    return Lock(lock.text + "\n", lock.requirements)


def _folder(environments: Environments, lock: Lock) -> Path:
    return Path(environments.build(lock).python).parents[1]


def _tree(folder: Path) -> dict[str, tuple[int, str]]:
    """Give every path below a folder with its mode and what it holds."""
    found: dict[str, tuple[int, str]] = {".": (folder.stat().st_mode, "")}
    for path in folder.rglob("*"):
        held = os.readlink(path) if path.is_symlink() else path.read_bytes().hex() if path.is_file() else ""
        found[path.relative_to(folder).as_posix()] = (path.lstat().st_mode, held)
    return {name: held for name, held in found.items() if name not in OURS}


def _says(folder: Path, *words: str) -> str:
    command = (str(folder / "bin" / words[0]), *words[1:])
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"})
    return done.stdout.strip() or done.stderr.strip()


@pytest.mark.usefixtures("wheels")
def test_it_holds_what_an_installation_holds_to_the_byte_and_the_mode(
    environments: Environments, without_uv: Environments
) -> None:
    """Whoever builds second must not get anything else than who built first."""
    lock = environments.lock(NAMES)
    installed, together = _folder(environments, lock), _folder(without_uv, _again(lock))

    assert installed != together
    assert _tree(installed) == _tree(together)


@pytest.mark.usefixtures("wheels")
def test_everything_a_distribution_brings_works(environments: Environments, without_uv: Environments) -> None:
    """Metadata, namespace packages, `.pth` lines, packed files, commands, scripts and files of the prefix."""
    lock = environments.lock(NAMES)
    environments.build(lock)
    folder = _folder(without_uv, _again(lock))
    program = (
        "import importlib.metadata as m, importlib.resources as r, sys, spoken.one, spoken.two\n"
        "print(m.version('first-part'), m.version('second-part'), spoken.one.WORD, spoken.two.WORD, sys.first_part,"
        " r.files('spoken.one').joinpath('words.txt').read_text().strip(), sys.prefix,"
        " len([f for f in m.files('first-part') if f.locate().exists()]), sep='|')\n"
    )
    said = _says(folder, "python", "-I", "-c", program).split("|")

    assert said[:7] == ["1.2", "0.4.1", "one", "two", "by pth", "packed beside the module", str(folder)]
    assert int(said[7]) >= 9
    assert _says(folder, "first-part") == "from the command"
    assert _says(folder, "old-style") == "from the script"
    assert (folder / "share" / "first" / "note.txt").read_text(encoding="utf-8") == "a file of the prefix\n"


@pytest.mark.usefixtures("wheels")
def test_a_part_of_what_was_installed_together_is_put_together_alone(
    environments: Environments, without_uv: Environments
) -> None:
    """Layers are of distributions, not of sets; the other distribution is not there."""
    environments.build(environments.lock(NAMES))
    folder = _folder(without_uv, environments.lock(NAMES[1:]))

    assert _says(folder, "python", "-I", "-c", "import spoken.two; print(spoken.two.WORD)") == "two"
    assert "ModuleNotFoundError" in _says(folder, "python", "-I", "-c", "import first_part")


@pytest.mark.usefixtures("wheels")
def test_what_no_environment_had_before_is_installed(environments: Environments, without_uv: Environments) -> None:
    """The twin of those above: without its layer there is nothing to put together."""
    environments.build(environments.lock(NAMES[1:]))

    with pytest.raises(EnvironmentUnbuildable, match="uv"):
        without_uv.build(environments.lock(NAMES[:1]))


def test_two_that_differ_about_a_file_are_installed(
    wheels: Path, tmp_path: Path, environments: Environments, without_uv: Environments
) -> None:
    """Only uv knows which of the two wins, and it is always the same one; what stands there is what it installed."""
    for name, text in (("left", "WORD = 'left'\n"), ("right", "WORD = 'not left'\n")):
        put_wheel(wheels, name, "1", {"meeting.py": text, f"{name}.py": "\n"})
        environments.build(environments.lock((name,)))
    lock = environments.lock(("left", "right"))
    plain = UvEnvironments(tmp_path / "others", tmp_path / "cache", allow_network=False)
    show = ("python", "-I", "-c", "import meeting, left, right; print(meeting.WORD)")

    with pytest.raises(EnvironmentUnbuildable, match="uv"):
        without_uv.build(lock)
    installed = {_says(_folder(plain, Lock(lock.text + "\n" * n, lock.requirements)), *show) for n in range(8)}
    assert installed == {_says(_folder(environments, lock), *show)}
    with pytest.raises(EnvironmentUnbuildable, match="uv"):
        without_uv.build(_again(lock))


def test_two_that_agree_about_a_file_are_put_together(
    wheels: Path, environments: Environments, without_uv: Environments
) -> None:
    """The twin: old namespace packages bring the same `__init__.py` each."""
    for name in ("left", "right"):
        put_wheel(wheels, name, "1", {"meeting/__init__.py": "WORD = 'both'\n", f"meeting/{name}.py": "\n"})
        environments.build(environments.lock((name,)))
    show = ("python", "-I", "-c", "import meeting.left, meeting.right; print(meeting.WORD)")

    assert _says(_folder(without_uv, environments.lock(("left", "right"))), *show) == "both"


def test_a_file_that_one_has_where_another_has_a_folder_is_installed_or_refused(
    wheels: Path, environments: Environments, without_uv: Environments
) -> None:
    """Linking must not be cleverer than installing."""
    for name, path in (("left", "meeting"), ("right", "meeting/right.py")):
        put_wheel(wheels, name, "1", {path: "WORD = 1\n"})
        environments.build(environments.lock((name,)))

    with pytest.raises(EnvironmentUnbuildable, match="uv"):
        without_uv.build(environments.lock(("left", "right")))


@pytest.mark.usefixtures("wheels")
@pytest.mark.parametrize("harm", ["longer", "touched", "gone", "writable", "manifest"])
def test_a_layer_that_was_changed_is_not_handed_on_and_is_kept_anew(
    tmp_path: Path, environments: Environments, without_uv: Environments, harm: str
) -> None:
    """A linked file is one file: a change in one environment stops at those that have it already."""
    lock = environments.lock(NAMES)
    first = _folder(environments, lock)
    module = first / "lib" / next((first / "lib").iterdir()).name / "site-packages" / "first_part.py"
    [layered] = [p for p in (tmp_path / "envs" / ".layers").glob("*/tree/lib/*/site-packages/first_part.py")]
    before = module.read_text(encoding="utf-8")
    for path in (layered, layered.parent, layered.parents[4], layered.parents[4] / "MANIFEST"):
        path.chmod(0o700)
    match harm:
        case "longer":
            layered.write_text("raise SystemExit('changed')\n", encoding="utf-8")
        case "touched":
            layered.chmod(0o444)
            os.utime(layered, (1, 1))
        case "gone":
            layered.unlink()
        case "writable":
            layered.chmod(0o644)
        case _:
            layered.chmod(0o444)
            (layered.parents[4] / "MANIFEST").write_text("{", encoding="utf-8")

    with pytest.raises(EnvironmentUnbuildable, match="uv"):
        without_uv.build(_again(lock))
    second = _folder(environments, _again(lock))
    third = _folder(without_uv, _again(_again(lock)))

    for folder in (second, third):
        found = folder / module.relative_to(first)
        assert (found.read_text(encoding="utf-8"), found.stat().st_mode & 0o777) == (before, 0o444)


def test_the_bare_environment_is_put_together_too(environments: Environments, without_uv: Environments) -> None:
    """Most programs need the standard library alone; the blank line makes it another environment."""
    installed, together = _folder(environments, Lock("")), _folder(without_uv, Lock("\n"))

    assert _tree(installed) == _tree(together)
    assert _says(together, "python", "-I", "-c", "import sys; print(sys.prefix)") == str(together)


@pytest.mark.usefixtures("wheels")
def test_layers_that_cannot_be_kept_cost_only_time(tmp_path: Path, environments: Environments) -> None:
    """A file where their folder should be: the environment is installed all the same."""
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs" / ".layers").write_text("", encoding="utf-8")
    lock = environments.lock(NAMES)

    for each in (lock, _again(lock)):
        assert _says(_folder(environments, each), "first-part") == "from the command"
