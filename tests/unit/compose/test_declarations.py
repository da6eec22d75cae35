import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.compose.tool_schema import declares_tool
from skillstrata.compose.yaml_nodes import plain_reader
from skillstrata.compose.yaml_source import YamlText
from tests.composed_skills import INPUT, SEED, errors_of, findings_of, run, skill, source, tool_of, warnings_of

_READ = "    - tool: read_file\n      input: {path: a}"


def test_all_errors_come_at_once_each_with_file_line_and_field() -> None:
    """Mending one after the other costs a compilation each."""
    text = skill(
        "    - tool: read_fiel\n      input: {path: a}\n      on_eror: skip\n"
        '    - tool: read_file\n      input: {path: "{{input.nothing}}"}\n      timeout: soon\n'
        '    - tool: web_search\n      input: {query: "{{steps.7.output.x}}", n: "{{oops"}'
    )
    found = [(f.code, f.line, f.field) for f in findings_of(text) if f.severity == "error"]

    assert found == [
        ("compose.tool_unknown", 10, "tool_schema.steps[0].tool"),
        ("compose.unknown_field", 12, "tool_schema.steps[0].on_eror"),
        ("compose.reference", 14, "tool_schema.steps[1].input.path"),
        ("compose.shape", 15, "tool_schema.steps[1].timeout"),
        ("compose.template", 17, "tool_schema.steps[2].input.n"),
        ("compose.reference", 17, "tool_schema.steps[2].input.query"),
    ]
    assert {f.file for f in findings_of(text)} == {"/skills/watch/SKILL.md"}


@pytest.mark.parametrize("written", ["{{input.q}}", "{{input.q}} and more", "{{steps.0.output.x}}"])
def test_a_template_without_quotes_gets_its_own_message(written: str) -> None:
    """YAML says "unhashable key", which nobody understands."""
    finding = next(f for f in findings_of(skill(f"    - tool: read_file\n      input:\n        path: {written}")))

    assert finding.code == "compose.yaml"
    assert "a template without quotes" in finding.message
    assert finding.hint == 'quote the template: "{{input.field}}"'
    assert finding.line == 12
    assert errors_of(skill('    - tool: read_file\n      input:\n        path: "{{input.q}}"')) == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("      input: {path: a, path: b}", "written twice"),
        ("      input: &x {path: a}\n    - tool: read_file\n      input: *x", "alias"),
        ("      timeout: .inf", "finite"),
        ("      timeout: .nan", "finite"),
        ("      timeout: 1e999", "too large"),
        ("      input: !!python/object {path: a}", "tag"),
        ("      input: {path: [" + "[" * 70 + "]" * 70 + "]}", "deeper"),
    ],
)
def test_yaml_that_means_more_than_it_shows_is_refused(line: str, message: str) -> None:
    """Equal keys, aliases, tags and what JSON has no number for."""
    assert message in errors_of(skill(f"    - tool: read_file\n{line}"))["compose.yaml"]


def test_scalars_are_those_of_yaml_1_2() -> None:
    """`no` and `on` are words; a schema needs its booleans and numbers."""
    value = YamlText("[no, on, yes, true, False, ~, 12, -1, 0x1F, 0o17, 1.5, 1e3, 1.10.2, '12', 2026-01-02, 007]").value

    assert repr(value) == repr(
        ["no", "on", "yes", True, False, None, 12, -1, 31, 15, 1.5, 1000.0, "1.10.2", "12", "2026-01-02", 7]
    )


@given(st.text(alphabet="ab:-[]{}#&*!|>'\"%@`\n \t?,{{0.", max_size=80))
def test_any_text_is_read_or_refused_and_both_parsers_agree_on_what_is_there(text: str) -> None:
    """Skills come from strangers."""
    fast, plain = YamlText(text), YamlText(text, reader=plain_reader)

    if not fast.faults and not plain.faults:
        assert repr(fast.value) == repr(plain.value)
    assert all(fault.message for fault in fast.faults)


def test_the_parser_without_libyaml_reads_the_same_and_finds_the_same() -> None:
    """Where libyaml is missing, skills must not mean something else."""
    for text in (SEED.split("---\n")[1], "a: {{input.q}}", "a: 1\na: 2", "a: &x [1]\nb: *x", "a: !!int 'x'", "[.inf]"):
        fast, plain = YamlText(text), YamlText(text, reader=plain_reader)
        assert repr(fast.value) == repr(plain.value)
        assert fast.faults == plain.faults
        assert fast.line(("tool_schema", "steps", 1)) == plain.line(("tool_schema", "steps", 1))


