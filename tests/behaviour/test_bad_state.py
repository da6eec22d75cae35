"""Data directories in a bad state: a clear error with its code and next step, nothing lost, nothing half-written."""

import json
from pathlib import Path

import pytest

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.distilling import distill
from skillstrata.app.use_cases.viewing import ls, status
from skillstrata.app.wiring import App, open_app
from skillstrata.records.errors import StrataError
from skillstrata.records.failures import ConfigUnreadable, SandboxUnavailable, StoreFull, StoreLocked, StoreNewer
from tests.sessions import Session


def quiet(_stage: str, _done: int, _total: int) -> None:
    """No progress is shown."""


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Give an App on an empty data directory."""
    return open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))


def a_conversion(session: Session) -> None:
    """Let an agent run a small conversion."""
    session.write("in.csv", "id,town\n1,Ask\n2,Vik\n")
    body = f"import csv,json;print(json.dumps(list(csv.DictReader(open('{session.project}/in.csv')))))"
    session.bash(f'python3 -c "{body}"')


def test_a_directory_of_a_newer_version_is_refused_and_left_alone(app: App) -> None:
    """A newer format must not be written over by an older program."""
    app.prepare()
    mark = app.data_dir / "format"
    mark.write_text("999\n", encoding="ascii")

    with pytest.raises(StoreNewer) as refused:
        ls(app)

    assert "update skillstrata" in refused.value.hint
    assert mark.read_text(encoding="ascii") == "999\n"
    mark.write_text("1\n", encoding="ascii")
    assert ls(app).rows == ()


def test_a_second_distiller_is_refused_and_the_first_goes_on(app: App) -> None:
    """One distiller per data directory."""
    app.prepare()
    with app.lock.held(), pytest.raises(StoreLocked):
        distill(app, install=False, progress=quiet)
    assert distill(app, install=False, progress=quiet).events.read == 0


def test_without_a_sandbox_events_are_kept_and_candidates_stay_open(app: App, tmp_path: Path) -> None:
    """No sandbox, no run: fail closed, say how to go on, lose nothing."""
    a_conversion(Session(tmp_path / "project", app.data_dir / "spool"))
    blind = open_app(app.settings)
    blind.__dict__["proving_sandbox"] = BubblewrapSandbox(bwrap="/nowhere/bwrap")
    with pytest.raises(SandboxUnavailable) as refused:
        distill(blind, install=False, progress=quiet)

    assert "bubblewrap" in refused.value.hint
    seen = status(app).accounting
    assert seen.balanced
    assert seen.executions.open == 1
    report = distill(app, install=False, progress=quiet)
    assert [c.state.value for c in report.candidates] == ["placed"]


def test_broken_payloads_are_quarantined_with_their_reason_and_the_rest_is_read(app: App, tmp_path: Path) -> None:
    """Truncated, non-UTF-8, unknown and oversized spool files: each set aside or harmless, none stops the pass."""
    session = Session(tmp_path / "project", app.data_dir / "spool")
    a_conversion(session)
    new = app.data_dir / "spool" / "new"
    (new / "cut.json").write_bytes(b'{"hook_event_name": "PostToolUse", "session_id": "s", "tool_')
    (new / "latin.json").write_bytes(b'{"hook_event_name": "PostToolUse", "session_id": "\xff\xfe"}')
    (new / "list.json").write_bytes(b"[1, 2]")
    (new / "empty.json").write_bytes(b"")
    (new / "future.json").write_text(json.dumps({"hook_event_name": "Tomorrow", "session_id": "s", "cwd": "/"}))
    with (new / "huge.json").open("wb") as file:
        file.truncate(17_000_000)

    report = distill(app, install=False, progress=quiet)

    assert report.events.quarantined == 5
    assert report.events.read == report.events.new + report.events.duplicate + report.events.quarantined
    assert report.accounting.balanced
    assert status(app).quarantined == 5
    assert [c.state.value for c in report.candidates] == ["placed"]


def test_the_same_payloads_again_are_duplicates(app: App, tmp_path: Path) -> None:
    """Ingest is idempotent: two hooks for one call, or a replayed spool, change nothing."""
    spool = app.data_dir / "spool"
    a_conversion(Session(tmp_path / "project", spool))
    kept = {f.name: f.read_bytes() for f in (spool / "new").iterdir()}
    before = distill(app, install=False, progress=quiet).accounting
    for name, data in kept.items():
        (spool / "new" / f"again-{name}").write_bytes(data)

    report = distill(app, install=False, progress=quiet)

    assert report.events.duplicate == len(kept)
    assert report.accounting == before


def test_a_data_directory_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    """A file in the way, as a full or read-only disk, is a refusal with the next step."""
    blocked = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))
    (tmp_path / "data").write_text("a file", encoding="utf-8")

    with pytest.raises(StoreFull) as refused:
        distill(blocked, install=False, progress=quiet)
    assert refused.value.hint


def test_a_config_file_that_does_not_parse_is_named(tmp_path: Path) -> None:
    """The file is left alone and the error says which it is; a good one is read."""
    config = tmp_path / "config.toml"
    config.write_text("install = [", encoding="utf-8")
    with pytest.raises(ConfigUnreadable, match=r"config\.toml"):
        load_settings(data_dir=tmp_path, config=config, environ={})

    config.write_text('install = "1"\n', encoding="utf-8")
    assert load_settings(data_dir=tmp_path, config=config, environ={}).allow_install
    assert not load_settings(data_dir=tmp_path, config=config, environ={"SKILLSTRATA_INSTALL": "0"}).allow_install


def test_a_setting_of_the_wrong_kind_is_refused(tmp_path: Path) -> None:
    """A claim is yes or no; a third word is a mistake and not a no."""
    with pytest.raises(StrataError) as refused:
        load_settings(data_dir=tmp_path, config=None, environ={"SKILLSTRATA_INSTALL": "perhaps"})
    assert refused.value.code == "config.setting_invalid"


def test_the_data_directory_is_named_by_flag_then_variable_then_alias(tmp_path: Path) -> None:
    """The order the command contract states."""
    environ = {"SKILLSTRATA_DATA_DIR": str(tmp_path / "b"), "DISTILLER_DATA_DIR": str(tmp_path / "c")}
    assert load_settings(data_dir=tmp_path / "a", config=None, environ=environ).data_dir == tmp_path / "a"
    assert load_settings(data_dir=None, config=None, environ=environ).data_dir == tmp_path / "b"
    del environ["SKILLSTRATA_DATA_DIR"]
    assert load_settings(data_dir=None, config=None, environ=environ).data_dir == tmp_path / "c"
