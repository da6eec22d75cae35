"""How far a tool is offered is respected by every way to it, changed with a reason, and taken back."""

from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app import exposure
from skillstrata.app.exposure import (
    GATE,
    PERSON,
    Reason,
    ToolNotOffered,
    change_level,
    listed_tools,
    refuse_call,
    settle,
)
from skillstrata.app.json_views import tool_view_json
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.exposing import expose, hide, retire
from skillstrata.app.use_cases.finding import ToolFinder
from skillstrata.app.use_cases.observing import failures, health, usage
from skillstrata.app.use_cases.reviewing import undo
from skillstrata.app.use_cases.tending import tend
from skillstrata.app.use_cases.viewing import ls, show
from skillstrata.app.wiring import App, open_app
from skillstrata.ports.process_lock import ProcessLock
from skillstrata.records.failures import ToolUnknown
from skillstrata.records.qualities import Visibility
from skillstrata.records.reviews import NothingToUndo
from skillstrata.records.tools import Miss, Usage
from tests.fakes.sample_tools import a_contract, a_tool, an_entry, rendered
from tests.watched_app import Watch, watched_app

NAME = "html-to-markdown"
DAY_S = 86_400.0


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Give an App with one tool, on a clock of its own."""
    made = watched_app(tmp_path)
    made.library.deposit(NAME, rendered(a_tool()), an_entry())
    return made


def _calls(app: App, marks: str, *, start: int = 0, name: str = NAME) -> None:
    """Record calls: "." succeeded, "x" failed; two sessions take turns."""
    for number, mark in enumerate(marks, start):
        failure = "" if mark == "." else "call.program_failed"
        at_s = app.clock.now_s()
        app.catalog.add_usage(
            Usage(name, "html", 1, at_s, not failure, 5.0, "mcp", "p", f"s{number % 2}", failure, "me")
        )


def _level(app: App) -> str:
    return app.library.tool(NAME).visibility


def test_reuse_in_two_sessions_lists_a_tool_and_says_why(app: App) -> None:
    """The third success, and not before; the lineage and the page tell it."""
    _calls(app, "..")
    assert settle(app, NAME) is None
    assert listed_tools(app) == ()
    _calls(app, ".", start=2)
    change = settle(app, NAME)
    assert change is not None
    assert (change.before, change.after, change.by) == ("invokable", "listed", GATE)
    (listed,) = listed_tools(app)
    line = app.library.lineage(NAME)[-1]

    assert (listed.name, '"input"' in listed.schema, bool(listed.description)) == (NAME, True, True)
    assert "3 of 3 calls succeeded, in 2 sessions" in line.detail
    assert 'visibility: "listed"' in (Path(app.library.folder(NAME)) / "SKILL.md").read_text(encoding="utf-8")
    assert tool_view_json(show(app, NAME))["visibility"] == "listed"
    assert settle(app, NAME) is None


def test_the_setting_says_how_many_reuses_confirm_a_tool(app: App, tmp_path: Path) -> None:
    """DISTILLER_REUSE_FREQUENCY_N is honoured."""
    environ = {"HOME": str(tmp_path), "DISTILLER_REUSE_FREQUENCY_N": "5"}
    strict = open_app(load_settings(data_dir=app.data_dir, config=None, environ=environ))
    _calls(app, "....")

    assert settle(strict, NAME) is None
    assert settle(app, NAME) is not None


def test_failures_demote_and_calls_are_counted_anew_from_there(app: App) -> None:
    """Old successes do not carry a broken tool back; new ones do."""
    _calls(app, "...")
    settle(app, NAME)
    _calls(app, "xxx")
    down = settle(app, NAME)
    assert down is not None
    assert (down.after, "program 3" in down.because) == ("invokable", True)
    assert settle(app, NAME) is None
    _calls(app, "...")
    back = settle(app, NAME)

    assert back is not None
    assert back.after == "listed"
    assert [(line.what, line.detail.split(",")[0]) for line in app.library.lineage(NAME)[1:]] == [
        ("visibility", "invokable -> listed"),
        ("visibility", "listed -> invokable"),
        ("visibility", "invokable -> listed"),
    ]


def test_a_persons_word_stands_until_it_is_taken_back(app: App) -> None:
    """The gate neither raises what was hidden nor lists what somebody set."""
    hide(app, (NAME,))
    _calls(app, "." * 20)
    assert settle(app, NAME) is None
    assert _level(app) == "hidden"
    undo(app)
    assert _level(app) == "invokable"
    _calls(app, "...")
    listed = settle(app, NAME)

    assert listed is not None
    assert (listed.after, listed.by) == ("listed", GATE)


@pytest.mark.parametrize(
    ("level", "found", "called_by_agent", "called_by_person"),
    [
        ("retired", False, False, False),
        ("hidden", False, False, True),
        ("searchable", True, False, True),
        ("invokable", True, True, True),
        ("listed", True, True, True),
        ("published", True, True, True),
        ("of a later program", False, False, True),
    ],
)
def test_each_level_is_respected(
    app: App, level: str, found: bool, called_by_agent: bool, called_by_person: bool
) -> None:
    """Searches show what is searchable, agents call what is invokable, a person what is not put away."""
    tool = replace(a_tool(), visibility=level)
    app.library.deposit(NAME, rendered(tool), an_entry())
    finder = ToolFinder(app)

    def allowed(surface: str) -> bool:
        try:
            refuse_call(tool, surface)
        except ToolNotOffered:
            return False
        return True

    assert bool(finder.search("html to markdown", limit=5, kind=None).hits) is found
    assert (allowed("mcp"), allowed("cli")) == (called_by_agent, called_by_person)
    assert [row.tool.name for row in ls(app).rows] == ([] if level == "retired" else [NAME])
    assert [row.tool.name for row in ls(app, retired=True).rows] == ([NAME] if level == "retired" else [])
    if found:
        assert finder.describe(NAME).tool.name == NAME
    else:
        with pytest.raises(ToolNotOffered):
            finder.describe(NAME)


def test_a_search_is_kept_without_anything_but_words(app: App) -> None:
    """What was searched in vain is learned from; a path or a number is not."""
    ToolFinder(app).search("html 2 markdown of 2024", limit=5, kind=None)
    ToolFinder(app).search("markdown of /home/ann/x.html for ann@harbour.example", limit=5, kind=None)
    [search, other] = app.catalog.searches(0.0, 1e12)

    assert search.found == (NAME,)
    assert set(search.words) == {"html", "markdown"}
    assert other.words == ("markdown",)


def test_a_note_in_a_search_tells_how_a_tool_was_placed_and_not_how_it_is_offered(app: App) -> None:
    """The note is what tells tools of one purpose apart."""
    before = ToolFinder(app).search("html to markdown", limit=1, kind=None).hits[0].note
    expose(app, (NAME,), Visibility.LISTED)

    assert ToolFinder(app).search("html to markdown", limit=1, kind=None).hits[0].note == before != ""


def test_by_hand_names_are_all_known_or_nothing_changes(app: App) -> None:
    """Half of a command carried out is worse than none."""
    with pytest.raises(ToolUnknown):
        hide(app, (NAME, "nosuch"))
    assert _level(app) == "invokable"
    done = hide(app, (NAME, NAME))

    assert ([c.tool for c in done.changed], done.unchanged) == ([NAME], ())
    assert hide(app, (NAME,)).unchanged == (NAME,)


def test_what_was_put_away_comes_back_whole(app: App) -> None:
    """Retiring removes nothing: body, proof and lineage are there as before."""
    folder = Path(app.library.folder(NAME))
    files = {p: p.read_bytes() for p in folder.rglob("branches/**/*") if p.is_file()}
    retire(app, (NAME,))
    undone = undo(app)

    assert (undone.answer, _level(app)) == ("undo", "invokable")
    assert {p: p.read_bytes() for p in folder.rglob("branches/**/*") if p.is_file()} == files != {}
    with pytest.raises(NothingToUndo):
        undo(app, "nosuch")


def test_a_tool_that_nobody_used_for_long_is_put_away_by_itself_and_a_used_one_is_not(app: App) -> None:
    """Unused tools are archived; what a person set, and what is used, stays."""
    other = a_tool("csv-to-json", a_contract("text/csv", "application/json"))
    app.library.deposit(other.name, rendered(other), an_entry())
    clock = app.clock
    assert isinstance(clock, Watch)
    clock.at_s = 200 * DAY_S
    _calls(app, ".", name=other.name)
    done = tend(app, budget=0)

    assert [(c.tool, c.after, c.because) for c in done.changed] == [(NAME, "retired", "nobody used it for 180 days")]
    assert [tool.visibility for tool in app.library.tools()] == ["invokable", "retired"]
    expose(app, (NAME,), Visibility.SEARCHABLE)
    assert tend(app, budget=0).changed == ()


def test_a_change_on_top_of_an_older_state_is_refused_and_loses_nothing(app: App) -> None:
    """The same level again is no change; two changes at once both stand in the lineage."""
    assert change_level(app, NAME, Visibility.INVOKABLE, Reason(PERSON, "x")) is None
    for level in (Visibility.HIDDEN, Visibility.LISTED, Visibility.HIDDEN):
        change_level(app, NAME, level, Reason(PERSON, "same words"))

    assert [line.detail.split(",")[0] for line in app.library.lineage(NAME)[1:]] == [
        "invokable -> hidden",
        "hidden -> listed",
        "listed -> hidden",
    ]


def test_the_reports_of_a_tool_and_of_the_library_agree(app: App) -> None:
    """One source of counts: uses as they were recorded."""
    _calls(app, ".x.")
    app.catalog.add_miss(Miss(NAME, "html", 2, "text/html", "e", "call.limit", 5.0, rescued_by=1))
    report, whole = usage(app, NAME), health(app)
    rows = failures(app, NAME)

    assert (report.quality.runs, report.quality.successes, report.quality.people) == (3, 2, 1)
    assert (whole.now.runs, whole.now.successes) == (3, 2)
    assert [(row.kind.value, row.rescued_by) for row in rows] == [("program", 0), ("limit", 1)]
    assert failures(app, "") == rows
    assert [label for label, _, _ in whole.drawn][:2] == ["tools", "calls"]


def test_a_persons_word_that_comes_while_the_gate_decides_stands(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes change one tool: what the gate saw before is no reason any more. Twin: the third success above."""
    real = exposure.level_lock

    def late(of: App) -> ProcessLock:
        monkeypatch.setattr(exposure, "level_lock", real)
        retire(of, (NAME,))
        return real(of)

    _calls(app, "...")
    monkeypatch.setattr(exposure, "level_lock", late)

    assert settle(app, NAME) is None
    assert _level(app) == "retired"
    assert [change.by for change in app.catalog.changes(NAME)] == [PERSON]


def test_what_agents_may_not_call_yet_comes_up_by_calls_of_people_and_is_then_listed_by_theirs(app: App) -> None:
    """Each step has callers of its own: without them a tool that needs calls to be offered would wait for ever."""
    app.library.deposit(NAME, rendered(replace(a_tool(), visibility="searchable")), an_entry())

    def called_by_a_person() -> None:
        refuse_call(app.library.tool(NAME), "cli")
        app.catalog.add_usage(Usage(NAME, "html", 1, app.clock.now_s(), True, 5.0, "cli", "p"))

    with pytest.raises(ToolNotOffered):
        refuse_call(app.library.tool(NAME), "mcp")
    for _ in range(4):
        called_by_a_person()
    assert settle(app, NAME) is None
    called_by_a_person()
    up = settle(app, NAME)
    refuse_call(app.library.tool(NAME), "mcp")
    _calls(app, "...")
    listed = settle(app, NAME)

    assert up is not None
    assert (up.before, up.after) == ("searchable", "invokable")
    assert listed is not None
    assert (listed.before, listed.after) == ("invokable", "listed")
