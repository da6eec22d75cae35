from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.compose.wire_names import wire_name
from skillstrata.records.approvals import Approval
from skillstrata.records.composed_tools import ComposedStep
from tests.capability_trees import ALL, BASH, READ_FILE, served, takes, tree_of, without
from tests.composed_skills import SEED, errors_of, findings_of, run, skill, source, tool_of, warnings_of

_SEARCH = '    - tool: web_search\n      input: {query: "{{input.q}}"}'


def test_the_design_s_own_example_compiles_unchanged() -> None:
    """Its array in a text, its output that no step fills and its templated address are warnings."""
    library, report = run(source(SEED, "/skills/competitor-watch/SKILL.md"))
    tool = library.tools[0]

    assert report.errors == ()
    assert {f.code for f in report.findings} == {"compose.embedded", "compose.result", "compose.url_host"}
    assert (tool.name, tool.title, tool.aliases) == ("skill_competitor_watch", "竞品监控", ("skill_竞品监控",))
    assert tool.approval == Approval.PLAN_CONFIRM
    assert [step.after for step in tool.steps] == [(), (0,), (1,)]
    assert [step.path for step in tool.steps] == ["mcp/search/web_search", "native/web_fetch", "native/write_file"]
    assert tool.needs == ("fs.write", "mcp", "net")
    assert tool.effects.open_world
    assert not tool.effects.read_only


def test_without_a_search_server_the_error_says_which_kind_of_server_gives_it_and_how() -> None:
    """A name that nothing has must lead to the next step."""
    finding = next(f for f in findings_of(SEED, without("mcp/search/web_search")) if f.severity == "error")

    assert finding.code == "compose.tool_unknown"
    assert (finding.line, finding.field) == (26, "tool_schema.steps[0].tool")
    assert "a web search server would give it" in finding.hint
    assert '{"mcpServers": {"search":' in finding.hint


def test_a_step_cannot_lower_an_approval() -> None:
    """Fault a of the port: `approval: none` on an exec_escalation tool; raising is allowed."""
    step = "    - tool: bash\n      approval: {}\n      input: {{argv: [ls]}}"
    tool = tool_of(skill(step.format("none")))

    assert tool.approval == Approval.EXEC_ESCALATION
    assert "compose.approval_lower" in {f.code for f in tool.findings}
    assert tool_of(skill(_SEARCH + "\n      approval: mount_access")).approval == Approval.MOUNT_ACCESS
    assert tool_of(skill(_SEARCH, before="  input: {properties: {q: {type: string}}, required: [q]}\n")).findings == ()


def test_a_skill_can_raise_its_own_approval_and_not_lower_it() -> None:
    """The strictest of steps and skill."""
    before = "  approval: {}\n  input: {{properties: {{q: {{type: string}}}}, required: [q]}}\n"

    assert tool_of(skill(_SEARCH, before=before.format("data_export"))).approval == Approval.DATA_EXPORT
    assert tool_of(skill(_SEARCH, before=before.format("none"))).approval == Approval.PLAN_CONFIRM


def test_a_misspelt_approval_is_an_error_that_names_it() -> None:
    """Fault b: it was treated as none."""
    assert (
        "'exec_escalaton'" in errors_of(skill(_SEARCH + "\n      approval: exec_escalaton"))["compose.approval_unknown"]
    )


