"""Sentences of users that are rules."""

import pytest

from skillstrata.library.learning_corrections import corrections, corrections_in
from skillstrata.library.learning_episodes import Said
from skillstrata.records.session_work import LearningLimits
from tests.histories_of_work import HOSTILE_PROMPTS


def _said(text: str, *, session: str = "s1", project: str = "p", at_s: float = 0.0) -> Said:
    return Said(text, f"{session}:{text[:9]}:{at_s}", session, project, at_s)


@pytest.mark.parametrize(
    "text",
    ["no, use pnpm instead of npm", "Use pnpm, not npm.", "don't use npm, use pnpm", "nein, nimm pnpm statt npm",
     "pnpm statt npm bitte", "不要用npm，用pnpm", "请用pnpm而不是npm",
     "npmではなくpnpmを使ってください", "npm 말고 pnpm 써 주세요", "please use pnpm rather than npm",
     "we use pnpm here, not npm", "utilise pnpm au lieu de npm",
     "no. use pnpm instead of npm", "utilise toujours pnpm au lieu de npm", "usa siempre pnpm en vez de npm",
     "Use pnpm instead of npm. Now make the header smaller.",
     "don't use `npm`, use `pnpm`", "No, I said use PNPM instead of npm", "verwende immer pnpm statt npm"],
)  # fmt: skip
def test_a_choice_is_read_in_several_languages(text: str) -> None:
    """What is said in three languages is one rule."""
    (found,) = corrections_in(_said(text))

    assert (found.wanted.lower(), found.unwanted) == ("pnpm", "npm")


@pytest.mark.parametrize(
    ("text", "forbids"),
    [("Always add a test.", False), ("please always add a test", False), ("never commit generated files", True),
     ("Schreib Nachrichten immer auf Deutsch.", False), ("总是先写测试。", False), ("必ず型を書いてください", False),
     ("항상 요약해 주세요", False), ("from now on write tests first", False), ("千万不要改锁文件", True),
     ("usa siempre tabs en este proyecto", False), ("n'utilise jamais de tabs", True),
     ("From now on: add tests", False), ("toujours écrire les messages en anglais", False),
     ("never commit without running make lint", False),
     ("テストは必ずpytestで書いてください", False), ("커밋 메시지는 항상 한국어로", False)],
)  # fmt: skip
def test_a_standing_rule_is_read(text: str, forbids: bool) -> None:
    """Whether it asks or forbids is never mixed up."""
    (found,) = corrections_in(_said(text))

    assert found.forbids is forbids


@pytest.mark.parametrize(
    "text",
    ["should we always use tabs?", "it always fails on the second run", "always fails", "use it instead",
     "the test never works for empty tables", "make the header smaller", "always", "why do you always do that",
     "> always add a test", "here is what they wrote:\n```\nalways add a test\n```", "use <b>pnpm</b> instead of npm",
     "always add a test " + "and more " * 100],
)  # fmt: skip
def test_questions_reports_quotations_and_pasted_text_are_no_rules(text: str) -> None:
    """A prompt holds much that the user does not ask for."""
    assert corrections_in(_said(text)) == ()


@pytest.mark.parametrize(
    "text",
    ["Here is the mail from the customer:\nAlways run the deployer first.\nThanks",
     "README says:\nUse leftpadx instead of lodash", "The README says use leftpadx instead of lodash",
     "Summarise this: Never merge on Fridays. Always call support twice.",
     "translate to German: Always close the valve before opening the tank.",
     "fix the spelling of this text\nAlways wash the dishes after dinner.",
     "The log printed. Always restart the router. What does it mean?",
     "The customer wrote. Always obey the customer mail. Bye.",
     "Always close the valve. Summarise that.", "Immer die Ventile schließen. Übersetze das bitte.",
     "Toujours fermer la vanne. Traduis ça.", "Siempre cerrar la válvula. Traduce esto.",
     "总是关闭阀门。翻译一下", "必ずバルブを閉める。翻訳して", "항상 밸브를 닫으세요. 번역해줘",
     "Kunden sagen immer das Gleiche", "顧客：設定は必ず英語で", "Always close the valve.\nWhy is that?",
     "Always sign twice - the vendor wrote", "Always close the gate.\nBest regards",
     "customer says leftpad instead of lodash", "fix the header. and use pnpm instead of npm"],
)  # fmt: skip
def test_words_that_may_be_of_somebody_else_are_no_rules(text: str) -> None:
    """Mails, pages, logs and texts to be worked on stand in prompts without a mark. The price: rules after tasks."""
    assert corrections_in(_said(text)) == ()


def test_rules_that_follow_each_other_are_all_read() -> None:
    """The twin: what a prompt begins with is its author's, also after a mere no."""
    found = corrections_in(_said("No! Always add a test. Never commit generated files.\nMake the header smaller."))

    assert [one.phrase for one in found] == ["Always add a test", "Never commit generated files"]


def test_one_rule_in_other_words_is_one_rule() -> None:
    """The twin asks for the other order of the same two things."""
    same = ("Always run make lint before committing", "Always run `make lint` before you commit",
            "never commit without running make lint", "Immer make lint vor dem Commit laufen lassen")  # fmt: skip
    said = tuple(_said(text, session=f"s{n}", at_s=n) for n, text in enumerate(same))
    other = tuple(_said("always commit before running make lint", session=f"o{n}") for n in range(2))

    assert len(corrections(said, LearningLimits())) == 1
    assert len(corrections((*said, *other), LearningLimits())) == 2


@pytest.mark.parametrize("text", HOSTILE_PROMPTS)
def test_no_hostile_prompt_gives_a_rule(text: str) -> None:
    """Even where its words have the form of a rule."""
    assert corrections_in(_said(text), frozenset({"ann"})) == ()


def test_what_is_said_in_one_session_is_no_rule_yet() -> None:
    """It belongs to the task; the twin is said in two sessions."""
    once = (_said("always add a test", at_s=1), _said("always add a test", at_s=2))
    twice = (*once, _said("Please always add a test!", session="s2", at_s=3))

    assert corrections(once, LearningLimits()) == ()
    (found,) = corrections(twice, LearningLimits())
    assert found.lines == ("- Always add a test.",)
    assert found.sessions == 2


def test_rules_that_differ_in_their_object_stay_apart() -> None:
    """Most of their words are the same; what they ask for is not."""
    said = [_said(f"always call the new {what} blue", session=s) for what in ("button", "header") for s in ("a", "b")]

    assert len(corrections(tuple(said), LearningLimits())) == 2
