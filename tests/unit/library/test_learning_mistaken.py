"""Work that looks like practice and is none: what mended it was something else, or it happened once, or elsewhere."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from skillstrata.library.learning_drafting import Known, draft_from
from skillstrata.library.lifecycle_drafts import checked_draft
from skillstrata.records.learned_drafts import FoundDraft
from skillstrata.records.session_work import LearningLimits, SessionWork
from tests.histories_of_work import DAY_S, WorkSession
from tests.worked_sessions import ANN, NOW_S, a_session, works_of

ALL = LearningLimits(max_per_run=100)


def _made(works: tuple[SessionWork, ...]) -> tuple[FoundDraft, ...]:
    return draft_from(works, ALL, Known(private=ANN), now_s=NOW_S).drafts


def _drafts(sessions: list[WorkSession]) -> tuple[FoundDraft, ...]:
    return _made(works_of(tuple(sessions)))


def _says(number: int, *texts: str, ago_days: float = 0.0, project: str = "shop") -> WorkSession:
    session = a_session(number, ago_days=ago_days, project=project)
    for text in texts:
        session.prompt(text)
    return session


def _runs(number: int, *commands: str, project: str = "shop", ago_days: float = 0.0) -> WorkSession:
    session = _says(number, f"go on ({number})", project=project, ago_days=ago_days)
    for command in commands:
        session.bash(command, out="ok")
    return session


def _failed_then(number: int, between: Callable[[WorkSession], None]) -> WorkSession:
    session = _says(number, f"go on ({number})")
    session.bash("pytest -q", error="1 failed")
    between(session)
    session.bash("pytest -x", out="ok")
    return session


@pytest.mark.parametrize(
    "between",
    [
        lambda s: s.bash("sed -i 's/a/b/' src/a.py"),
        lambda s: s.bash("cat > src/a.py <<'EOF'\nx = 1\nEOF"),
        lambda s: s.bash("python3 tools/patch.py"),
        lambda s: s.bash("git stash"),
        lambda s: s.bash("docker compose up -d"),
        lambda s: s.bash("cp a.cfg b.cfg", agent="a1"),
        lambda s: s.asks("mcp__fs__write", {"path": "a.ts"}),
        lambda s: s.asks("Task", {"prompt": "mend it"}),
        lambda s: s.write("Makefile", "all:\n"),
    ],
    ids=["sed", "document", "script", "git", "service", "sub-agent", "mcp", "task", "makefile"],
)
def test_what_was_mended_by_something_else_is_no_fix(between: Callable[[WorkSession], None]) -> None:
    """The command worked because a file, a service or a folder was another one by then."""
    made = _drafts([_failed_then(n, between) for n in range(4)])

    assert [one.draft.content for one in made if one.shape == "fix"] == []


@pytest.mark.parametrize(
    "between",
    [
        lambda _s: None,
        lambda s: s.bash("cat src/a.py | grep x"),
        lambda s: s.asks("mcp__fs__read_file", {"path": "a.ts"}, error="no"),
        lambda s: s.bash("pytest -q --lf", error="1 failed"),
    ],
    ids=["nothing", "look", "failed look", "other try"],
)
def test_a_fix_with_nothing_but_looks_and_tries_in_between_is_learned(between: Callable[[WorkSession], None]) -> None:
    """The twin; it is named by what differs."""
    made = _drafts([_failed_then(n, between) for n in range(4)])
    fixes = [one.draft for one in made if one.shape == "fix" and "`pytest -q` fails; `pytest -x`" in one.draft.content]

    assert [draft.name.removesuffix("-2") for draft in fixes] == ["pytest-with-x"]


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("npx tsc --noEmit", "- Types: `npx tsc --noEmit`"),
        ("npx prettier --check .", "- Formatting: `npx prettier --check .`"),
        ("bunx biome check .", "- Lint: `bunx biome check .`"),
        ("npm run test -- --run", "- Tests: `npm run test -- --run`"),
        ("go test ./...", "- Tests: `go test ./...`"),
    ],
)
def test_a_convention_is_the_command_that_was_run(command: str, line: str) -> None:
    """Half of it does something else: `tsc` writes files."""
    (made,) = [one for one in _drafts([_runs(n, command) for n in range(4)]) if one.shape == "convention"]

    assert line in made.draft.content.split("\n")


def test_of_a_command_run_in_several_ways_only_what_all_have_is_written() -> None:
    """No one way held; the option that all have did."""
    ways = ("pytest -q tests/a.py -x", "pytest -q src", "pytest -q --lf", "pytest -q")
    (made,) = _drafts([_runs(n, ways[n]) for n in range(4)])

    assert made.draft.content == "- Tests: `pytest -q`"


def test_a_word_that_may_be_a_subcommand_is_not_written_as_a_value() -> None:
    """`rollup VALUE` says nothing; the twin has an option there."""
    assert _drafts([_runs(n, "rollup everything") for n in range(4)]) == ()
    assert len(_drafts([_runs(n, "rollup -c") for n in range(4)])) == 1


def test_commands_keep_no_password_and_no_name() -> None:
    """Over the whole way, names included; the twin keeps the known words of the same commands."""
    secret = [
        _runs(n, "mongodump -phunter2 -umjones", "just login swordfish", "make deploy acmecorp") for n in range(4)
    ]
    plain = [_runs(n, "go test -race ./...", "just check", "make clean build") for n in range(4)]
    texts = "\n".join(f"{one.draft}" for one in _drafts(secret))

    assert len(_drafts(secret)) == 1
    assert not any(word in texts for word in ("hunter2", "mjones", "swordfish", "acmecorp"))
    assert any("make clean build" in one.draft.content for one in _drafts(plain))


def test_of_two_opposite_rules_the_newer_holds_and_none_of_one_moment() -> None:
    """Both would be read in the same session."""
    always = [_says(n, "Always squash the commits", ago_days=5) for n in range(3)]
    never = [_says(n, "Never squash the commits") for n in range(3, 6)]
    at_once = [_says(n, "Always squash the commits", "Never squash the commits") for n in range(3)]

    assert [one.draft.name for one in _drafts(always + never)] == ["never-squash-the-commits"]
    assert [one.draft.name for one in _drafts(always)] == ["always-squash-the-commits"]
    assert [one.draft.name for one in _drafts(at_once)] in ([], ["never-squash-the-commits"])


def test_a_rule_and_the_order_that_shows_it_are_one_draft() -> None:
    """The twin without the rule has the order."""

    def worked(number: int, *texts: str) -> WorkSession:
        session = _says(number, *texts)
        session.bash("make lint", out="ok")
        session.bash("git commit -m x", out="ok")
        return session

    ruled = _drafts([worked(n, "Always run make lint before committing") for n in range(3)])
    plain = _drafts([worked(n, f"go on ({n})") for n in range(3)])

    assert not any("Order" in one.draft.content for one in ruled)
    assert [one.seen for one in ruled if one.shape == "rule"] == [6]
    assert any("Order: linting comes before committing" in one.draft.content for one in plain)


def test_a_forked_session_counts_once() -> None:
    """It has the same prompts and calls; the twin did all of it again."""

    def said(number: int) -> WorkSession:
        session = _says(number, "Use pnpm instead of npm")
        for _ in range(3):
            session.bash("pnpm run codegen", out="ok")
            session.bash("pnpm run build", out="ok")
            session.bash("pnpm run deploy", out="ok")
        return session

    (work,) = works_of((said(1),))
    work = replace(work, events=tuple(replace(e, imported=True) for e in work.events))
    copied = tuple(replace(e, session="fork", id=f"fork:{e.id}") for e in work.events)
    fork = replace(work, session="fork", events=copied)

    assert _made((work, fork)) == ()
    assert len(_made(works_of((said(1), said(2))))) >= 1


def test_prompts_dated_in_the_future_are_not_the_newest() -> None:
    """A clock was wrong; nobody said anything then. The twin: of the past, the newer ones hold."""
    future = [_says(n, "Use yarn instead of npm", ago_days=-30_000) for n in range(3)]
    past = [_says(n, "Use npm instead of yarn", ago_days=n - 3) for n in range(3, 8)]
    past = [replace(one, starts_s=DAY_S * (1 - (n + 1)) - 7200) for n, one in enumerate(past)]

    assert [one.draft.name for one in _drafts(future + past)] == ["use-npm-not-yarn"]
    later = [_says(n, "Use yarn instead of npm") for n in range(3)]
    assert [one.draft.name for one in _drafts(later + past)] == ["use-yarn-not-npm"]


def _two_projects(*, gone: frozenset[str], by_turns: bool) -> tuple[FoundDraft, ...]:
    days = {"old": (5.0, 3.0, 1.0), "one": (4.0, 2.0, 0.0) if by_turns else (0.6, 0.3, 0.0)}
    sessions = [
        _runs(n * 2 + at, "make schema", "make docs", "make check", project=project, ago_days=ago)
        for at, project in enumerate(days)
        for n, ago in enumerate(days[project])
    ]
    ordered = sorted(works_of(tuple(sessions)), key=lambda work: work.events[0].at_s)
    return _made(tuple(replace(work, is_gone=work.project in gone) for work in ordered))


@pytest.mark.parametrize(
    ("gone", "by_turns", "scope", "projects"),
    [
        (frozenset(), False, "user", ("old", "one")),
        (frozenset({"old"}), False, "project", ("one",)),
        (frozenset({"old"}), True, "project", ("one",)),
        (frozenset({"old", "one"}), False, "project", ("one",)),
        (frozenset({"old", "one"}), True, "user", ("old", "one")),
    ],
    ids=["both here", "moved", "worktree removed", "moved twice", "of another machine"],
)
def test_a_project_that_moved_does_not_make_a_habit_of_the_users(
    gone: frozenset[str], *, by_turns: bool, scope: str, projects: tuple[str, ...]
) -> None:
    """Its former folder is gone. Histories of other machines have no folders: there, work by turns tells two apart."""
    made = [one for one in _two_projects(gone=gone, by_turns=by_turns) if one.shape == "sequence"]

    assert [(one.draft.scope, one.projects) for one in made] == [(scope, projects)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Immer die Übersicht prüfen", "immer-die-uebersicht-pruefen"),
        ("toujours écrire les messages en anglais", "toujours-ecrire-les-messages-en-anglais"),
    ],
)
def test_a_name_keeps_the_letters_of_its_words(text: str, name: str) -> None:
    """A word cut at each accent is none."""
    assert [one.draft.name for one in _drafts([_says(n, text) for n in range(3)])] == [name]


def test_a_convention_counts_only_the_runs_that_have_its_form() -> None:
    """Half of them had another option; the twin has one form, and its count is of all."""
    tried = [_failed_then(n, lambda session: session.edit("src/a.py")) for n in range(4)]
    half = [one.draft for one in _drafts(tried) if one.shape == "convention"]
    whole = [one.draft for one in _drafts([_runs(n, "pytest -x", "pytest -x") for n in range(4)])]

    assert [draft.content for draft in half] == ["- Tests: `pytest`"]
    assert "(8 times)" in half[0].because
    assert [draft.content for draft in whole] == ["- Tests: `pytest -x`"]


def test_a_few_runs_of_another_form_are_not_counted_with_it() -> None:
    """Four of five are enough for the form; the reason says four."""
    runs = [_runs(n, "pytest -q") for n in range(4)]
    (mixed,) = _drafts([*runs, _runs(4, "pytest --lf")])
    (alone,) = _drafts(runs)

    assert mixed.draft.content == alone.draft.content == "- Tests: `pytest -q`"
    assert "(4 times)" in mixed.draft.because
    assert "(4 times)" in alone.draft.because


@pytest.mark.parametrize(
    ("rule", "opposite"),
    [
        ("Please always rebase before you merge", "Don't rebase before you merge"),
        ("Please always rebase before you merge", "Do not rebase before you merge"),
        ("Please always rebase before you merge", "Stop rebasing before you merge"),
        ("Please always rebase before you merge", "No longer rebase before you merge"),
        ("Immer Tabs im Makefile", "Tabs im Makefile bitte nicht mehr"),
        ("toujours rebaser avant de publier", "ne rebaser plus avant de publier"),
        ("siempre rebasar antes de publicar", "ya no rebasar antes de publicar"),
        ("Use pnpm instead of npm", "Don't use pnpm"),
    ],
)
def test_a_plain_no_said_later_speaks_against_a_rule_and_is_none(rule: str, opposite: str) -> None:
    """An agent would go on doing what the user stopped. The twins: before the rule it says nothing, nor alone."""
    before = [_says(n, rule, ago_days=5) for n in range(3)]
    after = [_says(n, opposite) for n in range(3, 6)]
    earlier = [_says(n, opposite, ago_days=9) for n in range(6, 9)]

    assert len(_drafts(before)) == 1
    assert _drafts(before + after) == ()
    assert len(_drafts(before + earlier)) == 1
    assert _drafts(after) == ()


def test_what_comes_after_a_plain_no_is_no_rule() -> None:
    """It may be a text of somebody else's; the twin begins with the rule."""
    assert _drafts([_says(n, "Do not open the valve. Always close the gate.") for n in range(3)]) == ()
    assert len(_drafts([_says(n, "Always close the gate. Do not open the valve.") for n in range(3)])) == 1


