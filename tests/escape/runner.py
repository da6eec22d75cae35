"""`python -m tests.escape.runner`: judge the attacks named on standard input, a line each, as whoever runs this.

In     names of attacks
Out    one line of JSON for each: its Outcome, or why there is none
Never  lets an attack meet what another left in the process: each is judged in a process of its own
Why    a process forked from one that has read all programs starts in a tenth of the time
"""

import json
import os
import sys
import traceback
from typing import NoReturn

from tests.escape.catalogue import by_name
from tests.escape.verdict import judge

FAILED = "failed"


def _serve() -> None:
    for line in sys.stdin:
        sys.stdout.write(_judged_apart(line.strip()) + "\n")
        sys.stdout.flush()


def _judged_apart(name: str) -> str:
    reading, writing = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _judge_and_end(name, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as answer:
        said = answer.read()
    _, status = os.waitpid(pid, 0)
    return said or json.dumps({FAILED: f"it ended with {os.waitstatus_to_exitcode(status)} and no word"})


def _judge_and_end(name: str, answer: int) -> NoReturn:
    code = 1
    try:
        # The next names are not for this process or for a program that it starts.
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        with os.fdopen(answer, "w", encoding="utf-8") as told:
            told.write(_said(name))
        code = 0
    finally:
        os._exit(code)


def _said(name: str) -> str:
    try:
        return json.dumps(judge(by_name(name)).as_dict())
    except Exception:  # noqa: BLE001 whatever it was, the test shows it
        return json.dumps({FAILED: traceback.format_exc()})


if __name__ == "__main__":
    _serve()
