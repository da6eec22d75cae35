"""Who may let a tool reach the network, and what a caller is told about it."""

import json
import os
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import anyio
import mcp_types
import pytest
from mcp.client.client import Client

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.adapters.skill_folders import SkillFolders
from skillstrata.app.reports import CallReport, CallRequest
from skillstrata.app.settings import SettingInvalid, load_settings
from skillstrata.app.use_cases import running
from skillstrata.app.wiring import App, open_app
from skillstrata.library import failure_class, render_tool
from skillstrata.records.endpoints import endpoint_of
from skillstrata.records.qualities import FailureClass
from skillstrata.records.sandbox_runs import Endpoint
from skillstrata.surfaces.cli.main import main
from skillstrata.surfaces.mcp_server.server import build_server
from tests.composition_home import Answer, says
from tests.fakes.sample_tools import FIXTURE, a_draft, a_proof, a_tool, an_entry
from tests.listeners import PAGE, listening, way_to

FETCHES = (
    '# /// script\n# requires-python = ">=3.11"\n# dependencies = []\n# ///\n'
    "import re, sys, urllib.request\nfrom pathlib import Path\n"
    "url = re.search('href=\"([^\"]+)', Path(sys.argv[1]).read_text()).group(1)\n"
    "Path(sys.argv[-1]).write_bytes(urllib.request.urlopen(url, timeout=8).read())\n"
)
TOOL = "fetch-page"
ASKS = '<!DOCTYPE html><html><body><h1>Links</h1><p><a href="http://api.example.com/x">one</a></p></body></html>'


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Generator[list[bytes]]:
    """Lead every granted name to a listener of the test; give what came there."""
    with listening() as place:
        sandbox = BubblewrapSandbox(reach=way_to(place))
        monkeypatch.setattr(App, "sandbox", property(lambda _app: sandbox))
        yield place.came


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Make a library of one tool that fetches the first link of a page."""
    tool = a_tool(TOOL)
    version = replace(tool.branches[0].versions[0], main=FETCHES, lock="", requirements=())
    tool = replace(tool, branches=(replace(tool.branches[0], versions=(version,)),))
    files = render_tool(
        tool, draft=replace(a_draft(), main=FETCHES), proof=a_proof(), fixtures=(("fresh-1.html", FIXTURE),)
    )
    SkillFolders(tmp_path / "library" / "skills").deposit(TOOL, files, an_entry())
    (tmp_path / "links.html").write_text(ASKS, encoding="utf-8")
    return tmp_path / "library"


def _app(data_dir: Path, config: str = "") -> App:
    (data_dir / "config.toml").write_text(config, encoding="utf-8")
    return open_app(load_settings(data_dir=data_dir, config=None, environ=os.environ))


def _call(app: App, *allowed: str, surface: str = "cli") -> CallReport:
    given = (("input", str(app.data_dir.parent / "links.html")),)
    hosts = tuple(endpoint_of(word) for word in allowed)
    out_dir = str(app.data_dir / "outputs" / "out")
    return running.run(app, CallRequest(TOOL, given, out_dir, force=True, surface=surface, allow_hosts=hosts))


def _served(app: App, arguments: dict[str, object], answer: Answer | None = None) -> mcp_types.CallToolResult:
    async def ask() -> mcp_types.CallToolResult:
        async with Client(build_server(app), mode="auto", elicitation_callback=answer) as client:
            return await client.call_tool("skills_call", arguments)

    return anyio.run(ask)


# ---- settings -------------------------------------------------------------------------------------------------


def test_the_table_of_the_config_file_grants_by_tool(tmp_path: Path) -> None:
    """A host without a port means https."""
    config = tmp_path / "config.toml"
    config.write_text('install = 1\n[network]\na = ["API.example.com", "b.example:8080"]\nc = []\n', encoding="utf-8")
    settings = load_settings(data_dir=tmp_path, config=config, environ={})

    assert settings.network == (("a", (Endpoint("api.example.com", 443), Endpoint("b.example", 8080))), ("c", ()))
    assert settings.allow_install
    assert load_settings(data_dir=tmp_path / "other", config=None, environ={}).network == ()


@pytest.mark.parametrize(
    ("table", "value"),
    [
        ('[network]\na = ["127.0.0.1"]', "127.0.0.1"),
        ('[network]\na = ["*.example.com"]', r"\*\.example\.com"),
        ('[network]\na = ["api.example.com:99999"]', "99999"),
        ("[network]\na = [443]", "443"),
        ('[network]\na = "api.example.com"', "api.example.com"),
        ("[network]\na = true", "True"),
        ("network = true", "True"),
    ],
)
def test_a_grant_that_cannot_be_read_stops_the_program_and_names_the_value(
    tmp_path: Path, table: str, value: str
) -> None:
    """Read loosely, it would grant something else than its writer meant."""
    config = tmp_path / "config.toml"
    config.write_text(table, encoding="utf-8")
    with pytest.raises(SettingInvalid, match=value) as error:
        load_settings(data_dir=tmp_path, config=config, environ={})

    assert "[network]" in error.value.hint


# ---- calls ----------------------------------------------------------------------------------------------------


@pytest.mark.sandbox
def test_a_tool_without_a_grant_reaches_nothing_and_the_hint_says_how_to_grant(
    data_dir: Path, network: list[bytes]
) -> None:
    """A name that cannot be looked up says nothing to whoever does not know that there is no network."""
    report = _call(_app(data_dir))

    assert (report.ok, report.network, network) == (False, (), [])
    assert report.error is not None
    assert f"skillstrata run {TOOL} --allow-host HOST:PORT" in report.error.hint
    assert "[network] in config.toml" in report.error.hint


@pytest.mark.sandbox
def test_a_granted_tool_reaches_its_host_and_the_report_says_so(data_dir: Path, network: list[bytes]) -> None:
    """By the settings, or for one call."""
    always = _call(_app(data_dir, f'[network]\n{TOOL} = ["api.example.com:80"]\n'))
    once = _call(_app(data_dir), "api.example.com:80")

    assert [(a.target, a.refused) for a in (*always.network, *once.network)] == [("api.example.com:80", "")] * 2
    assert (always.ok, once.ok, len(network)) == (True, True, 2)
    assert Path(once.outputs[0].path).read_bytes() == PAGE


@pytest.mark.sandbox
@pytest.mark.parametrize("granted", [f"{TOOL} = ['api.example.com']", "other = ['api.example.com:80']"])
def test_another_port_or_another_tools_grant_is_none(data_dir: Path, network: list[bytes], granted: str) -> None:
    """The first is https alone; the tool asks for plain http."""
    report = _call(_app(data_dir, f"[network]\n{granted}\n"))

    assert (report.ok, network) == (False, [])
    assert report.error is not None
    assert "--allow-host" in report.error.hint
    assert [a.refused for a in report.network] in (["not granted"], [])


@pytest.mark.sandbox
def test_nothing_over_mcp_can_grant_but_the_settings_hold_there_too(data_dir: Path, network: list[bytes]) -> None:
    """An agent that could grant would be no safer than one with a shell."""
    given: dict[str, object] = {"name": TOOL, "arguments": {"input": str(data_dir.parent / "links.html")}}
    without = _served(_app(data_dir), given)
    trying = [
        _served(_app(data_dir), {**given, "allow_hosts": ["api.example.com:80"]}),
        _served(_app(data_dir), {**given, "arguments": {"input": "x", "allow_host": "api.example.com:80"}}),
    ]
    granting = _app(data_dir, f'[network]\n{TOOL} = ["api.example.com:80"]\n')
    unasked = _served(granting, given)
    reached = len(network)
    granted = _served(granting, given, says(approve=True))

    assert without.is_error
    assert without.structured_content is not None
    assert "only the user can grant" in without.structured_content["error"]["hint"]
    assert "--allow-host" not in without.structured_content["error"]["hint"]
    assert [answer.is_error for answer in (*trying, unasked)] == [True] * 3
    # What it would send is the user's to see, as of every other tool that reaches outside.
    assert "data_export" in str(unasked.structured_content)
    assert (reached, len(network)) == (0, 1)
    assert granted.structured_content is not None
    assert granted.structured_content["network"] == [{"target": "api.example.com:80", "refused": ""}]


@pytest.mark.parametrize(
    ("config", "opens"),
    [("", False), (f"[network]\n{TOOL} = []\n", False), (f"[network]\n{TOOL} = ['a.example']\n", True)],
)
def test_a_client_sees_before_it_calls_whether_a_call_may_reach_the_network(
    data_dir: Path, config: str, *, opens: bool
) -> None:
    """It is what a client decides by whether to ask its user."""

    async def ask() -> dict[str, bool | None]:
        async with Client(build_server(_app(data_dir, config)), mode="auto") as client:
            tools = (await client.list_tools()).tools
            return {tool.name: tool.annotations.open_world_hint for tool in tools if tool.annotations}

    hints = anyio.run(ask)
    assert {name: hints[name] for name in ("skills_search", "skills_describe", "skills_call")} == {
        "skills_search": False,
        "skills_describe": False,
        "skills_call": opens,
    }


@pytest.mark.sandbox
def test_the_command_line_grants_for_one_call(
    data_dir: Path, network: list[bytes], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says what was reached, to people and in JSON."""
    monkeypatch.chdir(data_dir.parent)
    words = ["--data-dir", str(data_dir), "run", TOOL, "--set", "input=links.html", "--force"]
    codes = [main([*words, "--allow-host", "api.example.com:80", "--allow-host", "b.example"])]
    said = capsys.readouterr().err
    codes.append(main([*words, "--allow-host", "api.example.com:80", "--json"]))
    as_json = json.loads(capsys.readouterr().out)
    codes.append(main([*words, "--allow-host", "api.example.com:443"]))
    refused = capsys.readouterr().err

    assert codes == [0, 0, 65]
    assert "reached over the network: api.example.com:80" in said
    assert as_json["network"] == [{"target": "api.example.com:80", "refused": ""}]
    assert "not reached: api.example.com:80 (not granted)" in refused
    assert f"skillstrata run {TOOL} --allow-host api.example.com:80" in refused
    assert len(network) == 2


@pytest.mark.parametrize("word", ["127.0.0.1", "localhost", "*.example.com", "a.example:0", "https://a.example", ""])
def test_a_host_that_cannot_be_granted_is_a_mistake_in_usage(
    data_dir: Path, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    """Said before anything runs, with the word."""
    code = main(["--data-dir", str(data_dir), "run", TOOL, "--set", "input=x", "--allow-host", word])

    assert code == 2
    assert repr(word) in capsys.readouterr().err


def test_a_call_that_lacked_the_network_is_counted_as_that_and_a_broken_one_as_its_own(data_dir: Path) -> None:
    """A tool is not taken out of use for what only the user can give."""
    app = _app(data_dir)
    refused = _call(app)
    (data_dir.parent / "links.html").write_text("<!DOCTYPE html><html><body><p>no link</p></body></html>")
    broken = _call(app)

    assert (refused.ok, broken.ok) == (False, False)
    found = [failure_class(use.failure) for use in app.catalog.usages(TOOL)]
    assert found == [FailureClass.NETWORK, FailureClass.PROGRAM]
    assert refused.error is not None
    assert refused.error.code == "call.program_failed"
