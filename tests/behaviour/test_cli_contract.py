"""What other programs rely on: verbs, JSON, exit codes. See the command contract."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from skillstrata.surfaces.cli.main import main
from tests.behaviour.made_library import UNSEEN, Made, distilled, program
from tests.programs import HTML_PAGE
from tests.sessions import Session

pytestmark = pytest.mark.sandbox
TOOL_FIELDS = {"name", "kind", "purpose", "visibility", "inputs", "outputs", "branches", "quality"}
CANDIDATE_FIELDS = {
    *("id", "state", "reason", "unshelve", "tool", "branch"),
    *("placement", "language", "purpose", "source"),
}
CALL_FIELDS = {"status", "branch", "version", "fallback_from", "outputs", "text", "ms", "tier", "network", "error"}
ENDS = {"noise", "shelved", "rejected", "pending", "duplicate", "placed", "open", "total"}


@dataclass(frozen=True)
class Done:
    """How one run of the program ended."""

    returncode: int
    stdout: str
    stderr: str


Use = Callable[..., Done]
PRINTS_TEXT = """from html.parser import HTMLParser

class Text(HTMLParser):
    def handle_data(self, data):
        if data.strip() and self.get_starttag_text() not in ("<style>", "<script>", "<title>"):
            print(data.strip())

Text().feed(open("{dir}/page.html", encoding="utf-8").read())
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Distil the recorded session once."""
    return distilled(tmp_path_factory.mktemp("made"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Run the program in this process, in a folder and home of its own; the stdio tests start real processes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(data_dir: Path, *words: str) -> Done:
        monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(data_dir))
        capsys.readouterr()
        code = main(words)
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run


@pytest.fixture
def use(made: Made, here: Callable[..., Done]) -> Use:
    """Run the program on the made library, from another folder."""
    return lambda *words: here(made.data_dir, *words)


@pytest.fixture
def fresh(tmp_path: Path, here: Callable[..., Done]) -> Use:
    """Run the program with nothing there yet."""
    return lambda *words: here(tmp_path / "none", *words)


def _array(done: Done | subprocess.CompletedProcess[str]) -> list[dict]:
    """Parse all of stdout: anything else printed there would not parse."""
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def _object(done: Done | subprocess.CompletedProcess[str]) -> dict:
    """The same for one object."""
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("words", [("ls",), ("candidates",), ("shelved",)])
def test_a_listing_is_one_array(use: Use, words: tuple[str, ...]) -> None:
    """Contract: exactly one JSON array on stdout, nothing else there."""
    done = use(*words, "--json")

    assert done.returncode == 0
    assert all(isinstance(row, dict) for row in _array(done))


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("status", {"accounting", "daemon", "shelf"}),
        ("show", TOOL_FIELDS | {"lineage", "proof"}),
        ("explain", {"candidate", "stages", "proof"}),
        ("hook-path", {"path"}),
        ("verify", {"ok", "tier", "runs"}),
    ],
)
def test_an_object_has_the_fields_of_the_contract(use: Use, made: Made, verb: str, fields: set[str]) -> None:
    """Unknown fields may be added, documented ones stay."""
    name = {"show": [made.tool], "verify": [made.tool], "explain": [made.candidate]}.get(verb, [])
    done = use(verb, *name, "--json")
    found = _object(done)

    assert done.returncode == 0, done.stderr
    assert fields <= set(found)


def test_tools_and_candidates_have_the_fields_of_the_contract(use: Use, made: Made) -> None:
    """The two records that every other program reads."""
    tools, candidates = _array(use("ls", "--json")), _array(use("candidates", "--json", "--state", "placed"))

    assert [set(tool) >= TOOL_FIELDS for tool in tools] == [True]
    assert [tool["name"] for tool in tools] == [made.tool]
    assert [set(candidate) >= CANDIDATE_FIELDS for candidate in candidates] == [True]
    assert candidates[0]["id"] == made.candidate


def test_the_accounting_of_status_adds_up(use: Use) -> None:
    """Every event and every execution ends somewhere; nothing is dropped silently."""
    accounting = json.loads(use("status", "--json").stdout)["accounting"]
    ends = accounting["executions"]

    assert set(ends) >= ENDS
    assert accounting["balanced"] is True
    assert ends["total"] == sum(ends[name] for name in ENDS - {"total"}) > 0
    assert (
        accounting["events"]
        == accounting["noise_events"] + accounting["execution_events"] + accounting["open_events"]
        > 0
    )


@pytest.mark.parametrize("words", [("--json", "ls"), ("ls", "--json"), ("--quiet", "ls", "--verbose", "--json")])
def test_global_options_stand_before_the_verb_or_after_it(use: Use, words: tuple[str, ...]) -> None:
    """Contract: both ways work."""
    assert len(_array(use(*words))) == 1


def test_the_later_data_directory_wins(use: Use, made: Made, tmp_path: Path) -> None:
    """An option after the verb is the one nearer to what is asked."""
    empty, full = str(tmp_path / "empty"), str(made.data_dir)

    assert len(_array(use("--data-dir", empty, "ls", "--data-dir", full, "--json"))) == 1
    assert len(_array(use("--data-dir", full, "ls", "--data-dir", empty, "--json"))) == 0


def test_a_tool_runs_on_a_document_in_another_folder(made: Made, tmp_path: Path) -> None:
    """The whole point: what one session wrote works on a file it has never seen, written beside the user."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "harbour.html").write_text(UNSEEN, encoding="utf-8")
    done = program(made.data_dir, "run", made.tool, "--set", "input=docs/harbour.html", "--json", cwd=tmp_path)
    report = _object(done)

    assert done.returncode == 0, done.stdout + done.stderr
    assert set(report) >= CALL_FIELDS
    [output] = report["outputs"]
    written = Path(output["path"])
    assert written.parent == tmp_path
    assert "Harbour log" in written.read_text(encoding="utf-8")
    assert output["bytes"] == written.stat().st_size


