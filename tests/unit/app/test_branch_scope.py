"""What agents wrote again and again is taken out of a branch's scope there, in every call, until something changes."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app.branch_scope import LAST, OUT, InputOutOfScope, note_scopes
from skillstrata.app.exposure import SCOPE, settle
from skillstrata.app.interpreters import environment_key
from skillstrata.app.reports import CallReport, CallRequest
from skillstrata.app.use_cases.observing import usage
from skillstrata.app.use_cases.reviewing import undo
from skillstrata.app.use_cases.running import environment_of, run
from skillstrata.app.wiring import App
from skillstrata.library.manifest import manifest_bytes
from skillstrata.records.contracts import Param
from skillstrata.records.drafts import InputSpec, Word
from skillstrata.records.events import Outcome
from skillstrata.records.executions import BodyKind, Execution
from skillstrata.records.qualities import MissCause, ReuseMiss
from skillstrata.records.tools import Branch, SkillFile, Tool, Version
from tests.fakes.sample_tools import FIXTURE, a_contract, a_tool, a_version, an_entry
from tests.watched_app import watched_app

pytestmark = pytest.mark.sandbox

NAME = "table-to-markdown"
COPIES, FAILS = 'cat "$1" > "$2"\n', "echo cannot read it >&2; exit 3\n"
CSV, TSV = b"port,ships\nVarde,3\nRibe,12\n", b"port\tships\nVarde\t3\nRibe\t12\n"
CSV_TYPE, TSV_TYPE = "text/csv", "text/tab-separated-values"


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Give an App on a clock of its own."""
    return watched_app(tmp_path)


@pytest.fixture
def call(app: App, tmp_path: Path) -> Callable[..., CallReport]:
    """Give a way to call the tool on a file."""

    def called(data: bytes = CSV, name: str = "x.csv", *, force: bool = False, surface: str = "cli") -> CallReport:
        (tmp_path / name).write_bytes(data)
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        arguments = (("input", str(tmp_path / name)),)
        return run(app, CallRequest(NAME, arguments, str(tmp_path / "out"), force=force, surface=surface))

    return called


def _version(branch: str, number: int, body: str, given: str = CSV_TYPE) -> Version:
    return replace(
        a_version(),
        number=number,
        path=f"branches/{branch}/v{number}",
        main=body,
        words=(Word(param="input"), Word(param="output")),
        inputs=(InputSpec("input", given, "t.csv" if given == CSV_TYPE else "t.tsv"),),
        lock="",
        requirements=(),
        language="shell",
        candidate_id=f"{branch}{number}",
        body_digest=f"{number}" * 64,
    )


def _deposited(app: App, *branches: Branch) -> Tool:
    contract = replace(a_contract(), inputs=(Param("input", "file", (CSV_TYPE, TSV_TYPE)),))
    tool = replace(a_tool(NAME, contract), branches=branches)
    files = [SkillFile("SKILL.md", b"# Page\n"), SkillFile("manifest.json", manifest_bytes(tool))]
    files.append(SkillFile("fixtures/fresh-1.html", FIXTURE))
    for one in (version for branch in branches for version in branch.versions):
        files += [SkillFile(f"{one.path}/main.sh", one.main.encode())]
        files += [SkillFile(f"{one.path}/requirements.lock", b""), SkillFile(f"{one.path}/proof.json", b"{}")]
    app.library.deposit(NAME, tuple(files), an_entry())
    return tool


def _rewritten(
    app: App, version: Version, times: int = 3, cause: MissCause = MissCause.FAILED, key: dict[str, str] | None = None
) -> None:
    """Let agents write again what a version does, as a pass finds it, and let that be looked at."""
    environment = environment_key(environment_of(app, version))
    for _ in range(times):
        at_s = app.clock.now_s()
        id_ = f"x{at_s:.0f}"
        executed = Execution(
            id_, "claude-code", id_, "u", at_s, "python", BodyKind.SCRIPT, "", (), "/p", Outcome.OK, ()
        )
        app.catalog.save_reconstruction(id_, (executed,), ())
        miss = ReuseMiss(
            id_, NAME, version.path.split("/")[1], "+".join(version.given), version.number, environment, cause, at_s
        )
        app.catalog.add_reuse_miss(replace(miss, **{"session": id_, **(key or {})}))  # type: ignore[arg-type]
    note_scopes(app, (NAME,))


