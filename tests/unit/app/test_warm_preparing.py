"""What a pass prepares for the next start of an agent, out of real sessions, and what of them it keeps."""

from collections.abc import Callable
from pathlib import Path

import pytest

from skillstrata.app.draining import drain
from skillstrata.app.exposure import GATE, Reason, change_level
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.exposing import expose, hide, retire
from skillstrata.app.use_cases.forgetting import forget
from skillstrata.app.use_cases.reviewing import undo
from skillstrata.app.use_cases.warm_starting import look, renew
from skillstrata.app.warm_preparing import note_showings, prepare, prepare_after_pass
from skillstrata.app.wiring import App, open_app
from skillstrata.app.wiring_library import warm_starts
from skillstrata.records.qualities import Visibility
from tests.fakes.sample_tools import a_tool, an_entry, rendered
from tests.sessions import Session

NAME = "5e55104a-01"


def an_app(root: Path, **environ: str) -> App:
    """Open a library with one tool."""
    app = open_app(load_settings(data_dir=root / "data", config=None, environ={"HOME": str(root), **environ}))
    app.prepare()
    if not app.library.taken():
        app.library.deposit("html-to-markdown", rendered(a_tool()), an_entry())
    return app


@pytest.fixture
def app(tmp_path: Path) -> App:
    """A library, and one session that asked for something and called a tool."""
    app = an_app(tmp_path)
    session = Session(tmp_path / "p", tmp_path / "data" / "spool", session=NAME)
    session.prompt("Please convert the page about Aunt Marigold to markdown, confidentially")
    session.claim("skillstrata run html-to-markdown --set input=page.html --out .")
    drain(app)
    return app


def test_a_project_is_told_next_time_what_its_session_used(app: App, tmp_path: Path) -> None:
    """From the events as the hook hands them over."""
    prepare(app, app.catalog.sessions())
    told = warm_starts(app).prepared(str(tmp_path / "p"))

    assert told is not None
    assert "- html-to-markdown(input): " in told.text
    assert warm_starts(app).prepared("/nowhere/at/all") is None


def test_of_a_prompt_only_the_words_for_types_and_verbs_are_kept(app: App, tmp_path: Path) -> None:
    """Neither a name nor the rest of the sentence is in any file of ours."""
    prepare(app, app.catalog.sessions())
    (trace,) = warm_starts(app).sessions()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data" / "warm").rglob("*") if path.is_file())

    assert trace.terms == ("convert page to markdown",)
    assert trace.tools == ("html-to-markdown",)
    assert not [word for word in (b"Marigold", b"marigold", b"confidential", b"Please") if word in kept]


def test_switched_off_nothing_stays_prepared_and_switched_on_it_is_back(app: App, tmp_path: Path) -> None:
    """The hook needs no setting to be silent."""
    prepare(app, app.catalog.sessions())
    prepare(an_app(tmp_path, SKILLSTRATA_WARM_START_ENABLED="no"), ())
    assert warm_starts(app).prepared(str(tmp_path / "p")) is None
    prepare(app, app.catalog.sessions())
    assert warm_starts(app).prepared(str(tmp_path / "p")) is not None


def test_switched_off_the_report_says_what_the_hook_still_tells(app: App, tmp_path: Path) -> None:
    """It reads no settings: what was prepared before is told until somebody renews."""
    prepare(app, app.catalog.sessions())
    off = an_app(tmp_path, SKILLSTRATA_WARM_START_ENABLED="no")
    report = look(off, tmp_path / "p")
    assert (report.enabled, report.told is not None) == (False, True)
    renew(off)
    assert look(off, tmp_path / "p").told is None
    renew(app)
    again = look(app, tmp_path / "p")
    assert (again.enabled, again.told is not None) == (True, True)


def _told(app: App, folder: Path) -> str:
    told = warm_starts(app).prepared(str(folder))
    return told.text if told is not None else ""


@pytest.mark.parametrize("put_away", [retire, hide, lambda app, names: expose(app, names, Visibility.SEARCHABLE)])
def test_a_tool_that_was_put_away_is_named_at_no_start_any_more(
    app: App, tmp_path: Path, put_away: Callable[[App, tuple[str, ...]], object]
) -> None:
    """What is told is prepared: no pass comes in between. Offered again, or taken back, it is named again."""
    prepare(app, app.catalog.sessions())
    assert "- html-to-markdown(" in _told(app, tmp_path / "p")
    put_away(app, ("html-to-markdown",))
    assert _told(app, tmp_path / "p") == ""
    undo(app)
    assert "- html-to-markdown(" in _told(app, tmp_path / "p")
    put_away(app, ("html-to-markdown",))
    expose(app, ("html-to-markdown",), Visibility.INVOKABLE)
    assert "- html-to-markdown(" in _told(app, tmp_path / "p")


def test_a_warm_start_that_cannot_be_prepared_does_not_undo_what_a_person_said(app: App, tmp_path: Path) -> None:
    """The tool is retired all the same."""
    (tmp_path / "data" / "warm").write_text("in the way", encoding="utf-8")
    retire(app, ("html-to-markdown",))

    assert app.library.tool("html-to-markdown").visibility == "retired"


def test_a_store_that_cannot_be_written_does_not_end_the_pass(app: App, tmp_path: Path) -> None:
    """What is told is a nicety; what was distilled is not."""
    (tmp_path / "data" / "warm").write_text("in the way", encoding="utf-8")
    assert prepare_after_pass(app, app.catalog.sessions())
    (tmp_path / "data" / "warm").unlink()
    assert prepare_after_pass(app, app.catalog.sessions()) == ""


def test_what_a_session_was_told_comes_into_the_catalog(app: App, tmp_path: Path) -> None:
    """Each tool once, of the sessions that the pass reads."""
    (tmp_path / "data" / "warm").mkdir()
    line = f"{NAME} k1 html-to-markdown,csv-to-json\n"
    (tmp_path / "data" / "warm" / "shown").write_text(f"{line}{line}other k1 html-to-markdown\n", encoding="utf-8")
    note_showings(app, (NAME,))
    note_showings(app, (NAME,))

    assert [(one.tool, one.how) for one in app.catalog.showings(NAME)] == [
        ("csv-to-json", "warm-start"),
        ("html-to-markdown", "warm-start"),
    ]
    assert app.catalog.showings("other") == ()


def test_a_session_that_is_forgotten_leaves_nothing_here(app: App, tmp_path: Path) -> None:
    """Nor the folder that it alone worked in."""
    prepare(app, app.catalog.sessions())
    warm = tmp_path / "data" / "warm"
    (warm / "shown").write_text(f"{NAME} k1 html-to-markdown\n", encoding="utf-8")
    forget(app, NAME)

    assert not [path for path in warm.rglob("*") if path.is_file() and NAME.encode() in path.read_bytes()]
    assert list(warm.rglob(".start")) == []


def test_after_a_session_was_forgotten_nobody_is_told_of_what_went(app: App, tmp_path: Path) -> None:
    """What is told is prepared: it was true before the tools of that session were taken out."""
    other = Session(tmp_path / "q", tmp_path / "data" / "spool", session="5e55104b-02")
    other.prompt("Look")
    drain(app)
    prepare(app, app.catalog.sessions())
    change_level(app, "html-to-markdown", Visibility.HIDDEN, Reason(GATE, "as a step of another process"))
    assert _told(app, tmp_path / "p")
    forget(app, "5e55104b-02")

    assert _told(app, tmp_path / "p") == ""