def test_a_second_run_refuses_to_overwrite_and_force_allows_it(use: Use, made: Made, tmp_path: Path) -> None:
    """Contract: refuses to overwrite unless --force."""
    (tmp_path / "a.html").write_text(UNSEEN, encoding="utf-8")
    asked = ("run", made.tool, "--set", "input=a.html", "--json")
    [output] = _object(use(*asked))["outputs"]
    Path(output["path"]).write_text("mine", encoding="utf-8")

    refused = use(*asked)
    kept = Path(output["path"]).read_text(encoding="utf-8")
    allowed = use(*asked, "--force")

    assert (refused.returncode, kept) == (4, "mine")
    assert _object(refused)["error"]["code"] == "disk.output_exists"
    assert allowed.returncode == 0
    assert "Harbour log" in Path(output["path"]).read_text(encoding="utf-8")


def test_out_names_the_folder(use: Use, made: Made, tmp_path: Path) -> None:
    """Results go where the user says."""
    (tmp_path / "a.html").write_text(UNSEEN, encoding="utf-8")
    done = use("run", made.tool, "--set", "input=a.html", "--out", "results/today", "--json")
    [output] = _object(done)["outputs"]

    assert Path(output["path"]).parent == tmp_path / "results" / "today"


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (("nonsense",), 2, "usage"),
        (("ls", "extra"), 2, "usage"),
        (("run", "TOOL", "--set", "input"), 2, "usage"),
        (("run", "TOOL", "--set", "other=1"), 2, "call.arguments_invalid"),
        (("daemon", "start", "extra"), 2, "usage"),
        (("unshelve",), 2, "usage"),
        (("show", "no-such-tool"), 3, "library.tool_unknown"),
        (("run", "no-such-tool", "--set", "input=a"), 3, "library.tool_unknown"),
        (("verify", "no-such-tool"), 3, "library.tool_unknown"),
        (("explain", "no-such-candidate"), 3, "catalog.candidate_unknown"),
        (("run", "TOOL", "--set", "input=missing.html"), 65, "disk.file_unreadable"),
    ],
)
def test_a_refusal_has_its_exit_code_and_with_json_says_so_in_one_object(
    use: Use, made: Made, words: tuple[str, ...], exit_code: int, code: str
) -> None:
    """Programs branch on the number, agents read the object; neither parses prose."""
    words = tuple(made.tool if word == "TOOL" else word for word in words)
    plain, as_json = use(*words), use(*words, "--json")

    assert (plain.returncode, as_json.returncode) == (exit_code, exit_code)
    found = _object(as_json)
    assert set(found["error"]) == {"code", "message", "hint", "retry"}
    assert (found["error"]["code"], found["error"]["retry"]) == (code, "changed")
    assert plain.stderr.startswith(f"skillstrata: [{code}]")
    assert plain.stdout == ""


@pytest.mark.parametrize("verb", ["ls", "candidates", "shelved"])
def test_an_empty_library_is_no_error_and_says_how_to_fill_it(fresh: Use, verb: str) -> None:
    """A newcomer's first `ls` must not look like a failure."""
    plain, as_json = fresh(verb), fresh(verb, "--json")

    assert (plain.returncode, as_json.returncode) == (0, 0)
    assert _array(as_json) == []
    assert plain.stderr.strip()


def test_a_pass_with_nothing_to_do_still_gives_its_object(fresh: Use) -> None:
    """Exit 3 tells a scheduler; the object is the same as ever."""
    done, freed = fresh("distill", "--once", "--json"), fresh("unshelve", "--all", "--json")

    assert (done.returncode, freed.returncode) == (3, 3)
    assert {"events", "executions", "candidates", "accounting"} <= set(_object(done))
    assert _array(freed) == []


