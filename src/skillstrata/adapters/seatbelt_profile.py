"""The sandbox profile of macOS for one job: text for `sandbox-exec -p`.

In     the private folder, what may be read, what may be written
Out    a profile that denies everything but that
Never  reads a file; lets a path end its own quotes
Why    a rule is text, so a path with a quote in it would otherwise write rules of its own
"""

from dataclasses import dataclass

_HEAD = """\
(version 1)
(deny default)
(allow process-exec)
(allow process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow sysctl-read)
(allow file-read-metadata)
"""
_READ = tuple(
    "/usr/bin /usr/lib /usr/libexec /usr/share /bin /sbin /usr/sbin /System /Library/Frameworks /Library/Apple"
    " /Library/Developer /private/var/db/timezone /private/etc/localtime".split()
)
_READ_FILES = ("/", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/dtracehelper")
_WRITE_FILES = ("/dev/null", "/dev/dtracehelper")


class PathUnquotable(ValueError):
    """A path that a profile cannot hold: not one of text, or with a zero byte."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What one run may touch: folders with all that is in them, by their real paths."""

    read: tuple[str, ...]
    write: tuple[str, ...]


def profile_text(reach: Reach) -> str:
    """Give the profile. The network is denied with everything else.

    Raises:
        PathUnquotable: A path cannot be written into it.
    """
    readable = [*(f"(subpath {quoted(path)})" for path in (*_READ, *reach.read, *reach.write))]
    readable += [f"(literal {quoted(path)})" for path in _READ_FILES]
    writable = [f"(subpath {quoted(path)})" for path in reach.write]
    writable += [f"(literal {quoted(path)})" for path in _WRITE_FILES]
    return _HEAD + _allow("file-read*", readable) + _allow("file-write*", writable) + _deny_modes(reach)


def _allow(operation: str, filters: list[str]) -> str:
    return f"(allow {operation}\n" + "".join(f"  {one}\n" for one in filters) + ")\n"


def _deny_modes(reach: Reach) -> str:
    # The last rule that fits decides: no set-user-id bit, also where writing is allowed.
    return "".join(f"(deny file-write-setugid (subpath {quoted(path)}))\n" for path in reach.write)


def quoted(path: str) -> str:
    """Write a path as a string of the profile's language.

    Raises:
        PathUnquotable: It holds a zero byte or is not encodable.
    """
    if "\0" in path or not path.startswith("/"):
        raise PathUnquotable(path)
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise PathUnquotable(path) from error
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
