from pathlib import Path

from skillstrata.app.elevating import elevation
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases import policies
from skillstrata.app.wiring import open_app
from skillstrata.records.skill_faults import ElevationRequest, Fault
from skillstrata.runtime.rollback import RollbackMatrix

REQUEST = ElevationRequest("user/report", "native/bash", "git status", 30.0)


def test_a_refused_skill_gets_a_tool_only_after_a_person_said_yes(tmp_path: Path) -> None:
    """The seed's matrix: raised for a while, written down, and never by itself."""
    app = open_app(load_settings(data_dir=tmp_path, config=None, environ={"HOME": str(tmp_path)}))
    elevate, audit = elevation(app, "v1")
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
    elevate, _ = elevation(app, "v1")
    elevate(REQUEST)
    policies.answer(app, policies.grants(app)[0].id, approved=True, by="ann")

    assert elevation(app, "v2")[0](REQUEST) is None
    assert elevate(REQUEST) is not None
