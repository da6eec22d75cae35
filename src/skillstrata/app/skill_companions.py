"""Read a file that comes with a skill, whatever became of the skill's folder since it was looked at.

In     a skill of an open session, a path below its folder
Out    bytes
Never  reads through a link that was turned to another folder since the skill was read
Why    a checkout or a copy replaces whole folders; what is the same skill there needs nobody to ask again
"""

from contextlib import suppress
from pathlib import Path

from skillstrata.app.runtime_session import RuntimeSession
from skillstrata.app.wiring import App
from skillstrata.records.errors import StrataError
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.skills import Skill


def read_companion(app: App, session: RuntimeSession, skill: Skill, path: str, *, max_bytes: int) -> bytes:
    """Give the bytes of a file beside a skill's page.

    Raises:
        FileUnreadable: It is missing, behind a link, no plain file, or over the cap; or the folder is another one than
            that of the skill, with the reason `replaced`.
    """
    folder, trusted = str(Path(skill.path).parent), skill.source.trusted

    def read(number: tuple[int, int]) -> bytes:
        resources = app.skill_resources
        return resources.read(folder, path, max_bytes=max_bytes, number=number, may_be_new=trusted)

    number = _number(session, skill)
    try:
        return read(number)
    except FileUnreadable as error:
        if error.reason != "replaced":
            raise
        with suppress(StrataError):
            session.look()
        now = _number(session, skill)
        if now == number:
            raise
        return read(now)


def _number(session: RuntimeSession, skill: Skill) -> tuple[int, int]:
    """Give the number of the folder in which the same version was seen last."""
    now = session.finder.get(skill.id)
    is_same = now is not None and (now.path, now.digest) == (skill.path, skill.digest)
    return now.folder if now is not None and is_same else skill.folder
