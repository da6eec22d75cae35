"""What every ServerList promises."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters.agent_server_files import AgentServerFiles
from skillstrata.adapters.server_entries import Place, is_own, server_of
from skillstrata.records.tool_servers import ToolServer


class Machine:
    """A home and a repository with a project inside, and files to be written there."""

    def __init__(self, root: Path) -> None:
        self.home, self.repository = root / "home", root / "repository"
        self.project = self.repository / "part"
        self.config = root / "data" / "config.toml"
        for folder in (self.home, self.project, self.repository / ".git", self.config.parent):
            folder.mkdir(parents=True)

    def write(self, path: Path, value: object) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")

    def client(self, **more: object) -> None:
        self.write(self.home / ".claude.json", more)

    def servers(self, *, trusted: bool = False, program: tuple[str, ...] = (), **environ: str) -> list[ToolServer]:
        files = AgentServerFiles(self.home, environ, config=self.config, project_trusted=trusted, program=program)
        return list(files.servers(self.project))

    def one(self, *, trusted: bool = False, **environ: str) -> ToolServer:
        found = self.servers(trusted=trusted, program=(), **environ)
        assert len(found) == 1, found
        return found[0]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """An empty one."""
    return Machine(tmp_path)


def listed(**servers: object) -> dict[str, object]:
    """A file's table."""
    return {"mcpServers": servers}


def test_servers_come_from_every_place_sorted_by_label(machine: Machine) -> None:
    """Whoever set up an agent's servers should not do it twice."""
    machine.write(machine.project / ".mcp.json", listed(b={"command": "b"}))
    machine.write(machine.repository / ".mcp.json", listed(c={"command": "c"}))
    here = {str(machine.project): listed(a={"command": "a"})}
    machine.client(projects=here, **listed(d={"type": "http", "url": "http://127.0.0.1:1/mcp"}))
    plugin = machine.home / ".claude" / "plugins" / "cache" / "p"
    machine.write(plugin / ".mcp.json", {"e": {"command": "${CLAUDE_PLUGIN_ROOT}/e"}})
    rows = {"plugins": {"p@shelf": [{"installPath": str(plugin)}]}}
    machine.write(machine.home / ".claude" / "plugins" / "installed_plugins.json", rows)
    machine.write(machine.config, '[servers]\nf = "f --stdio"\n[servers.g]\nurl = "http://127.0.0.1:2"\ntype = "sse"\n')
    found = machine.servers()

    assert [(one.label, one.scope, one.transport, one.problem) for one in found] == [
        ("a", "user", "stdio", ""),
        ("b", "project", "stdio", ""),
        ("c", "project", "stdio", ""),
        ("d", "user", "http", ""),
        ("e", "plugin", "stdio", ""),
        ("f", "own", "stdio", ""),
        ("g", "own", "sse", ""),
    ]
    assert found[4].command == f"{plugin}/e"
    assert (found[5].command, found[5].args) == ("f", ("--stdio",))


def test_of_one_label_the_nearer_wins(machine: Machine) -> None:
    """Local, project, user, plugin, own: as the client has it."""
    machine.write(machine.config, '[servers]\nx = "own"\n')
    assert machine.one().command == "own"
    machine.client(**listed(x={"command": "user"}))
    assert machine.one().command == "user"
    machine.write(machine.repository / ".mcp.json", listed(x={"command": "root"}))
    assert machine.one().command == "root"
    machine.write(machine.project / ".mcp.json", listed(x={"command": "project"}))
    assert machine.one().command == "project"
    local = {str(machine.project): listed(x={"command": "local"})}
    machine.client(projects=local, **listed(x={"command": "user"}))
    assert machine.one().command == "local"


def test_files_above_the_repository_are_nobodys(machine: Machine) -> None:
    """A file in a folder that others may write to is not the project's."""
    machine.write(machine.repository.parent / ".mcp.json", listed(x={"command": "x"}))

    assert machine.servers() == []


def test_a_projects_servers_are_trusted_when_somebody_says_so(machine: Machine) -> None:
    """A file that came with a clone must not start programs; consent given to the client counts."""
    machine.write(machine.project / ".mcp.json", listed(x={"command": "x"}))

    assert not machine.one().trusted
    assert machine.one(trusted=True).trusted
    machine.client(projects={str(machine.project): {"enabledMcpjsonServers": ["x"]}})
    assert machine.one().trusted
    machine.client(projects={str(machine.project): {"disabledMcpjsonServers": ["x"]}})
    assert machine.servers(trusted=True) == []


def test_variables_are_put_in(machine: Machine) -> None:
    """Keys stand in the environment, not in files that are shared."""
    entry = {
        "command": "${TOOLS}/x",
        "args": ["${A:-one}", "$A", "${B:-}"],
        "env": {"KEY": "${KEY}", "PORT": 80, "ON": True},
    }
    machine.write(machine.project / ".mcp.json", listed(x=entry))
    found = machine.one(TOOLS="/opt", KEY="s3cret")

    assert (found.command, found.args) == ("/opt/x", ("one", "$A", ""))
    assert found.env == (("KEY", "s3cret"), ("ON", "true"), ("PORT", "80"))
    assert "s3cret" not in repr(found)


