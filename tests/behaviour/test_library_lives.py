"""Three hundred sessions of three projects, through the whole product: what the library is at their end.

Hook payloads are taken in and distilled in the sandbox day after day; sessions search, call and write again what is
there; drafts of what was learned are taken; the library is tended. Only the sessions and the clock are pretended.
"""

import json
import uuid
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from demo.history import Lived
from skillstrata.app.draining import drain
from skillstrata.app.learned_artifacts import LearnedArtifacts, usual_roots
from skillstrata.app.reports import CallRequest
from skillstrata.app.use_cases.distilling import distill
from skillstrata.app.use_cases.exposing import expose
from skillstrata.app.use_cases.learning_lifecycle import WhereAndHow, apply, archive, restore
from skillstrata.app.use_cases.observing import health, usage
from skillstrata.app.use_cases.reviewing import undo
from skillstrata.app.use_cases.running import run
from skillstrata.app.use_cases.tending import tend
from skillstrata.app.use_cases.viewing import explain, ls, show, status
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import lifecycle
from skillstrata.library.lifecycle_deciding import DEFAULT_LIMITS
from skillstrata.library.lifecycle_page import body_of, fields_of, is_ours
from skillstrata.records.candidates import State
from skillstrata.records.learned import ArtifactKind, AsideRow, ExistingArtifact, LearnedDraft
from skillstrata.records.qualities import MissCause, Visibility
from skillstrata.surfaces.cli.main import main
from tests.histories_of_tools import (
    CSV_JSON,
    HTML_MD,
    JSON_CSV,
    LOG_LINES,
    SESSIONS,
    UNUSED_DAYS,
    USED,
    tool_history,
)
from tests.histories_of_work import DAY_S, EVIL, PLANTED, PROJECTS, WorkSession, hand_over
from tests.lived_library import lived_library

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Give the library as it is at the end, for looking at."""
    return lived_library(tmp_path_factory.mktemp("looked-at"))


@pytest.fixture
def own(tmp_path: Path) -> Lived:
    """Give one that a test may change."""
    return lived_library(tmp_path)


@pytest.fixture(scope="module")
def app(lived: Lived) -> App:
    """Give its App."""
    return lived.app()


def _artifacts(lived: Lived, project: str) -> tuple[ExistingArtifact, ...]:
    """Give what an agent in a project has."""
    files = LearnedArtifacts(lifecycle(lived.app()))
    return tuple(
        one
        for kind in ArtifactKind
        for one in files.everything(kind, usual_roots(kind, lived.home, lived.project(project)))
    )


def _aside(lived: Lived) -> list[AsideRow]:
    """Give what was archived, of the home folder and of every project."""
    app = lived.app()
    rows = [row for project in PROJECTS for row in restore(app, "", WhereAndHow(lived.project(project))).rows]
    return list({row.manifest_path: row for row in rows}.values())


def test_every_event_and_every_program_is_accounted_for(app: App) -> None:
    """What is counted below is all there was: nothing is open, set aside or lost."""
    report = status(app)

    assert report.accounting.balanced
    assert len(app.catalog.sessions()) == SESSIONS
    assert Counter(c.state for c in app.catalog.candidates()) == {State.PLACED: 4, State.DUPLICATE: 7}


def test_one_program_of_three_projects_is_one_tool_with_its_three_sources(app: App, lived: Lived) -> None:
    """Under other names, in other folders; each source can be explained."""
    report = usage(app, CSV_JSON)
    told = [explain(app, one.id).candidate for one in report.sources]
    folders = {app.catalog.execution(one.id).cwd for one in report.sources}

    assert len({one.source.session for one in report.sources}) == 3
    assert sorted(one.state.value for one in told) == ["duplicate", "duplicate", "placed"]
    assert {Path(folder).name for folder in folders} == set(PROJECTS)
    assert report.r_miss == ()


def test_every_tool_says_because(app: App, lived: Lived, capsys: pytest.CaptureFixture[str]) -> None:
    """Why it is there, and why it is offered as far as it is; `show` and `usage` print both."""
    tools = (*ls(app).rows, *ls(app, retired=True).rows)
    assert {row.tool.name for row in tools} == {CSV_JSON, LOG_LINES, JSON_CSV, HTML_MD}
    for name in (CSV_JSON, LOG_LINES, JSON_CSV, HTML_MD):
        view, report = show(app, name), usage(app, name)
        assert "passed" in view.tool.created_because
        assert all(line.detail for line in view.lineage)
        assert all(change.because for change in report.changes)
        assert _program(lived, "show", name) == 0
        assert f"because {view.tool.created_because}" in capsys.readouterr().out
        assert _program(lived, "usage", name) == 0
        said = capsys.readouterr().out
        assert all(because in said for because in (view.tool.created_because, *(c.because for c in report.changes)))


def test_every_learned_artefact_says_because(lived: Lived) -> None:
    """Those in use and those put away: in the page itself, which a reader of any agent sees."""
    pages = {one.path: one.content for name in PROJECTS for one in _artifacts(lived, name) if is_ours(one.content)}
    pages |= {row.kept_path: _text(Path(row.kept_path)) for row in _aside(lived)}

    assert len(pages) == len(PLANTED)
    for page in pages.values():
        because = fields_of(page)["because"]
        assert because.startswith("created because ")
        assert any(figure.isdigit() for figure in because)


def test_all_that_was_planted_was_learned_once_and_nothing_else(lived: Lived) -> None:
    """Every draft was taken, and became an artefact of its own; a second look, weeks later, finds nothing more."""
    assert set(lived.decided.values()) == {"create"}
    assert len(lived.decided) == len(PLANTED)
    assert lived.late_drafts == 0
    assert not any(EVIL in path.read_text(encoding="utf-8") for path in lived.home.rglob("*.md"))


def test_what_holds_in_several_projects_is_the_users(lived: Lived) -> None:
    """Twin: what one project showed lies in that project."""
    wide = sum(planted.scope == "user" for planted in PLANTED)
    of_home = [row for row in _aside(lived) if not Path(row.old_path).is_relative_to(lived.home / "work")]

    assert len(of_home) == wide
    assert len(_aside(lived)) == len(PLANTED) - len(USED)


def test_no_two_tools_say_the_same(app: App) -> None:
    """By contract and purpose, or by the program."""
    assert health(app).now.redundant == ()


@pytest.mark.parametrize("project", PROJECTS)
def test_no_two_learned_artefacts_say_the_same(own: Lived, project: str) -> None:
    """By the comparison that decides about drafts, of all that one project's agents may have, also from the archive."""
    how = WhereAndHow(own.project(project))
    app = own.app()
    for row in restore(app, "", how).rows:
        restore(app, row.name, how)
    ours = [one for one in _artifacts(own, project) if is_ours(one.content)]
    files = LearnedArtifacts(lifecycle(app))
    assert len(ours) > 2
    for one in ours:
        draft = LearnedDraft(one.name, one.description, body_of(one.content), one.confidence or 0.0, one.kind)
        found = files.compare(draft, usual_roots(one.kind, own.home, own.project(project)))
        others = [row for row in found.related if row.artifact.path != one.path]
        assert all(row.score < DEFAULT_LIMITS.merge or row.idf_score < DEFAULT_LIMITS.related for row in others)
        assert any(row.artifact.path == one.path and row.score == 1.0 for row in found.related)
    assert all(one.content != other.content for one, other in combinations(ours, 2))


