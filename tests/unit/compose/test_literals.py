"""What is written out in a step is held to its tool's schema at once, and what only may fit is told."""

import pytest

from skillstrata.records.json_values import Json
from tests.capability_trees import ALL, native, served, takes, tree_of
from tests.composed_skills import errors_of, findings_of, skill

_PAIR: Json = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
_TWO: Json = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 3}
_TAKES = takes(
    ra=_PAIR,
    arr=_TWO,
    bare={"type": "object", "required": ["a"]},
    merged={"allOf": [{"required": ["a"]}, {"type": "object"}]},
    few={"type": "object", "maxProperties": 1},
    mail={"type": "string", "pattern": "^.+@.+$"},
    deep={"type": "object", "properties": {"list": {"type": "array", "items": _PAIR}}},
    short={"type": "string", "minLength": 1, "maxLength": 10},
)
_TREE = tree_of(ALL, served("s", "picky", _TAKES))
_INPUT = """  input:
    type: object
    properties: {o: {type: object}, l: {type: array}, q: {type: string}}
    required: [o, l, q]
"""


def _found(given: str, severity: str) -> list[str]:
    text = skill(f"    - tool: picky\n      input: {{{given}}}", before=_INPUT)
    return [finding.code for finding in findings_of(text, _TREE) if finding.severity == severity]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("ra: {b: 1}", "compose.required"),
        ("ra: {a: 1}", "compose.type"),
        ("bare: {b: 1}", "compose.required"),
        ("merged: {b: 1}", "compose.required"),
        ("few: {a: 1, b: 2}", "compose.type"),
        ("arr: [1]", "compose.type"),
        ("arr: [1, 2, 3, 4]", "compose.type"),
        ("arr: [1, a]", "compose.type"),
        ("arr: ['{{input.q | int}}']", "compose.type"),
        ("mail: nobody", "compose.type"),
        ("deep: {list: [{a: x}, {b: x}]}", "compose.required"),
        ("bare: {b: '{{input.q}}'}", "compose.required"),
    ],
)
def test_what_is_written_out_and_can_never_fit_is_an_error(given: str, code: str) -> None:
    """Nothing about it is left for the run to tell; and it is told once."""
    assert _found(given, "error") == [code]


@pytest.mark.parametrize(
    "given",
    [
        "ra: {a: x, b: 1}",
        "bare: {a: 1}",
        "merged: {a: 1}",
        "few: {a: 1}",
        "arr: [1, 2]",
        "arr: [1, '{{input.q | int}}']",
        "mail: a@b",
        "deep: {list: [{a: x}, {a: '{{input.q}}'}]}",
        "bare: {a: '{{input.q}}'}",
    ],
)
def test_what_is_written_out_and_fits_is_no_error(given: str) -> None:
    """The twins."""
    assert _found(given, "error") == []
    assert "compose.type_unsure" not in _found(given, "warning")


@pytest.mark.parametrize(
    ("given", "told"), [("ra", True), ("bare", True), ("few", True), ("arr", True), ("deep", True)]
)
def test_an_object_that_may_lack_what_is_required_is_a_warning(given: str, told: bool) -> None:
    """`object` is not the same as an object with a field that must be there."""
    value = "{{input.l}}" if given == "arr" else "{{input.o}}"

    assert ("compose.type_unsure" in _found(f'{given}: "{value}"', "warning")) is told
    assert _found(f'{given}: "{value}"', "error") == []


def test_an_object_into_any_object_is_plain() -> None:
    """The twin: nothing is asked of it."""
    tree = tree_of(ALL, served("s", "takes", takes(o="object", l="array")))
    text = skill('    - tool: takes\n      input: {o: "{{input.o}}", l: "{{input.l}}"}', before=_INPUT)

    assert findings_of(text, tree) == ()


@pytest.mark.parametrize(("ours", "severity"), [(True, "info"), (False, "warning")])
def test_how_long_a_text_is_is_a_note_for_our_own_tools(ours: bool, severity: str) -> None:
    """Each of them asks for one letter at least; a server's bound is one that the author may not know."""
    sink = takes(short={"type": "string", "minLength": 1, "maxLength": 10}, mail={"type": "string", "pattern": "@"})
    tree = tree_of(ALL, native("picks", sink, None) if ours else served("s", "picks", sink))
    step = '    - tool: picks\n      input: {{{}: "{{{{input.q}}}}"}}'
    short = findings_of(skill(step.format("short"), before=_INPUT), tree)
    mail = findings_of(skill(step.format("mail"), before=_INPUT), tree)

    assert [(f.code, f.severity) for f in short] == [("compose.type_unsure", severity)]
    assert [(f.code, f.severity) for f in mail] == [("compose.type_unsure", "warning")]
    assert errors_of(skill(step.format("short").replace("{{input.q}}", ""), before=_INPUT), tree) != {}
