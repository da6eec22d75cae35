"""What every Judge promises: the one behind an API, against a real server; the one behind Claude Code's program."""

import json
import os
import stat
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.claude_code_judge import ClaudeCodeJudge
from skillstrata.adapters.judges import chosen_judge
from skillstrata.adapters.model_judge import ModelJudge
from skillstrata.ports.judge import Judge
from skillstrata.records.failures import JudgeUnavailable
from skillstrata.records.purposes import PurposeSketch
from tests.model_service import serving

ONE = PurposeSketch("convert", "Convert HTML to Markdown", ("text/html",), ("text/markdown",), ("file",), "none")
OTHER = replace(ONE, purpose="Convert DOCX to Markdown", given=("application/x-docx",), options=(("width", "integer"),))
GOOD = '{"verdict": "same", "reason": "both make Markdown"}'
FIELDS = {"verb", "purpose", "given", "made", "ways", "loss", "files", "options"}

Script = Callable[[str], None]


class Way:
    """A judge, a way to script what the model writes, and what was sent."""

    def __init__(self, judge: Judge, script: Script, sent: Callable[[], str]) -> None:
        self.judge = judge
        self.script = script
        self.sent = sent


@contextmanager
def _api(_folder: Path, patch: pytest.MonkeyPatch) -> Generator[Way]:
    with serving() as service:
        patch.setenv("ANTHROPIC_API_KEY", "k")
        patch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{service.port}")

        def script(text: str) -> None:
            service.text = text

        yield Way(ModelJudge("anthropic:claude-haiku-4-5", timeout_s=20), script, lambda: "\n".join(service.came))


