r"""What a Codex tool call gave back, in every shape a rollout has for it -> Output.

    "Exit code: 0\nWall time: …\nOutput:\n…"       "Chunk ID: …\nProcess exited with code 0\nOutput:\n…"
    {"output": "…", "metadata": {"exit_code": 0}}  as an object or as a string of JSON
    [{"type": "input_text", "text": "…"}]          plain text

Never  takes a number out of what a program printed: only the lines before `Output:` are the agent's own
"""

import re
from dataclasses import dataclass

from skillstrata.adapters.history_lines import parsed_object
from skillstrata.adapters.history_values import block_text, members, number, text

_HEADER_LINES = 10
_HEADER_LINE = 200
_EXIT = re.compile(r"(?:Exit code:|Process exited with code) (-?\d{1,10})\s*\Z")
_RUNNING = re.compile(r"(?:Process running with session ID|Script running with cell ID) (\S{1,100})\s*\Z")
_OTHER_HEADER = re.compile(
    r"(?:Chunk ID: .*|Wall time:? .*|Original token count: .*|Total output lines: .*"
    r"|Script (?:completed|failed|terminated)\.?|Command: .*|\s*)\Z"
)
_FAILED_PLAINLY = re.compile(
    r"failed (?:in sandbox|to|for)|execution error|error:|unsupported call|exec_command failed|write_stdin failed"
    r"|apply_patch verification failed|[Ii]nvalid patch|sandbox (?:error|denied)",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"(?:exec command |patch )?(?:rejected|denied|declined)\b|user (?:rejected|denied|declined)", re.IGNORECASE
)
_ABORTED = re.compile(r"(?:command was )?(?:aborted|interrupted)", re.IGNORECASE)
_TIMED_OUT = re.compile(r"command timed out after ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Output:
    """What came back. `stated` says that the agent wrote down how the call ended; `running` names its session."""

    text: str = ""
    exit_code: int | None = None
    failed: bool = False
    stated: bool = False
    refused: bool = False
    interrupted: bool = False
    running: str = ""


def output_of(value: object) -> Output:
    """Read the `output` of a call, whatever its shape."""
    found = members(value)
    if found:
        return _of_object(found)
    said = block_text(value)
    if said.startswith('{"'):
        nested = parsed_object(said.encode("utf-8", "surrogatepass"))
        if not isinstance(nested, str) and ("output" in nested or "exit_code" in nested):
            return _of_object(nested)
    return _of_text(said)


def _of_object(found: dict[str, object]) -> Output:
    said = next((block_text(found[key]) for key in ("output", "content", "text", "body") if key in found), "")
    code = number(members(found.get("metadata")).get("exit_code"))
    code = code if code is not None else number(found.get("exit_code"))
    success = found.get("success")
    if code is None and not isinstance(success, bool):
        return _of_text(said)
    failed = code != 0 if code is not None else success is False
    return Output(said, code, failed, stated=True, interrupted=bool(_TIMED_OUT.match(said)))


@dataclass(slots=True)
class _Header:
    """What the agent wrote before `Output:`; `body` is where the output begins, None where there is no header."""

    exit_code: int | None = None
    running: str = ""
    script_failed: bool = False
    body: int | None = None

    def take(self, line: str) -> bool:
        """Read one line, and say whether it belongs to the header."""
        if exited := _EXIT.match(line):
            self.exit_code = int(exited.group(1))
        elif held := _RUNNING.match(line):
            self.running = held.group(1)
        elif not _OTHER_HEADER.match(line):
            return False
        self.script_failed = self.script_failed or line.startswith("Script failed")
        return True


def _header_of(said: str) -> _Header:
    header = _Header()
    at = 0
    for _ in range(_HEADER_LINES):
        end = said.find("\n", at)
        line = said[at:] if end < 0 else said[at:end]
        if at and line.startswith("Output:"):
            header.body = at + len("Output:")
            return header
        if not header.take(line[:_HEADER_LINE]):
            return header
        if end < 0:
            header.body = len(said) if at or not line.isspace() else None
            return header
        at = end + 1
    return header


def _of_text(said: str) -> Output:
    header = _header_of(said) if said else _Header()
    if header.body is None:
        return _plain(said)
    body = said[header.body :].removeprefix("\n")
    return Output(
        body,
        header.exit_code,
        failed=header.script_failed or bool(header.exit_code),
        stated=header.exit_code is not None or (not header.running and "Script" in said[:_HEADER_LINE]),
        interrupted=bool(_TIMED_OUT.match(body.lstrip())),
        running=header.running,
    )


def _plain(said: str) -> Output:
    start = said[:_HEADER_LINE].lstrip()
    aborted = bool(_ABORTED.match(start))
    refused = bool(_REFUSED.match(start)) and not aborted
    failed = not refused and not aborted and bool(_FAILED_PLAINLY.match(start))
    return Output(
        said,
        failed=failed,
        stated=failed,
        refused=refused,
        interrupted=aborted or bool(_TIMED_OUT.match(start)),
    )


def event_output(event: dict[str, object]) -> Output:
    """Read the end of a command as an event or an item states it."""
    code = number(event.get("exit_code"))
    status = text(event.get("status")).lower()
    said = text(event.get("aggregated_output")) or text(event.get("stdout")) + text(event.get("stderr"))
    refused = status == "declined"
    failed = not refused and (code != 0 if code is not None else status == "failed")
    return Output(
        said or text(event.get("formatted_output")),
        code,
        failed,
        stated=code is not None or status in {"failed", "completed"},
        refused=refused,
        interrupted=event.get("timed_out") is True,
    )
