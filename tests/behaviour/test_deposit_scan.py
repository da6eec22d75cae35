"""Nothing secret-like goes into the library: each kind of file is scanned once more, and the refusal names it."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from skillstrata.app.placing import keep, place_waiting
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import App, open_app
from skillstrata.capture import IngestPorts, ingest
from skillstrata.distill import Judged, Workshop, judge_execution, reconstruct
from skillstrata.records.candidates import Candidate, State
from skillstrata.records.executions import Execution
from tests.programs import CSV_TABLE, CSV_TO_JSON
from tests.sessions import Session

pytestmark = pytest.mark.sandbox


@dataclass(frozen=True)
class Proven:
    """An execution whose proof held, before it is deposited."""

    execution: Execution
    judged: Judged


def _app(data_dir: Path, home: Path, *, rules: str = "", **environ: str) -> App:
    """Open an App; with rules of the user where asked."""
    flags: tuple[tuple[str, str], ...] = ()
    if rules:
        data_dir.mkdir(parents=True)
        file = data_dir / "rules.toml"
        file.write_text(rules, encoding="utf-8")
        flags = (("redaction.rules", str(file)),)
    return open_app(load_settings(data_dir=data_dir, config=None, environ={"HOME": str(home), **environ}, flags=flags))


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Proven:
    """Judge one recorded program; what differs between the tests is only what they take for a secret."""
    root = tmp_path_factory.mktemp("proven")
    app = _app(root / "data", root)
    session = Session(root / "project", app.data_dir / "spool")
    session.write("ports.csv", CSV_TABLE)
    session.write("convert.py", CSV_TO_JSON.replace("{dir}", str(root / "project")))
    session.bash("python3 convert.py")
    ports = IngestPorts(
        spool=app.spool,
        reader=app.reader,
        redactor=app.redactor,
        disk=app.disk,
        snapshots=app.snapshots,
        trace_log=app.traces,
        catalog=app.catalog,
    )
    ingest(ports, now_s=app.clock.now_s())
    (execution,) = reconstruct(app.traces.session(session.session)).executions
    workshop = Workshop(
        sandbox=app.proving_sandbox,
        environments=app.environments,
        blobs=app.blobs,
        snapshots=app.snapshots,
        binaries_on_path=app.binaries_on_path,
        clock=app.clock,
        installed=app.installed,
        runtimes=app.runtimes,
    )
    judged = judge_execution(execution, workshop)
    assert judged.proven is not None, judged.candidate
    return Proven(execution, judged)


def _deposited(app: App, proven: Proven, judged: Judged | None = None) -> Candidate:
    """Deposit into a data directory that knows the execution."""
    app.catalog.save_reconstruction(proven.execution.session, (proven.execution,), ())
    keep(app, proven.execution, judged or proven.judged)
    (candidate,) = place_waiting(app, app.proving_sandbox)
    return candidate


PLACES = {
    "SKILL.md": "What the proof showed",
    "branches/csv/v1/original.py": "^import [a-z]",
    "branches/csv/v1/proof.json": '"environment_key": "',
    "manifest.json": '"body_digest": "',
    "fixtures/": "[0-9],[a-z]{4,},",
}


@pytest.mark.parametrize(("file", "regex"), PLACES.items(), ids=PLACES.keys())
def test_a_find_in_any_file_of_the_tool_sets_the_candidate_aside(
    proven: Proven, tmp_path: Path, file: str, regex: str
) -> None:
    """The reason names the file, the line and the rule; nothing of the tool is written."""
    rules = f"[[rule]]\nname = 'house rule'\nregex = '{regex}'\n"
    app = _app(tmp_path / "data", tmp_path, rules=rules)

    candidate = _deposited(app, proven)

    note = candidate.stages[-1]
    assert (candidate.state, candidate.reason) == (State.SHELVED, "secret")
    assert (note.stage, note.verdict) == ("deposit", "shelved: secret")
    assert note.detail.startswith(file), note.detail
    assert "house rule" in note.detail
    assert "redaction.rules" in candidate.unshelve
    assert app.library.tools() == ()
    assert not (tmp_path / "data" / "skills" / "csv-to-json").exists()


def test_without_a_find_the_same_candidate_is_placed(proven: Proven, tmp_path: Path) -> None:
    """The twin: the same proof, and nothing in it that a rule finds, or a rule that is allowed to."""
    plain = _deposited(_app(tmp_path / "plain", tmp_path), proven)
    rules = "[[rule]]\nname = 'house rule'\nregex = 'body_digest'\n[[allow]]\nname = 'ours'\nregex = '^body_digest$'\n"
    allowed = _deposited(_app(tmp_path / "allowed", tmp_path, rules=rules), proven)

    assert (plain.state, allowed.state) == (State.PLACED, State.PLACED)


def test_a_value_of_this_machine_in_a_fixture_blocks_too(proven: Proven, tmp_path: Path) -> None:
    """What the table does not know by its form is known by its value."""
    assert proven.judged.proven is not None
    (fixture, data), *others = proven.judged.proven.fixtures
    tainted = replace(proven.judged.proven, fixtures=((fixture, data + b"\nplainvalue of a shop\n"), *others))
    judged = replace(proven.judged, proven=tainted)

    knowing = _deposited(_app(tmp_path / "a", tmp_path, SHOP_TOKEN="plainvalue"), proven, judged)
    not_knowing = _deposited(_app(tmp_path / "b", tmp_path), proven, judged)

    assert (knowing.state, knowing.reason) == (State.SHELVED, "secret")
    assert f"fixtures/{fixture.name}" in knowing.stages[-1].detail
    assert not_knowing.state is State.PLACED


def test_descriptions_name_no_home_and_no_user(proven: Proven, tmp_path: Path) -> None:
    """Paths and names of persons are lifted where text goes to others; the program keeps what it works with."""
    assert proven.judged.proven is not None
    contract = proven.judged.proven.contract
    told = replace(
        contract,
        purpose=f"{contract.purpose} for bea, from /home/bea/reports",
        inputs=(replace(contract.inputs[0], description="Like C:\\Users\\bea\\a.csv"), *contract.inputs[1:]),
    )
    judged = replace(proven.judged, proven=replace(proven.judged.proven, contract=told))
    app = _app(tmp_path / "data", tmp_path, USER="bea")

    assert _deposited(app, proven, judged).state is State.PLACED
    (tool,) = app.library.tools()
    page = (app.data_dir / "skills" / tool.name / "SKILL.md").read_text(encoding="utf-8")
    assert tool.contract.purpose == f"{contract.purpose} for user, from ~/reports"
    assert tool.contract.inputs[0].description == "Like ~\\a.csv"
    assert "bea" not in page
    assert "~/reports" in page
