from pathlib import Path

from skillstrata.app.elevating import elevation
from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases import policies
from skillstrata.app.wiring import open_app
from skillstrata.records.skill_faults import ElevationRequest, Fault
from skillstrata.runtime.rollback import RollbackMatrix

REQUEST = ElevationRequest("user/report", "native/bash", "git status", 30.0)


def test_a_refused_skill_gets_a_tool_only_after_a_person_said_yes(tmp_path: Path) -> None:
    """The seed's matrix: raised for a while, written down, and never by itself."""
    app = open_app(load_settings(data_dir=tmp_path, config=None, environ={"HOME": str(tmp_path)}))
    elevate, audit = elevation(app, lambda: "v1")
    matrix = RollbackMatrix(app.clock.now_s, elevate=elevate, audit=audit)

    first = matrix.tool_refused(REQUEST)
    [waiting] = policies.grants(app, pending=True)
    policies.answer(app, waiting.id, approved=True, by="ann")
    second = matrix.tool_refused(REQUEST)

    assert (first.fault, first.action, second.action) == (Fault.PERMISSION_CONFLICT, "refused", "elevated")
    assert "git status" in waiting.shown
    assert matrix.holds("user/report", "native/bash", "git status")
    assert not matrix.holds("user/report", "native/bash", "git push")
    assert matrix.tool_refused(REQUEST).action == "refused"
    told = [(one.entry.what, one.entry.status) for one in app.audit_log.records() if one.entry.what == "escalation"]
    assert told == [("escalation", "refused"), ("escalation", "granted"), ("escalation", "refused")]


def test_a_consent_under_another_policy_is_none(tmp_path: Path) -> None:
    """A changed policy voids what was given under the old one."""
    app = open_app(load_settings(data_dir=tmp_path, config=None, environ={"HOME": str(tmp_path)}))
    elevate, _ = elevation(app, lambda: "v1")
    elevate(REQUEST)
    policies.answer(app, policies.grants(app)[0].id, approved=True, by="ann")

    assert elevation(app, lambda: "v2")[0](REQUEST) is None
    assert elevate(REQUEST) is not None


def test_open_skills_ask_the_products_own_policy(tmp_path: Path) -> None:
    """Nobody has to bring a policy: the question waits at `policy approve`, and a changed policy voids the answer."""
    app = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))
    matrix = open_skills(app, SkillQuery(project=tmp_path)).matrix

    first = matrix.tool_refused(REQUEST)
    [waiting] = policies.grants(app, pending=True)
    policies.answer(app, waiting.id, approved=True, by="ann")
    (tmp_path / "data" / "policy.toml").write_text('require_approval = ["bash"]\n')
    changed = matrix.tool_refused(REQUEST)
    (tmp_path / "data" / "policy.toml").unlink()
    second = matrix.tool_refused(REQUEST)

    assert (first.action, changed.action, second.action) == ("refused", "refused", "elevated")
    assert app.audit_log.verify().ok


def test_a_policy_that_cannot_be_read_grants_nothing(tmp_path: Path) -> None:
    """Its twin is above: the same request under a policy that can be read."""
    app = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))
    matrix = open_skills(app, SkillQuery(project=tmp_path)).matrix
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "policy.toml").write_text("[[")

    assert matrix.tool_refused(REQUEST).action == "refused"
    assert policies.grants(app, pending=True) == ()
