"""The role of a file is what the original run was seen to do with it."""

import os

import pytest

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.distill.observe import observe
from skillstrata.records.drafts import Observation, ObservedFile
from skillstrata.records.events import Outcome
from skillstrata.records.executions import BodyKind, Execution
from skillstrata.records.sandbox_runs import PythonEnvironment, Touched

pytestmark = pytest.mark.sandbox

PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else "/usr/local/bin/python3"
PROJECT = "/home/ann/work"
GIVEN, OTHER, MADE = (f"{PROJECT}/{name}" for name in ("given.csv", "other.csv", "made.txt"))


def _observed(body: str, *, kind: BodyKind = BodyKind.SCRIPT, sandbox: BubblewrapSandbox | None = None) -> Observation:
    execution = Execution(
        id="x1",
        agent="claude-code",
        session="s",
        tool_use_id="t",
        at_s=1.0,
        language="python",
        body_kind=kind,
        body=body,
        argv=(),
        cwd=PROJECT,
        outcome=Outcome.OK,
        event_ids=("e",),
        script_path=f"{PROJECT}/run.py" if kind is BodyKind.SCRIPT else "",
    )
    files = (ObservedFile(GIVEN, b"a,b\n"), ObservedFile(OTHER, b"c,d\n"), ObservedFile(f"{PROJECT}/run.py", b"old"))
    environment = PythonEnvironment("system", PYTHON, ())
    return observe(execution, files, interpreter=environment, sandbox=sandbox or BubblewrapSandbox())


def _paths(files: tuple[ObservedFile, ...]) -> list[str]:
    return [file.path for file in files]


@pytest.mark.parametrize("kind", [BodyKind.SCRIPT, BodyKind.HEREDOC, BodyKind.INLINE])
def test_what_is_opened_is_read_and_what_is_made_is_written_at_its_line(kind: BodyKind) -> None:
    """The line is one of the recorded body, whatever it was started as."""
    seen = _observed(
        "import os\nos.listdir('.'); os.stat('other.csv')\ntext = open('given.csv').read()\n"
        "with open('made.txt', 'w') as file:\n    file.write(text)",
        kind=kind,
    )

    assert (seen.succeeded, _paths(seen.reads), _paths(seen.writes)) == (True, [GIVEN], [MADE])
    assert seen.provenance is not None
    assert {Touched("read", GIVEN, 3), Touched("write", MADE, 4)} <= set(seen.provenance.touched)


def test_what_another_process_reads_is_an_input() -> None:
    """A program may leave the reading to `sort`; only a look at every process sees it."""
    body = "import subprocess\nprint(subprocess.run(['sort', 'given.csv'], capture_output=True, text=True).stdout)"
    seen = _observed(body)
    blind = _observed(body, sandbox=BubblewrapSandbox(strace=None))

    assert seen.provenance is not None
    if "strace" not in seen.provenance.seen_by:
        pytest.skip("strace is not installed, or may not trace here")
    assert (_paths(seen.reads), _paths(blind.reads)) == ([GIVEN], [])


def test_a_file_read_and_changed_is_edited_in_place_and_one_emptied_first_is_made() -> None:
    """Opened for both, but emptied before: nothing of what was there went into it."""
    edited = _observed("with open('given.csv', 'r+') as file:\n    file.read()\n    file.write('x')")
    made = _observed("with open('given.csv', 'w+') as file:\n    file.write('x')")

    assert (edited.in_place, _paths(made.writes), made.in_place) == ((GIVEN,), [GIVEN], ())
