"""Runs inside the sandbox, in front of a Python program, and notes what it does together with the line that does it.

In     arguments: the descriptor for notes, then `-c`, code and words, or a script and words
Out    lines on that descriptor: r|w|s|n (read, write, spawn, reach), line number, target; escaped, each once
Never  changes what the program sees: arguments, `__main__`, tracebacks, exit status are as without it. Is a wall: the
       notes are the program's own word, which can forge them or close the descriptor; strace looks from outside
Why    a file of its own that imports nothing but `os` and `sys`, which every Python has loaded before a program starts
"""

import os
import stat
import sys

MAX_NOTES = 5000
_MAX_TARGET = 1000
_PRIVATE = "/.strata/"
_FAMILIES = {2: "AF_INET", 10: "AF_INET6", 17: "AF_PACKET", 38: "AF_ALG", 40: "AF_VSOCK"}
_ARCHIVE = b"PK\x03\x04"
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_")
# Bound now: the program may replace them.
_absolute, _decode, _write, _fstat, _stat = os.path.abspath, os.fsdecode, os.write, os.fstat, os.stat
_frame_of = vars(sys)["_getframe"]
Word = str | bytes | int | None
Value = Word | list[Word] | tuple[Word, ...]
Args = tuple[Value, ...]


class Notes:
    """What was noted so far, and where it goes."""

    def __init__(self, fd: int) -> None:
        """Keep the descriptor from programs that this one starts."""
        os.set_inheritable(fd, False)
        self._fd = fd
        self._pipe = self._identity()
        self._seen: set[tuple[str, str, int]] = set()
        folders = {sys.prefix, sys.base_prefix, sys.exec_prefix, "/usr", "/lib"}
        self._libraries = (*(f"{folder}/" for folder in folders), "<frozen", _PRIVATE)
        self._noise = (*self._libraries, "/lib64/", "/proc/", "/sys/", "/dev/")

    def take(self, event: str, args: Args) -> None:
        """Note an audit event. An error here would be the program's, so there is none."""
        noter = _EVENTS.get(event)
        if noter is None or len(self._seen) >= MAX_NOTES:
            return
        try:
            for kind, target in noter(args):
                self._note(kind, target)
        except (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
            return

    def _note(self, kind: str, target: str) -> None:
        if kind in "rw" and target.startswith(self._noise):
            return
        note = (kind, target[:_MAX_TARGET], self._line())
        # A program that closed every descriptor may have a file of its own under this number by now.
        if note in self._seen or self._identity() != self._pipe:
            return
        self._seen.add(note)
        escaped = note[1].replace("\\", "\\\\").replace("\n", "\\n").encode("utf-8", "surrogateescape")
        _write(self._fd, f"{kind}{note[2]} ".encode() + escaped + b"\n")

    def _line(self) -> int:
        frame = _frame_of(1)
        while frame is not None:
            if not frame.f_code.co_filename.startswith(self._libraries):
                return int(frame.f_lineno)
            frame = frame.f_back
        return 0

    def _identity(self) -> tuple[int, int]:
        try:
            seen = _fstat(self._fd)
        except OSError:
            return (0, 0)
        return (seen.st_dev, seen.st_ino) if stat.S_ISFIFO(seen.st_mode) else (0, 0)


def _path(value: Value) -> str:
    return _absolute(_decode(value)) if isinstance(value, (str, bytes)) and value else ""


def _opened(args: Args) -> list[tuple[str, str]]:
    path, flags = _path(args[0]), args[2]
    if not path or not isinstance(flags, int) or flags & os.O_DIRECTORY:
        return []
    access = flags & os.O_ACCMODE
    found: list[tuple[str, str]] = []
    # The event comes before the call: what is not there or is a folder will not be read.
    if access != os.O_WRONLY and not flags & os.O_TRUNC and _is_file(path):
        found.append(("r", path))
    if access != os.O_RDONLY:
        found.append(("w", path))
    return found


def _is_file(path: str) -> bool:
    try:
        return not stat.S_ISDIR(_stat(path).st_mode)
    except OSError:
        return False


def _database(args: Args) -> list[tuple[str, str]]:
    path = _path(args[0])
    return [("r", path)] if path and _is_file(path) else []


def _changed(args: Args) -> list[tuple[str, str]]:
    return [("w", path)] if (path := _path(args[0])) else []


def _renamed(args: Args) -> list[tuple[str, str]]:
    return [("w", path) for path in (_path(args[0]), _path(args[1])) if path]


def _linked(args: Args) -> list[tuple[str, str]]:
    return [("w", path)] if (path := _path(args[1])) else []


def _started(args: Args) -> list[tuple[str, str]]:
    words = args[1]
    if isinstance(words, (list, tuple)):
        return [("s", " ".join(_quoted(word) for word in words))]
    return [("s", _quoted(words))]


def _shell(args: Args) -> list[tuple[str, str]]:
    return [("s", f"sh -c {_quoted(args[0])}")]


def _quoted(word: Value) -> str:
    # Also a path object: anything else is not a word of a command.
    text = _decode(word) if isinstance(word, (str, bytes)) else str(word)
    return text if text and _SAFE.issuperset(text) else "'" + text.replace("'", "'\"'\"'") + "'"


def _socket(args: Args) -> list[tuple[str, str]]:
    family = args[1]
    name = _FAMILIES.get(family) if isinstance(family, int) else None
    return [("n", name)] if name else []


def _connected(args: Args) -> list[tuple[str, str]]:
    address = args[1]
    if isinstance(address, tuple) and len(address) > 1:
        return [("n", _place(address[0], address[1]))]
    return [("n", f"unix:{_decode(address)}")] if isinstance(address, (str, bytes)) else []


def _looked_up(args: Args) -> list[tuple[str, str]]:
    host = args[0]
    port = args[1] if len(args) > 1 else None
    return [("n", _place(host, port))] if host else []


def _place(host: Value, port: Value) -> str:
    name = _decode(host) if isinstance(host, (str, bytes)) else str(host)
    shown = f"[{name}]" if ":" in name else name
    # Services may be given by name: only what the program said is noted.
    return f"{shown}:{_decode(port) if isinstance(port, bytes) else port}" if port not in (None, 0, "") else shown


_EVENTS = {
    "open": _opened,
    "sqlite3.connect": _database,
    "os.remove": _changed,
    "os.rmdir": _changed,
    "os.mkdir": _changed,
    "os.truncate": _changed,
    "os.rename": _renamed,
    "os.link": _linked,
    "os.symlink": _linked,
    "subprocess.Popen": _started,
    "os.exec": _started,
    "os.posix_spawn": _started,
    "os.system": _shell,
    "socket.__new__": _socket,
    "socket.connect": _connected,
    "socket.bind": _connected,
    "socket.sendto": _connected,
    "socket.sendmsg": _connected,
    "socket.getaddrinfo": _looked_up,
    "socket.gethostbyname": _looked_up,
}


def main(words: list[str]) -> None:
    """Become the program: set up what the interpreter would have, start noting, run it."""
    fd, first = int(words[0]), words[1]
    inline = first == "-c"
    name = "<string>" if inline else first
    source = words[2].encode("utf-8", "surrogateescape") if inline else _script(first)
    sys.argv = ["-c", *words[3:]] if inline else words[1:]
    at = len(sys.orig_argv) - len(words) - 1
    del sys.orig_argv[at : at + 2]
    if not sys.flags.safe_path:
        sys.path[0] = "" if inline else os.path.dirname(os.path.realpath(first))
    program = type(sys)("__main__")
    program.__dict__["__builtins__"] = __builtins__
    if not inline:
        program.__file__ = name
        program.__dict__["__cached__"] = None
    sys.modules["__main__"] = program
    _run(source, name, program.__dict__, Notes(fd))


def _script(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            source = file.read()
    except IsADirectoryError:
        source = _ARCHIVE
    except OSError as error:
        program = sys.orig_argv[0]
        sys.stderr.write(f"{program}: can't open file {_absolute(path)!r}: [Errno {error.errno}] {error.strerror}\n")
        raise SystemExit(2) from None
    if source[:4] == _ARCHIVE or (source[2:4] == b"\r\n" and path.endswith(".pyc")):
        # A folder, an archive or compiled code: only the interpreter itself knows how to run those.
        at = sys.orig_argv.index(__file__)
        os.execv(sys.executable, [*sys.orig_argv[:at], *sys.orig_argv[at + 2 :]])
    return source


def _run(source: bytes, name: str, namespace: dict[str, object], notes: Notes) -> None:
    try:
        code = compile(source, name, "exec", dont_inherit=True)
        sys.addaudithook(notes.take)
        exec(code, namespace)  # noqa: S102
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001
        _say(error)
        sys.exit(1)


def _say(error: BaseException) -> None:
    """Print what the interpreter would: the frames of this file are not the program's."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    error.__traceback__ = trace
    sys.excepthook(type(error), error, trace)


if __name__ == "__main__":
    main(sys.argv[1:])
