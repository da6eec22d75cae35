"""What every Runtimes promises, and that shell and node programs run in the sandbox as Python ones do."""

import os
import shutil
from pathlib import Path

import pytest

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.adapters.installed_runtimes import InstalledRuntimes
from skillstrata.ports.runtimes import Runtimes
from skillstrata.records.drafts import InputSpec, OutputSpec, Word
from skillstrata.records.failures import RuntimeMissing
from skillstrata.records.programs import GivenFile, Invocation, Program, invocation_job
from skillstrata.records.runtimes import Interpreter, Runtime
from skillstrata.records.sandbox_runs import Limits, SandboxResult

pytestmark = pytest.mark.sandbox

LOG = b"b warn\na info\nb warn\n"
COUNT = 'set -euo pipefail\nsort "$1" | uniq -c | awk \'{print $2 "," $1}\' > "$2"\n'
TO_JSON = """
const fs = require('node:fs');
const [input, output] = process.argv.slice(2);
const rows = fs.readFileSync(input, 'utf8').trim().split('\\n').map((line) => line.split(' '));
fs.writeFileSync(output, JSON.stringify(rows));
"""


@pytest.fixture(params=[InstalledRuntimes], ids=["installed"])
def runtimes(request: pytest.FixtureRequest) -> Runtimes:
    """Give each implementation."""
    return request.param()


def _node(runtimes: Runtimes) -> Interpreter:
    try:
        return runtimes.find(Runtime.NODE)
    except RuntimeMissing as missing:
        pytest.skip(f"{missing.message}: nothing to run node programs with")


def _run(main: str, runtime: Runtime, interpreter: Interpreter, limits: Limits | None = None) -> SandboxResult:
    program = Program(
        main,
        (Word(param="input"), Word(param="output")),
        (InputSpec("input", "text/plain", "a.log"),),
        OutputSpec("output", "file", "text/csv", "parameter", ".csv"),
        runtime=runtime,
    )
    return BubblewrapSandbox().run(
        invocation_job(
            program, Invocation((GivenFile("input", "a log.txt", LOG),), "out.csv", limits=limits), interpreter
        )
    )


def _written(result: SandboxResult) -> dict[str, bytes]:
    return {f.path: f.data for f in result.files if f.written}


def test_a_shell_pipeline_of_the_systems_binaries_runs(runtimes: Runtimes) -> None:
    """Traces are full of them; quoting and a failing stage must behave as they did."""
    done = _run(COUNT, Runtime.SHELL, runtimes.find(Runtime.SHELL))

    assert (done.exit_code, done.limit) == (0, "")
    assert _written(done) == {"/out/out.csv": b"a,1\nb,2\n"}


def test_a_failing_stage_of_a_pipeline_fails_it(runtimes: Runtimes) -> None:
    """The twin: `pipefail` is the program's own word, and it must be heard."""
    done = _run("set -o pipefail\nfalse | cat\n", Runtime.SHELL, runtimes.find(Runtime.SHELL))

    assert done.exit_code == 1


def test_a_shell_reads_no_settings_of_a_user(runtimes: Runtimes) -> None:
    """A profile could change what a proven program does."""
    done = _run('echo "$BASH_ENV$ENV$-"; shopt login_shell', Runtime.SHELL, runtimes.find(Runtime.SHELL))

    assert done.stdout == b"hB\nlogin_shell    \toff\n"


def test_a_node_program_runs(runtimes: Runtimes) -> None:
    """The second language of the traces."""
    done = _run(TO_JSON, Runtime.NODE, _node(runtimes))

    assert (done.exit_code, done.stderr) == (0, b"")
    assert _written(done) == {"/out/out.csv": b'[["b","warn"],["a","info"],["b","warn"]]'}


def test_node_has_the_address_space_that_it_reserves_and_no_more_memory_than_others(runtimes: Runtimes) -> None:
    """WebAssembly reserves 10 GB a memory; with the address space of a Python run it fails to start."""
    node = _node(runtimes)
    wasm = "const m = [1,2,3].map(() => new WebAssembly.Memory({initial: 10})); console.log(m.length)"
    hungry = "const kept = []; for (;;) kept.push(Buffer.alloc(1e7, 1))"

    assert _run(wasm, Runtime.NODE, node).stdout == b"3\n"
    assert _run(wasm, Runtime.NODE, node, Limits()).exit_code != 0
    assert _run(hungry, Runtime.NODE, node).limit == "memory"


def test_node_outside_the_systems_folders_is_shown_to_the_sandbox(tmp_path: Path, runtimes: Runtimes) -> None:
    """Version managers put it into a folder of the user's home."""
    place = tmp_path / "versions" / "v1" / "bin"
    place.mkdir(parents=True)
    shutil.copy(_node(runtimes).program, place / "node")
    found = InstalledRuntimes(str(place)).find(Runtime.NODE)

    assert found == Interpreter(str(place / "node"), (str(place.parent),))
    assert _run(TO_JSON, Runtime.NODE, found).exit_code == 0


@pytest.mark.parametrize("folder", ["", "bin", ".local/bin", "elsewhere"])
def test_an_interpreter_whose_folder_would_show_a_home_is_refused(
    folder: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The sandbox must see an installation, not what lies around it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    shutil.copy("/bin/true", tmp_path / folder / "node")

    with pytest.raises(RuntimeMissing) as refused:
        InstalledRuntimes(str(tmp_path / folder)).find(Runtime.NODE)
    assert refused.value.hint


def test_a_runtime_that_is_not_installed_says_what_to_install(tmp_path: Path) -> None:
    """A tool that needs it cannot run; the user must know why."""
    with pytest.raises(RuntimeMissing) as refused:
        InstalledRuntimes(str(tmp_path)).find(Runtime.NODE)

    assert "apt-get install nodejs" in refused.value.hint
    with pytest.raises(RuntimeMissing):
        InstalledRuntimes().find(Runtime.PYTHON)


def test_doctor_sees_what_is_there(runtimes: Runtimes) -> None:
    """None is needed before a tool needs it, so none missing is a fault."""
    [check] = runtimes.checks()

    assert check.ok
    assert os.path.realpath("/bin/bash") in check.detail
