"""A machine that changed: proofs are run again, what is broken makes room, and comes back when it holds again."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app.exposure import GATE, REGRESSION, settle
from skillstrata.app.reports import CallRequest
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.exposing import hide
from skillstrata.app.use_cases.regression import verify_changed
from skillstrata.app.use_cases.running import run
from skillstrata.app.use_cases.verifying import replayed
from skillstrata.app.warm_preparing import prepare_after_pass
from skillstrata.app.wiring import App, open_app
from skillstrata.app.wiring_library import warm_starts
from skillstrata.library.manifest import manifest_bytes
from skillstrata.records.drafts import Word
from skillstrata.records.proofs import ReplayRun
from skillstrata.records.tools import Branch, Fixture, SkillFile, Tool, Usage, Version
from tests.fakes.sample_tools import FIXTURE, a_contract, a_tool, a_version, an_entry
from tests.watched_app import Machine

pytestmark = pytest.mark.sandbox

NAME = "html-to-markdown"
COPIES = 'cat "$1" > "$2"\n'
WORDS = (Word(param="input"), Word(param="output"))


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Give an App without network."""
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    return open_app(load_settings(data_dir=tmp_path / "data", config=None, environ=environ))


def _version(number: int, body: str) -> Version:
    digest = hashlib.sha256(FIXTURE).hexdigest()
    return replace(
        a_version(),
        number=number,
        path=f"branches/html/v{number}",
        main=body,
        words=WORDS,
        lock="",
        requirements=(),
        language="shell",
        candidate_id=f"c{number}",
        body_digest=f"{number}" * 64,
        fixtures=(Fixture("fresh-1.html", "text/html", digest, digest),),
    )


def _deposited(app: App, *versions: Version) -> Tool:
    tool = replace(a_tool(contract=a_contract()), branches=(Branch("html", versions[-1].number, versions),))
    files = [SkillFile("SKILL.md", b"# Page\n"), SkillFile("manifest.json", manifest_bytes(tool))]
    files.append(SkillFile("fixtures/fresh-1.html", FIXTURE))
    for one in versions:
        files += [SkillFile(f"{one.path}/main.sh", one.main.encode())]
        files += [SkillFile(f"{one.path}/requirements.lock", b"")]
        files += [SkillFile(f"{one.path}/proof.json", b"{}")]
    lines = [replace(an_entry(), version=one.number, candidate_id=one.candidate_id) for one in versions]
    app.library.deposit(tool.name, tuple(files), *lines)
    return tool


# What the sandbox shows of this machine and a test can leave out again: a body asks for a name that is never there.
GONE = Path("/usr/bin/no-such-program-of-ours")
HOLDS, BROKEN = COPIES, f'{GONE} "$1" > "$2"\n'


def test_an_unchanged_machine_is_verified_once_and_a_changed_one_again(app: App) -> None:
    """Idle time is not spent on what is known; a new interpreter, library or system is news."""
    _deposited(app, _version(1, HOLDS))
    machine = Machine()
    first = verify_changed(app, 9, stamps=machine)
    again = verify_changed(app, 9, stamps=machine)
    machine.state = "updated"
    news = verify_changed(app, 9, stamps=machine)

    assert [(v.tool, v.version, v.ok) for v in first.verified] == [(NAME, 1, True)]
    assert again.verified == ()
    assert [v.ok for v in news.verified] == [True]
    assert first.changed == news.changed == ()
    assert len({v.environment for v in app.catalog.verifications(NAME)}) == 2


def test_a_budget_leaves_the_rest_for_the_next_time(app: App) -> None:
    """A thousand tools are not verified while somebody waits for the machine."""
    _deposited(app, _version(1, HOLDS))
    none = verify_changed(app, 0, stamps=Machine())

    assert (none.verified, none.left) == ((), 1)
    assert verify_changed(app, 9, stamps=Machine(), should_stop=lambda: True).verified == ()
    assert verify_changed(app, 9, stamps=Machine()).left == 0