def test_an_unknown_server_or_tool_of_a_server_is_an_error_and_a_known_one_asks() -> None:
    """Fault c: any mcp_ name passed, without approval."""
    step = '    - tool: "{}"\n      input: {{query: a}}'

    assert "no MCP server is called 'nobody'" in errors_of(skill(step.format("mcp:nobody/x")))["compose.tool_unknown"]
    assert "offers no tool 'web_serch'" in errors_of(skill(step.format("mcp:search/web_serch")))["compose.tool_unknown"]
    assert "compose.tool_unknown" in errors_of(skill(step.format("mcp_search_web_search")))
    careless = served("search", "web_search", takes("query", query="string"), approval=Approval.NONE)
    tool = tool_of(skill(step.format("mcp:search/web_search")), tree_of(ALL, careless))
    assert tool.approval == Approval.PLAN_CONFIRM


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ("{type: objekt}", "tool_schema.input.type"),
        ("{type: object, properties: {a: {type: 17}}}", "tool_schema.input.properties.a.type"),
        (
            "{type: object, properties: {a: {type: string, minLength: 5, maxLength: 2}}}",
            "tool_schema.input.properties.a",
        ),
        ("{type: object, properties: {a: {$ref: '#/$defs/gone'}}}", "tool_schema.input.properties.a.$ref"),
        ("{type: object, properties: {a: {type: string, pattern: '('}}}", "tool_schema.input.properties.a.pattern"),
        ("{type: array}", "tool_schema.input.type"),
        ("{type: object, $schema: 'http://json-schema.org/draft-07/schema#'}", "tool_schema.input.$schema"),
    ],
)
def test_a_schema_that_is_none_is_an_error_with_its_place(schema: str, field: str) -> None:
    """Fault d: `type: objekt` compiled."""
    found = [f for f in findings_of(skill(_SEARCH, before=f"  input: {schema}\n")) if "schema" in f.code]

    assert [f.field for f in found if f.severity == "error"][:1] == [field]
    assert found[0].line == 5


def test_a_step_that_may_be_skipped_and_is_read_needs_a_default() -> None:
    """Fault g: the variable was undefined, and a later step failed."""
    steps = (
        '    - tool: read_file\n      input: {{path: "{{{{input.q}}}}"}}\n      {}\n'
        '    - tool: write_file\n      input: {{path: a, content: "{{{{{}}}}}"}}'
    )
    for why in ("on_error: skip", "when: input.n == 1"):
        read = errors_of(skill(steps.format(why, "steps.0.output.content")))
        assert "declares no default_output" in read["compose.default_output"]
        assert errors_of(skill(steps.format(why, "input.q"))) == {}
        assert errors_of(skill(steps.format(why, "steps.0.output.content | default('')"))) == {}
        declared = f"{why}\n      default_output: {{content: none}}"
        assert errors_of(skill(steps.format(declared, "steps.0.output.content"))) == {}


@pytest.mark.parametrize("other", ["a.b", "a b", "A-B", "Ａ_b"])
def test_skills_whose_tools_would_have_one_name_are_both_refused_by_name(other: str) -> None:
    """Fault i: the second silently replaced the first."""
    one, two = source(skill(_SEARCH, "a-b"), "/s/1/SKILL.md"), source(skill(_SEARCH, other), "/s/2/SKILL.md")
    library, report = run(one, two)

    assert library.tools == ()
    assert [(f.file, f.message) for f in report.errors] == [
        (path, "skill_a_b would be the tool of /s/1/SKILL.md and /s/2/SKILL.md") for path in (one.path, two.path)
    ]
    alone, _ = run(one, library=library)
    assert [tool.name for tool in alone.tools] == ["skill_a_b"]


def test_two_skills_of_one_foreign_name_are_refused_too() -> None:
    """Their wire names differ by folder, but `skill_竞品监控` would mean either."""
    library, report = run(source(SEED, "/s/a/SKILL.md"), source(SEED, "/s/b/SKILL.md"))

    assert library.tools == ()
    assert all("skill_竞品监控" in f.message for f in report.errors)


@given(st.text(max_size=100), st.text(max_size=40))
def test_every_name_is_legal_for_hosts(title: str, folder: str) -> None:
    """Fault i: `tools/demo/x` gave a name that hosts refuse."""
    name = wire_name(title, f"/s/{folder}/SKILL.md")

    assert name.startswith("skill_")
    assert 6 < len(name) <= 64
    assert name.isascii()
    assert name.replace("_", "a").isalnum()


