"""The command inside a command: without assignments, and without programs that only start another one.

    env -u HOME A=1 timeout -k 5 60 pytest -q   ->   pytest -q

In     the words of a simple command
Out    those that say what is run; none where a wrapper starts nothing
Never  takes a value of a wrapper, which may be a password, for a program
"""

import re

_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
# Options of each that take the next word; what begins with a digit is a value wherever it stands.
WRAPPERS: dict[str, frozenset[str]] = {
    "time": frozenset({"-f", "-o"}),
    "nice": frozenset({"-n"}),
    "nohup": frozenset(),
    "env": frozenset({"-u", "--unset", "-C", "--chdir"}),
    "timeout": frozenset({"-s", "--signal", "-k", "--kill-after"}),
    "gtimeout": frozenset({"-s", "--signal", "-k", "--kill-after"}),
    "exec": frozenset({"-a"}),
    "command": frozenset(),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "ionice": frozenset({"-c", "-n"}),
    "sshpass": frozenset({"-p", "-f", "-d", "-P"}),
}
"""Programs that only start another one."""


def bare(words: list[str]) -> list[str]:
    """Take assignments and programs that only start another off the front."""
    at = 0
    while at < len(words):
        if _ASSIGNED.match(words[at]):
            at += 1
        elif words[at] in WRAPPERS:
            at = _after_options(words, at + 1, WRAPPERS[words[at]])
        else:
            break
    return words[at:]


def _after_options(words: list[str], at: int, with_value: frozenset[str]) -> int:
    while at < len(words) and (words[at].startswith("-") or words[at][:1].isdigit()):
        at += 2 if words[at] in with_value else 1
    return at
