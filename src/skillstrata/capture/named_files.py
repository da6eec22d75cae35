"""Which files an event names, so that their bytes can be kept while they still exist.

In     one redacted event, and the disk to look at
Out    absolute, normalised paths, at most 64, in the order they were found
Never  names files that hold secrets by their kind, or the system's own programs; runs or parses a program
Why    an input that is gone when the program is judged cannot be replayed; a name too many costs one look at the disk
"""

import os.path
import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from skillstrata.records.events import Event, ShellCall
from skillstrata.records.failures import FileUnreadable

MAX_PATHS = 64
MAX_SCRIPT_BYTES = 256 * 1024
_MAX_WORDS = 4000
_MAX_WORD = 1024

_SECRET_NAME = re.compile(
    r"""(?:\.env(?:\..+|rc)?|.+\.(?:pem|key|p12|pfx|jks|keystore|kdbx|gpg|asc)|id_(?:rsa|dsa|ecdsa|ed25519).*
      |\.?netrc|\.pgpass|\.npmrc|\.pypirc|\.git-credentials|\.htpasswd|credentials(?:\.\w+)?|shadow)\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_SECRET_FOLDERS = frozenset({".ssh", ".aws", ".git", ".gnupg", ".azure", ".kube", ".docker", ".password-store"})
_BULK_FOLDERS = frozenset({"node_modules", "site-packages", "__pycache__", ".venv"})
_SYSTEM = tuple(
    "/bin/ /sbin/ /lib /usr/bin/ /usr/sbin/ /usr/lib /usr/local/bin/ /usr/local/lib/ /proc/ /sys/ /dev/".split()
)

_BREAKS = re.compile(r"""[\s"'`<>|;&(),\[\]{}=]+""")
_SHELL_WORD = re.compile(r"""(?:[^\s"'\\<>|;&()]|\\.|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')++""")
_QUOTING = re.compile(r"""\\(.)|"((?:[^"\\]|\\.)*+)"|'([^']*+)'""")
_ESCAPED = re.compile(r"""\\([\\"$` ])""")
_FILE_NAME = re.compile(r"[^/\\:*?$<>|]*\.[A-Za-z]\w{0,9}\Z")
_NOT_A_PATH = re.compile(r"[*?$\\\x00]|://")
# A pattern of the last part of a path, with a file ending: `docs/*.html`.
_PATTERN = re.compile(r"(?:[^*?$\\\x00:]*/)?[^/*?$\\\x00:]*[*?][^/$\\\x00:]*\.[A-Za-z]\w{0,9}\Z")
_MOST_MATCHES = 8
_CHANGE_FOLDER = re.compile(
    r"(?:\A|[;&|(\n]\s*)(?:cd|pushd)\s+(?:--\s+)?(?:\"([^\"\n]+)\"|'([^'\n]+)'|((?:\\.|[^\s;&|()\"'\\])+))"
)
_PROGRAM = re.compile(r".+\.(?:py|sh|bash|zsh|js|mjs|cjs|ts|rb|pl|r|awk|jq|sql)\Z", re.IGNORECASE)


class Files(Protocol):
    """The questions that are asked of the disk; `skillstrata.ports.disk.Disk` answers them."""

    def read(self, path: str, *, max_bytes: int, nofollow: bool = False) -> bytes:
        """Give a regular file's bytes, or raise FileUnreadable."""
        ...

    def exists(self, path: str) -> bool:
        """Say whether something is at this path."""
        ...

    def matching(self, pattern: str, *, most: int) -> tuple[str, ...]:
        """Give the first files, by name, that a pattern in the last part of a path stands for."""
        ...


def named_paths(event: Event, disk: Files) -> tuple[str, ...]:
    """Find the files of one event.

    A path the event writes is always named. Of the words in commands and programs, those that are there are named, and
    absolute ones with a file ending even if they are not. The literals of a program count as well, both when it is
    written and when it is run.

    Args:
        event: Redacted. Its `cwd` is the folder after the call; targets of `cd` in the command count as folders too.
        disk: Where the words are looked up, and the current text of scripts is read.
    """
    found = _Found(disk)
    if event.change is not None:
        path = changed_path(event)
        found.add(path)
        if _PROGRAM.match(path):
            text = event.change.content if event.change.content is not None else _script_text(path, disk)
            found.look_up(_words(text), _folders(event.cwd, posixpath.dirname(path)))
    if event.shell is not None:
        _of_command(event.shell, event.cwd, found, disk)
    return tuple(found.paths)


def changed_path(event: Event) -> str:
    """Give the absolute path of the file an event writes or edits; empty where it does neither."""
    return _absolute(event.change.path, event.cwd) if event.change is not None else ""


def _of_command(shell: ShellCall, cwd: str, found: "_Found", disk: Files) -> None:
    folders = _folders(cwd, *_changed_folders(shell.command, cwd))
    named = found.look_up(_words(shell.command), folders)
    for script in (path for path in named if _PROGRAM.match(path)):
        found.look_up(_words(_script_text(script, disk)), _folders(*folders, posixpath.dirname(script)))


class _Found:
    """Paths in the order they were found, each once, up to the cap."""

    def __init__(self, disk: Files) -> None:
        self.paths: dict[str, None] = {}
        self._disk = disk

    def add(self, path: str) -> None:
        if path and len(self.paths) < MAX_PATHS and not _is_off_limits(path):
            self.paths[path] = None

    def look_up(self, words: Iterable[str], folders: tuple[str, ...]) -> list[str]:
        """Add the words that are files; give the paths that are there."""
        there: list[str] = []
        for word in words:
            if len(self.paths) >= MAX_PATHS:
                break
            if "*" in word or "?" in word:
                self._match(word, folders)
                continue
            places = [_absolute(word, folder) for folder in folders] or [_absolute(word, "")]
            known = [p for p in dict.fromkeys(places) if p and not _is_off_limits(p) and self._disk.exists(p)]
            for path in known or [p for p in places[:1] if word[0] in "/~" and _FILE_NAME.match(posixpath.basename(p))]:
                self.add(path)
            there.extend(known)
        return there

    def _match(self, word: str, folders: tuple[str, ...]) -> None:
        """Add a few of the files that a pattern stands for: one of many shows what is done with each."""
        for place in dict.fromkeys(_absolute(word, folder) for folder in folders):
            for path in self._disk.matching(place, most=_MOST_MATCHES) if place else ():
                self.add(path)


def _words(text: str) -> Iterator[str]:
    """Give the words that look like paths, quoted ones with spaces included, each once."""
    seen: set[str] = set()
    for word in (*_BREAKS.split(text), *_shell_words(text), *_between_quotes(text)):
        if word not in seen and _looks_like_a_path(word):
            seen.add(word)
            if len(seen) > _MAX_WORDS:
                return
            yield word


def _shell_words(text: str) -> Iterator[str]:
    """Give the words that a shell joins from parts in quotes and with backslashes before single characters."""
    for word in _SHELL_WORD.findall(text):
        if "\\" in word or '"' in word or "'" in word:
            plain = _QUOTING.sub(_unquoted, word)
            yield plain
            # An option's value, as in --in="my in.csv"; a name may hold the sign itself.
            yield plain.partition("=")[2]


def _unquoted(part: re.Match[str]) -> str:
    bare, double, single = part.groups()
    if double is not None:
        return _ESCAPED.sub(r"\1", double)
    return single if bare is None else bare


def _between_quotes(text: str) -> Iterator[str]:
    """Give what stands between any two neighbouring quotes of a line.

    Which of them opens and which closes is left open: code within quotes, an apostrophe in a comment, a here-document
    would each shift the pairs. What lies between two words is no file and costs one look at the disk.
    """
    for line in text.splitlines():
        for quote in "\"'`":
            for part in line.split(quote)[1:-1]:
                # The quotes of a string within a string are written with a backslash.
                yield part.removesuffix("\\")


def _looks_like_a_path(word: str) -> bool:
    if not word or len(word) > _MAX_WORD:
        return False
    if _NOT_A_PATH.search(word):
        return _PATTERN.match(word) is not None
    if word[0] == "-" or not word.strip("./~"):
        return False
    return "/" in word or _FILE_NAME.match(word) is not None


def _absolute(path: str, folder: str) -> str:
    expanded = os.path.expanduser(path) if path.startswith("~") else path
    joined = posixpath.join(folder, expanded)
    return posixpath.normpath(joined) if joined.startswith("/") else ""


def _changed_folders(command: str, cwd: str) -> tuple[str, ...]:
    targets = ("".join(groups) for groups in _CHANGE_FOLDER.findall(command))
    plain = (_QUOTING.sub(_unquoted, target) for target in targets)
    return tuple(_absolute(target, cwd) for target in plain if "$" not in target)


def _folders(*folders: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(folder for folder in folders if folder))


def _script_text(path: str, disk: Files) -> str:
    try:
        return disk.read(path, max_bytes=MAX_SCRIPT_BYTES, nofollow=True).decode("utf-8", "replace")
    except FileUnreadable:
        return ""


def _is_off_limits(path: str) -> bool:
    folders, _, name = path.rpartition("/")
    parts = set(folders.split("/"))
    return (
        path.startswith(_SYSTEM)
        or bool(parts & _SECRET_FOLDERS)
        or bool(parts & _BULK_FOLDERS)
        or name in _SECRET_FOLDERS
        or _SECRET_NAME.match(name) is not None
    )
