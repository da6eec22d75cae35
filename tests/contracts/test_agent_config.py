"""What every AgentConfig promises, for Claude Code in both scopes."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.adapters.claude_code_settings import ClaudeCodeSettings
from skillstrata.records.failures import ConfigUnreadable
from tests.agent_places import EVENTS, PROGRAM, Place, tree, values

FOREIGN = [
    "{}",
    "",
    "{\n}\n",
    '{\n  "model": "large"\n}\n',
    '{"a": 1, "hooks": {}}',
    '{\n    "permissions": {"allow": ["Bash(ls)", "Read"]},\n\n    "z": 1.50,\n    "a": "\\u00e9 é"\n}',
    '{\r\n\t"hooks": {\r\n\t\t"PostToolUse": [\r\n'
    '\t\t\t{ "hooks": [ {"type":"command","command":"mine"} ] }\r\n\t\t]\r\n\t}\r\n}',
    '\ufeff{"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "guard"}]}]}}\n',
]


@pytest.fixture(params=["project", "user"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Each scope in turn."""
    return Place(tmp_path, request.param)


def test_every_event_gets_one_handler_with_a_short_timeout(place: Place) -> None:
    """A hook that hangs must not hold the agent for the default ten minutes."""
    place.config.install()

    for event in EVENTS:
        (group,) = place.hooks()[event]
        (handler,) = group["hooks"]  # pyright: ignore[reportGeneralTypeIssues]
        assert (handler["type"], handler["timeout"]) == ("command", 5)
        assert str(place.data_dir).replace("'", "'\"'\"'") in handler["command"]
    assert [group.get("matcher") for group in place.hooks()["PreToolUse"]] == ["Bash|PowerShell"]
    assert os.access(place.config.hook_path(), os.X_OK)


@pytest.mark.parametrize("before", FOREIGN)
def test_a_second_install_changes_nothing(place: Place, before: str) -> None:
    """`init` is run again after every update."""
    place.write(before)
    assert [c.changed for c in place.config.install()][:2] == [True, True]
    after = tree(place.home.parent)

    changes = place.config.install()

    assert [c.changed for c in changes] == [False, False, False]
    assert tree(place.home.parent) == after


@pytest.mark.parametrize("before", FOREIGN)
def test_uninstall_gives_back_every_byte(place: Place, before: str) -> None:
    """A settings file is under version control in many projects."""
    place.write(before)
    files = tree(place.home.parent)

    place.config.install()
    assert tree(place.home.parent) != files
    place.config.uninstall()

    assert tree(place.home.parent) == files


def test_what_was_not_there_is_not_there_afterwards(place: Place) -> None:
    """Neither an empty settings file nor its folder is left."""
    place.config.install()
    assert place.settings.exists()
    changes = place.config.uninstall()

    assert [c.what for c in changes if c.changed] == (
        ["hooks", "MCP server", "hook script"] if place.scope == "project" else ["hooks", "hook script"]
    )
    assert list(place.home.iterdir()) == list(place.project.iterdir()) == []
    assert [c.changed for c in place.config.uninstall()] == [False, False, False]


@pytest.mark.parametrize("before", FOREIGN[2:])
def test_what_others_wrote_meanwhile_stays_when_ours_goes(place: Place, before: str) -> None:
    """The client writes its own settings while we are installed."""
    place.write(before)
    place.config.install()
    text = place.settings.read_bytes().decode("utf-8-sig")
    place.write(text.rstrip().removesuffix("}") + ', "later": [1,2]}')

    place.config.uninstall()

    left = place.settings.read_bytes().decode()
    foreign = json.loads(before.removeprefix("\ufeff"))
    assert json.loads(left) == {k: v for k, v in foreign.items() if v != {}} | {"later": [1, 2]}
    assert [line for line in before.splitlines()[1:-1] if line not in left.splitlines()] == []


def test_foreign_hooks_keep_their_place_and_form(place: Place) -> None:
    """A diff must show our lines only."""
    before = FOREIGN[6]
    place.write(before)
    place.config.install()
    after = place.settings.read_bytes().decode()

    assert '\t\t\t{ "hooks": [ {"type":"command","command":"mine"} ] },\r\n\t\t\t{\r\n\t\t\t\t"hooks"' in after
    assert place.hooks()["PostToolUse"][0] == {"hooks": [{"type": "command", "command": "mine"}]}
    assert len(place.hooks()["PostToolUse"]) == 2


