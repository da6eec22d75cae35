"""The real Claude Code client as a judge of purposes: it is sent our question alone, has no tools, and runs no hook."""

import json
from pathlib import Path

import pytest

from skillstrata.adapters.claude_code_judge import ClaudeCodeJudge
from skillstrata.records.purposes import PurposeSketch
from tests.e2e.claude_client import clean_environment
from tests.e2e.scripted_model import Answer, Json, Say, ScriptedModel

ONE = PurposeSketch("extract", "Extract links from HTML as JSON", ("text/html",), ("application/json",), ("file",))
OTHER = PurposeSketch("extract", "Extract links from DOCX as JSON", ("a/docx",), ("application/json",), ("file",))


class Answering(ScriptedModel):
    """Gives one answer, whatever it is asked."""

    def _scripted(self, request: Json) -> Answer:
        return [Say('{"verdict": "same", "reason": "both take out links"}')]


def test_the_client_answers_and_nothing_else_happens(
    claude: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise our own capture would record it, and judge what it recorded."""
    hook = {"hooks": [{"type": "command", "command": f"touch {tmp_path}/hooked"}]}
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "settings.json").write_text(
        json.dumps({"hooks": {"SessionStart": [hook], "UserPromptSubmit": [hook], "Stop": [hook]}}), encoding="utf-8"
    )
    with Answering({}) as model:
        for name, value in clean_environment(tmp_path, model.url).items():
            monkeypatch.setenv(name, value)
        call = ClaudeCodeJudge(claude, "claude-haiku-4-5", timeout_s=60).ask(ONE, OTHER, at_s=1.0)
        asked = [request for request in model.requests if "Tool 1" in json.dumps(request)]

    assert (call.verdict, call.why) == ("same", "both take out links")
    assert [request.get("tools") or [] for request in asked] == [[]]
    assert not (tmp_path / "hooked").exists()
    assert not (tmp_path / ".claude" / "projects").exists()
