"""The calls of a Codex rollout between what asks for them and everything that answers -> one record each.

In     requests, outputs, events and items, in the order of the file
Out    a HistoryItem a call, when nothing more is expected of it or the file ends
Never  gives a call twice, though several kinds of record tell of it; holds more than a bounded number of open calls
Why    a command goes on after its call has returned ("Process running with session ID"): later writes to that session
       end it. A program that calls tools is a call, and each command it ran that has a record of its own is another
"""

from collections import OrderedDict
from dataclasses import dataclass, replace

from skillstrata.adapters.codex_output import Output
from skillstrata.adapters.codex_program import ProgramCommand
from skillstrata.adapters.codex_requests import PATCH_TOOL, Request, command_of
from skillstrata.adapters.history_values import digest, within
from skillstrata.records.events import AgentRecord, EventKind, FileChange, ShellCall
from skillstrata.records.imports import HistoryItem, LeftOut

MAX_OPEN = 2_000
MAX_HELD = 64_000_000
_MAX_REMEMBERED = 100_000
_MAX_RECENT = 500


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a piece stands and whose it is: line, time, and what the rollout said of its session so far."""

    line: int
    at_s: float | None
    session: str
    sub_agent: str
    cwd: str


@dataclass(slots=True)
class _Call:
    request: Request
    origin: Origin
    size: int
    output: Output | None = None
    told: Output | None = None
    listed: tuple[FileChange, ...] = ()
    ended_at_s: float | None = None
    own_record: bool = True
    told_commands: bool = False
    told_patches: bool = False


class OpenCalls:
    """Follows the calls of one rollout."""

    def __init__(self, agent: str) -> None:
        """Start with no call open."""
        self._agent = agent
        self._open: OrderedDict[str, _Call] = OrderedDict()
        self._programs: dict[str, _Call] = {}
        self._held = 0
        self._nameless = 0
        self._running: dict[str, str] = {}
        self._given: OrderedDict[str, str] = OrderedDict()
        self._program_commands: OrderedDict[str, str] = OrderedDict()

    def ask(self, request: Request, origin: Origin, *, own_record: bool = True) -> list[HistoryItem]:
        """Take a request.

        Args:
            request: What is asked for.
            origin: Where it stands.
            own_record: False where only an event tells of the call: then no output of its own is to come.
        """
        known = self._open.get(request.call_id) if request.call_id else None
        if known is not None and own_record and not known.own_record:
            known.request, known.own_record = request, True
            return []
        if known is not None or self._given.get(request.call_id) in {request.asked, ""}:
            return [_left(origin, f"repeated {request.tool}")]
        if request.call_id in self._given:
            request = replace(request, call_id="")
        items = self._settled() if own_record else []
        key = request.call_id or self._name()
        call = self._open[key] = _Call(request, origin, _size(request), own_record=own_record)
        self._held += call.size
        if request.program is not None:
            self._programs[key] = call
        while len(self._open) > MAX_OPEN or (self._held > MAX_HELD and len(self._open) > 1):
            items.extend(self._close(next(iter(self._open))))
        return items

    def answer(self, call_id: str, output: Output, origin: Origin) -> list[HistoryItem]:
        """Take the output of a call; without an id it belongs to the oldest one without an id."""
        key = call_id or next((k for k, c in self._open.items() if not c.request.call_id and c.output is None), "")
        call = self._open.get(key)
        if call is None:
            lost = bool(call_id) and call_id not in self._given
            return [HistoryItem(origin.line, left_out=LeftOut("output without a call", of_a_call=lost))]
        call.output, call.ended_at_s = output, origin.at_s
        items = self._continue(call, output, origin) if call.request.continues else []
        if output.running and call.told is None and call.request.command is not None:
            self._running[output.running] = key
        elif call.request.program is None:
            items.extend(self._close(key))
        return items

    def tell(
        self, request: Request, output: Output, origin: Origin, listed: tuple[FileChange, ...] = ()
    ) -> list[HistoryItem]:
        """Take what an event or an item says of the end of a call; the request is read from it as well."""
        call = self._open.get(request.call_id) if request.call_id else None
        if call is not None:
            call.told, call.listed, call.ended_at_s = output, listed or call.listed, origin.at_s
            over = call.output is not None or not call.own_record
            return self._close(request.call_id) if over and call.request.program is None else []
        if request.call_id in self._given or self._is_of_program(request):
            return [_left(origin, f"second record of {request.tool}")]
        key = request.call_id or self._name()
        call = _Call(request, origin, 0, told=output, listed=listed, ended_at_s=origin.at_s, own_record=False)
        self._open[key] = call
        self._tell_programs(request)
        return self._close(key)

    def settle(self) -> list[HistoryItem]:
        """Give the programs that have ended: what follows is no part of them."""
        return self._settled()

    def rest(self) -> list[HistoryItem]:
        """Give every call that is still open: the file has ended."""
        return [item for key in list(self._open) for item in self._close(key)]

    def _name(self) -> str:
        self._nameless += 1
        return f"\0{self._nameless}"

    def _settled(self) -> list[HistoryItem]:
        over = [key for key, call in self._programs.items() if call.output is not None]
        return [item for key in over for item in self._close(key)]

    def _is_of_program(self, request: Request) -> bool:
        """Say whether a program that was given already stood for this command."""
        return request.command is not None and request.command in self._program_commands

    def _tell_programs(self, request: Request) -> None:
        """Let the programs that are open know that what they run has records of its own."""
        for call in self._programs.values():
            call.told_commands = call.told_commands or request.command is not None
            call.told_patches = call.told_patches or request.tool == PATCH_TOOL

    def _continue(self, call: _Call, output: Output, origin: Origin) -> list[HistoryItem]:
        """Add what a running command printed since, and end it where it has exited."""
        key = self._running.get(call.request.continues, "")
        running = self._open.get(key)
        if running is None or running.output is None:
            return []
        text = running.output.text + output.text
        running.ended_at_s = origin.at_s
        running.output = replace(output, text=text, failed=bool(output.exit_code))
        running.size += len(output.text)
        self._held += len(output.text)
        if output.exit_code is None:
            return []
        self._running.pop(call.request.continues, None)
        return self._close(key)

    def _close(self, key: str) -> list[HistoryItem]:
        call = self._open.pop(key, None)
        if call is None:
            return []
        self._held -= call.size
        self._programs.pop(key, None)
        if call.output is not None and self._running.get(call.output.running) == key:
            del self._running[call.output.running]
        if call.request.call_id:
            _remember(self._given, call.request.call_id, call.request.asked, _MAX_REMEMBERED)
        if call.request.program is not None:
            return self._of_program(call)
        return [HistoryItem(call.origin.line, self._record(call))]

    def _of_program(self, call: _Call) -> list[HistoryItem]:
        """Give a program: with one command it is that command's call, with several each stands beside it."""
        program = call.request.program
        commands = program.commands if program is not None and not call.told_commands else ()
        changes = program.changes if program is not None and not call.told_patches else ()
        requests = [_of_command(call.request, one) for one in commands]
        for one in requests:
            _remember(self._program_commands, one.command or "", "", _MAX_RECENT)
        if len(requests) == 1:
            call.request = replace(requests[0], call_id=call.request.call_id, asked=call.request.asked)
            requests = []
        call.request = replace(call.request, changes=changes)
        items = [HistoryItem(call.origin.line, self._record(call))]
        for n, one in enumerate(requests, 1):
            call_id = f"{call.request.call_id}:{n}" if call.request.call_id else ""
            inner = _Call(replace(one, call_id=call_id, asked=digest(call.request.asked, n)), call.origin, 0)
            items.append(HistoryItem(call.origin.line, self._record(inner)))
        return items

    def _record(self, call: _Call) -> AgentRecord:
        request, origin = call.request, call.origin
        end = _merged(call.output, call.told)
        refused = end is not None and end.refused
        ended = _has_ended(call, end)
        failed = end is not None and end.failed and not refused
        cwd = within(origin.cwd, request.workdir)
        changes = (request.changes or call.listed) if ended and not failed else ()
        return AgentRecord(
            agent=self._agent,
            kind=EventKind.CALL,
            name="tool_call",
            session=origin.session,
            cwd=cwd,
            cwd_before=cwd,
            tool_use_id=request.call_id,
            sub_agent=origin.sub_agent,
            tool=request.tool,
            failed=failed,
            shell=_shell(request, end, ended=ended, failed=failed),
            change=changes[0] if len(changes) == 1 else None,
            changes=changes if len(changes) > 1 else (),
            content_digest=""
            if request.call_id
            else digest(origin.session, origin.at_s, request.asked, request.command),
            at_s=call.ended_at_s if call.ended_at_s is not None else origin.at_s,
            exit_code=end.exit_code if end is not None else None,
            ended=ended,
        )