def test_a_handler_of_ours_among_foreign_ones_goes_alone(place: Place) -> None:
    """People move handlers into groups of their own."""
    place.config.install()
    hooks = place.hooks()
    ours = hooks["SessionEnd"][0]["hooks"][0]  # pyright: ignore[reportIndexIssue]
    mine = {"type": "command", "command": "mine"}
    place.write(json.dumps({"hooks": {"Stop": [{"hooks": [mine, ours]}, {"hooks": [ours]}]}}))

    place.config.uninstall()

    assert place.hooks() == {"Stop": [{"hooks": [mine]}]}


def test_a_look_alike_of_another_data_directory_stays(place: Place, tmp_path: Path) -> None:
    """Two data directories may both capture; each takes out its own."""
    other = ClaudeCodeSettings(place.home, place.project, tmp_path / "other", place.scope, PROGRAM, place.environ)
    other.install()
    place.config.install()
    assert len(place.hooks()["PostToolUse"]) == 2

    place.config.uninstall()

    (group,) = place.hooks()["PostToolUse"]
    assert f"{tmp_path}/other/" in json.dumps(group)


def test_a_backup_is_beside_the_file_before_the_first_change(place: Place) -> None:
    """Whatever goes wrong later, what was there is there."""
    place.write(FOREIGN[3])
    place.config.install()

    (backup,) = place.settings.parent.glob("settings.json.skillstrata-backup*")
    assert backup.read_bytes() == FOREIGN[3].encode()


def test_an_older_backup_is_never_written_over(place: Place) -> None:
    """It may be the only copy of something."""
    place.write(FOREIGN[3])
    old = place.settings.with_name("settings.json.skillstrata-backup")
    old.write_text("older")

    place.config.install()
    place.config.uninstall()

    assert old.read_text() == "older"
    assert tree(place.settings.parent) == {"settings.json": FOREIGN[3].encode(), old.name: b"older"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{\n  "a": 1,\n  // note\n}', 3),
        ('{"a": 1', 1),
        ("[]", 1),
        ('{\n"hooks": []}', 2),
        ('{"hooks": {\n"PostToolUse": {}}}', 2),
    ],
)
def test_a_file_that_does_not_parse_is_refused_with_its_line_and_nothing_is_touched(
    place: Place, text: str, line: int
) -> None:
    """Guessing would destroy somebody's settings."""
    place.write(text)
    before = tree(place.home.parent)

    with pytest.raises(ConfigUnreadable, match=f"settings.json line {line}"):
        place.config.install()
    assert tree(place.home.parent) == before
    place.write("{}")
    assert place.config.install()[1].changed


def test_a_bad_mcp_file_is_seen_before_the_settings_are_written(tmp_path: Path) -> None:
    """A refusal leaves nothing half done."""
    place = Place(tmp_path)
    place.write("{}")
    (place.project / ".mcp.json").write_text("{")

    with pytest.raises(ConfigUnreadable, match=r"\.mcp\.json line 1"):
        place.config.install()
    assert place.settings.read_text() == "{}"
    with pytest.raises(ConfigUnreadable):
        place.config.uninstall()


def test_a_dry_run_shows_and_changes_nothing(place: Place) -> None:
    """`init --print`."""
    place.write(FOREIGN[3])
    before = tree(place.home.parent)
    changes = place.config.install(dry_run=True)

    assert tree(place.home.parent) == before
    assert [c.what for c in changes] == ["hook script", "hooks", "MCP server"]
    assert all(c.changed and c.preview for c in changes)
    assert '+    "PreToolUse": [' in changes[1].preview
    assert '-  "model": "large"' in changes[1].preview


def test_a_linked_settings_file_stays_a_link_and_keeps_its_mode(place: Place, tmp_path: Path) -> None:
    """Dotfiles are often links into a folder under version control."""
    target = tmp_path / "dotfiles.json"
    target.write_text("{}")
    target.chmod(0o640)
    place.settings.parent.mkdir()
    place.settings.symlink_to(target)

    place.config.install()
    assert "capture.sh" in target.read_text()
    assert target.stat().st_mode & 0o777 == 0o640
    place.config.uninstall()

    assert place.settings.is_symlink()
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("{}", 0o640)


def test_two_projects_share_the_script_until_the_last_is_uninstalled(tmp_path: Path) -> None:
    """One data directory serves many projects."""
    one = Place(tmp_path)
    two = ClaudeCodeSettings(one.home, tmp_path / "two", one.data_dir, "project", PROGRAM, one.environ)
    (tmp_path / "two").mkdir()
    one.config.install()
    two.install()

    one.config.uninstall()
    assert Path(two.hook_path()).is_file()
    two.uninstall()
    assert not Path(two.hook_path()).exists()


