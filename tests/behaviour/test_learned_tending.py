"""The days of a learned skill begin anew when it was put aside and brought back, edited or accepted anew."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillstrata.adapters.learned_use_file import LearnedUseFile
from skillstrata.app.draining import drain
from skillstrata.app.learned_tending import put_away_learned
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.learning_lifecycle import WhereAndHow, archive, restore
from skillstrata.app.use_cases.reviewing import answer, undo
from skillstrata.app.wiring import App, open_app
from skillstrata.app.wiring_library import learned_uses
from skillstrata.records.failures import StoreFull
from skillstrata.records.learned_use import LearnedUse
from skillstrata.records.reviews import Answer
from tests.learned_drafts import made_app, session_name, teach
from tests.sessions import Session

DAY_S = 86_400.0
DAYS = 30


class Killed(BaseException):
    """Stands for the end of the process at one step: nothing that follows is carried out."""


@dataclass(frozen=True)
class Calendar:
    """A clock that stands."""

    at_s: float

    def now_s(self) -> float:
        """Give its time."""
        return self.at_s


@dataclass(frozen=True)
class Shop:
    """A project with one learned skill that was seen on day 0 and again on day 29; sessions could have used it."""

    root: Path
    draft: str
    day_0_s: float

    @property
    def how(self) -> WhereAndHow:
        """Name the project."""
        return WhereAndHow(self.root / "shop")

    @property
    def page(self) -> Path:
        """Give the skill's file."""
        (page,) = (self.root / "shop" / ".claude" / "skills").glob("[!.]*/SKILL.md")
        return page

    @property
    def name(self) -> str:
        """Give its name."""
        return self.page.parent.name

    def on_day(self, day: float) -> App:
        """Give the App on that day."""
        return app_at(self.root, self.day_0_s + day * DAY_S)

    def tended_on(self, day: float) -> list[str]:
        """Tend on that day; gives what was put away."""
        return [one.name for one in put_away_learned(self.on_day(day))]

    def begins_on(self) -> list[float]:
        """Give the days on which what is in use began, by what is remembered."""
        rows = learned_uses(self.on_day(0)).kept()
        return [round((row.since_s - self.day_0_s) / DAY_S, 3) for row in rows]


def app_at(root: Path, at_s: float) -> App:
    """Give an App whose clock stands."""
    flags = (("reuse.unused_days", str(DAYS)),)
    app = open_app(
        load_settings(data_dir=root / "data", config=None, environ={"HOME": str(root / "home")}, flags=flags)
    )
    app.__dict__["clock"] = Calendar(at_s)
    return app


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, float]:
    """Learn and accept it once; gives the root, the draft's id and day 0."""
    root = tmp_path_factory.mktemp("tended")
    app = made_app(root)
    (id_,) = teach(app, root / "shop", "quokka")
    answer(app, id_, Answer.ACCEPT, root / "shop")
    for number in range(3):
        session = Session(root / "shop", app.data_dir / "spool", session=session_name(100 + number, "zz"))
        session.prompt(f"do the thing {number}")
        session.write(f"a{number}.txt", "x")
    drain(app)
    events = [event for session in app.catalog.sessions() for event in app.traces.session(session)]
    day_0_s = min(event.at_s for event in events) - 600.0
    put_away_learned(app_at(root, day_0_s))
    assert put_away_learned(app_at(root, day_0_s + 29 * DAY_S)) == ()
    for name in ("data", "shop"):
        shutil.copytree(root / name, root / "whole" / name)
    return root, id_, day_0_s


@pytest.fixture
def shop(learned: tuple[Path, str, float]) -> Shop:
    """Give it as it was on day 29, at the same paths."""
    root, id_, day_0_s = learned
    for name in ("data", "shop"):
        shutil.rmtree(root / name)
        shutil.copytree(root / "whole" / name, root / name)
    return Shop(root, id_, day_0_s)


def test_what_nobody_touched_is_put_away_on_its_day(shop: Shop) -> None:
    """The twin of all below; a copy of everything, as from a backup, is still the same skill."""
    name = shop.name
    assert shop.tended_on(29.9) == []
    assert shop.begins_on() == [0]
    assert shop.tended_on(30.1) == [name]
    assert learned_uses(shop.on_day(31)).kept() == ()


def test_what_was_archived_by_hand_and_restored_stays_for_as_long_again(shop: Shop) -> None:
    """Nobody looked between the two, and the restored text is the same to the byte and to the time."""
    name = shop.name
    archive(shop.on_day(29), name, "not now", shop.how)
    restore(shop.on_day(31), name, shop.how)

    assert shop.tended_on(31) == []
    assert shop.begins_on() == [31]


def test_what_was_tried_only_begins_nothing_anew(shop: Shop) -> None:
    """Twin: an archive as a dry run moves nothing."""
    name = shop.name
    archive(shop.on_day(29), name, "not now", WhereAndHow(shop.root / "shop", dry_run=True))
    assert shop.tended_on(31) == [name]


def test_what_is_restored_after_a_killed_tending_is_not_put_away_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process died when the skill was archived and that could not be noted any more."""
    name, real, died = shop.name, LearnedUseFile.keep, []

    def dies_late(self: LearnedUseFile, rows: tuple[LearnedUse, ...]) -> None:
        if not list((shop.root / "shop" / ".claude" / "skills").glob(f"{name}/SKILL.md")):
            died.append(len(rows))
            raise Killed
        real(self, rows)

    with monkeypatch.context() as patched:
        patched.setattr(LearnedUseFile, "keep", dies_late)
        with pytest.raises(Killed):
            put_away_learned(shop.on_day(30.5))
    assert died
    # Whoever brings it back with a version that drops no row, or by hand, is served alike.
    with monkeypatch.context() as patched:
        patched.setattr(LearnedUseFile, "drop", lambda *_: None)
        restore(shop.on_day(30.6), name, shop.how)

    assert shop.tended_on(31) == []
    assert shop.begins_on() == [31]


def test_what_somebody_edited_begins_anew(shop: Shop) -> None:
    """Who edits it wants it."""
    page = shop.page
    page.write_text(page.read_text(encoding="utf-8") + "\nMore that I wrote.\n", encoding="utf-8")

    assert shop.tended_on(31) == []
    assert shop.begins_on() == [31]


def test_what_was_written_anew_with_the_same_words_begins_anew(shop: Shop) -> None:
    """Somebody deleted it, and had it written again: the time of writing tells."""
    page = shop.page
    written = page.stat().st_mtime_ns + 1
    os.utime(page, ns=(written, written))

    assert shop.tended_on(31) == []
    assert shop.begins_on() == [31]


def test_what_was_taken_back_and_accepted_again_begins_anew(shop: Shop) -> None:
    """An answer of yesterday is not undone by the next night."""
    undo(shop.on_day(30))
    answer(shop.on_day(30), shop.draft, Answer.ACCEPT, shop.root / "shop")

    assert shop.tended_on(31) == []
    assert shop.begins_on() == [31]


def test_a_full_disk_does_not_keep_from_restoring(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered of uses is second to the skill itself."""
    name = shop.name
    archive(shop.on_day(29), name, "not now", shop.how)

    def is_full(*_: object) -> None:
        raise StoreFull("no room")

    monkeypatch.setattr(LearnedUseFile, "drop", is_full)
    assert Path(restore(shop.on_day(31), name, shop.how).restored).is_file()
    assert shop.tended_on(31) == []
