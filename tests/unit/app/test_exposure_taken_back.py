"""What a person takes back of how a tool is offered, and what the gate does from then on."""

from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app.exposure import GATE, PERSON, REGRESSION, Reason, change_level, changed, settle, store
from skillstrata.app.use_cases.exposing import expose, hide
from skillstrata.app.use_cases.reviewing import undo
from skillstrata.app.wiring import App
from skillstrata.records.events import Outcome
from skillstrata.records.executions import BodyKind, Execution
from skillstrata.records.qualities import MissCause, ReuseMiss, Visibility
from skillstrata.records.tools import Usage
from tests.fakes.sample_tools import a_tool, an_entry, rendered
from tests.watched_app import watched_app

NAME = "html-to-markdown"


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Give an App with one tool, on a clock of its own."""
    made = watched_app(tmp_path)
    made.library.deposit(NAME, rendered(a_tool()), an_entry())
    return made


def _calls(app: App, marks: str) -> None:
    """Record calls: "." succeeded, "x" failed; two sessions take turns."""
    for number, mark in enumerate(marks):
        failure = "" if mark == "." else "call.program_failed"
        at_s = app.clock.now_s()
        app.catalog.add_usage(
            Usage(NAME, "html", 1, at_s, not failure, 5.0, "mcp", "p", f"s{number % 2}", failure, "me")
        )


def _level(app: App) -> str:
    return app.library.tool(NAME).visibility


def test_after_a_persons_word_was_taken_back_failures_lower_a_tool_as_before(app: App) -> None:
    """Else one `hide` by mistake would keep a broken tool in every client's list for ever."""
    _calls(app, "...")
    settle(app, NAME)
    hide(app, (NAME,))
    undo(app)
    assert _level(app) == "listed"
    _calls(app, "xxx")
    down = settle(app, NAME)

    assert down is not None
    assert (down.before, down.after) == ("listed", "invokable")


@pytest.mark.parametrize(("first", "whose"), [(Visibility.HIDDEN, PERSON), (None, GATE)])
def test_what_was_said_before_stands_again(app: App, first: Visibility | None, whose: str) -> None:
    """A person hid it, then offered it, and takes the offer back: it is hidden by a person. Twin: nobody hid it."""
    if first is not None:
        expose(app, (NAME,), first)
    expose(app, (NAME,), Visibility.SEARCHABLE)
    undo(app)
    standing = [change for change in app.catalog.changes(NAME) if not change.undone]

    assert _level(app) == (first or Visibility.INVOKABLE).word
    assert standing[-1].by == whose
    _calls(app, "...")
    assert (settle(app, NAME) is None) is (whose == PERSON)


def test_what_a_regression_took_away_is_the_regressions_again(app: App) -> None:
    """A person offers a broken tool and takes that back: it comes back by itself when its proof holds."""
    change_level(app, NAME, Visibility.HIDDEN, Reason(REGRESSION, "broken here"))
    expose(app, (NAME,), Visibility.SEARCHABLE)
    undo(app)

    assert _level(app) == "hidden"
    assert [change.by for change in app.catalog.changes(NAME) if not change.undone] == [REGRESSION, REGRESSION]


def test_a_change_of_the_gate_that_is_taken_back_is_a_persons_word(app: App) -> None:
    """Else the gate would do the same again at the next call."""
    _calls(app, "...")
    settle(app, NAME)
    undo(app)
    _calls(app, "...")

    assert _level(app) == "invokable"
    assert settle(app, NAME) is None


def test_an_older_word_that_is_taken_back_leaves_the_newer_one_standing(app: App) -> None:
    """By its id; whoever said something since has the last word."""
    first = hide(app, (NAME,)).changed[0]
    expose(app, (NAME,), Visibility.SEARCHABLE)
    undo(app, first.id)

    assert [change.by for change in app.catalog.changes(NAME) if not change.undone][-1] == PERSON


def test_words_that_are_taken_back_are_told_without_an_empty_side(app: App) -> None:
    """They have nothing before them; a level has, and is told with both."""
    learned = changed(app, NAME, ("words", "", "found by 3 more words"), Reason(GATE, "it was missed"), "html")
    store(app, app.library.tool(NAME), learned)

    assert undo(app, learned.id).changed == (f"{NAME}: found by 3 more words, taken back",)
    assert [line.detail for line in app.library.lineage(NAME)[1:]] == [
        "found by 3 more words, by gate: it was missed",
        "found by 3 more words, by person: a person took back: it was missed",
    ]
    hide(app, (NAME,))
    assert undo(app).changed == (f"{NAME}: hidden -> invokable",)


@pytest.mark.parametrize(
    ("cause", "goes_to"),
    [
        (MissCause.NOT_FOUND, "invokable"),
        (MissCause.NOT_SHOWN, "invokable"),
        (MissCause.WRONG_CONTRACT, None),
        (MissCause.FAILED, None),
    ],
)
def test_only_programs_written_for_want_of_a_tool_are_reuses_of_it(
    app: App, cause: MissCause, goes_to: str | None
) -> None:
    """Who saw it and turned away, or whose call failed, does not speak for it."""
    app.library.deposit(NAME, rendered(replace(a_tool(), visibility="searchable")), an_entry())
    _missed(app, cause, 5)
    assert settle(app, NAME) is None
    _calls(app, ".")
    up = settle(app, NAME)

    assert (up.after if up else None) == goes_to


@pytest.mark.parametrize(
    ("cause", "comes_back"),
    [
        (MissCause.NOT_FOUND, True),
        (MissCause.NOT_SHOWN, True),
        (MissCause.WRONG_CONTRACT, False),
        (MissCause.FAILED, False),
    ],
)
def test_what_was_put_away_comes_back_for_whoever_needs_it(app: App, cause: MissCause, comes_back: bool) -> None:
    """A program of somebody who did not want the tool is no need."""
    change_level(app, NAME, Visibility.RETIRED, Reason(GATE, "nobody used it"))
    _missed(app, cause, 1)

    assert (settle(app, NAME) is not None) is comes_back


def _missed(app: App, cause: MissCause, count: int) -> None:
    for number in range(count):
        id_ = f"x{number}"
        ran = Execution(id_, "claude-code", id_, "u", 1.0, "python", BodyKind.SCRIPT, "", (), "/", Outcome.OK, ())
        app.catalog.save_reconstruction(id_, (ran,), ())
        at_s = app.clock.now_s()
        app.catalog.add_reuse_miss(ReuseMiss(id_, NAME, "html", "text/html", 1, "e", cause, at_s))