def test_a_project_gets_its_server_in_mcp_json_beside_foreign_ones(tmp_path: Path) -> None:
    """The client reads project servers from there."""
    place = Place(tmp_path)
    file = place.project / ".mcp.json"
    file.write_text('{"mcpServers": {"other": {"command": "x"}}}')

    place.config.install()
    servers = json.loads(file.read_text())["mcpServers"]
    assert list(servers) == ["other", "skillstrata"]
    assert [servers["skillstrata"]["command"], *servers["skillstrata"]["args"]] == list(PROGRAM)
    place.config.uninstall()
    assert file.read_text() == '{"mcpServers": {"other": {"command": "x"}}}'


def test_a_moved_program_replaces_its_old_entry(tmp_path: Path) -> None:
    """A new virtual environment has a new path."""
    place = Place(tmp_path)
    place.config.install()
    moved = ClaudeCodeSettings(place.home, place.project, place.data_dir, "project", ("/new/python",), place.environ)
    assert [c.changed for c in moved.install()] == [False, False, True]

    assert (
        json.loads((place.project / ".mcp.json").read_text())["mcpServers"]["skillstrata"]["command"] == "/new/python"
    )
    moved.uninstall()
    assert list(place.project.iterdir()) == []


CLIENT = """#!/bin/sh
echo "$@" >>"$HOME/asked"
[ -e "$HOME/refuses" ] && { echo "no such scope" >&2; exit 1; }
case $2 in
add) printf '{"mcpServers": {"skillstrata": {"command": "%s", "args": ["-m", "skillstrata", "mcp"]}}}' "$7" ;;
remove) echo '{"mcpServers": {}}' ;;
esac >"$HOME/.claude.json"
"""


@pytest.fixture
def user(tmp_path: Path) -> Place:
    """User scope with a client on PATH that keeps its list as the real one does."""
    place = Place(tmp_path, "user")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "claude").write_text(CLIENT)
    (tmp_path / "bin" / "claude").chmod(0o755)
    return place


def test_for_a_user_the_client_itself_is_asked(user: Place) -> None:
    """Its private file is its own."""
    assert user.config.install()[2].changed
    assert not user.config.install()[2].changed
    asked = (user.home / "asked").read_text().splitlines()
    assert asked == [f"mcp add --scope user skillstrata -- {' '.join(PROGRAM)}"]

    assert user.config.uninstall()[1].changed
    assert not user.config.uninstall()[1].changed
    assert (user.home / "asked").read_text().splitlines()[1:] == ["mcp remove --scope user skillstrata"]


def test_without_the_client_the_command_is_given_to_run_by_hand(tmp_path: Path) -> None:
    """The hooks are installed all the same."""
    change = Place(tmp_path, "user").config.install()[2]

    assert not change.changed
    assert change.instructions == (
        "run: claude mcp add --scope user skillstrata -- '/opt/py thon/bin/python' -m skillstrata mcp"
    )


def test_a_client_that_refuses_is_quoted(user: Place) -> None:
    """Its reason and the command to try by hand."""
    (user.home / "refuses").touch()
    change = user.config.install()[2]

    assert not change.changed
    assert "no such scope" in change.instructions
    assert "claude mcp add" in change.instructions


def test_a_moved_configuration_folder_is_honoured(tmp_path: Path) -> None:
    """CLAUDE_CONFIG_DIR moves everything the client keeps."""
    place = Place(tmp_path, "user")
    place.environ["CLAUDE_CONFIG_DIR"] = str(tmp_path / "moved")
    place.config.install()

    assert (tmp_path / "moved" / "settings.json").is_file()
    assert list(place.home.iterdir()) == []


@settings(max_examples=20, deadline=None)
@given(
    held=st.dictionaries(st.text(max_size=6).filter(lambda k: k != "hooks"), values, max_size=4),
    indent=st.sampled_from([None, 1, 2, 4, "\t"]),
    ascii_only=st.booleans(),
)
def test_any_settings_survive_install_and_surgical_uninstall(
    tmp_path_factory: pytest.TempPathFactory, held: dict[str, object], indent: int | str | None, ascii_only: bool
) -> None:
    """Whatever the file looks like: foreign values stay, and without the notes ours are still found one by one."""
    place = Place(tmp_path_factory.mktemp("any"))
    before = json.dumps(held, indent=indent, ensure_ascii=ascii_only)
    place.write(before)

    place.config.install()
    assert {k: v for k, v in json.loads(place.settings.read_text()).items() if k != "hooks"} == held
    assert sorted(place.hooks()) == sorted(EVENTS)
    Path(place.config.hook_path()).with_name("installed.json").unlink()
    place.config.uninstall()
    assert place.settings.read_text() == before
