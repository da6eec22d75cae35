"""Skills that change while they are used: seen soon, never half, never wrong, whatever happens to their folder."""

import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from skillstrata.app.runtime_session import RuntimeSession
from skillstrata.records.skill_changes import SkillChange
from skillstrata.runtime.parsing import parse_skill
from tests.skill_sources import page, put, session

LONG_S = 30.0


class Watched:
    """A session that is watched in a thread of its own; `until` waits for what must come."""

    def __init__(self, made: RuntimeSession) -> None:
        self.session = made
        self.changes: list[SkillChange] = []
        self._news = threading.Condition()
        self._stop = threading.Event()
        made.live.subscribe(self._hear)
        self._thread = threading.Thread(target=made.watch, args=(self._stop.is_set,))
        self._thread.start()

    def _hear(self, change: SkillChange) -> None:
        with self._news:
            self.changes.append(change)
            self._news.notify_all()

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds; asked at each change, and twice a second for what no change tells."""
        waits = 0
        with self._news:
            while not holds():
                assert waits < LONG_S * 2, "it never came"
                waits += 1
                self._news.wait(0.5)

    def body(self, name: str) -> str:
        """Give the body of a skill in use."""
        skill = self.session.finder.find(name)
        return parse_skill(self.session.text(skill), folder_name=name, path=skill.path).body.strip()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(LONG_S)
        assert not self._thread.is_alive()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with three skills."""
    for name in "abc":
        put(tmp_path / "skills", name, page(body=f"{name} 0\n"))
    return tmp_path / "skills"


@pytest.fixture
def watched(root: Path) -> Iterator[Watched]:
    """It, watched."""
    made = Watched(session(root.parent, root, stays=True, watch_interval_s="0.2"))
    yield made
    made.close()


def test_edits_additions_and_removals_are_seen(watched: Watched, root: Path) -> None:
    """In place, by rename, and with a whole folder; only what changed is told."""
    put(root, "a", page(body="a 1\n"))
    watched.until(lambda: watched.body("a") == "a 1")
    new = root.parent / "new"
    new.write_text(page(body="b 1\n"), encoding="utf-8")
    new.rename(root / "b" / "SKILL.md")
    watched.until(lambda: watched.body("b") == "b 1")
    put(root, "d", page(body="d 0\n"))
    watched.until(lambda: watched.session.finder.get("d") is not None)
    shutil.rmtree(root / "c")
    watched.until(lambda: watched.session.finder.get("c") is None)

    told = {one for change in watched.changes for one in (*change.added, *change.changed, *change.removed)}
    assert told == {f"extra/{name}" for name in "abcd"}


def test_an_emptied_file_is_never_visible(watched: Watched, root: Path) -> None:
    """It is set aside; the good version goes on and can still be read, though its file is gone."""
    (root / "a" / "SKILL.md").write_text("", encoding="utf-8")
    watched.until(lambda: bool(watched.session.live.quarantined))

    assert watched.body("a") == "a 0"
    put(root, "a", page(body="a 2\n"))
    watched.until(lambda: watched.body("a") == "a 2")
    assert watched.session.live.quarantined == ()


def test_a_root_that_goes_and_comes_again_is_still_watched(watched: Watched, root: Path) -> None:
    """A checkout removes and makes folders; the new one is another folder of the same name."""
    aside = root.parent / "aside"
    root.rename(aside)
    watched.until(lambda: not watched.session.registry.skills)
    shutil.copytree(aside, root)
    watched.until(lambda: len(watched.session.registry.skills) == 3)
    put(root, "a", page(body="a 3\n"))
    watched.until(lambda: watched.body("a") == "a 3")


def test_a_thousand_changes_are_few_swaps(watched: Watched, root: Path) -> None:
    """A tool that writes in a loop must not make the runtime read a thousand times; the last text counts."""
    for n in range(1000):
        put(root, "a", page(body=f"a {n}\n"))
    watched.until(lambda: watched.body("a") == "a 999")

    assert len(watched.changes) < 200


class Client(threading.Thread):
    """Reads skills all the time, and keeps what was not as it should be."""

    def __init__(self, number: int, made: RuntimeSession, stop: threading.Event) -> None:
        super().__init__()
        self.reads, self.wrong = 0, list[str]()
        self._number, self._session, self._over = number, made, stop

    def run(self) -> None:
        while not self._over.wait(0.001):
            try:
                self._read("abc"[(self.reads + self._number) % 3])
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what this test looks for
                self.wrong.append(repr(error))
            self.reads += 1

    def _read(self, name: str) -> None:
        if self.reads % 5 == self._number % 5:
            self._session.live.refresh(self.name)
        skill = self._session.live.view(self.name).find(name)
        text = parse_skill(self._session.text(skill), folder_name=name, path=skill.path)
        if not text.loads or not re.fullmatch(rf"{name} \w+ x* end", text.body.strip()):
            self.wrong.append(f"{skill.id}: {text.body[-40:]!r}")


def _edit(file: Path, text: str, number: int) -> None:
    """Write a version: at once, in two halves with a pause between them, after emptying, or by rename."""
    way = number % 10
    if way == 3 and sys.platform == "linux":
        with file.open("w", encoding="utf-8") as stream:
            stream.write(text[: len(text) // 2])
            stream.flush()
            threading.Event().wait(0.05)
            stream.write(text[len(text) // 2 :])
    elif way == 5:
        file.write_text("", encoding="utf-8")
        threading.Event().wait(0.02)
        file.write_text(text, encoding="utf-8")
    elif way == 7:
        new = file.with_name("SKILL.md.new")
        new.write_text(text, encoding="utf-8")
        new.rename(file)
    else:
        file.write_text(text, encoding="utf-8")


def test_eight_clients_and_five_hundred_edits_without_one_error(watched: Watched, root: Path) -> None:
    """Every read of every client is a whole version that was once written, however it was written."""
    stop = threading.Event()
    for name in "abc":
        put(root, name, page(body=f"{name} start  end\n"))
    watched.until(lambda: all("start" in watched.body(name) for name in "abc"))
    clients = [Client(number, watched.session, stop) for number in range(8)]
    for client in clients:
        client.start()
    for n in range(500):
        name = "abc"[n % 3]
        _edit(root / name / "SKILL.md", page(body=f"{name} {n} {'x' * (n % 7) * 500} end\n"), n)
    put(root, "a", page(body="a last  end\n"))
    watched.until(lambda: watched.body("a") == "a last  end")
    stop.set()
    for client in clients:
        client.join(LONG_S)

    assert [one for client in clients for one in client.wrong] == []
    assert min(client.reads for client in clients) > 0
    assert len(watched.changes) > 3


def test_a_skill_that_a_client_uses_stays_as_it_was_while_others_see_the_new_one(watched: Watched, root: Path) -> None:
    """The text of the old version is given though its file has the new one."""
    old = watched.session.live.view("one").find("a")
    put(root, "a", page(body="a 1\n"))
    watched.until(lambda: watched.body("a") == "a 1")

    assert watched.session.live.view("one").find("a") == old
    assert watched.session.text(old).endswith(b"a 0\n")


def test_failures_in_a_row_and_everything_counted_is_told(watched: Watched, root: Path) -> None:
    """Three skills that cannot be loaded ask for a person, and the rate of failures is over 1 %."""
    for name in "xyz":
        put(root, name, "nothing")
    watched.until(lambda: len(watched.session.matrix.answers) == 3)
    watched.until(lambda: watched.session.metrics.tally.load_failures == 3)

    assert {alert.metric for alert in watched.session.alerts()} == {"load_failure", "load_failure_rate"}
    assert len(watched.session.registry.skills) == 3
