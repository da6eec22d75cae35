"""Native tools as the program makes them: what is closed to them wherever it lies."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import App, open_app
from skillstrata.records.json_values import JsonObject
from skillstrata.records.tool_calls import Caller, ToolCall, ToolResult

PROJECT, DATA = "project", "project/.data"


@pytest.fixture
def app(tmp_path: Path) -> App:
    """An App whose data directory, configuration and policy lie in the very project that tools may write in."""
    home = tmp_path / "home"
    (tmp_path / DATA).mkdir(parents=True)
    home.mkdir()
    config = tmp_path / PROJECT / "config.toml"
    files = {"loader": "loader.yaml", "policy": "org.toml", "rules": "rules.toml"}
    for name in files.values():
        (tmp_path / PROJECT / name).write_text("")
    project = tmp_path / PROJECT
    config.write_text(
        f'[skills]\nloader = "{project}/{files["loader"]}"\n[policy]\nmanaged = "{project}/{files["policy"]}"\n'
        f'[redaction]\nrules = "{project}/{files["rules"]}"\n[compose]\nroots = ["{tmp_path}"]\n'
    )
    return open_app(load_settings(data_dir=tmp_path / DATA, config=config, environ={"HOME": str(home)}))


def _call(app: App, cwd: Path, name: str, **arguments: str) -> ToolResult:
    given: JsonObject = dict(arguments)
    call = ToolCall(f"native/{name}", given, Caller("cli", str(cwd)))
    return app.native_tools(cwd).call(call, threading.Event())


@pytest.mark.parametrize(
    "path",
    [
        ".data/grants.json",
        ".data/composed_tools.json",
        ".data/composed_tools.json.bak",
        ".data/request_state.key",
        ".data/policy.toml",
        ".data/tool_pins.json",
        ".data/audit/new.jsonl",
        ".data/hooks/capture.sh",
        ".data/runs/r1.jsonl",
        "config.toml",
        "loader.yaml",
        "org.toml",
        "rules.toml",
        ".skillstrata/policy.toml",
        ".mcp.json",
        ".claude/settings.json",
        ".claude/settings.local.json",
        "link/grants.json",
    ],
)
def test_no_tool_reaches_what_the_program_goes_by(app: App, tmp_path: Path, path: str) -> None:
    """Whoever writes consents, compiled tools, policy or hooks consents to everything; secrets are not read either."""
    project = tmp_path / PROJECT
    (project / "link").symlink_to(".data")
    target = project / path
    target.parent.mkdir(parents=True, exist_ok=True)
    before = target.read_bytes() if target.exists() else None
    for place in (path, str(target)):
        for result in (
            _call(app, project, "write_file", path=place, content="x"),
            _call(app, project, "read_file", path=place),
        ):
            assert result.fault is not None
            assert (result.fault.type, result.sent) == ("denied", False)

    assert (target.read_bytes() if target.exists() else None) == before
    assert _call(app, project, "write_file", path="notes.md", content="x").ok


@pytest.mark.parametrize("name", [".claude/settings.json", ".claude.json"])
def test_the_agents_own_settings_are_closed_from_within_their_folder_too(app: App, tmp_path: Path, name: str) -> None:
    """They say which hooks run; a project in that very folder must not reach them."""
    target = tmp_path / "home" / name
    target.parent.mkdir(exist_ok=True)
    result = _call(app, target.parent, "write_file", path=target.name, content="{}")

    assert result.fault is not None
    assert result.fault.type == "denied"
    assert not target.exists()
    assert _call(app, target.parent, "write_file", path="notes.md", content="x").ok


def test_a_moved_folder_of_the_agent_is_closed_as_well(app: App, tmp_path: Path) -> None:
    """An environment variable says where it is."""
    moved = tmp_path / "moved"
    moved.mkdir()
    environ = (*app.settings.environ, ("CLAUDE_CONFIG_DIR", str(moved)))
    there = App(replace(app.settings, environ=environ))

    assert not _call(there, moved, "write_file", path="settings.json", content="{}").ok
    assert _call(app, moved, "write_file", path="settings.json", content="{}").ok


def test_what_tools_of_the_library_made_can_be_read(app: App, tmp_path: Path) -> None:
    """A later step works on it: it is the user's, though it lies in the data directory."""
    made = tmp_path / DATA / "outputs" / "today" / "page.md"
    made.parent.mkdir(parents=True)
    made.write_text("made")

    assert _call(app, tmp_path / PROJECT, "read_file", path=str(made)).content == "made"
