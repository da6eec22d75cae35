"""Swaps: what is bad is set aside, what was good goes on, clients keep what they saw, versions are taken back."""

from pathlib import Path

import pytest

from skillstrata.adapters.skill_file_folders import SkillFileFolders
from skillstrata.adapters.text_file_store import TextFileStore
from skillstrata.records.skill_changes import SkillChange
from skillstrata.runtime.dependency_graph import FAIL_FAST, DependencyCycle, Resolver
from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.precedence import Precedence
from skillstrata.runtime.registry import RegistryBuilder, SkillNotFound
from skillstrata.runtime.sources import Scan, SkillScanner
from skillstrata.runtime.swapping import LiveSkills, SwapRefused, SwapRules
from skillstrata.runtime.version_history import NothingToRollBack, RollbacksSpent
from tests.skill_sources import Clock, Facts, page, put, source


class Running:
    """Skills of one folder, swapped by hand."""

    def __init__(self, root: Path, *, on_cycle: str = "warn_and_sort", linger_s: float = 0.0) -> None:
        self.root, self.clock, self.keep = root, Clock(), TextFileStore()
        self._scanner = SkillScanner(SkillFileFolders(), parse_skill, keep=self.keep)
        builder = RegistryBuilder(Precedence(), Resolver(Facts(), on_cycle=on_cycle))
        rules = SwapRules(max_rollbacks=2, least_calls=4, linger_s=linger_s)
        self.live = LiveSkills(builder, rules=rules, now_s=self.clock, keep=self.keep)
        self._scan = Scan()

    def look(self) -> SkillChange:
        self._scan = self._scanner.scan((source(root=self.root),), self._scan)
        return self.live.apply(self._scan)

    def body(self, name: str) -> bytes:
        return self.keep.get(self.live.finder.find(name).digest) or b""


@pytest.fixture
def running(tmp_path: Path) -> Running:
    """One skill `a`, looked at."""
    put(tmp_path, "a", page(body="First.\n"))
    made = Running(tmp_path)
    made.look()
    return made


def test_what_came_changed_and_went_is_told_once(running: Running) -> None:
    """list_changed names it; a look that finds nothing tells nobody, and a subscriber that fails harms nobody."""
    heard: list[SkillChange] = []

    def fails(_change: SkillChange) -> None:
        raise RuntimeError("gone")

    running.live.subscribe(fails)
    end = running.live.subscribe(heard.append)
    put(running.root, "b")
    assert running.look().added == ("user/b",)
    put(running.root, "a", page(body="Second.\n"))
    assert running.look().changed == ("user/a",)
    (running.root / "b" / "SKILL.md").unlink()
    assert running.look().removed == ("user/b",)
    generation = running.live.registry.generation
    assert running.look().is_empty
    assert running.live.registry.generation == generation
    end()
    put(running.root, "c")
    running.look()

    assert [(c.added, c.changed, c.removed) for c in heard] == [
        (("user/b",), (), ()),
        ((), ("user/a",), ()),
        ((), (), ("user/b",)),
    ]
    assert [c.generation for c in heard] == [2, 3, 4]


@pytest.mark.parametrize("bad", ["", "---\ndescription: Does", "---\n[broken\n---\nx", page(body=""), "no frontmatter"])
def test_a_bad_version_is_set_aside_and_the_good_one_goes_on(running: Running, bad: str) -> None:
    """Emptied, half written or broken: never visible; and a good one ends the quarantine."""
    put(running.root, "b")
    put(running.root, "a", bad)
    change = running.look()

    assert change.added == ("user/b",)
    assert change.quarantined == ("user/a",)
    assert running.body("a") == page(body="First.\n").encode()
    (aside,) = running.live.quarantined
    assert aside.diagnostics
    put(running.root, "a", page(body="Third.\n"))
    assert running.look().changed == ("user/a",)
    assert running.live.quarantined == ()
    assert running.body("a").endswith(b"Third.\n")


def test_a_bad_file_without_a_good_version_is_left_out(tmp_path: Path) -> None:
    """There is nothing to go on with; the others load, and the reason is told."""
    put(tmp_path, "a")
    put(tmp_path, "bad", "nothing")
    made = Running(tmp_path)
    made.look()

    assert [one.id for one in made.live.registry.skills] == ["user/a"]
    assert "no_frontmatter" in {odd.code for odd in made.live.registry.diagnostics}


def test_a_file_that_is_away_for_a_moment_keeps_its_skill(tmp_path: Path) -> None:
    """Some editors take a file away to save it; one that stays away goes."""
    file = put(tmp_path, "a")
    made = Running(tmp_path, linger_s=0.1)
    made.look()
    file.unlink()
    assert made.look().is_empty
    assert made.live.is_waiting
    made.clock.now += 0.2
    assert made.look().removed == ("user/a",)
    assert not made.live.is_waiting


def test_a_client_keeps_what_it_saw_until_it_asks_or_the_overlap_is_over(running: Running) -> None:
    """version_overlap = 300 s: then the old version is drained."""
    old = running.live.view("one").find("a").digest
    put(running.root, "a", page(body="Second.\n"))
    running.look()
    new = running.live.finder.find("a").digest

    assert old != new
    assert running.live.view("one").find("a").digest == old
    assert running.keep.get(old) == page(body="First.\n").encode()
    assert running.live.view("two").find("a").digest == new
    running.clock.now += 299
    assert running.live.view("one").find("a").digest == old
    assert running.live.pins.generations() == (1, 2)
    running.clock.now += 1
    assert running.live.view("one").find("a").digest == new
    assert running.live.pins.generations() == (2,)


