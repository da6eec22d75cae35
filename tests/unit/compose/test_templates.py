import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.compose.filters import FILTERS, kind_of, same
from skillstrata.compose.template_faults import TemplateFailed, TemplateInvalid
from skillstrata.compose.template_values import Rendered, Scope, StepValue, names_of, rendered
from skillstrata.compose.templates import TEMPLATE_BYTES, Reference, parse_template, references_in
from skillstrata.records.composed_tools import ComposedStep
from skillstrata.records.json_values import Json

_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(2**53, 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["", "{{", "{{input.x}}", "{{{{", "}}", 'a "b"', "竞品"])
)
JSON = st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def _typed(value: Json) -> str:
    """Tell 1 from 1.0 and True, which Python takes for equal."""
    return repr(value)


def _of(template: Json, **fields: Json) -> Json:
    return rendered(template, Scope(input=fields)).value


@given(JSON, st.sampled_from(["{{input.x}}", "{{ input.x }}", "  {{input['x']}}\n", '{{input["x"]}}']))
def test_a_lone_expression_gives_back_any_json_value(value: Json, template: str) -> None:
    """Types survive: 2**53+1, 1.0, null, "", and texts that look like templates."""
    assert _typed(_of(template, x=value)) == _typed(value)


@given(JSON)
def test_a_value_is_copied_and_never_shared(value: Json) -> None:
    """A step that changes its arguments must not change another step's record."""
    found = _of("{{input.x}}", x=value)

    assert not isinstance(value, list | dict) or found is not value


@given(st.text())
def test_text_that_came_from_data_is_filled_once(text: str) -> None:
    """Data is never a template: an output with {{secret.X}} in it stays text."""
    assert _of("<{{input.x}}>", x=text) == f"<{text}>"


@given(st.text(max_size=200))
def test_any_text_parses_or_is_refused_with_a_message(text: str) -> None:
    """A parser of foreign text has two outcomes, and no third."""
    with contextlib.suppress(TemplateInvalid):
        assert parse_template(text).text == text


@given(st.text(alphabet="{}[]().|'\"\\ aN0-steps,", max_size=60))
def test_any_mix_of_signs_parses_or_is_refused(inner: str) -> None:
    """The same, where nearly every text is nearly an expression."""
    with contextlib.suppress(TemplateInvalid):
        assert parse_template("{{" + inner + "}}").pieces


@pytest.mark.parametrize(
    ("value", "written"),
    [("a", "a"), (3, "3"), (1.0, "1.0"), (True, "true"), ([], "[]"), ({"a": [1]}, '{"a":[1]}'), (2**70, str(2**70))],
)
def test_embedded_values_are_written_as_json_and_text_as_it_is(value: Json, written: str) -> None:
    """Peers write [object Object], True or nothing."""
    assert _of("v={{input.x}}", x=value) == f"v={written}"


def test_null_in_text_is_refused_and_its_twin_with_a_default_is_not() -> None:
    """`null` and `None` in a query are a silent fault."""
    with pytest.raises(TemplateFailed, match="is null") as refused:
        _of("v={{input.x}}", x=None)
    assert refused.value.type == "wrong_type"

    assert _of("v={{input.x | default('none')}}", x=None) == "v=none"
    assert _of("{{input.x | default('none')}}", x=None) is None


def test_a_missing_value_names_template_path_and_the_keys_there_are() -> None:
    """The reader can mend the path without running again."""
    with pytest.raises(TemplateFailed) as refused:
        _of("{{input.a.url}}", a={"uri": 1, "text": 2})

    assert refused.value.type == "missing"
    assert "'{{input.a.url}}'" in refused.value.message
    assert "input.a has the keys text, uri" in refused.value.message
    assert _of("{{input.a.url | default('u')}}", a={}) == "u"
    assert _of("{{input.a.url | default(null)}}", a={}) is None


def test_required_says_its_own_words() -> None:
    """`required` is for messages that a user understands."""
    with pytest.raises(TemplateFailed, match="give me a url"):
        _of("{{input.url | required('give me a url')}}")

    assert _of("{{input.url | required('give me a url')}}", url="u") == "u"


def test_arrays_and_objects_are_filled_inside_and_keys_are_not() -> None:
    """Peers forget arrays."""
    template: Json = {"{{input.x}}": ["{{input.x}}", {"b": "{{input.x}}"}], "n": 3}

    assert _of(template, x=7) == {"{{input.x}}": [7, {"b": 7}], "n": 3}


def test_four_braces_are_two_literal_ones() -> None:
    """Mustache in a text must be writable."""
    assert _of("{{{{x}} {{input.x}}", x=1) == "{{x}} 1"


@pytest.mark.parametrize("path", ["input.__class__", "input.keys", "input.x.append", "input.x.real"])
def test_no_attribute_can_be_reached(path: str) -> None:
    """Only own keys and list indexes."""
    with pytest.raises(TemplateFailed, match="has no value"):
        _of("{{" + path + "}}", x=[1])


