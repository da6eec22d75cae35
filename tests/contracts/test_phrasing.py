"""What a model that describes drafts promises: against a real server on loopback."""

import json
from collections.abc import Generator

import pytest

from skillstrata.adapters.model_phrasing import ModelPhrasing
from skillstrata.ports.phrasing import Phrasing
from skillstrata.records.learned import Evidence, LearnedDraft
from tests.model_service import Service, serving

DRAFT = LearnedDraft(
    "use-pnpm", "Use `pnpm`.", "- Use `pnpm`.", 0.8, evidence=(Evidence("event-1", "session-1", "shop-1", "said so"),)
)
GOOD = '{"description": "Which package manager is wanted here."}'


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Generator[Service]:
    """Give a service in the form of the Messages API."""
    pytest.importorskip("pydantic_ai")
    with serving() as one:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{one.port}")
        yield one


def _phrasing() -> Phrasing:
    return ModelPhrasing("anthropic:claude-haiku-4-5", timeout_s=20)


def test_the_answer_of_the_form_is_given(service: Service) -> None:
    """Fenced or bare; the words are checked by who asked."""
    service.text = GOOD
    assert _phrasing().describe(DRAFT) == "Which package manager is wanted here."

    service.text = f"```json\n{GOOD}\n```"
    assert _phrasing().describe(DRAFT) == "Which package manager is wanted here."


@pytest.mark.parametrize(
    "text", ["", "Which package manager.", '{"description": ""}', '{"description": "x", "run": "y"}']
)
def test_any_other_answer_gives_none(service: Service, text: str) -> None:
    """No sentence is taken out of what was not asked for."""
    service.text = text

    assert _phrasing().describe(DRAFT) == ""


def test_a_service_that_fails_gives_none(service: Service) -> None:
    """The template's description stays."""
    service.status = 400

    assert _phrasing().describe(DRAFT) == ""


def test_only_the_draft_itself_is_sent(service: Service) -> None:
    """No evidence, no session, no project leaves the machine."""
    service.text = GOOD
    _phrasing().describe(DRAFT)
    sent = "\n".join(service.came)

    assert "use-pnpm" in sent
    assert not any(word in sent for word in ("event-1", "session-1", "shop-1"))
    message = json.loads(service.came[0])["messages"][0]["content"]
    text = message if isinstance(message, str) else message[0]["text"]
    assert set(json.loads(text)) == {"kind", "name", "description", "content"}
