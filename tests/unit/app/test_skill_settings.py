"""What a loader's configuration says stands in the runtime's settings, typed."""

from pathlib import Path

from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.settings import load_settings
from skillstrata.app.skill_calls import SkillCall, call
from skillstrata.app.wiring import open_app
from skillstrata.records.loader_settings import SkillPermissions
from skillstrata.records.skill_faults import ElevationGrant, ElevationRequest
from tests.skill_sources import put

LOADER = """\
loader:
  scan_sources:
    - path: "./skills"
runtime:
  permissions:
    default_allow: ["file_read", "http_get"]
    require_approval: ["shell_exec"]
skill_permissions:
  tides:
    allowed_tools: ["file_read"]
    forbidden_operations: ["rm -rf"]
"""


def test_permissions_of_the_loaders_file_are_typed_values_of_the_session(tmp_path: Path) -> None:
    """They are for a policy to enforce; without a file there are none."""
    file = tmp_path / "loader.yaml"
    file.write_text(LOADER, encoding="utf-8")
    query = SkillQuery(project=tmp_path)
    found = []
    for flags in ((("skills.loader", str(file)),), ()):
        settings = load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}, flags=flags)
        said = open_skills(open_app(settings), query).settings
        found.append((said.default_allow, said.require_approval, said.permissions))

    assert found == [
        (("file_read", "http_get"), ("shell_exec",), (SkillPermissions("tides", ("file_read",), ("rm -rf",)),)),
        ((), (), ()),
    ]


def test_what_is_forbidden_to_one_skill_is_not_forbidden_to_another(tmp_path: Path) -> None:
    """The file names it below a skill; what it says of tools goes to the host with that skill alone."""
    file = tmp_path / "loader.yaml"
    file.write_text(LOADER.replace('"rm -rf"', '"git push"'), encoding="utf-8")
    for name in ("tides", "charts"):
        put(tmp_path / "skills", name)
    flags = (("skills.loader", str(file)),)
    settings = load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}, flags=flags)
    app = open_app(settings)
    asked: list[str] = []

    def policy(request: ElevationRequest) -> ElevationGrant:
        asked.append(request.skill_id)
        now = app.clock.now_s()
        return ElevationGrant(request.skill_id, request.tool, now, now + 5, "a rule")

    session = open_skills(app, SkillQuery(project=tmp_path), elevation=(policy, lambda _record: None))
    ids = {name: session.finder.find(name).id for name in ("tides", "charts")}
    actions = {
        name: session.matrix.tool_refused(ElevationRequest(one, "Bash", "git push", 30)).action
        for name, one in ids.items()
    }
    loaded = [call(app, session, SkillCall(name), project=tmp_path).activation.host for name in ("tides", "charts")]

    assert actions == {"tides": "refused", "charts": "elevated"}
    assert asked == [ids["charts"]]
    assert [host.permitted_tools for host in loaded] == [("file_read",), ()]


def test_keys_of_the_loaders_file_without_effect_are_among_what_is_odd(tmp_path: Path) -> None:
    """Where every other oddity is looked for; without a file there is none."""
    file = tmp_path / "loader.yaml"
    file.write_text(LOADER, encoding="utf-8")
    found = []
    for flags in ((("skills.loader", str(file)),), ()):
        settings = load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}, flags=flags)
        session = open_skills(open_app(settings), SkillQuery(project=tmp_path))
        found.append([odd.code for odd in session.diagnostics if odd.code == "loader_key_idle"])

    assert found == [["loader_key_idle", "loader_key_idle"], []]
