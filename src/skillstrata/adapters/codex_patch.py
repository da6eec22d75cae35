"""A patch in the agent's own format -> one FileChange a file.

    *** Begin Patch / *** Add File: P / *** Update File: P / *** Move to: Q / *** Delete File: P / *** End Patch

In     the text of a patch, perhaps inside a shell command; or the map of changes an event lists
Out    the whole text of an added file, the hunks of an updated one as replacements of whole lines
Never  applies anything, reads a file, or guesses: a change that cannot be stated has neither text nor edits
Why    a hunk without a line of the old text and without an anchor says nothing about where it goes, so an update with
       such a hunk states no edits
"""

import re
from dataclasses import dataclass, field

from skillstrata.adapters.history_values import members, text
from skillstrata.records.events import FileChange, TextEdit

MAX_FILES = 1000
_BEGIN, _END = "*** Begin Patch", "*** End Patch"
_HEADER = re.compile(r"\*\*\* (Add File|Update File|Delete File|Move to): ?(.+?)\s*\Z")
_LINE_NUMBERS = re.compile(r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
_END_OF_FILE = "*** End of File"
_NO_NEWLINE = "\\ No newline"


@dataclass(slots=True)
class _Hunk:
    anchor: list[str] = field(default_factory=list[str])
    old: list[str] = field(default_factory=list[str])
    new: list[str] = field(default_factory=list[str])

    def take(self, line: str) -> None:
        """Add one line of a hunk; an empty one stands for an empty line of both texts."""
        mark, body = line[:1], line[1:]
        if mark != "+":
            self.old.append(body)
        if mark != "-":
            self.new.append(body)

    @property
    def is_empty(self) -> bool:
        return not self.old and not self.new


@dataclass(slots=True)
class _File:
    verb: str
    path: str
    moved_to: str = ""
    added: list[str] = field(default_factory=list[str])
    hunks: list[_Hunk] = field(default_factory=list[_Hunk])

    def take(self, line: str) -> None:
        if self.verb == "Add File":
            if line.startswith("+"):
                self.added.append(line[1:])
        elif line.startswith("@@"):
            if not self.hunks or not self.hunks[-1].is_empty:
                self.hunks.append(_Hunk())
            anchor = line[2:].removeprefix(" ").removesuffix("\r")
            if anchor.strip() and not _LINE_NUMBERS.match(line):
                self.hunks[-1].anchor.append(anchor)
        elif not line.startswith((_END_OF_FILE, _NO_NEWLINE)):
            if not self.hunks:
                self.hunks.append(_Hunk())
            self.hunks[-1].take(line)


def changes_of(patch: str) -> tuple[FileChange, ...]:
    """Read every patch in a text; () where there is none.

    Args:
        patch: A patch, or a text that holds one, such as `apply_patch <<'EOF' …`.
    """
    files: list[_File] = []
    inside = False
    for line in patch.split("\n"):
        if line.strip() == _BEGIN or (not inside and line.rstrip().endswith(_BEGIN)):
            inside = True
        elif line.strip() == _END:
            inside = False
        elif inside and len(files) <= MAX_FILES:
            _take(files, line)
    return tuple(change for one in files for change in _changes(one))


def _take(files: list[_File], line: str) -> None:
    header = _HEADER.match(line)
    if header is None:
        if files:
            files[-1].take(line)
    elif header.group(1) == "Move to":
        if files:
            files[-1].moved_to = header.group(2)
    else:
        files.append(_File(header.group(1), header.group(2)))


def _changes(file: _File) -> list[FileChange]:
    if file.verb == "Add File":
        return [FileChange(file.path, "".join(f"{line}\n" for line in file.added))]
    if file.verb == "Delete File":
        return [FileChange(file.path, removed=True)]
    return [FileChange(file.path, edits=_edits(file.hunks), moved_to=file.moved_to)]


def _edits(hunks: list[_Hunk]) -> tuple[TextEdit, ...]:
    stated = [hunk for hunk in hunks if not hunk.is_empty]
    if not all(hunk.old or hunk.anchor for hunk in stated):
        return ()
    return tuple(TextEdit(_joined(h.old), _joined(h.new), anchor="\n".join(h.anchor)) for h in stated)


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def listed_changes(listed: object) -> tuple[FileChange, ...]:
    """Read the map of changes that an event lists: path -> add, update or delete.

    Args:
        listed: `{path: {"type": "add", "content"}}`, or in older files `{path: {"add": {"content"}}}`.
    """
    found: list[FileChange] = []
    for path, one in list(members(listed).items())[:MAX_FILES]:
        change = members(one)
        kind = text(change.get("type")) or next(iter(change), "")
        fields = change if "type" in change else members(change.get(kind))
        if kind == "add" and isinstance(fields.get("content"), str):
            found.append(FileChange(path, text(fields.get("content"))))
        elif kind == "update":
            found.extend(_updated(path, fields))
        else:
            found.append(FileChange(path, removed=kind == "delete"))
    return tuple(found)


def _updated(path: str, fields: dict[str, object]) -> list[FileChange]:
    file = _File("Update File", path, moved_to=text(fields.get("move_path")))
    unified = text(fields.get("unified_diff"))
    for line in unified.removesuffix("\n").split("\n") if unified else ():
        if file.hunks or line.startswith("@@"):
            file.take(line)
    return _changes(file)
