"""A fault while skills are looked for costs that look: an alert, one word, and the next look is done."""

import threading
from pathlib import Path

import pytest

from skillstrata.app.look_faults import LookFailed, LookFaults
from skillstrata.app.runtime_session import SkillQuery
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.serving_skills import ServedSkills
from skillstrata.app.wiring import open_app
from skillstrata.records.errors import StrataError
from skillstrata.records.remote_skills import RemoteSkill
from skillstrata.runtime.swapping import SwapRefused
from tests.fakes.memory_remote_skills import MemoryRemoteSkills
from tests.skill_sources import page, put, session

LONG_S = 30.0


def _broken() -> None:
    raise RecursionError("too deep")


def test_a_fault_is_an_alert_until_it_works_again() -> None:
    """And is told once, however often it comes."""
    faults, heard = LookFaults(), list[StrataError]()
    assert [faults.guard("watch", _broken, heard.append) for _ in range(3)] == [False] * 3
    assert [(one.metric, one.severity) for one in faults.alerts()] == [("watch", "error")]
    assert "RecursionError: too deep" in faults.alerts()[0].message
    assert [type(one) for one in heard] == [LookFailed]

    assert faults.guard("watch", lambda: None, heard.append) is True
    assert (faults.alerts(), len(heard)) == ((), 1)


def test_a_refused_swap_is_told_each_time_and_is_no_fault() -> None:
    """It says what somebody must mend; the watch itself works."""

    def refuse() -> None:
        raise SwapRefused("a circle", hint="mend it")

    faults, heard = LookFaults(), list[StrataError]()
    assert [faults.guard("watch", refuse, heard.append) for _ in range(2)] == [True, True]
    assert (faults.alerts(), len(heard)) == ((), 2)


def test_a_look_that_fails_does_not_end_the_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One odd file ended hot swap until the server was started again."""
    put(tmp_path / "skills", "a")
    made = session(tmp_path, tmp_path / "skills", stays=True, watch_interval_s="0.1")
    whole, fails, seen = made.look, iter([True]), threading.Event()

    def look() -> None:
        if next(fails, False):
            raise ValueError("once")
        whole()

    monkeypatch.setattr(made, "look", look)
    made.live.subscribe(lambda _: seen.set())
    heard, stop = list[StrataError](), threading.Event()
    thread = threading.Thread(target=lambda: made.watch(stop.is_set, refused=heard.append))
    thread.start()
    put(tmp_path / "skills", "b")
    arrived = seen.wait(LONG_S)
    stop.set()
    thread.join(LONG_S)

    assert arrived
    assert (made.finder.find("b").name, [type(one) for one in heard]) == ("b", [LookFailed])


class _Odd(MemoryRemoteSkills):
    """Servers whose answer is something that nobody foresaw."""

    asked = 0

    def stamp(self) -> int:
        """Give another number each time."""
        self.asked += 1
        return self.asked

    def skills(self) -> tuple[RemoteSkill, ...]:
        """Fail."""
        raise KeyError("odd")


def test_servers_that_fail_oddly_keep_no_local_skill_from_its_users(tmp_path: Path) -> None:
    """Neither at the start nor while it is watched; the fault is an alert."""
    put(tmp_path / "skills", "a")
    settings = load_settings(
        data_dir=tmp_path / "data",
        config=None,
        environ={"HOME": str(tmp_path), "PATH": ""},
        flags=(("skills.watch_interval_s", "0.1"),),
    )
    served = ServedSkills(open_app(settings), SkillQuery((tmp_path / "skills",), usual=False), remote=_Odd())
    seen = threading.Event()
    served.subscribe(lambda _: seen.set())
    served.watch()
    put(tmp_path / "skills", "b", page("New."))

    assert seen.wait(LONG_S)
    assert served.session.finder.find("b").name == "b"
    assert "servers" in {one.metric for one in served.session.alerts()}
    served.close()
