"""What every plugin builder promises."""

import errno
import json
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.adapters import plugin_folder
from skillstrata.adapters.atomic_files import write_atomic
from skillstrata.adapters.plugin_folder import ClaudeCodePlugin
from skillstrata.ports.agent_plugin import AgentPlugin
from skillstrata.records.failures import StoreFull
from skillstrata.records.plugins import PluginBuild, PluginFolderForeign


@pytest.fixture(params=[ClaudeCodePlugin], ids=["claude-code"])
def plugin(request: pytest.FixtureRequest) -> AgentPlugin:
    """Each implementation in turn."""
    return request.param()


def _build(plugin: AgentPlugin, folder: Path, version: str = "1.2.3", *, marketplace: bool = False) -> PluginBuild:
    return plugin.build(folder, version=version, program="skillstrata", marketplace=marketplace)


def _held(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_version_gives_the_same_bytes_anywhere(plugin: AgentPlugin, tmp_path: Path) -> None:
    """What is published can be built again and compared."""
    one, two = _build(plugin, tmp_path / "one"), _build(plugin, tmp_path / "deep" / "two")

    assert _held(tmp_path / "one") == _held(tmp_path / "deep" / "two")
    assert one.files == two.files == one.changed
    assert str(tmp_path).encode() not in b"".join(_held(tmp_path / "one").values())


def test_a_second_build_changes_nothing(plugin: AgentPlugin, tmp_path: Path) -> None:
    """An update that updates nothing."""
    _build(plugin, tmp_path / "p")
    before = _held(tmp_path / "p")
    again = _build(plugin, tmp_path / "p")

    assert (again.changed, again.removed) == ((), ())
    assert _held(tmp_path / "p") == before


def test_another_form_leaves_nothing_of_the_one_before(plugin: AgentPlugin, tmp_path: Path) -> None:
    """A file that is no part of the plugin any more must not be loaded."""
    _build(plugin, tmp_path / "fresh", "2.0.0")
    _build(plugin, tmp_path / "p", "1.0.0", marketplace=True)
    built = _build(plugin, tmp_path / "p", "2.0.0")

    assert built.removed == (".claude-plugin/marketplace.json",)
    assert _held(tmp_path / "p") == _held(tmp_path / "fresh")


def test_a_folder_with_anything_else_in_it_is_left_alone(plugin: AgentPlugin, tmp_path: Path) -> None:
    """The twin of every test above: somebody's folder, named by mistake."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "notes.md").write_bytes(b"mine")

    with pytest.raises(PluginFolderForeign) as caught:
        _build(plugin, theirs)
    assert caught.value.code == "plugin.folder_foreign"
    assert _held(theirs) == {"notes.md": b"mine"}


def test_another_plugin_of_the_same_name_is_left_alone(plugin: AgentPlugin, tmp_path: Path) -> None:
    """A name is no proof of who wrote it."""
    other = tmp_path / "other" / ".claude-plugin" / "plugin.json"
    other.parent.mkdir(parents=True)
    other.write_bytes(b'{"name": "skillstrata", "version": "9"}')

    with pytest.raises(PluginFolderForeign):
        _build(plugin, tmp_path / "other")
    assert _held(tmp_path / "other") == {".claude-plugin/plugin.json": b'{"name": "skillstrata", "version": "9"}'}


def test_an_edited_file_is_not_overwritten(plugin: AgentPlugin, tmp_path: Path) -> None:
    """Somebody's change is somebody's work; the refusal names the file. A file that was deleted comes back."""
    _build(plugin, tmp_path / "p")
    (tmp_path / "p" / "README.md").unlink()
    assert _build(plugin, tmp_path / "p").changed == ("README.md",)
    (tmp_path / "p" / "README.md").write_bytes(b"mine")

    with pytest.raises(PluginFolderForeign) as caught:
        _build(plugin, tmp_path / "p", "2.0.0")
    assert "README.md" in caught.value.message
    assert json.loads((tmp_path / "p" / ".claude-plugin" / "plugin.json").read_bytes())["version"] == "1.2.3"


def test_nothing_is_written_through_a_link(plugin: AgentPlugin, tmp_path: Path) -> None:
    """A link in the folder would take our files to somebody else's place."""
    _build(plugin, tmp_path / "p")
    (tmp_path / "elsewhere").mkdir()
    for path in (tmp_path / "p" / "commands").iterdir():
        path.unlink()
    (tmp_path / "p" / "commands").rmdir()
    (tmp_path / "p" / "commands").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PluginFolderForeign):
        _build(plugin, tmp_path / "p")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PluginFolderForeign):
        _build(plugin, tmp_path / "link")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("writes", [1, 2, 5, 8])