@pytest.mark.parametrize("scope", ["user", "project"])
def test_init_installs_once_and_uninstall_takes_it_out(
    fresh: Use, tmp_path: Path, scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Idempotent, and gone without a trace of ours."""
    monkeypatch.setenv("PATH", "")
    first = _object(fresh("init", "--scope", scope, "--json"))
    second = _object(fresh("init", "--scope", scope, "--json"))
    settings = (tmp_path / ".claude" / "settings.json").read_text(encoding="utf-8")
    gone = fresh("uninstall", "--scope", scope, "--json")

    assert set(first) >= {"data_dir", "installed", "unchanged"}
    assert first["installed"]
    assert [place for place in second["installed"] if "instructions" not in place] == []
    assert str(tmp_path / "none") in settings
    assert gone.returncode == 0
    left = [p for p in (tmp_path / ".claude").glob("settings.json") if "PostToolUse" in p.read_text(encoding="utf-8")]
    assert left == []


def test_print_shows_and_changes_nothing(fresh: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--print` is for whoever wants to see first."""
    monkeypatch.setenv("PATH", "")
    done = fresh("init", "--print")

    assert done.returncode == 0
    assert "PostToolUse" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == []


def test_doctor_says_the_fix_for_each_failure(fresh: Use) -> None:
    """A check without a next step leaves its reader alone."""
    done = fresh("doctor", "--json")
    checks = _object(done)["checks"]

    assert {"name", "ok", "detail", "fix"} <= set(checks[0])
    assert [check["name"] for check in checks if not check["ok"] and not check["fix"]] == []
    assert done.returncode == (0 if all(check["ok"] for check in checks) else 69)


def test_the_background_process_is_said_not_to_run(use: Use) -> None:
    """The contract's object where none runs: the same in `status`, and nothing to stop."""
    state = _object(use("daemon", "status", "--json"))
    all_of_it = _object(use("status", "--json"))["daemon"]
    stopped = use("daemon", "stop", "--json")

    assert (state["running"], state["pid"]) == (False, None)
    assert state["last_pass"]["judged"] > 0
    assert all_of_it == {name: state[name] for name in ("running", "pid", "last_pass")}
    assert (stopped.returncode, _object(stopped)["changed"]) == (3, False)


def test_the_service_unit_is_shown_before_it_is_written(fresh: Use, tmp_path: Path) -> None:
    """`daemon install --print` names the program and the data directory, and writes nothing."""
    shown = fresh("daemon", "install", "--print")

    assert shown.returncode == 0
    assert str(tmp_path / "none") in shown.stdout
    assert [path.name for path in tmp_path.iterdir()] == []
    assert fresh("daemon", "uninstall").returncode == 3


def test_a_reader_that_goes_away_ends_the_program_quietly(made: Made, tmp_path: Path) -> None:
    """`skillstrata candidates | head -1` must not end with a traceback."""
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "skillstrata", "--data-dir", str(made.data_dir), "explain", made.candidate]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command, env=environ, stdout=write, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
    os.close(write)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_data_directory_of_a_newer_version_is_left_alone(fresh: Use, tmp_path: Path) -> None:
    """Reading what one does not understand destroys it."""
    folder = tmp_path / "none"
    folder.mkdir()
    (folder / "format").write_text("99\n", encoding="ascii")
    refused = fresh("ls", "--json")
    (folder / "format").write_text("1\n", encoding="ascii")

    assert refused.returncode == 65
    assert _object(refused)["error"]["code"] == "store.newer_version"
    assert fresh("ls", "--json").returncode == 0


def test_explain_tells_people_every_stage(use: Use, made: Made) -> None:
    """Plain words: what ran, what it needs, what was proven."""
    told = use("explain", made.candidate).stdout

    assert told.startswith(f"{made.candidate} is placed as {made.tool}")
    stages = json.loads(use("explain", made.candidate, "--json").stdout)["stages"]
    assert [stage["stage"] for stage in stages if stage["stage"] not in told] == []
    assert "runs held" in told


def test_both_names_start_the_same_program() -> None:
    """The seed's commands say `distiller`."""
    found = {e.name: e.value for e in entry_points(group="console_scripts") if e.name in {"skillstrata", "distiller"}}

    assert found == dict.fromkeys(("skillstrata", "distiller"), "skillstrata.surfaces.cli.main:main")


def test_a_tool_that_gives_text_prints_exactly_that(tmp_path: Path) -> None:
    """`run NAME … > file` must hold the tool's output and nothing else."""
    data_dir = tmp_path / "library"
    session = Session(tmp_path / "project", data_dir / "spool")
    page = session.write("page.html", HTML_PAGE)
    session.write("show.py", PRINTS_TEXT.replace("{dir}", str(session.project)))
    session.bash("python3 show.py")
    [candidate] = _object(program(data_dir, "distill", "--json", cwd=tmp_path))["candidates"]
    assert candidate["state"] == "placed", candidate
    words = ("run", candidate["tool"], "--set", f"input={page}")
    plain, as_json = program(data_dir, *words, cwd=tmp_path), program(data_dir, *words, "--json", cwd=tmp_path)

    assert plain.returncode == 0, plain.stderr
    assert plain.stdout == _object(as_json)["text"]
    assert plain.stdout.strip()
