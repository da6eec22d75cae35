"""Which interpreter ran a recorded program?"""

import pytest

from skillstrata.distill.reconstruct import reconstruct
from skillstrata.records.events import Event, EventKind, FileChange, Outcome, ShellCall

_BODY = "#!/usr/bin/env python3\nimport sys\nprint(open(sys.argv[1]).read())\n"
_FOLDER = "/home/ann/w"


def _event(number: int, *, shell: ShellCall | None = None, change: FileChange | None = None) -> Event:
    tool = "Bash" if shell else "Write"
    return Event(
        id=f"claude:s:t{number}",
        agent="claude",
        session="s",
        at_s=float(number),
        kind=EventKind.CALL,
        outcome=Outcome.OK,
        cwd=_FOLDER,
        tool=tool,
        tool_use_id=f"t{number}",
        shell=shell,
        change=change,
    )


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("python3 x.py", "python3"),
        ("timeout 30 .venv/bin/python x.py", ".venv/bin/python"),
        ("~/envs/a/bin/python3.12 x.py", "/home/ann/envs/a/bin/python3.12"),
        ("./x.py", ""),
    ],
)
def test_the_word_that_started_python_is_kept(command: str, word: str) -> None:
    """It says whose packages the program saw."""
    written = _event(1, change=FileChange(f"{_FOLDER}/x.py", content=_BODY))
    [run] = reconstruct((written, _event(2, shell=ShellCall(command, stdout="done\n")))).executions

    assert run.interpreter == word
