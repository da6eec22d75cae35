"""What every AgentConfig promises of odd files, of many places at once and of the hook script they share."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings

from skillstrata.adapters.claude_code_settings import ClaudeCodeSettings
from skillstrata.records.failures import ConfigUnreadable
from tests.agent_places import EVENTS, PROGRAM, Place, tree, values


@pytest.fixture(params=["project", "user"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Each scope in turn."""
    return Place(tmp_path, request.param)


@pytest.mark.parametrize(
    "text",
    [
        '{"hooks": [1]}',
        '{"hooks": [[]]}',
        '{"hooks": 1}',
        '{"hooks": null}',
        '{"hooks": {"PostToolUse": 1}}',
        '{"hooks": [{"hooks": []}]}',
    ],
)
def test_hooks_of_another_shape_are_refused_and_left_alone(place: Place, text: str) -> None:
    """Whatever it is, it is somebody's; the shape the client knows goes on working."""
    place.write(text)
    before = tree(place.home.parent)

    for dry_run in (True, False):
        with pytest.raises(ConfigUnreadable, match=r"settings\.json line 1"):
            place.config.install(dry_run=dry_run)
    assert tree(place.home.parent) == before
    place.write('{"hooks": {"PostToolUse": []}}')
    assert place.config.install()[1].changed


@pytest.mark.parametrize("text", ['{"hooks": {"PostToolUse": [[1], 2, {"hooks": [3, [4]]}]}}', '{"x": [1]}'])
def test_odd_items_inside_the_known_shape_stay(place: Place, text: str) -> None:
    """What the client would skip is no reason to refuse."""
    place.write(text)
    place.config.install()
    assert set(EVENTS) <= set(place.hooks())
    place.config.uninstall()

    assert place.settings.read_text() == text


@pytest.mark.parametrize("text", ['{"mcpServers": [1]}', '{"mcpServers": 1}'])
def test_servers_of_another_shape_are_refused_before_anything_is_written(tmp_path: Path, text: str) -> None:
    """The settings file comes first but must not be left half done."""
    place = Place(tmp_path)
    (place.project / ".mcp.json").write_text(text)
    with pytest.raises(ConfigUnreadable, match=r"\.mcp\.json line 1"):
        place.config.install()
    assert not place.settings.exists()

    (place.project / ".mcp.json").write_text('{"mcpServers": {}}')
    assert place.config.install()[2].changed


@settings(max_examples=60, deadline=None)
@given(hooks=values)
def test_any_value_under_hooks_is_taken_or_refused(tmp_path_factory: pytest.TempPathFactory, hooks: object) -> None:
    """No shape may end in a fault of ours."""
    place = Place(tmp_path_factory.mktemp("any"))
    place.write(json.dumps({"hooks": hooks}))
    before = tree(place.home.parent)
    try:
        place.config.install()
    except ConfigUnreadable:
        assert tree(place.home.parent) == before
    else:
        assert set(EVENTS) <= set(place.hooks())


def test_a_users_bad_server_list_is_seen_before_the_settings_are_written(tmp_path: Path) -> None:
    """The same order as for a project."""
    place = Place(tmp_path, "user")
    (place.home / ".claude.json").write_text("{")
    with pytest.raises(ConfigUnreadable, match=r"\.claude\.json line 1"):
        place.config.install()
    assert not place.settings.exists()

    (place.home / ".claude.json").write_text("{}")
    assert place.config.install()[1].changed


def test_every_place_is_known_until_it_is_uninstalled(tmp_path: Path) -> None:
    """User, projects and a moved user folder; each one's entries go, the script with the last of them."""
    project = Place(tmp_path)
    two = ClaudeCodeSettings(project.home, tmp_path / "two", project.data_dir, "project", PROGRAM, project.environ)
    (tmp_path / "two").mkdir()
    moved = {**project.environ, "CLAUDE_CONFIG_DIR": str(tmp_path / "moved")}
    users = [
        ClaudeCodeSettings(project.home, None, project.data_dir, "user", PROGRAM, environ)
        for environ in (project.environ, moved)
    ]
    assert project.config.installed() == ()
    for config in (project.config, two, *users):
        config.install()
    files = [tmp_path / n / "settings.json" for n in ("project/.claude", "two/.claude", "home/.claude", "moved")]

    places = users[0].installed()

    assert [p.scope for p in places] == ["project", "project", "user", "user"]
    for place, file in zip(places, files, strict=True):
        assert file.is_file()
        assert Path(place.hook_path()).is_file()
        place.uninstall()
        assert not file.exists()
    assert not Path(project.config.hook_path()).exists()
    assert project.config.installed() == ()


def test_uninstalling_the_user_leaves_a_project_its_script(tmp_path: Path) -> None:
    """One place's leaving must not silence another."""
    project = Place(tmp_path)
    user = ClaudeCodeSettings(project.home, None, project.data_dir, "user", PROGRAM, project.environ)
    project.config.install()
    user.install()

    user.uninstall()
    assert Path(user.hook_path()).is_file()
    assert project.hooks()
    project.config.uninstall()
    assert not Path(user.hook_path()).exists()


def test_one_bad_place_is_named_before_any_is_changed(tmp_path: Path) -> None:
    """Half an uninstall is hard to see."""
    project = Place(tmp_path)
    user = ClaudeCodeSettings(project.home, None, project.data_dir, "user", PROGRAM, project.environ)
    user.install()
    project.config.install()
    held = project.settings.read_bytes()
    project.settings.write_text("{")
    with pytest.raises(ConfigUnreadable, match=r"project/\.claude/settings\.json line 1"):
        user.installed()

    project.settings.write_bytes(held)
    assert len(user.installed()) == 2


def test_the_hook_can_be_put_alone(place: Place) -> None:
    """For agents set up by hand: nothing of the agent's is touched, and a later install goes on from there."""
    path = place.config.put_hook()

    assert os.access(path, os.X_OK)
    assert path == place.config.hook_path()
    assert list(place.home.iterdir()) == list(place.project.iterdir()) == []
    assert [c.changed for c in place.config.install()][:2] == [False, True]
