"""Starting, stopping and the words that start it again."""

from pathlib import Path

import pytest

from skillstrata.app.daemon_words import words_of
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases import daemon_starting
from skillstrata.app.wiring import App, open_app
from skillstrata.ports.daemon_post import DaemonState
from skillstrata.records.failures import DaemonStuck


class Post:
    """A holder that hears after so many requests, or never."""

    def __init__(self, hears_after: int) -> None:
        self.left, self.requests = hears_after, list[str]()

    def state(self) -> DaemonState | None:
        return DaemonState(77, 0.0) if self.left else None

    def ask(self, request: str) -> None:
        self.requests.append(request)
        self.left = max(0, self.left - 1) if self.left > 0 else self.left

    def wait_until_free(self, timeout_s: float) -> bool:
        return not self.left


class Programs:
    def __init__(self) -> None:
        self.started: list[tuple[str, ...]] = []

    def detach(self, words: tuple[str, ...], *, wait_s: float) -> bool:
        self.started.append(words)
        return False


def opened(tmp_path: Path, **options: str) -> App:
    """Open a data directory that a hook hands events to."""
    settings = load_settings(
        data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}, flags=tuple(options.items())
    )
    app = open_app(settings)
    app.prepare()
    (app.data_dir / "spool" / "tmp").mkdir(parents=True)
    app.__dict__["processes"] = Programs()
    return app


def test_a_stop_that_is_not_heard_at_first_is_asked_again(tmp_path: Path) -> None:
    """A daemon that is still starting clears what it was asked before."""
    app = opened(tmp_path)
    app.__dict__["daemon_post"] = post = Post(hears_after=3)

    assert daemon_starting.stop(app).changed
    assert post.requests == ["stop"] * 3


def test_one_that_never_ends_is_named_with_the_way_to_end_it(tmp_path: Path) -> None:
    """The next step, and that nothing is lost by it."""
    app = opened(tmp_path)
    app.__dict__["daemon_post"] = Post(hears_after=-1)

    with pytest.raises(DaemonStuck) as stuck:
        daemon_starting.stop(app)
    assert "kill -9 77" in stuck.value.hint


def test_one_that_does_not_come_up_is_said(tmp_path: Path) -> None:
    """The reason is in its log."""
    with pytest.raises(DaemonStuck) as stuck:
        daemon_starting.start(opened(tmp_path))
    assert "log" in stuck.value.hint


def test_by_itself_it_starts_only_where_none_runs(tmp_path: Path) -> None:
    """Every session of an agent asks."""
    app = opened(tmp_path)
    app.__dict__["daemon_post"] = Post(hears_after=1)
    assert daemon_starting.start_if_wanted(app) is False

    app.__dict__["daemon_post"] = Post(hears_after=0)
    assert daemon_starting.start_if_wanted(app) is True
    assert app.processes.started[0][-2:] == ("--detached", "--lingers")  # pyright: ignore[reportAttributeAccessIssue]


def test_it_starts_with_the_settings_that_options_said(tmp_path: Path) -> None:
    """Files and variables it reads itself; options it would not know."""
    app = opened(tmp_path, idle_s="5", daemon="false", batch_size="7")
    words = words_of(app.settings)
    again = load_settings(data_dir=app.data_dir, config=None, environ={"HOME": str(tmp_path)})

    assert words[:2] == ("--data-dir", str(app.data_dir))
    assert sorted(words[2:]) == sorted(["--idle-s", str(app.settings.idle_s), "--no-daemon", "--batch-size", "7"])
    assert words_of(again) == words[:2]