def test_a_build_that_was_stopped_is_finished_by_the_next(
    plugin: AgentPlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    """Some files new, some old: all of them ours, for whichever version comes next."""
    _build(plugin, tmp_path / "done", "2.0.0")
    left = iter(range(writes))

    def stopping(path: Path, data: bytes, mode: int | None = None) -> None:
        if next(left, None) is None:
            raise OSError(errno.EIO, "stopped here")
        write_atomic(path, data, mode)

    for at, version in (("new", "2.0.0"), ("another", "3.0.0")):
        left = iter(range(writes))
        _build(plugin, tmp_path / at, "1.0.0", marketplace=True)
        with monkeypatch.context() as patched:
            patched.setattr(plugin_folder, "write_atomic", stopping)
            with pytest.raises(StoreFull):
                plugin.build(tmp_path / at, version=version, program="/opt/other/skillstrata", marketplace=False)
        _build(plugin, tmp_path / at, "2.0.0")
        assert _held(tmp_path / at) == _held(tmp_path / "done")


def test_a_place_that_cannot_be_written_is_said(plugin: AgentPlugin, tmp_path: Path) -> None:
    """A file where a folder must be."""
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StoreFull):
        _build(plugin, tmp_path / "file" / "plugin")
    with pytest.raises(PluginFolderForeign):
        _build(plugin, tmp_path / "file")


@settings(deadline=None, max_examples=25)
@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20))
def test_any_program_path_gives_files_that_parse(name: str) -> None:
    """A path may hold a space, a quote, a dollar sign."""
    program = f"/opt/{name}"
    with tempfile.TemporaryDirectory() as root:
        ClaudeCodePlugin().build(Path(root) / "p", version="1", program=program, marketplace=True)
        held = _held(Path(root) / "p")

    parsed = {path: json.loads(data) for path, data in held.items() if path.endswith(".json")}
    assert parsed[".mcp.json"]["mcpServers"]["skillstrata"]["command"] == program
    assert b"@PROGRAM@" not in b"".join(held.values())


def test_the_hooks_are_those_that_init_installs(plugin: AgentPlugin, tmp_path: Path) -> None:
    """Exec form, by the root of the plugin, each with a bound; the script can be run."""
    _build(plugin, tmp_path / "p")
    hooks = json.loads((tmp_path / "p" / "hooks" / "hooks.json").read_bytes())["hooks"]

    assert set(hooks) == {
        *("PreToolUse", "PostToolUse", "PostToolUseFailure", "UserPromptSubmit", "SessionStart", "SessionEnd")
    }
    assert hooks["PreToolUse"][0]["matcher"] == "Bash|PowerShell"
    warm = hooks["SessionStart"].pop()
    assert warm["matcher"] == "startup|clear|compact"
    for script, groups in (("capture", hooks.values()), ("warm-start", [[warm]])):
        for (group,) in groups:
            (handler,) = group["hooks"]
            assert (handler["type"], handler["command"], handler["timeout"]) == ("command", "sh", 5)
            assert handler["args"][-1] == f"${{CLAUDE_PLUGIN_ROOT}}/hooks/{script}.sh"
        assert stat.S_IMODE((tmp_path / "p" / "hooks" / f"{script}.sh").stat().st_mode) == 0o755


def test_a_folder_that_cannot_be_made_is_an_error_with_a_next_step(plugin: AgentPlugin) -> None:
    """Some file systems answer that there is no such folder where others say read-only."""
    with pytest.raises(StoreFull) as refused:
        _build(plugin, Path("/proc/skillstrata-plugin"))

    assert refused.value.hint
