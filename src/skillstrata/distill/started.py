"""What starting another program means: it fetches, deletes, tells of the machine, or must be installed.

In     the words of a command that a program starts
Out    the findings, noted
Never  starts anything
"""

import posixpath
from collections.abc import Callable

from skillstrata.distill.distributions import MAC_ONLY
from skillstrata.distill.findings import Findings

_SHELL_DELETES = {"rm", "rmdir", "shred", "mkfs", "dd"}
_FETCHING = {"ssh", "scp", "rsync", "sftp", "ftp", "nc", "ncat", "telnet", "aws", "gsutil", "rclone", "ping", "dig"}
_INSTALLERS = {"pip", "pip3", "pipx", "npm", "npx", "apt", "apt-get", "brew", "conda", "curl", "wget"}
_LOCAL_BINARIES = frozenset(
    """
    python python3 sh bash echo cat true ls cp mv mkdir which cd export set test [ exit : source . read printf command
    exec eval wait trap umask ulimit unset shift return type
    """.split()
)
# What these print tells of the machine or the project, not of an input.
_MACHINE_BINARIES = frozenset(
    """
    git hg svn gh docker podman kubectl systemctl service journalctl launchctl ps top pgrep pstree uname hostname
    hostnamectl free uptime df lsblk lscpu lspci lsusb lsof mount ss netstat ip ifconfig who w whoami id last dmesg
    nvidia-smi sysctl crontab date printenv tmux screen
    """.split()
)


def note_started(words: list[str], place: str, on_path: Callable[[str], bool], found: Findings) -> None:
    """Note one command.

    Args:
        words: As far as they are known; the first is the program.
        place: Where it stands, as "at line N".
        on_path: Says whether a program can be started here.
        found: Takes the findings in.
    """
    binary = posixpath.basename(words[0])
    entry = f"{binary} {place}"
    found.binaries.append(entry)
    if binary in _INSTALLERS | _FETCHING or words[1:3] == ["-m", "pip"]:
        found.network.append(f"{' '.join(words[:3])} {place}")
    elif binary in _SHELL_DELETES:
        found.destructive.append(entry)
    elif binary in MAC_ONLY and not on_path(words[0]):
        found.mac.append(entry)
    elif binary in _MACHINE_BINARIES:
        found.machine += [] if binary in found.machine else [binary]
    elif binary not in _LOCAL_BINARIES and not on_path(words[0]):
        found.missing.append(entry)
