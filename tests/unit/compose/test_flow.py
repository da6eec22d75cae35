import pytest

from skillstrata.compose.schemas import Fit, fit
from skillstrata.records.json_values import Json
from tests.capability_trees import ALL, gives, served, takes, tree_of
from tests.composed_skills import errors_of, findings_of, skill, tool_of, warnings_of

_FIRST = '    - id: get\n      tool: web_fetch\n      input: {url: "https://example.com/a"}\n'


def _second(template: str, more: str = "") -> str:
    return skill(f"{_FIRST}    - tool: read_file\n      input:\n        path: {template}\n{more}")


@pytest.mark.parametrize(
    ("sink", "source", "verdict"),
    [
        ({"type": "number"}, {"type": "integer"}, Fit.ALWAYS),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, {"type": "string"}, Fit.ALWAYS),
        ({"type": "string"}, {"type": "string", "enum": ["a"]}, Fit.ALWAYS),
        ({"type": "string"}, {"type": ["string", "null"]}, Fit.PERHAPS),
        ({"enum": ["a"]}, {"type": "string"}, Fit.PERHAPS),
        ({"type": "string", "maxLength": 10}, {"type": "string"}, Fit.PERHAPS),
        ({"type": "integer"}, {"type": "number"}, Fit.PERHAPS),
        ({"type": "array", "items": {"type": "string"}}, {"type": "array", "items": {"type": "integer"}}, Fit.PERHAPS),
        ({"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "b$"}, Fit.PERHAPS),
        ({"type": "string"}, {"type": "integer"}, Fit.NEVER),
        ({"type": "string"}, {"type": "array"}, Fit.NEVER),
    ],
)
def test_schemas_are_compared_as_the_reference_says(sink: Json, source: Json, verdict: Fit) -> None:
    """Only a proof is a fault."""
    assert fit(sink, source) == verdict


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ('"{{steps.get.output.status}}"', "compose.type"),
        ("7", "compose.type"),
        ("[a]", "compose.type"),
        ('"{{input.urls}}"', "compose.type"),
        ('"{{steps.get.output.status | length}}"', "compose.type"),
        ('"{{steps.9.output.url}}"', "compose.reference"),
        ('"{{steps.1.output.content}}"', "compose.order"),
        ('"{{steps.gone.output.url}}"', "compose.reference"),
        ('"{{steps.get.url}}"', "compose.reference"),
        ('"{{get.url}}"', "compose.reference"),
        ('"{{inputs.q}}"', "compose.reference"),
        ('"{{input.q.x}}"', "compose.reference"),
        ('"{{item}}"', "compose.reference"),
        ('"{{vars.x}}"', "compose.reference"),
        ('"{{steps.get.output.url.x}}"', "compose.reference"),
        ('"{{input.q | nothing}}"', "compose.template"),
    ],
)
def test_what_could_never_work_is_an_error(template: str, code: str) -> None:
    """Before a run, not in the middle of one."""
    assert list(errors_of(_second(template))) == [code]


@pytest.mark.parametrize(
    "template",
    [
        '"{{steps.get.output.url}}"',
        '"{{steps.0.output.url}}"',
        '"{{steps.get.output.status | string}}"',
        "\"{{input.urls | first | default('a')}}\"",
        '"{{input.urls | join}}"',
        '"a{{steps.get.output.status}}"',
        '"{{steps.get.status}}"',
        '"{{run.id}}"',
        '"{{secret.KEY}}"',
    ],
)
def test_what_works_has_no_error_and_no_warning(template: str) -> None:
    """The twins of the errors above."""
    assert warnings_of(_second(template)) == {}


def test_a_later_step_is_named_with_the_path() -> None:
    """Forward and self references."""
    message = errors_of(_second('"{{steps.1.output.content}}"'))["compose.order"]

    assert message == "step 1 refers to itself: steps[1] -> steps.1.output.content"
    forward = '    - tool: read_file\n      input: {path: "{{steps.get.output.url}}"}\n' + _FIRST
    assert "step 1, which runs later" in errors_of(skill(forward))["compose.order"]


def test_steps_that_wait_for_each_other_are_told_with_the_path() -> None:
    """A reference one way and depends_on the other."""
    text = skill(
        _FIRST + '      depends_on: [1]\n    - tool: read_file\n      input: {path: "{{steps.get.output.url}}"}'
    )

    assert "steps.get -> steps.1 -> steps.get" in errors_of(text)["compose.cycle"]
    assert errors_of(text.replace("      depends_on: [1]\n", "")) == {}


def test_a_required_field_that_is_missing_and_one_that_is_not_known_are_told() -> None:
    """A tool with a closed schema refuses both when it runs."""
    found = errors_of(skill("    - tool: write_file\n      input: {path: a, contents: b}"))

    assert found == {
        "compose.required": "write_file requires 'content'",
        "compose.unknown_input": "write_file does not take 'contents'",
    }
    hints = [f.hint for f in findings_of(skill("    - tool: write_file\n      input: {path: a, contents: b}"))]
    assert "did you mean 'content'?" in hints


def test_an_untyped_tool_is_noted_and_never_an_error() -> None:
    """Most servers declare no output schema."""
    steps = '    - tool: raw\n      input: {a: 1}\n    - tool: read_file\n      input: {path: "{{steps.0.output.x.y}}"}'
    found = findings_of(skill(steps))

    assert [(f.code, f.severity) for f in found] == [("compose.untyped", "info")]


