"""When the background process drains, distils, gives up and ends: with a machine, a watch and workers that are told."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from skillstrata.app.daemon_loop import LOOK_S, Loop, Stay
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import App, open_app
from skillstrata.records.failures import StoreFull
from skillstrata.records.qualities import LibraryHealth
from tests.daemons import payload
from tests.fakes.sample_tools import a_tool, an_entry, rendered

YEAR_S = 365 * 86_400.0


class World:
    """The machine, its clocks, the watch, the workers: one timeline of things that happen."""

    def __init__(self, root: Path, *options: tuple[str, str]) -> None:
        self.now_s, self.wall_s, self.load = 1000.0, 1_790_000_000.0, 0.0
        self.happens: list[tuple[float, Callable[[], None]]] = []
        self.workers: list[Worker] = []
        self.lasts_s, self.code = 10.0, 3
        self.free = 1 << 40
        self.looks = 0
        settings = load_settings(data_dir=root / "data", config=None, environ={"HOME": str(root)}, flags=options)
        self.app: App = open_app(settings)
        self.app.prepare()
        (root / "data" / "spool" / "new").mkdir(parents=True)
        self.app.__dict__.update(machine=self, clock=self, processes=self, is_work_open=self.is_work_open)

    # the machine and the clock
    def steady_s(self) -> float:
        return self.now_s

    def now_s_wall(self) -> float:
        return self.wall_s

    def load_per_core(self) -> float:
        return self.load

    def free_bytes(self, folder: str) -> int:
        return self.free

    # the processes
    def start(self, words: tuple[str, ...]) -> "Worker":
        self.workers.append(Worker(self, words))
        return self.workers[-1]

    def trim_log(self) -> None:
        pass

    # the watch
    def wait(self, timeout_s: float, interrupted: Callable[[], bool]) -> bool:
        """Let the time pass until something happens."""
        self.looks += 1
        assert self.looks < 5000, "it never rests"
        until = self.now_s + timeout_s
        while not interrupted():
            moments = [at_s for at_s, _ in self.happens] + [w.ends_s for w in self.workers if w.code is None]
            soonest = min([*moments, until])
            self.now_s, passed = max(self.now_s, soonest), max(0.0, soonest - self.now_s)
            self.wall_s += passed
            for at_s, what in list(self.happens):
                if at_s <= self.now_s:
                    self.happens.remove((at_s, what))
                    what()
                    return True
            if self.now_s >= until:
                return False
        return False

    def close(self) -> None:
        pass

    # what the test says
    def is_work_open(self) -> bool:
        return bool(self.app.catalog.open_sessions())

    def at(self, seconds: float, what: Callable[[], object]) -> None:
        """Let something happen so many seconds after the start."""
        self.happens.append((1000.0 + seconds, lambda: (what(), None)[1]))

    def event(self, number: int) -> None:
        """Let the hook hand over an event."""
        (self.app.data_dir / "spool" / "new" / f"{number}").write_bytes(payload(number))

    def run(self, *, until_s: float, linger_s: float = 0.0) -> float:
        """Run the loop; gives the seconds after which it ended."""
        with self.app.daemon_post.held():
            stay = Stay(lambda: self.now_s >= 1000.0 + until_s, linger_s)
            self.at(until_s, lambda: None)
            Loop(self.app, self, stay, pid=1).run()
        return self.now_s - 1000.0

    @property
    def started(self) -> list[float]:
        """When each batch began."""
        return [worker.began_s - 1000.0 for worker in self.workers]


class Worker:
    """A batch that lasts as long as the world says, unless it is ended."""

    def __init__(self, world: World, words: tuple[str, ...]) -> None:
        self.world, self.words = world, words
        self.began_s, self.ends_s = world.now_s, world.now_s + world.lasts_s
        self.code: int | None = None
        self.was_asked = False

    def exit_code(self) -> int | None:
        if self.code is None and self.world.now_s >= self.ends_s:
            self.code = self.world.code
            if self.code == 3:
                for session in self.world.app.catalog.open_sessions():
                    self.world.app.catalog.save_reconstruction(session, (), ())
                self.world.app.__dict__["is_work_open"] = lambda: False
        return self.code

    def ask_to_end(self) -> None:
        self.was_asked = True

    def end(self, within_s: float) -> int:
        self.was_asked = True
        self.world.now_s += 0.1
        self.code = 75
        return 75


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world whose user is back after sixty seconds of quiet."""
    world = World(tmp_path, ("idle_s", "60"))
    world.__dict__["now_s_wall"] = world.now_s_wall
    world.app.__dict__["clock"] = _Wall(world)
    yield world
    close = getattr(world.app.catalog, "close", None)
    if close is not None:
        close()


class _Wall:
    def __init__(self, world: World) -> None:
        self._world = world

    def now_s(self) -> float:
        return self._world.wall_s


def test_it_drains_at_once_and_distils_after_quiet(world: World) -> None:
    """Cheap work promptly, expensive work when nobody is there."""
    for second in (5, 30, 50):
        world.at(second, lambda second=second: world.event(second))
    world.run(until_s=300)

    assert world.app.catalog.accounting().events == 3
    assert world.started == [pytest.approx(110, abs=1)]
    assert world.workers[0].words[-2:] == ("daemon", "batch")


def test_a_batch_is_given_up_when_an_event_comes_and_begun_again_after_quiet(world: World) -> None:
    """Whoever comes back gets the machine."""
    world.lasts_s = 50.0
    world.event(1)
    world.at(80, lambda: world.event(2))
    world.run(until_s=400)

    assert world.workers[0].was_asked
    assert world.started == [pytest.approx(60, abs=1), pytest.approx(140, abs=1)]
    assert not world.workers[1].was_asked


