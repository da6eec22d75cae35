"""The walls of the `contained` tier, tried once before anything else is run.

In     a way to run a job
Out    the first wall that does not hold, or an empty string
Never  takes the attacking program's word alone: a canary and a target of the host are looked at from outside
Why    a rule that an old kernel silently leaves out looks, from here, like one that holds
"""

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from skillstrata.adapters.contained_command import own_python
from skillstrata.records.sandbox_runs import Limits, PythonEnvironment, SandboxJob, SandboxResult

_OPEN_FOLDER, _OPEN_FILE = 0o777, 0o666
# Paths come as hexadecimal digits, for words of a job that name a path are rewritten.
ATTACKS = """
import os, sys
canary, target, mode = (bytes.fromhex(word).decode() for word in sys.argv[1:4])
def attempt(name, step, *words):
    try:
        step(*words)
        print(name)
    except OSError:
        pass
attempt("read", lambda: print(open(canary).read()))
attempt("write", lambda: open(target, "w").close())
attempt("truncate", os.truncate, canary, 0)
attempt("remove", os.remove, canary)
attempt("mode", os.chmod, mode, 0o700)
attempt("link", os.link, canary, "linked")
attempt("signal", os.kill, int(sys.argv[4]), 0)
print("ran")
"""


def failed_wall(run: Callable[[SandboxJob], SandboxResult]) -> str:
    """Try to read, write, truncate, remove and close files outside, and to signal this process."""
    with tempfile.TemporaryDirectory(prefix="strata-canary-") as folder:
        # Open to everybody: what keeps the program out shall be the wall that is tried, not the mode.
        os.chmod(folder, _OPEN_FOLDER)
        canary, target, mode = (Path(folder, name) for name in ("canary", "target", "mode"))
        secret = os.urandom(16).hex()
        for path in (canary, mode):
            path.write_text(secret, encoding="ascii")
            path.chmod(_OPEN_FILE)
        result = run(_attack(canary, target, mode))
        said = result.stdout.decode("ascii", "replace").split()
        changed = not canary.exists() or canary.read_text(encoding="ascii") != secret
        failed = {
            "files outside can be read": secret in said,
            "files outside can be made": target.exists(),
            "files outside can be changed or removed": changed,
            "modes of files outside can be changed": stat.S_IMODE(mode.stat().st_mode) != _OPEN_FILE,
            "files outside can be linked": changed or canary.stat().st_nlink != 1,
            "processes outside can be signalled": "signal" in said,
            f"the test did not run: {result.stderr[-200:]!r}": "ran" not in said,
        }
    return next((wall for wall, broken in failed.items() if broken), "")


def _attack(*paths: Path) -> SandboxJob:
    python, binds = own_python()
    words = (*(os.fsencode(path).hex() for path in paths), str(os.getpid()))
    return SandboxJob(
        argv=(python, "-I", "-S", "-c", ATTACKS, *words),
        environment=PythonEnvironment("self-test", python, binds),
        limits=Limits(wall_s=20.0),
    )
