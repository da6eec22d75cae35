"""The lines of `strace -f -y` turned into what the traced program did.

In     strace's lines as bytes, whole or cut anywhere; the path of the shim, whose child is the program
Out    Touched, each once, in the order first seen: files opened to be read or written, programs started, places tried
Never  raises on any bytes; gives more than MAX_TOUCHED things or a target longer than MAX_TARGET
Why    pure text work, so that it can be tried with every odd line. A call that failed read and wrote nothing; a refused
       socket or connect is an attempt all the same
"""

import posixpath
import re
import shlex
from dataclasses import dataclass, field

from skillstrata.records.sandbox_runs import Touched

MAX_TOUCHED = 2000
MAX_TARGET = 1000
_MAX_LINE = 64 * 1024
_MAX_PROCESSES = 5000

_STRING = rb'@?"(?:[^"\\]|\\.)*+"(?:\.\.\.)?'
_LINE = re.compile(rb"(\d{1,10}) +(.*)", re.DOTALL)
_CALL = re.compile(rb"(\w{2,20})\((.*)\) += +(-?\d+|\?)(.*)", re.DOTALL)
_BEGUN = re.compile(rb"(\w{2,20})\(")
_UNFINISHED = b"<unfinished ...>"
_RESUMED = re.compile(rb"<\.\.\. (\w{2,20}) resumed>(.*)", re.DOTALL)
_PIECE = re.compile(_STRING + rb"|<[^<>]*+>|[\[{(]|[\]})]|,|[^\"<\[{(\]}),@]++|.", re.DOTALL)
_DECORATED = re.compile(rb"(?:AT_FDCWD|-?\d+)<([^<>]*+)>")
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}
_QUOTED = re.compile(_STRING, re.DOTALL)
_CHILD = re.compile(rb" /\* (\d{1,10}) in strace's PID NS \*/")
_ADDRESS = re.compile(rb"\{sa_family=(AF_\w{1,20})(.*)", re.DOTALL)
_PORT = re.compile(rb"sin6?_port=htons\((\d{1,5})\)")
_HOST = re.compile(rb'inet_(?:addr\(|pton\(AF_INET6, )"([0-9a-fA-F.:]{1,64})"')
_UNIX = re.compile(rb"sun_path=(" + _STRING + rb")", re.DOTALL)

_OPENS = {b"open": 0, b"openat": 1, b"openat2": 1, b"creat": 0}
# The place of each path among the arguments; a decorated folder stands right before it where the name ends in "at".
_CHANGES = {
    b"rename": (0, 1),
    b"renameat": (1, 3),
    b"renameat2": (1, 3),
    b"unlink": (0,),
    b"unlinkat": (1,),
    b"rmdir": (0,),
    b"mkdir": (0,),
    b"mkdirat": (1,),
    b"link": (1,),
    b"linkat": (3,),
    b"symlink": (1,),
    b"symlinkat": (2,),
    b"truncate": (0,),
    b"mknod": (0,),
    b"mknodat": (1,),
}
_STARTS = {b"execve": 0, b"execveat": 1}
_FORKS = frozenset({b"clone", b"clone3", b"fork", b"vfork"})
_MOVES = frozenset({b"chdir", b"fchdir"})
_REACHES = frozenset({b"connect", b"bind", b"sendto", b"sendmsg", b"socket"})
# The C library asks these for users, names and addresses: a refused one is no attempt to get anywhere.
_LOCAL_FAMILIES = frozenset({b"AF_UNIX", b"AF_LOCAL", b"AF_NETLINK", b"AF_UNSPEC"})
# For strace's own filter; "?" because not every machine has each call.
TRACED_CALLS = ",".join(
    f"?{name.decode()}" for name in sorted({*_OPENS, *_CHANGES, *_STARTS, *_FORKS, *_MOVES, *_REACHES})
)


@dataclass(slots=True)
class _Process:
    """One process of the trace: its folder, the call it is in, whether it is the program or came from it."""

    cwd: str = ""
    pending: bytes = b""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class _Call:
    """One finished call: its arguments as strace wrote them, its result and what stands behind it."""

    name: bytes
    arguments: list[bytes]
    result: bytes
    rest: bytes

    @property
    def failed(self) -> bool:
        return self.result.startswith(b"-") or self.result == b"?"

    def text(self, place: int) -> str:
        return _string(self.arguments[place]) if 0 <= place < len(self.arguments) else ""

    def folder(self, place: int) -> str:
        found = _DECORATED.match(self.arguments[place]) if 0 <= place < len(self.arguments) else None
        return _plain(found[1]) if found else ""