def test_a_broken_description_does_not_take_the_tool_along() -> None:
    """Other parts of real frontmatter are often not YAML; tool_schema is read alone then."""
    text = skill(_READ).replace("description: Watches.", "description: Watches: this: and that")
    tool = tool_of(text)

    assert (tool.title, tool.description) == ("Watch", "Watches: this: and that")
    assert findings_of(text.replace("read_file", "gone"))[0].line == 10


def test_a_sidecar_declares_a_tool_too_and_both_at_once_are_an_error() -> None:
    """A strict validator refuses unknown keys in frontmatter."""
    plain = "---\nname: Watch\ndescription: Watches.\n---\n"
    beside = f"{INPUT}  steps:\n{_READ}\n".replace("\n  ", "\n").removeprefix("  ")
    wrapped = f"tool_schema:\n{INPUT}  steps:\n{_READ}\n"
    one = run(source(plain, sidecar=beside))[0].tools[0]

    assert run(source(plain, sidecar=wrapped))[0].tools[0].digest == one.digest
    assert "both declare a tool" in errors_of(skill(_READ), sidecar=beside)["compose.twice"]
    broken = findings_of(plain, sidecar=wrapped.replace("read_file", "gone"))[0]
    assert (broken.file, broken.line, broken.field) == (
        "/skills/watch/tool_schema.yaml",
        7,
        "tool_schema.steps[0].tool",
    )


@pytest.mark.parametrize(
    "text", ["", "# no frontmatter", "---\nname: a\n---\ntool_schema: in the body", "---\nnotool_schema: 1\n---\n"]
)
def test_a_skill_without_a_declaration_is_none_of_the_compiler_s_business(text: str) -> None:
    """Its twin declares."""
    assert not declares_tool(source(text))
    assert run(source(text))[1].findings == ()
    assert declares_tool(source(SEED))


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        ("tool_schema: text", "compose.shape"),
        ("tool_schema: {steps: []}", "compose.shape"),
        ("tool_schema: {steps: {tool: a}}", "compose.shape"),
        ("tool_schema: {steps: [read_file]}", "compose.shape"),
        ("tool_schema: {steps: [{input: {}}]}", "compose.shape"),
        ("tool_schema: {steps: [{tool: read_file, input: [a]}]}", "compose.shape"),
        ("tool_schema: {input: [], steps: [{tool: read_file, input: {path: a}}]}", "compose.shape"),
        ("tool_schema: {stepz: [], steps: [{tool: read_file, input: {path: a}}]}", "compose.unknown_field"),
        ("tool_schema: {steps: [{tool: read_file, input: {path: a}, input_map: {path: a}}]}", "compose.twice"),
        ("tool_schema: {steps: [{tool: read_file, input: {path: a}, id: 7}]}", "compose.shape"),
        ("tool_schema: {steps: [{tool: read_file, input: {path: a}, id: input}]}", "compose.shape"),
        ("tool_schema: {steps: [{tool: read_file, input: {path: a}, retry: 3}]}", "compose.shape"),
        ("tool_schema: {steps: [{tool: read_file, input: {path: a}, retry: {on: [denied]}}]}", "compose.shape"),
        ("tool_schema: {steps: [{tool: read_file, input: {path: a}, timeout: 301}]}", "compose.shape"),
        ("tool_schema: {steps: [{tool: read_file, input: {path: a}, on_error: ignore}]}", "compose.shape"),
        ("tool_schema: {steps: [{tool: read_file, input: {path: a}, when: 'a ='}]}", "compose.condition"),
        ("tool_schema: {steps: [{tool: read_file, input: {path: a}, for_each: 'a {{input.b}}'}]}", "compose.loop"),
        ("tool_schema: {steps: [{tool: read_file, input: {path: a}, depends_on: [z]}]}", "compose.reference"),
        ("tool_schema: {steps: [{tool: read_file, input: {path: a}, parallel: 1}]}", "compose.shape"),
    ],
)
def test_a_field_that_is_not_as_it_must_be_is_an_error(schema: str, code: str) -> None:
    """No misspelt word is passed over."""
    assert code in errors_of(f"---\nname: a\n{schema}\n---\n")


def test_more_steps_than_the_cap_are_refused_and_the_cap_is_not() -> None:
    """A hundred steps are a program."""
    assert errors_of(skill("\n".join([_READ] * 100))) == {}
    assert "more than 100" in errors_of(skill("\n".join([_READ] * 101)))["compose.shape"]


def test_ids_and_output_names_are_unique() -> None:
    """A name that two steps have means either."""
    steps = "    - {tool: read_file, input: {path: a}, id: x}\n    - {tool: read_file, input: {path: a}, id: y}"

    assert errors_of(skill(steps)) == {}
    assert "'x' names step 0 and step 1" in errors_of(skill(steps.replace("id: y", "id: x")))["compose.twice"]
    assert warnings_of(skill(steps)) == {}
