"""Everything that is wrong with a schema comes at once, and what it says by itself must hold."""

import pytest

from skillstrata.compose.schema_parts import cleared, patterns_in
from skillstrata.compose.schemas import faults_of
from skillstrata.records.json_values import Json, JsonObject
from tests.capability_trees import ALL, native, served, takes, tree_of
from tests.composed_skills import errors_of, findings_of, run, skill, source

_FAULTY: dict[str, tuple[Json, tuple[str | int, ...]]] = {
    "far": ({"$ref": "https://example.com/a.json"}, ("$ref",)),
    "gone": ({"$ref": "#/nope"}, ("$ref",)),
    "pattern": ({"type": "string", "pattern": "("}, ("pattern",)),
    "kind": ({"type": "objekt"}, ("type",)),
    "kinds": ({"type": ["string", "objekt"]}, ("type",)),
    "dead": ({"type": "string", "minLength": 5, "maxLength": 2}, ()),
    "names": ({"patternProperties": {"(": {"type": "string"}}}, ("patternProperties", "(")),
    "inner": ({"anyOf": [{"type": "string"}, {"type": "nul"}]}, ("anyOf",)),
}


def test_every_fault_of_a_schema_comes_at_once() -> None:
    """A remote reference hid all others; mending one after the other costs a compilation each."""
    schema: JsonObject = {"type": "object", "properties": {name: inner for name, (inner, _) in _FAULTY.items()}}
    places = [fault.parts for fault in faults_of(schema)]

    for name, (_, at) in _FAULTY.items():
        expected = ("properties", name, *at)
        assert any(place[: len(expected)] == expected for place in places), name
    assert len(places) == len(_FAULTY)


@pytest.mark.parametrize("name", _FAULTY)
def test_each_fault_is_found_alone_and_gone_when_it_is_mended(name: str) -> None:
    """The twin: what is taken out for the sake of the others is not told as a fault."""
    schema: JsonObject = {"type": "object", "properties": {"a": {"type": "string"}, "b": _FAULTY[name][0]}}

    assert [fault.parts[:2] for fault in faults_of(schema)] == [("properties", "b")]
    assert faults_of({"type": "object", "properties": {"a": {"type": "string"}}}) == ()


def test_a_dialect_that_is_not_ours_hides_no_fault() -> None:
    """It is one of them."""
    schema: JsonObject = {"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"type": "x"}}}

    assert [fault.parts[0] for fault in faults_of(schema)] == ["$schema", "properties"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"pattern": {"const": {"pattern": "("}}, "$ref": {"type": "string"}}},
        {"properties": {"a": {"$ref": "#/$defs/a%20b"}}, "$defs": {"a b": {"type": "string"}}},
        {"properties": {"a": {"$ref": "#/$defs/a~1b"}}, "$defs": {"a/b": {"type": "string"}}},
        {"properties": {"a": {"$ref": "#name"}}, "$defs": {"a": {"$anchor": "name"}}},
        {"properties": {"a": {"$ref": "#/properties/l/items"}, "l": {"items": {"type": "string"}}}},
    ],
)
def test_what_only_looks_like_a_fault_is_none(schema: JsonObject) -> None:
    """Data in a schema, escapes in pointers, anchors."""
    assert faults_of(schema) == ()


def test_a_copy_without_some_places_leaves_the_schema_as_it_was() -> None:
    """The author's schema is stored."""
    schema: JsonObject = {"anyOf": [{"type": "string"}, {"pattern": "("}], "required": ["a", 7]}
    copy = cleared(schema, [("anyOf", 1), ("required", 1)])

    assert copy == {"anyOf": [{"type": "string"}, True]}
    assert [parts for parts, _ in patterns_in(schema)] == [("anyOf", 1, "pattern")]