@dataclass(slots=True)
class TraceReader:
    """Reads lines in order; `touched` has what the program did so far, `full` says that more was left out."""

    shim: str
    work_dir: str = "/"
    full: bool = False
    _seen: dict[tuple[str, str], None] = field(default_factory=dict[tuple[str, str], None])
    _processes: dict[bytes, _Process] = field(default_factory=dict[bytes, _Process])
    _forking: dict[bytes, _Process] = field(default_factory=dict[bytes, _Process])
    _shim_pid: bytes = b""
    _started: bool = False

    @property
    def touched(self) -> tuple[Touched, ...]:
        """Give each thing once, in the order it was first seen."""
        return tuple(Touched(what, target) for what, target in self._seen)

    @property
    def started(self) -> bool:
        """Say whether the program's own start was seen: without it nothing can be told apart from ours."""
        return self._started

    def read(self, trace: bytes) -> "TraceReader":
        """Take whole text; a last line without its end is left out."""
        for line in trace.split(b"\n")[:-1]:
            self._line(line[:_MAX_LINE])
        return self

    def _line(self, line: bytes) -> None:
        head = _LINE.fullmatch(line)
        if head is None:
            return
        pid, said = head[1], head[2]
        process = self._process(pid)
        if said.endswith(_UNFINISHED):
            self._begin(pid, process, said.removesuffix(_UNFINISHED).rstrip(b" "))
            return
        resumed = _RESUMED.fullmatch(said)
        if resumed:
            if not process.pending.startswith(resumed[1] + b"("):
                return
            said = process.pending + resumed[2]
        process.pending = b""
        self._forking.pop(pid, None)
        found = _CALL.fullmatch(said)
        # Arguments are taken apart only where they count: most calls of a start fail or are not the program's.
        if found and self._counts(pid, process, found[1], found[3]):
            self._take(pid, process, _Call(found[1], _arguments(found[2]), found[3], found[4]))

    def _begin(self, pid: bytes, process: _Process, said: bytes) -> None:
        begun = _BEGUN.match(said)
        process.pending = said if begun else b""
        if begun and begun[1] in _FORKS and process.ours:
            self._forking[pid] = process

    def _process(self, pid: bytes) -> _Process:
        process = self._processes.get(pid)
        if process is None:
            # Only the program starts processes once it runs. The child can be heard before its parent's call ends.
            process = _Process(ours=self._started)
            if len(self._forking) == 1:
                process.cwd = next(iter(self._forking.values())).cwd
            if len(self._processes) < _MAX_PROCESSES:
                self._processes[pid] = process
            else:
                self.full = True
        return process

    def _counts(self, pid: bytes, process: _Process, name: bytes, result: bytes) -> bool:
        if name in _REACHES:
            return process.ours
        if result.startswith(b"-") or result == b"?":
            return False
        return process.ours or name in _STARTS or (name in _MOVES and bool(self._shim_pid) and pid != self._shim_pid)

    def _take(self, pid: bytes, process: _Process, call: _Call) -> None:
        if call.name in _MOVES:
            process.cwd = self._path(process, call.text(0)) if call.name == b"chdir" else call.folder(0)
        elif call.name in _STARTS:
            self._start(pid, process, call)
        elif call.name in _FORKS:
            self._fork(process, call)
        elif call.name in _OPENS:
            self._open(process, call)
        elif call.name in _CHANGES:
            for place in _CHANGES[call.name]:
                self._note("write", self._path_at(process, call, place))
        else:
            self._reach(call)

    def _start(self, pid: bytes, process: _Process, call: _Call) -> None:
        words = _words(call, _STARTS[call.name] + 1)
        if process.ours:
            self._note("spawn", command_text(words))
        elif not self._shim_pid:
            # As a script, `python -I -S SHIM …`: every command around it has the same words further on.
            if words[3:4] == [self.shim]:
                self._shim_pid = pid
        elif pid != self._shim_pid:
            # The shim's child becomes the program: that start is ours, what it does from here on is its own.
            process.ours = self._started = True

    def _fork(self, process: _Process, call: _Call) -> None:
        translated = _CHILD.match(call.rest)
        child = self._process(translated[1] if translated else call.result)
        child.cwd = child.cwd or process.cwd

    def _open(self, process: _Process, call: _Call) -> None:
        place = _OPENS[call.name]
        flags = call.arguments[place + 1] if len(call.arguments) > place + 1 else b""
        if b"O_DIRECTORY" in flags or b"O_PATH" in flags:
            return
        path = self._path_at(process, call, place)
        if call.name == b"creat" or b"O_WRONLY" in flags:
            self._note("write", path)
            return
        # Opened for both but emptied first: nothing of it can be read that was there before.
        if b"O_TRUNC" not in flags:
            self._note("read", path)
        if b"O_RDWR" in flags:
            self._note("write", path)

    def _reach(self, call: _Call) -> None:
        if call.name == b"socket":
            family = call.arguments[0] if call.arguments else b""
            if call.failed and family.startswith(b"AF_") and family not in _LOCAL_FAMILIES:
                self._note("reach", family.decode("ascii", "replace"))
            return
        for argument in call.arguments:
            if b"sa_family=" in argument:
                self._note("reach", _address(argument))

    def _path_at(self, process: _Process, call: _Call, place: int) -> str:
        if call.name.endswith(b"at") or call.name[-1:] == b"2":
            folder = call.folder(place - 1)
            if call.arguments[place - 1 : place] and call.arguments[place - 1].startswith(b"AT_FDCWD"):
                process.cwd = folder or process.cwd
            elif folder:
                return _joined(folder, call.text(place))
        return self._path(process, call.text(place))

    def _path(self, process: _Process, text: str) -> str:
        return _joined(process.cwd or self.work_dir, text)

    def _note(self, what: str, target: str) -> None:
        if not target:
            return
        if len(self._seen) >= MAX_TOUCHED:
            self.full = True
            return
        self._seen.setdefault((what, clipped(target)))


