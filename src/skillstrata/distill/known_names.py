"""The files a session knows by name: written, kept, or listed in what its commands printed.

In     paths and printed texts as they come
Out    the names that a pattern stands for, spelled as the shell would
Never  asks the disk; reads a printed text before a pattern asks for it
"""

import fnmatch
import posixpath
import re
from collections.abc import Iterable

from skillstrata.distill.places import absolute, follow

_MOST_TEXTS = 64
_MOST_CHARACTERS = 20_000
_MOST_NAMES = 64
_PATTERN = re.compile(r"[*?\[]")
_BRACES = re.compile(r"\{([^{}$]*,[^{}$]*)\}")
_UNKNOWN = set("$`'\\")


class KnownNames:
    """Answers for one session, for now."""

    def __init__(self) -> None:
        """Know nothing."""
        self._paths: dict[str, None] = {}
        self._texts: list[tuple[str, str]] = []

    def add_paths(self, paths: Iterable[str]) -> None:
        """Take in absolute paths of files that are or were there."""
        self._paths.update(dict.fromkeys(paths))

    def add_text(self, text: str, folder: str) -> None:
        """Take in what a command printed that ran in a folder."""
        if text:
            self._texts.append((text[:_MOST_CHARACTERS], folder))
            del self._texts[:-_MOST_TEXTS]

    def matching(
        self, pattern: str, folders: tuple[str | None, ...], deep: bool, *, start: str, more: str = ""
    ) -> tuple[str, ...]:
        """Give the names that a pattern stands for, sorted.

        Args:
            pattern: As written, without quotes.
            folders: `cd` targets in force.
            deep: Whether files in folders below count.
            start: The folder before those.
            more: A text that was printed by the command line itself.
        """
        folder = follow(folders, start)
        if folder is None or set(pattern) & _UNKNOWN:
            return ()
        found: dict[str, None] = {}
        for one in _unbraced(pattern):
            if _PATTERN.search(one):
                found.update(dict.fromkeys(self._matching(one, folder, deep=deep, more=more)))
            elif one != pattern:
                found[one] = None
        return tuple(sorted(found)[:_MOST_NAMES])

    def _matching(self, pattern: str, folder: str, *, deep: bool, more: str) -> list[str]:
        whole = absolute(pattern, folder)
        above, last = posixpath.split(whole)
        for paths in (self._paths, self._printed(last, above, folder, more)):
            found = self._fitting(paths, pattern, folder, deep=deep)
            # What was only printed is second to what is known with its folder.
            if found:
                return found
        return []

    def _fitting(self, paths: Iterable[str], pattern: str, folder: str, *, deep: bool) -> list[str]:
        above, last = posixpath.split(absolute(pattern, folder))
        found: list[str] = []
        for path in paths:
            inside, name = posixpath.split(path)
            if not fnmatch.fnmatchcase(name, last) or (name.startswith(".") and not last.startswith(".")):
                continue
            same = inside.count("/") == above.count("/") and fnmatch.fnmatchcase(inside, above)
            if same or (deep and (inside + "/").startswith(above.rstrip("/") + "/")):
                found.append(_spelled(path, pattern, folder))
        return found

    def _printed(self, last: str, above: str, folder: str, more: str) -> list[str]:
        """Find names in printed texts; a bare name is taken to lie in the folder that is asked about."""
        ending = posixpath.splitext(last)[1]
        if not ending or _PATTERN.search(ending):
            return []
        name = re.compile(rf"[^\s\"'`:,;()\[\]<>|=]+{re.escape(ending)}(?![\w.])")
        found: list[str] = []
        for text, place in (*self._texts, (more, folder)):
            for word in name.findall(text) if ending in text else ():
                bare = "/" not in word and not _PATTERN.search(above)
                if not _PATTERN.search(word):
                    found.append(f"{above.rstrip('/')}/{word}" if bare else absolute(word, place))
        return found


def _unbraced(pattern: str) -> list[str]:
    """Write `{a,b}.csv` out, as far as that stays a handful."""
    found = [pattern]
    while (match := _BRACES.search(found[0])) is not None and len(found) < _MOST_NAMES:
        parts = match.group(1).split(",")[:_MOST_NAMES]
        found = [
            f"{one[: m.start()]}{part}{one[m.end() :]}" for one in found if (m := _BRACES.search(one)) for part in parts
        ]
    return found[:_MOST_NAMES]


def _spelled(path: str, pattern: str, folder: str) -> str:
    """Write a path as the shell would, which keeps the folder of the pattern as written."""
    if pattern.startswith(("/", "~")):
        return path
    relative = posixpath.relpath(path, folder) if folder else path
    return f"./{relative}" if pattern.startswith("./") and not relative.startswith("..") else relative
