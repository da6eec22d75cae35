"""A project's lock: which skills are used, in which version, with which digest.

In     LockedSkills, or the text of a skillstrata.lock
Out    that text, canonical: the same skills give the same bytes; or what differs
Never  holds a path or a time: a lock goes into the repository of the project
"""

import json
import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skillstrata.records.exchange_faults import LockUnreadable
from skillstrata.records.exchanges import LockDrift, LockedSkill

FORMAT = 1
_ANEW = "`skillstrata lock` writes it anew, and keeps this one beside it as .bak"
_Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
_Name = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,200}$")]
# A folder's name may hold bytes that are no text; such a name cannot be written as JSON and read again.
_FITS = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,200}")


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: str
    version: str
    digest: _Digest


class _Format(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    format: int


class _Lock(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    format: int
    skills: dict[_Name, _Line]


def is_name(name: str) -> bool:
    """Say whether a lock can hold a skill of this name: one line of at most 200 characters."""
    return _FITS.fullmatch(name) is not None


def is_of_later(data: bytes) -> bool:
    """Say whether a later version wrote a lock."""
    try:
        return _Format.model_validate_json(data).format > FORMAT
    except ValidationError:
        return False


def lock_text(skills: tuple[LockedSkill, ...]) -> bytes:
    """Write a lock, a skill a line; the caller has left out whose name does not fit."""
    rows = [
        f"  {json.dumps(one.name)}: "
        + json.dumps({"kind": one.kind, "version": one.version, "digest": one.digest}, ensure_ascii=False)
        for one in sorted(skills, key=lambda one: one.name)
    ]
    body = ",\n".join(rows)
    return (f'{{\n "format": {FORMAT},\n "skills": {{\n{body}\n }}\n}}\n' if rows else _empty()).encode()


def read_lock(data: bytes, where: str) -> tuple[LockedSkill, ...]:
    """Read a lock.

    Raises:
        LockUnreadable: It does not parse, or a later version wrote it.
    """
    if is_of_later(data):
        raise LockUnreadable(f"{where} is of a later version; format {FORMAT} is known", hint="update skillstrata")
    try:
        lock = _Lock.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = json.dumps(".".join(map(str, first["loc"])))[1:-1]
        why = f"{place}: {first['msg']}" if place else first["msg"]
        raise LockUnreadable(f"{where} is no lock: {why}", hint=_ANEW) from error
    if lock.format != FORMAT:
        raise LockUnreadable(f"{where} has the format {lock.format}; {FORMAT} is known", hint=_ANEW)
    return tuple(LockedSkill(name, one.kind, one.version, one.digest) for name, one in sorted(lock.skills.items()))


def drift(locked: tuple[LockedSkill, ...], found: tuple[LockedSkill, ...]) -> tuple[LockDrift, ...]:
    """Say what of a lock is no longer so; what is there beside it is no drift."""
    there = {one.name: one for one in found}
    drifts: list[LockDrift] = []
    for one in locked:
        now = there.get(one.name)
        if now is None:
            drifts.append(LockDrift(one.name, "missing", locked=one.digest))
        elif (now.digest, now.kind) != (one.digest, one.kind):
            drifts.append(LockDrift(one.name, "changed", one.digest, now.digest))
    return tuple(drifts)


def _empty() -> str:
    return f'{{\n "format": {FORMAT},\n "skills": {{}}\n}}\n'
