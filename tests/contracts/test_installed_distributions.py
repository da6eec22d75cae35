"""What every InstalledDistributions promises, on folders of packages made by hand."""

import os
import sys
from pathlib import Path

import pytest

from skillstrata.adapters.site_packages import SitePackages
from skillstrata.ports.installed_distributions import InstalledDistributions
from skillstrata.records.environments import Provider


def _venv(prefix: Path) -> Path:
    """Make a virtual environment without an interpreter, as far as its metadata goes; give its folder of packages."""
    site = prefix / "lib" / "python3.12" / "site-packages"
    site.mkdir(parents=True)
    (prefix / "pyvenv.cfg").write_text("home = /usr/bin\n", encoding="utf-8")
    return site


def _install(site: Path, name: str, version: str, *paths: str, **more: str) -> None:
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    said = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: not-this\n"
    (info / "METADATA").write_text(said, encoding="utf-8")
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in paths), encoding="utf-8")
    for file, text in more.items():
        (info / file.replace("__", ".")).write_text(text, encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Name a project's folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def installed(tmp_path: Path) -> InstalledDistributions:
    """Give one whose PATH has no interpreter."""
    return SitePackages(str(tmp_path / "nowhere"))


def _asked(
    installed: InstalledDistributions, project: Path, module: str, interpreter: str = "python3"
) -> list[tuple[str, str]]:
    found = installed.providers(module, interpreter=interpreter, folder=str(project))
    return [(provider.distribution, provider.version) for provider in found]


@pytest.mark.parametrize(
    ("paths", "module"),
    [
        (("yaml/__init__.py", "yaml/nodes.py"), "yaml"),
        (("six.py",), "six"),
        (("_speed.cpython-312-x86_64-linux-gnu.so",), "_speed"),
        (("fast/__init__.cpython-312-x86_64-linux-gnu.so",), "fast"),
        (("../../../bin/tool", "tool_lib/__init__.py"), "tool_lib"),
    ],
)
def test_a_distribution_provides_what_its_record_lists(
    project: Path, installed: InstalledDistributions, paths: tuple[str, ...], module: str
) -> None:
    """Packages, modules and compiled ones; the answer has the version that was there."""
    site = _venv(project / ".venv")
    _install(site, "Some-Thing", "6.0.1", *paths)
    [found] = installed.providers(module, interpreter="python3", folder=str(project))

    assert found == Provider("Some-Thing", "6.0.1", str(site))
    assert _asked(installed, project, "another") == []


@pytest.mark.parametrize(
    "path", ["pkg.libs/libz.so.1", "__pycache__/six.cpython-312.pyc", "docs/readme.txt", "a-b/c.py"]
)
def test_what_cannot_be_imported_is_no_module(project: Path, installed: InstalledDistributions, path: str) -> None:
    """Libraries, caches and papers lie beside modules."""
    _install(_venv(project / ".venv"), "other", "1", path, "real.py")

    assert _asked(installed, project, path.partition("/")[0].partition(".")[0]) == []
    assert _asked(installed, project, "real") == [("other", "1")]


@pytest.mark.parametrize("interpreter", [".venv/bin/python", "{project}/.venv/bin/python3.12"])
def test_the_interpreter_that_was_named_answers(
    project: Path, installed: InstalledDistributions, interpreter: str
) -> None:
    """Relative to the folder it ran in, or absolute; another environment beside it says nothing."""
    _install(_venv(project / ".venv"), "right", "1", "thing.py")
    _install(_venv(project / "venv"), "wrong", "1", "thing.py")

    assert _asked(installed, project, "thing", interpreter.format(project=project)) == [("right", "1")]
    assert _asked(installed, project, "thing", "venv/bin/python") == [("wrong", "1")]


def test_a_bare_word_means_the_environment_of_the_folder_or_of_one_above(
    project: Path, installed: InstalledDistributions
) -> None:
    """Agents work in folders of a project; the nearest environment wins."""
    deep = project / "docs" / "reports"
    deep.mkdir(parents=True)
    _install(_venv(project / ".venv"), "above", "1", "thing.py")
    assert _asked(installed, deep, "thing") == [("above", "1")]

    _install(_venv(project / "docs" / "venv"), "nearer", "2", "thing.py")
    assert _asked(SitePackages(""), deep, "thing") == [("nearer", "2")]


def test_the_word_is_looked_up_on_the_path_last(tmp_path: Path, project: Path) -> None:
    """Where no environment has the module, what the same word starts here may."""
    site = _venv(tmp_path / "usual")
    _install(site, "usual", "3", "thing.py")
    (tmp_path / "usual" / "bin").mkdir()
    (tmp_path / "usual" / "bin" / "python3").symlink_to(sys.executable)
    _install(_venv(project / ".venv"), "other", "1", "other.py")
    installed = SitePackages(str(tmp_path / "usual" / "bin"))

    assert _asked(installed, project, "thing") == [("usual", "3")]
    assert _asked(installed, project, "other") == [("other", "1")]


def test_an_interpreter_outside_an_environment_is_followed_to_where_it_is_installed(
    tmp_path: Path, project: Path, installed: InstalledDistributions
) -> None:
    """`/usr/bin/python3` and version managers: links to the real one."""
    real = tmp_path / "real"
    (real / "bin").mkdir(parents=True)
    (real / "bin" / "python3.12").write_text("", encoding="utf-8")
    (real / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
    _install(real / "lib" / "python3.12" / "site-packages", "installed", "1", "thing.py")
    (project / "bin").mkdir()
    (project / "bin" / "python3").symlink_to(real / "bin" / "python3.12")

    assert _asked(installed, project, "thing", str(project / "bin" / "python3")) == [("installed", "1")]
    assert _asked(installed, project, "thing", str(project / "bin" / "gone")) == []


def test_every_provider_is_named_and_parts_of_a_namespace_are_told_apart(
    project: Path, installed: InstalledDistributions
) -> None:
    """Two answers are a question for the user; a part of a namespace package alone does not make its name."""
    site = _venv(project / ".venv")
    _install(site, "docx", "0.2", "docx/__init__.py")
    _install(site, "python-docx", "1.1", "docx/__init__.py")
    _install(site, "google-part", "1", "google/part/__init__.py")

    assert _asked(installed, project, "docx") == [("docx", "0.2"), ("python-docx", "1.1")]
    assert [p.regular for p in installed.providers("google", interpreter="", folder=str(project))] == [False]


def test_what_was_installed_from_a_folder_is_the_projects_own(project: Path, installed: InstalledDistributions) -> None:
    """No index has it: a distribution of that name there would be somebody else's."""
    _install(
        _venv(project / ".venv"),
        "our-tools",
        "0",
        "__editable__.our_tools.pth",
        direct_url__json='{"dir_info": {"editable": true}, "url": "file:///home/ann/our-tools"}',
    )
    [found] = installed.providers("our_tools", interpreter="", folder=str(project))

    assert (found.distribution, found.of_project) == ("our-tools", True)


def test_old_metadata_counts_too(project: Path, installed: InstalledDistributions) -> None:
    """The system's packages have `.egg-info` folders with a list of names."""
    info = _venv(project / ".venv") / "PyYAML-6.0.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Metadata-Version: 1.2\nName: PyYAML\nVersion: 6.0\n", encoding="utf-8")
    (info / "top_level.txt").write_text("_yaml\nyaml\n", encoding="utf-8")

    for module in ("_yaml", "yaml"):
        [found] = installed.providers(module, interpreter="python3", folder=str(project))
        assert (found.distribution, found.version, found.regular) == ("PyYAML", "6.0", True)


@pytest.mark.parametrize("harm", ["pipe", "endless", "bytes", "nameless", "folder"])
def test_metadata_that_is_no_metadata_gives_nothing(
    project: Path, installed: InstalledDistributions, harm: str
) -> None:
    """The folder may be anybody's; its neighbour is still read."""
    site = _venv(project / ".venv")
    _install(site, "good", "1", "good.py")
    _install(site, "bad", "1", "bad.py")
    file = site / "bad-1.dist-info" / "METADATA"
    file.unlink()
    match harm:
        case "pipe":
            os.mkfifo(file)
        case "endless":
            file.symlink_to("/dev/zero")
        case "bytes":
            file.write_bytes(b"\xff\xfe" * 100)
        case "nameless":
            file.write_text("Version: 1\n", encoding="utf-8")
        case _:
            file.mkdir()

    assert _asked(installed, project, "bad") == []
    assert _asked(installed, project, "good") == [("good", "1")]


def test_nothing_of_what_is_installed_runs(tmp_path: Path, project: Path, installed: InstalledDistributions) -> None:
    """Neither the interpreter of the recorded folder, nor a package, nor a `.pth` line; the canary would show it."""
    canary = tmp_path / "ran"
    site = _venv(project / ".venv")
    (project / ".venv" / "bin").mkdir()
    python = project / ".venv" / "bin" / "python"
    python.write_text(f"#!/bin/sh\ntouch {canary}\n", encoding="utf-8")
    python.chmod(0o755)
    for file in ("thing.py", "sitecustomize.py"):
        (site / file).write_text(f"open({str(canary)!r}, 'w')\n", encoding="utf-8")
    (site / "thing.pth").write_text(f"import os; open({str(canary)!r}, 'w')\n", encoding="utf-8")
    _install(site, "thing", "1", "thing.py", "thing.pth")

    assert _asked(installed, project, "thing", ".venv/bin/python") == [("thing", "1")]
    assert not canary.exists()