def test_a_busy_machine_is_left_alone_until_it_is_not(world: World) -> None:
    """The quiet user may have started a build."""
    world.event(1)
    world.load = 3.0
    world.at(200, lambda: setattr(world, "load", 0.1))
    world.run(until_s=400)

    assert len(world.started) == 1
    assert 200 <= world.started[0] <= 235


def test_a_person_who_distils_is_let_in(world: World) -> None:
    """`skillstrata distill` asks; the batch ends, and the next one waits for quiet again."""
    world.lasts_s = 1000.0
    world.event(1)
    world.at(70, lambda: world.app.daemon_post.ask("pause"))
    world.run(until_s=120)

    assert world.workers[0].was_asked
    assert len(world.workers) == 1


def test_it_ends_when_it_is_asked_and_takes_its_batch_along(world: World) -> None:
    """`daemon stop`."""
    world.lasts_s = 1000.0
    world.event(1)
    world.at(90, lambda: world.app.daemon_post.ask("stop"))

    assert world.run(until_s=500) == pytest.approx(90, abs=1)
    assert world.workers[0].was_asked


def test_one_that_lingers_ends_after_quiet_without_work_and_another_stays(tmp_path: Path) -> None:
    """Only one that nobody asked for ends by itself."""
    world = World(tmp_path, ("idle_s", "60"))
    world.app.__dict__["clock"] = _Wall(world)
    world.event(1)

    assert world.run(until_s=5000, linger_s=200) == pytest.approx(200, abs=1)
    assert len(world.workers) == 1
    world.now_s = 1000.0
    assert world.run(until_s=5000) == pytest.approx(5000, abs=1)


def test_a_batch_that_fails_is_tried_again_less_and_less_often(world: World) -> None:
    """A missing sandbox is not there a second later; the fault is shown meanwhile."""
    world.code = 69
    world.event(1)
    seen: list[str] = []
    world.at(5000, lambda: seen.append(getattr(world.app.daemon_post.state(), "fault", "")))
    world.run(until_s=6000)

    gaps = [after - before for before, after in zip(world.started, world.started[1:], strict=False)]
    assert gaps == sorted(gaps)
    assert 5 <= len(world.started) <= 10
    assert "ended with 69" in seen[0]


def test_an_event_that_cannot_be_stored_stays_and_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk: nothing ends, nothing is lost, and once there is room all of it goes in."""
    real = world.app.traces.append

    def full(_events: object) -> None:
        raise StoreFull("no space", hint="free some")

    monkeypatch.setattr(world.app.traces, "append", full)
    seen: list[str] = []
    world.event(1)
    world.at(20, lambda: seen.append(getattr(world.app.daemon_post.state(), "fault", "")))
    world.at(40, lambda: monkeypatch.setattr(world.app.traces, "append", real))
    world.run(until_s=200)

    assert "no space" in seen[0]
    assert world.app.catalog.accounting().events == 1
    assert world.app.spool.waiting() == 0


@pytest.mark.parametrize("jump_s", [-YEAR_S, YEAR_S])
def test_a_clock_that_jumps_changes_no_plan(world: World, jump_s: float) -> None:
    """Laptops wake up in another year; only the steady clock counts."""
    world.event(1)
    world.at(30, lambda: setattr(world, "wall_s", world.wall_s + jump_s))
    world.run(until_s=300)

    assert world.started == [pytest.approx(60, abs=1)]


def test_with_nothing_to_do_it_hardly_wakes(world: World) -> None:
    """Near nothing on a battery: a look a minute at an empty folder, and at the catalog every ten minutes."""
    world.run(until_s=6 * 3600)

    assert world.looks <= 6 * 60 + 10
    assert world.started == []
    assert LOOK_S >= 600


def test_a_library_is_looked_at_once_a_day_also_without_new_work(world: World) -> None:
    """Regressions come from the machine, not from events; a look that left no picture is tried again in an hour."""
    tool = a_tool()
    world.app.library.deposit(tool.name, rendered(tool), an_entry())
    world.run(until_s=2 * 3600)
    tried = len(world.started)
    world.app.catalog.add_health(LibraryHealth(world.wall_s, 1))
    world.run(until_s=12 * 3600)

    assert 1 <= tried <= 3
    assert len(world.started) == tried


def test_it_ends_in_order_when_its_folders_are_taken_away_under_it(world: World) -> None:
    """A removal takes a while: the lock may still be there when the folders are not, and nothing can be noted."""
    lock = world.app.data_dir / "daemon" / "lock"

    def taken_away() -> None:
        shutil.rmtree(world.app.data_dir / "spool")
        for path in lock.parent.iterdir():
            if path != lock and path.is_file():
                path.unlink()
        world.wait = gone

    def gone(timeout_s: float, interrupted: Callable[[], bool]) -> bool:
        raise FileNotFoundError(str(world.app.data_dir / "spool" / "new"))

    world.at(20, taken_away)

    assert world.run(until_s=300) == pytest.approx(20, abs=1)


def test_what_it_cannot_note_ends_nothing(world: World) -> None:
    """Its folder may be gone a moment before the rest is; twin: with the folder, the note is there."""
    with world.app.daemon_post.held():
        loop = Loop(world.app, world, Stay(lambda: True), pid=1)
        loop.run()
        assert (world.app.data_dir / "daemon" / "state.json").exists()
        shutil.rmtree(world.app.data_dir / "daemon")
        loop.run()

    assert not (world.app.data_dir / "daemon").exists()