def test_a_fallback_takes_over_from_a_broken_version_and_gives_back_when_it_holds_again(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost: both versions stay, and the better one runs again when its proof holds."""
    _deposited(app, _version(1, HOLDS), _version(2, BROKEN))
    machine = Machine("updated")
    broken = verify_changed(app, 9, stamps=machine)
    assert [(v.version, v.ok) for v in broken.verified] == [(2, False), (1, True)]
    [change] = broken.changed
    assert (change.kind, change.before, change.after, change.by) == ("active", "2", "1", REGRESSION)
    assert "version 2 is broken here" in app.library.lineage(NAME)[-1].detail
    (tmp_path / "x.html").write_bytes(FIXTURE)
    report = run(app, CallRequest(NAME, (("input", str(tmp_path / "x.html")),), str(tmp_path / "out")))
    assert (report.ok, report.version, report.fallback_from) == (True, 1, None)

    mended = replace(app.library.tool(NAME).branches[0].versions[1], main=HOLDS)
    monkeypatch.setattr("skillstrata.app.use_cases.regression.replayed", _holding(mended))
    machine.state = "mended"
    back = verify_changed(app, 9, stamps=machine)

    assert [(v.version, v.ok) for v in back.verified] == [(2, True)]
    assert [(c.before, c.after) for c in back.changed] == [("1", "2")]
    (branch,) = app.library.tool(NAME).branches
    assert (branch.active, len(branch.versions)) == (2, 2)
    assert [c for c in app.catalog.changes(NAME) if not c.undone] == []


def _holding(version: Version) -> Callable[[App, Tool, Version], tuple[ReplayRun, ...]]:
    """Give what replays a version as it would be on a machine that has what it starts: really, in the sandbox."""

    def replayed_there(app: App, tool: Tool, one: Version) -> tuple[ReplayRun, ...]:
        return replayed(app, tool, version if one.number == version.number else one)

    return replayed_there


def test_without_a_fallback_a_broken_tool_is_hidden_with_its_reason_and_shown_again(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agent is not offered what fails; the level it had comes back with the proof."""
    _deposited(app, _version(1, BROKEN))
    for number in range(4):
        app.catalog.add_usage(Usage(NAME, "html", 1, 1.0 + number, True, 5.0, "mcp", "p", f"s{number % 2}"))
    listed = settle(app, NAME)
    assert listed is not None
    assert listed.by == GATE
    machine = Machine("updated")
    [down] = verify_changed(app, 9, stamps=machine).changed
    assert (down.before, down.after, down.by) == ("listed", "hidden", REGRESSION)
    assert "no fallback holds" in down.because
    assert settle(app, NAME) is None
    monkeypatch.setattr("skillstrata.app.use_cases.regression.replayed", _holding(_version(1, HOLDS)))
    machine.state = "mended"
    [up] = verify_changed(app, 9, stamps=machine).changed

    assert (up.before, up.after) == ("hidden", "listed")
    assert app.library.tool(NAME).visibility == "listed"


def test_what_a_person_hid_stays_hidden_when_its_proof_holds_again(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's changes never overrule a person."""
    _deposited(app, _version(1, BROKEN))
    hide(app, (NAME,))
    machine = Machine("updated")
    assert verify_changed(app, 9, stamps=machine).changed == ()
    monkeypatch.setattr("skillstrata.app.use_cases.regression.replayed", _holding(_version(1, HOLDS)))
    machine.state = "mended"

    assert verify_changed(app, 9, stamps=machine).changed == ()
    assert app.library.tool(NAME).visibility == "hidden"


def test_what_cannot_be_run_here_is_not_taken_for_broken(app: App) -> None:
    """A distribution that is not here and may not be fetched says nothing about the tool."""
    lock = "nosuchdist-xyz==1.0 --hash=sha256:" + "0" * 64 + "\n"
    python = replace(_version(1, "print()\n"), language="python", lock=lock, requirements=("nosuchdist-xyz",))
    tool = replace(a_tool(contract=a_contract()), branches=(Branch("html", 1, (python,)),))
    files = (
        SkillFile("SKILL.md", b"# Page\n"),
        SkillFile("manifest.json", manifest_bytes(tool)),
        SkillFile("fixtures/fresh-1.html", FIXTURE),
        SkillFile(f"{python.path}/main.py", python.main.encode()),
        SkillFile(f"{python.path}/requirements.lock", lock.encode()),
    )
    app.library.deposit(tool.name, files, an_entry())
    found = verify_changed(app, 9, stamps=Machine())

    assert (found.verified, found.changed) == ((), ())
    assert app.library.tool(NAME).visibility == "invokable"


def test_a_tool_that_its_third_failure_took_back_is_told_at_no_start_any_more(app: App, tmp_path: Path) -> None:
    """No pass comes in between; as long as it may be called it is told of."""
    _deposited(app, _version(1, BROKEN))
    app.catalog.add_usage(Usage(NAME, "html", 1, 1.0, True, 5.0, "mcp", "p", "s"))
    prepare_after_pass(app, ())
    (tmp_path / "x.html").write_bytes(FIXTURE)
    told: list[bool] = []
    for number in range(3):
        told.append(warm_starts(app).prepared(str(tmp_path)) is not None)
        arguments = (("input", str(tmp_path / "x.html")),)
        assert not run(app, CallRequest(NAME, arguments, str(tmp_path / f"out{number}"), surface="mcp")).ok

    assert told == [True, True, True]
    assert app.library.tool(NAME).visibility == "searchable"
    assert warm_starts(app).prepared(str(tmp_path)) is None
