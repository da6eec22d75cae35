import json

import pytest

from skillstrata.compose.planning import plan_of
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Capability
from skillstrata.records.composed_runs import Plan
from skillstrata.records.composed_tools import ComposedStep, ComposedTool
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


def _nested(depth: int) -> dict[str, ComposedTool]:
    """Make tools that each call the next, the last one a tool that writes."""
    tools: dict[str, ComposedTool] = {}
    for number in range(depth):
        last = number == depth - 1
        one = step("write", given={"path": "{{input.p}}"}) if last else _call_of(f"skill_{number + 1}")
        tools[f"composed/skill_{number}"] = composed([one], f"skill_{number}", input_schema=INPUT)
    return tools


def _call_of(name: str) -> ComposedStep:
    return step("next", name, {"p": "{{input.p}}"})


def _plan_inside(tools: dict[str, ComposedTool], tool: ComposedTool, arguments: JsonObject) -> Plan:
    def find(path: str) -> "Capability | None":
        kind = Capability(path, path, path, "o", "composed", "", OBJECT, "", Approval.NONE, definition=path)
        return kind if path in tools else NODES.get(path)

    plain = plan_of(tool, arguments, find, "/work", "v1")
    whole = plan_of(tool, arguments, find, "/work", "v1", inner=tools.get)
    assert plain.digest == whole.digest
    return whole


def test_what_a_composed_step_would_do_is_laid_out_with_its_arguments() -> None:
    """A consent to the outer tool covers what is inside it, so that must be in the plan; the digest stays the same."""
    tools = _nested(3)
    plan = _plan_inside(tools, tools["composed/skill_0"], {"p": "a.txt"})
    inside = plan.steps[0].inner[0].steps[0].inner[0]

    assert (inside.tool, inside.steps[0].files, inside.steps[0].known) == ("skill_2", ("a.txt",), True)
    assert inside.digest == _plan_inside(tools, tools["composed/skill_2"], {"p": "a.txt"}).digest


def test_a_loop_has_a_plan_inside_for_each_turn_and_placeholders_make_all_of_it_unknown() -> None:
    """Each turn does something else; what only the run tells is known nowhere inside."""
    tools = _nested(2)
    each = composed([step("next", "skill_1", {"p": "{{item}}"}, for_each="{{input.l}}")])
    late = composed([step("search"), step("next", "skill_1", {"p": "{{steps.0.output.url}}"})])
    turns = _plan_inside(tools, each, {"l": ["a", "b"]}).steps[0].inner
    unknown = _plan_inside(tools, late, {}).steps[1].inner[0]

    assert [plan.steps[0].files for plan in turns] == [("a",), ("b",)]
    assert [plan.steps[0].known for plan in turns] == [True, True]
    assert not unknown.steps[0].known


def test_plans_inside_are_bounded_in_depth_and_number_and_never_go_round() -> None:
    """A tool that calls itself, one too deep and a loop too long still have a plan."""
    deep = _nested(12)
    plan, depth = _plan_inside(deep, deep["composed/skill_0"], {"p": "a"}), 0
    while plan.steps[0].inner:
        plan, depth = plan.steps[0].inner[0], depth + 1
    round_about = {"composed/skill_0": composed([_call_of("skill_0")], "skill_0")}
    two = _nested(2)
    each = composed([step("next", "skill_1", {"p": "{{item}}"}, for_each="{{input.l}}")])
    many = _plan_inside(two, each, {"l": [str(number) for number in range(900)]})

    assert depth == 8
    assert _plan_inside(round_about, round_about["composed/skill_0"], {"p": "a"}).steps[0].inner == ()
    assert len(many.steps[0].inner) == 200
