"""Look at the policy, ask what it says of a call, and answer what waits for a consent.

In     the App, a folder worked in, a tool and arguments, an id of a question
Out    Decision, PolicyReport, Grant
Never  calls a tool; uses up a consent
"""

import os
from pathlib import Path

from skillstrata.app.open_tools import OpenTools
from skillstrata.app.policy_reports import PolicyReport
from skillstrata.app.use_cases import running
from skillstrata.app.wiring import App
from skillstrata.policy.audit_entries import grant_entry
from skillstrata.policy.deciding import decide
from skillstrata.policy.grants import bounded
from skillstrata.policy.layers import policy_of
from skillstrata.policy.questions import question_of
from skillstrata.records.json_values import JsonObject
from skillstrata.records.policies import Decision, Grant
from skillstrata.records.tool_calls import Caller, ToolCall


def check(app: App, tool: str, arguments: JsonObject, *, project: Path, skill: str = "") -> Decision:
    """Say what policy answers to a call, and by which rule.

    Raises:
        PolicyInvalid: A file of policy is wrong.
    """
    tree = OpenTools(app, project, running.run).with_composed()
    try:
        node = tree.find(tool)
        policy = policy_of(app.policy_source(project).layers(), tree.holder.tree, app.command_parser)
    finally:
        tree.close()
    call = ToolCall(tool, arguments, Caller("cli", str(project.absolute()), skill=skill))
    return decide(question_of(node, call, app.command_parser, real=os.path.realpath), policy)


def show(app: App, *, project: Path) -> PolicyReport:
    """Give the layers that hold, with warnings about rules that match nothing now.

    Raises:
        PolicyInvalid: A file of policy is wrong.
    """
    tree = OpenTools(app, project, running.run).with_composed()
    try:
        snapshot = tree.with_servers().tree
        policy = policy_of(app.policy_source(project).layers(), snapshot, app.command_parser)
    finally:
        tree.close()
    return PolicyReport(policy, len(snapshot.nodes))


def grants(app: App, *, pending: bool = False) -> tuple[Grant, ...]:
    """Give what was asked and answered, newest first."""
    found = app.grant_store.grants(app.clock.now_s())
    return tuple(one for one in found if one.state == "pending" or not pending)


def answer(app: App, grant_id: str, *, approved: bool, by: str, uses: int = 1, for_s: float = 3_600.0) -> Grant:
    """Answer a question that waits, or take a no back; the answer is written down.

    Raises:
        GrantUnknown: Nothing was asked under this id.
        GrantNotPending: It has been answered, or its time is over.
    """
    now = app.clock.now_s()
    uses, until_s = bounded(uses, now + for_s, now)
    given = app.grant_store.decide(grant_id, approved=approved, by=by, uses=uses, until_s=until_s, overturn=approved)
    app.audit_log.append(grant_entry(given))
    return given