@pytest.mark.parametrize(
    "text",
    [
        "{{",
        "{{}}",
        "{{input.}}",
        "{{input.x",
        "{{input.x}",
        "{{input.x | nothing}}",
        "{{input.x | join(1)}}",
        "{{input.x | slice('1')}}",
        "{{input.x | default}}",
        "{{input.x | replace('a')}}",
        "{{9**9**9}}",
        "{{input.x()}}",
        "{{input.x + 1}}",
        "{{input[-1]}}",
        "{{input['a]}}",
        "{{'a' * 999999999}}",
        "{{not}}",
        "a {{secret.KEY}}",
        "{{secret.KEY | upper}}",
        "{{input.x | default('\\ud800')}}",
    ],
)
def test_what_is_not_in_the_grammar_is_refused(text: str) -> None:
    """A closed grammar: no calls, no arithmetic, no secret inside a text."""
    with pytest.raises(TemplateInvalid):
        parse_template(text)


def test_a_quoted_index_reaches_keys_with_dots_and_quotes() -> None:
    """JSON keys may hold anything."""
    value: Json = {"c d": {'it\'s "x"': 5}}

    assert _of("{{input['a.b'][\"c d\"]['it\\'s \"x\"']}}", **{"a.b": value}) == 5


def test_numbers_reach_list_items_and_numeric_keys() -> None:
    """`steps.0.output.1` and an object whose key is "1"."""
    assert _of("{{input.a.1}}{{input.a[0]}}{{input.o.1}}", a=["x", "y"], o={"1": "z"}) == "yxz"