def _fake_claude(folder: Path, body: str) -> Path:
    """Write a program that stands for `claude`; it keeps its arguments, input, folder and variables."""
    folder.mkdir(exist_ok=True)
    program = folder / "claude"
    program.write_text(
        f"#!{sys.executable}\nimport json, os, subprocess, sys\nsaid = sys.stdin.read()\n"
        f"json.dump({{'words': sys.argv[1:], 'said': said, 'cwd': os.getcwd(), 'inside': os.listdir('.'), "
        f"'spool': os.environ.get('SKILLSTRATA_SPOOL')}}, open({str(folder / 'came.json')!r}, 'w'))\n{body}\n",
        encoding="utf-8",
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def _prints(text: str, *, is_error: bool = False) -> str:
    result = {
        "type": "result",
        "subtype": "success",
        "is_error": is_error,
        "result": text,
        "session_id": "x",
        "total_cost_usd": 0.0001,
        "usage": {"input_tokens": 200, "cache_read_input_tokens": 11, "output_tokens": 17},
    }
    return f"print({json.dumps(result)!r})"


@contextmanager
def _program(folder: Path, _patch: pytest.MonkeyPatch) -> Generator[Way]:
    program = _fake_claude(folder, _prints(GOOD))

    def script(text: str) -> None:
        _fake_claude(folder, _prints(text))

    def sent() -> str:
        return (folder / "came.json").read_text(encoding="utf-8")

    yield Way(ClaudeCodeJudge(program, "claude-haiku-4-5", timeout_s=20), script, sent)


@pytest.fixture(params=[_api, _program], ids=["api", "claude-code"])
def way(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Way]:
    """Give each implementation with a model that answers well."""
    with request.param(tmp_path / "bin", monkeypatch) as found:
        yield found


def test_an_answer_comes_with_its_reason_and_its_cost(way: Way) -> None:
    """The log of spending is made of it."""
    call = way.judge.ask(ONE, OTHER, at_s=5.0)

    assert (call.verdict, call.why, call.at_s) == ("same", "both make Markdown", 5.0)
    assert (call.model, call.input_tokens, call.output_tokens) == (way.judge.model, 211, 17)
    assert call.question == way.judge.question(ONE, OTHER)


def test_a_question_is_the_same_in_either_order_and_another_for_other_tools(way: Way) -> None:
    """It is what answers are kept by."""
    asked = way.judge.question(ONE, OTHER)

    assert asked == way.judge.question(OTHER, ONE)
    assert asked != way.judge.question(ONE, replace(OTHER, loss="intended"))


def test_only_the_fields_of_the_sketches_are_sent(way: Way) -> None:
    """No document, no program, no path: a contract has none, and nothing else is put in."""
    way.judge.ask(ONE, OTHER, at_s=5.0)
    sent = way.sent()
    tools = [line.partition(": ")[2] for line in _message(sent).splitlines()]

    assert [set(json.loads(tool)) for tool in tools] == [FIELDS, FIELDS]
    assert str(Path.home()) not in _message(sent)
    assert {json.loads(tool)["purpose"] for tool in tools} == {ONE.purpose, OTHER.purpose}


def _message(sent: str) -> str:
    found = json.loads(sent)
    if "said" in found:
        return found["said"]
    (message,) = found["messages"]
    content = message["content"]
    return content if isinstance(content, str) else content[0]["text"]


@pytest.mark.parametrize(
    "text",
    [
        "They are the same.",
        "",
        '{"verdict": "probably", "reason": "x"}',
        '{"verdict": "same"}',
        '{"verdict": "same", "reason": "x", "also": 1}',
        '{"verdict": 1, "reason": "x"}',
        '[{"verdict": "same", "reason": "x"}]',
        '{"verdict": "same", "reason": "' + "x" * 5000 + '"}',
        'Sure! {"verdict": "same", "reason": "x"}',
    ],
)
def test_an_answer_of_another_form_is_none(way: Way, text: str) -> None:
    """It is never guessed what a model may have meant; the tokens are spent all the same."""
    way.script(text)
    with pytest.raises(JudgeUnavailable) as failed:
        way.judge.ask(ONE, OTHER, at_s=5.0)

    assert failed.value.input_tokens == 211


def test_a_fenced_answer_is_read_and_its_reason_is_one_printable_line(way: Way) -> None:
    """Some models fence everything; what they write is shown in a terminal."""
    way.script('```json\n{"verdict": "different", "reason": "a\\nb\\u001b[31m"}\n```')
    call = way.judge.ask(ONE, OTHER, at_s=5.0)

    assert (call.verdict, call.why) == ("different", "a b [31m")


@pytest.mark.parametrize("status", [400, 401, 429, 500, 529])
def test_a_failing_service_is_no_answer(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it says with it."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    with serving() as service:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{service.port}")
        service.status, service.body = status, b'{"type": "error", "error": {"type": "x", "message": "no"}}'
        with pytest.raises(JudgeUnavailable):
            ModelJudge("anthropic:claude-haiku-4-5", timeout_s=10).ask(ONE, OTHER, at_s=1.0)


@pytest.mark.parametrize("body", [b"not JSON", b"{}", b"[]", b'{"content": 7}'])
def test_a_broken_response_is_no_answer(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy's error page, for example."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    with serving() as service:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{service.port}")
        service.body = body
        with pytest.raises(JudgeUnavailable):
            ModelJudge("anthropic:claude-haiku-4-5", timeout_s=10).ask(ONE, OTHER, at_s=1.0)


def test_a_service_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tries of the library together take no longer than one may."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    with serving() as service:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{service.port}")
        service.answers.clear()
        with pytest.raises(JudgeUnavailable, match=r"within 1\.5 s"):
            ModelJudge("anthropic:claude-haiku-4-5", timeout_s=1.5).ask(ONE, OTHER, at_s=1.0)


@pytest.mark.parametrize("model", ["nobody:model", "claude", "anthropic:claude-haiku-4-5", "mistral:small"])
def test_an_unknown_model_or_a_missing_key_is_no_answer(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting somebody mistyped must not end a pass."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(JudgeUnavailable):
        ModelJudge(model, timeout_s=10).ask(ONE, OTHER, at_s=1.0)


@pytest.mark.parametrize(
    "body",
    [
        "sys.exit(3)",
        "print('no JSON')",
        _prints("", is_error=True),
        "print('{}')",
        "print('x' * 300_000)",
        "subprocess.run(['sleep', '30'])",
    ],
)
def test_a_failing_program_is_no_answer(tmp_path: Path, body: str) -> None:
    """Not signed in, another version, or one that hangs: whatever it started ends with it."""
    program = _fake_claude(tmp_path, body)
    with pytest.raises(JudgeUnavailable):
        ClaudeCodeJudge(program, "haiku", timeout_s=3).ask(ONE, OTHER, at_s=1.0)


def test_a_program_that_is_not_there_is_no_answer(tmp_path: Path) -> None:
    """It may be removed between two passes."""
    with pytest.raises(JudgeUnavailable, match="does not start"):
        ClaudeCodeJudge(tmp_path / "claude", "haiku", timeout_s=3).ask(ONE, OTHER, at_s=1.0)


def test_the_program_runs_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No tools, no settings, no hooks, an empty folder; a hook of ours that ran all the same would write nothing."""
    monkeypatch.setenv("SKILLSTRATA_SPOOL", str(tmp_path))
    program = _fake_claude(tmp_path, _prints(GOOD))
    ClaudeCodeJudge(program, "haiku", timeout_s=20).ask(ONE, OTHER, at_s=1.0)
    came = json.loads((tmp_path / "came.json").read_text(encoding="utf-8"))
    words = came["words"]

    assert words[words.index("--tools") + 1] == ""
    assert words[words.index("--setting-sources") + 1] == ""
    assert json.loads(words[words.index("--settings") + 1]) == {"disableAllHooks": True}
    assert words[words.index("--model") + 1] == "haiku"
    assert "--no-session-persistence" in words
    assert came["inside"] == []
    assert came["cwd"] != os.getcwd()
    assert not Path(came["spool"]).exists()
    assert not Path(came["cwd"]).exists()


@pytest.mark.parametrize(
    ("mode", "environ", "has_claude", "expected"),
    [
        ("offline", {"ANTHROPIC_API_KEY": "k"}, True, None),
        ("auto", {}, False, None),
        ("auto", {"ANTHROPIC_API_KEY": "k"}, True, "anthropic:claude-haiku-4-5"),
        ("auto", {"OPENAI_API_KEY": "k"}, False, None),
        ("auto", {}, True, "claude-code:claude-haiku-4-5"),
        ("api", {}, False, "anthropic:claude-haiku-4-5"),
        ("claude-code", {"ANTHROPIC_API_KEY": "k"}, False, "claude-code:claude-haiku-4-5"),
    ],
)
def test_the_way_to_a_model_is_chosen_by_setting_and_key(
    mode: str, environ: dict[str, str], has_claude: bool, expected: str | None, tmp_path: Path
) -> None:
    """Nobody is asked unless the setting says so."""
    if has_claude:
        _fake_claude(tmp_path, "")
    given = {**environ, "PATH": str(tmp_path)}
    judge = chosen_judge(mode, "anthropic:claude-haiku-4-5", timeout_s=1, environ=given)  # type: ignore[arg-type]

    assert (judge.model if judge else None) == expected
