"""Whose failure was it, and which text ran, where times and statuses do not say so by themselves?"""

from dataclasses import replace

import pytest

from skillstrata.distill.reconstruct import reconstruct
from skillstrata.records.events import Event, EventKind, FileChange, Outcome, ShellCall, TextEdit
from skillstrata.records.executions import Execution

_BODY = "import sys\nprint(open(sys.argv[1]).read())\n"


def _event(number: int, **values: object) -> Event:
    fields = {"kind": EventKind.CALL, "outcome": Outcome.OK, "cwd": "/w", "tool_use_id": f"t{number}", **values}
    return Event(id=f"claude:s:t{number}", agent="claude", session="s", at_s=float(number), **fields)  # type: ignore[arg-type]


def _shell(number: int, command: str) -> Event:
    return _event(number, tool="Bash", shell=ShellCall(command, stdout="done\n"))


def _write(number: int, path: str, content: str, **values: object) -> Event:
    return _event(number, tool="Write", change=FileChange(path, content=content), **values)


def _edit(number: int, path: str, old: str, new: str) -> Event:
    return _event(number, tool="Edit", change=FileChange(path, edits=(TextEdit(old, new),)))


def _one(*events: Event) -> Execution:
    executions = reconstruct(events).executions
    assert len(executions) == 1
    return executions[0]


def _failed(command: str, error: str) -> Execution:
    shell = ShellCall(command, error=error)
    return _one(_write(1, "/w/x.py", _BODY), _event(2, tool="Bash", shell=shell, outcome=Outcome.FAILED))


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("python3 x.py a && echo ok && head missing", "text\nok\nhead: cannot open 'missing' for reading"),
        ("python3 x.py a && head missing", "head: cannot open 'missing' for reading"),
        ("set -e; python3 x.py a; head missing", "head: cannot open 'missing' for reading"),
        ("python3 x.py a && echo ok && python3 y/x.py b", 'ok\nTraceback\n  File "y/x.py", line 1\nKeyError: 1'),
    ],
)
def test_the_failure_of_a_later_command_is_not_the_programs(command: str, error: str) -> None:
    """Ours: what runs only after success and failed itself leaves the program's end unknown, for the replay to see."""
    runs = reconstruct(
        (
            _write(1, "/w/x.py", _BODY),
            _event(2, tool="Bash", shell=ShellCall(command, error=error), outcome=Outcome.FAILED),
        )
    ).executions

    assert (runs[0].outcome, runs[0].masked) == (Outcome.UNKNOWN, True)


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("python3 x.py a && head out.md", 'Traceback (most recent call last):\n  File "/w/x.py", line 2, in <module>'),
        ("python3 x.py a && echo ok", "usage: x.py [-h] src\nx.py: error: unrecognized arguments: a"),
        ("python3 x.py a && echo ok", "bash: python3: command not found"),
        ("mkdir d && python3 x.py a", "some failure"),
        ("python3 x.py a", "head: cannot open 'missing' for reading"),
    ],
)
def test_the_programs_own_failure_is_a_failure(command: str, error: str) -> None:
    """The twin: Python names the program, or nothing runs after it."""
    run = _failed(command, error)

    assert (run.outcome, run.masked) == (Outcome.FAILED, False)


@pytest.mark.parametrize("time", [1.0, 2.0, 3.0])
def test_a_run_recorded_before_the_write_that_made_its_script_has_that_text(time: float) -> None:
    """Ours: event times are file times, which may be equal or stand in the wrong order."""
    written = replace(_write(5, "/w/x.py", _BODY), at_s=time)
    again = _write(6, "/w/x.py", "print(2)\n")
    for events in ((_shell(2, "python3 x.py a"), written, again), (again, written, _shell(2, "python3 x.py a"))):
        run = _one(*events)
        assert (run.body, run.gap) == (_BODY, "")
        assert run.event_ids == ("claude:s:t5", "claude:s:t2")


def test_a_later_write_is_not_the_text_of_a_run_that_had_another() -> None:
    """The twin: a file that was there before, or was not there at all, is not what the later write holds."""
    over = _event(3, tool="Write", change=FileChange("/w/x.py", content=_BODY, original="print(0)\n"))
    edited = (_edit(3, "/w/x.py", "a", "b"), _write(4, "/w/x.py", _BODY))
    missing = ShellCall("python3 x.py a", error="python3: can't open file '/w/x.py': [Errno 2] No such file")
    absent = _event(2, tool="Bash", shell=missing, outcome=Outcome.FAILED)
    for events in (
        (_shell(2, "python3 x.py a"), over),
        (_shell(2, "python3 x.py a"), *edited),
        (absent, _write(3, "/w/x.py", _BODY)),
        (_shell(2, "python3 x.py a"), _write(3, "/w/x.py", _BODY, outcome=Outcome.FAILED)),
    ):
        run = _one(*events)
        assert (run.body, run.gap) == (None, "source never seen")


def test_a_second_write_at_the_time_of_a_run_stays_after_it() -> None:
    """Ours: only the write that made the file is known to come first."""
    at_once = [replace(e, at_s=1.0) for e in (_write(1, "/w/x.py", _BODY), _shell(2, "python3 x.py a"))]
    later = replace(_write(3, "/w/x.py", "print(2)\n"), at_s=1.0)

    assert _one(*at_once, later).body == _BODY
