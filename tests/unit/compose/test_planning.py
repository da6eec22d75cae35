import json

import pytest

from skillstrata.compose.planning import plan_of
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Capability
from skillstrata.records.composed_runs import Plan
from skillstrata.records.composed_tools import ComposedTool
from skillstrata.records.json_values import JsonObject
from tests.composed_runs import OBJECT, composed, step

SEARCH = json.dumps(
    {"type": "object", "properties": {"url": {"type": "string"}, "hits": {"items": {"type": "integer"}}}}
)
NODES = {
    "t/search": Capability("t/search", "s", "s", "o", "mcp", "", OBJECT, SEARCH, Approval.NONE, definition="d1"),
    "t/fetch": Capability(
        "t/fetch", "f", "f", "o", "native", "", OBJECT, "", Approval.NONE, definition="d2", needs=("net",)
    ),
    "t/write": Capability(
        "t/write", "w", "w", "o", "native", "", OBJECT, "", Approval.PLAN_CONFIRM, definition="d3", needs=("fs.write",)
    ),
}
INPUT = '{"type":"object","properties":{"n":{"type":"integer","default":3}}}'


def _plan(tool: ComposedTool, arguments: "JsonObject | None" = None) -> Plan:
    return plan_of(tool, arguments or {}, NODES.get, "/work", "v1")


def test_what_is_known_is_filled_and_what_is_not_has_a_typed_place() -> None:
    """A person consents to what will be done, as far as it can be told."""
    tool = composed(
        [
            step("search", given={"q": "{{input.q}} news", "n": "{{input.n}}"}),
            step("fetch", given={"url": "{{steps.search.output.url}}", "also": "{{input.q}}"}, after=(0,)),
            step("write", given={"path": "out.md", "n": "{{steps.0.output.hits[0]}}", "t": "a {{steps.1.output.x}}"}),
        ],
        input_schema=INPUT,
        approval=Approval.NONE,
    )
    plan = _plan(tool, {"q": "x"})
    search, fetch, write = plan.steps

    assert plan.arguments == {"q": "x", "n": 3}
    assert (search.arguments, search.known, search.unknown) == ({"q": "x news", "n": 3}, True, ())
    assert fetch.arguments == {"url": "<steps.search.output.url: string>", "also": "x"}
    assert (fetch.known, fetch.unknown) == (False, ("/url",))
    assert write.arguments == {"path": "out.md", "n": "<steps.0.output.hits[0]: integer>", "t": "a <steps.1.output.x>"}
    assert (write.files, write.unknown) == (("out.md",), ("/n", "/t"))


def test_a_known_address_is_named() -> None:
    """Where it goes is what a person looks at."""
    tool = composed([step("fetch", given={"url": "https://example.org/{{input.q | urlencode}}"})])

    assert _plan(tool, {"q": "a b"}).steps[0].hosts == ("example.org",)


def test_a_loop_over_a_known_list_shows_every_turn() -> None:
    """Consent to all of them at once; over an unknown list it shows the form alone."""
    known = composed([step("write", given={"path": "{{item}}-{{index}}"}, for_each="{{input.l}}")])
    unknown = composed([step("search"), step("write", given={"path": "{{item}}"}, for_each="{{steps.0.output.hits}}")])

    assert _plan(known, {"l": ["a", "b"]}).steps[0].arguments == [{"path": "a-0"}, {"path": "b-1"}]
    assert _plan(known, {"l": ["a", "b"]}).steps[0].files == ("a-0", "b-1")
    assert _plan(known, {"l": ["a", "b"]}).steps[0].known
    assert not _plan(unknown).steps[1].known
    assert _plan(unknown).steps[1].unknown == ("/path",)


def test_the_approval_is_the_strictest_of_the_tree_as_it_is_and_the_tool() -> None:
    """A tool that is not there is the strictest of all."""
    for paths, own, step_level, expected in (
        (["search"], Approval.NONE, Approval.NONE, Approval.NONE),
        (["search", "write"], Approval.NONE, Approval.NONE, Approval.PLAN_CONFIRM),
        (["search"], Approval.DATA_EXPORT, Approval.NONE, Approval.DATA_EXPORT),
        (["write"], Approval.NONE, Approval.MOUNT_ACCESS, Approval.MOUNT_ACCESS),
        (["gone"], Approval.NONE, Approval.NONE, Approval.EXEC_ESCALATION),
    ):
        tool = composed([step(path, approval=step_level) for path in paths], approval=own)
        assert _plan(tool).approval == expected


@pytest.mark.parametrize("change", ["", "arguments", "definition", "node", "cwd", "policy", "name"])
def test_the_digest_is_bound_to_all_that_would_be_done(change: str) -> None:
    """And to nothing else: planned twice, it is the same."""
    tool = composed([step("search", given={"q": "{{input.q}}"})])
    first = plan_of(tool, {"q": "x"}, NODES.get, "/work", "v1")
    nodes = dict(NODES)
    if change == "node":
        nodes["t/search"] = NODES["t/fetch"]
    if change in ("definition", "name"):
        tool = composed(tool.steps, "skill_y" if change == "name" else "skill_x", digest="new")
    second = plan_of(
        tool,
        {"q": "y" if change == "arguments" else "x"},
        nodes.get,
        "/else" if change == "cwd" else "/work",
        "v2" if change == "policy" else "v1",
    )

    assert (first.digest == second.digest) == (not change)


def test_a_template_that_may_not_be_reached_does_not_break_the_plan() -> None:
    """It may stand behind a condition; the run tells if it is reached."""
    plan = _plan(composed([step("write", given={"v": "{{input.nothing}}"}, when="false")]))

    assert not plan.steps[0].known
    assert "nothing" in str(plan.steps[0].arguments)