def test_the_history_told_again_adds_nothing(own: Lived) -> None:
    """The hook's files may be imported, restored from a backup, or sent twice."""
    app = own.app()
    before = [(row.tool.name, row.tool.visibility) for row in (*ls(app).rows, *ls(app, retired=True).rows)]
    misses, pages = app.catalog.reuse_misses(), sorted(own.home.rglob("*.md"))
    hand_over(tool_history(str(own.home / "work")), own.data_dir / "spool", begins_s=own.begins_s, names=own.names)
    report = distill(app, install=False, progress=lambda *_: None)

    assert (report.events.new, len(report.candidates)) == (0, 0)
    assert report.events.duplicate == report.events.read > 2000
    tend(app)
    assert [(row.tool.name, row.tool.visibility) for row in (*ls(app).rows, *ls(app, retired=True).rows)] == before
    assert (app.catalog.reuse_misses(), sorted(own.home.rglob("*.md"))) == (misses, pages)


def test_what_was_reused_in_several_sessions_rose_and_nothing_else(app: App) -> None:
    """Each step has its figures; what one session alone used stays where it was."""
    steps = {name: [(c.before, c.after) for c in usage(app, name).changes if c.kind == "visibility"] for name in _ALL}

    assert steps == {
        CSV_JSON: [("invokable", "listed")],
        JSON_CSV: [("invokable", "searchable"), ("searchable", "invokable"), ("invokable", "listed")],
        # Three successes of one session did not list it.
        HTML_MD: [("invokable", "searchable")],
        LOG_LINES: [("invokable", "retired")],
    }
    assert {change.by for name in _ALL for change in usage(app, name).changes} == {"gate"}
    assert usage(app, HTML_MD).quality.successes == 4