def test_a_template_of_64_kb_parses_and_one_of_a_megabyte_is_refused_at_once() -> None:
    """A bomb must cost nothing; the twin at the cap is fine."""
    assert parse_template("a" * TEMPLATE_BYTES).pieces
    with pytest.raises(TemplateInvalid, match="more than 65,536"):
        parse_template("{{input.x}}" * 100_000)
    with pytest.raises(TemplateInvalid, match="more than 65,536"):
        parse_template("竞" * (TEMPLATE_BYTES // 2))


@pytest.mark.parametrize(
    "text",
    [
        "{{input.a}}" * 4_000 + "{{input['" + "\\'" * 5_000,
        "{{input" + ".a" * 30_000 + "}",
        "{{input.a" + " | trim" * 9_000 + "}}",
        "{{input.a | default('" + "\\\\" * 30_000 + "}}",
        "{{" + " " * 60_000,
    ],
)
def test_long_hostile_text_is_refused(text: str) -> None:
    """A parser that backtracks would not come back from these within the suite's time."""
    with pytest.raises(TemplateInvalid):
        parse_template(text)


def test_values_nested_deeper_than_the_cap_are_refused() -> None:
    """Recursion is bounded; the twin one below the cap passes."""

    def nest(depth: int) -> Json:
        value: Json = "{{input.x}}"
        for _ in range(depth):
            value = [value]
        return value

    assert references_in(nest(64))
    assert _of(nest(64), x=1)
    with pytest.raises(TemplateInvalid, match="deeper"):
        references_in(nest(65))
    with pytest.raises(TemplateFailed, match="deeper"):
        _of(nest(65), x=1)


def test_an_expansion_beyond_ten_megabytes_is_refused() -> None:
    """Text that multiplies: by repetition, by replace, by join."""
    big = "x" * 1_000_000
    assert len(str(_of("{{input.x}}" * 9, x=big))) == 9_000_000
    for template in ("{{input.x}}" * 11, "{{input.x | replace('x', 'yyyyyyyyyyyyyyy')}}"):
        with pytest.raises(TemplateFailed) as refused:
            _of(template, x=big)
        assert refused.value.type == "limit"


def test_steps_are_found_by_id_number_and_output_name() -> None:
    """N counts from 0; the older spelling names outputs."""
    steps = (
        ComposedStep("fetch", "web_fetch", "native/web_fetch", output_as="page"),
        ComposedStep("1", "write_file", "native/write_file"),
    )
    scope = Scope({}, {"fetch": StepValue({"t": 1}), "1": StepValue({"p": 2})}, names=names_of(steps))
    template: Json = [
        "{{steps.fetch.output.t}}",
        "{{steps.0.output.t}}",
        "{{page.t}}",
        "{{vars.page.t}}",
        "{{steps.1.output.p}}",
        "{{steps.0.status}}",
    ]

    assert rendered(template, scope).value == [1, 1, 1, 1, 2, "done"]


def test_items_index_and_run_are_roots() -> None:
    """What a loop's templates name."""
    scope = Scope({}, item={"n": 5}, index=2, run={"id": "r"}, vars={"v": 1})

    assert rendered("{{item.n}}/{{index}}/{{run.id}}/{{vars.v}}", scope).value == "5/2/r/1"


def test_taint_follows_outside_data_to_the_pointer_it_reaches() -> None:
    """Policy asks again where outside data reaches a dangerous argument; untouched fields stay clean."""
    steps = {"a": StepValue("x", tainted=True), "b": StepValue("y")}
    scope = Scope({}, steps, item="i", item_tainted=True)
    found = rendered({"p/q": "{{steps.a.output | upper}}", "l": ["{{steps.b.output}}", "{{item}}"]}, scope)

    assert found.tainted == ("/p~1q", "/l/1")


def test_a_secret_is_a_whole_value_and_is_reported() -> None:
    """Whoever writes the call down must be able to mask it."""
    scope = Scope({}, secrets={"KEY": "s3cret"})

    assert rendered({"k": "{{secret.KEY}}"}, scope) == Rendered({"k": "s3cret"}, (), ("s3cret",))
    with pytest.raises(TemplateFailed, match="no secret is called 'OTHER'"):
        rendered("{{secret.OTHER}}", scope)


def test_references_have_their_pointers_and_say_whether_they_are_defaulted() -> None:
    """The compiler finds dependencies by them."""
    found = references_in({"a": ["x {{steps.0.output.u}}"], "b": "{{input.c | default(1)}}"})

    assert found == (
        Reference("steps", (0, "output", "u"), "/a/0"),
        Reference("input", ("c",), "/b", defaulted=True),
    )


@pytest.mark.parametrize(
    ("expression", "value", "wanted"),
    [
        ("string", 5, "5"),
        ("int", "12", 12),
        ("int", 3.0, 3),
        ("float", "1.5", 1.5),
        ("bool", "true", True),
        ("json", {"a": "竞"}, '{"a":"竞"}'),
        ("from_json", "[1,2]", [1, 2]),
        ("length", [1, 2], 2),
        ("first", [1, 2], 1),
        ("last", [1, 2], 2),
        ("first | default('none')", [], "none"),
        ("join", ["a", 1, True], "a, 1, true"),
        ("join('-')", ["a", "b"], "a-b"),
        ("split(',')", "a,b", ["a", "b"]),
        ("keys", {"a": 1}, ["a"]),
        ("values", {"a": 1}, [1]),
        ("lower", "A", "a"),
        ("upper", "a", "A"),
        ("trim", " a ", "a"),
        ("replace('a', 'b')", "aa", "bb"),
        ("slice(1)", [1, 2, 3], [2, 3]),
        ("slice(0, 2)", "abc", "ab"),
        ("unique", [1, 1.0, True, "1", 1], [1, True, "1"]),
        ("map('a')", [{"a": 1}, {"a": 2}], [1, 2]),
        ("where('a', 1)", [{"a": 1}, {"a": True}, {}], [{"a": 1}]),
        ("basename", "/a/b.txt", "b.txt"),
        ("urlencode", "a b/ä", "a%20b%2F%C3%A4"),
        ("sha256 | slice(0, 8)", "a", "ca978112"),
    ],
)
def test_each_filter_gives_what_its_name_says(expression: str, value: Json, wanted: Json) -> None:
    """The closed list, one by one."""
    assert _typed(_of("{{input.x | " + expression + "}}", x=value)) == _typed(wanted)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("int", "1.5"),
        ("int", True),
        ("float", "nan"),
        ("float", "1e999"),
        ("bool", 1),
        ("from_json", "{"),
        ("from_json", "NaN"),
        ("from_json", "[" * 100_000),
        ("from_json", " " * 1_000_001),
        ("length", 5),
        ("first", "abc"),
        ("join", [[1]]),
        ("split('')", "a"),
        ("keys", []),
        ("upper", 1),
        ("replace('', 'x')", "a"),
        ("map('a')", [{"b": 1}]),
        ("urlencode", None),
    ],
)
def test_a_filter_refuses_what_it_cannot_take(expression: str, value: Json) -> None:
    """No coercion, and the message names the template."""
    with pytest.raises(TemplateFailed, match="template "):
        _of("{{input.x | " + expression + "}}", x=value)


@given(JSON, st.sampled_from(sorted(FILTERS)))
def test_no_filter_raises_anything_else(value: Json, name: str) -> None:
    """A run must end with a typed fault, whatever a tool has answered."""
    arguments = {"text": '"a"', "any": "1", "integer": "1"}
    given_ = ", ".join(arguments[kind] for kind in FILTERS[name].takes)
    with contextlib.suppress(TemplateFailed):
        assert kind_of(_of("{{input.x | " + name + (f"({given_})" if given_ else "") + "}}", x=value))


@given(JSON)
def test_a_value_is_the_same_as_itself_and_a_boolean_as_no_number(value: Json) -> None:
    """Equality is that of JSON."""
    assert same(value, value)
    assert not same(True, 1)
    assert same(1, 1.0)
