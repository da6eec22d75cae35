"""Start the hook that tells an agent what fits its project, once, as a client would.

In     the script, a folder, the session it is told to be
Out    HookTrial: what it told, how long it took, what is wrong with it
Never  waits longer than some seconds; gives the hook more of the environment than a path
"""

import json
import os
import subprocess
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from skillstrata.records.exchanges import HookTrial

# As the client's entry starts it: a script that is not there is no error.
_START = '[ ! -r "$1" ] || . "$1"'
_SHELL = "/bin/sh"
_MOST_S = 10.0


class _Output(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    additionalContext: str


class Told(BaseModel):
    """What a client reads from the hook."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    hookSpecificOutput: _Output


def tried(script: str, folder: str, session: str) -> HookTrial:
    """Start the hook in a folder."""
    if not os.access(script, os.R_OK) or not Path(script).is_file():
        return HookTrial(why="it is not there, or cannot be read")
    payload = json.dumps({"session_id": session, "hook_event_name": "SessionStart", "source": "startup"})
    began = time.perf_counter()
    try:
        done = subprocess.run(
            [_SHELL, "-c", _START, "sh", script],
            input=payload.encode(),
            cwd=folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "CLAUDE_PROJECT_DIR": folder},
            capture_output=True,
            check=False,
            timeout=_MOST_S,
        )
    except subprocess.TimeoutExpired:
        return HookTrial(why=f"it was still running after {_MOST_S:.0f} s")
    except OSError as error:
        return HookTrial(why=f"it cannot be started: {error.strerror}")
    return _trial(done, round((time.perf_counter() - began) * 1000, 1))


def _trial(done: subprocess.CompletedProcess[bytes], ms: float) -> HookTrial:
    """Read what a client would read."""
    said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
    if done.returncode or said:
        return HookTrial(ms=ms, why=f"it ended with status {done.returncode}{': ' if said else ''}{said}")
    if not done.stdout:
        return HookTrial(ok=True, ms=ms)
    try:
        told = Told.model_validate_json(done.stdout)
    except ValidationError:
        return HookTrial(ms=ms, why="what it tells is damaged")
    return HookTrial(ok=True, told=told.hookSpecificOutput.additionalContext, ms=ms)
