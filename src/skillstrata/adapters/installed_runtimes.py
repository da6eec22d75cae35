"""The Runtimes port on what is installed: the system's shell and node, wherever its user put it.

In     PATH
Out    Interpreter, or RuntimeMissing with what to install
Never  starts a program; names a home folder or another folder that holds more than one installation
Why    node is as often in a version manager's folder as in /usr, and the sandbox sees /usr alone
"""

import os
import shutil
from pathlib import Path

from skillstrata.records.failures import RuntimeMissing
from skillstrata.records.runtimes import Interpreter, Runtime
from skillstrata.records.sandbox_runs import Check

_NAMES = {Runtime.SHELL: "bash", Runtime.NODE: "node"}
_PACKAGES = {Runtime.SHELL: "bash", Runtime.NODE: "nodejs"}
_SYSTEM = "/usr/bin:/bin"


class InstalledRuntimes:
    """Looks on PATH, the system's folders first."""

    def __init__(self, path: str | None = None) -> None:
        """Take the folders to look in, as PATH has them; None for the process's own."""
        self._path = path

    def find(self, runtime: Runtime) -> Interpreter:
        """Give the interpreter of a runtime.

        Raises:
            RuntimeMissing: It is not installed, or lies in a folder that cannot be shown to the sandbox.
        """
        name = _NAMES.get(runtime)
        if name is None:
            raise RuntimeMissing(f"{runtime.value} programs run in an environment", hint="build one from their lock")
        path = os.environ.get("PATH", "") if self._path is None else self._path
        found = shutil.which(name, path=f"{_SYSTEM}:{path}" if self._path is None else path)
        if found is None:
            raise RuntimeMissing(f"{name} is not installed", hint=f"install it: `apt-get install {_PACKAGES[runtime]}`")
        program = os.path.realpath(found)
        if Path(program).is_relative_to("/usr"):
            return Interpreter(program)
        return Interpreter(program, (_installation(program),))

    def checks(self) -> tuple[Check, ...]:
        """Say which are there; none of them is needed before a tool needs it."""
        said: list[str] = []
        for runtime, name in _NAMES.items():
            try:
                said.append(f"{name}: {self.find(runtime).program}")
            except RuntimeMissing as missing:
                said.append(f"{name}: {missing.message}")
        return (Check("runtimes", ok=True, detail=", ".join(said)),)


def _installation(program: str) -> str:
    """Give the folder above `bin`; what lies elsewhere could bring a whole home into view."""
    folder, home = Path(program).parent, Path.home()
    if folder.name == "bin" and folder.parent.parent != folder.parent and folder.parent not in (home, home / ".local"):
        return str(folder.parent)
    raise RuntimeMissing(
        f"{program} does not lie in a folder of its own installation", hint="install it under /usr, or as PREFIX/bin"
    )
