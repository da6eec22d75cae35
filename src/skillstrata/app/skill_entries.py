"""Skills in the form in which servers offer them: the strict copy's text, and every file by digest and size.

In     a skill of an open session
Out    RemoteSkill, bytes of its files, names of what lies in a folder
Never  offers what breaks the limits of the form: 512 files, 16 MiB; offers a skill of another server as its own
Why    a reader checks digest and size, so what is listed and what is read come from one place
"""

import hashlib
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from skillstrata.app.runtime_session import RuntimeSession
from skillstrata.app.skill_companions import read_companion
from skillstrata.app.wiring import App
from skillstrata.records.errors import StrataError
from skillstrata.records.remote_skills import RemoteFile, RemoteSkill
from skillstrata.records.skills import Skill
from skillstrata.runtime.publishing import MAX_BYTES, MAX_FILES, frontmatter_json, slug_of, strict_copy
from skillstrata.runtime.remote_addresses import quoted

PAGE = "SKILL.md"
SCHEME = "skill://"
_LABEL = re.compile(r"[^A-Za-z0-9._-]+")
_BODY_ONLY = frozenset({"command", "agents"})
# Path, size, and when it changed: a file of the same size is another one.
_Plain = tuple[tuple[str, int, int], ...]
_Stamp = tuple[str, _Plain]


@dataclass(frozen=True, slots=True)
class OfferedSkill:
    """A skill with its entry; `text` is the SKILL.md that the entry promises, `name` the last part of its folder.

    `paths` has the address and the path of each file beside it.
    """

    skill: Skill
    entry: RemoteSkill
    name: str
    text: bytes
    paths: tuple[tuple[str, str], ...] = ()

    @property
    def folder(self) -> str:
        """Give the address of its folder."""
        return self.entry.uri.removesuffix(f"/{PAGE}")


class SkillEntries:
    """Makes entries, and keeps those of files that did not change. Every method may be called from any thread."""

    def __init__(self, app: App, session: RuntimeSession) -> None:
        """Make nothing yet."""
        self._app = app
        self._session = session
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[_Stamp, OfferedSkill | None]] = {}

    def offered(self, skills: Iterable[Skill]) -> tuple[OfferedSkill, ...]:
        """Give the entries of these skills; of several with one address the first one, none that cannot be offered."""
        made: dict[str, OfferedSkill] = {}
        for skill in skills:
            found = None if skill.source.kind == "mcp" else self._entry(skill)
            if found is not None:
                made.setdefault(found.entry.uri, found)
        return tuple(made.values())

    def again(self, found: OfferedSkill) -> OfferedSkill | None:
        """Make an entry anew, whatever is kept: a reader found that it does not fit any more."""
        with self._lock:
            self._kept.pop(found.skill.id, None)
        return self._entry(found.skill)

    def read(self, found: OfferedSkill, uri: str) -> bytes:
        """Give the bytes at an address of an entry.

        Raises:
            FileUnreadable: It is missing, behind a link, no plain file, or over the cap.
        """
        if uri == found.entry.uri:
            return found.text
        path = dict(found.paths).get(uri, "")
        return read_companion(self._app, self._session, found.skill, path, max_bytes=MAX_BYTES)

    def _entry(self, skill: Skill) -> OfferedSkill | None:
        try:
            plain = self._plain(skill)
            stamp = (skill.digest, plain)
            with self._lock:
                kept = self._kept.get(skill.id)
            if kept is not None and kept[0] == stamp:
                return kept[1]
            made = self._made(skill, plain)
        except StrataError:
            return None
        with self._lock:
            self._kept[skill.id] = (stamp, made)
        return made

    def _plain(self, skill: Skill) -> _Plain:
        if skill.source.kind in _BODY_ONLY:
            return ()
        page = Path(skill.path)
        listed = self._app.skill_resources.listing(str(page.parent), most=MAX_FILES)
        plain = (one for one in listed if one.kind == "file" and one.path not in {page.name, PAGE})
        return tuple((one.path, one.size, one.changed_ns) for one in plain)

    def _made(self, skill: Skill, plain: _Plain) -> OfferedSkill | None:
        slug = skill.id.rpartition("/")[2]
        copy = strict_copy(self._session.text(skill), folder_name=slug)
        whole = len(copy.text) + sum(size for _, size, _ in plain)
        if copy.refused or len(plain) >= MAX_FILES or whole > MAX_BYTES:
            return None
        label = _LABEL.sub("-", skill.source.label)
        folder = f"{SCHEME}{label}/{copy.name}"
        files = [_file(f"{folder}/{PAGE}", copy.text)]
        paths = tuple((f"{folder}/{quoted(path)}", path) for path, _, _ in plain)
        for uri, path in paths:
            data = read_companion(self._app, self._session, skill, path, max_bytes=MAX_BYTES)
            files.append(_file(uri, data))
        entry = RemoteSkill("", f"{folder}/{PAGE}", frontmatter_json(copy.text), tuple(files))
        return OfferedSkill(skill, entry, copy.name, copy.text, paths)


def page_uri(skill_id: str) -> str:
    """Give the address of a skill's SKILL.md, by its id."""
    label, _, slug = skill_id.rpartition("/")
    return f"{SCHEME}{_LABEL.sub('-', label)}/{slug_of(slug)}/{PAGE}"


def children(found: Iterable[OfferedSkill], folder: str) -> tuple[tuple[str, bool], ...] | None:
    """Give the addresses right below a folder, with whether each is a folder; None where there is no such folder."""
    above = folder if folder == SCHEME else f"{folder.rstrip('/')}/"
    below = [file.uri.removeprefix(above) for one in found for file in one.entry.files if file.uri.startswith(above)]
    if not below:
        return None
    rows = {path.partition("/")[0]: "/" in path for path in below}
    return tuple((f"{above}{name}", is_folder) for name, is_folder in sorted(rows.items()))


def _file(uri: str, data: bytes) -> RemoteFile:
    return RemoteFile(uri, f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))
