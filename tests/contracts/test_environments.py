"""What every Environments promises. A folder with one hand-made wheel stands in for an index: nothing is fetched."""

import io
import os
import re
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.adapters.uv_environments import UvEnvironments
from skillstrata.ports.environments import Environments
from skillstrata.records.failures import EnvironmentNeedsNetwork, EnvironmentUnbuildable
from skillstrata.records.sandbox_runs import Lock, SandboxJob
from tests.wheels import put_wheel

NAME = "strata-sample"
MODULE = "strata_sample"
SHOW = f"import {MODULE}; print({MODULE}.WORD)"


def _put_wheel(folder: Path) -> None:
    put_wheel(folder, NAME, "1.2", {f"{MODULE}/__init__.py": "WORD = 'found'\n"})


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Configure a folder of wheels the way a user does, through uv's own variable; no index, no network."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    _put_wheel(folder)
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_OFFLINE", "1")
    return folder


@pytest.fixture
def environments(tmp_path: Path) -> Environments:
    """Give one that may not use the network and has an empty cache."""
    return UvEnvironments(tmp_path / "envs", tmp_path / "cache", allow_network=False)


def _says(python: str, program: str) -> str:
    done = subprocess.run([python, "-I", "-c", program], capture_output=True, text=True, check=False, env={})
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def _folders(root: Path) -> list[str]:
    """Name what lies beside the layers."""
    return sorted(path.name for path in root.iterdir() if path.is_dir() and path.name != ".layers")


# ---- lock -----------------------------------------------------------------------------------------------------


def test_a_program_of_the_standard_library_has_an_empty_lock(environments: Environments) -> None:
    """Most programs; no process is needed to say so."""
    assert environments.lock(()) == Lock("", ())


@pytest.mark.usefixtures("wheels")
def test_a_lock_pins_each_distribution_with_its_hash_and_nothing_else(environments: Environments) -> None:
    """A lock that names a folder or an address of this machine cannot be installed on the next one."""
    lock = environments.lock((NAME,))

    assert lock.requirements == (NAME,)
    assert re.fullmatch(r"strata-sample==1\.2 \\\n    --hash=sha256:[0-9a-f]{64}\n", lock.text)


@pytest.mark.usefixtures("wheels")
def test_the_order_of_requirements_does_not_matter(environments: Environments) -> None:
    """The lock is part of a tool's identity."""
    assert environments.lock((f"{NAME}>=1", NAME)) == environments.lock((NAME, f"{NAME}>=1", NAME))


def test_what_is_not_in_the_cache_needs_the_network_and_is_named(environments: Environments) -> None:
    """The user is asked for exactly this; the twin below finds the same distribution."""
    with pytest.raises(EnvironmentNeedsNetwork, match=NAME):
        environments.lock((NAME,))


@pytest.mark.usefixtures("wheels")
def test_what_a_configured_folder_has_needs_no_network(environments: Environments) -> None:
    """The twin: the same call, and the user's own configuration of where packages come from."""
    assert environments.lock((NAME,)).text


@pytest.mark.usefixtures("wheels")
@pytest.mark.parametrize("requirement", [f"{NAME}==9", f"{NAME}>2,<1"])
def test_requirements_that_nothing_satisfies_are_an_error_with_the_reason(
    environments: Environments, requirement: str
) -> None:
    """Where there is no index, the network would not help, so it must not be asked for."""
    with pytest.raises(EnvironmentUnbuildable, match=NAME):
        environments.lock((requirement,))


@pytest.mark.usefixtures("wheels")
@pytest.mark.parametrize(
    "requirement",
    [
        "-r /etc/passwd",
        "--index-url=x",
        f"{NAME} @ file:///tmp/x.whl",
        f"{NAME}\n--pre",
        "./here",
        "",
        "a b",
        f"{NAME}; @x",
    ],
)
def test_a_requirement_that_is_more_than_a_name_and_versions_is_refused(
    environments: Environments, requirement: str
) -> None:
    """It comes out of a program's text: it must not become an option, a file or an address."""
    with pytest.raises(EnvironmentUnbuildable, match="not a plain requirement"):
        environments.lock((requirement,))


