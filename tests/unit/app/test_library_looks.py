"""When the background process looks at the library and at what is to be learned."""

import time
from pathlib import Path

import pytest

from skillstrata.app.draining import drain
from skillstrata.app.library_looks import EVERY_S, is_due
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.daemon_running import batch
from skillstrata.app.wiring import App, open_app
from tests.histories_of_work import work_history


class Watch:
    """A clock that is set by hand."""

    at_s = time.time()

    def now_s(self) -> float:
        return self.at_s


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Give one with nothing in it."""
    made = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))
    made.clock = Watch()
    made.prepare()
    return made


def _worked(app: App) -> None:
    history = work_history(seed=4, sessions=60, converts=False)
    history.save(app.data_dir / "spool", until_s=app.clock.now_s())
    drain(app)


def test_nothing_recorded_is_not_looked_at(app: App) -> None:
    """An idle process of somebody who has only installed it does nothing."""
    assert not is_due(app)


@pytest.mark.sandbox
def test_work_is_learned_from_once_a_day_although_there_is_no_tool(app: App) -> None:
    """Most work makes no program: its rules and habits are learned all the same."""
    _worked(app)
    assert is_due(app)
    batch(app, should_stop=lambda: False)

    assert app.library.tools() == ()
    assert list((app.data_dir / "learning" / "drafts").glob("*.json"))
    assert not is_due(app)
    Watch.at_s += EVERY_S + 1
    assert is_due(app)
