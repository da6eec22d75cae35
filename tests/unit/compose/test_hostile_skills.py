import contextlib
import gc
import socket
import threading

import pytest

from skillstrata.compose.schemas import faults_of, schema_text, validator_for, weight
from skillstrata.records.json_values import Json, JsonObject
from tests.capability_trees import ALL, served, tree_of
from tests.composed_skills import errors_of, run, skill, source

_STEP = '    - tool: read_file\n      input: {path: "{{input.q}}"}'


def _doubling(count: int) -> JsonObject:
    definitions: JsonObject = {f"a{count}": {"type": "string"}}
    for n in range(count):
        reference: Json = {"$ref": f"#/$defs/a{n + 1}"}
        definitions[f"a{n}"] = {"allOf": [reference, reference]}
    return {"type": "object", "properties": {"a": {"$ref": "#/$defs/a0"}}, "$defs": definitions}


def test_a_schema_whose_references_multiply_is_refused_and_a_small_one_is_not() -> None:
    """Thirty lines can ask for a thousand million checks."""
    assert faults_of(_doubling(6)) == ()
    assert "multiply" in faults_of(_doubling(40))[0].message
    assert weight(_doubling(40)) > weight(_doubling(6))
    assert validator_for(schema_text(_doubling(6))).is_valid({"a": "x"})
    with pytest.raises(ValueError, match="multiply"):
        validator_for(schema_text(_doubling(40)))


def test_a_server_s_bomb_counts_as_no_schema_at_all() -> None:
    """The compiler must not work for a stranger's sake; the values stay untyped."""
    bomb = served("s", "bomb", _doubling(40), _doubling(40))
    text = '    - tool: bomb\n      input: {a: 1}\n    - tool: read_file\n      input: {path: "{{steps.0.output.a}}"}'

    assert errors_of(skill(text), tree_of(ALL, bomb)) == {}


@pytest.mark.parametrize("form", ['{{"$ref": "{}"}}', '{{"$dynamicRef": "{}"}}', '{{"allOf": [{{"$ref": "{}"}}]}}'])
def test_nothing_is_fetched_for_a_schema(form: str) -> None:
    """A `$ref` to a server is refused, and the server hears nothing of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/schema.json"
        text = skill(_STEP, before=f"  input: {{type: object, properties: {{q: {form.format(address)}}}}}\n")
        found = errors_of(text)
        hostile: JsonObject = {"type": "object", "properties": {"a": {"$ref": address}}}
        errors_of(
            skill('    - tool: x\n      input: {a: "{{input.q}}"}'), tree_of(ALL, served("s", "x", hostile, hostile))
        )
        with pytest.raises(TimeoutError):
            listener.accept()

    assert "nothing is fetched" in found["compose.schema_invalid"]


def test_a_validator_fetches_nothing_either() -> None:
    """Schemas of servers reach it without the compiler's checks."""
    came: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                while True:
                    listener.accept()[0].close()
                    came.append(True)

        thread = threading.Thread(target=hang_up)
        thread.start()
        try:
            with pytest.raises(ValueError, match=r"[Rr]etriev"):
                validator_for(f'{{"$ref":"http://127.0.0.1:{listener.getsockname()[1]}/schema.json"}}')
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)

    assert came == []


def test_a_pattern_that_backtracks_ends() -> None:
    """`^(a+)+$` takes other validators seconds at 26 letters and years at 60."""
    check = validator_for('{"type":"string","pattern":"^(a+)+$"}')

    assert check.is_valid("a" * 60)
    assert not check.is_valid("a" * 60 + "b")


def test_a_pattern_with_a_back_reference_ends_too() -> None:
    """It cannot be run in linear time, so the steps are counted; running out of them is not a yes."""
    check = validator_for('{"type":"string","pattern":"^(a|a|aa)+\\\\1$"}')

    assert check.is_valid("aa")
    assert not check.is_valid("a" * 60 + "b")


def test_a_megabyte_of_template_is_refused() -> None:
    """Its twin of some kilobytes is not."""
    assert errors_of(skill(_STEP.replace("{{input.q}}", "x" * 4_000 + "{{input.q}}"))) == {}
    assert "compose.template" in errors_of(skill(_STEP.replace("{{input.q}}", "x" * 100_000 + "{{input.q}}")))
    assert "more than" in errors_of(skill(_STEP.replace("{{input.q}}", "{{input.q}}" * 100_000)))["compose.yaml"]


@pytest.mark.parametrize("deep", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 50_000])
def test_deep_nesting_is_refused_before_it_reaches_a_recursion(deep: str) -> None:
    """The tree of libyaml is built by recursion in C."""
    assert "deeper than" in errors_of(skill(f"    - tool: read_file\n      input:\n        {deep}"))["compose.yaml"]


def test_a_deep_schema_is_refused() -> None:
    """It is told as what it is, not as a crash."""
    schema: JsonObject = {"type": "string"}
    for _ in range(300):
        schema = {"type": "object", "properties": {"a": schema}}

    assert "cannot be built" in faults_of(schema)[0].message


def test_a_skill_of_nothing_but_errors_reports_them_and_leaves_the_others_alone() -> None:
    """One hostile skill must not take the rest along."""
    bad = source(skill("\n".join(['    - tool: gone\n      input: {a: "{{oops"}'] * 100), "bad"), "/s/bad/SKILL.md")
    library, report = run(bad, source(skill(_STEP), "/s/good/SKILL.md"))

    assert [tool.name for tool in library.tools] == ["skill_watch"]
    assert len(report.errors) == 200


def test_integers_of_any_size_stay_what_they_are() -> None:
    """2**53 + 1 and far larger ones are JSON."""
    large = 2**200
    library, report = run(source(skill(f"    - tool: raw\n      input: {{a: {large}, b: {2**53 + 1}}}")))

    assert report.errors == ()
    assert library.tools[0].steps[0].input == f'{{"a":{large},"b":{2**53 + 1}}}'


def test_what_was_parsed_is_not_kept() -> None:
    """A thousand skills must not stay in memory as syntax trees."""
    for n in range(30):
        run(source(skill(_STEP, f"s{n}"), f"/s/{n}/SKILL.md"))
    gc.collect()

    assert not any(type(thing).__name__ == "ScalarNode" for thing in gc.get_objects())
