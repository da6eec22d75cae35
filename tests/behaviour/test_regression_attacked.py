"""Regression where things go wrong: killed at each step, no sandbox, changed fixtures, tools that go meanwhile."""

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app.exposure import PERSON, Reason, change_level, settle
from skillstrata.app.use_cases.observing import health
from skillstrata.app.use_cases.regression import RegressionReport, verify_changed
from skillstrata.app.use_cases.tending import tend
from skillstrata.app.use_cases.viewing import show
from skillstrata.app.wiring import App
from skillstrata.library.manifest import manifest_bytes
from skillstrata.records.drafts import Word
from skillstrata.records.failures import SandboxUnavailable
from skillstrata.records.proofs import ReplayRun
from skillstrata.records.qualities import Visibility
from skillstrata.records.tools import Branch, Fixture, SkillFile, Tool, Version
from tests.fakes.sample_tools import FIXTURE, a_contract, a_tool, a_version, an_entry
from tests.watched_app import Machine, Watch, watched_app

NAME = "html-to-markdown"
DAY_S = 86_400.0
BROKEN = ReplayRun("fixture fresh-1.html", False, "d", "", 1, 5.0, "the output is not the one that was proved")
HOLDS = replace(BROKEN, ok=True, detail="")
Replayed = Callable[[App, Tool, Version], tuple[ReplayRun, ...]]


def _open(root: Path) -> App:
    return watched_app(root)


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Give an App on a clock of its own."""
    return _open(tmp_path)


def _version(number: int) -> Version:
    digest = hashlib.sha256(FIXTURE).hexdigest()
    return replace(
        a_version(),
        number=number,
        path=f"branches/html/v{number}",
        main='cat "$1" > "$2"\n',
        words=(Word(param="input"), Word(param="output")),
        lock="",
        requirements=(),
        language="shell",
        candidate_id=f"c{number}",
        body_digest=f"{number}" * 64,
        fixtures=(Fixture("fresh-1.html", "text/html", digest, digest),),
    )


def _deposited(app: App, *numbers: int, name: str = NAME, active: int = 0) -> None:
    versions = tuple(_version(number) for number in numbers)
    tool = replace(a_tool(name, a_contract()), branches=(Branch("html", active or numbers[-1], versions),))
    files = [SkillFile("SKILL.md", b"# Page\n"), SkillFile("manifest.json", manifest_bytes(tool))]
    files.append(SkillFile("fixtures/fresh-1.html", FIXTURE))
    for one in versions:
        files += [SkillFile(f"{one.path}/main.sh", one.main.encode()), SkillFile(f"{one.path}/proof.json", b"{}")]
        files += [SkillFile(f"{one.path}/requirements.lock", b"")]
    lines = [replace(an_entry(), version=one.number, candidate_id=one.candidate_id) for one in versions]
    app.library.deposit(name, tuple(files), *lines)


@pytest.fixture
def proofs(monkeypatch: pytest.MonkeyPatch) -> Callable[[Replayed], None]:
    """Let proofs end as a function says, in place of the sandbox: what follows from them is what is tested."""
    return lambda said: monkeypatch.setattr("skillstrata.app.use_cases.regression.replayed", said)


def _broken(*numbers: int) -> Replayed:
    return lambda _app, _tool, version: (BROKEN if version.number in numbers else HOLDS,)


class Killed(BaseException):
    """What no handler of ours takes for an error."""


_STEPS = (
    ("library", "deposit"),
    ("catalog", "add_change"),
    ("catalog", "undo_change"),
    ("catalog", "add_verification"),
)


def _killed_before(app: App, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the process end before its step of this number that changes anything."""
    left = [step]

    def guarded(original: Callable[..., None]) -> Callable[..., None]:
        def call(*words: object, **more: object) -> None:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            original(*words, **more)

        return call

    for part, name in _STEPS:
        monkeypatch.setattr(getattr(app, part), name, guarded(getattr(getattr(app, part), name)))


