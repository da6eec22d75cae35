"""Secrets go to the tool that is to have them, and nowhere else."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillstrata.adapters.run_files import RunFiles
from skillstrata.compose.masking import MASK, Mask
from skillstrata.compose.run_answers import answer_of, run_json
from skillstrata.compose.running import Manner
from skillstrata.records.json_values import Json
from skillstrata.records.tool_calls import ToolCall, ToolResult
from tests.composed_runs import ME, WRITES, Tools, composed, engine_of, fault, step

# Nothing that the product writes by itself: no letters of words, names or numbers of ours, nor quotes and backslashes
# alone, as JSON within JSON has them.
_LETTERS = "ÄÖÜßéñ漢字"
SECRETS = st.text(alphabet=_LETTERS + '"\\/%&\n ', min_size=4, max_size=12).filter(
    lambda text: set(text) & set(_LETTERS)
)


def _leaks(call: ToolCall, _cancel: object) -> "ToolResult | Json":
    key = str(call.arguments["key"])
    match call.arguments.get("how"):
        case "error":
            return fault("tool_error", f"cannot log in with {key}!")
        case "url":
            return {"url": f"https://example.org/?k={quote(key, safe='')}"}
        case "json":
            return {"text": json.dumps({"key": key})}
        case _:
            return {"deep": [{key: f"<{key}>"}]}


@given(secret=SECRETS, how=st.sampled_from(["error", "url", "json", "plain"]), skip=st.booleans())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_secret_is_in_no_record_error_answer_or_progress(tmp_path: Path, secret: str, how: str, skip: bool) -> None:
    """Whatever the tool does with it; the tool itself gets it as it is."""
    tools, told, folder = Tools(), list[str](), tmp_path / "runs"
    tools.add("login", _leaks, WRITES)
    tools.add("next", lambda call, _: {"given": dict(call.arguments)})
    steps = [
        step("login", given={"key": "{{secret.KEY}}", "how": how}, on_error="skip" if skip else "abort"),
        step("next", given={"v": "{{steps.login.output}}", "e": "{{steps.login.error}}"}, after=(0,)),
    ]
    engine = engine_of(tools, RunFiles(folder), secrets={"KEY": secret}.get)
    plan = engine.plan(composed(steps), {}, "/work")
    manner = Manner(progress=lambda _done, _all, line: told.append(line))
    run = engine.start(composed(steps), {}, ME, manner)
    written = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())
    forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], quote(secret, safe="")}

    assert tools.calls[0].arguments["key"] == secret
    assert tools.calls[0].secrets == (secret,)
    for text in (written, str(run), str(answer_of(run)), str(run_json(run)), str(plan), *told):
        assert not [form for form in forms if form in text]
    assert "<secret KEY>" in str(plan)


def test_what_an_earlier_step_printed_is_masked_too(tmp_path: Path) -> None:
    """A file may hold what a later step is given."""
    tools = Tools()
    tools.add("reads", lambda _call, _: {"text": "token=hunter22222"})
    tools.add("login", lambda _call, _: {})
    steps = [step("reads"), step("login", given={"key": "{{secret.KEY}}"}, after=(0,))]
    run = engine_of(tools, RunFiles(tmp_path), secrets={"KEY": "hunter22222"}.get).start(composed(steps), {}, ME)

    assert run.steps[0].output == {"text": f"token={MASK}"}


def test_a_secret_nobody_set_is_named_without_a_call(tmp_path: Path) -> None:
    """The name is not the secret."""
    tools = Tools()
    tools.add("login", lambda _call, _: {})
    tool = composed([step("login", given={"key": "{{secret.KEY}}"})])
    run = engine_of(tools, RunFiles(tmp_path)).start(tool, {}, ME)

    assert (run.status, tools.calls) == ("failed", [])
    assert "'KEY'" in run.message
    assert engine_of(tools, RunFiles(tmp_path), secrets=lambda _name: "x1x").start(tool, {}, ME).status == "done"


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("a12345b", f"a{MASK}b"),
        (12345, MASK),
        (12346, 12346),
        ({"12345": [None, True, "x"]}, {MASK: [None, True, "x"]}),
        ("123", "123"),
    ],
)
def test_a_mask_knows_texts_keys_and_numbers(value: Json, masked: Json) -> None:
    """A PIN may come back as a number."""
    mask = Mask()
    mask.learn(("12345", ""))

    assert mask.value(value) == masked


def test_a_secret_inside_another_leaves_no_piece_of_it() -> None:
    """The longer one is masked first."""
    mask = Mask()
    mask.learn(("abc",))
    mask.learn(("xabcx",))

    assert mask.text("xabcx abc") == f"{MASK} {MASK}"