def test_an_optional_input_without_default_is_a_warning() -> None:
    """It fails for whoever leaves it out."""
    before = "  input: {type: object, properties: {q: {type: string}}}\n"
    step = '    - tool: read_file\n      input: {path: "{{input.q}}"}'

    assert list(warnings_of(skill(step, before=before))) == ["compose.optional"]
    assert warnings_of(skill(step.replace("input.q", "input.q | default('a')"), before=before)) == {}
    assert warnings_of(skill(step, before=before.replace("string}", "string, default: a}"))) == {}


def test_items_of_a_loop_are_typed_by_its_list() -> None:
    """And what is no list cannot be looped over."""
    loop = '    - tool: read_file\n      for_each: "{}"\n      input: {{path: "{{{{item}}}}"}}'

    assert warnings_of(skill(loop.format("{{input.urls}}"))) == {}
    assert warnings_of(skill(loop.format("{{input.urls}}") + "\n      when: item != 'x' and index < 5")) == {}
    assert list(errors_of(skill(loop.format("{{item}}")))) == ["compose.reference"]
    assert list(errors_of(skill(loop.format("{{input.q}}")))) == ["compose.loop"]
    numbers = "  input: {properties: {l: {type: array, items: {type: integer}}}, required: [l]}\n"
    assert list(errors_of(skill(loop.format("{{input.l}}"), before=numbers))) == ["compose.type"]


def test_references_in_a_tool_s_own_schema_are_followed() -> None:
    """Servers generate schemas with $defs; one that leads to itself ends nothing."""
    output = gives(page={"$ref": "#/$defs/page"})
    output["$defs"] = {"page": gives(url="string", next={"$ref": "#/$defs/page"}, n="integer")}
    tree = tree_of(ALL, served("s", "pages", takes(), output))
    text = '    - tool: pages\n    - tool: read_file\n      input: {{path: "{{{{steps.0.output.page.next.next.{}}}}}"}}'

    assert errors_of(skill(text.format("url")), tree) == {}
    assert list(errors_of(skill(text.format("n")), tree)) == ["compose.type"]


def test_the_result_is_checked_against_the_output_schema() -> None:
    """A mismatch raises in the client otherwise."""
    before = "  input: {}\n  output: {type: object, properties: {n: {type: integer}}, required: [n]}\n  result: {n: "
    step = '    - tool: web_fetch\n      input: {url: "https://example.com/a"}'

    assert warnings_of(skill(step, before=before + '"{{steps.0.output.status}}"}\n')) == {}
    assert list(errors_of(skill(step, before=before + '"{{steps.0.output.url}}"}\n'))) == ["compose.type"]
    assert tool_of(skill(step, before=before + "7}\n")).result == '{"n":7}'


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ('script: "echo {{input.q}}"', "compose.shell_template"),
        ('argv: ["{{input.q}}", a]', "compose.argv"),
        ('argv: [grep, "{{input.q}}", a]', "compose.argv"),
        ('argv: "{{input.urls}}"', "compose.argv"),
    ],
)
def test_no_template_becomes_the_text_of_a_command(step: str, code: str) -> None:
    """Values reach a script as variables; values in argv cannot become options."""
    assert list(errors_of(skill(f"    - tool: bash\n      input: {{{step}}}"))) == [code]


@pytest.mark.parametrize(
    "step",
    [
        'input: {script: "echo \\"$Q\\"", env: {Q: "{{input.q}}"}}',
        'input: {argv: [grep, --, "{{input.q}}", a]}',
        'input: {argv: [grep, "--file={{input.q}}"]}',
        'allow_options: true\n      input: {argv: [echo, "{{input.q}}"]}',
    ],
)
def test_values_reach_commands_in_safe_ways(step: str) -> None:
    """The twins of what is refused."""
    assert errors_of(skill(f"    - tool: bash\n      {step}")) == {}


def test_an_address_of_a_literal_host_is_plain_and_a_templated_host_a_warning() -> None:
    """The host decides where data goes."""
    step = '    - tool: web_fetch\n      input: {{url: "{}"}}'

    assert warnings_of(skill(step.format("https://example.com/s?q={{input.q | urlencode}}"))) == {}
    assert list(warnings_of(skill(step.format("https://example.com/s?q={{input.q}}")))) == ["compose.url_text"]
    for address in ("{{input.q}}", "https://{{input.q}}/", "https://example.com{{input.q}}", "https://a@{{input.q}}/"):
        assert list(warnings_of(skill(step.format(address)))) == ["compose.url_host"]


def test_a_secret_goes_into_an_input_and_nowhere_else() -> None:
    """Results and conditions are written down."""
    step = '    - tool: read_file\n      input: {path: "{{secret.KEY}}"}'

    assert errors_of(skill(step)) == {}
    assert list(errors_of(skill(step, before='  input: {}\n  result: {a: "{{secret.KEY}}"}\n'))) == ["compose.secret"]
    assert list(errors_of(skill(step + '\n      when: secret.KEY == "a"'))) == ["compose.condition"]
    assert list(errors_of(skill(step.replace("{{s", "a {{s")))) == ["compose.template"]
