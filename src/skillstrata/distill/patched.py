"""Apply recorded replacements to a text: edits of an edit tool, hunks of a patch, cells of a notebook.

In     the text before, the replacements in the order they are stated
Out    the text after, or None where one of them does not fit
Never  applies a part of them; puts a hunk anywhere but where its old lines stand
Why    tools and formats agree on what is replaced but not on line ends and trailing blanks: exact first, then looser
"""

import json
from typing import cast

from skillstrata.records.events import TextEdit

_NOTEBOOK = ".ipynb"


def patched(text: str | None, edits: tuple[TextEdit, ...], *, path: str = "") -> str | None:
    """Give the text after the edits.

    Args:
        text: The text before, None where it is not known.
        edits: One with an empty `old` makes the text of an empty file, or stands behind its anchor. Of an `old` that
            stands there several times the first counts behind the anchor and behind the edit before, else the first.
        path: The file's path: the edits of a notebook replace the source of a cell.
    """
    if not edits:
        return None
    behind = 0
    for edit in edits:
        if path.lower().endswith(_NOTEBOOK) and text is not None:
            text = _cell_replaced(text, edit) or (_step(text, edit, 0) or (None, 0))[0]
        else:
            step = _step(text, edit, behind)
            text, behind = step if step is not None else (None, 0)
        if text is None:
            return None
    return text


def _step(text: str | None, edit: TextEdit, behind: int) -> tuple[str, int] | None:
    """Apply one edit; give the text and the place behind what it put in."""
    if not edit.old and not edit.anchor:
        return (edit.new, len(edit.new)) if not text else None
    if text is None:
        return None
    if edit.every:
        return (text.replace(edit.old, edit.new), 0) if edit.old in text else None
    start = _behind_anchor(text, edit.anchor, behind)
    if not edit.old:
        return None if start is None else (text[:start] + edit.new + text[start:], start + len(edit.new))
    starts = (behind, 0) if start is None else (start, behind, 0)
    found = _place(text, edit, starts) or _in_other_line_ends(text, edit) or _by_lines(text, edit)
    if found is None:
        return None
    at, end, new = found
    return text[:at] + new + text[end:], at + len(new)


def _behind_anchor(text: str, anchor: str, behind: int) -> int | None:
    """Give the start of the line behind those that the patch names, each of them behind the one before."""
    for start in (behind, 0):
        place: int | None = start
        for line in anchor.splitlines():
            at = text.find(line.strip(), place) if place is not None and line.strip() else -1
            end = text.find("\n", at)
            place = None if at < 0 else len(text) if end < 0 else end + 1
        if anchor and place is not None:
            return place
    return None


def _place(text: str, edit: TextEdit, starts: tuple[int, ...]) -> tuple[int, int, str] | None:
    """Find the old text from the first of these places on from which it stands there; whole lines at a line's start."""
    for start in starts:
        at = text.find(edit.old, start)
        if edit.old.endswith("\n") and at > 0 and text[at - 1] != "\n":
            line = text.find("\n" + edit.old, start)
            at = line + 1 if line >= 0 else at
        if at >= 0:
            return at, at + len(edit.old), edit.new
    if edit.old.endswith("\n") and text.endswith(edit.old[:-1]) and edit.old[:-1]:
        # The last line has no end in the file and has one in every patch.
        return len(text) - len(edit.old) + 1, len(text), edit.new
    return None


def _in_other_line_ends(text: str, edit: TextEdit) -> tuple[int, int, str] | None:
    """Find the old text in a file with CRLF: edit tools show such a file with plain line ends."""
    if "\r\n" not in text or "\r\n" in edit.old:
        return None
    old, new = (part.replace("\n", "\r\n") for part in (edit.old, edit.new))
    at = text.find(old)
    return None if at < 0 else (at, at + len(old), new)


def _by_lines(text: str, edit: TextEdit) -> tuple[int, int, str] | None:
    """Find the old lines where only the blanks at their ends differ, as tools that apply patches do."""
    if not edit.old.endswith("\n"):
        return None
    wanted = [line.rstrip() for line in edit.old[:-1].split("\n")]
    lines = text.splitlines(keepends=True)
    bare = [line.rstrip() for line in lines]
    for at in range(len(lines) - len(wanted) + 1):
        if bare[at : at + len(wanted)] == wanted:
            start = sum(map(len, lines[:at]))
            return start, start + sum(map(len, lines[at : at + len(wanted)])), edit.new
    return None


def _cell_replaced(text: str, edit: TextEdit) -> str | None:
    """Give a notebook with the source of one cell replaced; only its meaning is kept, not its indentation."""
    try:
        notebook: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    cells = cast("dict[str, object]", notebook).get("cells") if isinstance(notebook, dict) else None
    for cell in cast("list[object]", cells) if isinstance(cells, list) else []:
        if isinstance(cell, dict) and _source(cast("dict[str, object]", cell)) == edit.old:
            cast("dict[str, object]", cell)["source"] = edit.new.splitlines(keepends=True)
            return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
    return None


def _source(cell: dict[str, object]) -> str:
    source = cell.get("source")
    if isinstance(source, list):
        return "".join(line for line in cast("list[object]", source) if isinstance(line, str))
    return source if isinstance(source, str) else ""
