"""Outputs that were too long for a transcript and lie in a file beside it.

In     the text or path that stands for the output, the transcript's own path and session
Out    the output's beginning, or nothing where the file is not there
Never  follows the recorded path: only its last part counts, below the session's own folder; follows a link
Why    recorded paths belong to the machine that wrote them, and could name any file of this one
"""

import os
import re
import stat

MAX_BYTES = 1_000_000
MARK = "<persisted-output>"
_SAVED = re.compile(r"saved to:\s*(\S[^\r\n]*)")
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}\Z")
_FOLDER = "tool-results"
_PARENTS = 4


def saved_path(text: str) -> str:
    """Give the path that a text names in place of an output, "" where it is an output itself."""
    if not text.startswith(MARK):
        return ""
    found = _SAVED.search(text[:2000])
    return found.group(1).strip() if found else ""


def saved_output(recorded: str, *, transcript: str, session: str) -> str | None:
    """Read an output that was saved, at most its first megabyte."""
    name = re.split(r"[\\/]", recorded)[-1]
    if not _PLAIN.match(name):
        return None
    found = (_head(os.path.join(folder, _FOLDER, name)) for folder in _folders(transcript, session))
    return next((text for text in found if text is not None), None)


def _folders(transcript: str, session: str) -> list[str]:
    """Give the folders a session may keep its outputs in: one beside the transcript, or one it lies below."""
    place, name = os.path.split(transcript)
    folders = [os.path.join(place, one) for one in (name.split(".jsonl")[0], session) if _PLAIN.match(one)]
    for _ in range(_PARENTS):
        if os.path.basename(place) == "":
            break
        folders.append(place)
        place = os.path.dirname(place)
    return list(dict.fromkeys(folders))


def _head(path: str) -> str | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        with os.fdopen(fd, "rb", closefd=False) as stream:
            return stream.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
    finally:
        os.close(fd)