def test_a_tool_that_is_gone_makes_its_users_stale_and_its_return_mends_them() -> None:
    """Fault j: SKILL.md had not changed, so nothing was compiled again."""
    one = source(SEED)
    library, _ = run(one)
    stale, report = run(one, tree=without("native/web_fetch"), library=library)
    back, _ = run(one, library=stale)

    assert stale.tools[0].status == "stale"
    assert "compose.tool_unknown" in {f.code for f in report.errors}
    assert stale.failed == ()
    assert (back.tools[0].status, back.tools[0].digest) == ("ok", library.tools[0].digest)


@given(st.sets(st.sampled_from([node.path for node in ALL])))
def test_removing_tools_never_leaves_a_good_user(gone: set[str]) -> None:
    """The property behind fault j, nested tools included."""
    sources = (
        source(SEED, "/s/a/SKILL.md"),
        source(skill('    - tool: skill_a\n      input: {competitors: ["{{input.q}}"]}', "outer"), "/s/b/SKILL.md"),
        source(skill("    - tool: bash\n      input: {argv: [ls]}", "shell"), "/s/c/SKILL.md"),
    )
    library, first = run(*sources)
    assert first.errors == ()
    after, _ = run(*sources, tree=without(*gone), library=library)

    present = {f"composed/{tool.name}" for tool in after.tools if tool.status == "ok"}
    present |= {node.path for node in ALL if node.path not in gone}
    assert all(path in present for tool in after.tools if tool.status == "ok" for path, _ in tool.pins)
    assert len(after.tools) == 3


@given(st.lists(st.sampled_from(list(Approval)), min_size=1, max_size=4), st.sampled_from([None, *Approval]))
def test_a_composed_tool_is_never_laxer_than_any_step(levels: list[Approval], asked: "Approval | None") -> None:
    """For every tree and every wish of the steps and the skill."""
    tree = tree_of(replace(READ_FILE, path=f"native/t{n}", name=f"t{n}", approval=a) for n, a in enumerate(levels))
    wish = f"\n      approval: {asked.word}" if asked is not None else ""
    steps = "\n".join(f"    - tool: t{n}\n      input: {{path: a}}{wish}" for n in range(len(levels)))
    before = f"  approval: {asked.word}\n" if asked is not None else ""
    tool = tool_of(skill(steps, before=before), tree)

    assert tool.approval == max(*levels, *levels, asked or Approval.NONE)
    assert all(step.approval >= level for step, level in zip(tool.steps, levels, strict=True))


def test_a_server_that_is_down_leaves_its_users_unverified_and_a_changed_tool_makes_them_stale() -> None:
    """The known definition is good enough to compile with; another one is not."""
    text = skill('    - tool: mcp:search/web_search\n      input: {query: "{{input.q}}"}')
    library, _ = run(source(text))
    down = [replace(n, available=False, reason="down", state="down") if n.server else n for n in ALL]
    unverified, _ = run(source(text), tree=tree_of(down), library=library)
    changed = [replace(n, definition="other") if n.server else n for n in down]
    stale, report = run(source(text), tree=tree_of(changed), library=library)

    assert unverified.tools[0].status == "unverified"
    assert stale.tools[0].status == "stale"
    assert report.errors
    assert run(source(text), tree=tree_of(down))[0].tools[0].status == "unverified"


@pytest.mark.parametrize("state", ["changed", "gone"])
def test_a_tool_that_is_not_what_was_approved_makes_its_users_stale_and_no_new_ones(state: str) -> None:
    """Nobody may build on a definition that a server has taken back; twin: a server that is only down is built on."""
    text = skill('    - tool: mcp:search/web_search\n      input: {query: "{{input.q}}"}')
    library, _ = run(source(text))
    away = [replace(n, available=False, reason="look at it", state=state) if n.server else n for n in ALL]
    stale, report = run(source(text), tree=tree_of(away), library=library)

    assert [tool.status for tool in stale.tools] == ["stale"]
    assert "look at it" in report.errors[0].message
    assert run(source(text), tree=tree_of(away))[0].tools == ()


