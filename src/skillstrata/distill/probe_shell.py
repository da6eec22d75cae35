"""List what a shell text needs and touches: the programs it starts, network, clock, deletions, the home folder.

In     one Execution whose body is a pipeline or a shell script
Out    ProbeReport; its verdict sets aside what cannot or must not be replayed here, with the command that frees it
Never  counts comments or quoted text; runs or installs anything
"""

import posixpath
from collections.abc import Callable

from skillstrata.distill.findings import Findings, report_of
from skillstrata.distill.readings import SYNTAX
from skillstrata.distill.shell import ShellCommand
from skillstrata.distill.shell_text import shell_text
from skillstrata.distill.started import note_started
from skillstrata.records.candidates import ProbeReport, State, Verdict
from skillstrata.records.events import Outcome
from skillstrata.records.executions import Execution

_TYPED = 2
_CLOCKS = {"date", "uptime"}
_RANDOM = {"shuf", "uuidgen", "mktemp"}
_NETWORK_TARGETS = ("/dev/tcp/", "/dev/udp/", "http://", "https://")


def probe_shell(
    execution: Execution, binaries_on_path: Callable[[str], bool], python_helper: Callable[[str, Findings], None]
) -> ProbeReport:
    """Examine a shell text.

    Args:
        execution: With a body.
        binaries_on_path: Says whether a program can be started here.
        python_helper: Notes what a Python helper of the script needs.
    """
    body = execution.body or ""
    ran = execution.outcome in {Outcome.OK, Outcome.BENIGN}
    shell = shell_text(body, execution.argv)
    if shell is None or not (shell.complete or ran):
        return ProbeReport(verdict=Verdict(State.REJECTED, "syntax_error", SYNTAX["shell"]))
    found = Findings()
    written = {p.value for p in shell.text.paths if "write" in p.uses}
    bundled = {posixpath.basename(m.path) for m in execution.modules}
    for at, command in enumerate(shell.commands, start=1):
        _note(command, f"in command {at}", written, binaries_on_path, found)
        _helper_missing(command, bundled, found)
        if command.name.startswith("python") and command.argv[1:2] == ("-c",) and len(command.argv) > _TYPED:
            python_helper(command.argv[_TYPED] or "", found)
    for module in execution.modules:
        if module.path.endswith(".py"):
            python_helper(module.text, found)
    if "$HOME" in body or "~/" in body:
        found.environment.append("the home folder")
    return report_of(found, (body, *(m.text for m in execution.modules)))


def _note(
    command: ShellCommand, place: str, written: set[str], on_path: Callable[[str], bool], found: Findings
) -> None:
    words = [r if w is None else w for w, r in zip(command.argv, command.raw, strict=True)]
    name = command.name
    if not name:
        return
    if any(word.startswith(_NETWORK_TARGETS) for word in words[1:]):
        found.network.append(f"{name} {place}")
    operands = [w for w in words[1:] if not w.startswith("-")]
    if name in {"rm", "rmdir", "unlink"} and operands and all(w in written or "TMP" in w.upper() for w in operands):
        found.binaries.append(f"{name} {place}")
    elif name in _CLOCKS:
        found.clock.append(f"{name} {place}")
    elif name in _RANDOM:
        found.randomness.append(f"{name} {place}")
    else:
        note_started(words, place, on_path, found)


def _helper_missing(command: ShellCommand, bundled: set[str], found: Findings) -> None:
    """Note a script that the text starts and that does not come with it."""
    scripts = [w for w in command.argv[:2] if w and w.endswith((".py", ".sh", ".js", ".mjs", ".bash"))]
    found.local += [f"{s} started by the script" for s in scripts if posixpath.basename(s) not in bundled]