def command_text(words: list[str]) -> str:
    """Write a command the way a shell would take it."""
    return shlex.join(words)


def clipped(target: str) -> str:
    """Cut a target to the length a record may have."""
    return target if len(target) <= MAX_TARGET else target[: MAX_TARGET - 1] + "…"


def _joined(folder: str, name: str) -> str:
    if not name:
        return ""
    path = posixpath.normpath(posixpath.join(folder, name))
    return path[1:] if path.startswith("//") else path


def _arguments(text: bytes) -> list[bytes]:
    """Cut at the commas that stand in no string, bracket or decoration."""
    found, part, depth = list[bytes](), list[bytes](), 0
    for piece in _PIECE.findall(text):
        if piece == b"," and not depth:
            found.append(b"".join(part).strip())
            part = []
            continue
        if piece in (b"[", b"{", b"("):
            depth += 1
        elif piece in (b"]", b"}", b")"):
            depth = max(0, depth - 1)
        part.append(piece)
    last = b"".join(part).strip()
    return [*found, last] if last or found else found


def _string(argument: bytes) -> str:
    found = _QUOTED.match(argument)
    if found is None:
        return ""
    quoted = found[0]
    cut = quoted.endswith(b"...")
    inner = quoted.removesuffix(b"...")
    abstract = inner.startswith(b"@")
    return ("@" if abstract else "") + _plain(inner[2:-1] if abstract else inner[1:-1]) + ("…" if cut else "")


def _plain(escaped: bytes) -> str:
    return _ESCAPE.sub(_unescape, escaped).decode("utf-8", "backslashreplace")


def _unescape(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return bytes((int(found[1], 8) & 0xFF,))
    if found[2]:
        return bytes((int(found[2], 16),))
    return _LETTERS.get(found[3], found[3])


def _words(call: _Call, place: int) -> list[str]:
    argument = call.arguments[place] if len(call.arguments) > place else b""
    return [_string(word) for word in _QUOTED.findall(argument)] or [call.text(place - 1)]


def _address(argument: bytes) -> str:
    found = _ADDRESS.search(argument)
    if found is None:
        return ""
    family, rest = found[1], found[2]
    port, host, path = _PORT.search(rest), _HOST.search(rest), _UNIX.search(rest)
    if path:
        return "unix:" + _string(path[1])
    if port and host:
        name = host[1].decode("ascii")
        return f"[{name}]:{port[1].decode()}" if ":" in name else f"{name}:{port[1].decode()}"
    return "" if family in _LOCAL_FAMILIES else family.decode("ascii", "replace")