_ALL = (CSV_JSON, JSON_CSV, HTML_MD, LOG_LINES)


def test_what_fails_is_put_back_and_agents_are_refused(lived: Lived) -> None:
    """The twin of rising: the last session was told that it is not offered, and a person could still run it."""
    told = [answer.told for answer in lived.answers if answer.asked == f"call {HTML_MD}"]

    assert told == [*["ok"] * 3, *["call.program_failed"] * 4, "library.not_offered"]
    assert [answer.told for answer in lived.answers if answer.asked == f"run {HTML_MD}"] == ["ok"]


def test_sessions_found_what_they_searched_and_were_told_what_fits(lived: Lived) -> None:
    """One search in vain, by words that nothing had taught yet; each start of a client named the tool."""
    found = [answer.told.split()[:1] for answer in lived.answers if answer.asked == "search convert csv to json"]
    starts = [answer.told.split() for answer in lived.answers if answer.asked == "start"]

    assert found == [[CSV_JSON]] * 5
    assert len(starts) == 5
    assert all(CSV_JSON in names for names in starts)
    assert [answer.told for answer in lived.answers if answer.asked == "search harbourmaster roster"] == [""]


def test_every_program_written_again_is_counted_with_its_cause(app: App) -> None:
    """One of each cause, of the tool that was there; what was written before there was it is none."""
    missed = app.catalog.reuse_misses()

    assert Counter(miss.cause for miss in missed) == {cause: 1 for cause in MissCause}
    assert {miss.key[:3] for miss in missed} == {(JSON_CSV, "json", "application/json")}
    assert dict(health(app).now.misses) == {cause.value: 1 for cause in MissCause}
    assert "harbourmaster" in next(miss.words for miss in missed if miss.cause is MissCause.NOT_FOUND)


def test_a_tool_that_nobody_used_is_put_away_and_comes_back(own: Lived) -> None:
    """With the reason; nothing of it is gone, and whoever takes it back has it as it was."""
    app = own.app()
    (change,) = usage(app, LOG_LINES).changes
    folder = Path(app.library.folder(LOG_LINES))
    source = own.project("shop") / "gate.log"
    source.write_text("1 INFO up\n2 ERROR down\n", encoding="utf-8")
    request = CallRequest(LOG_LINES, (("input", str(source)),), str(own.folder / "out"), surface="cli")

    assert change.because == f"nobody used it for {UNUSED_DAYS} days"
    assert LOG_LINES not in {row.tool.name for row in ls(app).rows}
    assert list(folder.rglob("proof.json"))
    undo(app, change.id)
    assert app.library.tool(LOG_LINES).visibility == "invokable"
    assert (run(app, request).text or "").strip() == "2 ERROR down"
    assert expose(app, (LOG_LINES,), Visibility.LISTED).changed[0].after == "listed"


def test_what_was_learned_and_not_used_is_archived_with_its_manifest(lived: Lived) -> None:
    """The three that sessions used are in their places: a skill, a command and an agent."""
    kept = {one.name: one for project in PROJECTS for one in _artifacts(lived, project) if is_ours(one.content)}
    manifests = [json.loads(path.read_text()) for path in lived.home.rglob("*.manifest.json")]

    assert set(kept) == set(lived.names.values())
    assert {one.kind for one in kept.values()} == set(ArtifactKind)
    assert len(manifests) == len(PLANTED) - len(USED)
    assert {(one["action"], one["reason"]) for one in manifests} == {
        ("archive", f"nobody used it for {UNUSED_DAYS} days")
    }