def _looked(root: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch, step: int) -> bool:
    """Look once and be killed, then look again as the next process does; says whether there was such a step."""
    is_killed = False
    with monkeypatch.context() as patch:
        doomed = _open(root)
        _killed_before(doomed, patch, step)
        try:
            verify_changed(doomed, 9, stamps=machine)
        except Killed:
            is_killed = True
    verify_changed(_open(root), 9, stamps=machine)
    return is_killed


@pytest.mark.parametrize("numbers", [(1, 2), (1,)], ids=["fallback", "alone"])
def test_killed_at_any_step_the_next_look_ends_where_the_first_would_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proofs: Callable[[Replayed], None], numbers: tuple[int, ...]
) -> None:
    """Broken, what is behind it runs, or it is hidden; when the proof holds, all is as before, and the gate is free."""
    steps, newest = 0, max(numbers)
    for step in range(12):
        root = tmp_path / str(step)
        app, machine = _open(root), Machine("updated")
        _deposited(app, *numbers)
        proofs(_broken(newest))
        was_killed = _looked(root, machine, monkeypatch, step)
        tool = app.library.tool(NAME)
        assert tool.branches[0].active == 1, step
        assert tool.visibility == ("invokable" if len(numbers) > 1 else "hidden"), step
        machine.state = "mended"
        proofs(_broken())
        was_killed |= _looked(root, machine, monkeypatch, step)
        tool = app.library.tool(NAME)

        assert (tool.branches[0].active, tool.visibility) == (newest, "invokable"), step
        assert len(tool.branches[0].versions) == len(numbers)
        assert [change for change in app.catalog.changes(NAME) if not change.undone] == [], step
        assert settle(app, NAME) is None
        steps += was_killed
    # Every step was a place to be killed at, and those after the last one were none.
    assert 4 <= steps < 12


@pytest.mark.sandbox
def test_a_fixture_that_somebody_changed_says_nothing_about_the_program(app: App, tmp_path: Path) -> None:
    """It cannot be proved, which is said; it is neither hidden nor replaced, and is proved again when that is back."""
    _deposited(app, 1, 2)
    fixture = Path(app.library.folder(NAME)) / "fixtures" / "fresh-1.html"
    for damage in (lambda: fixture.write_bytes(b"<p>other</p>"), fixture.unlink):
        damage()
        found = verify_changed(app, 9, stamps=Machine(str(damage)))
        assert [(v.version, v.ok) for v in found.verified] == [(2, False)]
        assert "fixture is missing or was changed" in found.verified[0].why
        assert found.changed == ()
        assert health(app).now.broken == (NAME,)
    assert show(app, NAME).tool.branches[0].active == 2


@pytest.mark.parametrize(("fails", "is_broken"), [(1, False), (2, True)])
def test_what_holds_at_once_again_was_not_broken(
    app: App, proofs: Callable[[Replayed], None], fails: int, *, is_broken: bool
) -> None:
    """A machine that does something else breaks limits of time; nothing is taken out of use for that."""
    _deposited(app, 1)
    ends = iter([*[(BROKEN,)] * fails, (HOLDS,), (HOLDS,)])
    proofs(lambda _app, _tool, _version: next(ends))
    found = verify_changed(app, 9, stamps=Machine())

    assert [v.ok for v in found.verified] == [not is_broken]
    assert app.library.tool(NAME).visibility == ("hidden" if is_broken else "invokable")


def test_a_sandbox_that_goes_in_the_middle_leaves_the_rest_for_the_next_look(
    app: App, proofs: Callable[[Replayed], None]
) -> None:
    """What was verified is known; nothing is taken for broken that could not be run."""
    for name in ("a", "b", "c"):
        _deposited(app, 1, name=name)

    def goes(_app: App, tool: Tool, _version: Version) -> tuple[ReplayRun, ...]:
        if tool.name == "b":
            raise SandboxUnavailable("there is no sandbox any more")
        return (HOLDS,)

    proofs(goes)
    with pytest.raises(SandboxUnavailable):
        verify_changed(app, 9, stamps=Machine())
    assert [v.tool for v in app.catalog.verifications()] == ["a"]
    assert {tool.visibility for tool in app.library.tools()} == {"invokable"}
    proofs(_broken())

    assert [v.tool for v in verify_changed(app, 9, stamps=Machine()).verified] == ["b", "c"]