@pytest.mark.usefixtures("wheels")
@pytest.mark.parametrize(
    "requirement", [NAME, "Strata_Sample", f"{NAME}==1.2", f"{NAME} >= 1, < 2 ; python_version > '3'"]
)
def test_an_ordinary_requirement_is_taken(environments: Environments, requirement: str) -> None:
    """The twin."""
    assert environments.lock((requirement,)).text.startswith(f"{NAME}==1.2")


def test_source_distributions_are_not_built(tmp_path: Path, wheels: Path, environments: Environments) -> None:
    """Building one runs its code on the host; the canary would show it. The wheel of the same version is taken."""
    canary = tmp_path / "ran"
    (wheels / f"{MODULE}-1.2-py3-none-any.whl").unlink()
    setup = f"open({str(canary)!r}, 'w')\nfrom setuptools import setup\nsetup(name='{NAME}', version='1.2')\n".encode()
    with tarfile.open(wheels / f"{MODULE}-1.2.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo(f"{MODULE}-1.2/setup.py")
        entry.size = len(setup)
        archive.addfile(entry, io.BytesIO(setup))

    with pytest.raises(EnvironmentUnbuildable):
        environments.lock((NAME,))
    _put_wheel(wheels)
    environments.build(environments.lock((NAME,)))
    assert not canary.exists()


# ---- build ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("wheels")
def test_an_isolated_interpreter_finds_what_the_lock_names(environments: Environments) -> None:
    """`-I` ignores the user's packages; what an empty lock gives does not have it."""
    with_it, without = environments.build(environments.lock((NAME,))), environments.build(Lock(""))

    assert _says(with_it.python, SHOW) == "found"
    assert "ModuleNotFoundError" in _says(without.python, SHOW)


@pytest.mark.usefixtures("wheels")
@pytest.mark.sandbox
def test_the_same_interpreter_works_inside_the_sandbox(environments: Environments) -> None:
    """Its folders are bound at their own paths, wherever they lie and whoever may enter them."""
    environment = environments.build(environments.lock((NAME,)))

    result = BubblewrapSandbox().run(SandboxJob((environment.python, "-I", "-c", SHOW), environment=environment))

    assert (result.stdout, result.stderr) == (b"found\n", b"")


@pytest.mark.usefixtures("wheels")
def test_a_second_build_of_a_lock_starts_no_process(tmp_path: Path, environments: Environments) -> None:
    """Every replay and every call passes here: with a uv that is not there, a hit works and a miss does not."""
    lock = environments.lock((NAME,))
    first = environments.build(lock)
    later = UvEnvironments(tmp_path / "envs", tmp_path / "cache", allow_network=False, uv="/nowhere/uv")

    assert later.build(lock) == first
    with pytest.raises(EnvironmentUnbuildable, match="uv"):
        later.build(Lock(lock.text.replace("1.2", "1.3")))


@pytest.mark.usefixtures("wheels")
def test_an_environment_is_read_only_and_shares_no_file_with_the_cache(
    tmp_path: Path, environments: Environments
) -> None:
    """Uv's cache is writable: a linked file that is changed there is changed in the environment."""
    folder = Path(environments.build(environments.lock((NAME,))).python).parents[1]
    found = [path for path in folder.rglob("*") if not path.is_symlink()]
    cached = {path.lstat().st_ino for path in (tmp_path / "cache").rglob("*") if path.is_file()}

    assert [path for path in [folder, *found] if path.stat().st_mode & 0o222] == []
    assert cached
    assert [path for path in found if path.is_file() and path.stat().st_ino in cached] == []
    assert any(path.suffix == ".pyc" and MODULE in str(path) for path in found)


@pytest.mark.usefixtures("wheels")
def test_a_build_that_fails_leaves_nothing(tmp_path: Path, environments: Environments) -> None:
    """A wrong hash is refused, and no folder looks like an environment; the right one builds."""
    lock = environments.lock((NAME,))
    wrong = Lock(re.sub(r"sha256:\w", "sha256:0" if "sha256:0" not in lock.text else "sha256:1", lock.text), (NAME,))

    with pytest.raises(EnvironmentUnbuildable):
        environments.build(wrong)
    assert _folders(tmp_path / "envs") == []
    built = environments.build(lock)
    assert _folders(tmp_path / "envs") == [built.key]


@pytest.mark.usefixtures("wheels")
def test_builders_at_the_same_time_give_one_environment(tmp_path: Path, environments: Environments) -> None:
    """The daemon and a command line may meet on one lock."""
    lock = environments.lock((NAME,))
    others = [UvEnvironments(tmp_path / "envs", tmp_path / "cache", allow_network=False) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        built = set(pool.map(lambda one: one.build(lock), others))

    assert len(built) == 1
    assert _folders(tmp_path / "envs") == [built.pop().key]


def test_what_a_killed_builder_left_is_swept(tmp_path: Path, environments: Environments) -> None:
    """After an hour nobody is building there any more; a younger folder may be in use."""
    old, young = tmp_path / "envs" / ".building-1", tmp_path / "envs" / ".building-2"
    for folder in (old, young):
        (folder / "lib").mkdir(parents=True)
    os.utime(old, (0, 0))

    environments.build(Lock(""))

    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.usefixtures("wheels")
def test_the_users_own_package_cache_stays_untouched(
    tmp_path: Path, environments: Environments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the cache that was given is written."""
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "theirs"))

    environments.build(environments.lock((NAME,)))

    assert not (tmp_path / "theirs").exists()
    assert any((tmp_path / "cache").iterdir())


def test_the_check_names_uv_and_a_missing_uv_names_the_fix(tmp_path: Path, environments: Environments) -> None:
    """`doctor` shows exactly this."""
    missing = UvEnvironments(tmp_path, tmp_path, allow_network=False, uv="/nowhere/uv").checks()

    assert [(check.ok, check.detail[:3]) for check in environments.checks()] == [(True, "uv ")]
    assert [(check.ok, "install" in check.fix) for check in missing] == [(False, True)]


PLANTED = {
    "planted.py": "",
    "planted.pth": "import os; open({0!r}, 'a').write('pth')\n",
    "sitecustomize.py": "open({0!r}, 'a')",
}


def test_no_code_of_a_package_runs_while_it_is_installed(
    tmp_path: Path, wheels: Path, environments: Environments
) -> None:
    """An installed `.pth` line runs wherever its environment's Python starts, and none of it is sandboxed here."""
    canary = tmp_path / "canary"
    put_wheel(wheels, "planted", "1.0", {name: text.format(str(canary)) for name, text in PLANTED.items()})

    environment = environments.build(environments.lock(("planted",)))

    assert not canary.exists()
    compiled = list(Path(environment.python).parents[1].glob("lib/*/site-packages/__pycache__/planted*.pyc"))
    assert compiled
    subprocess.run([environment.python, "-c", "pass"], check=True, stdin=subprocess.DEVNULL)
    assert canary.exists(), "the twin: the environment's own Python does run it"


@pytest.mark.parametrize(
    "line",
    [
        "-r SECRET",
        "-c SECRET",
        "--find-links WHEELS",
        "--index-url http://127.0.0.1:9/simple",
        "strata-sample @ file://WHEELS/strata_sample-1.2-py3-none-any.whl",
        "strata-sample @ http://127.0.0.1:9/x.whl",
        "-e WHEELS",
        "strata-sample==1.2",
    ],
)
def test_a_lock_that_is_more_than_pins_builds_nothing(
    tmp_path: Path, wheels: Path, environments: Environments, line: str
) -> None:
    """A lock may lie in a tool's folder that somebody else wrote: it names no file, no address and no option."""
    (tmp_path / "secret").write_text("the-canary-must-not-sing\n")
    text = line.replace("SECRET", str(tmp_path / "secret")).replace("WHEELS", str(wheels)) + "\n"

    with pytest.raises(EnvironmentUnbuildable) as refused:
        environments.build(Lock(text, ("strata-sample",)))

    assert "must-not-sing" not in str(refused.value)
    assert environments.build(environments.lock((NAME,))).key, "the twin: pins and hashes build"