def test_the_users_own_skill_is_never_put_away(lived: Lived) -> None:
    """Nobody used it either."""
    assert (lived.home / ".claude" / "skills" / "house-style" / "SKILL.md").is_file()


def test_what_is_restored_is_as_it_was_and_stays_for_as_long_again(own: Lived) -> None:
    """Else the next night would take it away from whoever wanted it back."""
    app, how = own.app(), WhereAndHow(own.project("shop"))
    rows = restore(app, "", how).rows
    for row in rows:
        before = _text(Path(row.kept_path))
        back = Path(restore(app, row.name, how).restored)
        assert (str(back), back.read_text(encoding="utf-8")) == (row.old_path, before)
    assert len(rows) > 2

    assert tend(app).learned == ()
    names = {row.name for row in rows}
    own.calendar.at_s += (UNUSED_DAYS - 1) * DAY_S
    _sessions(own, 3)
    assert not names & {one.name for one in tend(app).learned}
    own.calendar.at_s += 2 * DAY_S
    assert names <= {one.name for one in tend(app).learned}


def test_what_nobody_could_have_used_is_not_put_away(own: Lived) -> None:
    """Without a hook, or on holiday, no record says whether anybody used it; three sessions say so."""
    app, how = own.app(), WhereAndHow(own.project("shop"))
    names = {restore(app, row.name, how).rows[0].name for row in restore(app, "", how).rows}
    assert tend(app).learned == ()
    own.calendar.at_s += 3 * UNUSED_DAYS * DAY_S
    _sessions(own, 2)
    assert not names & {one.name for one in tend(app).learned}
    _sessions(own, 1)
    assert {one.name for one in tend(app).learned} >= names


def _sessions(own: Lived, count: int) -> None:
    """Let somebody work in the shop today."""
    begins_s = own.calendar.at_s - DAY_S
    for _ in range(count):
        session = WorkSession(str(uuid.uuid4()), "shop", 0.0, home=str(own.home / "work"))
        session.prompt("what is new?")
        hand_over([session], own.data_dir / "spool", begins_s=begins_s)
        drain(own.app())


def test_nothing_learned_is_put_away_where_that_is_switched_off(own: Lived) -> None:
    """Twin: with `reuse.unused_days` at its usual value, nor before its time."""
    own.calendar.at_s += 100 * DAY_S
    (own.data_dir / "config.toml").write_text("[reuse]\nunused_days = 0\n", encoding="utf-8")
    assert tend(own.app()).learned == ()
    (own.data_dir / "config.toml").write_text("", encoding="utf-8")
    assert tend(own.app()).learned == ()
    (own.data_dir / "config.toml").write_text("[reuse]\nunused_days = 60\n", encoding="utf-8")
    assert {one.name for one in tend(own.app()).learned} == set(own.names.values())


def test_a_draft_that_says_what_is_there_is_kept_out(own: Lived) -> None:
    """Somebody saved a draft's file, and hands it in again."""
    app, how = own.app(), WhereAndHow(own.project("shop"))
    (one,) = [a for a in _artifacts(own, "shop") if a.name == own.names["pnpm"]]
    again = own.folder / "again.json"
    text = {"name": one.name, "description": one.description, "content": body_of(one.content), "confidence": 0.9}
    again.write_text(json.dumps(text), encoding="utf-8")
    assert apply(app, again, how).decision.type.value == "keep"
    archive(app, one.name, "It is tried without it.", how)
    assert apply(app, again, how).decision.type.value == "create"


def test_whoever_tends_by_hand_is_told_what_was_archived(
    own: Lived, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the name and the way back."""
    monkeypatch.setenv("HOME", str(own.home))
    (own.data_dir / "config.toml").write_text("[reuse]\nunused_days = 1\n", encoding="utf-8")
    assert _program(own, "health", "--tend") == 0
    said = capsys.readouterr().err

    name = own.names["pnpm"]
    assert f"{name}: archived, nobody used it for 1 days (`skillstrata learn restore {name}`)" in said


def _text(kept: Path) -> str:
    return (kept / "SKILL.md" if kept.is_dir() else kept).read_text(encoding="utf-8")


def _program(lived: Lived, *words: str) -> int:
    """Run a command of the program on this library."""
    return main(["--data-dir", str(lived.data_dir), *words])
