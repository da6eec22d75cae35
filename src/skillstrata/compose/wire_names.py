"""The name of a composed tool: what hosts accept, from whatever a skill is called.

In     a skill's name and the path of its file
Out    `skill_…` of at most 64 ASCII characters, and the further names it is found by
"""

import hashlib
import re
import unicodedata
from pathlib import PurePosixPath

PREFIX = "skill_"
MOST_CHARACTERS = 58
_NOT_ASCII = re.compile(r"[^a-z0-9_]+")
_NOT_WORD = re.compile(r"[^\w]+")


def wire_name(title: str, path: str) -> str:
    """Name a tool: by its skill's name, by the skill's folder where that leaves nothing ASCII, else by a digest."""
    plain = _folded(title) or _folded(PurePosixPath(path).parent.name)
    return PREFIX + (plain or hashlib.sha256(title.encode(errors="replace")).hexdigest()[:8])


def further_names(title: str, name: str) -> tuple[str, ...]:
    """Give the names beside the wire name: `skill_` and the skill's own name, as it is written and folded."""
    text = unicodedata.normalize("NFKC", title).lower().strip()
    own = PREFIX + _NOT_WORD.sub("_", text).strip("_")
    return tuple(sorted({own, PREFIX + title.strip()} - {name, PREFIX}))


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).lower()
    return _NOT_ASCII.sub("_", text).strip("_")[:MOST_CHARACTERS].strip("_")
