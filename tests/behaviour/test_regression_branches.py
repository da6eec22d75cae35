"""Regression of a tool with several branches: what is broken of it is told to nobody, and what holds stays offered."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.regression import RegressionReport, verify_changed
from skillstrata.app.use_cases.reviewing import undo
from skillstrata.app.warm_preparing import starts_of
from skillstrata.app.wiring import App, open_app
from skillstrata.library.manifest import manifest_bytes
from skillstrata.library.warm_start import Work
from skillstrata.records.drafts import InputSpec
from skillstrata.records.proofs import ReplayRun
from skillstrata.records.tools import Branch, Fixture, SkillFile, Tool, Version
from tests.fakes.sample_tools import FIXTURE, INPUT, a_contract, a_tool, a_version, an_entry
from tests.watched_app import Machine

NAME = "html-to-markdown"
TEXT = InputSpec("input", "text/plain", "fresh-1.txt")
BROKEN = ReplayRun("fixture fresh-1.html", False, "d", "", 1, 5.0, "the output is not the one that was proved")
HOLDS = replace(BROKEN, ok=True, detail="")
Replayed = Callable[[App, Tool, Version], tuple[ReplayRun, ...]]


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Give an App on an empty library."""
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    return open_app(load_settings(data_dir=tmp_path / "data", config=None, environ=environ))


@pytest.fixture
def proofs(monkeypatch: pytest.MonkeyPatch) -> Callable[[Replayed], None]:
    """Let proofs end as a function says, in place of the sandbox: what follows from them is what is tested."""
    return lambda said: monkeypatch.setattr("skillstrata.app.use_cases.regression.replayed", said)


def _broken(*numbers: int) -> Replayed:
    return lambda _app, _tool, version: (BROKEN if version.number in numbers else HOLDS,)


def _version(number: int, spec: InputSpec = INPUT) -> Version:
    digest = hashlib.sha256(FIXTURE).hexdigest()
    return replace(
        a_version(),
        number=number,
        path=f"branches/b/v{number}",
        main='cat "$1" > "$2"\n',
        inputs=(spec,),
        lock="",
        requirements=(),
        language="shell",
        candidate_id=f"c{number}",
        body_digest=f"{number}" * 64,
        fixtures=(Fixture("fresh-1.html", "text/html", digest, digest),),
    )


def _deposited(app: App, *branches: Branch) -> None:
    both = replace(a_contract().inputs[0], media_types=("text/html", "text/plain"))
    contract = replace(a_contract(), inputs=(both, *a_contract().inputs[1:]))
    tool = replace(a_tool(NAME, contract), branches=branches)
    files = [SkillFile("SKILL.md", b"# Page\n"), SkillFile("manifest.json", manifest_bytes(tool))]
    files.append(SkillFile("fixtures/fresh-1.html", FIXTURE))
    lines = [
        replace(an_entry(), branch=b.name, version=v.number, candidate_id=v.candidate_id)
        for b in branches
        for v in b.versions
    ]
    for one in (v for b in branches for v in b.versions):
        files += [SkillFile(f"{one.path}/main.sh", one.main.encode()), SkillFile(f"{one.path}/proof.json", b"{}")]
        files += [SkillFile(f"{one.path}/requirements.lock", b"")]
    app.library.deposit(NAME, tuple(files), *lines)


def _deposited_in_two(app: App) -> None:
    """Put in a tool of two branches: html with version 2, text with version 3."""
    _deposited(app, Branch("html", 2, (_version(2),)), Branch("text", 3, (_version(3, TEXT),)))


def _levels(report: RegressionReport) -> list[tuple[str, str, str]]:
    return [(change.kind, change.branch, change.after) for change in report.changed]


def _is_told_for(app: App, ending: str) -> bool:
    return bool(starts_of(app).of("/p", Work((), (ending,))).tools)


def test_a_tool_of_which_every_branch_is_broken_is_hidden_and_comes_back_with_the_first_that_holds(
    app: App, proofs: Callable[[Replayed], None]
) -> None:
    """No agent is told that it is verified; the branch that stays broken is not told of afterwards either."""
    _deposited_in_two(app)
    proofs(_broken(2, 3))
    machine = Machine()
    down = verify_changed(app, 9, stamps=machine)
    assert _levels(down) == [("branch", "html", "broken"), ("branch", "text", "broken"), ("visibility", "", "hidden")]
    assert app.library.tool(NAME).visibility == "hidden"
    assert not _is_told_for(app, "html")

    machine.state = "half mended"
    proofs(_broken(2))
    up = verify_changed(app, 9, stamps=machine)
    assert _levels(up) == [("branch", "text", "holds"), ("visibility", "", "invokable")]
    assert (_is_told_for(app, "html"), _is_told_for(app, "txt")) == (False, True)

    machine.state = "mended"
    proofs(_broken())
    assert _levels(verify_changed(app, 9, stamps=machine)) == [("branch", "html", "holds")]
    assert (_is_told_for(app, "html"), _is_told_for(app, "txt")) == (True, True)
    assert [change for change in app.catalog.changes(NAME) if not change.undone] == []


def test_a_tool_with_a_branch_that_holds_stays_offered_and_is_not_told_of_for_the_broken_one(
    app: App, proofs: Callable[[Replayed], None]
) -> None:
    """What works is not taken away for what does not; taken back by a person, it is told of again."""
    _deposited_in_two(app)
    proofs(_broken(2))
    report = verify_changed(app, 9, stamps=Machine())
    assert _levels(report) == [("branch", "html", "broken")]
    assert app.library.tool(NAME).visibility == "invokable"
    assert (_is_told_for(app, "html"), _is_told_for(app, "txt")) == (False, True)

    undo(app, report.changed[0].id)
    assert _is_told_for(app, "html")


def test_branches_that_break_one_after_the_other_hide_the_tool_with_the_last(
    app: App, proofs: Callable[[Replayed], None]
) -> None:
    """A budget may leave the second for another time; which of them is looked at first makes no difference."""
    _deposited_in_two(app)
    proofs(_broken(2, 3))
    first = verify_changed(app, 1, stamps=Machine())
    second = verify_changed(app, 1, stamps=Machine())

    assert (_levels(first), first.left) == ([("branch", "html", "broken")], 1)
    assert _levels(second) == [("branch", "text", "broken"), ("visibility", "", "hidden")]


def test_a_fallback_that_holds_after_all_was_broken_brings_the_tool_back(
    app: App, proofs: Callable[[Replayed], None]
) -> None:
    """It was hidden for want of one that holds."""
    _deposited(app, Branch("html", 2, (_version(1), _version(2))))
    machine = Machine()
    proofs(_broken(1, 2))
    assert _levels(verify_changed(app, 9, stamps=machine)) == [("visibility", "", "hidden")]
    machine.state = "half mended"
    proofs(_broken(2))
    report = verify_changed(app, 9, stamps=machine)

    assert _levels(report) == [("active", "html", "1"), ("visibility", "", "invokable")]
    assert app.library.tool(NAME).branches[0].active == 1
