"""What a pass prepares for the next start of an agent, out of real sessions, and what of them it keeps."""

from pathlib import Path

import pytest

from skillstrata.app.draining import drain
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.forgetting import forget
from skillstrata.app.warm_preparing import note_showings, prepare, prepare_after_pass
from skillstrata.app.wiring import App, open_app
from skillstrata.app.wiring_library import warm_starts
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