def test_headers_and_times_are_taken_over(machine: Machine) -> None:
    """The client counts milliseconds, our file seconds."""
    entry = {
        "type": "http",
        "url": "${HOST:-http://127.0.0.1:1}/mcp",
        "headers": {"X": "Bearer ${KEY}"},
        "timeout": 5000,
    }
    machine.write(machine.project / ".mcp.json", listed(x=entry))
    found = machine.one(KEY="k")

    assert (found.url, found.headers, found.timeout_s) == ("http://127.0.0.1:1/mcp", (("X", "Bearer k"),), 5.0)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"command": "x", "args": ["${NOPE}"]}, "the variable NOPE is not set"),
        ({"command": 17}, "command"),
        ({}, "url"),
        ({"type": "ws", "url": "ws://x"}, "type"),
        ({"type": "http", "url": "file:///etc/passwd"}, "http://"),
        ({"type": "stdio"}, "command"),
        ([], "dictionary"),
    ],
)
def test_a_broken_entry_costs_itself_only(machine: Machine, entry: object, said: str) -> None:
    """And it says why, without the values that stand in it."""
    machine.write(machine.project / ".mcp.json", listed(bad=entry, good={"command": "x"}))
    bad, good = machine.servers()

    assert said in bad.problem
    assert good.problem == ""


@pytest.mark.parametrize("text", ["{", "[]", '{"mcpServers": []}', '{"mcpServers": {"a": "s3cret\'"}, "x": s3cret}'])
def test_a_broken_file_costs_itself_only(machine: Machine, text: str) -> None:
    """The twin stands in another file."""
    machine.write(machine.project / ".mcp.json", text)
    machine.client(**listed(good={"command": "x"}))
    found = {one.label: one.problem for one in machine.servers()}

    assert found["good"] == ""
    assert found[".mcp.json"]
    assert "s3cret" not in found[".mcp.json"]


def test_a_broken_entry_does_not_hide_a_good_one_of_its_label(machine: Machine) -> None:
    """Both are told; the good one is used."""
    machine.write(machine.project / ".mcp.json", listed(x={"command": 17}))
    machine.client(**listed(x={"command": "x"}))

    assert [(one.command, bool(one.problem)) for one in machine.servers()] == [("x", False), ("", True)]


@pytest.mark.parametrize(
    "words",
    [
        ["skillstrata", "mcp"],
        ["/home/somebody/.local/bin/skillstrata", "--data-dir", "/x", "mcp"],
        ["distiller", "mcp"],
        ["uvx", "skillstrata@0.1", "mcp"],
        ["uv", "run", "--with", "skillstrata[judge]", "skillstrata", "mcp"],
        ["python3", "-m", "skillstrata", "mcp"],
        ["sh", "-c", "cd /x && exec skillstrata mcp"],
        ["env", "A=1", "skillstrata", "mcp"],
        ["/opt/strata", "serve"],
    ],
)
def test_our_own_server_is_left_out_under_any_name(machine: Machine, words: list[str]) -> None:
    """We would call ourselves, and that one again."""
    machine.write(machine.project / ".mcp.json", listed(other={"command": words[0], "args": words[1:]}))

    assert machine.servers(program=("/opt/strata", "serve")) == []


@pytest.mark.parametrize(
    "words", [["skillstrata-docs", "mcp"], ["x", "skillstrata"], ["mcp", "skillstrata"], ["x", "mcp"]]
)
def test_a_server_that_only_sounds_like_ours_stays(words: list[str]) -> None:
    """The twin of the one above."""
    assert not is_own(words)


def test_the_clients_folder_may_be_elsewhere(machine: Machine) -> None:
    """CLAUDE_CONFIG_DIR moves it."""
    machine.write(machine.home / "moved" / ".claude.json", listed(x={"command": "x"}))

    assert machine.servers() == []
    assert machine.one(CLAUDE_CONFIG_DIR=str(machine.home / "moved")).label == "x"


def test_only_our_own_file_vouches_for_what_a_server_says(machine: Machine) -> None:
    """A project's file could vouch for its own server."""
    machine.write(machine.project / ".mcp.json", listed(a={"command": "x", "trust_annotations": True}))
    machine.write(machine.config, '[servers.b]\ncommand = "x"\ntrust_annotations = true\n')

    assert [one.annotations_trusted for one in machine.servers()] == [False, True]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["type", "command", "args", "env", "url", "headers", "timeout", "cwd", "disabled"])


@given(st.text(max_size=20), JSON | st.dictionaries(KEYS, JSON, max_size=5))
def test_no_entry_whatever_raises(label: str, entry: object) -> None:
    """These files are written by people and by programs of others."""
    found = server_of(label, entry, Place("f", "user", trusted=True, variables={}))

    assert found is None or found.problem or found.command or found.url
