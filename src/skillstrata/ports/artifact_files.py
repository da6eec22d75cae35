"""Seam: the folders that learned skills, commands and agents lie in, read and changed without ever losing one."""

from contextlib import AbstractContextManager
from typing import Protocol

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.learned import ArtifactKind, ArtifactStamp, AsideRow, LifecycleResult, NewArtifact, PutAside


class ArtifactFiles(Protocol):
    """Artefacts on this machine, and what was put aside of them.

    Promises, checked for every implementation by tests/contracts/test_artifact_files.py:
      - `stamps` gives every artefact of a kind once, sorted by path, and none from archives, tombstones and folders
        that hold other people's code; it opens no file;
      - `read` gives whole texts up to a cap, and raises FileUnreadable otherwise;
      - after a crash at any step and `recover`, each change was made wholly or not at all; old and new are never in
        use at once, and no byte of what was put aside is gone;
      - nothing is ever overwritten: not an artefact, a patch, an archive, a manifest or a tombstone;
      - a change that cannot be written down beforehand (manifest folder read-only, disk full) moves nothing;
      - two processes never change one folder at once; inside `alone` nobody else changes the folders named;
      - no client that reads these folders finds in them what is put aside, or not yet in its place;
      - `restore` gives back exactly what was put aside, and refuses where something is in its place.
    """

    def stamps(
        self, kind: ArtifactKind, roots: tuple[str, ...]
    ) -> tuple[tuple[ArtifactStamp, ...], tuple[Diagnostic, ...]]:
        """List the artefacts' files below these folders, with what was odd about the folders."""
        ...

    def read(self, path: str) -> bytes:
        """Give the bytes of an artefact's file."""
        ...

    def free_name(self, name: str, kind: ArtifactKind, root: str, *, besides: str = "") -> str:
        """Give this name, or the first `name-2`, `name-3` … that is free on a disk that knows no case.

        `besides` is the path of an artefact that will be gone by then.
        """
        ...

    def alone(self, folders: tuple[str, ...]) -> AbstractContextManager[None]:
        """Let nobody else change these folders inside the with-block; what is compared there holds when it is applied.

        The changes of this object go through.
        """
        ...

    def create(self, new: NewArtifact) -> LifecycleResult:
        """Write a new artefact whole."""
        ...

    def replace(self, old: PutAside, new: NewArtifact) -> LifecycleResult:
        """Put the old one aside, then write the new one."""
        ...

    def put_aside(self, old: PutAside) -> LifecycleResult:
        """Archive or delete one."""
        ...

    def add_patch(self, path: str, digest: str, text: str) -> LifecycleResult:
        """Write a patch beside an artefact whose file still has this digest."""
        ...

    def take_patch(self, path: str, digest: str) -> bool:
        """Remove a patch whose text still has this digest; False where it is gone already or was changed."""
        ...

    def aside(self, roots: tuple[str, ...], elsewhere: tuple[str, ...] = ()) -> tuple[AsideRow, ...]:
        """List what was put aside of these folders and can be restored, the latest first.

        `elsewhere` are archive and manifest folders that do not lie beside the artefacts.
        """
        ...

    def restore(self, row: AsideRow) -> str:
        """Bring one back to where it was; give the path of its file."""
        ...

    def recover(self) -> tuple[str, ...]:
        """Finish or undo what a killed process left half done; give a sentence for each."""
        ...

    def remembered(self, key: str) -> bytes:
        """Give what was remembered under a key; b"" where there is nothing (any more)."""
        ...

    def drop_remembered(self) -> None:
        """Remove everything that was remembered; it is made again from what is there."""
        ...

    def remember(self, key: str, data: bytes) -> None:
        """Keep derived bytes that may be lost at any time; a disk that takes none is no error."""
        ...
