"""AgentRecord -> Event: the outcome in one word, an id that is the same whenever the same record arrives.

In     one record of an agent, and its time: what it states itself, else when its file was written
Out    one Event, not yet redacted, without snapshots
Never  counts an unfinished call as ok; invents an exit code
"""

import hashlib
import re

from skillstrata.records.events import AgentRecord, Event, EventKind, Outcome, ShellCall

_EXIT_CODE = re.compile(r"Exit code (\d{1,3})\s*(?:\n|\Z)")
# Long and mixed enough that no two calls share it: toolu_01A9…, call_h4Zb…, a UUID; not "functions.bash:0".
_RANDOM_ID = re.compile(r"(?=\D*\d\D*\d\D*\d)(?=[^A-Za-z]*[A-Za-z])[\w.:-]{20,}\Z")
_CWD_RESET = re.compile(r"\n?Shell cwd was reset to [^\n]*\s*\Z")


def normalise(record: AgentRecord, *, at_s: float, imported: bool = False) -> Event:
    """Judge one record.

    A record before a call (kind OTHER with a call id) gets an id that ends in ":before"; its cwd is the folder the call
    starts in.

    Args:
        record: As an agent's reader gave it.
        at_s: When it happened, seconds since the epoch: what the record itself states, else when it was written.
        imported: It was read from a history.
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
        exit_code=_exit_code(record, shell),
        shell=shell,
        change=record.change,
        prompt=record.prompt,
        changes=record.changes,
        cwd_before=record.cwd_before,
        ended=record.ended,
        imported=imported,
        call=_call(record),
        used=record.used,
    )


def _event_id(record: AgentRecord) -> str:
    stem = f"{record.agent}:{record.session}"
    if record.kind is EventKind.PROMPT and record.prompt_id and record.prompt:
        # The hook and the history both hold a prompt, in records that have nothing else in common.
        said = f"{record.prompt_id}\0{record.prompt}".encode("utf-8", "surrogatepass")
        return f"{stem}:prompt:{hashlib.sha256(said).hexdigest()[:32]}"
    if record.content_digest or not record.tool_use_id:
        return f"{stem}:{record.content_digest}"
    return f"{stem}:{record.tool_use_id}{'' if record.kind is EventKind.CALL else ':before'}"


def _call(record: AgentRecord) -> str:
    """Name a call apart from its session, by its id and what was asked.

    Agents that number their calls anew in each session would make strangers the same: there the time has its part, or
    what came back.
    """
    if record.kind is not EventKind.CALL:
        return ""
    asked = [record.agent, record.tool_use_id, record.tool, record.shell.command if record.shell is not None else ""]
    for change in (record.change, *record.changes):
        if change is not None:
            asked += (change.path, change.content or "", *(text for e in change.edits for text in (e.old, e.new)))
    if not _RANDOM_ID.match(record.tool_use_id):
        if record.at_s is None and not record.ended:
            # Nothing is left that would tell it from a stranger.
            return ""
        said = (record.shell.stdout, record.shell.error) if record.shell is not None else ()
        asked += (*said, record.content_digest) if record.at_s is None else (repr(record.at_s),)
    return hashlib.blake2b("\0".join(asked).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _outcome(record: AgentRecord) -> Outcome:
    if record.kind is not EventKind.CALL:
        return Outcome.UNKNOWN
    if record.failed:
        return Outcome.FAILED
    if not record.ended or (record.shell is not None and (record.shell.background or record.shell.interrupted)):
        return Outcome.UNKNOWN
    if record.benign_note:
        return Outcome.BENIGN
    return Outcome.OK if record.exit_code in {None, 0} else Outcome.FAILED


def _exit_code(record: AgentRecord, shell: ShellCall | None) -> int | None:
    if record.exit_code is not None:
        return record.exit_code
    stated = _EXIT_CODE.match(shell.error) if record.failed and shell is not None else None
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