PAPER = Branch("paper", 1, (_version("paper", 1, COPIES, "application/pdf"),))


@pytest.mark.parametrize(
    ("times", "key", "is_out"), [(3, {}, True), (2, {}, False), (9, {"session": "one", "project": "p"}, False)]
)
def test_a_slice_that_failed_three_times_is_refused_and_two_or_one_session_are_not_enough(
    app: App, call: Callable[..., CallReport], times: int, key: dict[str, str], *, is_out: bool
) -> None:
    """Nothing runs, nothing is counted against it, and the answer says why and what next."""
    _deposited(app, Branch("csv", 1, (_version("csv", 1, COPIES),)), PAPER)
    _rewritten(app, _version("csv", 1, COPIES), times, key=key)
    if not is_out:
        assert call().ok
        return
    with pytest.raises(InputOutOfScope) as refused:
        call(surface="mcp")

    [change] = app.catalog.changes(NAME)
    assert (change.kind, change.branch, change.after, change.by) == ("scope", "csv", OUT, "gate")
    assert "3 programs were written again" in refused.value.message
    assert change.id in refused.value.hint
    assert usage(app, NAME).quality.runs == 0
    assert usage(app, NAME).changes == (change,)
    assert change.because in app.library.lineage(NAME)[-1].detail


def test_a_tool_with_one_branch_is_never_refused(app: App, call: Callable[..., CallReport]) -> None:
    """Nothing else does what it does: it is tried last, and what can be said of it is said."""
    version = _version("csv", 1, COPIES)
    _deposited(app, Branch("csv", 1, (version,)))
    _rewritten(app, version)
    _rewritten(app, version)

    [change] = app.catalog.changes(NAME)
    assert (change.after, "after it failed" in change.because) == (LAST, True)
    assert call().ok
    assert [change.undone for change in app.catalog.changes(NAME) if change.kind == SCOPE] == [True]


@pytest.mark.parametrize(("worked", "is_out"), [(False, True), (True, False)])
def test_a_success_meanwhile_speaks_for_a_version(
    app: App, call: Callable[..., CallReport], *, worked: bool, is_out: bool
) -> None:
    """Others had it do the same in the same days."""
    version = _version("csv", 1, COPIES)
    _deposited(app, Branch("csv", 1, (version,)), PAPER)
    _rewritten(app, version, 2)
    if worked:
        assert call().ok
    _rewritten(app, version, 1)

    assert bool(app.catalog.changes(NAME)) is is_out
    assert bool(usage(app, NAME).failing) is is_out


def test_the_fallback_is_asked_where_the_active_version_is_out(app: App, call: Callable[..., CallReport]) -> None:
    """The failing one is not even started; where the fallback fails too, it is still better than nothing."""
    first, second = _version("csv", 1, COPIES), _version("csv", 2, FAILS)
    _deposited(app, Branch("csv", 2, (first, second)))
    assert (call().fallback_from, call().fallback_why) == (2, "call.program_failed")
    _rewritten(app, second)
    report = call()

    assert (report.ok, report.version, report.fallback_from) == (True, 1, 2)
    assert report.fallback_why == "it failed on such inputs before"


def test_another_branch_that_takes_it_is_asked_instead(app: App, call: Callable[..., CallReport]) -> None:
    """Of the branches only the one that failed there is out, and the tool is offered as before for the other."""
    narrow, wide = _version("csv", 1, FAILS), _version("table", 1, COPIES)
    _deposited(app, Branch("csv", 1, (narrow,)), Branch("table", 1, (wide,)))
    assert call(surface="mcp").branch == "csv"
    _rewritten(app, narrow)
    assert settle(app, NAME) is None
    report = call(surface="mcp")

    assert (report.ok, report.branch) == (True, "table")


def test_a_tool_of_one_branch_that_fails_is_offered_less(app: App) -> None:
    """There is nothing else that does its part of the job: agents do not call it, a person can."""
    version = _version("csv", 1, FAILS)
    _deposited(app, Branch("csv", 1, (version,)))
    _rewritten(app, version)
    change = settle(app, NAME)

    assert change is not None
    assert (change.before, change.after) == ("invokable", "searchable")