def test_what_the_budget_leaves_is_counted_and_done_the_next_time(app: App, proofs: Callable[[Replayed], None]) -> None:
    """Also where somebody came back to the machine before the budget was spent."""
    for name in ("a", "b", "c", "d"):
        _deposited(app, 1, name=name)
    proofs(_broken())
    asked: list[int] = []

    def comes_back() -> bool:
        asked.append(1)
        return len(asked) > 1

    def told(report: RegressionReport) -> tuple[list[str], int]:
        return [v.tool for v in report.verified], report.left

    assert told(verify_changed(app, 2, stamps=Machine())) == (["a", "b"], 2)
    assert told(verify_changed(app, 9, stamps=Machine(), should_stop=comes_back)) == (["c"], 1)
    assert told(verify_changed(app, 9, stamps=Machine())) == (["d"], 0)
    assert told(verify_changed(app, 9, stamps=Machine())) == ([], 0)


def test_after_two_updates_that_broke_something_what_ran_at_first_comes_back(
    app: App, proofs: Callable[[Replayed], None]
) -> None:
    """Each stands for the one before it; the first is not forgotten over the second."""
    _deposited(app, 1, 2, 3, active=2)
    machine = Machine("updated")
    proofs(_broken(2, 3))
    verify_changed(app, 9, stamps=machine)
    assert app.library.tool(NAME).branches[0].active == 1
    machine.state = "updated again"
    proofs(_broken(1, 2))
    verify_changed(app, 9, stamps=machine)
    assert app.library.tool(NAME).branches[0].active == 3
    machine.state = "mended"
    proofs(_broken())
    verify_changed(app, 9, stamps=machine)

    assert app.library.tool(NAME).branches[0].active == 2
    assert [change for change in app.catalog.changes(NAME) if not change.undone] == []


def test_a_broken_one_is_looked_at_again_a_day_later_and_not_before(
    app: App, proofs: Callable[[Replayed], None]
) -> None:
    """What broke it may be mended without the machine looking any different."""
    _deposited(app, 1)
    proofs(_broken(1))
    verify_changed(app, 9, stamps=Machine())
    proofs(_broken())
    assert verify_changed(app, 9, stamps=Machine()).verified == ()
    app.__dict__["clock"] = Watch(1000.0 + DAY_S + 60.0)
    [change] = verify_changed(app, 9, stamps=Machine()).changed

    assert (change.before, change.after) == ("hidden", "invokable")


def test_a_tool_that_goes_meanwhile_ends_no_look(app: App, proofs: Callable[[Replayed], None]) -> None:
    """Somebody removes it, or its folder is damaged, between the list and its turn: the others have theirs."""
    for name in ("a", "b", "c"):
        _deposited(app, 1, name=name)

    def goes(_app: App, tool: Tool, _version: Version) -> tuple[ReplayRun, ...]:
        if tool.name == "a":
            app.library.remove("b")
        return (HOLDS,)

    proofs(goes)

    assert [v.tool for v in verify_changed(app, 9, stamps=Machine()).verified] == ["a", "c"]


@pytest.mark.parametrize("is_there", [False, True])
def test_what_nobody_used_is_put_away_also_where_nothing_can_be_verified(
    app: App, proofs: Callable[[Replayed], None], *, is_there: bool
) -> None:
    """A machine that has lost its sandbox still keeps its library small; only proofs wait for the sandbox."""
    _deposited(app, 1)
    _deposited(app, 1, name="kept")
    change_level(app, "kept", Visibility.LISTED, Reason(PERSON, "it stays"))
    app.__dict__["clock"] = Watch(200 * DAY_S)

    def goes(_app: App, _tool: Tool, _version: Version) -> tuple[ReplayRun, ...]:
        if not is_there:
            raise SandboxUnavailable("there is no sandbox any more")
        return (HOLDS,)

    proofs(goes)
    with contextlib.nullcontext() if is_there else pytest.raises(SandboxUnavailable):
        tend(app)

    assert [app.library.tool(name).visibility for name in (NAME, "kept")] == ["retired", "listed"]