def _has_ended(call: _Call, end: Output | None) -> bool:
    """Say whether the end of a call is on record; of a command, only where the agent wrote down how it ended."""
    if end is None or end.refused:
        return False
    if call.request.command is not None or call.request.tool == PATCH_TOOL:
        return end.stated or end.interrupted or bool(call.request.changes and "Success" in end.text[:_MAX_RECENT])
    return True


def _merged(output: Output | None, told: Output | None) -> Output | None:
    """Put together what the model was shown and what an event says: the event knows more."""
    if output is None or told is None:
        return told or output
    return Output(
        told.text or output.text,
        told.exit_code if told.exit_code is not None else output.exit_code,
        failed=told.failed if told.stated else output.failed,
        stated=told.stated or output.stated,
        refused=told.refused or output.refused,
        interrupted=told.interrupted or output.interrupted,
    )


def _shell(request: Request, end: Output | None, *, ended: bool, failed: bool) -> ShellCall | None:
    if request.command is None:
        return None
    said = end.text if end is not None else ""
    return ShellCall(
        command=request.command,
        stdout="" if failed else said,
        error=said if failed else "",
        background=not ended and end is not None and bool(end.running),
        interrupted=end is not None and end.interrupted,
    )


def _of_command(request: Request, one: ProgramCommand) -> Request:
    command = one.command if isinstance(one.command, str) else command_of(one.command)
    return Request(request.tool, command=command, workdir=one.workdir)


def _size(request: Request) -> int:
    texts = [edit.old + edit.new for change in request.changes for edit in change.edits]
    contents = sum(len(change.content or "") for change in request.changes)
    return len(request.command or "") + sum(map(len, texts)) + contents


def _remember(kept: OrderedDict[str, str], key: str, value: str, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)


def _left(origin: Origin, what: str) -> HistoryItem:
    return HistoryItem(origin.line, left_out=LeftOut(what))
