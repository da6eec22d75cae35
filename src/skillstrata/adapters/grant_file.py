"""The GrantStore port on one JSON file, rewritten whole under a lock that processes share.

In     wishes, answers, uses
Out    <path>, readable by its owner alone
Never  uses up a consent twice, whoever asks at once; takes a file that it cannot read for one without consents
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, write_atomic
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.failures import GrantNotPending, GrantUnknown
from skillstrata.records.policies import Grant

_KEPT_S = 30 * 86_400.0
_MOST = 5_000


class GrantsUnreadable(StrataError):
    """The file of consents is not as we wrote it; nothing that needs a consent is done."""

    code: ClassVar[str] = "policy.grants_unreadable"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Literal[1]
    grants: list[Grant]


class GrantFile:
    """Keeps consents; every change reads the file anew under the lock."""

    def __init__(self, path: Path, now_s: Callable[[], float]) -> None:
        """Name the file; it is made at the first wish."""
        self._path = path
        self._now_s = now_s

    def ask(self, grant: Grant) -> Grant:
        """Keep a wish; a pending one with the same key is given back instead."""
        with self._changing() as grants:
            now = self._now_s()
            for one in grants:
                if one.key == grant.key and _now(one, now).state == "pending":
                    return one
            grants.append(grant)
        return grant

    def decide(
        self, grant_id: str, *, approved: bool, by: str, uses: int, until_s: float, overturn: bool = False
    ) -> Grant:
        """Answer a wish.

        Raises:
            GrantUnknown: Nothing was asked under this id.
            GrantNotPending: It has been answered, or its time is over.
        """
        with self._changing() as grants:
            at = next((n for n, one in enumerate(grants) if one.id == grant_id), None)
            if at is None:
                raise GrantUnknown(
                    f"no consent was asked for under {grant_id!r}", hint="see `skillstrata policy grants`"
                )
            there = _now(grants[at], self._now_s())
            if there.state != "pending" and not (overturn and approved and there.state == "denied"):
                hint = "make the call again; it asks anew"
                if there.state == "denied":
                    hint = f"`skillstrata policy approve {grant_id}` takes the no back"
                raise GrantNotPending(f"{grant_id} is {there.state}, not pending", hint=hint)
            state = "approved" if approved else "denied"
            grants[at] = replace(there, state=state, by=by, uses=uses if approved else 0, until_s=until_s)
            return grants[at]

    def use(self, key: str, now_s: float) -> Grant | None:
        """Use up one approved grant for this key; None where there is none."""
        with self._changing() as grants:
            for at, one in enumerate(grants):
                if one.key == key and _now(one, now_s).state == "approved" and one.uses != 0:
                    left = one.uses - 1 if one.uses > 0 else one.uses
                    grants[at] = replace(one, uses=left, state="used" if left == 0 else "approved")
                    return grants[at]
        return None

    def forget(self, session: str) -> int:
        """Remove what a session asked for; gives how many went."""
        with self._changing() as grants:
            staying = [one for one in grants if not session or one.session != session]
            gone = len(grants) - len(staying)
            grants[:] = staying
        return gone

    def grants(self, now_s: float) -> tuple[Grant, ...]:
        """Give all, newest first; what is past its time is shown as expired."""
        found = [_now(one, now_s) for one in self._read()]
        return tuple(sorted(found, key=lambda one: (-one.asked_at_s, one.id)))

    @contextlib.contextmanager
    def _changing(self) -> Generator[list[Grant]]:
        with storing(self._path), self._locked():
            before = self._read()
            grants = list(before)
            yield grants
            if grants != before:
                kept = _kept(grants, self._now_s())
                body = _File(version=1, grants=kept)
                write_atomic(self._path, body.model_dump_json(indent=1).encode())

    @contextlib.contextmanager
    def _locked(self) -> Generator[None]:
        make_folder(self._path.parent)
        fd = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)

    def _read(self) -> list[Grant]:
        try:
            file = _File.model_validate_json(self._path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except (OSError, ValidationError) as error:
            raise GrantsUnreadable(
                f"the consents in {self._path} cannot be read", hint="move the file away; what was given is asked anew"
            ) from error
        return file.grants


def _now(grant: Grant, now_s: float) -> Grant:
    open_still = grant.state in {"pending", "approved"}
    return replace(grant, state="expired") if open_still and now_s >= grant.until_s else grant


def _kept(grants: list[Grant], now_s: float) -> list[Grant]:
    """Leave out what ended long ago, and the oldest of those that ended where there are too many."""
    kept = [one for one in grants if now_s < one.until_s + _KEPT_S]
    ended = [one for one in kept if _now(one, now_s).state not in {"pending", "approved"}]
    gone = {one.id for one in ended[: max(0, len(kept) - _MOST)]}
    return [one for one in kept if one.id not in gone]