def test_what_is_out_for_one_type_is_asked_for_another(app: App, call: Callable[..., CallReport]) -> None:
    """The slice is a part of the key."""
    csv, tsv = _version("csv", 1, COPIES), _version("tsv", 1, COPIES, TSV_TYPE)
    _deposited(app, Branch("csv", 1, (csv,)), Branch("tsv", 1, (tsv,)))
    _rewritten(app, csv)
    report = call(TSV, "x.tsv")

    assert (report.ok, report.branch) == (True, "tsv")


@pytest.mark.parametrize("part", [{"environment": "another"}, {"slice": "text/plain"}, {"branch": "other"}])
def test_misses_of_another_key_take_nothing_away(
    app: App, call: Callable[..., CallReport], part: dict[str, str]
) -> None:
    """What failed with another interpreter, on another type, in another branch says nothing about this one."""
    _deposited(app, Branch("csv", 1, (_version("csv", 1, COPIES),)), PAPER)
    _rewritten(app, _version("csv", 1, COPIES), key=part)

    assert call().ok


def test_a_new_version_that_proved_itself_is_asked_at_once(app: App, call: Callable[..., CallReport]) -> None:
    """Nobody has to take anything back: the version is a part of the key."""
    first, second = _version("csv", 1, FAILS), _version("csv", 2, COPIES)
    _deposited(app, Branch("csv", 1, (first,)), PAPER)
    _rewritten(app, first)
    with pytest.raises(InputOutOfScope):
        call()
    _deposited(app, Branch("csv", 2, (first, second)), PAPER)
    report = call()

    assert (report.ok, report.version, report.fallback_from) == (True, 2, None)


def test_a_success_that_somebody_insisted_on_brings_it_back(app: App, call: Callable[..., CallReport]) -> None:
    """The refusal names `--force`; where it works now, the next call needs none."""
    _deposited(app, Branch("csv", 1, (_version("csv", 1, COPIES),)), PAPER)
    _rewritten(app, _version("csv", 1, COPIES))
    with pytest.raises(InputOutOfScope):
        call()

    assert call(force=True).ok
    assert call().ok
    assert [change.undone for change in app.catalog.changes(NAME) if change.kind == SCOPE] == [True]


def test_a_forced_failure_brings_nothing_back(app: App, call: Callable[..., CallReport]) -> None:
    """Only a success says that it works."""
    _deposited(app, Branch("csv", 1, (_version("csv", 1, FAILS),)), PAPER)
    _rewritten(app, _version("csv", 1, FAILS))
    assert not call(force=True).ok

    with pytest.raises(InputOutOfScope):
        call()


def test_a_person_takes_it_back_and_counting_begins_anew(app: App, call: Callable[..., CallReport]) -> None:
    """The misses of before are spent; three new ones say it again."""
    version = _version("csv", 1, COPIES)
    _deposited(app, Branch("csv", 1, (version,)), PAPER)
    _rewritten(app, version)
    [change] = app.catalog.changes(NAME)
    undo(app, change.id)
    assert call().ok
    _rewritten(app, version, 2)
    assert not [one for one in app.catalog.changes(NAME) if one.kind == SCOPE and not one.undone]
    _rewritten(app, version, 1)

    with pytest.raises(InputOutOfScope):
        call()


def test_what_agents_had_and_did_not_take_is_tried_last_and_never_refused(
    app: App, call: Callable[..., CallReport]
) -> None:
    """Not taking a tool does not show that it fails: a version behind it goes first, and alone it goes on."""
    first, second = _version("csv", 1, COPIES), _version("csv", 2, COPIES)
    _deposited(app, Branch("csv", 1, (first,)))
    _rewritten(app, first, cause=MissCause.WRONG_CONTRACT)
    assert [change.after for change in app.catalog.changes(NAME)] == [LAST]
    assert (call().ok, call().version) == (True, 1)
    _deposited(app, Branch("csv", 2, (first, second)))
    _rewritten(app, second, cause=MissCause.WRONG_CONTRACT)
    report = call()

    assert (report.version, report.fallback_from) == (1, 2)
    assert "wrote their own" in report.fallback_why
