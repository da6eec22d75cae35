"""AgentRecord -> Event: the outcome in one word, an id that is the same whenever the same record arrives.

In     one record of an agent, and the time its spool file was written
Out    one Event, not yet redacted, without snapshots
Never  counts an unfinished call as ok; invents an exit code
"""

import re

from skillstrata.records.events import AgentRecord, Event, EventKind, Outcome, ShellCall

_EXIT_CODE = re.compile(r"Exit code (\d{1,3})\s*(?:\n|\Z)")
_CWD_RESET = re.compile(r"\n?Shell cwd was reset to [^\n]*\s*\Z")


def normalise(record: AgentRecord, *, at_s: float) -> Event:
    """Judge one record.

    A record before a call (kind OTHER with a call id) gets an id that ends in ":before"; its cwd is the folder the call
    starts in.

    Args:
        record: As an agent's reader gave it.
        at_s: When it was written, seconds since the epoch; agents' records carry no time of their own.
    """
    shell = _without_reset_note(record.shell) if record.shell is not None else None
    return Event(
        id=_event_id(record),
        agent=record.agent,
        session=record.session,
        kind=record.kind,
        at_s=at_s,
        tool=record.tool,
        tool_use_id=record.tool_use_id,
        prompt_id=record.prompt_id,
        sub_agent=record.sub_agent,
        cwd=record.cwd,
        outcome=_outcome(record),
        exit_code=_exit_code(shell) if record.failed else None,
        shell=shell,
        change=record.change,
        prompt=record.prompt,
    )


def _event_id(record: AgentRecord) -> str:
    stem = f"{record.agent}:{record.session}"
    if record.content_digest or not record.tool_use_id:
        return f"{stem}:{record.content_digest}"
    return f"{stem}:{record.tool_use_id}{'' if record.kind is EventKind.CALL else ':before'}"


def _outcome(record: AgentRecord) -> Outcome:
    if record.kind is not EventKind.CALL:
        return Outcome.UNKNOWN
    if record.failed:
        return Outcome.FAILED
    if record.shell is not None and (record.shell.background or record.shell.interrupted):
        return Outcome.UNKNOWN
    return Outcome.BENIGN if record.benign_note else Outcome.OK


def _exit_code(shell: ShellCall | None) -> int | None:
    stated = _EXIT_CODE.match(shell.error) if shell is not None else None
    return int(stated.group(1)) if stated else None


def _without_reset_note(shell: ShellCall) -> ShellCall:
    """Take out the client's own line about its working folder, which no program printed."""
    if "Shell cwd was reset to " not in shell.stderr and "Shell cwd was reset to " not in shell.error:
        return shell
    return ShellCall(
        command=shell.command,
        stdout=shell.stdout,
        stderr=_CWD_RESET.sub("", shell.stderr),
        error=_CWD_RESET.sub("", shell.error),
        background=shell.background,
        interrupted=shell.interrupted,
    )