def test_a_native_tool_that_is_not_available_is_an_error_with_its_reason() -> None:
    """Nothing is known of when it comes back."""
    tree = tree_of(ALL, replace(BASH, available=False, reason="bubblewrap is missing"))

    assert (
        "bubblewrap is missing"
        in errors_of(skill("    - tool: bash\n      input: {argv: [ls]}"), tree)["compose.tool_unavailable"]
    )


def test_a_plain_name_that_two_servers_have_must_be_written_out() -> None:
    """Choosing one would call the wrong one some day."""
    other = served("rival", "web_search", takes("query", query="string"))
    ambiguous = errors_of(skill(_SEARCH), tree_of(ALL, other))["compose.tool_ambiguous"]

    assert "mcp:rival/web_search" in ambiguous
    assert "mcp:search/web_search" in ambiguous
    full = _SEARCH.replace("web_search", "mcp:rival/web_search")
    assert tool_of(skill(full), tree_of(ALL, other)).steps[0].path == "mcp/rival/web_search"


def test_tools_that_call_each_other_are_refused_with_the_path() -> None:
    """A circle would run until the depth cap."""
    one = source(skill("    - tool: skill_b\n      input: {q: a, n: 1, urls: []}", "a"), "/s/a/SKILL.md")
    two = source(skill("    - tool: skill_a\n      input: {q: a, n: 1, urls: []}", "b"), "/s/b/SKILL.md")
    library, report = run(one, two)

    assert library.tools == ()
    assert {f.message for f in report.errors if f.code == "compose.cycle"} == {
        "these tools call each other: skill_a -> skill_b -> skill_a"
    }
    plain = source(skill(_SEARCH, "b"), two.path)
    assert [tool.name for tool in run(one, plain, library=library)[0].tools] == ["skill_a", "skill_b"]


def test_the_older_spelling_compiles_to_the_same() -> None:
    """Skills written for the design's only port run as they are."""
    older = skill(
        '    - tool: read_file\n      input_map: {path: "{{item}}"}\n      loop_over: input.urls\n'
        "      output_as: pages\n"
        '    - tool: write_file\n      input_map: {path: a, content: "{{pages | length | string}}"}'
    )
    newer = skill(
        '    - tool: read_file\n      input: {path: "{{item}}"}\n      for_each: "{{input.urls}}"\n'
        '    - tool: write_file\n      input: {path: a, content: "{{steps.0.output | length | string}}"}'
    )
    one, two = tool_of(older), tool_of(newer)

    assert one.steps[0] == replace(two.steps[0], output_as="pages")
    assert [step.after for step in one.steps] == [step.after for step in two.steps]


def test_every_field_of_a_step_reaches_the_tool() -> None:
    """What is written and not kept would be silently ignored."""
    step = """    - id: get
      tool: read_file
      input: {path: a}
      when: input.n > 1
      on_error: skip
      retry: {max: 1, delay: 500ms, backoff: const, jitter: false, on: [timeout], safe: true}
      timeout: 2m
      default_output: {content: none}
      parallel: true
      approval: data_export
      parse: json
      output_as: page
    - tool: read_file
      depends_on: [get]
      input: {path: b}"""
    first, second = tool_of(skill(step)).steps

    assert first == ComposedStep(
        "get", "read_file", "native/read_file", '{"path":"a"}', "input.n > 1", "", "skip", first.retry, 120.0,
        '{"content":"none"}', (), True, Approval.DATA_EXPORT, True, "page",
    )  # fmt: skip
    assert (first.retry.most, first.retry.delay_s, first.retry.backoff) == (1, 0.5, "const")
    assert (first.retry.jitter, first.retry.on, first.retry.safe) == (False, ("timeout",), True)
    assert second.after == (0,)
    assert warnings_of(skill(step)) == {}
