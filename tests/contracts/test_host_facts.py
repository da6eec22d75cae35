"""What every HostFacts promises."""

import json
from pathlib import Path

import pytest

from skillstrata.adapters.local_host_facts import LocalHostFacts


@pytest.fixture
def facts(tmp_path: Path) -> LocalHostFacts:
    """A machine with one program, one variable, and servers of the user and of the project."""
    bin_folder, home, project = tmp_path / "bin", tmp_path / "home", tmp_path / "project"
    for folder in (bin_folder, home, project):
        folder.mkdir()
    (bin_folder / "rg").write_text("#!/bin/sh\ntouch started\n", encoding="ascii")
    (bin_folder / "rg").chmod(0o755)
    (bin_folder / "plain").write_text("x", encoding="ascii")
    user = {
        "mcpServers": {"Docs": {}},
        "projects": {str(project): {"mcpServers": {"local": {}}}, "/x": {"mcpServers": {"y": {}}}},
    }
    (home / ".claude.json").write_text(json.dumps(user), encoding="utf-8")
    (project / ".mcp.json").write_text(json.dumps({"mcpServers": {"rube": {}}}), encoding="utf-8")
    return LocalHostFacts({"PATH": str(bin_folder), "SET": "1", "EMPTY": ""}, home, project)


@pytest.mark.parametrize(
    ("name", "there"), [("rg", True), ("plain", False), ("gone", False), ("", False), ("/bin/sh", False)]
)
def test_a_program_is_one_that_could_be_started_from_the_path(facts: LocalHostFacts, name: str, there: bool) -> None:
    """A path is no name of a program."""
    assert facts.has_binary(name) is there


def test_nothing_is_started_to_find_out(facts: LocalHostFacts, tmp_path: Path) -> None:
    """A skill could name any program."""
    assert facts.has_binary("rg")
    assert not (tmp_path / "started").exists()
    assert not Path("started").exists()


@pytest.mark.parametrize(("name", "there"), [("SET", True), ("EMPTY", False), ("NONE", False)])
def test_a_variable_without_a_value_is_not_there(facts: LocalHostFacts, name: str, there: bool) -> None:
    """So shells take one back."""
    assert facts.has_variable(name) is there


@pytest.mark.parametrize(("name", "there"), [("docs", True), ("rube", True), ("local", True), ("y", False)])
def test_servers_are_those_of_the_user_and_of_this_project(facts: LocalHostFacts, name: str, there: bool) -> None:
    """Not those of another project."""
    assert facts.has_mcp_server(name) is there


@pytest.mark.parametrize("text", ["", "[]", "{", '{"mcpServers": 3}', "\0"])
def test_a_file_that_is_none_has_no_servers(tmp_path: Path, text: str) -> None:
    """Somebody else's configuration is no fault of the skill."""
    (tmp_path / ".mcp.json").write_text(text, encoding="utf-8")

    assert LocalHostFacts({}, tmp_path, tmp_path).has_mcp_server("rube") is False