def test_a_sequence_with_a_step_that_lost_its_own_word_is_left_out() -> None:
    """Asked for by name it would fail; the twin has its word."""
    lost = [_runs(n, "make schema", "kubectl -n acme apply -f x.yml", "make check", "make docs") for n in range(3)]
    whole = [_runs(n, "make schema", "kubectl -nacme apply -f x.yml", "make check", "make docs") for n in range(3)]

    assert [one for one in _drafts(lost) if one.shape == "sequence"] == []
    (kept,) = [one for one in _drafts(whole) if one.shape == "sequence"]
    assert "`kubectl -n VALUE apply -f FILE.yml`" in kept.draft.content


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ("总是先写测试。", "总是先写测试", "- 总是先写测试。"),
        ("必ず型を書いてください", "必ず型を書いてください", "- 必ず型を書いてください。"),
        ("항상 변경 사항을 요약해 주세요", "항상-변경-사항을-요약해-주세요", "- 항상 변경 사항을 요약해 주세요."),
        ("Always add a test", "always-add-test", "- Always add a test."),
    ],
)
def test_a_rule_of_another_script_keeps_its_letters_and_its_full_stop(text: str, name: str, line: str) -> None:
    """A name of six hexadecimal digits tells nobody which rule it is."""
    (made,) = _drafts([_says(n, text) for n in range(3)])

    assert (made.draft.name, made.draft.content) == (name, line)
    assert checked_draft(made.draft) == (made.draft, ())