def test_a_client_that_asks_gets_what_is_current(running: Running) -> None:
    """After list_changed; and a client that left holds nothing."""
    running.live.view("one")
    put(running.root, "a", page(body="Second.\n"))
    running.look()

    assert running.live.refresh("one").find("a").digest == running.live.finder.find("a").digest
    running.live.leave("one")
    assert running.live.pins.generations() == ()


def test_a_version_is_taken_back_by_command_and_stays_back(running: Running) -> None:
    """Until the file changes again: a look at the same bytes must not bring it back."""
    put(running.root, "a", page(body="Second.\n"))
    running.look()

    assert running.live.rollback("a").rolled_back == ("user/a",)
    assert running.body("a").endswith(b"First.\n")
    put(running.root, "b")
    assert running.look().changed == ()
    assert running.body("a").endswith(b"First.\n")
    put(running.root, "a", page(body="Third.\n"))
    running.look()
    assert running.body("a").endswith(b"Third.\n")


def test_nothing_is_taken_back_where_nothing_was_before(running: Running) -> None:
    """Refused with the next step; so is a name that nothing has."""
    with pytest.raises(NothingToRollBack):
        running.live.rollback("a")
    with pytest.raises(SkillNotFound, match="'nope'"):
        running.live.rollback("nope")


def test_a_skill_is_taken_back_so_often_and_no_more(running: Running) -> None:
    """max_rollbacks, here 2: then a person has to look."""
    for n in range(2):
        put(running.root, "a", page(body=f"Try {n}.\n"))
        running.look()
        running.live.rollback("a")
    put(running.root, "a", page(body="Once more.\n"))
    running.look()

    with pytest.raises(RollbacksSpent):
        running.live.rollback("a")
    assert running.body("a").endswith(b"Once more.\n")


def test_a_version_that_fails_too_often_is_taken_back_by_itself(running: Running) -> None:
    """More than half of at least four calls here; one that mostly works stays."""
    put(running.root, "a", page(body="Second.\n"))
    running.look()
    second = running.live.finder.find("a").digest
    outcomes = [running.live.outcome("user/a", second, ok=ok) for ok in (True, False, False)]
    assert outcomes == [None, None, None]
    taken = running.live.outcome("user/a", second, ok=False)

    assert taken is not None
    assert taken.rolled_back == ("user/a",)
    assert running.body("a").endswith(b"First.\n")
    put(running.root, "a", page(body="Third.\n"))
    running.look()
    third = running.live.finder.find("a").digest
    assert [running.live.outcome("user/a", third, ok=n % 2 == 0) for n in range(8)] == [None] * 8


def test_a_version_is_not_taken_back_for_what_the_one_before_did(running: Running) -> None:
    """A client that still has the old version may fail with it as often as it likes; the new one answers for itself."""
    old = running.live.view("one").find("a").digest
    put(running.root, "a", page(body="Second.\n"))
    running.look()
    new = running.live.finder.find("a").digest

    assert [running.live.outcome("user/a", old, ok=False) for _ in range(9)] == [None] * 9
    assert running.body("a").endswith(b"Second.\n")
    assert [running.live.outcome("user/a", new, ok=False) for _ in range(3)] == [None] * 3
    assert running.live.outcome("user/a", new, ok=False) is not None
    assert running.body("a").endswith(b"First.\n")


def test_a_version_that_was_taken_back_is_let_go_by_every_client(running: Running) -> None:
    """Whoever has it is given the good one at once; whoever has another version keeps that."""
    first = running.live.view("old").find("a").digest
    put(running.root, "a", page(body="Second.\n"))
    running.look()
    put(running.root, "b")
    second = running.live.view("new").find("a").digest
    running.look()
    running.live.rollback("a")

    assert first != second
    assert running.live.view("new").find("a").digest == first
    assert running.live.view("new").get("b") is not None
    assert running.live.view("old").find("a").digest == first
    assert running.live.view("old").get("b") is None


def test_counts_of_versions_are_few_however_many_come(running: Running) -> None:
    """A skill that is edited all day must not grow a table without end; the live one's count is not lost for it."""
    put(running.root, "a", page(body="Second.\n"))
    running.look()
    live = running.live.finder.find("a").digest
    for n in range(50):
        assert running.live.outcome("user/a", f"gone {n}", ok=False) is None
        if n % 10 == 0 and n < 30:
            assert running.live.outcome("user/a", live, ok=False) is None
        assert running.live.outcome("user/a", live, ok=True) is None


def test_a_set_that_may_not_be_used_leaves_the_set_before(tmp_path: Path) -> None:
    """fail_fast: a circle that comes later refuses the swap; at the start there is nothing to go on with."""
    put(tmp_path, "a", page(depends="b"))
    put(tmp_path, "b", page())
    made = Running(tmp_path, on_cycle=FAIL_FAST)
    made.look()
    before = made.live.registry
    put(tmp_path, "b", page(depends="a"))

    with pytest.raises(SwapRefused, match="circle"):
        made.look()
    assert made.live.registry is before
    with pytest.raises(DependencyCycle):
        Running(tmp_path, on_cycle=FAIL_FAST).look()


def test_texts_that_nobody_can_ask_for_are_forgotten(running: Running) -> None:
    """A folder that is edited all day must not fill the disk."""
    first = running.live.finder.find("a").digest
    for n in range(40):
        put(running.root, "a", page(body=f"Edit {n}.\n"))
        running.look()

    assert running.keep.get(first) is None
    assert running.body("a").endswith(b"Edit 39.\n")
