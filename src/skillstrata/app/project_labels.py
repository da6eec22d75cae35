"""How projects and people appear in what is learned: a project by a label without a path, people not at all.

In     folders of events, the settings
Out    labels; words that may stand in no draft
"""

import hashlib
import re
from pathlib import Path

from skillstrata.app.wiring import App

_LEAST_NAME = 3
_MOST_LABEL = 32
_LABEL = re.compile(r"[a-z0-9-]+-[0-9a-f]{6}")
_HOME = re.compile(r"(?:/home|/Users)/[^/]+|/root|/")
_HOMES = re.compile(r"(?:/home|/Users|[A-Za-z]:[\\/]Users)[\\/]([^\\/]+)")
# Names that many machines have are words of their own.
_NOBODY = frozenset("root user users home admin ubuntu runner shared public dev guest work test build".split())


def project_label(project: Path) -> str:
    """Name a project without a path or anybody's name: six digits of its digest say which of a name it is."""
    digest = hashlib.sha256(str(project).encode("utf-8", "surrogatepass")).hexdigest()[:6]
    name = "-".join(re.findall(r"[a-z0-9]+", project.name.lower()))[:_MOST_LABEL]
    return f"home-{digest}" if _HOME.fullmatch(str(project)) or not name else f"{name}-{digest}"


def is_label(name: str) -> bool:
    """Say whether a project is named by a label of ours; drafts of others may name theirs as they like."""
    return bool(_LABEL.fullmatch(name))


def names_of_people(app: App, folders: set[str]) -> frozenset[str]:
    """Give the names of this machine's user and of whoever's home folder work was done in, in lower case."""
    names = {app.settings.home.name, dict(app.settings.environ).get("USER", "")}
    names |= {match[1] for folder in folders for match in _HOMES.finditer(folder)}
    words = {word for name in names for word in re.findall(r"[a-z0-9]+", name.lower())}
    return frozenset(word for word in words if len(word) >= _LEAST_NAME and word not in _NOBODY)
