"""Who uses what was learned, and what counts as unused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.library.learned_use import (
    Idle,
    NameUsed,
    Worked,
    is_unused,
    name_used,
    names_used,
    rows_now,
    unused_since,
)
from skillstrata.records.events import Event, EventKind, Outcome
from skillstrata.records.learned import ArtifactKind, ExistingArtifact
from skillstrata.records.learned_use import LearnedUse

DAY_S = 86_400.0
SKILL, COMMAND, AGENT = (
    ExistingArtifact("tides", "/h/p/.claude/skills/tides/SKILL.md", ArtifactKind.SKILL, "", ""),
    ExistingArtifact("check all", "/h/p/.claude/commands/check-all.md", ArtifactKind.COMMAND, "", ""),
    ExistingArtifact("vet", "/h/.claude/agents/vet.md", ArtifactKind.AGENT, "", ""),
)
WORK = tuple(Worked(frozenset({"/h/p"}), day * DAY_S) for day in (31, 32, 33))


def _call(used: str, outcome: Outcome = Outcome.OK, at_s: float = 5.0) -> Event:
    return Event("e", "claude-code", "s", EventKind.CALL, at_s, outcome=outcome, used=used)


def _said(prompt: str, at_s: float = 5.0) -> Event:
    return Event("e", "claude-code", "s", EventKind.PROMPT, at_s, prompt=prompt)


@pytest.mark.parametrize(
    ("event", "used"),
    [
        (_call("skill:tides"), ("instructions", "tides")),
        (_call("skill:plug:tides"), ("instructions", "tides")),
        (_call("command:check-all"), ("instructions", "check-all")),
        (_call("agent:vet"), ("agent", "vet")),
        (_said("/check-all now"), ("instructions", "check-all")),
        (_said(" /tides"), ("instructions", "tides")),
        (_call("skill:tides", Outcome.FAILED), None),
        (_call(""), None),
        (_call("skill:"), None),
        (_said("look at /tides"), None),
        (_said("/home/ann/tides is a folder"), None),
        (_said("tides"), None),
        (_said("//tides"), None),
        (_said(""), None),
    ],
)
def test_a_call_by_name_or_a_typed_command_is_a_use(event: Event, used: tuple[str, str] | None) -> None:
    """A name in a text, a path, or a call that failed is none."""
    assert name_used(event) == used


@given(st.text())
def test_any_prompt_can_be_looked_at(prompt: str) -> None:
    """Prompts hold what people paste."""
    found = name_used(_said(prompt))
    assert found is None or prompt.lstrip().startswith("/")


def test_a_use_counts_once_however_often_it_is_looked_at() -> None:
    """Every night reads the same records again."""
    used = names_used([_call("skill:tides", at_s=20.0), _said("/tides", 30.0), _call("skill:tides", at_s=5.0)])
    assert used == {("instructions", "tides"): NameUsed((5.0, 20.0, 30.0))}
    (seen,) = rows_now([], [SKILL], {}, now_s=10.0)
    (first,) = rows_now([seen], [SKILL], used, now_s=40.0)
    (again,) = rows_now([first], [SKILL], used, now_s=50.0)

    assert first == again == replace(seen, used_s=30.0, uses=2)
    assert seen.since_s == 10.0
    assert unused_since(again) == 30.0


def test_each_kind_goes_by_its_own_names() -> None:
    """A command by its file's name or its own; an agent is no skill of that name."""
    used = names_used([_said("/check-all"), _call("skill:vet")])
    seen = rows_now([], [COMMAND, AGENT], {}, now_s=1.0)
    command, agent = rows_now(seen, [COMMAND, AGENT], used, now_s=9.0)

    assert (command.uses, agent.uses) == (1, 0)


def test_what_is_new_or_came_back_begins_now() -> None:
    """And what is gone has no row."""
    rows = rows_now([LearnedUse("/h/gone.md", 1.0)], [SKILL], {}, now_s=7.0)

    assert [(row.path, row.since_s) for row in rows] == [(SKILL.path, 7.0)]


@pytest.mark.parametrize(
    ("artifact", "written_ns", "since_s"),
    [
        (SKILL, 3, 1.0),
        (replace(SKILL, content="Other words."), 3, 9.0),
        (replace(SKILL, content="\ud800"), 3, 9.0),
        (SKILL, 4, 9.0),
        (replace(SKILL, path="/h/p/.claude/skills/tides-2/SKILL.md"), 3, 9.0),
    ],
)
def test_other_words_or_another_time_of_writing_is_another_artefact(
    artifact: ExistingArtifact, written_ns: int, since_s: float
) -> None:
    """At the same path: whoever edits or accepts it anew has it for all its days; the same stays the same."""
    seen = rows_now([], [SKILL], {}, now_s=1.0, written={SKILL.path: 3})
    (row,) = rows_now(seen, [artifact], {}, now_s=9.0, written={artifact.path: written_ns})

    assert row.since_s == since_s


@pytest.mark.parametrize(
    ("row", "idle", "expected"),
    [
        (LearnedUse(SKILL.path, 0.0), Idle(30, "/h", WORK), True),
        (LearnedUse(SKILL.path, 0.0, 5 * DAY_S, 1), Idle(30, "/h", WORK), False),
        (LearnedUse(SKILL.path, 0.0), Idle(0, "/h", WORK), False),
        (LearnedUse(SKILL.path, 0.0), Idle(34, "/h", WORK), False),
        # Two sessions are not enough to say that nobody wanted it.
        (LearnedUse(SKILL.path, 0.0), Idle(30, "/h", WORK[:2]), False),
        (LearnedUse(SKILL.path, 0.0), Idle(30, "/h", (Worked(frozenset({"/h/other"}), 33 * DAY_S),) * 3), False),
        # What lies in the home folder can be used from every project.
        (LearnedUse(AGENT.path, 0.0), Idle(30, "/h", (Worked(frozenset({"/h/other"}), 33 * DAY_S),) * 3), True),
        (LearnedUse(AGENT.path, 0.0), Idle(30, "/h", (Worked(frozenset({"/h/other"}), -1.0),) * 3), False),
    ],
)
def test_unused_is_what_sessions_could_have_used_and_did_not(row: LearnedUse, idle: Idle, expected: bool) -> None:
    """For so many days; where nothing is recorded, nothing is said."""
    assert is_unused(row, idle, now_s=34 * DAY_S) is expected
