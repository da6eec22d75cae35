"""The background process as a service of the user: a systemd user unit, or a launchd agent on macOS.

In     the command line to run, the data directory it serves
Out    one unit file, named for the data directory where that is not the usual one
Never  touches a unit that somebody else wrote; needs the service manager to be there
"""

import contextlib
import hashlib
import os
import platform
import plistlib
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from skillstrata.adapters.atomic_files import make_folder, storing, write_atomic
from skillstrata.ports.services import ServiceChange

_TIMEOUT_S = 20.0
_MARK = "skillstrata"
_SYSTEMD = """\
# Written by `skillstrata daemon install`; `skillstrata daemon uninstall` takes it away.
[Unit]
Description=skillstrata: takes in what agents did, and distils it while nobody is there

[Service]
ExecStart={command}
Restart=on-failure
RestartSec=30
Nice=5

[Install]
WantedBy=default.target
"""


@dataclass(frozen=True, slots=True)
class UserServices:
    """Fulfils the Services port.

    `program` is the whole command line; `suffix` tells a data directory that is not the usual one from others.
    `system` is platform.system(); `environ` says where programs and the user's configuration are.
    """

    program: tuple[str, ...]
    home: Path
    suffix: str = ""
    system: str = field(default_factory=platform.system)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def install(self, *, dry_run: bool = False) -> ServiceChange:
        """Write the unit and start it.

        Raises:
            StoreFull: The unit cannot be written.
        """
        path, text = self._path, self._text()
        changed = not path.is_file() or path.read_bytes() != text.encode()
        if dry_run:
            return ServiceChange(str(path), text, changed)
        if changed:
            with storing(path):
                make_folder(path.parent, 0o755)
                write_atomic(path, text.encode(), mode=0o644)
        return ServiceChange(str(path), text, changed, self._told(self._starting) if changed else "")

    def uninstall(self) -> ServiceChange:
        """End it and take the unit away.

        Raises:
            StoreFull: The unit cannot be removed.
        """
        path = self._path
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        if _MARK not in text:
            return ServiceChange(str(path), text, changed=False)
        said = self._told(self._ending)
        with storing(path):
            path.unlink(missing_ok=True)
        if self.system != "Darwin":
            said = said or self._told((("systemctl", "--user", "daemon-reload"),))
        return ServiceChange(str(path), text, changed=True, instructions=said)

    @property
    def _name(self) -> str:
        return f"skillstrata-{self.suffix}" if self.suffix else "skillstrata"

    @property
    def _path(self) -> Path:
        if self.system == "Darwin":
            return self.home / "Library" / "LaunchAgents" / f"io.{self._name}.plist"
        folder = Path(self.environ.get("XDG_CONFIG_HOME") or self.home / ".config")
        return folder / "systemd" / "user" / f"{self._name}.service"

    def _text(self) -> str:
        if self.system != "Darwin":
            return _SYSTEMD.format(command=" ".join(_quoted(word) for word in self.program))
        agent = {
            "Label": f"io.{self._name}",
            "ProgramArguments": list(self.program),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ProcessType": "Background",
            "LowPriorityIO": True,
        }
        return plistlib.dumps(agent).decode()

    @property
    def _starting(self) -> tuple[tuple[str, ...], ...]:
        if self.system == "Darwin":
            return (("launchctl", "bootstrap", f"gui/{os.getuid()}", str(self._path)),)
        return (
            ("systemctl", "--user", "daemon-reload"),
            ("systemctl", "--user", "enable", "--now", f"{self._name}.service"),
        )

    @property
    def _ending(self) -> tuple[tuple[str, ...], ...]:
        if self.system == "Darwin":
            return (("launchctl", "bootout", f"gui/{os.getuid()}/io.{self._name}"),)
        return (("systemctl", "--user", "disable", "--now", f"{self._name}.service"),)

    def _told(self, commands: tuple[tuple[str, ...], ...]) -> str:
        """Tell the service manager; where it cannot be told, give the lines to run by hand."""
        by_hand = f"run: {' && '.join(shlex.join(command) for command in commands)}"
        manager = shutil.which(commands[0][0], path=self.environ.get("PATH", os.defpath))
        if manager is None:
            return f"{commands[0][0]} is not on PATH; where it is, {by_hand}"
        for command in commands:
            said = self._run((manager, *command[1:]))
            if said:
                return f"{said}; {by_hand}"
        return ""

    def _run(self, command: tuple[str, ...]) -> str:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=_TIMEOUT_S,
                env={**self.environ, "HOME": str(self.home)},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        if done.returncode == 0:
            return ""
        with contextlib.suppress(IndexError):
            return (done.stderr or done.stdout).strip().splitlines()[-1]
        return f"{command[0]} ended with {done.returncode}"


def _quoted(word: str) -> str:
    """Write a word so that systemd reads it as it is: percent signs and dollars mean something there in any quotes."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return plain if plain == word and not set(word) & set(" \t';") else f'"{plain}"'


def suffix_of(data_dir: Path, usual: Path) -> str:
    """Give what tells the services of two data directories apart; "" for the usual one."""
    return "" if data_dir == usual else hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:8]
