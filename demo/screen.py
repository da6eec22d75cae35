"""What the demo puts on the screen: headings, what a recorded session did, commands with what they really printed.

In     hook payloads of a recording; commands of the program
Out    lines on stdout; the stdout of a command for who wants to read it
Never  shows anything the program did not print; goes on after a command that failed
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

PROGRAM = Path(sys.executable).with_name("skillstrata")
STEPS = 7
STEP_LIMIT_S = 120
_HEAD_LINES = 14
_TOLD_LINES = 3
# Settings of whoever runs it stay out, and no index is asked: what the demo installs lies in a folder of its own.
_NOT_OURS = ("SKILLSTRATA_", "UV_", "PIP_")
Json = dict[str, Any]

console = Console(highlight=False, soft_wrap=True)


class StepFailed(Exception):
    """A step of the demo did not do what it shows; the text says which and what came instead."""


def heading(number: int, text: str) -> None:
    """Open a step."""
    console.print()
    console.rule(f"[bold]{number}/{STEPS}  {text}", align="left")


def say(text: str, style: str = "") -> None:
    """Print one line, exactly."""
    console.print(Text(text, style=style))


def told(laid: Iterable[Path]) -> None:
    """Tell a session from the hook payloads it left."""
    for payload in laid:
        for line in _told(json.loads(payload.read_bytes())):
            say(line)


def _told(event: Json) -> Iterator[str]:
    call = event.get("tool_input", {})
    match event["hook_event_name"], event.get("tool_name"):
        case "UserPromptSubmit", _:
            yield f'  user    "{event["prompt"]}"'
        case "PostToolUse", "Write":
            yield f"  Write   {Path(call['file_path']).name}, {call['content'].count(chr(10))} lines"
        case "PostToolUse", "Edit":
            yield f"  Edit    {Path(call['file_path']).name}"
            yield f"            - {call['old_string'].strip().splitlines()[0].strip()}"
            yield from (
                f"            + {line.strip()}" for line in call["new_string"].strip().splitlines()[:_TOLD_LINES]
            )
        case "PostToolUse", "Bash":
            yield f"  Bash    $ {call['command']}"
            yield from (f"            {line}" for line in event["tool_response"]["stdout"].splitlines()[:_TOLD_LINES])
        case "PostToolUseFailure", "Bash":
            first, *_, last = event["error"].splitlines()
            yield f"  Bash    $ {call['command']}    failed"
            yield f"            {first.lower()}: {last}"
        case _:
            return


def shown(data_dir: Path, *words: str, leave_out: str = "", **environ: str) -> str:
    """Run a command of the program, show its output as it came, and give it.

    Lines that begin with `leave_out` are counted instead, in their place.
    """
    say(f"$ skillstrata {' '.join(words)}", style="bold")
    started = time.monotonic()
    output = run(data_dir, *words, **environ)
    left_out = 0
    for line in output.rstrip().splitlines():
        if leave_out and line.startswith(leave_out):
            left_out += 1
            continue
        if left_out:
            say(f"  ({left_out} lines like `{leave_out.strip()} …` are not shown here)", style="dim")
            left_out = 0
        say(line)
    say(f"({time.monotonic() - started:.1f} s)", style="dim")
    return output


def run(data_dir: Path, *words: str, **environ: str) -> str:
    """Run a command of the program; give its stdout."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}
    try:
        done = subprocess.run(
            [str(PROGRAM), "--data-dir", str(data_dir), *words],
            env=ours | {"UV_OFFLINE": "1", "SKILLSTRATA_JUDGE": "offline"} | environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=STEP_LIMIT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise StepFailed(f"`skillstrata {' '.join(words)}`: {failure}") from failure
    if done.returncode != 0:
        said = done.stderr.strip() or done.stdout.strip()
        raise StepFailed(f"`skillstrata {' '.join(words)}` ended with {done.returncode}: {said}")
    return done.stdout


def head_of(result: Path) -> None:
    """Show how a result begins, and where it lies."""
    say(f"  the first {_HEAD_LINES} lines of {result}:")
    for line in result.read_text(encoding="utf-8").splitlines()[:_HEAD_LINES]:
        say(f"    {line}", style="cyan")