@pytest.mark.parametrize(
    ("inner", "refused"),
    [
        ("{type: integer, default: soon}", True),
        ("{type: string, enum: [a, b], default: c}", True),
        ("{type: string, default: null}", True),
        ("{$ref: '#/$defs/d', default: 0}", True),
        ("{type: object, properties: {b: {type: integer, default: x}}}", True),
        ("{type: object, properties: {b: {type: integer}}, required: [b], default: {}}", True),
        ("{type: integer, default: 3}", False),
        ("{type: string, enum: [a, b], default: b}", False),
        ("{type: [string, 'null'], default: null}", False),
        ("{$ref: '#/$defs/d', default: 1}", False),
        ("{type: object, properties: {b: {type: integer, default: 1}}}", False),
        ("{type: object, properties: {b: {type: integer, default: 2}}, required: [b], default: {}}", False),
    ],
)
def test_a_default_must_fit_its_own_schema(inner: str, refused: bool) -> None:
    """Every call that leaves the field out would be refused for a value that the caller never gave."""
    before = f"  input: {{type: object, properties: {{a: {inner}}}, $defs: {{d: {{type: integer, minimum: 1}}}}}}\n"
    every = findings_of(skill("    - tool: read_file\n      input: {path: a}", before=before))
    found = [finding for finding in every if finding.severity == "error"]

    assert [f.code for f in found] == (["compose.schema_default"] if refused else [])
    assert all(f.field.startswith("tool_schema.input.properties.a") and f.field.endswith("default") for f in found)


def test_an_input_s_bare_name_leads_to_its_full_one() -> None:
    """`{{l}}` for the input l is what people write first."""
    before = "  input: {properties: {l: {type: array, items: {type: string}}}, required: [l]}\n"
    step = '    - tool: read_file\n      loop_over: "{{{{{}}}}}"\n      input: {{path: "{{{{item}}}}"}}'
    found = findings_of(skill(step.format("l"), before=before))

    assert [(f.code, f.hint) for f in found if f.severity == "error"] == [("compose.reference", "write input.l")]
    assert "write input.l.0" in [f.hint for f in findings_of(skill(step.format("l.0"), before=before))]
    assert "input.l" not in findings_of(skill(step.format("k"), before=before))[0].hint
    assert findings_of(skill(step.format("input.l"), before=before)) == ()


def test_members_of_a_circle_are_told_of_the_circle_alone() -> None:
    """That the other one is not there is only because of the circle; who stands outside is told that it failed."""
    step = "    - tool: skill_{}\n      input: {{q: a, n: 1, urls: []}}"
    sources = [
        source(skill(step.format(to), at), f"/s/{at}/SKILL.md") for at, to in (("a", "b"), ("b", "a"), ("c", "a"))
    ]
    _, report = run(*sources)
    gone = run(source(skill(step.format("gone"), "a"), "/s/a/SKILL.md"))[1]

    assert [(f.file, f.code) for f in report.errors] == [
        ("/s/a/SKILL.md", "compose.cycle"),
        ("/s/b/SKILL.md", "compose.cycle"),
        ("/s/c/SKILL.md", "compose.tool_unknown"),
    ]
    assert [f.code for f in gone.errors] == ["compose.tool_unknown"]


def test_a_tool_of_ours_that_stands_before_a_server_s_is_named_with_the_other() -> None:
    """Whoever configured a fetch server may have meant that one."""
    fetch = served("fetch", "web_fetch", takes("url", url="string"))
    text = '    - tool: {}\n      input: {{url: "https://example.com/a"}}'
    plain, full = skill(text.format("web_fetch")), skill(text.format("mcp:fetch/web_fetch"))
    (found,) = findings_of(plain, tree_of(ALL, fetch))

    assert (found.code, found.severity) == ("compose.tool_chosen", "info")
    assert "mcp:fetch/web_fetch" in found.message
    assert "compose.without" in found.hint
    assert findings_of(plain) == ()
    assert findings_of(full, tree_of(ALL, fetch)) == ()
    assert errors_of(skill(text.format("picks")), tree_of(ALL, native("picks", takes("url", url="string"), None))) == {}
